package oidc

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/adapter/oidctest"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

const back = "http://127.0.0.1:9/callback"

var challenge = user.Challenge{State: "the-state-of-a-test", Nonce: "the-nonce-of-a-test", Verifier: "a-verifier-of-at-least-forty-three-characters-in-all"}

// door is a client of a real provider, with a clock that can be moved.
type door struct {
	*Provider
	server *oidctest.Server
	ahead  atomic.Int64 // of the clock
}

func defaults() (c Config) {
	c.Flags(flag.NewFlagSet("test", flag.ContinueOnError), "staff")
	return c
}

// openDoor makes the shop known to a provider and opens a door to it.
func openDoor(t *testing.T, issuer string, change func(*Config)) *door {
	t.Helper()
	d := &door{server: oidctest.Open(t, issuer)}
	d.server.Know(t, oidctest.Client{ID: "shop", Secret: "the secret of the shop", Redirects: []string{back}, WithSID: true, Logout: "http://127.0.0.1:9/logout"})
	d.server.Claims(t, map[string]map[string]any{"ada": {"email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace", "groups": []string{"shop-admins", "cooks"}}})
	c := defaults()
	c.Issuer, c.ClientID, c.Secret, c.Scopes = d.server.Issuer, "shop", "the secret of the shop", "email,profile,groups"
	if issuer != "" {
		c.DiscoveryURL = d.server.URL
	}
	if change != nil {
		change(&c)
	}
	if err := c.Validate("staff"); err != nil {
		t.Fatal(err)
	}
	p, err := Open(c, "staff", back, "http://127.0.0.1:9/", func() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) })
	if err != nil {
		t.Fatal(err)
	}
	d.Provider = p
	return d
}

// answer signs somebody in at the provider with the browser, and is what it
// sends back.
func (d *door) answer(t *testing.T, b *oidctest.Browser, as string) user.Answer {
	t.Helper()
	begin, err := d.Begin(context.Background(), challenge)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(b.SignIn(begin, as, back))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	return user.Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

func TestSomebodySignsInAtARealProvider(t *testing.T) {
	for name, tc := range map[string]struct {
		issuer  string
		inToken bool
		change  func(*Config)
		client  func(*oidctest.Client)
	}{
		"claims of the user info":     {},
		"claims of the token":         {inToken: true},
		"an issuer that is not there": {issuer: "https://identity.example.com/"},
		"discovery given in full":     {issuer: "https://identity.example.com/", change: func(c *Config) { c.DiscoveryURL += "/.well-known/openid-configuration" }},
		"a secret in the body":        {client: func(c *oidctest.Client) { c.AuthMethod = "client_secret_post" }},
		"a client without a secret":   {change: func(c *Config) { c.Secret = "" }, client: func(c *oidctest.Client) { c.AuthMethod, c.Secret = "none", "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDoor(t, tc.issuer, tc.change)
			if tc.client != nil {
				c := oidctest.Client{ID: "shop", Secret: "the secret of the shop", Redirects: []string{back}, WithSID: true, Logout: "http://127.0.0.1:9/logout"}
				tc.client(&c)
				d.server.Know(t, c)
			}
			d.server.ClaimsInToken(t, tc.inToken)
			a := d.answer(t, oidctest.NewBrowser(t), "ada")
			if a.State != challenge.State || a.Issuer != d.server.Issuer {
				t.Errorf("answer %+v", a)
			}
			got, err := d.Finish(context.Background(), a, challenge)
			if err != nil {
				t.Fatal(err)
			}
			if got.SessionID == "" {
				t.Error("the token names no session")
			}
			if out, err := d.SignOut(context.Background(), got.Hint); err != nil || !strings.Contains(out, "id_token_hint="+got.Hint) || !strings.HasPrefix(out, d.server.URL+"/session/end?") {
				t.Errorf("a sign-out leads to %s, %v", out, err)
			}
			got.SessionID = ""
			want := user.Claims{Issuer: d.server.Issuer, Subject: "ada", Email: "ada@example.com", Name: "Ada Lovelace", EmailVerified: true, Groups: []string{"shop-admins", "cooks"}}
			if !slices.Equal(got.Groups, want.Groups) || got.Issuer != want.Issuer || got.Subject != want.Subject || got.Email != want.Email || got.Name != want.Name || !got.EmailVerified {
				t.Errorf("claims %+v, want %+v", got, want)
			}
			if asked := slices.Contains(d.server.Requests(t), "/me"); asked == tc.inToken {
				t.Errorf("the user info was asked for: %v", asked)
			}
		})
	}
}

func TestWhatComesBackOpensOneSignInOnly(t *testing.T) {
	d := openDoor(t, "", nil)
	ctx, b := context.Background(), oidctest.NewBrowser(t)
	other := user.Challenge{State: "s", Nonce: "another-nonce", Verifier: challenge.Verifier}
	for name, tc := range map[string]struct {
		spoil func(a *user.Answer)
		c     user.Challenge
	}{
		"another nonce":                    {c: other},
		"another verifier":                 {c: user.Challenge{State: "s", Nonce: challenge.Nonce, Verifier: strings.Repeat("x", 43)}},
		"a code that was never given":      {spoil: func(a *user.Answer) { a.Code = "made-up" }, c: challenge},
		"an answer of another provider":    {spoil: func(a *user.Answer) { a.Issuer = "https://evil.example" }, c: challenge},
		"a token of long before the clock": {spoil: func(*user.Answer) { d.ahead.Store(int64(time.Hour)) }, c: challenge},
		"a token of after the clock":       {spoil: func(*user.Answer) { d.ahead.Store(-int64(time.Hour)) }, c: challenge},
	} {
		a := d.answer(t, b, "ada")
		if tc.spoil != nil {
			tc.spoil(&a)
		}
		if got, err := d.Finish(ctx, a, tc.c); fault.Code(err) != "sign-in-refused" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		d.ahead.Store(0)
	}
	a := d.answer(t, b, "ada")
	if _, err := d.Finish(ctx, a, challenge); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finish(ctx, a, challenge); fault.Code(err) != "sign-in-refused" {
		t.Errorf("a code works twice: %v", err)
	}
}

func TestTheProviderMayReplaceItsKeys(t *testing.T) {
	d := openDoor(t, "", nil)
	b := oidctest.NewBrowser(t)
	for range 3 {
		if _, err := d.Finish(context.Background(), d.answer(t, b, "ada"), challenge); err != nil {
			t.Fatal(err)
		}
		d.server.Rotate(t)
	}
	keys := 0
	for _, path := range d.server.Requests(t) {
		if path == "/jwks" {
			keys++
		}
	}
	if keys != 3 {
		t.Errorf("keys were fetched %d times for three keys", keys)
	}
}

func TestASecondFactorOfTheProviderMayBeRequired(t *testing.T) {
	d := openDoor(t, "", func(c *Config) { c.RequireACR = "gold, mfa" })
	begin, err := d.Begin(context.Background(), challenge)
	if err != nil || !strings.Contains(begin, "acr_values=gold+mfa") {
		t.Errorf("begins at %s, %v", begin, err)
	}
	d.server.ClaimsInToken(t, true)
	for amr, want := range map[string]string{"": "second-factor-missing", "mfa": ""} {
		d.server.AMR(t, amr)
		if _, err := d.Finish(context.Background(), d.answer(t, oidctest.NewBrowser(t), "ada"), challenge); fault.Code(err) != want {
			t.Errorf("amr %q: %v, want %q", amr, err, want)
		}
	}
}

func TestAProviderInTroubleIsSaidToBeUnavailableAndComesBack(t *testing.T) {
	d := openDoor(t, "", func(c *Config) { c.Timeout = time.Second })
	ctx := context.Background()
	for name, do := range map[string]func() error{
		"begin":    func() error { _, err := d.Begin(ctx, challenge); return err },
		"finish":   func() error { _, err := d.Finish(ctx, user.Answer{Code: "c"}, challenge); return err },
		"sign out": func() error { _, err := d.SignOut(ctx, ""); return err },
		"logout":   func() error { _, err := d.LoggedOut(ctx, "t"); return err },
	} {
		for _, trouble := range []struct{ status, delay int }{{500, 0}, {503, 0}, {429, 0}, {0, 4000}} {
			d.server.Trouble(t, trouble.status, trouble.delay)
			if err := do(); fault.Code(err) != "provider-unavailable" {
				t.Errorf("%s in trouble %v: %v", name, trouble, err)
			}
			d.ahead.Add(int64(2 * restFor)) // it is asked again
		}
	}
	d.ahead.Store(0)
	d.at = time.Time{}
	d.server.Trouble(t, 0, 0)
	a := d.answer(t, oidctest.NewBrowser(t), "ada")
	d.server.Trouble(t, 502, 0)
	if _, err := d.Finish(ctx, a, challenge); fault.Code(err) != "provider-unavailable" {
		t.Errorf("a sick token endpoint: %v", err)
	}
	d.server.Trouble(t, 0, 0)
	if _, err := d.Finish(ctx, a, challenge); err != nil {
		t.Errorf("after the trouble: %v", err)
	}
}

// Many who come while the provider is down do not each wait for it.
func TestAProviderThatIsDownIsAskedOnceASecond(t *testing.T) {
	var asked atomic.Int64
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer down.Close()
	c, now := defaults(), time.Now()
	c.Issuer, c.ClientID = down.URL, "shop"
	p, err := Open(c, "staff", back, back, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := p.Begin(context.Background(), challenge); fault.Code(err) != "provider-unavailable" {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("it was asked %d times within a second", asked.Load())
	}
	now = now.Add(restFor)
	_, _ = p.Begin(context.Background(), challenge)
	if asked.Load() != 2 {
		t.Error("it is not asked again")
	}
}
