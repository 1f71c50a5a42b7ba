package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// stockRaces are the contests for stock.
var stockRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"stock of fifty in eight buckets sells fifty":               fiftyInBuckets,
	"stock of several places is sold to its last unit":          manyPlaces,
	"a bundle and its component are never sold twice":           bundleAgainstComponent,
	"spreading while selling loses nothing":                     spreadAgainstSale,
	"a backorder is not promised beyond its limit":              backorderLimit,
	"two bundles of each other: one is made, they never nest":   crossedBundles,
	"a SKU becomes a bundle or gets stock, never both":          bundleAgainstStock,
	"orders of many units in buckets are all served or refused": bigOrders,
}

func fiftyInBuckets(t *testing.T, s *shop, _ int) {
	ctx := context.Background()
	s.sell(t, "FIFTY", 1000, 50)
	s.in(t, func(tx store.Stores) error { return tx.Stock.Spread(ctx, "FIFTY", inventory.Main, 8, s.now()) })
	var sold atomic.Int64
	each(200, func(int) {
		o, tok, err := s.order(ctx, "FIFTY", 1)
		if err == nil {
			sold.Add(1)
			s.pay(t, o, tok)
		} else if fault.Code(err) != "out-of-stock" {
			t.Errorf("a buyer was told: %v", err)
		}
	})
	if sold.Load() != 50 {
		t.Errorf("sold %d of 50", sold.Load())
	}
	if onHand, reserved := s.stock(t, "FIFTY"); onHand != 0 || reserved != 0 {
		t.Errorf("%d on hand and %d reserved are left", onHand, reserved)
	}
}

func manyPlaces(t *testing.T, s *shop, _ int) {
	ctx := context.Background()
	s.sell(t, "WIDE", 1000, 7)
	for i := range 3 {
		s.at(t, fmt.Sprintf("shop-%d", i), "WIDE", 6, int64(i+1)*100)
	}
	var sold atomic.Int64
	each(40, func(int) {
		if _, _, err := s.order(ctx, "WIDE", 1); err == nil {
			sold.Add(1)
		} else if fault.Code(err) != "out-of-stock" {
			t.Errorf("a buyer was told: %v", err)
		}
	})
	if onHand, reserved := s.stock(t, "WIDE"); sold.Load() != 25 || onHand != 25 || reserved != 25 {
		t.Errorf("sold %d of 25; %d of %d are reserved", sold.Load(), reserved, onHand)
	}
}

func bundleAgainstComponent(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		cup, pot, set, duo := fmt.Sprintf("CUP-%d", round), fmt.Sprintf("POT-%d", round), fmt.Sprintf("SET-%d", round), fmt.Sprintf("DUO-%d", round)
		s.sell(t, cup, 1000, 15)
		s.sell(t, pot, 1000, 15)
		s.bundle(t, set, inventory.Component{SKU: cup, Qty: 2}, inventory.Component{SKU: pot, Qty: 1})
		s.bundle(t, duo, inventory.Component{SKU: cup, Qty: 2})
		var cups, pots atomic.Int64
		each(crowd, func(i int) {
			items := [][]cart.Item{
				{{SKU: set, Qty: 1}}, {{SKU: cup, Qty: 1}}, {{SKU: duo, Qty: 1}}, {{SKU: set, Qty: 1}, {SKU: cup, Qty: 1}, {SKU: pot, Qty: 1}}}[i%4]
			v, tok, err := s.shopping.Start(ctx, shopping.StartCart{Currency: "EUR", Items: items})
			if err == nil {
				_, _, err = s.checkout.Place(ctx, basket{v.Cart.ID, tok}.placed(idempotency.Request{}))
			}
			if err == nil {
				cups.Add([]int64{2, 1, 2, 3}[i%4])
				pots.Add([]int64{1, 0, 0, 2}[i%4])
			} else if fault.Code(err) != "out-of-stock" {
				t.Errorf("a buyer was told: %v", err)
			}
		})
		for sku, want := range map[string]int64{cup: cups.Load(), pot: pots.Load()} {
			if onHand, reserved := s.stock(t, sku); reserved != want || reserved > onHand {
				t.Fatalf("%s: %d of %d are reserved for %d that were sold", sku, reserved, onHand, want)
			}
		}
		if cups.Load() < 13 {
			t.Fatalf("%d of 15 cups were sold to buyers of %d", cups.Load(), crowd*2)
		}
	}
}

func spreadAgainstSale(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "HOT", 1000, int64(rounds*crowd/2))
	var sold atomic.Int64
	for range rounds {
		each(crowd, func(i int) {
			var err error
			if i%4 == 0 {
				err = s.db.InTx(ctx, func(tx store.Stores) error { return tx.Stock.Spread(ctx, "HOT", inventory.Main, int64(1+i), s.now()) })
			} else if _, _, err = s.order(ctx, "HOT", 1); err == nil {
				sold.Add(1)
			}
			if err != nil && fault.Code(err) != "out-of-stock" {
				t.Errorf("told: %v", err)
			}
		})
	}
	if onHand, reserved := s.stock(t, "HOT"); onHand != int64(rounds*crowd/2) || reserved != sold.Load() {
		t.Errorf("%d on hand, %d reserved, %d sold", onHand, reserved, sold.Load())
	}
}

func backorderLimit(t *testing.T, s *shop, _ int) {
	ctx := context.Background()
	s.sell(t, "SOON", 1000, 5)
	s.in(t, func(tx store.Stores) error {
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "SOON", Tracking: inventory.Counted, Backorder: 10})
	})
	var sold atomic.Int64
	each(crowd*2, func(int) {
		if _, _, err := s.order(ctx, "SOON", 1); err == nil {
			sold.Add(1)
		} else if fault.Code(err) != "out-of-stock" {
			t.Errorf("a buyer was told: %v", err)
		}
	})
	if onHand, reserved := s.stock(t, "SOON"); sold.Load() != 15 || reserved != 15 || onHand != 5 {
		t.Errorf("sold %d, %d of %d are reserved", sold.Load(), reserved, onHand)
	}
}

func crossedBundles(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		a, b := fmt.Sprintf("A-%d", round), fmt.Sprintf("B-%d", round)
		for _, sku := range []string{a, b} {
			s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(ctx, mug(sku, 1000, "blue")) })
		}
		each(crowd, func(i int) {
			sku, part := a, b
			if i%2 == 1 {
				sku, part = b, a
			}
			err := s.db.InTx(ctx, func(tx store.Stores) error {
				return tx.Stock.PutBundle(ctx, sku, []inventory.Component{{SKU: part, Qty: 1}}, inventory.AnyVersion)
			})
			if err != nil && fault.Code(err) != "bundle-nested" {
				t.Errorf("told: %v", err)
			}
		})
		if made, err := s.db.Read().Stock.Bundles(ctx, []string{a, b}); err != nil || len(made) != 1 {
			t.Fatalf("bundles %v, %v", made, err)
		}
	}
}

func bundleAgainstStock(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "PART", 1000, 5)
	for round := range rounds {
		sku := fmt.Sprintf("BOX-%d", round)
		s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(ctx, mug(sku, 1000, "blue")) })
		each(crowd, func(i int) {
			err := s.db.InTx(ctx, func(tx store.Stores) error {
				if i%2 == 0 {
					return tx.Stock.SetOnHand(ctx, sku, 3, "test", s.now())
				}
				return tx.Stock.PutBundle(ctx, sku, []inventory.Component{{SKU: "PART", Qty: 1}}, inventory.AnyVersion)
			})
			if code := fault.Code(err); err != nil && code != "bundle-has-stock" && code != "sku-is-bundle" {
				t.Errorf("told: %v", err)
			}
		})
		made, err := s.db.Read().Stock.Bundles(ctx, []string{sku})
		levels, err2 := s.db.Read().Stock.Levels(ctx, []string{sku})
		if err != nil || err2 != nil || len(made)+len(levels) != 1 {
			t.Fatalf("bundle %v and stock %v, %v, %v", made, levels, err, err2)
		}
	}
}

func bigOrders(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		sku := fmt.Sprintf("BIG-%d", round)
		s.sell(t, sku, 1000, 40)
		s.in(t, func(tx store.Stores) error { return tx.Stock.Spread(ctx, sku, inventory.Main, 8, s.now()) })
		var sold atomic.Int64
		each(crowd, func(int) {
			switch _, _, err := s.order(ctx, sku, 7); fault.Code(err) {
			case "":
				sold.Add(7)
			case "out-of-stock", "busy": // busy: asked again three times without luck
			default:
				t.Errorf("a buyer was told: %v", err)
			}
		})
		if _, reserved := s.stock(t, sku); reserved != sold.Load() || reserved > 40 || reserved < 7 {
			t.Fatalf("%d of 40 are reserved for %d that were sold", reserved, sold.Load())
		}
	}
}
