package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var mailedToken = regexp.MustCompile(`/account/(verify|reset)#token=([A-Za-z0-9_-]{43})`)

// mailedTo returns the token in the last mail with a link to that page.
func (s *shop) mailedTo(t *testing.T, page string) string {
	t.Helper()
	var tok string
	eventually(t, "a mail with a link to "+page, func() bool {
		text, _ := s.mails(t)
		text = strings.NewReplacer("=\r\n", "", "=\n", "", "=3D", "=").Replace(text) // quoted-printable
		for _, m := range mailedToken.FindAllStringSubmatch(text, -1) {
			if m[1] == page {
				tok = m[2]
			}
		}
		return tok != ""
	})
	return tok
}

// Through the whole program: a guest orders, opens an account, follows the
// mailed link, and finds the order there.
func TestAGuestOpensAnAccount(t *testing.T) {
	s := openShop(t, nil)
	o := s.order(t, s.cart(t, "MU01-ALMA-SAND", 1)) // ada@example.com
	const password = "a long enough password"
	sign := fmt.Sprintf(`{"email":"ada@example.com","password":%q,"as":"bearer"}`, password)
	if got := s.ask(t, "POST", "/v1/account/register", fmt.Sprintf(`{"email":"ada@example.com","name":"Ada","password":%q}`, password)); got.status != http.StatusAccepted {
		t.Fatalf("register = %d %s", got.status, got.body)
	}
	if got := s.ask(t, "POST", "/v1/account/sign-in", sign); got.code() != "wrong-password" {
		t.Errorf("before the mail is answered = %d %s", got.status, got.body)
	}
	link := s.mailedTo(t, "verify")
	got := s.ask(t, "POST", "/v1/account/verify", fmt.Sprintf(`{"token":%q,"password":%q,"as":"bearer"}`, link, password))
	var in struct{ Token string }
	got.into(t, &in)
	if got.status != http.StatusOK || in.Token == "" {
		t.Fatalf("verify = %d %s", got.status, got.body)
	}
	auth := []string{"Authorization", "Bearer " + in.Token}
	if got := s.ask(t, "GET", "/v1/account/orders", "", auth...); !strings.Contains(string(got.body), o.ID) {
		t.Errorf("her orders are %s", got.body)
	}
	if got := s.ask(t, "GET", "/v1/orders/"+o.ID, "", auth...); got.status != http.StatusOK {
		t.Errorf("her order = %d %s", got.status, got.body)
	}
	if got := s.ask(t, "POST", "/v1/account/password-reset", `{"email":"ada@example.com"}`); got.status != http.StatusAccepted {
		t.Errorf("ask for a reset = %d %s", got.status, got.body)
	}
	reset := s.mailedTo(t, "reset")
	if got := s.ask(t, "PUT", "/v1/account/password-reset", fmt.Sprintf(`{"token":%q,"password":"another fine password"}`, reset)); got.status != http.StatusNoContent {
		t.Errorf("reset = %d %s", got.status, got.body)
	}
	if got := s.ask(t, "GET", "/v1/account", "", auth...); got.status != http.StatusUnauthorized {
		t.Errorf("a session of before = %d %s", got.status, got.body)
	}
	if strings.Contains(s.log.String(), in.Token) || strings.Contains(s.log.String(), link) || strings.Contains(s.log.String(), password) {
		t.Error("a secret is in the log")
	}
	// What the database keeps opens nothing.
	raw, err := json.Marshal(map[string]string{"token": reset, "password": "another fine password"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.ask(t, "PUT", "/v1/account/password-reset", string(raw)); got.code() != "link-invalid" {
		t.Errorf("the link once more = %d %s", got.status, got.body)
	}
}
