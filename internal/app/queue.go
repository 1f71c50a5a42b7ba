package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/adapter/oci"
	ociqueue "tradewind/internal/adapter/oci/queue"
	"tradewind/internal/domain/queue"
	"tradewind/internal/edge/worker"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	"tradewind/internal/store/tablequeue"
)

// The channels: letters to shoppers, and the steps of orders after payment.
const (
	mailChannel  = "mail"
	orderChannel = "orders"
)

// Channels are all there are.
var Channels = []string{mailChannel, orderChannel}

// QueueConfig says where work waits: in a table of the database, or in OCI Queue.
type QueueConfig struct {
	Engine string
	Poll   time.Duration
	Work   worker.QueueConfig
	OCI    ociqueue.Config
}

// Flags declares the settings.
func (c *QueueConfig) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Engine, "queue.engine", "table", "where work waits: table (the shop's database) or oci (OCI Queue)")
	fs.DurationVar(&c.Poll, "queue.poll", time.Second, "how often the table is looked at for what other processes have put and what is due again")
	c.Work.Flags(fs)
	c.OCI.Flags(fs)
}

// Validate reports what cannot work together and what would.
func (c QueueConfig) Validate(auth string) error {
	switch {
	case c.Poll < 10*time.Millisecond || c.Poll > time.Minute:
		return fmt.Errorf("queue.poll is %v; choose between 10ms and 1m, such as 1s", c.Poll)
	case c.Engine != "table" && c.Engine != "oci":
		return fmt.Errorf("queue.engine is %q; choose table or oci", c.Engine)
	case c.Engine == "oci" && auth == oci.None:
		return errors.New("queue.engine is oci, so oci.auth must say how to sign in: workload, instance, resource or config")
	case c.Engine == "oci" && c.OCI.ID == "":
		return errors.New("queue.engine is oci, so oci.queue.id must name a queue")
	}
	return errors.Join(c.Work.Validate(), c.OCI.Validate())
}

// OpenQueue opens the queue of the settings beside an open database.
func (c Config) OpenQueue(ctx context.Context, db store.DB) (queue.Queue, error) {
	if c.Queue.Engine == "table" {
		return tablequeue.New(db, now, c.Queue.Poll), nil
	}
	identity, err := c.OCI.SignIn(ctx)
	if err != nil {
		return nil, err
	}
	return ociqueue.Open(ctx, c.Queue.OCI, ociqueue.Needs{Deliveries: c.Queue.Work.MaxDeliveries, Remember: c.Worker.KeepDone}, identity)
}

// runners opens the queue for the relay and makes those who work on its channels.
func (a *App) runners(ctx context.Context, relay *worker.Relay) (list []*worker.Runner, err error) {
	if relay.Queue, err = a.config.OpenQueue(ctx, a.db); err != nil {
		return nil, err
	}
	a.metrics.oci("queue", relay.Queue)
	list = worker.Runners(relay.Consumers, func(channel string, of []worker.Consumer) *worker.Runner {
		return &worker.Runner{DB: a.db, Queue: relay.Queue, Channel: channel, Consumers: of, Config: a.config.Queue.Work, Now: now, Log: a.log, Traces: a.traces}
	})
	if len(list) != len(Channels) {
		return nil, fmt.Errorf("%d channels are worked on, but there are %q", len(list), Channels)
	}
	return list, nil
}

// watched is a channel as it was last looked at.
type watched struct {
	queue.Depth
	dead int64
}

// watchQueues looks at the channels for the gauges.
func (m *metrics) watchQueues(q queue.Queue, db *sqlstore.DB, runners []*worker.Runner) func(context.Context) error {
	seen := map[string]*atomic.Pointer[watched]{}
	for _, r := range runners {
		last := &atomic.Pointer[watched]{}
		last.Store(&watched{})
		seen[r.Channel] = last
		m.channel(r, last)
	}
	return func(ctx context.Context) (err error) {
		for channel, last := range seen {
			depth, e := q.Look(ctx, channel)
			dead, e2 := db.Read().Letters.Count(ctx, channel)
			if err = errors.Join(err, e, e2); e == nil && e2 == nil {
				last.Store(&watched{depth, dead})
			}
		}
		return err
	}
}

func (m *metrics) channel(r *worker.Runner, last *atomic.Pointer[watched]) {
	labels := prometheus.Labels{"channel": r.Channel}
	for name, g := range map[string]struct {
		help string
		of   func(w *watched) float64
	}{
		"tradewind_queue_waiting":        {"Jobs that can be had.", func(w *watched) float64 { return float64(w.Waiting) }},
		"tradewind_queue_hidden":         {"Jobs that are worked on or put off.", func(w *watched) float64 { return float64(w.Hidden) }},
		"tradewind_queue_oldest_seconds": {"Age of the oldest job, where the queue tells it.", func(w *watched) float64 { return w.Oldest.Seconds() }},
		"tradewind_queue_dead":           {"Jobs that failed too often, counted up to 10,000.", func(w *watched) float64 { return float64(w.dead) }},
		"tradewind_queue_lost":           {"Messages in the dead-letter queue of the service itself.", func(w *watched) float64 { return float64(w.Lost) }},
	} {
		m.register.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: g.help, ConstLabels: labels}, func() float64 { return g.of(last.Load()) }))
	}
	m.register.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tradewind_queue_waited_seconds", Help: "How long the job that was begun last had waited.", ConstLabels: labels},
		func() float64 { return time.Duration(r.Waited.Load()).Seconds() }))
	for name, c := range map[string]struct {
		help string
		of   *atomic.Int64
	}{
		"tradewind_queue_handled_total": {"Jobs that were done.", &r.Handled},
		"tradewind_queue_failed_total":  {"Deliveries that failed.", &r.Failed},
		"tradewind_queue_buried_total":  {"Jobs that became dead letters.", &r.Buried},
	} {
		m.register.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: c.help, ConstLabels: labels}, func() float64 { return float64(c.of.Load()) }))
	}
}
