// Package tablequeue is the queue.Queue of the embedded shop: jobs in a table of
// the shop's database, handed out by a lease. It imports store and domain/queue.
package tablequeue

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/domain/queue"
	"tradewind/internal/store"
)

// Queue is a queue.Queue. Several processes may have one on the same database.
type Queue struct {
	db   store.DB
	now  func() time.Time
	poll time.Duration

	mu    sync.Mutex
	woken map[string]chan struct{} // by channel; closed when something was put on it
}

var _ queue.Queue = (*Queue)(nil)

// New makes the queue of db. Whoever waits looks again when this process has put
// something, and every poll for what others put and what becomes visible.
func New(db store.DB, now func() time.Time, poll time.Duration) *Queue {
	return &Queue{db: db, now: now, poll: poll, woken: map[string]chan struct{}{}}
}

// Put implements queue.Queue. All jobs are added or none.
func (q *Queue) Put(ctx context.Context, jobs []queue.Job) error {
	channels := map[string]bool{}
	for _, j := range jobs {
		if err := j.Check(); err != nil {
			return err
		}
		channels[j.Channel] = true
	}
	if len(jobs) == 0 {
		return ctx.Err()
	}
	if err := q.db.InTx(ctx, func(tx store.Stores) error { return tx.Jobs.Add(ctx, jobs, q.now()) }); err != nil {
		return failure(ctx, err)
	}
	for channel := range channels {
		q.wake(channel)
	}
	return nil
}

// Get implements queue.Queue.
func (q *Queue) Get(ctx context.Context, channel string, n int, visible, wait time.Duration) ([]queue.Delivery, error) {
	end := time.NewTimer(time.Duration(queue.Seconds(wait, queue.MaxWait)) * time.Second)
	defer end.Stop()
	for {
		woken := q.bell(channel)
		list, err := q.claim(ctx, channel, min(max(n, 1), queue.MaxBatch), time.Duration(queue.Seconds(visible, queue.MaxVisible))*time.Second)
		if err != nil || len(list) > 0 || wait <= 0 {
			return list, failure(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-end.C:
			return nil, nil
		case <-woken:
		case <-time.After(q.poll):
		}
	}
}

// claim looks before it opens a transaction: a channel is empty most of the time.
func (q *Queue) claim(ctx context.Context, channel string, n int, visible time.Duration) (list []queue.Delivery, err error) {
	now := q.now()
	due, err := q.db.Read().Jobs.Due(ctx, channel, now)
	if err != nil || !due {
		return nil, err
	}
	err = q.db.InTx(ctx, func(tx store.Stores) error {
		list, err = tx.Jobs.Claim(ctx, channel, n, now, now.Add(visible))
		return err
	})
	return list, err
}

// Extend implements queue.Queue.
func (q *Queue) Extend(ctx context.Context, visible time.Duration, receipts ...string) (gone []string, err error) {
	until := q.now().Add(time.Duration(queue.Seconds(visible, queue.MaxVisible)) * time.Second)
	err = q.db.InTx(ctx, func(tx store.Stores) error {
		gone = nil
		for _, receipt := range receipts {
			stood, err := tx.Jobs.Hide(ctx, receipt, until)
			if err != nil {
				return err
			}
			if !stood {
				gone = append(gone, receipt)
			}
		}
		return nil
	})
	return gone, failure(ctx, err)
}

// Done implements queue.Queue.
func (q *Queue) Done(ctx context.Context, receipts ...string) error {
	return failure(ctx, q.db.InTx(ctx, func(tx store.Stores) error { return q.DoneIn(ctx, tx, receipts...) }))
}

// DoneIn removes the jobs in a transaction of the caller's.
func (*Queue) DoneIn(ctx context.Context, tx store.Stores, receipts ...string) error {
	for _, receipt := range receipts {
		if err := tx.Jobs.Delete(ctx, receipt); err != nil {
			return err
		}
	}
	return nil
}

// Look implements queue.Queue.
func (q *Queue) Look(ctx context.Context, channel string) (queue.Depth, error) {
	d, err := q.db.Read().Jobs.Depth(ctx, channel, q.now())
	return d, failure(ctx, err)
}

// bell is closed at the next Put on the channel.
func (q *Queue) bell(channel string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.woken[channel] == nil {
		q.woken[channel] = make(chan struct{})
	}
	return q.woken[channel]
}

func (q *Queue) wake(channel string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if bell := q.woken[channel]; bell != nil {
		close(bell)
		delete(q.woken, channel)
	}
}

func failure(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return queue.Unavailable(err)
}
