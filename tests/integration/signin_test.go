package integration

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/oidctest"
	"tradewind/internal/app"
	"tradewind/internal/domain/user"
)

// foyer is the running program beside a real provider of OpenID Connect.
type foyer struct {
	*shop
	id *oidctest.Server
}

const (
	staffDoor    = "/v1/admin/sign-in/oidc"
	customerDoor = "/v1/account/sign-in/oidc"
)

func openFoyer(t *testing.T, issuer string, change func(c *app.Config)) foyer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the provider has to know our address beforehand
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f := foyer{id: oidctest.Open(t, issuer)}
	at := "http://" + addr
	f.id.Know(t, oidctest.Client{ID: "office", Secret: "the secret of the office", Redirects: []string{at + staffDoor + "/callback"}, Back: []string{at + "/"}, Logout: at + staffDoor + "/logout", WithSID: true},
		oidctest.Client{ID: "shop", Secret: "the secret of the shop", Redirects: []string{at + customerDoor + "/callback"}, Back: []string{at + "/"}, Logout: at + customerDoor + "/logout"})
	f.people(t, map[string][]string{"ada": {"shop-admins"}, "grace": {"shop-clerks", "cooks"}, "eve": {"cooks"}})
	f.shop = openShop(t, func(c *app.Config) {
		c.HTTPAddr, c.HTTP.URL = addr, at
		c.SignIn.Staff.Issuer, c.SignIn.Staff.ClientID, c.SignIn.Staff.Secret, c.SignIn.Staff.Scopes = f.id.Issuer, "office", "the secret of the office", "email,profile,groups"
		c.SignIn.Customer.Issuer, c.SignIn.Customer.ClientID, c.SignIn.Customer.Secret = f.id.Issuer, "shop", "the secret of the shop"
		if issuer != "" {
			c.SignIn.Staff.DiscoveryURL, c.SignIn.Customer.DiscoveryURL = f.id.URL, f.id.URL
		}
		c.Account.Staff.Roles = "shop-admins=owner,shop-clerks=orders,shop-clerks=support"
		if change != nil {
			change(c)
		}
	})
	if f.base != at {
		t.Fatalf("the shop is at %s, not at %s", f.base, at)
	}
	return f
}

// people tells the provider who is in which groups.
func (f foyer) people(t *testing.T, groups map[string][]string) {
	t.Helper()
	all := map[string]map[string]any{}
	for name, in := range groups {
		all[name] = map[string]any{"email": name + "@example.com", "email_verified": name != "eve", "name": strings.ToUpper(name[:1]) + name[1:], "groups": in}
	}
	f.id.Claims(t, all)
}

// enter signs somebody in at a door and returns where the shop sends them.
func (f foyer) enter(t *testing.T, b *oidctest.Browser, door, as string) *url.URL {
	t.Helper()
	return b.Get(b.SignIn(f.base+door+"?return_to=%2Fwelcome%3Fx%3D1", as, f.base+door+"/callback")).Next()
}

// get asks the shop with the cookies of a browser.
func (f foyer) get(t *testing.T, b *oidctest.Browser, path string, into any) int {
	t.Helper()
	p := b.Get(f.base + path)
	if into != nil && p.Status == http.StatusOK {
		if err := json.Unmarshal([]byte(p.Body), into); err != nil {
			t.Fatal(err)
		}
	}
	return p.Status
}

// post makes a change as a page of ours does.
func (f foyer) post(t *testing.T, b *oidctest.Browser, path string) oidctest.Page {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, f.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", f.base)
	return b.Do(req)
}

type me struct {
	ID, Name    string
	Permissions []string
}

func TestStaffComeInThroughARealProviderAndMayWhatTheirGroupsSay(t *testing.T) {
	for name, issuer := range map[string]string{"an ordinary issuer": "", "an issuer of an identity domain": "https://identity.example.com/"} {
		t.Run(name, func(t *testing.T) {
			f := openFoyer(t, issuer, nil)
			ada, grace, eve := oidctest.NewBrowser(t), oidctest.NewBrowser(t), oidctest.NewBrowser(t)
			if to := f.enter(t, ada, staffDoor, "ada"); to.String() != f.base+"/welcome?x=1" {
				t.Fatalf("ada is sent to %s", to)
			}
			f.enter(t, grace, staffDoor, "grace")
			if to := f.enter(t, eve, staffDoor, "eve"); to.String() != f.base+"/welcome?sign_in_error=no-role&x=1" {
				t.Errorf("eve is sent to %s", to)
			}
			var owner, clerk me
			if f.get(t, ada, "/v1/admin/me", &owner) != 200 || owner.Name != "Ada" || len(owner.Permissions) != 1 || owner.Permissions[0] != "*" {
				t.Errorf("ada is %+v", owner)
			}
			if f.get(t, grace, "/v1/admin/orders", nil) != 200 || f.get(t, grace, "/v1/admin/customers", nil) != 200 || f.get(t, grace, "/v1/admin/staff", nil) != 403 {
				t.Error("grace may not what her groups say, or more")
			}
			if got := f.get(t, eve, "/v1/admin/me", nil); got != 401 {
				t.Errorf("eve is let in: %d", got)
			}
			var sessions struct {
				Items []struct {
					OpenedBy string `json:"opened_by"`
				}
			}
			if f.get(t, ada, "/v1/admin/sessions", &sessions); len(sessions.Items) != 1 || sessions.Items[0].OpenedBy != "provider" {
				t.Errorf("sessions %+v", sessions)
			}

			f.people(t, map[string][]string{"ada": {"shop-admins"}, "grace": {"shop-admins"}})
			f.enter(t, grace, staffDoor, "grace")
			if f.get(t, grace, "/v1/admin/me", &clerk); clerk.Permissions[0] != "*" {
				t.Errorf("grace is %+v after she was made an admin", clerk)
			}
			f.people(t, map[string][]string{"ada": {"shop-admins"}, "grace": {"cooks"}})
			before := oidctest.NewBrowser(t)
			if to := f.enter(t, before, staffDoor, "grace"); to.Query().Get("sign_in_error") != "no-role" {
				t.Errorf("grace without a group is sent to %s", to)
			}
			if got := f.get(t, grace, "/v1/admin/me", nil); got != 401 {
				t.Errorf("her session of before answers %d", got)
			}
			if m, err := f.db.Read().Staff.Load(context.Background(), clerk.ID); err != nil || m.Status != user.StaffDisabled || len(m.Roles) != 0 {
				t.Errorf("grace is %+v, %v", m, err)
			}
			f.people(t, map[string][]string{"ada": {"cooks"}, "grace": {"shop-clerks"}})
			if to := f.enter(t, grace, staffDoor, "grace"); to.Query().Has("sign_in_error") {
				t.Errorf("grace is back in a group and sent to %s", to)
			}
			if to := f.enter(t, oidctest.NewBrowser(t), staffDoor, "ada"); to.Query().Get("sign_in_error") != "last-owner" {
				t.Errorf("the only owner without a group is sent to %s", to)
			}
			if m, err := f.db.Read().Staff.Load(context.Background(), owner.ID); err != nil || m.Status != user.StaffActive || len(m.Roles) != 1 {
				t.Errorf("the only owner is %+v, %v", m, err)
			}
			if f.get(t, ada, "/v1/admin/me", nil) != 401 {
				t.Error("an owner without a group stays signed in")
			}
		})
	}
}

// Another's browser, an old answer and a made-up one open nothing.
func TestOnlyTheBrowserThatBeganASignInEndsIt(t *testing.T) {
	f := openFoyer(t, "", nil)
	callback := f.base + staffDoor + "/callback"
	ada, eve := oidctest.NewBrowser(t), oidctest.NewBrowser(t)
	answer := ada.SignIn(f.base+staffDoor, "ada", callback)
	refused := func(what string, b *oidctest.Browser, address, code string) {
		t.Helper()
		p := b.Get(address)
		if to := p.Next(); to == nil || to.Query().Get("sign_in_error") != code {
			t.Errorf("%s = %d %s %s, want %s", what, p.Status, p.Header.Get("Location"), p.Body, code)
		}
		if f.get(t, b, "/v1/admin/me", nil) != 401 {
			t.Errorf("%s lets somebody in", what)
		}
	}
	refused("another's answer", eve, answer, "sign-in-lost")
	eve.Get(f.base + staffDoor) // she has begun one of her own
	refused("another's answer with a sign-in begun", eve, answer, "sign-in-lost")
	eve.Get(f.base + customerDoor)
	begun := eve.Get(f.base + staffDoor).Next()
	refused("her own state with another's code", eve, callback+"?"+url.Values{"state": {begun.Query().Get("state")}, "code": {mustQuery(t, answer).Get("code")}, "iss": {f.id.Issuer}}.Encode(), "sign-in-refused")
	begun = eve.Get(f.base + staffDoor).Next()
	refused("a refusal of the provider", eve, callback+"?error=access_denied&state="+begun.Query().Get("state"), "sign-in-cancelled")
	begun = eve.Get(f.base + customerDoor).Next()
	refused("the state of another door", eve, callback+"?code=c&state="+begun.Query().Get("state"), "sign-in-lost")
	refused("nothing", eve, callback, "sign-in-lost")

	again := oidctest.NewBrowser(t)
	answer = again.SignIn(f.base+staffDoor, "ada", callback)
	if to := again.Get(answer).Next(); to.String() != f.base+"/" {
		t.Fatalf("ada is sent to %s", to)
	}
	p := again.Get(answer)
	if to := p.Next(); to == nil || to.Query().Get("sign_in_error") != "sign-in-lost" {
		t.Errorf("an answer works twice: %d %s", p.Status, p.Header.Get("Location"))
	}
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "evil", "javascript:alert(1)", "/a\r\nb"} {
		if p := eve.Get(f.base + staffDoor + "?return_to=" + url.QueryEscape(to)); p.Status != http.StatusBadRequest {
			t.Errorf("return to %q = %d", to, p.Status)
		}
	}
}

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestSigningOutAtTheProviderSignsOutHere(t *testing.T) {
	f := openFoyer(t, "", nil)
	for door, own := range map[string]string{staffDoor: "/v1/admin/me", customerDoor: "/v1/account"} {
		here, elsewhere := oidctest.NewBrowser(t), oidctest.NewBrowser(t)
		f.enter(t, here, door, "ada")
		f.enter(t, elsewhere, door, "ada")
		if f.get(t, here, own, nil) != 200 || f.get(t, elsewhere, own, nil) != 200 {
			t.Fatalf("%s does not let ada in", door)
		}
		out := f.post(t, here, strings.Replace(door, "sign-in/oidc", "sign-out", 1))
		var page struct {
			URL string `json:"end_session_url"`
		}
		if err := json.Unmarshal([]byte(out.Body), &page); err != nil || out.Status != http.StatusOK {
			t.Fatalf("sign-out = %d %s", out.Status, out.Body)
		}
		if mustQuery(t, page.URL).Get("id_token_hint") == "" {
			t.Errorf("%s: the provider gets no hint: %s", door, page.URL)
		}
		if f.get(t, here, own, nil) != 401 || f.get(t, elsewhere, own, nil) != 200 {
			t.Errorf("%s: signing out here ended another session, or not this one", door)
		}
		// With the other browser she signs out at the provider, which tells us.
		if to := elsewhere.SignOut(page.URL); to != f.base+"/" {
			t.Errorf("after signing out the provider sends ada to %s", to)
		}
		eventually(t, door+": the session ends after that of the provider", func() bool { return f.get(t, elsewhere, own, nil) == 401 })
	}
	if r := f.post(t, oidctest.NewBrowser(t), staffDoor+"/logout"); r.Status != http.StatusUnsupportedMediaType {
		t.Errorf("a logout without a form = %d %s", r.Status, r.Body)
	}
	res, err := http.PostForm(f.base+staffDoor+"/logout", url.Values{"logout_token": {"made.up.token"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a made-up logout token = %s", res.Status)
	}
}

// The shop opens and sells, and passwords work, while the provider is down.
func TestAProviderThatIsDownStopsNobodyElse(t *testing.T) {
	f := openFoyer(t, "", func(c *app.Config) { c.SignIn.Staff.Timeout = 300 * time.Millisecond })
	b := oidctest.NewBrowser(t)
	f.id.Trouble(t, 503, 0)
	if to := b.Get(f.base + staffDoor).Next(); to == nil || to.Query().Get("sign_in_error") != "provider-unavailable" {
		t.Errorf("with the provider down staff are sent to %v", to)
	}
	if got := f.ask(t, "POST", "/v1/admin/sign-in", `{"email":"nobody@staff.example","password":"no such password"}`); got.code() != "wrong-password" {
		t.Errorf("a password answers %d %s", got.status, got.body)
	}
	f.id.Trouble(t, 0, 0)
	eventually(t, "staff come in when the provider is back", func() bool {
		to := b.Get(f.base + staffDoor).Next()
		return to != nil && strings.HasPrefix(to.String(), f.id.URL)
	})
}

func TestPasswordsOfStaffCanBeSwitchedOff(t *testing.T) {
	f := openFoyer(t, "", func(c *app.Config) { c.Account.Staff.Only = true })
	if got := f.ask(t, "POST", "/v1/admin/sign-in", `{"email":"nobody@staff.example","password":"no such password"}`); got.code() != "use-provider" {
		t.Errorf("a password answers %d %s", got.status, got.body)
	}
	b := oidctest.NewBrowser(t)
	if f.enter(t, b, staffDoor, "ada"); f.get(t, b, "/v1/admin/me", nil) != 200 {
		t.Error("ada does not come in through the provider")
	}
}

func TestCustomersComeInThroughTheProvider(t *testing.T) {
	f := openFoyer(t, "", nil)
	b := oidctest.NewBrowser(t)
	if to := f.enter(t, b, customerDoor, "ada"); to.String() != f.base+"/welcome?x=1" {
		t.Fatalf("ada is sent to %s", to)
	}
	var first, second struct {
		ID, Email, Name string
	}
	if f.get(t, b, "/v1/account", &first); first.Email != "ada@example.com" || first.Name != "Ada" {
		t.Errorf("ada is %+v", first)
	}
	again := oidctest.NewBrowser(t)
	f.enter(t, again, customerDoor, "ada")
	if f.get(t, again, "/v1/account", &second); second != first {
		t.Errorf("the second time ada is %+v, the first time %+v", second, first)
	}
	if to := f.enter(t, oidctest.NewBrowser(t), customerDoor, "eve"); to.Query().Get("sign_in_error") != "email-not-verified" {
		t.Errorf("eve, whose address is not verified, is sent to %s", to)
	}
	if f.get(t, b, "/v1/admin/me", nil) != 401 {
		t.Error("a customer is staff")
	}
}
