package sandboxpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shop is a webhook endpoint without a network: it records events and refuses
// the first of them.
type shop struct {
	mu      sync.Mutex
	refuse  int
	events  []Event
	arrived []time.Time
}

func (s *shop) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := NewClient("", "", "whsec", 0).Notice(map[string]string{SignatureHeader: r.Header.Get(SignatureHeader)}, body, time.Now()); err != nil {
		return nil, err
	}
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	s.events, s.arrived = append(s.events, e), append(s.arrived, time.Now())
	status := http.StatusOK
	if len(s.events) <= s.refuse {
		status = http.StatusServiceUnavailable
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

func (s *shop) types() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, e := range s.events {
		all = append(all, strings.TrimPrefix(e.Type, "charge."))
	}
	return strings.Join(all, " ")
}

func start(t *testing.T, opt Options) *Server {
	t.Helper()
	opt.Key, opt.WebhookSecret = "key", "whsec"
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends body to the server and reads its answer into out.
func ask(t *testing.T, s *Server, method, path, key, body string, out any) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer key")
	r.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			t.Fatalf("%s %s answered %s: %v", method, path, w.Body, err)
		}
	}
	return w.Code
}

func pay(t *testing.T, s *Server, key, method string) Charge {
	t.Helper()
	var c Charge
	body := fmt.Sprintf(`{"amount":1999,"currency":"EUR","reference":"order-%s","method":%q,"capture":true}`, key, method)
	if code := ask(t, s, "POST", "/v1/charges", key, body, &c); code != http.StatusOK {
		t.Fatalf("paying with %s answers %d", method, code)
	}
	return c
}

func TestWebhooks(t *testing.T) {
	tests := map[string]struct {
		method string
		refuse int
		after  time.Duration
		want   string
	}{
		"the answer is ahead of the notice":    {"tok_ok", 0, usually - time.Millisecond, ""},
		"captured is told":                     {"tok_ok", 0, usually, "captured"},
		"declined is told":                     {"tok_declined", 0, usually, "declined"},
		"authorised is told":                   {"tok_authorise_only", 0, usually, "authorised"},
		"twice":                                {"tok_webhook_twice", 0, 0, "captured captured"},
		"out of order":                         {"tok_webhook_out_of_order", 0, 0, "captured authorised"},
		"late is not told yet":                 {"tok_webhook_late", 0, 29 * time.Second, ""},
		"late is told late":                    {"tok_webhook_late", 0, 31 * time.Second, "captured"},
		"never":                                {"tok_no_webhook", 0, time.Hour, ""},
		"delayed is not captured yet":          {"tok_delayed", 0, 4 * time.Second, ""},
		"delayed is captured on its own":       {"tok_delayed", 0, 6 * time.Second, "captured"},
		"a refusal is followed by a repeat":    {"tok_ok", 2, time.Minute, "captured captured captured"},
		"order is kept through a refusal":      {"tok_webhook_out_of_order", 1, time.Minute, "captured captured authorised"},
		"attempts end":                         {"tok_ok", 1000, 1000 * time.Hour, strings.TrimSpace(strings.Repeat("captured ", hookAttempts))},
		"a confirmation is told when it comes": {"tok_step_up", 0, time.Hour, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := &shop{refuse: tc.refuse}
				s := start(t, Options{WebhookURL: "http://shop.example/hook", WebhookRound: got})
				pay(t, s, "k1", tc.method)
				time.Sleep(tc.after) // in the bubble's clock
				synctest.Wait()
				if types := got.types(); types != tc.want {
					t.Errorf("told %q, want %q", types, tc.want)
				}
				for _, e := range got.events {
					if e.ID != got.events[0].ID && !strings.Contains(name, "order") {
						t.Errorf("event has the ids %s and %s over its attempts", got.events[0].ID, e.ID)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestDeliveryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		var mu sync.Mutex
		var now, most int
		s := start(t, Options{WebhookURL: "http://shop.example/hook", WebhookRound: roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			<-stuck
			mu.Lock()
			now--
			mu.Unlock()
			return &http.Response{StatusCode: 204, Body: http.NoBody}, nil
		})})
		for i := range hookQueue + 50 {
			s.sender.add(&hook{ID: fmt.Sprint(i), Bodies: []json.RawMessage{[]byte("{}")}})
		}
		synctest.Wait()
		if n := s.sender.dropped.Load(); n != 50 {
			t.Errorf("%d hooks were dropped, want 50", n)
		}
		close(stuck)
		synctest.Wait()
		if most != hookWorkers || s.sender.waiting.Load() != 0 {
			t.Errorf("%d deliveries at once, %d left, want %d and none", most, s.sender.waiting.Load(), hookWorkers)
		}
		s.Close()
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// killed starts a server on a copy of the journal as a SIGKILL would leave it:
// the first server is never closed.
func killed(t *testing.T, journal string, opt Options) *Server {
	t.Helper()
	data, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	opt.Journal = filepath.Join(t.TempDir(), "after")
	if err := os.WriteFile(opt.Journal, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, opt)
}

func TestKilledProviderRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := filepath.Join(t.TempDir(), "journal")
		deaf := &shop{refuse: 1000}
		opt := Options{Journal: journal, WebhookURL: "http://shop.example/hook", WebhookRound: deaf}
		s := start(t, opt)
		paid := pay(t, s, "k1", "tok_ok")
		later := pay(t, s, "k2", "tok_delayed")
		var refunded Refund
		ask(t, s, "POST", "/v1/charges/"+paid.ID+"/refunds", "r1", `{"amount":500,"currency":"EUR"}`, &refunded)
		synctest.Wait()

		got := &shop{}
		opt.WebhookRound = got
		again := killed(t, journal, opt)
		s.Close()
		if c := pay(t, again, "k1", "tok_ok"); c != paid {
			t.Errorf("the same key answers %+v after a kill, want %+v", c, paid)
		}
		var repeat Refund
		ask(t, again, "POST", "/v1/charges/"+paid.ID+"/refunds", "r1", `{"amount":500,"currency":"EUR"}`, &repeat)
		if repeat != refunded {
			t.Errorf("the same refund answers %+v after a kill, want %+v", repeat, refunded)
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		var c Charge
		if ask(t, again, "GET", "/v1/charges/"+later.ID, "", "", &c); c.Status != Captured {
			t.Errorf("the delayed charge is %s, want captured", c.Status)
		}
		var book Book
		ask(t, again, "GET", "/v1/book?reference=order-k1", "", "", &book)
		if len(book.References) != 1 || book.References[0] != (BookEntry{"order-k1", "EUR", 1, 1, 1999, 500}) {
			t.Errorf("book says %+v", book)
		}
		again.Close()
		if types := got.types(); !strings.Contains(types, "captured") || !strings.Contains(types, "refunded") || len(got.events) != 3 {
			t.Errorf("told %q after the kill, want the captures and the refund", types)
		}
	})
}

func TestJournalDamage(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "journal")
	s := start(t, Options{Journal: journal})
	paid := pay(t, s, "k1", "tok_ok")
	s.Close()
	whole, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(journal, append(bytes.Clone(whole), whole[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, Options{Journal: journal})
		if c := pay(t, s, "k1", "tok_ok"); c != paid {
			t.Fatalf("torn at %d: the same key answers %+v, want %+v", cut, c, paid)
		}
		s.Close()
	}
	if err := os.WriteFile(journal, append([]byte("{\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Key: "key", Journal: journal}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("damage in the middle: error is %v, want one that names the line", err)
	}
}

func TestFullDiskMovesNoMoney(t *testing.T) {
	s := start(t, Options{Journal: filepath.Join(t.TempDir(), "journal")})
	s.ledger.journal.file.Close()
	if code := ask(t, s, "POST", "/v1/charges", "k1", `{"amount":1,"currency":"EUR","method":"tok_ok"}`, nil); code != http.StatusInternalServerError {
		t.Errorf("a charge that cannot be written answers %d, want 500", code)
	}
	if b := s.ledger.book(""); b.Charges != 0 {
		t.Errorf("book has %d charges, want none", b.Charges)
	}
}

func TestJournalIsTidied(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "journal")
	s := start(t, Options{Journal: journal, MaxCharges: 10})
	for i := range 1100 {
		pay(t, s, fmt.Sprint(i), "tok_ok")
	}
	s.Close()
	before, _ := os.Stat(journal)
	s = start(t, Options{Journal: journal, MaxCharges: 10})
	paid := pay(t, s, "1099", "tok_ok")
	after, _ := os.Stat(journal)
	if after.Size() > before.Size()/50 {
		t.Errorf("journal has %d bytes for ten charges, had %d", after.Size(), before.Size())
	}
	s.Close()
	s = start(t, Options{Journal: journal, MaxCharges: 10})
	defer s.Close()
	if b := s.ledger.book(""); b.Charges != 10 || pay(t, s, "1099", "tok_ok") != paid {
		t.Errorf("tidying lost a charge: %+v", b)
	}
}

func TestOldestChargesAreForgotten(t *testing.T) {
	s := start(t, Options{MaxCharges: 2})
	defer s.Close()
	for _, k := range []string{"a", "b", "c"} {
		pay(t, s, k, "tok_ok")
	}
	b := s.ledger.book("")
	if b.Charges != 2 || b.Lost != 1 || len(s.ledger.keys) != 2 {
		t.Errorf("kept %d, lost %d, %d keys, want 2, 1, 2", b.Charges, b.Lost, len(s.ledger.keys))
	}
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	s := start(t, Options{})
	defer s.Close()
	paid := pay(t, s, "paid", "tok_ok")
	tests := map[string]struct {
		path, key, body string
		want            int
		code            string
	}{
		"no key":            {"/v1/charges", "", `{}`, 400, "no-key"},
		"long key":          {"/v1/charges", strings.Repeat("k", 256), `{}`, 400, "no-key"},
		"not JSON":          {"/v1/charges", "k", `<xml>`, 400, "bad-body"},
		"huge":              {"/v1/charges", "k", `"` + strings.Repeat("x", 1<<17) + `"`, 400, "bad-body"},
		"amount as text":    {"/v1/charges", "k", `{"amount":"1"}`, 400, "bad-body"},
		"no amount":         {"/v1/charges", "k", `{"currency":"EUR","method":"tok_ok"}`, 422, "bad-amount"},
		"too much":          {"/v1/charges", "k", `{"amount":1000000000000000,"currency":"EUR","method":"tok_ok"}`, 422, "bad-amount"},
		"lower case money":  {"/v1/charges", "k", `{"amount":1,"currency":"eur","method":"tok_ok"}`, 422, "bad-currency"},
		"script as address": {"/v1/charges", "k", `{"amount":1,"currency":"EUR","method":"tok_ok","return_url":"javascript:alert(1)"}`, 422, "bad-return-url"},
		"unknown method":    {"/v1/charges", "k", `{"amount":1,"currency":"EUR","method":"4111111111111111"}`, 402, "invalid-method"},
		"no such charge":    {"/v1/charges/ch_x/cancel", "k", ``, 404, "no-such-charge"},
		"capture captured":  {"/v1/charges/" + paid.ID + "/capture", "k", `{"amount":1,"currency":"EUR"}`, 409, "wrong-state"},
		"key of a charge":   {"/v1/charges/" + paid.ID + "/refunds", "paid", `{"amount":1,"currency":"EUR"}`, 409, "key-used"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got struct {
				Error struct{ Code, Message string }
			}
			if code := ask(t, s, "POST", tc.path, tc.key, tc.body, &got); code != tc.want || got.Error.Code != tc.code || got.Error.Message == "" {
				t.Errorf("answers %d %+v, want %d %s", code, got, tc.want, tc.code)
			}
		})
	}
	if b := s.ledger.book(""); b.Charges != 1 {
		t.Errorf("book has %d charges, want the first one only", b.Charges)
	}
}

func TestKeyIsChecked(t *testing.T) {
	s := start(t, Options{})
	defer s.Close()
	for _, auth := range []string{"", "key", "Bearer ", "Bearer keys", "bearer key"} {
		r := httptest.NewRequest("GET", "/v1/book", nil)
		r.Header.Set("Authorization", auth)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
			t.Errorf("authorization %q answers %d, want 401", auth, w.Code)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a server without a key starts, want an error")
	}
}

func TestStepUpPage(t *testing.T) {
	s := start(t, Options{PublicURL: "https://bank.example/"})
	defer s.Close()
	var c Charge
	ask(t, s, "POST", "/v1/charges", "k", `{"amount":1999,"currency":"EUR","reference":"<b>o1</b>","method":"tok_step_up"}`, &c)
	if want := "https://bank.example/step-up/" + c.ID; c.ActionURL != want {
		t.Errorf("action URL is %s, want %s", c.ActionURL, want)
	}
	page := func(r *http.Request) string {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return fmt.Sprint(w.Code, " ", w.Body)
	}
	if got := page(httptest.NewRequest("GET", "/step-up/"+c.ID, nil)); !strings.Contains(got, "19.99 EUR") || strings.Contains(got, "<b>") {
		t.Errorf("page is %s", got)
	}
	answer := func(id, choice string) string {
		r := httptest.NewRequest("POST", "/step-up/"+id, strings.NewReader(url.Values{"answer": {choice}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return page(r)
	}
	if got := answer(c.ID, "maybe"); !strings.HasPrefix(got, "400") {
		t.Errorf("an unclear answer gives %s", got)
	}
	if got := answer("ch_x", "approve"); !strings.HasPrefix(got, "404") {
		t.Errorf("an unknown charge gives %s", got)
	}
	if got := answer(c.ID, "approve"); !strings.Contains(got, "is authorised") {
		t.Errorf("without a return address the page says %s", got)
	}
}

func TestConfig(t *testing.T) {
	good := Config{Addr: "127.0.0.1:0", Timeout: time.Second}
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"defaults":           {func(*Config) {}, ""},
		"elsewhere":          {func(c *Config) { c.URL, c.Key, c.WebhookSecret = "http://pay:1", "k", "s" }, ""},
		"elsewhere, no key":  {func(c *Config) { c.URL = "http://pay:1" }, "sandboxpay.key"},
		"not an address":     {func(c *Config) { c.URL, c.Key, c.WebhookSecret = "pay:1", "k", "s" }, "sandboxpay.url"},
		"no port":            {func(c *Config) { c.Addr = "localhost" }, "sandboxpay.addr"},
		"no patience":        {func(c *Config) { c.Timeout = 0 }, "sandboxpay.timeout"},
		"negative delay":     {func(c *Config) { c.Delay = -1 }, "sandboxpay.delay"},
		"public is no URL":   {func(c *Config) { c.PublicURL = "bank" }, "sandboxpay.public-url"},
		"public is a script": {func(c *Config) { c.PublicURL = "javascript://x" }, "sandboxpay.public-url"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := good
			tc.change(&c)
			err := c.Validate()
			if (err == nil) != (tc.want == "") || (err != nil && !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("Validate: %v, want one that names %q", err, tc.want)
			}
		})
	}
	if c := good.WithSecrets(); c.Key == "" || c.WebhookSecret == "" || c.Key == good.WithSecrets().Key {
		t.Error("secrets are not made anew")
	}
}

func TestAddressInUse(t *testing.T) {
	c := Config{Addr: "127.0.0.1:0", Timeout: time.Second}.WithSecrets()
	one, err := c.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	c.Addr = strings.TrimPrefix(one.URL, "http://")
	if _, err := c.Listen(""); err == nil || !strings.Contains(err.Error(), "sandboxpay.addr") {
		t.Errorf("second listener: %v, want an error that names the setting", err)
	}
	c.Addr, c.Journal = "127.0.0.1:0", filepath.Join(t.TempDir(), "no", "such", "folder")
	if _, err := c.Listen(""); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "sandboxpay.journal") {
		t.Errorf("journal nowhere: %v, want an error that names the setting", err)
	}
}

func TestAnybodyMayAskWhetherItIsWell(t *testing.T) {
	s := start(t, Options{})
	defer s.Close()
	for _, path := range []string{"/healthz", "/readyz"} {
		if code := ask(t, s, "GET", path, "", "", nil); code != http.StatusOK {
			t.Errorf("%s answers %d", path, code)
		}
	}
}
