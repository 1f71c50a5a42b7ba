package verify

import (
	"context"

	"tradewind/internal/domain/order"
)

// pickLists checks that what is still to be fetched of an order that has been
// allocated is what is still to be sent.
func (s *Service) pickLists(ctx context.Context, r *Report, o order.Order) error {
	lists, err := s.DB.Read().PickLists.OfOrder(ctx, o.ID)
	if err != nil || len(lists) == 0 {
		return err
	}
	for _, line := range o.Lines {
		var listed int64
		for _, l := range lists {
			if l.State.Live() {
				listed += l.Units(line.No)
			}
		}
		if listed != line.Unsent() {
			r.add("order", o.ID, "line %d has %d units to send, and %d are on pick lists", line.No, line.Unsent(), listed)
		}
	}
	return nil
}

// letters reports jobs that are dead, as dead events are.
func (s *Service) letters(ctx context.Context, r *Report) error {
	for after := ""; ; {
		page, err := s.DB.Read().Letters.List(ctx, "", after, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			r.add("queue", l.Key(), "the job is dead: %s", l.LastError)
			after = l.Key()
		}
	}
}
