package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/settlement"
)

// Business counts what is sold. It stands behind the others that handle one event
// at a time, so that an event is counted when these have succeeded: once in a process, unless the process
// is then cut off before it can say so.
func Business(b *telemetry.Business) Consumer {
	topics := []string{order.TopicPlaced, order.TopicPaid, order.TopicCancelled, order.TopicExpired, settlement.TopicRefundDone}
	return Consumer{Name: "business", Topics: topics, Handle: func(_ context.Context, m outbox.Message) error {
		switch m.Topic {
		case order.TopicPlaced:
			b.Placed.Inc()
		case order.TopicCancelled:
			b.Cancelled.Inc()
		case order.TopicExpired:
			b.Expired.Inc()
		case settlement.TopicRefundDone:
			b.Refunded.Inc()
		case order.TopicPaid:
			var e order.Event
			if err := json.Unmarshal(m.Payload, &e); err != nil {
				return fmt.Errorf("read %s: %w", m.Topic, err)
			}
			b.Paid.Inc()
			b.Earned(e.Total.Currency, e.Total.Minor)
		}
		return nil
	}}
}
