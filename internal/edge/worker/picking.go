package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/picking"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/store"
)

// Allocation makes the pick lists of paid orders.
func Allocation(fulfil *fulfilment.Service) Consumer {
	return Consumer{Name: "allocation", Topics: []string{order.TopicPaid}, Handle: func(ctx context.Context, m outbox.Message) error {
		return fulfil.Allocate(ctx, m.Aggregate)
	}}
}

// Warehouse takes the further steps of pick lists where staff do not. They are
// asked for by events that are written only then.
func Warehouse(fulfil *fulfilment.Service) Consumer {
	return Consumer{Name: "warehouse", Topics: []string{picking.TopicListed, picking.TopicPacked}, Handle: func(ctx context.Context, m outbox.Message) error {
		var of picking.Event
		if err := json.Unmarshal(m.Payload, &of); err != nil {
			return fmt.Errorf("read %s: %w", m.Topic, err)
		}
		return fulfil.Advance(ctx, m.Topic, of.ListID)
	}}
}

// AllocateAll allocates paid orders that have no pick list: those of a release
// that made none, imported ones, and those whose job was dropped.
func AllocateAll(db store.DB, fulfil *fulfilment.Service) func(context.Context) error {
	return func(ctx context.Context) error {
		var failed failures
		for after := ""; ; {
			ids, err := db.Read().PickLists.Missing(ctx, after, chunk)
			if err != nil || len(ids) == 0 {
				return errors.Join(failed.err(), err)
			}
			for _, id := range ids { // one that cannot be allocated holds up nobody else
				failed.add(fulfil.AllocateForStaff(ctx, id))
				after = id
			}
		}
	}
}

// failuresShown is how many failures of one job a log line has in full.
const failuresShown = 3

// failures counts what failed and keeps the first few, however many there are.
type failures struct {
	n     int
	first []error
}

func (f *failures) add(err error) {
	if err == nil {
		return
	}
	if f.n++; f.n <= failuresShown {
		f.first = append(f.first, err)
	}
}

func (f *failures) err() error {
	if f.n <= failuresShown {
		return errors.Join(f.first...)
	}
	return fmt.Errorf("%d failed, the first of them: %w", f.n, errors.Join(f.first...))
}
