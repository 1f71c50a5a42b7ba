package watching

import "strings"

// Journey is a part of what shoppers do, whose requests are told apart.
type Journey struct {
	Name   string
	Within float64  // seconds: an answer that takes longer is slow; a bound of the histogram
	Routes []string // how its routes begin; the longest beginning counts
}

// Journeys are all there are. Staff, accounts, pages and probes are in none.
// infra/observability makes the objectives of them.
var Journeys = []Journey{
	{"browse", .25, []string{"/v1/categories", "/v1/brands", "/v1/collections", "/v1/products", "/v1/recommendations", "/v1/recently-viewed"}},
	{"search", .25, []string{"/v1/search"}},
	{"cart", .5, []string{"/v1/carts"}},
	{"checkout", 1, []string{"/v1/checkout", "/v1/orders", "/v1/carts/{id}/quote"}},
	{"payment", 2.5, []string{"/v1/orders/{id}/payment", "/v1/webhooks"}},
}

// Of returns the journey that a route belongs to, "" for none.
func Of(route string) (name string) {
	longest := 0
	for _, j := range Journeys {
		for _, begin := range j.Routes {
			if (route == begin || strings.HasPrefix(route, begin+"/")) && len(begin) > longest {
				name, longest = j.Name, len(begin)
			}
		}
	}
	return name
}
