package stockkeeping

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/store"
)

// Watch raises stock.changed and stock.low for those of the SKUs, and of the
// bundles they are in, that are sold out, back, low or no longer low since
// that was last said. It runs after every change of stock is committed, and
// looks again after it has said something, so the last word is a true one.
func (s *Service) Watch(ctx context.Context, skus []string) error { return s.watch(ctx, skus, false) }

// WatchNew is Watch for SKUs that were just put into the catalogue: that one
// which was never in stock is sold out is no news.
func (s *Service) WatchNew(ctx context.Context, skus []string) error { return s.watch(ctx, skus, true) }

// WatchOrders is Watch for what orders took or gave back.
func (s *Service) WatchOrders(ctx context.Context, orderIDs ...string) error {
	skus, err := s.DB.Read().Stock.ReservedSKUs(ctx, orderIDs)
	if err != nil || len(skus) == 0 {
		return err
	}
	return s.Watch(ctx, skus)
}

// WatchLocation is Watch for all that a location has.
func (s *Service) WatchLocation(ctx context.Context, location string) error {
	return s.Look(ctx, inventory.Look{Location: location})
}

// WatchAll has all there is looked at anew, as after a change of the shop's level.
func (s *Service) WatchAll(ctx context.Context) error {
	locations, err := s.DB.Read().Stock.Locations(ctx)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		for _, l := range locations {
			if err := tx.Outbox.Add(ctx, inventory.EventLook(s.NewID(), inventory.Look{Location: l.ID, Quiet: true}, s.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// lookPages is how many pages of a location are looked at in one go: a worker
// holds an event for seconds only.
const lookPages = 20

// Look is Watch for what a location has, from a SKU on. What is too much for one
// go is left to an event.
func (s *Service) Look(ctx context.Context, l inventory.Look) error {
	for range cmp.Or(s.LookPages, lookPages) {
		page, err := s.DB.Read().Stock.LevelsAt(ctx, l.Location, l.After, chunk)
		if err != nil || len(page) == 0 {
			return err
		}
		skus := make([]string, len(page))
		for i, at := range page {
			skus[i] = at.SKU
		}
		if err := s.watch(ctx, skus, l.Quiet); err != nil {
			return err
		}
		l.After = skus[len(skus)-1]
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		return tx.Outbox.Add(ctx, inventory.EventLook(s.NewID(), l, s.Now()))
	})
}

func (s *Service) watch(ctx context.Context, skus []string, isNew bool) error {
	bundles, err := s.DB.Read().Stock.BundlesWith(ctx, skus)
	if err != nil {
		return err
	}
	skus = append(slices.Clone(skus), bundles...)
	slices.Sort(skus)
	skus = slices.Compact(skus)
	var low int64
	if s.Low != nil {
		if low, err = s.Low(ctx); err != nil {
			return err
		}
	}
	for range 20 {
		differ, err := s.DB.Read().Stock.Signals(ctx, skus, low)
		if err != nil {
			return err
		}
		differ = slices.DeleteFunc(differ, func(g inventory.Signal) bool { return isNew && g.Version == 0 && (g.SoldOut || !g.Low) })
		if len(differ) == 0 {
			return nil
		}
		if err := s.say(ctx, differ); err != nil {
			return err
		}
	}
	return fmt.Errorf("the stock of %v changes faster than can be said", skus)
}

func (s *Service) say(ctx context.Context, news []inventory.Signal) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		for _, g := range news {
			said, err := tx.Stock.Say(ctx, g)
			if err != nil {
				return err
			}
			if !said {
				continue
			}
			for _, e := range g.Events(s.Now()) {
				if err := tx.Outbox.Add(ctx, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
