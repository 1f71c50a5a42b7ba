package httpapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"tradewind/internal/platform/fault"
)

// Target names a service: a part of the API that a process may serve alone.
type Target string

// The services, each with routes of its own. What no other has is Product's.
const (
	Product Target = "product"
	User    Target = "user"
	Cart    Target = "cart"
	Order   Target = "order"
	Payment Target = "payment"
)

// Targets lists the services.
var Targets = []Target{Product, User, Cart, Order, Payment}

// Rule sends the paths that Path matches to a service; of several the first holds.
type Rule struct {
	Target Target
	Path   *regexp.Regexp
}

// Rules say which service a path belongs to: the same to this program and to
// the load balancer in front of it.
var Rules = []Rule{
	{Payment, regexp.MustCompile(`^/v1/(webhooks/|orders/[^/]+/payment$)`)},
	{Order, regexp.MustCompile(`^/v1/(checkout$|orders/)`)},
	{Order, regexp.MustCompile(`^/v1/admin/(orders|pick-lists|returns|promotions|tax-zones|shipping-rates|settings|figures|audit|dead-letters|dead-jobs|exports|imports)(/|$)`)},
	{Cart, regexp.MustCompile(`^/v1/(carts|admin/abandoned-carts)(/|$)`)},
	{User, regexp.MustCompile(`^/v1/account(/|$)`)},
	{User, regexp.MustCompile(`^/v1/admin/(customers|me|password|permissions|roles|second-factor|sessions|sign-in|sign-out|staff)(/|$)`)},
	{Product, regexp.MustCompile(`^/`)},
}

// TargetOf says which service an escaped path belongs to.
func TargetOf(path string) Target {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Path.MatchString(path) })
	if i < 0 {
		return Product
	}
	return Rules[i].Target
}

// placed is a route as this process answers it: what another service serves was
// sent to the wrong one, and the load balancer is at fault.
func (a *API) placed(route Route) Route {
	if a.Targets != nil && !slices.Contains(a.Targets, TargetOf(route.Path)) {
		route.Access, route.handle = Public, a.misdirected
	}
	return route
}

func (a *API) misdirected(_ http.ResponseWriter, r *http.Request) error {
	names := make([]string, len(a.Targets))
	for i, t := range a.Targets {
		names[i] = string(t)
	}
	return fault.New(fault.Misdirected, "misdirected", "This is served by %s; this process serves %s.", TargetOf(r.URL.EscapedPath()), strings.Join(names, ", "))
}
