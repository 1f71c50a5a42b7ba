package watching

import "time"

// Rule says what operators must know. It holds while the number is above a bound.
type Rule struct {
	Name  string
	What  string // the title
	Above float64
	For   time.Duration // how long it must hold
	Do    string        // one sentence
	Link  string        // where that is explained
	Selection
}

// Rules are all there are; oldest is how long work may wait.
func Rules(oldest time.Duration) []Rule {
	return []Rule{
		{Name: "outbox-dead", What: "Events are dead", For: 0, Selection: Selection{Of: "tradewind_outbox_dead", How: largest},
			Do: "Read why with 'tradewind outbox list', remove the cause, and put them back with 'tradewind outbox replay all'.", Link: "docs/operating.md#alerts"},
		{Name: "jobs-dead", What: "Jobs are dead", For: 0, Selection: Selection{Of: "tradewind_queue_dead", How: summed},
			Do: "Read why with 'tradewind queue list', remove the cause, and put them back with 'tradewind queue replay all'.", Link: "docs/queues.md"},
		{Name: "outbox-old", What: "Events wait for long", Above: oldest.Seconds(), For: time.Minute, Selection: Selection{Of: "tradewind_outbox_oldest_seconds", How: largest},
			Do: "See whether a worker runs and what its log says of 'event not delivered'.", Link: "docs/operating.md#alerts"},
		{Name: "jobs-old", What: "Jobs wait for long", Above: oldest.Seconds(), For: time.Minute, Selection: Selection{Of: "tradewind_queue_oldest_seconds", How: largest},
			Do: "See what the log says of the channel, and whether more workers are needed.", Link: "docs/queues.md"},
		{Name: "books-differ", What: "The books disagree", For: 0, Selection: Selection{Of: "tradewind_invariant_violations", How: summed},
			Do: "Run 'tradewind verify', which names what disagrees, before anything is mended.", Link: "docs/operating.md#alerts"},
		{Name: "index-differs", What: "The search index differs from the database", For: 5 * time.Minute, Selection: Selection{Of: "tradewind_search_drift_unhealed", How: largest},
			Do: "Run 'tradewind reindex', which builds the index anew while the old one answers.", Link: "docs/operating.md#alerts"},
		{Name: "redis-away", What: "Redis is left alone", For: time.Minute, Selection: Selection{Of: "tradewind_redis_left_alone", How: largest},
			Do: "See whether Redis runs and can be reached; the shop goes on without it, with limits counted by each process alone.", Link: "docs/operating.md#alerts"},
		{Name: "search-away", What: "OpenSearch is left alone", For: time.Minute, Selection: Selection{Of: "tradewind_search_breaker_open", How: largest},
			Do: "See whether the cluster runs and can be reached; meanwhile the database answers searches.", Link: "docs/operating.md#alerts"},
		{Name: "oci-away", What: "A service of Oracle Cloud is left alone", For: time.Minute, Selection: Selection{Of: "tradewind_oci_left_alone", How: largest},
			Do: "See the status of the region, the service gateway and the policies; the log says what the service answered.", Link: "docs/cloud.md#when-a-service-fails"},
		{Name: "payments-open", What: "Payments are not reconciled", For: time.Minute, Selection: Selection{Of: unreconciled, How: largest},
			Do: "See whether the payment provider can be reached and what the log says of 'payment not reconciled'.", Link: "docs/operating.md#alerts"},
		{Name: "secret-changed", What: "A secret has changed and a restart is due", For: 0, Selection: Selection{Of: "tradewind_secret_changed", How: largest},
			Do: "Restart the processes one after the other, before the old secret ends.", Link: "docs/cloud.md#vault"},
	}
}
