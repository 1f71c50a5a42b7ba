package worker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/stream"
)

// How a Reading reads, unless it says otherwise.
const (
	readBatch  = 200
	readPause  = 2 * time.Second  // after there was nothing new
	readRetry  = 5 * time.Second  // after something failed
	readKeep   = 10 * time.Second // while a batch is handled
	readsGoing = 5 * time.Second  // to give partitions back at the end
)

// Reading reads facts for a group and hands them on in batches. A batch is
// committed after Handle; if that fails it comes again, and so does what a
// process had that fell. Several processes share the partitions.
type Reading struct {
	Log    stream.Log
	Group  string
	From   stream.Place // of a new group
	Handle func(ctx context.Context, batch []stream.Record) error
	Logger *slog.Logger

	Pause, Retry, Keep time.Duration // 0 is as above
	Handled, Failed    atomic.Int64  // facts, and batches

	reader stream.Reader
}

// Run reads until ctx ends.
func (r *Reading) Run(ctx context.Context) {
	defer r.leave(ctx)
	for ctx.Err() == nil {
		n, err := r.Step(ctx)
		pause := cmp.Or(r.Pause, readPause)
		if err != nil && ctx.Err() == nil {
			r.Logger.WarnContext(ctx, "facts not handled, they come again", "group", r.Group, "err", err)
			pause = cmp.Or(r.Retry, readRetry)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Step reads, handles and commits one batch, and returns how many facts it had.
func (r *Reading) Step(ctx context.Context) (n int, err error) {
	if r.reader == nil {
		if r.reader, err = r.Log.Join(ctx, r.Group, r.From); err != nil {
			return 0, err
		}
	}
	defer func() {
		if err != nil { // what was not committed is read again, from there on
			r.leave(ctx)
		}
	}()
	batch, err := r.reader.Next(ctx, readBatch)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	if err := r.handle(ctx, batch); err != nil {
		r.Failed.Add(1)
		return 0, err
	}
	if err := r.reader.Commit(ctx); err != nil {
		return 0, err
	}
	r.Handled.Add(int64(len(batch)))
	return len(batch), nil
}

// handle hands a batch on and keeps the partitions meanwhile.
func (r *Reading) handle(ctx context.Context, batch []stream.Record) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("panic: %v", p)
			}
		}()
		done <- r.Handle(ctx, batch)
	}()
	tick := time.NewTicker(cmp.Or(r.Keep, readKeep))
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if err := r.reader.Keep(ctx); err != nil {
				cancel()
				<-done
				return err
			}
		}
	}
}

// Close gives the partitions back, for whoever reads by steps.
func (r *Reading) Close(ctx context.Context) { r.leave(ctx) }

// leave gives the partitions back.
func (r *Reading) leave(ctx context.Context) {
	if r.reader == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readsGoing)
	defer cancel()
	if err := r.reader.Close(ctx); err != nil {
		r.Logger.WarnContext(ctx, "partitions not given back, others wait for the lease", "group", r.Group, "err", err)
	}
	r.reader = nil
}
