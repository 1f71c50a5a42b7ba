package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/platform/ident"
)

// The token of an order opens it for a year; a mailed link after that, too.
func TestAGuestsTokenEnds(t *testing.T) {
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, email := s.from(), address()
	id, tok := f.order(t, email)
	placed, _ := ident.Time(id)
	at := noon
	s.api.Checkout.Now = func() time.Time { return at }
	open := func(tok string, headers ...string) string {
		return codeIn(f.ask(t, "GET", "/v1/orders/"+id, "", append(headers, "Order-Token", tok)...))
	}
	links, account, err := s.api.Checkout.Links(context.Background(), strings.ToUpper(email), placed.AddDate(0, 0, 350))
	if err != nil || len(links) != 1 || account || links[0].ID != id || links[0].Total.Minor == 0 {
		t.Fatalf("links = %+v, %t, %v", links, account, err)
	}
	mailed := links[0].Token
	end, _, _ := strings.Cut(mailed, ".")
	year := 365 * 24 * time.Hour
	for _, tc := range []struct {
		name, tok string
		after     time.Duration
		want      string
	}{
		{"the token at once", tok, 0, ""},
		{"the token in its last second", tok, year - time.Second, ""},
		{"the token after a year", tok, year, "order-token-expired"},
		{"a mailed link after a year", mailed, year, ""},
		{"a mailed link in its last second", mailed, 380*24*time.Hour - time.Second, ""},
		{"a mailed link that is over", mailed, 380 * 24 * time.Hour, "order-token-expired"},
		{"a link whose end was moved", "zzzzzz" + strings.TrimPrefix(mailed, end), 0, "order-not-found"},
		{"the token with an end", end + "." + tok, 0, "order-not-found"},
		{"an end alone", end + ".", 0, "order-not-found"},
		{"another's token", "x" + tok[1:], 0, "order-not-found"},
	} {
		at = placed.Add(tc.after)
		if got := open(tc.tok); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	other, _ := f.order(t, address())
	at = placed
	if got := codeIn(f.ask(t, "GET", "/v1/orders/"+other, "", "Order-Token", mailed)); got != "order-not-found" {
		t.Errorf("a link opens another order: %q", got)
	}
	// What a link opens, it opens for all that a guest does.
	at = placed.Add(year)
	for _, r := range []struct{ method, path, body string }{{"GET", "/timeline", ""}, {"POST", "/payment", `{"method":"tok_ok"}`}, {"POST", "/cancel", ""}, {"POST", "/returns", `{"lines":[{"line":1,"qty":1}],"reason":"broken"}`}} {
		if got := codeIn(f.ask(t, r.method, "/v1/orders/"+id+r.path, r.body, "Order-Token", tok)); got != "order-token-expired" {
			t.Errorf("%s %s with an old token: %q", r.method, r.path, got)
		}
		if got := codeIn(f.ask(t, r.method, "/v1/orders/"+id+r.path, r.body, "Order-Token", mailed)); got == "order-token-expired" || got == "order-not-found" {
			t.Errorf("%s %s with a link: %q", r.method, r.path, got)
		}
	}
}

// Links go to nobody for what belongs to an account, and strangers learn nothing.
func TestLinksToOrders(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	f.order(t, email)
	ask := func(f from, email string) int {
		return f.ask(t, "POST", "/v1/orders/links", `{"email":"`+email+`"}`).Code
	}
	if known, unknown := s.from().ask(t, "POST", "/v1/orders/links", `{"email":"`+email+`"}`), s.from().ask(t, "POST", "/v1/orders/links", `{"email":"`+address()+`"}`); known.Code != http.StatusAccepted || known.Body.String() != unknown.Body.String() || unknown.Code != known.Code {
		t.Errorf("an address with orders is told %d %s, another %d %s", known.Code, known.Body, unknown.Code, unknown.Body)
	}
	stranger := s.from()
	for range 5 {
		ask(stranger, email)
	}
	if got := ask(s.from(), email); got != http.StatusTooManyRequests {
		t.Errorf("a mailbox can be filled: %d", got)
	}
	f.join(t, email) // claims the order
	if links, account, err := s.api.Checkout.Links(context.Background(), email, noon); err != nil || len(links) > 0 || !account {
		t.Errorf("links to what is an account's: %+v, %t, %v", links, account, err)
	}
}
