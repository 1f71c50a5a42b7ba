package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/queue"
)

// result is what became of one delivery.
type result struct {
	message outbox.Message
	ctx     context.Context // in the trace of who wrote the event
	handled []string        // consumers that did their work
	jobs    []queue.Job
	notPut  error // why the jobs are not queued
	err     error
}

// work hands a batch to one consumer after the other. An event that one could
// not handle is kept from those behind it. Only the queue stops nobody: what it
// could not take comes again.
func (r *Relay) work(ctx context.Context, batch []outbox.Message) []result {
	results := make([]result, len(batch))
	ends := make([]func(error), len(batch))
	for i, m := range batch {
		results[i].message = m
		results[i].ctx, ends[i] = r.Traces.Work(ctx, m.Trace, "deliver "+m.Topic)
	}
	r.put(ctx, results)
	for _, c := range r.Consumers {
		if c.Channel == "" {
			r.hand(ctx, c, r.wanting(c, c.Name, results))
		}
	}
	for i := range results {
		res := &results[i]
		if res.err == nil {
			res.err = res.notPut
		}
		ends[i](res.err)
	}
	return results
}

// wanting are the events that a consumer, known to the inbox by name, has to get:
// not those that it has had.
func (r *Relay) wanting(c Consumer, name string, results []result) (list []*result) {
	for i := range results {
		res := &results[i]
		if res.err != nil || !slices.Contains(c.Topics, res.message.Topic) {
			continue
		}
		if res.message.Attempts > 1 {
			seen, err := r.DB.Read().Inbox.Seen(res.ctx, name, res.message.ID)
			if err != nil {
				res.err = err
			}
			if seen || err != nil {
				continue
			}
		}
		list = append(list, res)
	}
	return list
}

// hand gives a consumer its events, several at the same time.
func (r *Relay) hand(ctx context.Context, c Consumer, list []*result) {
	if c.Together != nil {
		r.together(ctx, c, list)
		return
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, r.Config.Parallel)
	for _, res := range list {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			res.end(c, guarded(func() error { return c.Handle(res.ctx, res.message) }))
		})
	}
	wait.Wait()
}

// together gives a consumer all its events at once. Where that fails each half is
// tried, down to the single event: one that cannot be handled stops no other.
func (r *Relay) together(ctx context.Context, c Consumer, list []*result) {
	if len(list) == 0 {
		return
	}
	events := make([]outbox.Message, len(list))
	for i, res := range list {
		events[i] = res.message
	}
	inner := ctx
	if len(list) == 1 {
		inner = list[0].ctx
	}
	err := guarded(func() error { return c.Together(inner, events) })
	if half := len(list) / 2; err != nil && half > 0 {
		r.together(ctx, c, list[:half])
		r.together(ctx, c, list[half:])
		return
	}
	for _, res := range list {
		res.end(c, err)
	}
}

// end is what a consumer made of the event.
func (res *result) end(c Consumer, err error) {
	if err != nil {
		res.err = fmt.Errorf("%s: %w", c.Name, err)
		return
	}
	res.handled = append(res.handled, c.Name)
}

// guarded makes a panic an error.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return do()
}

// aggregates are those of the events.
func aggregates(list []outbox.Message) []string {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.Aggregate
	}
	return ids
}

// split parts the events of the topics from the others.
func split(list []outbox.Message, topics ...string) (of, others []outbox.Message) {
	for _, m := range list {
		if slices.Contains(topics, m.Topic) {
			of = append(of, m)
		} else {
			others = append(others, m)
		}
	}
	return of, others
}
