package worker

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/store"
)

// Config sets how events are delivered and jobs run. Flags fills in the defaults.
type Config struct {
	Poll        time.Duration
	Lease       time.Duration
	Batch       int
	Parallel    int
	MaxAttempts int64
	KeepDone    time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.DurationVar(&c.Poll, "worker.poll", time.Second, "how often the outbox is looked at when nothing wakes the worker")
	fs.DurationVar(&c.Lease, "worker.lease", 30*time.Second, "how long a claimed event belongs to its worker")
	fs.IntVar(&c.Batch, "worker.batch", 64, "how many events are claimed at once")
	fs.IntVar(&c.Parallel, "worker.parallel", 0, "how many events are delivered at the same time; 0 for what suits the database: 32 on the embedded one, where those share a commit, and 4 on Oracle, where each takes a session")
	fs.Int64Var(&c.MaxAttempts, "worker.max-attempts", 12, "after how many deliveries an event becomes a dead letter")
	fs.DurationVar(&c.KeepDone, "worker.keep-done", 7*24*time.Hour, "how long delivered events and handled messages are kept")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	switch {
	case c.Poll < 10*time.Millisecond:
		return fmt.Errorf("worker.poll is %v; choose at least 10ms, such as 1s", c.Poll)
	case c.Lease < time.Second:
		return fmt.Errorf("worker.lease is %v; a delivery needs at least 1s, such as 30s", c.Lease)
	case c.Batch < 1 || c.Batch > 1000:
		return fmt.Errorf("worker.batch is %d; choose 1 to 1000", c.Batch)
	case c.Parallel < 0 || c.Parallel > 100:
		return fmt.Errorf("worker.parallel is %d; choose 1 to 100, or 0 for what suits the database", c.Parallel)
	case c.MaxAttempts < 1 || c.MaxAttempts > 1000:
		return fmt.Errorf("worker.max-attempts is %d; choose 1 to 1000", c.MaxAttempts)
	case c.KeepDone < time.Hour:
		return fmt.Errorf("worker.keep-done is %v; choose at least 1h, so that repeats are still known", c.KeepDone)
	}
	return nil
}

// Consumer handles events of some topics. Handle may see an event again after
// a crash; what it does must have one effect per event id. With a Channel it
// gets its events by the work queue and in no order, from a Runner.
type Consumer struct {
	Name    string
	Channel string // "" for the relay itself, in order within an aggregate
	Topics  []string
	Handle  func(ctx context.Context, m outbox.Message) error
	// Together, in place of Handle, takes all that a batch has for the consumer,
	// oldest first: at most one event of an aggregate. Where it fails the batch is
	// split, so it may see any of the events again.
	Together func(ctx context.Context, list []outbox.Message) error
}

// On is the consumer on a channel.
func (c Consumer) On(channel string) Consumer {
	c.Channel = channel
	return c
}

// Relay delivers the outbox. Several relays may run against one database: a
// lease keeps an event with one of them.
type Relay struct {
	DB        store.DB
	Consumers []Consumer
	Queue     queue.Queue // for consumers with a channel; nil if there are none
	Config    Config
	ID        string
	Now       func() time.Time
	Log       *slog.Logger
	Wake      <-chan struct{}   // told after a commit that added events
	Traces    *telemetry.Traces // nil for none
}

// Run delivers until ctx ends, then finishes what it has begun.
func (r *Relay) Run(ctx context.Context) {
	pause := r.Config.Poll
	for ctx.Err() == nil {
		n, err := r.Deliver(ctx)
		pause = after(err, pause, r.Config.Poll)
		if err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "outbox not delivered", "err", err, "again_in", pause.String())
		}
		if n == r.Config.Batch && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.Wake:
		case <-time.After(pause):
		}
	}
}

// Deliver claims one batch and delivers it; it returns how many it claimed.
func (r *Relay) Deliver(ctx context.Context) (int, error) {
	var batch []outbox.Message
	now := r.Now()
	err := r.DB.InTx(ctx, func(tx store.Stores) (err error) {
		batch, err = tx.Outbox.Claim(ctx, r.ID, now, now.Add(r.Config.Lease), r.Config.Batch)
		return err
	})
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	// Once claimed, a batch is finished even if the program is asked to stop:
	// the lease bounds how long that may take.
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Config.Lease*3/4)
	defer cancel()
	return len(batch), r.finish(context.WithoutCancel(ctx), r.work(work, batch))
}

// finish records a batch in one transaction: what is done, to be tried again or
// dead, and of an event that comes again, who has handled it already.
func (r *Relay) finish(ctx context.Context, results []result) error {
	now := r.Now()
	return r.DB.InTx(ctx, func(tx store.Stores) error {
		var done []string
		for _, res := range results {
			m := res.message
			if res.err == nil {
				done = append(done, m.ID)
				continue
			}
			for _, consumer := range res.handled {
				if _, err := tx.Inbox.First(ctx, consumer, m.ID, now); err != nil {
					return err
				}
			}
			if err := r.putBack(ctx, tx, m, res.err, now); err != nil {
				return err
			}
		}
		_, err := tx.Outbox.Done(ctx, r.ID, now, done)
		return err
	})
}

func (r *Relay) putBack(ctx context.Context, tx store.Stores, m outbox.Message, why error, now time.Time) error {
	if m.Attempts >= r.Config.MaxAttempts {
		r.Log.ErrorContext(ctx, "event is dead", "event", m.ID, "topic", m.Topic, "aggregate", m.Aggregate, "attempts", m.Attempts, "err", why)
		return tx.Outbox.Bury(ctx, r.ID, m.ID, now, why.Error())
	}
	r.Log.WarnContext(ctx, "event not delivered", "event", m.ID, "topic", m.Topic, "attempts", m.Attempts, "err", why)
	return tx.Outbox.Retry(ctx, r.ID, m.ID, now.Add(backoff(m.Attempts)), why.Error())
}

// backoff doubles from one second to five minutes, less up to a fifth at
// random, so that what failed together does not come back together.
func backoff(attempts int64) time.Duration {
	d := min(time.Second<<min(attempts-1, 20), 5*time.Minute)
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}
