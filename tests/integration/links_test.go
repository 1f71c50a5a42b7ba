package integration

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Somebody who lost the token of their order has a link mailed and opens it.
func TestAGuestGetsAtAnOrderByMail(t *testing.T) {
	s := openShop(t, nil)
	o := s.order(t, s.cart(t, "MU01-ALMA-SAND", 1)) // ada@example.com
	if got := s.ask(t, "POST", "/v1/orders/links", `{"email":"ada@example.com"}`); got.status != http.StatusAccepted || strings.Contains(string(got.body), o.ID) {
		t.Fatalf("= %d %s", got.status, got.body)
	}
	link := regexp.MustCompile(`/orders/` + o.ID + `#token=([0-9A-Za-z_.%-]+)`)
	var tok string
	eventually(t, "a mail with a link", func() bool {
		text, _ := s.mails(t)
		text = strings.NewReplacer("=\r\n", "", "=\n", "", "=3D", "=").Replace(text) // quoted-printable
		if m := link.FindStringSubmatch(text); m != nil {
			tok, _ = url.QueryUnescape(m[1])
		}
		return tok != ""
	})
	if tok == o.Token {
		t.Error("the mail holds the token that has no end of its own")
	}
	if got := s.ask(t, "GET", "/v1/orders/"+o.ID, "", "Order-Token", tok); got.status != http.StatusOK {
		t.Errorf("the link opens %d %s", got.status, got.body)
	}
	if strings.Contains(s.log.String(), tok) {
		t.Error("the token is in the log")
	}
}
