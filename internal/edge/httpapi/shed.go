package httpapi

import (
	"strings"

	"tradewind/internal/platform/fault"
)

// codeBusy is the code of a request that was shed.
const codeBusy = "busy"

// shareOf is how much of http.in-flight, in percent, may be taken when a request
// of this kind comes in: the less, the sooner it is turned away. Who is about to
// pay is let in last, and probes are answered elsewhere.
func shareOf(route Route) int64 {
	target := TargetOf(route.Path)
	switch {
	case strings.HasPrefix(route.Path, "/v1/admin/"):
		return 75
	case target == Order, target == Payment:
		return 100
	case target == Cart, target == User:
		return 90
	}
	return 60
}

// crowded counts a request in and says whether there is no room for it; leave
// counts it out.
func (a *API) crowded(route Route) (leave func(), err error) {
	limit := int64(a.Config.InFlight)
	n := a.inFlight.Add(1)
	leave = func() { a.inFlight.Add(-1) }
	if limit > 0 && n > max(1, limit*shareOf(route)/100) {
		a.Metrics.Limited.WithLabelValues("overload").Inc()
		err = fault.New(fault.Unavailable, codeBusy, "The shop is very busy. Please try again in a moment.")
	}
	return leave, err
}
