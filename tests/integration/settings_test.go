package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/service/account/accounttest"
)

// What staff set is in mails and at the shelves, without a restart.
func TestSettingsReachMailsAndStock(t *testing.T) {
	s := openShop(t, nil)
	_, tok, err := accounttest.Staff(t.Context(), s.db, time.Now().UTC().Truncate(time.Microsecond), "*")
	if err != nil {
		t.Fatal(err)
	}
	me := []string{"Authorization", "Bearer " + tok}
	for name, value := range map[string]string{"shop.name": `"Gull & Sons"`, "shop.support-email": `"help@gull.example"`, "stock.low": `3`} {
		if got := s.ask(t, "PUT", "/v1/admin/settings/"+name, fmt.Sprintf(`{"value":%s}`, value), append([]string{"If-Match", `"1"`}, me...)...); got.status != http.StatusOK {
			t.Fatalf("set %s = %d %s", name, got.status, got.body)
		}
	}
	s.pays(t, s.placed(t, "MU01-ALMA-SAND"), "tok_ok", 200, "")
	eventually(t, "a mail from the shop as it is called now", func() bool {
		text, _ := s.mails(t)
		return strings.Contains(text, "Subject: Gull & Sons: order") && strings.Contains(text, "Reply-To: <help@gull.example>") && strings.Contains(text, "Questions? Write to help@gull.example.")
	})
	eventually(t, "what has fewer than three left is low", func() bool {
		got := s.ask(t, "GET", "/v1/admin/locations/main/stock?low=true&limit=100", "", me...)
		return strings.Count(string(got.body), `"sku"`) > 5
	})
}
