package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tradewind/internal/domain/user"
)

// elsewhere is a provider that knows Ada, and sends a cause that nobody may see.
type elsewhereProvider struct{ down error }

func (p elsewhereProvider) Begin(_ context.Context, c user.Challenge) (string, error) {
	return "https://id.example/auth?state=" + url.QueryEscape(c.State), p.down
}
func (p elsewhereProvider) SignOut(_ context.Context, hint string) (string, error) {
	return "https://id.example/end?" + hint, nil
}
func (p elsewhereProvider) Finish(_ context.Context, a user.Answer, c user.Challenge) (user.Claims, error) {
	if a.Code != "right" || c.Nonce == "" || c.Verifier == "" {
		return user.Claims{}, user.SignInRefused(nil)
	}
	return user.Claims{Issuer: "https://id.example", Subject: "ada", Email: "ada@elsewhere.example", EmailVerified: true, Name: "Ada", Groups: []string{"admins"}, Hint: "the-token"}, nil
}
func (p elsewhereProvider) LoggedOut(_ context.Context, tok string) (user.Logout, error) {
	if tok != "right" {
		return user.Logout{}, user.SignInRefused(nil)
	}
	return user.Logout{TokenID: "1", Issuer: "https://id.example", Subject: "ada"}, p.down
}

// openElsewhere is a shop of its own with a provider at both doors.
func openElsewhere(t *testing.T) *shop {
	t.Helper()
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.api.DB.Close() })
	s.api.Accounts.Config.Staff.Roles = "admins=owner"
	s.api.Accounts.Providers = map[user.Door]user.IdentityProvider{user.StaffDoor: elsewhereProvider{}, user.CustomerDoor: elsewhereProvider{}}
	return s
}

func TestASignInElsewhereTravelsInCookiesThatScriptsCannotRead(t *testing.T) {
	s := openElsewhere(t)
	s.api.Config.URL = "https://shop.example"
	for door, own := range map[string]string{"/v1/admin/sign-in/oidc": "/v1/admin/me", "/v1/account/sign-in/oidc": "/v1/account"} {
		w := s.ask(t, "GET", door+"?return_to=/orders%3Fpage%3D2", "")
		to, err := url.Parse(w.Header().Get("Location"))
		if err != nil || w.Code != http.StatusSeeOther || to.Host != "id.example" {
			t.Fatalf("%s = %d %s", door, w.Code, w.Header())
		}
		cookies := w.Result().Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || !cookies[0].Secure || cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].MaxAge != 600 || !strings.HasPrefix(cookies[0].Name, "__Host-") {
			t.Fatalf("%s sets %v", door, cookies)
		}
		state := to.Query().Get("state")
		if strings.Contains(cookies[0].Value, state) {
			t.Error("the cookie can be read")
		}
		w = s.ask(t, "GET", door+"/callback?code=right&state="+state, "", "Cookie", cookies[0].Name+"="+cookies[0].Value)
		set := map[string]*http.Cookie{}
		for _, c := range w.Result().Cookies() {
			set[c.Name] = c
		}
		session := set[strings.TrimSuffix(cookies[0].Name, "-begun")]
		if w.Header().Get("Location") != "/orders?page=2" || set[cookies[0].Name] == nil || set[cookies[0].Name].MaxAge >= 0 || session == nil || !session.HttpOnly || !session.Secure {
			t.Fatalf("%s/callback = %d %s %v", door, w.Code, w.Header(), set)
		}
		if w := s.ask(t, "GET", own, "", "Cookie", session.Name+"="+session.Value); w.Code != http.StatusOK {
			t.Errorf("%s = %d %s", own, w.Code, w.Body)
		}
		hint := set[strings.TrimPrefix(session.Name, "__Host-")+"-hint"]
		out := strings.TrimSuffix(door, "sign-in/oidc") + "sign-out"
		if hint == nil || !hint.HttpOnly || !hint.Secure || hint.Path != out || hint.MaxAge <= 0 {
			t.Fatalf("the hint is %v", hint)
		}
		w = s.ask(t, "POST", out, "", "Cookie", session.Name+"="+session.Value+"; "+hint.Name+"="+hint.Value, "Sec-Fetch-Site", "same-origin")
		if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != `{"end_session_url":"https://id.example/end?the-token"}` || len(w.Result().Cookies()) != 2 {
			t.Errorf("%s = %d %s %v", out, w.Code, w.Body, w.Header())
		}
		for name, cookie := range map[string]string{
			"a cookie of the other door": strings.Replace(cookies[0].Name, "-staff", "-session", 1) + "x=" + cookies[0].Value,
			"a changed cookie":           cookies[0].Name + "=A" + cookies[0].Value[1:],
			"no cookie":                  "a=b",
		} {
			w := s.from().ask(t, "GET", door+"/callback?code=right&state="+state, "", "Cookie", cookie)
			if w.Header().Get("Location") != "/?sign_in_error=sign-in-lost" {
				t.Errorf("%s: %d %s", name, w.Code, w.Header())
			}
		}
	}
}

func TestAPageIsToldWhyASignInElsewhereFailed(t *testing.T) {
	s := openElsewhere(t)
	begin := func() (cookie, state string) {
		w := s.ask(t, "GET", "/v1/account/sign-in/oidc?return_to=/a%3Fb%3Dc%23d", "")
		to, err := url.Parse(w.Header().Get("Location"))
		if err != nil || len(w.Result().Cookies()) != 1 {
			t.Fatalf("= %d %v", w.Code, w.Header())
		}
		c := w.Result().Cookies()[0]
		return c.Name + "=" + c.Value, to.Query().Get("state")
	}
	for query, code := range map[string]string{"code=wrong": "sign-in-refused", "error=access_denied": "sign-in-cancelled", "error=server_error": "provider-unavailable", "error=made+up": "sign-in-refused", "": "sign-in-refused"} {
		cookie, state := begin()
		w := s.from().ask(t, "GET", "/v1/account/sign-in/oidc/callback?state="+state+"&"+query+"&session_state=x", "", "Cookie", cookie)
		if got := w.Header().Get("Location"); got != "/a?b=c&sign_in_error="+code+"#d" || w.Body.Len() > 0 {
			t.Errorf("%s: %d %s %s", query, w.Code, got, w.Body)
		}
	}
	s.api.Accounts.Providers[user.CustomerDoor] = elsewhereProvider{down: user.ProviderUnavailable(nil)}
	if got := s.ask(t, "GET", "/v1/account/sign-in/oidc", "").Header().Get("Location"); got != "/?sign_in_error=provider-unavailable" {
		t.Errorf("with the provider down: %s", got)
	}
	delete(s.api.Accounts.Providers, user.CustomerDoor)
	for _, r := range s.api.throughRoutes()[:2] {
		if w := s.ask(t, r.Method, r.Path, ""); codeIn(w) != "no-provider" {
			t.Errorf("%s without a provider = %d %s", r.Path, w.Code, w.Body)
		}
	}
}

func TestAProviderTellsOfItsLogoutsInAForm(t *testing.T) {
	s := openElsewhere(t)
	for body, want := range map[string]int{"logout_token=right": 204, "logout_token=wrong": 400, "logout_token=": 400, "%": 400, "": 400} {
		r := s.from()
		w := r.ask(t, "POST", "/v1/admin/sign-in/oidc/logout", body+" ", "Content-Type", "application/x-www-form-urlencoded")
		if body == "logout_token=right" { // the blank is part of the token
			w = r.ask(t, "POST", "/v1/admin/sign-in/oidc/logout", body, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		}
		if w.Code != want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q = %d %s %s, want %d", body, w.Code, w.Header(), w.Body, want)
		}
	}
	if w := s.ask(t, "POST", "/v1/admin/sign-in/oidc/logout", `{"logout_token":"right"}`); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("JSON = %d %s", w.Code, w.Body)
	}
}

func TestASignInElsewhereEndsOnOurPagesOnly(t *testing.T) {
	for page, want := range map[string]bool{
		"/": true, "/orders": true, "/a/b?c=d#e": true, "/a%0d%0ab": true,
		"": false, "orders": false, "//evil.example": false, `/\evil.example`: false, `\\evil.example`: false, "https://evil.example": false,
		"javascript:alert(1)": false, "/\tevil": false, "/a b": false, "/\r\nSet-Cookie: a=b": false, "/%zz": false, "/é": false,
	} {
		if ownPage(page) != want {
			t.Errorf("%q is a page of ours: %v", page, !want)
		}
	}
}
