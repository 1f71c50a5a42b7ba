package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/user"
	"tradewind/internal/service/account"
	"tradewind/internal/service/account/accounttest"
	"tradewind/internal/store"
)

const password = "a long enough password"

var people atomic.Int64

// from is a place from which somebody asks: every test has its own, since
// attempts are counted by place.
type from struct {
	s  *shop
	ip string
}

func (s *shop) from() from { return from{s, fmt.Sprintf("198.51.100.%d", people.Add(1))} }

func (f from) ask(t testing.TB, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = f.ip + ":1234"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return f.s.do(t, r)
}

func address() string { return fmt.Sprintf("ada.%d@example.com", people.Add(1)) }

// letters takes what the mailman would take, and returns what goes to an address.
func (s *shop) letters(t testing.TB, to string) (out []account.Letter) {
	t.Helper()
	ctx := context.Background()
	var batch []outbox.Message
	err := s.api.DB.InTx(ctx, func(tx store.Stores) (err error) {
		batch, err = tx.Outbox.Claim(ctx, "test", noon.Add(time.Second), noon.Add(time.Minute), 500)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range batch {
		if m.Topic == user.TopicMail {
			var asked user.Mail
			if err := json.Unmarshal(m.Payload, &asked); err != nil {
				t.Fatal(err)
			}
			l, ok, err := s.api.Accounts.Letter(ctx, m.Aggregate, asked)
			if err != nil {
				t.Fatal(err)
			}
			if ok && l.To == to {
				out = append(out, l)
			}
		}
		if err := s.api.DB.InTx(ctx, func(tx store.Stores) error {
			_, err := tx.Outbox.Done(ctx, "test", noon.Add(time.Second), []string{m.ID})
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// join registers and verifies somebody and returns the token of their session.
func (f from) join(t testing.TB, email string) string {
	t.Helper()
	f.s.letters(t, "")
	if w := f.ask(t, "POST", "/v1/account/register", `{"email":"`+email+`","name":"Ada","password":"`+password+`"}`); w.Code != http.StatusAccepted {
		t.Fatalf("register = %d %s", w.Code, w.Body)
	}
	l := f.s.letters(t, email)
	if len(l) != 1 || l[0].About != account.AboutVerify {
		t.Fatalf("letters = %+v", l)
	}
	w := f.ask(t, "POST", "/v1/account/verify", `{"token":"`+l[0].Token+`","password":"`+password+`","as":"bearer"}`)
	return tokenIn(t, w)
}

func tokenIn(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var v struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK || v.Token == "" {
		t.Fatalf("no session: %d %s", w.Code, w.Body)
	}
	return v.Token
}

func (f from) signIn(t testing.TB, email, password string) *httptest.ResponseRecorder {
	t.Helper()
	return f.ask(t, "POST", "/v1/account/sign-in", fmt.Sprintf(`{"email":%q,"password":%q,"as":"bearer"}`, email, password))
}

func TestAnAccountFromItsFirstDayToItsLast(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	me := f.join(t, email)
	if w := f.ask(t, "GET", "/v1/account", "", "Authorization", "Bearer "+me); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), email) || strings.Contains(w.Body.String(), "argon") {
		t.Fatalf("profile = %d %s", w.Code, w.Body)
	}
	other := tokenIn(t, f.signIn(t, strings.ToUpper(email), password))
	if w := f.ask(t, "PUT", "/v1/account/password", `{"password":"`+password+`","new_password":"another fine password"}`, "Authorization", "Bearer "+me); w.Code != http.StatusNoContent {
		t.Fatalf("change of password = %d %s", w.Code, w.Body)
	}
	if w := f.ask(t, "GET", "/v1/account", "", "Authorization", "Bearer "+other); w.Code != http.StatusUnauthorized {
		t.Errorf("a session of before the change answers %d", w.Code)
	}
	if w := f.signIn(t, email, password); codeIn(w) != "wrong-password" {
		t.Errorf("the old password answers %d %s", w.Code, w.Body)
	}
	moved := address()
	if w := f.ask(t, "POST", "/v1/account/email", `{"email":"`+moved+`","password":"another fine password"}`, "Authorization", "Bearer "+me); w.Code != http.StatusAccepted {
		t.Fatalf("change of address = %d %s", w.Code, w.Body)
	}
	if w := f.signIn(t, moved, "another fine password"); codeIn(w) != "wrong-password" {
		t.Errorf("an address that is not proven answers %d", w.Code)
	}
	l := s.letters(t, moved)
	if len(l) != 1 || l[0].About != account.AboutChangeEmail {
		t.Fatalf("letters to the new address: %+v", l)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusBadRequest} {
		if w := f.ask(t, "PUT", "/v1/account/email", `{"token":"`+l[0].Token+`"}`); w.Code != want {
			t.Errorf("the link answers %d %s, want %d", w.Code, w.Body, want)
		}
	}
	if l := s.letters(t, email); len(l) != 1 || l[0].About != account.AboutEmailChanged {
		t.Errorf("letters to the old address: %+v", l)
	}
	if w := f.ask(t, "POST", "/v1/account/close", `{"password":"another fine password"}`, "Authorization", "Bearer "+me); w.Code != http.StatusNoContent {
		t.Fatalf("close = %d %s", w.Code, w.Body)
	}
	if w := f.signIn(t, moved, "another fine password"); codeIn(w) != "wrong-password" {
		t.Errorf("a closed account answers %d", w.Code)
	}
	if _, err := s.api.DB.Read().Customers.ByEmail(context.Background(), moved); err == nil {
		t.Error("the address stays after the account is closed")
	}
	f.join(t, moved) // the address is free
}

// Nobody learns from the shop whether an address has an account.
func TestAnAddressTellsStrangersNothing(t *testing.T) {
	s := open(t)
	f, known, unknown := s.from(), address(), address()
	f.join(t, known)
	for name, request := range map[string]func(email string) *httptest.ResponseRecorder{
		"register": func(e string) *httptest.ResponseRecorder {
			return s.from().ask(t, "POST", "/v1/account/register", `{"email":"`+e+`","name":"Eve","password":"something else entirely"}`)
		},
		"reset": func(e string) *httptest.ResponseRecorder {
			return s.from().ask(t, "POST", "/v1/account/password-reset", `{"email":"`+e+`"}`)
		},
		"sign in": func(e string) *httptest.ResponseRecorder {
			return s.from().signIn(t, e, "something else entirely")
		},
	} {
		a, b := request(known), request(unknown)
		if a.Code != b.Code || codeIn(a) != codeIn(b) || codeIn(a) == "" && a.Body.String() != b.Body.String() {
			t.Errorf("%s: a known address gives %d %s, an unknown one %d %s", name, a.Code, a.Body, b.Code, b.Body)
		}
	}
	// What Eve registered is not hers: without the mailbox nobody comes in.
	if w := s.from().signIn(t, unknown, "something else entirely"); codeIn(w) != "wrong-password" {
		t.Errorf("an account that was never verified answers %d", w.Code)
	}
	if w := s.from().signIn(t, known, password); w.Code != http.StatusOK {
		t.Errorf("a stranger's registration changed the password: %d", w.Code)
	}
	about := map[account.About]bool{}
	for _, l := range s.letters(t, known) {
		about[l.About] = true
		if l.About == account.AboutKnown && (l.Token != "" || strings.Contains(l.Name, "Eve")) {
			t.Errorf("the letter carries a stranger's words or a link: %+v", l)
		}
	}
	if !about[account.AboutKnown] || !about[account.AboutReset] {
		t.Errorf("its owner was told %v", about)
	}
}

// Somebody registers another's address and waits for its owner to click.
func TestAClickVerifiesNothingThatAStrangerRegistered(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	f.ask(t, "POST", "/v1/account/register", `{"email":"`+email+`","name":"Eve","password":"the password of eve"}`)
	l := s.letters(t, email)
	if len(l) != 1 {
		t.Fatalf("letters: %+v", l)
	}
	if w := s.from().ask(t, "POST", "/v1/account/verify", `{"token":"`+l[0].Token+`","password":"what its owner thinks"}`); codeIn(w) != "wrong-password" {
		t.Errorf("the owner's click answers %d %s", w.Code, w.Body)
	}
	s.from().join(t, email) // the owner registers after all; Eve's account gives way
	if w := s.from().signIn(t, email, "the password of eve"); codeIn(w) != "wrong-password" {
		t.Errorf("Eve comes in: %d", w.Code)
	}
	if w := f.ask(t, "POST", "/v1/account/verify", `{"token":"`+l[0].Token+`","password":"the password of eve"}`); w.Code < 400 {
		t.Errorf("Eve's first link still works with her password: %d", w.Code)
	}
}

func TestALinkForANewPasswordWorksOnce(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	me := f.join(t, email)
	f.ask(t, "POST", "/v1/account/password-reset", `{"email":"`+email+`"}`)
	f.ask(t, "POST", "/v1/account/password-reset", `{"email":"`+email+`"}`)
	l := s.letters(t, email)
	if len(l) != 2 {
		t.Fatalf("letters: %+v", l)
	}
	reset := func(tok, pw string) string {
		return codeIn(f.ask(t, "PUT", "/v1/account/password-reset", `{"token":"`+tok+`","password":"`+pw+`"}`))
	}
	if got := reset(l[0].Token, "short"); got != "weak-password" {
		t.Errorf("a weak password: %q", got)
	}
	if got := reset(l[0].Token, "brand new password"); got != "" {
		t.Fatalf("a link that was not used: %q", got)
	}
	for name, tok := range map[string]string{"a used link": l[0].Token, "another link of before": l[1].Token, "junk": "x", "a session's token": me} {
		if got := reset(tok, "the password of eve"); got != "link-invalid" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if w := f.ask(t, "GET", "/v1/account", "", "Authorization", "Bearer "+me); w.Code != http.StatusUnauthorized {
		t.Errorf("a session of before the reset answers %d", w.Code)
	}
	if w := f.signIn(t, email, "brand new password"); w.Code != http.StatusOK {
		t.Errorf("the new password answers %d", w.Code)
	}
}

func TestACustomerWritesNothingButTheirOwnWords(t *testing.T) {
	s := open(t)
	f := s.from()
	auth := []string{"Authorization", "Bearer " + f.join(t, address())}
	for _, field := range []string{`"role":"owner"`, `"roles":["owner"]`, `"customer_group":"wholesale"`, `"group":"wholesale"`, `"verified_at":"2020-01-01T00:00:00Z"`, `"status":"active"`, `"id":"x"`,
		`"email":"eve@example.com"`, `"version":1`, `"password":"x"`, `"staff":true`, `"permissions":["*"]`, `"Name":"twice"`} {
		w := f.ask(t, "PUT", "/v1/account", `{"name":"Ada",`+field+`}`, auth...)
		if code := codeIn(w); code != "unknown-field" && code != "repeated-field" {
			t.Errorf("%s in a profile: %d %s", field, w.Code, w.Body)
		}
		if field == `"email":"eve@example.com"` || field == `"password":"x"` || field == `"Name":"twice"` {
			continue
		}
		w = s.from().ask(t, "POST", "/v1/account/register", `{"email":"`+address()+`","name":"Ada","password":"`+password+`",`+field+`}`)
		if codeIn(w) != "unknown-field" {
			t.Errorf("%s in a registration: %d %s", field, w.Code, w.Body)
		}
	}
}

// What is another's is not found, just as what never was.
func TestWhatIsAnothersIsNotFound(t *testing.T) {
	s := open(t)
	f := s.from()
	ada, eve := []string{"Authorization", "Bearer " + f.join(t, address())}, []string{"Authorization", "Bearer " + f.join(t, address())}
	const where = `{"name":"Ada","line1":"Weg 1","city":"Ulm","country":"DE"}`
	var mine struct{ ID string }
	w := f.ask(t, "POST", "/v1/account/addresses", where, ada...)
	if err := json.Unmarshal(w.Body.Bytes(), &mine); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("add an address: %d %s", w.Code, w.Body)
	}
	var sessions struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(f.ask(t, "GET", "/v1/account/sessions", "", ada...).Body.Bytes(), &sessions); err != nil || len(sessions.Items) != 1 {
		t.Fatalf("sessions: %+v, %v", sessions, err)
	}
	const nowhere = "00000000-0000-7000-8000-ffffffffffff"
	for _, tc := range []struct{ method, path, id, body string }{
		{"PUT", "/v1/account/addresses/", mine.ID, where},
		{"DELETE", "/v1/account/addresses/", mine.ID, ""},
		{"DELETE", "/v1/account/sessions/", sessions.Items[0].ID, ""},
	} {
		a, b := f.ask(t, tc.method, tc.path+tc.id, tc.body, eve...), f.ask(t, tc.method, tc.path+nowhere, tc.body, eve...)
		same := strings.ReplaceAll(a.Body.String(), tc.id, nowhere)
		if a.Code != http.StatusNotFound || codeIn(a) != codeIn(b) || stripID(same) != stripID(b.Body.String()) {
			t.Errorf("%s %s of another: %d %s, of nobody: %d %s", tc.method, tc.path, a.Code, a.Body, b.Code, b.Body)
		}
	}
	if w := f.ask(t, "GET", "/v1/account/addresses", "", eve...); strings.Contains(w.Body.String(), "Weg") {
		t.Errorf("another's address book: %s", w.Body)
	}
	if w := f.ask(t, "GET", "/v1/account/addresses", "", ada...); !strings.Contains(w.Body.String(), `"default_shipping":true`) || strings.Count(w.Body.String(), "Weg 1") != 1 {
		t.Errorf("the address book: %s", w.Body)
	}
}

// stripID takes out the id of the request, which differs by nature.
func stripID(problem string) string {
	i := strings.Index(problem, `,"request_id"`)
	return problem[:max(i, 0)]
}

func TestACookieIsOutOfReach(t *testing.T) {
	s := open(t)
	f, email := s.from(), address()
	f.join(t, email)
	signIn := func(api *API) *http.Cookie {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/v1/account/sign-in", strings.NewReader(`{"email":"`+email+`","password":"`+password+`"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", "tradewind-session=planted-by-somebody; __Host-tradewind-session=planted-by-somebody")
		api.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "token") || len(w.Result().Cookies()) != 1 {
			t.Fatalf("sign in = %d %s %v", w.Code, w.Body, w.Header())
		}
		return w.Result().Cookies()[0]
	}
	c := signIn(s.api)
	if c.Name != "tradewind-session" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure || c.MaxAge <= 0 || len(c.Value) != 43 {
		t.Errorf("cookie over http: %+v", c)
	}
	secure := *s.api
	secure.Config.URL = "https://shop.example"
	if c = signIn(&secure); c.Name != "__Host-tradewind-session" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie over https: %+v", c)
	}
	// The token that was planted before is nobody's, also after the sign-in.
	if w := f.ask(t, "GET", "/v1/account", "", "Cookie", "tradewind-session=planted-by-somebody"); w.Code != http.StatusUnauthorized {
		t.Errorf("a planted session answers %d", w.Code)
	}
}

func TestASessionEnds(t *testing.T) {
	s, ctx := open(t), context.Background()
	clock := noon
	accounts := *s.api.Accounts
	accounts.Now = func() time.Time { return clock }
	_, tok, err := accounttest.Customer(ctx, s.api.DB, noon)
	if err != nil {
		t.Fatal(err)
	}
	used := func() error { _, err := accounts.Customer(ctx, tok); return err }
	for _, at := range []time.Duration{0, 30 * time.Minute, 59*time.Minute + 59*time.Second} {
		if clock = noon.Add(at); used() != nil {
			t.Fatalf("after %v the session is over", at)
		}
	}
	if clock = noon.Add(time.Hour); used() == nil {
		t.Error("a session lives on beyond its end, however often it is used")
	}
	// Idle: a session that begins by signing in ends an hour after its last use.
	id, _, err := accounttest.Customer(ctx, s.api.DB, noon)
	if err != nil {
		t.Fatal(err)
	}
	clock = noon
	signed, err := accounts.Begin(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		after time.Duration
		open  bool
	}{{50 * time.Minute, true}, {50 * time.Minute, true}, {61 * time.Minute, false}} {
		clock = clock.Add(tc.after)
		if _, err := accounts.Customer(ctx, signed.Token); (err == nil) != tc.open {
			t.Errorf("at %v: %v", clock.Sub(noon), err)
		}
	}
}

// Guessing ends soon, for an address that exists as for one that does not; and
// who guesses from one place keeps nobody out at another.
func TestGuessingEndsSoon(t *testing.T) {
	s := open(t)
	home, email := s.from(), address()
	home.join(t, email)
	for _, target := range []string{email, address()} {
		thief := s.from()
		for i := range 5 {
			if w := thief.signIn(t, target, "a wrong password"); codeIn(w) != "wrong-password" {
				t.Fatalf("guess %d = %d %s", i, w.Code, w.Body)
			}
		}
		w := thief.signIn(t, target, password)
		if w.Code != http.StatusTooManyRequests || codeIn(w) != "too-many-attempts" || w.Header().Get("Retry-After") == "" {
			t.Errorf("the sixth guess = %d %s %v", w.Code, w.Body, w.Header())
		}
	}
	// Many places, one address: strangers are shut out, its owner is not.
	for range 40 {
		s.from().signIn(t, email, "a wrong password")
	}
	if w := s.from().signIn(t, email, "a wrong password"); w.Code != http.StatusTooManyRequests {
		t.Errorf("a guess from one more place = %d", w.Code)
	}
	if w := home.signIn(t, email, password); w.Code != http.StatusOK {
		t.Errorf("its owner is shut out at home: %d %s", w.Code, w.Body)
	}
	// In a new place the mailbox opens the door.
	away := s.from()
	if w := away.signIn(t, email, password); w.Code != http.StatusTooManyRequests {
		t.Fatalf("from a new place = %d", w.Code)
	}
	away.ask(t, "POST", "/v1/account/password-reset", `{"email":"`+email+`"}`)
	l := s.letters(t, email)
	if len(l) == 0 {
		t.Fatal("no letter")
	}
	away.ask(t, "PUT", "/v1/account/password-reset", `{"token":"`+l[len(l)-1].Token+`","password":"brand new password"}`)
	if w := away.signIn(t, email, "brand new password"); w.Code != http.StatusOK {
		t.Errorf("after a reset from there = %d %s", w.Code, w.Body)
	}
}

// Nothing that is sent to the doors and desks of people breaks the shop.
func TestNothingSentAboutPeopleBreaksTheShop(t *testing.T) {
	s := open(t)
	boss := s.staff(t, "*")
	_, tok, err := accounttest.Customer(context.Background(), s.api.DB, noon)
	if err != nil {
		t.Fatal(err)
	}
	ada := []string{"Authorization", "Bearer " + tok}
	for _, v := range some(nasty) {
		q, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`{"email":%s,"password":"x"}`, `{"email":"a@example.com","password":%s}`, `{"email":"a@example.com","password":"x","as":%s}`} {
			s.from().ask(t, "POST", "/v1/account/sign-in", fmt.Sprintf(body, q))
			s.from().ask(t, "POST", "/v1/admin/sign-in", fmt.Sprintf(body, q))
		}
		s.from().ask(t, "POST", "/v1/account/register", fmt.Sprintf(`{"email":"x@example.com","name":%s,"password":%s,"locale":%s}`, q, q, q))
		s.from().ask(t, "POST", "/v1/account/verify", fmt.Sprintf(`{"token":%s,"password":%s}`, q, q))
		s.from().ask(t, "PUT", "/v1/account/password-reset", fmt.Sprintf(`{"token":%s,"password":"a long enough password"}`, q))
		s.from().ask(t, "PUT", "/v1/account/email", fmt.Sprintf(`{"token":%s}`, q))
		s.ask(t, "PUT", "/v1/account", fmt.Sprintf(`{"name":%s,"locale":%s}`, q, q), ada...)
		s.ask(t, "POST", "/v1/account/addresses", fmt.Sprintf(`{"name":%s,"line1":"x","city":"y","country":"DE","phone":%s}`, q, q), ada...)
		s.ask(t, "POST", "/v1/admin/roles", fmt.Sprintf(`{"id":%s,"title":%s,"permissions":[%s]}`, q, q, q), boss...)
		s.ask(t, "POST", "/v1/admin/staff", fmt.Sprintf(`{"email":"x@staff.example","name":%s,"password":"a long enough password","roles":[%s]}`, q, q), boss...)
		for _, path := range []string{"/v1/admin/customers?email=", "/v1/admin/customers?group=", "/v1/admin/customers?cursor=", "/v1/admin/staff?limit=", "/v1/account/orders?cursor="} {
			headers := boss
			if strings.HasPrefix(path, "/v1/account") {
				headers = ada
			}
			s.ask(t, "GET", path+url.QueryEscape(v), "", headers...)
		}
		for _, path := range []string{"/v1/admin/customers/", "/v1/admin/staff/", "/v1/admin/roles/"} {
			s.ask(t, "GET", path+url.PathEscape(v), "", boss...)
			s.ask(t, "DELETE", path+url.PathEscape(v), "", append(boss[:2:2], "If-Match", `"1"`)...)
		}
		if printable(v) {
			s.ask(t, "GET", "/v1/admin/me", "", "Authorization", v)
			s.ask(t, "GET", "/v1/admin/me", "", "Authorization", "Bearer "+v)
			s.ask(t, "GET", "/v1/admin/me", "", "Cookie", "tradewind-staff="+v)
		}
	}
}
