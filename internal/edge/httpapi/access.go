package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// Access says who may call a route. Its zero value lets nobody in.
type Access struct {
	door       door
	permission string
}

type door int

const (
	shut      door = iota
	public         // everybody
	guest          // whoever holds the token of the thing; the handler asks the database
	customer       // a customer who is signed in
	enrolling      // staff, even those who have yet to set up their second factor
	staff          // staff with a permission
)

// Who may call a route.
var (
	Public    = Access{door: public}
	Guest     = Access{door: guest}
	Customer  = Access{door: customer}
	Enrolling = Access{door: enrolling}
	AnyStaff  = Access{door: staff}
)

// Staff lets in members of staff who have the permission: area, colon, "read"
// or "write", such as "catalog:write".
func Staff(permission string) Access { return Access{staff, permission} }

// Permission is what staff need, or "".
func (a Access) Permission() string { return a.permission }

func (a Access) String() string {
	switch a.door {
	case public:
		return "public"
	case guest:
		return "guest"
	case customer:
		return "customer"
	case enrolling, staff:
		return "staff"
	}
	return "nobody"
}

// Permissions lists every permission that a route asks for, sorted: what roles can be made of.
func Permissions() []string {
	var all []string
	for _, r := range (&API{}).Routes() {
		if p := r.Access.permission; p != "" {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// who returns who makes the request: nobody on public routes, perhaps somebody
// on those of guests, somebody with the right to it on all others.
func who(r *http.Request) user.Principal {
	if s := stateOf(r); s != nil {
		return s.who
	}
	return user.Principal{}
}

// enter finds out who makes the request and whether they may. It is the one
// place that decides about access to a route.
func (a *API) enter(access Access, r *http.Request, s *state) error {
	if access.door == public {
		return nil
	}
	p, err := a.principal(access, r)
	if err != nil && (access.door != guest || fault.KindOf(err) != fault.Unauthorized) { // a guest's own token may do
		return err
	}
	s.who = p
	switch access.door {
	case guest:
		return nil
	case customer:
		if p.CustomerID != "" {
			return nil
		}
	case enrolling:
		if p.StaffID != "" {
			return nil
		}
	case staff:
		switch {
		case p.StaffID == "":
		case p.EnrolsOnly:
			return fault.New(fault.Forbidden, "second-factor-required", "Set up your second factor first.")
		case access.permission == "" || p.May(access.permission):
			return nil
		default:
			return user.PermissionMissing(access.permission)
		}
	case shut, public:
		return fmt.Errorf("the route of %s %s has no access", r.Method, r.URL.Path)
	}
	return user.SignInRequired()
}

// principal asks whose session the request carries.
func (a *API) principal(access Access, r *http.Request) (user.Principal, error) {
	tok, byCookie := a.session(access, r)
	if tok == "" {
		return user.Principal{}, user.SignInRequired()
	}
	if byCookie && !safe(r.Method) && !a.sameSite(r) {
		return user.Principal{}, fault.New(fault.Forbidden, "cross-site-request", "This request comes from another site.")
	}
	if access.door == staff || access.door == enrolling {
		return a.Accounts.Staff(r.Context(), tok)
	}
	return a.Accounts.Customer(r.Context(), tok)
}

// session reads the token of a session: of the header Authorization (RFC 6750)
// or of the cookie, which browsers send by themselves.
func (a *API) session(access Access, r *http.Request) (tok string, byCookie bool) {
	if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return plausible(strings.TrimSpace(rest)), false
	}
	c, err := r.Cookie(a.cookieName(access.door))
	if err != nil {
		return "", false
	}
	return plausible(c.Value), true
}

// plausible keeps junk away from the database.
func plausible(tok string) string {
	if len(tok) > 200 || !printable(tok) {
		return ""
	}
	return tok
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sameSite reports whether a browser sends the request from one of our own
// pages. What carries neither header is not from a browser that could be
// trusted with a cookie (Fetch Metadata; RFC 6454).
func (a *API) sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		origin, err := url.Parse(r.Header.Get("Origin"))
		return err == nil && origin.Host != "" && (origin.Host == r.Host || origin.Scheme+"://"+origin.Host == strings.TrimSuffix(a.Config.URL, "/"))
	}
	return false
}
