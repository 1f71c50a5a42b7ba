package telemetry

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// buckets are upper bounds in seconds, fine where a shop answers.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// HTTP counts and times requests per route, method and class of status.
type HTTP struct {
	seconds  *prometheus.HistogramVec
	InFlight prometheus.Gauge
	Limited  *prometheus.CounterVec // by what the request was counted as

	Declined prometheus.Counter // answers that a payment was declined

	Remembered, Shared, Made prometheus.Counter // answers about the catalogue, by where they came from

	mu    sync.RWMutex
	known map[httpKey]prometheus.Observer
}

type httpKey struct {
	route, method string
	class         int
}

// NewHTTP registers the metrics of HTTP with reg.
func NewHTTP(reg prometheus.Registerer) *HTTP {
	m := &HTTP{known: map[httpKey]prometheus.Observer{},
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tradewind_http_request_duration_seconds",
			Help: "Time to answer a request, by route, method and class of status.", Buckets: buckets}, []string{"route", "method", "status"}),
		InFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tradewind_http_requests_in_flight", Help: "Requests being answered now."}),
		Limited: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_http_limited_total",
			Help: "Requests refused because their client made too many, by what they were counted as, or because of overload."}, []string{"as"})}
	m.Declined = prometheus.NewCounter(prometheus.CounterOpts{Name: "tradewind_payments_declined_total", Help: "Shoppers who were told that their payment was declined."})
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_cache_answers_total",
		Help: "Answers about the catalogue: remembered by this process, shared by another one, or made."}, []string{"from"})
	m.Remembered, m.Shared, m.Made = answers.WithLabelValues("process"), answers.WithLabelValues("shared"), answers.WithLabelValues("made")
	reg.MustRegister(m.seconds, m.InFlight, m.Limited, m.Declined, answers)
	return m
}

// Observe records an answer with that status after d.
func (m *HTTP) Observe(route, method string, status int, d time.Duration) {
	k := httpKey{route, method, status / 100}
	m.mu.RLock()
	o := m.known[k]
	m.mu.RUnlock()
	if o == nil {
		o = m.seconds.WithLabelValues(route, method, strconv.Itoa(k.class)+"xx")
		m.mu.Lock()
		m.known[k] = o
		m.mu.Unlock()
	}
	o.Observe(d.Seconds())
}

// SQL times statements by name. It is what sqlstore reports to.
type SQL struct {
	seconds *prometheus.HistogramVec
	failed  *prometheus.CounterVec
	known   sync.Map // statement name to prometheus.Observer
}

// NewSQL registers the metrics of statements with reg.
func NewSQL(reg prometheus.Registerer) *SQL {
	m := &SQL{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tradewind_sql_statement_duration_seconds",
			Help: "Time to run a statement, by its name.", Buckets: []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .05, .1, .5, 1, 5}}, []string{"statement"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_sql_statement_errors_total",
			Help: "Statements that failed, by name and Oracle error code."}, []string{"statement", "code"}),
	}
	reg.MustRegister(m.seconds, m.failed)
	return m
}

// Statement records one run of a statement; code is the Oracle error code, 0 for success.
func (m *SQL) Statement(name string, d time.Duration, code int) {
	o, ok := m.known.Load(name)
	if !ok {
		o, _ = m.known.LoadOrStore(name, m.seconds.WithLabelValues(name))
	}
	o.(prometheus.Observer).Observe(d.Seconds())
	if code != 0 {
		m.failed.WithLabelValues(name, strconv.Itoa(code)).Inc()
	}
}

// Redis times commands by name.
type Redis struct {
	seconds *prometheus.HistogramVec
	failed  *prometheus.CounterVec
}

// NewRedis registers the metrics of commands with reg.
func NewRedis(reg prometheus.Registerer) *Redis {
	m := &Redis{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tradewind_redis_command_duration_seconds",
			Help: "Time to run a command in Redis, by what it is for.", Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1}}, []string{"command"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_redis_failures_total",
			Help: "Commands that the shop went on without, by what they were for and why: timeout, error, or left-alone because those before failed."}, []string{"command", "reason"}),
	}
	reg.MustRegister(m.seconds, m.failed)
	return m
}

// Command records one command; reason is why it failed, "" for success.
func (m *Redis) Command(name string, d time.Duration, reason string) {
	if reason != "" {
		m.failed.WithLabelValues(name, reason).Inc()
	}
	if reason != "left-alone" {
		m.seconds.WithLabelValues(name).Observe(d.Seconds())
	}
}
