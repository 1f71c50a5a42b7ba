package watching

// Measure is a number that a monitoring service is told.
type Measure struct {
	Name string
	Unit string
	Selection
	By    string // the label that becomes a dimension
	Looks bool   // only those processes know it that look at the database
}

// Measures are all there are; docs/cloud.md lists them.
var Measures = append(slow(), []Measure{
	{Name: "orders_placed", Unit: "count", Selection: Selection{Of: "tradewind_orders_total", Where: map[string]string{"became": "placed"}}, Looks: true},
	{Name: "orders_paid", Unit: "count", Selection: Selection{Of: "tradewind_orders_total", Where: map[string]string{"became": "paid"}}, Looks: true},
	{Name: "orders_cancelled", Unit: "count", Selection: Selection{Of: "tradewind_orders_total", Where: map[string]string{"became": "cancelled"}}, Looks: true},
	{Name: "orders_expired", Unit: "count", Selection: Selection{Of: "tradewind_orders_total", Where: map[string]string{"became": "expired"}}, Looks: true},
	{Name: "orders_refunded", Unit: "count", Selection: Selection{Of: "tradewind_refunds_total"}, Looks: true},
	{Name: "revenue", Unit: "minor units", Selection: Selection{Of: "tradewind_revenue_minor_total"}, By: "currency", Looks: true},
	{Name: "payments_declined", Unit: "count", Selection: Selection{Of: "tradewind_payments_declined_total"}},
	{Name: "carts_begun", Unit: "count", Selection: Selection{Of: requests, Where: map[string]string{"route": "/v1/carts", "method": "POST", "status": "2xx"}}},

	{Name: "requests", Unit: "count", Selection: Selection{Of: requests}, By: "kind"},
	{Name: "requests_failed", Unit: "count", Selection: Selection{Of: requests, Where: map[string]string{"status": "5xx"}}, By: "kind"},

	{Name: "outbox_pending", Unit: "events", Selection: Selection{Of: "tradewind_outbox_pending", How: largest}, Looks: true},
	{Name: "outbox_dead", Unit: "events", Selection: Selection{Of: "tradewind_outbox_dead", How: largest}, Looks: true},
	{Name: "outbox_oldest", Unit: "seconds", Selection: Selection{Of: "tradewind_outbox_oldest_seconds", How: largest}, Looks: true},
	{Name: "queue_waiting", Unit: "jobs", Selection: Selection{Of: "tradewind_queue_waiting", How: largest}, By: "channel", Looks: true},
	{Name: "queue_dead", Unit: "jobs", Selection: Selection{Of: "tradewind_queue_dead", How: largest}, By: "channel", Looks: true},
	{Name: "queue_oldest", Unit: "seconds", Selection: Selection{Of: "tradewind_queue_oldest_seconds", How: largest}, By: "channel", Looks: true},
	{Name: "invariants_violated", Unit: "subjects", Selection: Selection{Of: "tradewind_invariant_violations", How: summed}, Looks: true},
	{Name: "payments_unreconciled", Unit: "payments", Selection: Selection{Of: unreconciled, How: largest}, Looks: true},

	{Name: "redis_left_alone", Unit: "boolean", Selection: Selection{Of: "tradewind_redis_left_alone", How: largest}},
	{Name: "search_left_alone", Unit: "boolean", Selection: Selection{Of: "tradewind_search_breaker_open", How: largest}},
	{Name: "oci_left_alone", Unit: "boolean", Selection: Selection{Of: "tradewind_oci_left_alone", How: largest}, By: "service"},
}...)

// slow are the answers of each journey that took longer than they should.
func slow() (list []Measure) {
	for _, j := range Journeys {
		list = append(list, Measure{Name: "requests_slow", Unit: "count", By: "kind",
			Selection: Selection{Of: requests, Where: map[string]string{"kind": j.Name}, Slower: j.Within}})
	}
	return list
}

// unreconciled is how many payments the provider has not told about for long.
const unreconciled = "tradewind_payments_unreconciled"
