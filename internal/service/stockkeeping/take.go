package stockkeeping

import (
	"context"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// chunk is how many rows one transaction of a long task changes.
const chunk = 100

// OpenTake begins to count a location. The code is "location-not-found".
func (s *Service) OpenTake(ctx context.Context, by By, location, note string) (inventory.Take, error) {
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (deed[inventory.Take], error) {
		t := inventory.Take{ID: s.NewID(), Location: location, State: inventory.TakeOpen, Note: note, Opened: now}
		err := tx.Stock.OpenTake(ctx, t)
		return deed[inventory.Take]{answer: t, action: "take.open", subject: t.ID, details: t}, err
	})
}

// Count records that there are counted pieces of the SKU; a second count
// replaces the first. Codes are "take-not-found", "take-not-open",
// "take-line-applied" and "sku-not-found".
func (s *Service) Count(ctx context.Context, by By, takeID, sku string, counted int64) (inventory.TakeLine, error) {
	if counted < 0 || counted > 999_999_999_999 {
		return inventory.TakeLine{}, fault.New(fault.Invalid, "take-count", "%d is not a number of pieces.", counted)
	}
	return do(ctx, s, by, func(tx store.Stores, _ time.Time) (d deed[inventory.TakeLine], err error) {
		t, err := tx.Stock.LockTake(ctx, takeID)
		if err != nil {
			return d, err
		}
		d.answer, err = tx.Stock.CountLine(ctx, t, sku, counted)
		d.action, d.subject, d.details = "take.count", takeID, d.answer
		return d, err
	})
}

// CloseTake moves the stock by what the counts differ, some lines at a time, and
// ends the take; lines that nobody counted stay as they are. It may be called
// again if it was interrupted. Where less was counted than is held, more is
// promised than there is: the stock then says so. Codes are those of Count.
func (s *Service) CloseTake(ctx context.Context, by By, takeID string) (inventory.Take, error) {
	for after, more := "", true; more; {
		err := s.DB.InTx(ctx, func(tx store.Stores) error {
			next, err := s.applyCounts(ctx, tx, by.Actor, takeID, after)
			if fault.Code(err) == "take-not-open" && by.Once.Key != "" {
				err = nil // the key may have its answer already
			}
			after, more = next, next != ""
			return err
		})
		if err != nil {
			return inventory.Take{}, err
		}
	}
	return s.endTake(ctx, by, takeID, "take.close", inventory.TakeClosed)
}

// CancelTake ends a take without moving anything more. Codes are those of Count.
func (s *Service) CancelTake(ctx context.Context, by By, takeID string) (inventory.Take, error) {
	return s.endTake(ctx, by, takeID, "take.cancel", inventory.TakeCancelled)
}

func (s *Service) endTake(ctx context.Context, by By, id, action string, to inventory.TakeState) (inventory.Take, error) {
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (d deed[inventory.Take], err error) {
		t, err := tx.Stock.LockTake(ctx, id)
		if err != nil {
			return d, err
		}
		if to == inventory.TakeClosed { // a count that came since
			for after, more := "", true; more; more = after != "" {
				if after, err = s.applyCounts(ctx, tx, by.Actor, id, after); err != nil {
					return d, err
				}
			}
		}
		t.State, t.Closed = to, now
		return deed[inventory.Take]{answer: t, action: action, subject: id, details: t}, tx.Stock.EndTake(ctx, t)
	})
}

// applyCounts moves the stock for a page of lines and returns the last SKU of
// it, "" at the end.
func (s *Service) applyCounts(ctx context.Context, tx store.Stores, actor, id, after string) (last string, err error) {
	t, err := tx.Stock.LockTake(ctx, id)
	if err != nil {
		return "", err
	}
	lines, err := tx.Stock.TakeLines(ctx, id, after, chunk)
	if err != nil {
		return "", err
	}
	var moved []string
	for _, l := range lines {
		last = l.SKU
		if !l.Done || l.Applied {
			continue
		}
		if fresh, err := tx.Stock.ApplyLine(ctx, id, l.SKU); err != nil || !fresh || l.Difference() == 0 {
			if err != nil {
				return "", err
			}
			continue
		}
		err := tx.Stock.Move(ctx, inventory.Movement{Place: inventory.Place{SKU: l.SKU, Location: t.Location}, Reason: inventory.Count,
			OnHandDelta: l.Difference(), Reference: id, Actor: actor, MovedAt: s.Now()})
		if err != nil {
			return "", err
		}
		moved = append(moved, l.SKU)
	}
	if len(moved) > 0 {
		if err := tx.Outbox.Add(ctx, inventory.EventMoved(s.NewID(), moved, s.Now())); err != nil {
			return "", err
		}
	}
	if len(lines) < chunk {
		return "", nil
	}
	return last, nil
}
