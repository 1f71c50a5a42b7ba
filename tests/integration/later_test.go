package integration

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tradewind/internal/app"
)

// paysLater agrees to be charged when the provider is back.
func (s *shop) paysLater(t *testing.T, o orderAnswer, method string) orderAnswer {
	t.Helper()
	a := s.ask(t, "POST", "/v1/orders/"+o.ID+"/payment", fmt.Sprintf(`{"method":%q,"later":true}`, method), "Order-Token", o.Token)
	a.expect(t, 202)
	var waits orderAnswer
	a.into(t, &waits)
	if waits.Status != "placed" || waits.Payment.Attempt != "sent" {
		t.Errorf("while the provider is away the order is %s, its payment %s", waits.Status, waits.Payment.Attempt)
	}
	return waits
}

func TestAnOrderIsAcceptedWhileTheProviderIsAwayAndPaidAfterwards(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.ReconcileAge = 300 * time.Millisecond })
	o := s.placed(t, "MU01-ALMA-SAND")
	s.paysLater(t, o, "tok_away")
	s.becomes(t, o, "paid")
	if times, minor, refunded := s.taken(t, o); times != 1 || minor != o.Total || refunded != 0 {
		t.Errorf("the provider took %d in %d charges and gave back %d, want %d in one", minor, times, refunded, o.Total)
	}
	eventually(t, "the confirmation is in the mail folder", func() bool { _, n := s.mails(t); return n == 1 })
}

func TestWhoseBankDeclinesLaterIsWrittenTo(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.ReconcileAge = 300 * time.Millisecond })
	o := s.placed(t, "MU01-ALMA-SAND")
	s.paysLater(t, o, "tok_away_declined")
	eventually(t, "the shopper has a mail", func() bool { _, n := s.mails(t); return n == 1 })
	text, _ := s.mails(t)
	link := regexp.MustCompile(`/orders/` + o.ID + `#token=(\S+)`).FindStringSubmatch(strings.ReplaceAll(text, "=\r\n", ""))
	if link == nil || !strings.Contains(text, "declined") {
		t.Fatalf("the mail says:\n%s", text)
	}
	token, err := url.QueryUnescape(strings.TrimPrefix(link[1], "3D"))
	if err != nil {
		t.Fatal(err)
	}
	s.ask(t, "POST", "/v1/orders/"+o.ID+"/payment", `{"method":"tok_ok"}`, "Order-Token", token).expect(t, 200)
	s.becomes(t, o, "paid")
	if times, minor, _ := s.taken(t, o); times != 1 || minor != o.Total {
		t.Errorf("the provider took %d in %d charges, want %d in one", minor, times, o.Total)
	}
}
