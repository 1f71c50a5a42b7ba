package httpapi

import (
	"net/http"
	"net/netip"

	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/fault"
)

// mostPerMinute is the highest limit: one request each ten microseconds.
const mostPerMinute = 6_000_000

// logoutsPerLook is how many sessions a provider may end for each request that a
// client may make: it speaks for many people, from few addresses.
const logoutsPerLook = 20

// limitOf is how many requests a minute a client may make to routes like this,
// and what they are counted as. 0 is no limit: staff are known by name, and a
// payment provider that was refused would only come again.
func (a *API) limitOf(route Route) (perMinute int, as string) {
	switch {
	case route.Path == webhookPath:
		return 0, ""
	case route.Path == logoutPath, route.Path == adminLogoutPath:
		return min(logoutsPerLook*a.Config.LimitBrowsing, mostPerMinute), "logout"
	case route.Access.door == public:
		return a.Config.LimitBrowsing, "browsing"
	case route.Access.door == guest, route.Access.door == customer:
		return a.Config.LimitCheckout, "checkout"
	}
	return 0, ""
}

// admit counts the request for its client, before anything else is done for it.
func (a *API) admit(route Route, r *http.Request) error {
	limit, as := a.limitOf(route)
	if limit == 0 {
		return nil
	}
	wait := a.Shared.Take(r.Context(), as+" "+placeOf(a.clientIP(r)), shared.PerMinute(limit))
	if wait == 0 {
		return nil
	}
	a.Metrics.Limited.WithLabelValues(as).Inc()
	e := fault.New(fault.TooMany, "too-many-requests", "There were too many requests from here. Please wait a little.")
	e.RetryAfter = wait
	return e
}

// placeOf is the part of an address that stays with one customer of a network:
// the first 64 bits of a long one.
func placeOf(ip netip.Addr) string {
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
