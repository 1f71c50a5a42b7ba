package stockkeeping

import (
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

// WatchOrder is Watch for what an order took or gave back.
func (s *Service) WatchOrder(ctx context.Context, orderID string) error {
	skus, err := reservedSKUs(ctx, s.DB.Read(), orderID)
	if err != nil {
		return err
	}
	return s.Watch(ctx, skus)
}

// WatchLocation is Watch for all that a location has, a page at a time.
func (s *Service) WatchLocation(ctx context.Context, location string) error {
	return s.watchLocation(ctx, location, false)
}

// WatchAll looks at all there is anew, as after a change of the shop's level;
// what never was in stock is no news.
func (s *Service) WatchAll(ctx context.Context) error {
	locations, err := s.DB.Read().Stock.Locations(ctx)
	if err != nil {
		return err
	}
	for _, l := range locations {
		if err := s.watchLocation(ctx, l.ID, true); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) watchLocation(ctx context.Context, location string, isNew bool) error {
	for after := ""; ; {
		page, err := s.DB.Read().Stock.LevelsAt(ctx, location, after, chunk)
		if err != nil || len(page) == 0 {
			return err
		}
		skus := make([]string, len(page))
		for i, l := range page {
			skus[i] = l.SKU
		}
		if err := s.watch(ctx, skus, isNew); err != nil {
			return err
		}
		after = skus[len(skus)-1]
	}
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
