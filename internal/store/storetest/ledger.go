package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/store"
)

func ledgerPages(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "LOG", 1000, 1)
	for i := range 6 {
		s.in(t, func(tx store.Stores) error { return tx.Stock.SetOnHand(ctx, "LOG", int64(i+2), "test", s.now()) })
	}
	var ids []string
	for before := ""; ; {
		page := must(s.db.Read().Stock.Movements(ctx, "LOG", before, 3))(t)
		for _, m := range page {
			ids = append(ids, m.ID)
		}
		if len(page) < 3 {
			break
		}
		before = page[len(page)-1].ID
	}
	if len(ids) != 7 || !slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("movements %v", ids)
	}
	var skus []string
	for _, sku := range []string{"LOG-A", "LOG-B", "LOG-C"} {
		s.sell(t, sku, 1000, 1)
	}
	for after := ""; ; {
		page := must(s.db.Read().Stock.LevelsAt(ctx, inventory.Main, after, 2))(t)
		for _, l := range page {
			skus = append(skus, l.SKU)
		}
		if len(page) < 2 {
			break
		}
		after = page[len(page)-1].SKU
	}
	if !slices.Equal(skus, []string{"LOG", "LOG-A", "LOG-B", "LOG-C"}) {
		t.Errorf("levels of %v", skus)
	}
}
