package httpapi

import (
	"encoding/base32"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/service/account"
)

// order places an order for a mug with that address and headers in pairs.
func (f from) order(t testing.TB, email string, headers ...string) (id, tok string) {
	t.Helper()
	cartID, cartTok := f.s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	w := f.ask(t, "POST", "/v1/checkout", `{"cart_id":"`+cartID+`","email":"`+email+`","ship_to":{"name":"Ada","line1":"Weg 1","city":"Ulm","postcode":"89073","country":"DE"}}`,
		append(headers, "Cart-Token", cartTok)...)
	var o struct{ ID, Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("place an order = %d %s", w.Code, w.Body)
	}
	return o.ID, o.Token
}

// What somebody ordered as a guest is theirs once the address is proven, and
// nobody else's.
func TestOrdersOfAGuestBecomeTheirs(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	before, _ := f.order(t, strings.ToUpper(email[:1])+email[1:])
	ada := []string{"Authorization", "Bearer " + f.join(t, email)}
	eve := []string{"Authorization", "Bearer " + f.join(t, address())}
	signedIn, _ := f.order(t, address(), ada...) // sent to another address, and hers all the same
	w := f.ask(t, "GET", "/v1/account/orders?limit=1", "", ada...)
	var page struct {
		Items []struct{ ID string }
		Next  string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Items) != 1 || page.Next == "" {
		t.Fatalf("first page = %d %s", w.Code, w.Body)
	}
	rest := f.ask(t, "GET", "/v1/account/orders?cursor="+page.Next, "", ada...).Body.String()
	for _, id := range []string{before, signedIn} {
		if !strings.Contains(w.Body.String()+rest, id) {
			t.Errorf("order %s is on neither page: %s %s", id, w.Body, rest)
		}
		if w := f.ask(t, "GET", "/v1/orders/"+id, "", ada...); w.Code != http.StatusOK {
			t.Errorf("her order = %d %s", w.Code, w.Body)
		}
		const nowhere = "00000000-0000-7000-8000-ffffffffffff"
		for _, path := range []string{"/v1/orders/%", "/v1/orders/%/timeline"} {
			a, b := f.ask(t, "GET", strings.Replace(path, "%", id, 1), "", eve...), f.ask(t, "GET", strings.Replace(path, "%", nowhere, 1), "", eve...)
			if a.Code != http.StatusNotFound || codeIn(a) != "order-not-found" || stripID(strings.ReplaceAll(a.Body.String(), id, nowhere)) != stripID(b.Body.String()) {
				t.Errorf("another's order by id = %d %s, nobody's = %d %s", a.Code, a.Body, b.Code, b.Body)
			}
		}
		if w := f.ask(t, "POST", "/v1/orders/"+id+"/cancel", "", eve...); w.Code != http.StatusNotFound {
			t.Errorf("another cancels it: %d %s", w.Code, w.Body)
		}
	}
	if w := f.ask(t, "GET", "/v1/account/orders", "", eve...); strings.Contains(w.Body.String(), before) {
		t.Errorf("Eve's orders: %s", w.Body)
	}
	if w := f.ask(t, "POST", "/v1/orders/"+before+"/cancel", "", ada...); w.Code != http.StatusOK {
		t.Errorf("she cancels it = %d %s", w.Code, w.Body)
	}
}

func TestACartGoesAlongWhenItsOwnerSignsIn(t *testing.T) {
	s := open(t)
	f := s.from()
	ada := []string{"Authorization", "Bearer " + f.join(t, address())}
	eve := []string{"Authorization", "Bearer " + f.join(t, address())}
	if w := f.ask(t, "GET", "/v1/account/cart", "", ada...); codeIn(w) != "cart-not-found" {
		t.Errorf("a cart before there is one: %d %s", w.Code, w.Body)
	}
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":2}`)
	body := `{"cart_id":"` + id + `"}`
	var mine struct{ ID string }
	for range 2 {
		w := f.ask(t, "POST", "/v1/account/cart", body, append(ada, "Cart-Token", tok)...)
		if err := json.Unmarshal(w.Body.Bytes(), &mine); err != nil || w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"qty":2`) {
			t.Fatalf("merge = %d %s", w.Code, w.Body)
		}
	}
	if w := f.ask(t, "POST", "/v1/account/cart", body, append(eve, "Cart-Token", tok)...); codeIn(w) != "cart-not-found" {
		t.Errorf("another merges it too: %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "POST", "/v1/account/cart", body, ada...); codeIn(w) != "token-missing" {
		t.Errorf("without the guest's token: %d %s", w.Code, w.Body)
	}
	for _, tc := range []struct {
		as   []string
		want int
	}{{ada, http.StatusOK}, {eve, http.StatusNotFound}, {nil, http.StatusUnauthorized}} {
		if w := f.ask(t, "PUT", "/v1/carts/"+mine.ID+"/items/MU01-ALMA-SAND", `{"qty":3}`, tc.as...); w.Code != tc.want {
			t.Errorf("a change of her cart = %d %s, want %d", w.Code, w.Body, tc.want)
		}
	}
}

func TestStaffComeInWithASecondFactorOnly(t *testing.T) {
	s := open(t)
	f := s.from()
	email := "grace." + address()
	boss := s.staff(t, "*")
	if w := f.ask(t, "POST", "/v1/admin/staff", `{"email":"`+email+`","name":"Grace","password":"`+password+`","roles":["support"]}`, boss...); w.Code != http.StatusCreated || w.Header().Get("ETag") != `"1"` {
		t.Fatalf("appoint = %d %s", w.Code, w.Body)
	}
	w := f.ask(t, "POST", "/v1/admin/sign-in", `{"email":"`+email+`","password":"`+password+`","as":"bearer"}`)
	enrols := []string{"Authorization", "Bearer " + tokenIn(t, w)}
	if w := f.ask(t, "GET", "/v1/admin/customers", "", enrols...); codeIn(w) != "second-factor-required" {
		t.Errorf("before the second factor = %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "PUT", "/v1/admin/second-factor", `{"code":"123456"}`, enrols...); codeIn(w) != "not-begun" {
		t.Errorf("a code before the secret = %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "POST", "/v1/admin/second-factor", "", enrols...); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "otpauth://totp/") || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("the secret = %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "GET", "/v1/admin/staff", "", boss...); strings.Contains(w.Body.String(), "argon") || strings.Contains(w.Body.String(), "sealed") {
		t.Errorf("the list of staff tells secrets: %s", w.Body)
	}
	// A customer with the same address and password is not staff.
	f.join(t, email)
	me := tokenIn(t, f.signIn(t, email, password))
	if w := f.ask(t, "GET", "/v1/admin/me", "", "Authorization", "Bearer "+me); w.Code != http.StatusUnauthorized {
		t.Errorf("a customer's session at the back office = %d", w.Code)
	}
	if w := f.ask(t, "GET", "/v1/admin/me", "", "Cookie", "tradewind-staff="+me); w.Code != http.StatusUnauthorized {
		t.Errorf("a customer's session in the cookie of staff = %d", w.Code)
	}
}

// A full session alone does not change the password that it was opened with.
func TestStaffChangeTheirPassword(t *testing.T) {
	s := open(t)
	f := s.from()
	email := "grace." + address()
	boss := s.staff(t, "*")
	f.ask(t, "POST", "/v1/admin/staff", `{"email":"`+email+`","name":"Grace","password":"`+password+`","roles":["support"]}`, boss...)
	enrols := []string{"Authorization", "Bearer " + tokenIn(t, f.ask(t, "POST", "/v1/admin/sign-in", `{"email":"`+email+`","password":"`+password+`","as":"bearer"}`))}
	change := func(body string, headers ...string) *httptest.ResponseRecorder {
		return f.ask(t, "PUT", "/v1/admin/password", body, headers...)
	}
	const good = `{"password":"` + password + `","new_password":"another fine password","code":`
	if w := change(good+`"000000"}`, enrols...); codeIn(w) != "second-factor-required" {
		t.Errorf("before the second factor = %d %s", w.Code, w.Body)
	}
	var e struct{ Secret string }
	if err := json.Unmarshal(f.ask(t, "POST", "/v1/admin/second-factor", "", enrols...).Body.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	tok := tokenIn(t, f.ask(t, "PUT", "/v1/admin/second-factor", `{"code":"`+user.TOTPCode(secret, noon)+`","as":"bearer"}`, enrols...))
	me := []string{"Authorization", "Bearer " + tok}
	code := user.TOTPCode(secret, noon.Add(30*time.Second)) // a clock may be off by a step
	for _, tc := range []struct {
		name, body string
		headers    []string
		status     int
		code       string
	}{
		{"no code", `{"password":"` + password + `","new_password":"another fine password"}`, me, 400, "missing-field"},
		{"an empty code", good + `""}`, me, 400, "missing-field"},
		{"another's id beside it", good + `"` + code + `","id":"` + email + `"}`, me, 400, "unknown-field"},
		{"a wrong code", good + `"000000"}`, me, 401, "wrong-code"},
		{"a wrong password", `{"password":"` + password + `!","new_password":"another fine password","code":"` + code + `"}`, me, 403, "wrong-password"},
		{"one's address as password", `{"password":"` + password + `","new_password":"` + email + `","code":"` + code + `"}`, me, 400, "weak-password"},
		{"from another site", good + `"` + code + `"}`, []string{"Cookie", "tradewind-staff=" + tok, "Sec-Fetch-Site", "cross-site"}, 403, "cross-site-request"},
		{"all that it takes", good + `"` + code + `"}`, me, 204, ""},
	} {
		if w := change(tc.body, tc.headers...); w.Code != tc.status || codeIn(w) != tc.code || strings.Contains(w.Body.String(), "another fine") {
			t.Errorf("%s = %d %s, want %d %s", tc.name, w.Code, w.Body, tc.status, tc.code)
		}
	}
	if l := s.letters(t, email); len(l) != 1 || l[0].About != account.AboutPassword {
		t.Errorf("letters: %+v", l)
	}
}

// Two people edit one customer: the second is told.
func TestAWriteOfStaffIsNotUndoneUnseen(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	f.join(t, email)
	boss := s.staff(t, "customers:read", "customers:write")
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(f.ask(t, "GET", "/v1/admin/customers?email="+email, "", boss...).Body.Bytes(), &page); err != nil || len(page.Items) != 1 {
		t.Fatalf("customers = %+v, %v", page, err)
	}
	path := "/v1/admin/customers/" + page.Items[0].ID
	tag := f.ask(t, "GET", path, "", boss...).Header().Get("ETag")
	const change = `{"group":"wholesale","status":"active","notes":"Pays by invoice"}`
	for _, tc := range []struct {
		match string
		want  int
		code  string
	}{{"", http.StatusPreconditionRequired, "precondition-required"}, {tag, http.StatusOK, ""}, {tag, http.StatusPreconditionFailed, "changed-meanwhile"}, {"*", http.StatusPreconditionFailed, "changed-meanwhile"}} {
		headers := boss
		if tc.match != "" {
			headers = append(headers[:2:2], "If-Match", tc.match)
		}
		if w := f.ask(t, "PUT", path, change, headers...); w.Code != tc.want || codeIn(w) != tc.code {
			t.Errorf("If-Match %q = %d %s", tc.match, w.Code, w.Body)
		}
	}
	if w := f.ask(t, "GET", "/v1/account", "", "Authorization", "Bearer "+tokenIn(t, f.signIn(t, email, password))); strings.Contains(w.Body.String(), "invoice") || strings.Contains(w.Body.String(), "wholesale") {
		t.Errorf("the customer reads the notes of staff: %s", w.Body)
	}
}

func TestStaffOpenAndCloseAccounts(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	boss := s.staff(t, "customers:read", "customers:write")
	body := `{"email":"` + email + `","name":"Joan","group":"wholesale","notes":"Met at the fair"}`
	w := f.ask(t, "POST", "/v1/admin/customers", body, boss...)
	path, tag := w.Header().Get("Location"), w.Header().Get("ETag")
	if w.Code != http.StatusCreated || path == "" || !strings.Contains(w.Body.String(), `"group":"wholesale"`) {
		t.Fatalf("opened = %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "POST", "/v1/admin/customers", body, boss...); codeIn(w) != "email-taken" {
		t.Errorf("once more = %d %s", w.Code, w.Body)
	}
	if w := f.signIn(t, email, "none"); w.Code == http.StatusOK { // what stands where no password is
		t.Errorf("without a password somebody signs in: %s", w.Body)
	}
	l := s.letters(t, email)
	if len(l) != 1 {
		t.Fatalf("letters: %+v", l)
	}
	if w := f.ask(t, "PUT", "/v1/account/password-reset", `{"token":"`+l[0].Token+`","password":"a password of hers"}`); w.Code != http.StatusNoContent {
		t.Errorf("set a password = %d %s", w.Code, w.Body)
	}
	hers := []string{"Authorization", "Bearer " + tokenIn(t, f.signIn(t, email, "a password of hers"))}
	if w := f.ask(t, "DELETE", path, "", append(boss[:2:2], "If-Match", tag)...); codeIn(w) != "changed-meanwhile" {
		t.Errorf("closed as it was before = %d %s", w.Code, w.Body)
	}
	tag = f.ask(t, "GET", path, "", boss...).Header().Get("ETag")
	if w := f.ask(t, "DELETE", path, "", append(boss[:2:2], "If-Match", tag)...); w.Code != http.StatusNoContent {
		t.Errorf("closed = %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "GET", path, "", boss...); strings.Contains(w.Body.String(), email) || strings.Contains(w.Body.String(), "Joan") || strings.Contains(w.Body.String(), "fair") || !strings.Contains(w.Body.String(), "closed") {
		t.Errorf("afterwards it shows %s", w.Body)
	}
	if w := f.ask(t, "GET", "/v1/account", "", hers...); w.Code != http.StatusUnauthorized {
		t.Errorf("her session answers %d", w.Code)
	}
	tag = f.ask(t, "GET", path, "", boss...).Header().Get("ETag")
	if w := f.ask(t, "DELETE", path, "", append(boss[:2:2], "If-Match", tag)...); codeIn(w) != "customer-closed" {
		t.Errorf("closed again = %d %s", w.Code, w.Body)
	}
}
