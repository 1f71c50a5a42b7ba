// Package stockkeeping is what staff do with stock: where it is kept, how it is
// sold, what comes and goes beside orders. Every change is audited and can be
// repeated under its key without a second effect.
package stockkeeping

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// Service keeps stock.
type Service struct {
	DB        store.DB
	Now       func() time.Time
	NewID     func() string
	Low       func(ctx context.Context) (int64, error) // the level of SKUs whose policy names none; nil is 0, which is never
	LookPages int                                      // how many pages Look looks at in one go; 0 is as usual
}

// By is who does something, and under which key.
type By struct {
	Actor string // staff:ID
	Once  idempotency.Request
}

// deed is what a verb has done: what the audit says, and the SKUs whose stock
// may have moved.
type deed[T any] struct {
	answer  T
	action  string
	subject string
	details any
	moved   []string
}

// do runs a verb once, in one transaction with its event and its audit entry.
func do[T any](ctx context.Context, s *Service, by By, fn func(tx store.Stores, now time.Time) (deed[T], error)) (T, error) {
	now := s.Now()
	return once.Do(ctx, s.DB, by.Once, now, func(tx store.Stores) (T, error) {
		d, err := fn(tx, now)
		if err != nil {
			return d.answer, err
		}
		if len(d.moved) > 0 {
			if err := tx.Outbox.Add(ctx, inventory.EventMoved(s.NewID(), d.moved, now)); err != nil {
				return d.answer, err
			}
		}
		return d.answer, tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor, Action: d.action, Subject: d.subject, Details: d.details, At: now})
	})
}

// SetLocation adds a location (Version 0) or changes one. Codes are
// "changed-meanwhile" and "location-code-taken".
func (s *Service) SetLocation(ctx context.Context, by By, l inventory.Location) (inventory.Location, error) {
	if l.Code == "" || l.Name == "" {
		return l, fault.New(fault.Invalid, "location-name", "A location has a code and a name.")
	}
	return do(ctx, s, by, func(tx store.Stores, at time.Time) (d deed[inventory.Location], err error) {
		now := l
		if now.Version == 0 && now.ID == "" {
			now.ID = s.NewID()
		}
		if err := tx.Stock.PutLocation(ctx, now); err != nil {
			return d, err
		}
		now.Version++
		d.answer, d.action, d.subject, d.details = now, "location.set", now.ID, now
		return d, tx.Outbox.Add(ctx, inventory.EventLocation(now, at))
	})
}

// SetPolicy sets how a SKU is sold. Codes are those of inventory.Policies.PutPolicy.
func (s *Service) SetPolicy(ctx context.Context, by By, p inventory.Policy) (inventory.Policy, error) {
	return do(ctx, s, by, func(tx store.Stores, _ time.Time) (deed[inventory.Policy], error) {
		now := p
		err := tx.Stock.PutPolicy(ctx, now)
		now.Version++
		return deed[inventory.Policy]{answer: now, action: "stock.policy", subject: p.SKU, details: now, moved: []string{p.SKU}}, err
	})
}

// SetBundle makes a SKU a bundle, or, without parts, an ordinary SKU again;
// seen is the version of its policy.
// Codes are those of inventory.Policies.PutBundle.
func (s *Service) SetBundle(ctx context.Context, by By, sku string, parts []inventory.Component, seen int64) ([]inventory.Component, error) {
	return do(ctx, s, by, func(tx store.Stores, _ time.Time) (deed[[]inventory.Component], error) {
		err := tx.Stock.PutBundle(ctx, sku, parts, seen)
		return deed[[]inventory.Component]{answer: parts, action: "bundle.set", subject: sku, details: map[string]any{"components": parts}, moved: []string{sku}}, err
	})
}

// Adjustment changes what is on hand of a SKU at a location by Delta, for a reason.
type Adjustment struct {
	SKU, Location string
	Delta         int64
	Reason        inventory.Reason
	Note          string
}

// signs says which way a reason moves stock; 0 is either.
var signs = map[inventory.Reason]int64{inventory.Receive: 1, inventory.Found: 1, inventory.Return: 1, inventory.Damaged: -1, inventory.Lost: -1, inventory.Adjust: 0}

func (a Adjustment) check() error {
	sign, ok := signs[a.Reason]
	switch {
	case !ok:
		return fault.New(fault.Invalid, "stock-reason", "%q is no reason to adjust stock; take receive, found, return, damaged, lost or adjust.", a.Reason)
	case a.Delta == 0:
		return fault.New(fault.Invalid, "stock-delta", "A change of 0 pieces is none.")
	case sign*a.Delta < 0:
		return fault.New(fault.Invalid, "stock-delta", "Goods that are %s change the stock in the other direction than %d.", a.Reason, a.Delta)
	}
	return nil
}

// Adjust changes what is on hand and returns the stock of the SKU by location.
// Codes are "stock-reason", "stock-delta", "stock-below-reserved",
// "sku-not-found", "sku-is-bundle" and "location-not-found".
func (s *Service) Adjust(ctx context.Context, by By, a Adjustment) ([]inventory.LevelAt, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (d deed[[]inventory.LevelAt], err error) {
		err = tx.Stock.Move(ctx, inventory.Movement{Place: inventory.Place{SKU: a.SKU, Location: a.Location}, Reason: a.Reason, OnHandDelta: a.Delta,
			Note: a.Note, Actor: by.Actor, MovedAt: now})
		if err != nil {
			return d, err
		}
		d.answer, err = tx.Stock.LevelsOf(ctx, a.SKU)
		d.action, d.subject, d.details, d.moved = "stock.adjust", a.SKU, a, []string{a.SKU}
		return d, err
	})
}

// Spread divides a SKU that many buy at once over n buckets of a location; 1
// joins them again. The code is "bucket-count".
func (s *Service) Spread(ctx context.Context, by By, sku, location string, n int64) error {
	_, err := do(ctx, s, by, func(tx store.Stores, now time.Time) (deed[struct{}], error) {
		err := tx.Stock.Spread(ctx, sku, location, n, now)
		return deed[struct{}]{action: "stock.spread", subject: sku, details: map[string]any{"location": location, "buckets": n}}, err
	})
	return err
}

// move makes movements in the order in which rows are locked.
func move(ctx context.Context, tx store.Stores, moves []inventory.Movement) error {
	slices.SortStableFunc(moves, func(a, b inventory.Movement) int { return a.Place.Compare(b.Place) })
	for _, m := range moves {
		if err := tx.Stock.Move(ctx, m); err != nil {
			return fmt.Errorf("%s of %s: %w", m.Reason, m.SKU, err)
		}
	}
	return nil
}
