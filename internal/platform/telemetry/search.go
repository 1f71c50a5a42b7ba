package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Search counts and times requests to a search cluster.
type Search struct{ seconds *prometheus.HistogramVec }

// NewSearch registers the metrics of search with reg.
func NewSearch(reg prometheus.Registerer) *Search {
	m := &Search{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tradewind_search_request_duration_seconds",
		Help: "Time of requests to the search cluster, repeats included, by kind and outcome.", Buckets: buckets}, []string{"op", "outcome"})}
	reg.MustRegister(m.seconds)
	return m
}

// Observe records a request.
func (m *Search) Observe(op, outcome string, d time.Duration) {
	m.seconds.WithLabelValues(op, outcome).Observe(d.Seconds())
}
