package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/streaming"
	"tradewind/internal/adapter/streamlog"
	"tradewind/internal/domain/stream"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/publishing"
	"tradewind/internal/service/recommending"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
)

// Where facts are read.
const (
	streamLog = "log"
	streamOCI = "oci"
	streamOff = "off"
)

// StreamConfig says where facts go: into a log of the shop's database, from there
// to OCI Streaming, or nowhere.
type StreamConfig struct {
	Engine    string
	Interest  bool
	Analytics bool
	Log       streamlog.Config
	Browsing  publishing.Config
	Far       streaming.Config
}

// Flags declares the settings.
func (c *StreamConfig) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Engine, "stream.engine", streamLog, "where facts are told: log (the shop's database), oci (OCI Streaming, by way of that log) or off")
	fs.BoolVar(&c.Interest, "stream.interest", true, "let products that are looked at become popular")
	fs.BoolVar(&c.Analytics, "stream.analytics", false, "let the worker keep the tables of reports up to date; else tradewind analytics load does")
	c.Log.Flags(fs)
	c.Browsing.Flags(fs)
	c.Far.Flags(fs)
}

// Validate reports what cannot work together and what would.
func (c StreamConfig) Validate(auth string) error {
	switch c.Engine {
	case streamOff:
		return nil
	case streamLog:
		return errors.Join(c.Log.Validate(), c.Browsing.Validate())
	case streamOCI:
		if auth == oci.None {
			return errors.New("stream.engine is oci, so oci.auth must say how to sign in: workload, instance, resource or config")
		}
		if c.Far.Stream == "" {
			return errors.New("stream.engine is oci, so oci.streaming.stream must name a stream by its OCID")
		}
		return errors.Join(c.Log.Validate(), c.Browsing.Validate(), c.Far.Validate())
	}
	return fmt.Errorf("stream.engine is %q; choose log, oci or off", c.Engine)
}

// factTables is the database as the log sees it.
type factTables struct{ db *sqlstore.DB }

func (t factTables) InTx(ctx context.Context, fn func(tx stream.Table) error) error {
	return t.db.InTx(ctx, func(tx store.Stores) error { return fn(tx.Facts) })
}
func (t factTables) Read() stream.Table { return t.db.Read().Facts }

// openLog opens the log of the database.
func (c Config) openLog(ctx context.Context, db *sqlstore.DB) (*streamlog.Log, error) {
	return streamlog.Open(ctx, factTables{db}, c.Stream.Log, now, ident.New)
}

// OpenStream opens the log that facts are read from.
func (c Config) OpenStream(ctx context.Context, db *sqlstore.DB) (stream.Log, error) {
	switch c.Stream.Engine {
	case streamOff:
		return nil, errors.New("stream.engine is off: no facts are told; choose log or oci")
	case streamOCI:
		identity, err := c.OCI.SignIn(ctx)
		if err != nil {
			return nil, err
		}
		return streaming.Open(ctx, c.Stream.Far, identity)
	}
	return c.openLog(ctx, db)
}

// facts is what a process has to do with the stream; empty if it has nothing.
type facts struct {
	browsing   httpapi.Browsing
	consumers  []worker.Consumer
	jobs       []worker.Job
	background []func(ctx context.Context)
}

// facts opens the stream for the processes that need it. What transactions wrote
// is always appended to the log in the database: no outage elsewhere holds the
// outbox up. What visitors do goes to where it is read at once, or is lost.
func (a *App) facts(ctx context.Context, roles targets, db *sqlstore.DB, recommend *recommending.Service) (f facts, err error) {
	c := a.config.Stream
	visited := roles.has(httpapi.Product) || roles.has(httpapi.Cart)
	if c.Engine == streamOff || a.config.DB.ReadOnly || !visited && !roles.has(workerTarget) {
		return f, nil
	}
	far, err := a.config.OpenStream(ctx, db)
	if err != nil {
		return f, err
	}
	a.metrics.oci("streaming", far)
	if visited && c.Browsing.Browsing {
		b := publishing.NewBuffer(&publishing.Publisher{Log: far, Source: a.config.HTTP.URL}, c.Browsing, ident.New, a.log)
		if near, ok := far.(*streamlog.Log); ok { // one log for orders and browsing
			b.Crowded = near.Crowded
		}
		f.browsing, f.background = b, append(f.background, b.Run)
		a.metrics.counter("tradewind_stream_browsing_told_total", "Facts about browsing that were written.", func() float64 { return float64(b.Told.Load()) })
		a.metrics.counter("tradewind_stream_browsing_dropped_total", "Facts about browsing for which there was no room.", func() float64 { return float64(b.Dropped.Load()) })
		a.metrics.counter("tradewind_stream_browsing_failed_total", "Facts about browsing that could not be written.", func() float64 { return float64(b.Failed.Load()) })
	}
	if !roles.has(workerTarget) {
		return f, nil
	}
	near, err := a.config.openLog(ctx, db)
	if err != nil {
		return f, err
	}
	if n := near.Partitions(); n != c.Log.Partitions {
		a.log.WarnContext(ctx, "the log keeps the partitions that it was made with", "partitions", n, "stream.log.partitions", c.Log.Partitions)
	}
	p := &publishing.Publisher{Log: near, Source: a.config.HTTP.URL}
	a.metrics.counter("tradewind_stream_appended_total", "Facts of transactions that were appended to the log.", func() float64 { return float64(p.Appended.Load()) })
	f.consumers = []worker.Consumer{worker.Facts(p)}
	f.jobs = []worker.Job{{Name: "purge facts", Every: time.Minute, Do: worker.PurgeFacts(near)}, {Name: "stream lag", Every: 15 * time.Second, Do: a.metrics.watchStream(near)}}
	if c.Engine == streamOCI {
		f.read(a, worker.Forward(near, far))
	}
	if c.Interest {
		f.read(a, worker.Interest(far, recommend))
	}
	if c.Analytics {
		analyst, err := a.config.Analyst(db)
		if err != nil {
			return f, err
		}
		f.read(a, worker.Analytics(far, analyst))
		f.jobs = append(f.jobs, worker.Job{Name: "analytics of stock", Every: 10 * time.Second, Do: func(ctx context.Context) error { _, err := analyst.Stock(ctx); return err }})
	}
	return f, nil
}

// read lets r read in the background.
func (f *facts) read(a *App, r *worker.Reading) {
	r.Logger = a.log
	f.background = append(f.background, r.Run)
	a.metrics.labelledCounter("tradewind_stream_handled_total", "Facts that a group has handled.", "group", r.Group, func() float64 { return float64(r.Handled.Load()) })
	a.metrics.labelledCounter("tradewind_stream_failed_total", "Batches of facts that a group could not handle; they come again.", "group", r.Group, func() float64 { return float64(r.Failed.Load()) })
}

func (m *metrics) labelledCounter(name, help, label, of string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{label: of}}, value))
}

// watchStream looks at how far the groups of the log in the database are. Of OCI
// Streaming, the service's own metrics tell.
func (m *metrics) watchStream(log *streamlog.Log) func(context.Context) error {
	lag := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tradewind_stream_lag_facts", Help: "Facts in the log that a group has yet to handle."}, []string{"group"})
	m.register.MustRegister(lag)
	return func(ctx context.Context) error {
		s, err := log.State(ctx)
		if err != nil {
			return err
		}
		lag.Reset()
		for _, g := range s.Groups {
			if n, known := s.Lag(g); known {
				lag.WithLabelValues(g.Name).Set(float64(n))
			}
		}
		return nil
	}
}
