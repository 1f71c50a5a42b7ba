package httpapi

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
)

// Where a provider tells that it has ended sessions.
const (
	logoutPath      = "/v1/account/sign-in/oidc/logout"
	adminLogoutPath = "/v1/admin/sign-in/oidc/logout"
)

// throughRoutes list how people sign in at a provider (OpenID Connect). Browsers
// are sent to them by pages and by the provider, so what went wrong is told to a
// page, not to the person.
func (a *API) throughRoutes() []Route {
	return []Route{
		{"GET", "/v1/account/sign-in/oidc", Public, a.goThrough(customer)},
		{"GET", "/v1/account/sign-in/oidc/callback", Public, a.comeBack(customer)},
		{"POST", logoutPath, Public, a.loggedOut(customer)},
		{"GET", "/v1/admin/sign-in/oidc", Public, a.goThrough(staff)},
		{"GET", "/v1/admin/sign-in/oidc/callback", Public, a.comeBack(staff)},
		{"POST", adminLogoutPath, Public, a.loggedOut(staff)},
	}
}

// ThroughCallback is the path to which the provider of a door sends people back.
func ThroughCallback(d user.Door) string {
	if d == user.StaffDoor {
		return "/v1/admin/sign-in/oidc/callback"
	}
	return "/v1/account/sign-in/oidc/callback"
}

func userDoor(d door) user.Door {
	if d == staff {
		return user.StaffDoor
	}
	return user.CustomerDoor
}

// keptCookie holds a sign-in while the browser is at the provider. It comes
// back with a link from there, which SameSite=Lax allows.
func (a *API) keptCookie(d door, value string, maxAge int) *http.Cookie {
	c := a.cookie(d, value, maxAge)
	c.Name += "-begun"
	return c
}

// mostHint is how long a hint may be: browsers take cookies of 4096 bytes in all.
const mostHint = 3500

// hintCookie holds the token of a sign-in until the sign-out, which alone
// gets to see it.
func (a *API) hintCookie(d door, value string, maxAge int) *http.Cookie {
	c := a.cookie(d, value, maxAge)
	c.Name, c.Path = strings.TrimPrefix(c.Name, "__Host-")+"-hint", "/v1/account/sign-out"
	if d == staff {
		c.Path = "/v1/admin/sign-out"
	}
	return c
}

// goThrough handles GET /v1/admin/sign-in/oidc and its twin of customers.
func (a *API) goThrough(d door) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := queryOf(r.URL, "return_to")
		to := q.text("return_to", 500)
		if q.err != nil {
			return q.err
		}
		if to == "" {
			to = a.page(d)
		}
		if !ownPage(to) {
			return fault.Field("bad-page", "return_to", "it is not a path of this shop such as /account")
		}
		begun, err := a.Accounts.GoThrough(r.Context(), userDoor(d), to)
		if err != nil {
			return a.tell(w, r, to, err)
		}
		http.SetCookie(w, a.keptCookie(d, begun.Kept, int(account.ThroughFor/time.Second)))
		return seeOther(w, begun.URL)
	}
}

// page is where a sign-in ends that names no page.
func (a *API) page(d door) string {
	if d == staff && a.Config.StaffPage != "" {
		return a.Config.StaffPage
	}
	return "/"
}

// ownPage reports whether to is a path here, to every browser: some read a
// backslash as a slash, and skip control characters.
func ownPage(to string) bool {
	u, err := url.Parse(to)
	return err == nil && printable(to) && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.Contains(to, `\`) && u.Host == "" && u.Scheme == "" && u.User == nil
}

func seeOther(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // addresses on the way hold codes
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// comeBack handles GET /v1/admin/sign-in/oidc/callback and its twin of
// customers. What the provider adds to the address beside what is read here is
// its own affair.
func (a *API) comeBack(d door) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		in := account.Return{IP: a.clientIP(r).String(), UserAgent: userAgent(r)}
		if c, err := r.Cookie(a.keptCookie(d, "", 0).Name); err == nil {
			in.Kept = c.Value
		}
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || len(r.URL.RawQuery) > 8<<10 {
			return fault.New(fault.Invalid, "bad-query", "The query string is not correctly escaped.")
		}
		in.Answer = user.Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")}
		signed, to, err := a.Accounts.ComeBack(r.Context(), userDoor(d), in)
		http.SetCookie(w, a.keptCookie(d, "", -1))
		if to == "" {
			to = a.page(d)
		}
		if err != nil {
			return a.tell(w, r, to, err)
		}
		lasts := int(signed.ExpiresAt.Sub(a.Now()).Seconds())
		http.SetCookie(w, a.cookie(d, signed.Token, lasts))
		if signed.Hint != "" && len(signed.Hint) <= mostHint {
			http.SetCookie(w, a.hintCookie(d, signed.Hint, lasts))
		}
		return seeOther(w, to)
	}
}

// tell sends the browser to the page with the code of the error, which the page
// puts into words. What nobody classified, and a shop without a provider, are
// problems as elsewhere.
func (a *API) tell(w http.ResponseWriter, r *http.Request, to string, err error) error {
	code := fault.Code(err)
	if kind := fault.KindOf(err); kind == fault.Internal || code == "no-provider" || code == codeBusy {
		return err
	}
	a.Log.WarnContext(r.Context(), "sign-in through the provider failed", "path", r.URL.Path, "code", code, "err", err)
	u, parseErr := url.Parse(to)
	if parseErr != nil {
		return err
	}
	q := u.Query()
	q.Set("sign_in_error", code)
	u.RawQuery = q.Encode()
	return seeOther(w, u.String())
}

// loggedOut handles POST /v1/admin/sign-in/oidc/logout and its twin of
// customers: the provider says that somebody has signed out there.
func (a *API) loggedOut(d door) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store") // OpenID Connect Back-Channel Logout 1.0, 2.8
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
			return fault.New(fault.Unsupported, "not-a-form", "The token comes in a form: send application/x-www-form-urlencoded.")
		}
		body, err := read(r)
		if err != nil {
			return err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("logout_token") == "" {
			return fault.Field("missing-field", "logout_token", "it is needed")
		}
		err = a.Accounts.LoggedOut(r.Context(), userDoor(d), form.Get("logout_token"), a.clientIP(r).String())
		if fault.Code(err) == "sign-in-refused" {
			return fault.Field("bad-logout-token", "logout_token", "it is not a token that ends a session").Because(err)
		}
		return done(w, err)
	}
}

// leave answers a sign-out, with the page at the provider where the session
// there can be ended too, if it has one.
func (a *API) leave(w http.ResponseWriter, r *http.Request, d door) error {
	hint := ""
	c, noHint := r.Cookie(a.hintCookie(d, "", 0).Name)
	if noHint == nil {
		hint = c.Value
	}
	page, err := a.Accounts.SignOut(r.Context(), who(r), hint)
	if err != nil {
		return err
	}
	a.drop(w, d)
	if noHint == nil {
		http.SetCookie(w, a.hintCookie(d, "", -1))
	}
	if page == "" {
		return done(w, nil)
	}
	return encode(w, r, http.StatusOK, map[string]string{"end_session_url": page})
}
