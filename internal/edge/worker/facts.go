package worker

import (
	"context"

	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/stream"
	"tradewind/internal/service/analysing"
	"tradewind/internal/service/publishing"
	"tradewind/internal/service/recommending"
)

// Facts tells the stream what the outbox delivers. It stands behind the others:
// what the shop does itself does not wait for those who only want to know.
func Facts(p *publishing.Publisher) Consumer {
	return Consumer{Name: "facts", Topics: publishing.Topics(), Together: func(ctx context.Context, list []outbox.Message) error {
		var all []fact.Fact
		for _, m := range list {
			facts, err := publishing.Facts(m)
			if err != nil {
				return err
			}
			all = append(all, facts...)
		}
		return p.Publish(ctx, all)
	}}
}

// Interest lets what visitors look at count for what is popular.
func Interest(log stream.Log, recommend *recommending.Service) *Reading {
	return &Reading{Log: log, Group: recommending.InterestGroup, From: stream.Latest, Handle: func(ctx context.Context, batch []stream.Record) error {
		return recommend.Interested(ctx, log.Name(), batch)
	}}
}

// ForwardGroup carries facts from the shop's own log to another one.
const ForwardGroup = "forward"

// Forward appends what is in one log to another. A fact that comes twice has the
// same id both times.
func Forward(from, to stream.Log) *Reading {
	return &Reading{Log: from, Group: ForwardGroup, From: stream.Oldest, Handle: func(ctx context.Context, batch []stream.Record) error {
		out := make([]stream.Message, len(batch))
		for i, r := range batch {
			out[i] = stream.Message{Key: r.Key, Value: r.Value}
		}
		return to.Append(ctx, out)
	}}
}

// Purger is a log that forgets.
type Purger interface {
	Purge(ctx context.Context, n int) (int64, error)
}

// PurgeFacts deletes facts that were kept long enough, in chunks.
func PurgeFacts(log Purger) func(context.Context) error {
	return func(ctx context.Context) error {
		for ctx.Err() == nil {
			n, err := log.Purge(ctx, chunk)
			if err != nil || n < chunk {
				return err
			}
		}
		return ctx.Err()
	}
}

// Analytics lets the star schema follow what happens. A new group begins now:
// what was before is loaded from the books.
func Analytics(log stream.Log, s *analysing.Service) *Reading {
	return &Reading{Log: log, Group: analysing.Group, From: stream.Latest, Handle: s.Facts}
}
