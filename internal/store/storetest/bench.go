package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
)

// Bench measures the way of one order, from a cart of three to paid, through
// the services without HTTP, by many buyers at once.
func Bench(b *testing.B, open Opener) {
	s := newShop(b, open)
	for i := range 100 {
		s.sell(b, fmt.Sprintf("BENCH-%d", i), 1000, 1_000_000)
	}
	ctx := context.Background()
	var n atomic.Int64
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			var items []cart.Item
			for j := range 3 {
				items = append(items, cart.Item{SKU: fmt.Sprintf("BENCH-%d", (i*7+j*13)%100), Qty: 1})
			}
			v, tok, err := s.shopping.Start(ctx, shopping.StartCart{Currency: "EUR", Items: items})
			if err != nil {
				b.Fatal(err)
			}
			o, tok, err := s.checkout.Place(ctx, basket{v.Cart.ID, tok}.placed(idempotency.Request{}))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
