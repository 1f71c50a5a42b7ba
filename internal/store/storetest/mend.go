package storetest

import (
	"context"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/service/verify"
	"tradewind/internal/store"
)

// mended tests that what is derived from other books is put right by them.
func mended(t *testing.T, s *shop) {
	ctx := context.Background()
	s.paid(t, "MEND", 1000, 3)
	if _, _, err := s.order(ctx, "MEND", 1); err == nil {
		t.Fatal("three of three were sold, and one more was ordered")
	}
	s.sell(t, "HELD", 1000, 4)
	held, _, err := s.order(ctx, "HELD", 2)
	if err != nil {
		t.Fatal(err)
	}
	at := func(sku string) inventory.Place { return inventory.Place{SKU: sku, Location: inventory.Main} }
	s.in(t, func(tx store.Stores) error { // these counters are wrong, and one of them has no row
		if err := tx.Stock.Recount(ctx, inventory.Discrepancy{Place: at("MEND"), LedgerOnHand: 7, Held: 2}); err != nil {
			return err
		}
		return tx.Stock.Recount(ctx, inventory.Discrepancy{Place: at("HELD"), LedgerOnHand: 1})
	})
	fixes, err := (&verify.Mender{DB: s.db, Now: s.now, Do: true}).Run(ctx)
	if err != nil || len(fixes) != 2 {
		t.Errorf("mended %v, %v", fixes, err)
	}
	for sku, want := range map[string][2]int64{"MEND": {0, 0}, "HELD": {4, 2}} {
		if onHand, reserved := s.stock(t, sku); onHand != want[0] || reserved != want[1] {
			t.Errorf("%s has %d on hand and %d reserved, want %v", sku, onHand, reserved, want)
		}
	}
	s.in(t, func(tx store.Stores) error {
		n, err := tx.Stock.Settle(ctx, held.ID, inventory.Sold) // though the order is not paid
		if n != 1 {
			t.Errorf("settled %d reservations", n)
		}
		return err
	})
	s.in(t, func(tx store.Stores) error {
		if n, err := tx.Stock.Settle(ctx, held.ID, inventory.Held); n != 0 || err != nil {
			t.Errorf("what was settled was settled again: %d, %v", n, err)
		}
		return nil
	})
}
