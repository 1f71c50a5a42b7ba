package worker

import (
	"context"
	"fmt"

	"tradewind/internal/domain/outbox"
)

// together hands consumers that take a batch at once what it has for them: the
// events that those before them have dealt with, oldest first. Where that fails
// each event is tried alone, so that one that cannot be handled stops no other.
func (r *Relay) together(ctx context.Context, results []result) {
	for _, c := range r.Consumers {
		if c.Together == nil {
			continue
		}
		var list []*result
		var events []outbox.Message
		for i := range results {
			if res := &results[i]; res.err == nil && res.waits[c.Name] {
				list, events = append(list, res), append(events, res.message)
			}
		}
		if len(list) == 0 {
			continue
		}
		if len(list) > 1 && guarded(ctx, c, events) == nil {
			for _, res := range list {
				res.handled = append(res.handled, c.Name)
			}
			continue
		}
		for _, res := range list {
			if err := guarded(ctx, c, []outbox.Message{res.message}); err != nil {
				res.err = fmt.Errorf("%s: %w", c.Name, err)
			} else {
				res.handled = append(res.handled, c.Name)
			}
		}
	}
}

func guarded(ctx context.Context, c Consumer, events []outbox.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.Together(ctx, events)
}
