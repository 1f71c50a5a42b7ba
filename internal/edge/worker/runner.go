package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/store"
)

// Runner works on the jobs of one channel. Several runners may share a channel,
// in one process or in many.
type Runner struct {
	DB        store.DB
	Queue     queue.Queue
	Channel   string
	Consumers []Consumer // those of the channel
	Config    QueueConfig
	Now       func() time.Time
	Log       *slog.Logger
	Traces    *telemetry.Traces // nil for none
	Pause     time.Duration     // after the queue did not answer; 0 for a second

	Handled, Failed, Buried atomic.Int64 // jobs, for metrics
	Waited                  atomic.Int64 // how long the last new one had waited, in nanoseconds

	mu   sync.Mutex
	held map[string]*held // by key
}

// held is a job in this runner's hands.
type held struct {
	receipt string
	stop    context.CancelCauseFunc
}

var (
	errGone = errors.New("the job was given to somebody else meanwhile")
	errTwin = errors.New("the same job is being worked on")
)

// Runners makes one for each channel that consumers have.
func Runners(consumers []Consumer, make func(channel string, of []Consumer) *Runner) (list []*Runner) {
	of := map[string][]Consumer{}
	var channels []string
	for _, c := range consumers {
		if c.Channel != "" && of[c.Channel] == nil {
			channels = append(channels, c.Channel)
		}
		of[c.Channel] = append(of[c.Channel], c)
	}
	for _, channel := range channels {
		list = append(list, make(channel, of[channel]))
	}
	return list
}

// Run works until ctx ends, then finishes what it has begun. It takes no more
// jobs than it can begin at once, so none waits in its hands.
func (r *Runner) Run(ctx context.Context) {
	slots := make(chan struct{}, r.Config.Parallel)
	var wait sync.WaitGroup
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	kept := make(chan struct{})
	go func() { r.keepAll(keeping); close(kept) }()
	for ctx.Err() == nil {
		free := r.acquire(ctx, slots)
		if free == 0 {
			break
		}
		list, err := r.Queue.Get(ctx, r.Channel, free, r.Config.Visible, r.Config.Wait)
		for range free - len(list) {
			<-slots
		}
		for _, d := range list {
			wait.Go(func() {
				defer func() { <-slots }()
				r.work(context.WithoutCancel(ctx), d)
			})
		}
		if err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "no jobs can be had", "channel", r.Channel, "err", err)
			r.rest(ctx)
		}
	}
	wait.Wait()
	stop()
	<-kept
}

// acquire waits for one slot and takes all that are free, up to a batch.
func (r *Runner) acquire(ctx context.Context, slots chan struct{}) (n int) {
	select {
	case slots <- struct{}{}:
		n++
	case <-ctx.Done():
		return 0
	}
	for n < queue.MaxBatch {
		select {
		case slots <- struct{}{}:
			n++
		default:
			return n
		}
	}
	return n
}

func (r *Runner) rest(ctx context.Context) {
	pause := r.Pause
	if pause == 0 {
		pause = time.Second
	}
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// work brings one delivery to an end: done, put off, or buried.
func (r *Runner) work(ctx context.Context, d queue.Delivery) {
	if d.Deliveries == 1 {
		r.Waited.Store(int64(max(0, r.Now().Sub(d.PutAt))))
	}
	removed, err := r.attempt(ctx, d)
	switch {
	case removed:
	case err == nil:
		err = r.Queue.Done(ctx, d.Receipt)
	case errors.Is(err, errTwin):
		_, err = r.Queue.Extend(ctx, backoff(d.Deliveries), d.Receipt) // by then it may be known whether it is done
	case errors.Is(err, errGone):
		r.Failed.Add(1)
		r.Log.WarnContext(ctx, "job lost", "channel", r.Channel, "job", d.Key(), "deliveries", d.Deliveries)
		return
	case d.Deliveries >= r.Config.MaxDeliveries:
		r.Failed.Add(1)
		err = r.bury(ctx, d, err)
	default:
		r.Failed.Add(1)
		r.Log.WarnContext(ctx, "job failed", "channel", r.Channel, "job", d.Key(), "deliveries", d.Deliveries, "err", err)
		_, err = r.Queue.Extend(ctx, backoff(d.Deliveries), d.Receipt)
	}
	if err != nil { // it comes again when its visibility ends
		r.Log.WarnContext(ctx, "job not put back or away", "channel", r.Channel, "job", d.Key(), "err", err)
	}
}

// inDatabase is a queue that is in the shop's database: what was done can be
// recorded and removed in one transaction.
type inDatabase interface {
	DoneIn(ctx context.Context, tx store.Stores, receipts ...string) error
}

// attempt does the work unless it has been done, and reports whether the job is
// removed already. That it was done is recorded afterwards: of a crash between
// the two only the handler's own care remains.
func (r *Runner) attempt(ctx context.Context, d queue.Delivery) (removed bool, err error) {
	ctx, free, err := r.hold(ctx, d)
	if err != nil {
		return false, err
	}
	defer free()
	seen, err := r.DB.Read().Inbox.Seen(ctx, d.Kind, d.ID)
	if err != nil || seen {
		return false, err
	}
	if d.Deliveries > r.Config.MaxDeliveries {
		return false, errors.New("it was delivered again and again and never came to an end: does it end the process?")
	}
	if err := r.handle(ctx, d); err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errGone) {
			return false, errGone
		}
		return false, err
	}
	r.Handled.Add(1)
	after := context.WithoutCancel(ctx) // it is done, however late it is
	here, inside := r.Queue.(inDatabase)
	err = r.DB.InTx(after, func(tx store.Stores) error {
		if _, err := tx.Inbox.First(after, d.Kind, d.ID, r.Now()); err != nil || !inside {
			return err
		}
		return here.DoneIn(after, tx, d.Receipt)
	})
	return inside && err == nil, err
}

func (r *Runner) handle(ctx context.Context, d queue.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	for _, c := range r.Consumers {
		if c.Name != d.Kind {
			continue
		}
		m, err := messageOf(d)
		if err != nil {
			return err
		}
		ctx, traced := r.Traces.Work(ctx, m.Trace, r.Channel+" "+d.Kind)
		err = c.Handle(ctx, m)
		traced(err)
		return err
	}
	return fmt.Errorf("nobody works on %s of channel %s", d.Kind, d.Channel)
}

// bury makes a dead letter of the job, then takes it from the queue.
func (r *Runner) bury(ctx context.Context, d queue.Delivery, why error) error {
	r.Log.ErrorContext(ctx, "job is dead", "channel", r.Channel, "job", d.Key(), "deliveries", d.Deliveries, "err", why)
	l := queue.Letter{Job: d.Job, Deliveries: d.Deliveries, LastError: why.Error(), PutAt: d.PutAt, DiedAt: r.Now()}
	if err := r.DB.InTx(ctx, func(tx store.Stores) error { return tx.Letters.Bury(ctx, l) }); err != nil {
		return err
	}
	r.Buried.Add(1)
	return r.Queue.Done(ctx, d.Receipt)
}

// hold takes the job into this runner's hands, for as long as a job may take.
// Of two copies that are here at once one is put off.
func (r *Runner) hold(ctx context.Context, d queue.Delivery) (context.Context, func(), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[d.Key()] != nil {
		return ctx, nil, errTwin
	}
	ctx, end := context.WithTimeout(ctx, r.Config.Longest)
	ctx, stop := context.WithCancelCause(ctx)
	if r.held == nil {
		r.held = map[string]*held{}
	}
	r.held[d.Key()] = &held{d.Receipt, stop}
	return ctx, func() {
		r.mu.Lock()
		delete(r.held, d.Key())
		r.mu.Unlock()
		stop(nil)
		end()
	}, nil
}

// keepAll extends what is held, three times in each visibility.
func (r *Runner) keepAll(ctx context.Context) {
	tick := time.NewTicker(r.Config.Visible / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.keep(ctx)
		}
	}
}

// keep extends what is held now. Whoever works on what was given to somebody
// else is stopped; when the queue does not answer they go on.
func (r *Runner) keep(ctx context.Context) {
	r.mu.Lock()
	of := map[string]context.CancelCauseFunc{}
	var receipts []string
	for _, h := range r.held {
		of[h.receipt] = h.stop
		receipts = append(receipts, h.receipt)
	}
	r.mu.Unlock()
	if len(receipts) == 0 {
		return
	}
	gone, err := r.Queue.Extend(ctx, r.Config.Visible, receipts...)
	if err != nil && ctx.Err() == nil {
		r.Log.WarnContext(ctx, "jobs not extended", "channel", r.Channel, "jobs", len(receipts), "err", err)
	}
	for _, receipt := range gone {
		of[receipt](errGone)
	}
}
