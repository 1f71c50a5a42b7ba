package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/service/account/accounttest"
	"tradewind/internal/store"
)

// bodies are what a guest's route reads before it looks at the token.
var bodies = map[string]string{
	"/v1/carts/{id}/items/{sku}": `{"qty":1}`,
	"/v1/carts/{id}/contact":     `{"email":"ada@example.com"}`,
	"/v1/orders/{id}/payment":    `{"method":"tok_ok"}`,
	"/v1/orders/{id}/returns":    `{"lines":[{"line":1,"qty":1}],"reason":"broken"}`,
	"/v1/checkout": `{"cart_id":"00000000-0000-7000-8000-ffffffffffff","email":"ada@example.com",
		"ship_to":{"name":"Ada","line1":"Weg 1","city":"Ulm","postcode":"89073","country":"DE"}}`,
}

// refusal is the code with which somebody is turned away at the door, or "".
func (s *shop) refusal(t *testing.T, r Route, headers ...string) string {
	t.Helper()
	path := strings.NewReplacer("{id}", "00000000-0000-7000-8000-ffffffffffff", "{", "", "}", "").Replace(r.Path)
	if strings.HasSuffix(path, "/quote") {
		path += "?country=DE"
	}
	switch code := codeIn(s.ask(t, r.Method, path, bodies[r.Path], headers...)); code {
	case "sign-in-required", "permission-missing", "second-factor-required", "token-missing":
		return code
	}
	return ""
}

// Every route lets in whom it names and nobody else.
func TestWhoMayCallWhat(t *testing.T) {
	s := open(t)
	signedIn := func(open func(context.Context, store.DB, time.Time) (string, string, error)) func(Route) []string {
		return func(Route) []string { // a new session each time: some routes end theirs
			_, tok, err := open(context.Background(), s.api.DB, noon)
			if err != nil {
				t.Fatal(err)
			}
			return []string{"Authorization", "Bearer " + tok}
		}
	}
	callers := map[string]func(Route) []string{
		"nobody":         func(Route) []string { return nil },
		"guest":          func(Route) []string { return []string{"Cart-Token", "a-guest", "Order-Token", "a-guest"} },
		"junk":           func(Route) []string { return []string{"Authorization", "Bearer junk"} },
		"customer":       signedIn(accounttest.Customer),
		"enrolling":      signedIn(accounttest.Enrolling),
		"staff with it":  func(r Route) []string { return s.staff(t, r.Access.Permission()) },
		"staff with all": func(Route) []string { return s.staff(t, "*") },
		"all but it":     func(r Route) []string { return s.staff(t, allBut(r.Access.Permission())...) },
	}
	answers := func(code string, to ...string) map[string]string {
		out := map[string]string{}
		for _, caller := range to {
			out[caller] = code
		}
		return out
	}
	const out, no = "sign-in-required", "permission-missing"
	for _, r := range s.api.Routes() {
		want := map[string]string{}
		switch {
		case r.Access == Public:
		case r.Access == Guest:
			if r.Path != "/v1/carts" { // a new cart is anybody's
				want = answers("token-missing", "nobody", "junk", "enrolling", "staff with it", "staff with all", "all but it")
			}
		case r.Access == Customer:
			want = answers(out, "nobody", "guest", "junk", "enrolling", "staff with it", "staff with all", "all but it")
		case r.Access == Enrolling:
			want = answers(out, "nobody", "guest", "junk", "customer")
		case r.Access == AnyStaff:
			want = answers(out, "nobody", "guest", "junk", "customer")
			want["enrolling"] = "second-factor-required"
		case r.Access.Permission() != "":
			want = answers(out, "nobody", "guest", "junk", "customer")
			want["enrolling"], want["all but it"] = "second-factor-required", no
		default:
			t.Errorf("%s %s says nothing about who may call it", r.Method, r.Path)
			continue
		}
		for caller, headers := range callers {
			if got := s.refusal(t, r, headers(r)...); got != want[caller] {
				t.Errorf("%s %s answers %s with %q, want %q", r.Method, r.Path, caller, got, want[caller])
			}
		}
	}
}

func allBut(permission string) []string {
	out := []string{"nothing:read"}
	for _, p := range Permissions() {
		if p != permission {
			out = append(out, p)
		}
	}
	return out
}

func TestARouteWithoutAccessLetsNobodyIn(t *testing.T) {
	s := open(t)
	if err := s.api.enter(Access{}, mustRequest("GET", "/v1/products"), &state{}); err == nil {
		t.Error("a route of zero access let somebody in")
	}
}

func mustRequest(method, path string) *http.Request {
	r, err := http.NewRequest(method, path, nil)
	if err != nil {
		panic(err)
	}
	return r
}

// A cookie goes along by itself, so what it signs must come from our own pages.
func TestAnotherSiteCannotUseTheCookie(t *testing.T) {
	s := open(t)
	for name, tc := range map[string]struct {
		headers []string
		want    int
	}{
		"our page":                    {[]string{"Sec-Fetch-Site", "same-origin"}, http.StatusNoContent},
		"typed by hand":               {[]string{"Sec-Fetch-Site", "none"}, http.StatusNoContent},
		"our page in an old browser":  {[]string{"Origin", "http://shop.example"}, http.StatusNoContent},
		"another site":                {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "http://shop.example"}, http.StatusForbidden},
		"a neighbour":                 {[]string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"another, in an old browser":  {[]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"a sandboxed frame":           {[]string{"Origin", "null"}, http.StatusForbidden},
		"nothing that says where":     {nil, http.StatusForbidden},
		"our name as part of another": {[]string{"Origin", "http://shop.example.evil.example"}, http.StatusForbidden},
	} {
		_, tok, err := accounttest.Staff(context.Background(), s.api.DB, noon)
		if err != nil {
			t.Fatal(err)
		}
		w := s.ask(t, "POST", "/v1/admin/sign-out", "", append(tc.headers, "Cookie", "tradewind-staff="+tok)...)
		if w.Code != tc.want {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, tc.want)
		}
		if w := s.ask(t, "GET", "/v1/admin/me", "", "Cookie", "tradewind-staff="+tok); (w.Code == http.StatusOK) == (tc.want == http.StatusNoContent) {
			t.Errorf("%s: afterwards the session answers %d", name, w.Code)
		}
	}
}

// A remembered answer is for the one who asked: the key alone opens nothing.
func TestAKeyIsWorthNothingToSomebodyElse(t *testing.T) {
	s := open(t)
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	key := []string{"Idempotency-Key", "a-key-that-was-overheard"}
	mine := s.ask(t, "PUT", "/v1/carts/"+id+"/items/MU01-ALMA-SAND", `{"qty":2}`, append(key, "Cart-Token", tok)...)
	if mine.Code != 200 {
		t.Fatalf("= %d %s", mine.Code, mine.Body)
	}
	_, session, err := accounttest.Customer(context.Background(), s.api.DB, noon)
	if err != nil {
		t.Fatal(err)
	}
	for name, headers := range map[string][]string{
		"a stranger":          nil,
		"a customer":          {"Authorization", "Bearer " + session},
		"with another token":  {"Cart-Token", "another"},
		"a customer with one": {"Authorization", "Bearer " + session, "Cart-Token", "another"},
	} {
		got := s.ask(t, "PUT", "/v1/carts/"+id+"/items/MU01-ALMA-SAND", `{"qty":2}`, append(headers, key...)...)
		if got.Code < 400 || strings.Contains(got.Body.String(), "MU01") {
			t.Errorf("%s = %d %s", name, got.Code, got.Body)
		}
	}
}
