package storetest

import (
	"context"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// scarceByLocation lists what was said to be scarce, at the locations that have it, by key.
func scarceByLocation(t *testing.T, s *shop) {
	ctx := context.Background()
	for sku, onHand := range map[string]int64{"A-FEW": 2, "B-MANY": 50, "C-FEW": 1, "D-NONE": 0} {
		s.sell(t, sku, 1000, onHand)
		s.in(t, func(tx store.Stores) error {
			return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: sku, Tracking: inventory.Counted, Low: milli(5)})
		})
	}
	s.in(t, func(tx store.Stores) error {
		signals, err := tx.Stock.Signals(ctx, []string{"A-FEW", "B-MANY", "C-FEW", "D-NONE"}, 0)
		for _, g := range signals {
			if _, err := tx.Stock.Say(ctx, g); err != nil {
				return err
			}
		}
		return err
	})
	var got []string
	for after := ""; ; {
		page, err := s.db.Read().Stock.LowAt(ctx, inventory.Main, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		after = page[0].SKU
		got = append(got, after)
		if page[0].Location != inventory.Main || after == "A-FEW" && page[0].OnHand != 2 {
			t.Errorf("scarce: %+v", page[0])
		}
	}
	if len(got) != 3 || got[0] != "A-FEW" || got[1] != "C-FEW" || got[2] != "D-NONE" {
		t.Errorf("scarce are %v", got)
	}
	if page, err := s.db.Read().Stock.LowAt(ctx, "elsewhere", "", 10); err != nil || len(page) != 0 {
		t.Errorf("scarce elsewhere: %v, %v", page, err)
	}
}

// bundleVersions changes a bundle only for those who saw it as it is.
func bundleVersions(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "PART", 1000, 10)
	s.sell(t, "SET", 1000, 0)
	put := func(seen int64, parts ...inventory.Component) error {
		return s.db.InTx(ctx, func(tx store.Stores) error { return tx.Stock.PutBundle(ctx, "SET", parts, seen) })
	}
	for i, step := range []struct {
		seen, qty int64
		code      string
	}{{1, 2, "changed-meanwhile"}, {0, 2, ""}, {0, 3, "changed-meanwhile"}, {1, 3, ""}, {1, 0, "changed-meanwhile"}, {2, 0, ""}, {2, 2, "changed-meanwhile"}} {
		var parts []inventory.Component
		if step.qty > 0 {
			parts = []inventory.Component{{SKU: "PART", Qty: step.qty}}
		}
		if err := put(step.seen, parts...); fault.Code(err) != step.code {
			t.Errorf("step %d: %v, want %q", i, err, step.code)
		}
	}
}
