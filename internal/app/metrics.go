package app

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tradewind/internal/adapter/redis"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
)

// metrics is the registry of one program.
type metrics struct {
	registry *prometheus.Registry
	register prometheus.Registerer // gives every metric the label service
	http     *telemetry.HTTP
	sql      *telemetry.SQL
	backlog  atomic.Pointer[outbox.Backlog]
}

func newMetrics(service string) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.register = prometheus.WrapRegistererWith(prometheus.Labels{"service": service}, m.registry)
	m.register.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.http, m.sql = telemetry.NewHTTP(m.register), telemetry.NewSQL(m.register)
	m.backlog.Store(&outbox.Backlog{})
	m.gauge("tradewind_outbox_pending", "Events that wait for delivery, counted up to 10,000.", func() float64 { return float64(m.backlog.Load().Pending) })
	m.gauge("tradewind_outbox_dead", "Events that failed too often, counted up to 10,000.", func() float64 { return float64(m.backlog.Load().Dead) })
	m.gauge("tradewind_outbox_oldest_seconds", "Age of the oldest event that waits for delivery.", func() float64 { return m.backlog.Load().Oldest.Seconds() })
	return m
}

func (m *metrics) gauge(name, help string, value func() float64) {
	m.register.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// labelled is one gauge of several that differ in a label.
func (m *metrics) labelled(name, help, label, of string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{label: of}}, value))
}

// observe is told of every statement.
func (m *metrics) observe(c sqlstore.Call) { m.sql.Statement(c.Statement, c.Took, c.Code()) }

// pool reports on the connections of db.
func (m *metrics) pool(db *sqlstore.DB, readOnly bool) {
	m.gauge("tradewind_db_read_only", "1 if this process changes nothing in the database.", func() float64 {
		if readOnly {
			return 1
		}
		return 0
	})
	m.gauge("tradewind_db_connections_open", "Database connections that are open.", func() float64 { return float64(db.Stats().Pool.OpenConnections) })
	m.gauge("tradewind_db_connections_in_use", "Database connections that are in use.", func() float64 { return float64(db.Stats().Pool.InUse) })
	m.gauge("tradewind_db_transactions_waiting", "Transactions in the queue of the embedded database.", func() float64 { return float64(db.Stats().Waiting) })
	count := func(name, help string, value func() float64) {
		m.register.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	count("tradewind_db_pool_waits_total", "How often a connection had to be waited for.", func() float64 { return float64(db.Stats().Pool.WaitCount) })
	count("tradewind_db_commits_total", "Commits of the embedded database, each of a group of transactions.", func() float64 { return float64(db.Stats().Commits) })
	count("tradewind_db_transactions_total", "Transactions in those commits.", func() float64 { return float64(db.Stats().Grouped) })
}

// redis is told of every command.
func (m *metrics) redis() func(redis.Call) {
	r := telemetry.NewRedis(m.register)
	return func(c redis.Call) { r.Command(c.Command, c.Took, c.Reason) }
}

// redisState reports on the server as this process sees it.
func (m *metrics) redisState(c *redis.Cache) {
	m.gauge("tradewind_redis_left_alone", "1 while Redis fails and is not asked, 0 otherwise.", func() float64 {
		if c.LeftAlone() {
			return 1
		}
		return 0
	})
	m.gauge("tradewind_redis_connections", "Connections to Redis that are open.", func() float64 { return float64(c.Connections()) })
}

// invariants reports what a sampler of the books knows.
func (m *metrics) invariants(s *verify.Sampler, now func() time.Time) {
	for _, check := range verify.Sampled {
		m.register.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tradewind_invariant_violations",
			Help: "Subjects about which the books disagree, seen twice.", ConstLabels: prometheus.Labels{"check": check}},
			func() float64 { return float64(s.State().Violations[check]) }))
	}
	m.gauge("tradewind_invariant_round_age_seconds", "Time since all books were last looked at; since the start before the first time.", func() float64 {
		return now().Sub(s.State().Rounded).Seconds()
	})
	m.register.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "tradewind_invariant_rows_total", Help: "Rows of the books that were looked at."},
		func() float64 { return float64(s.State().Looked) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "tradewind_invariant_skipped_total", Help: "Parts of the books that took too long to look at."},
			func() float64 { return float64(s.State().Skipped) }))
}

// watchBacklog looks at the outbox for the gauges.
func (m *metrics) watchBacklog(db *sqlstore.DB, now func() time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		b, err := db.Read().Outbox.Backlog(ctx, now())
		if err == nil {
			m.backlog.Store(&b)
		}
		return err
	}
}
