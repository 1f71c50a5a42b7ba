package stockkeeping

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Hold keeps goods for somebody without an order, until a moment. Codes are
// "hold-until" and "out-of-stock".
func (s *Service) Hold(ctx context.Context, by By, lines []inventory.Line, until time.Time, note string) (inventory.Hold, error) {
	if !until.After(s.Now()) {
		return inventory.Hold{}, fault.New(fault.Invalid, "hold-until", "A hold ends in the future.")
	}
	for _, l := range lines {
		if l.Qty <= 0 {
			return inventory.Hold{}, fault.New(fault.Invalid, "hold-lines", "A hold keeps at least one piece of each SKU, not %d of %s.", l.Qty, l.SKU)
		}
	}
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (d deed[inventory.Hold], err error) {
		h := inventory.Hold{ID: s.NewID(), State: inventory.HoldOpen, Until: until, Note: note, Actor: by.Actor, Created: now}
		if err := tx.Stock.InsertHold(ctx, h); err != nil {
			return d, err
		}
		err = tx.Stock.Reserve(ctx, h.ID, lines, now)
		return deed[inventory.Hold]{answer: h, action: "hold.make", subject: h.ID, details: map[string]any{"until": until, "lines": lines}, moved: skusOf(lines)}, err
	})
}

func skusOf(lines []inventory.Line) []string {
	skus := make([]string, len(lines))
	for i, l := range lines {
		skus[i] = l.SKU
	}
	return skus
}

// ReleaseHold gives the goods back. Codes are those of inventory.Holds.EndHold.
func (s *Service) ReleaseHold(ctx context.Context, by By, id string) error {
	return s.endHold(ctx, by, id, "hold.release", inventory.HoldReleased)
}

// SellHold hands the goods over: they are sold without an order. Codes are those
// of inventory.Holds.EndHold.
func (s *Service) SellHold(ctx context.Context, by By, id string) error {
	return s.endHold(ctx, by, id, "hold.sell", inventory.HoldUsed)
}

func (s *Service) endHold(ctx context.Context, by By, id, action string, to inventory.HoldState) error {
	_, err := do(ctx, s, by, func(tx store.Stores, now time.Time) (d deed[int64], err error) {
		if err := tx.Stock.EndHold(ctx, id, to, now); err != nil {
			return d, err
		}
		if to == inventory.HoldUsed {
			d.answer, err = tx.Stock.Sell(ctx, id, now)
		} else {
			d.answer, err = tx.Stock.Release(ctx, id, now)
		}
		if err != nil {
			return d, err
		}
		d.moved, err = reservedSKUs(ctx, tx, id)
		d.action, d.subject, d.details = action, id, map[string]any{"units": d.answer}
		return d, err
	})
	return err
}

// UseHold ends a hold in favour of an order that the caller reserves for in the
// same transaction: until that ends nobody else gets the goods. Codes are those
// of inventory.Holds.EndHold.
func UseHold(ctx context.Context, tx store.Stores, id string, now time.Time) error {
	if err := tx.Stock.EndHold(ctx, id, inventory.HoldUsed, now); err != nil {
		return err
	}
	_, err := tx.Stock.Release(ctx, id, now)
	return err
}

// ExpireHolds gives back the goods of up to n holds whose time is over, each in
// a transaction of its own, and says how many it ended. One that somebody else
// ends at the same time is left to them.
func (s *Service) ExpireHolds(ctx context.Context, n int) (ended int, err error) {
	ids, err := s.DB.Read().Stock.DueHolds(ctx, s.Now(), n)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		err := s.endHold(ctx, By{Actor: "clock"}, id, "hold.expire", inventory.HoldExpired)
		if code := fault.Code(err); code == "hold-ended" || code == "hold-not-expired" {
			continue
		}
		if err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// reservedSKUs are the SKUs that an order or a hold has taken.
func reservedSKUs(ctx context.Context, tx store.Stores, id string) ([]string, error) {
	all, err := tx.Stock.Reserved(ctx, id)
	if err != nil {
		return nil, err
	}
	var skus []string
	for _, r := range all {
		skus = append(skus, r.SKU)
	}
	slices.Sort(skus)
	return slices.Compact(skus), nil
}
