package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// cartsHold tests what carts remember; after each promise all books agree.
func cartsHold(t *testing.T, open Opener) {
	for name, promise := range map[string]func(t *testing.T, s *shop){
		"what became dearer is not sold unseen":              dearerUnseen,
		"what is kept for later is not ordered and not lost": keptForLater,
		"carts that were left are found, oldest first":       leftCarts,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, open)
			promise(t, s)
			s.agrees(t)
		})
	}
}

func (b basket) access() shopping.Access { return shopping.Access{ID: b.id, Token: b.token} }

// reprice gives the product of one SKU another price.
func (s *shop) reprice(t testing.TB, p *catalog.Product, minor int64) {
	t.Helper()
	old, err := s.db.Read().Catalog.Load(context.Background(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	p.Version, p.UpdatedAt = old.Version+1, s.now()
	p.Variants[0].Prices = []catalog.Price{{Amount: money.Of(minor, "EUR")}}
	s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(context.Background(), *p) })
}

func dearerUnseen(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "DEAR", 1000, 9)
	b, err := s.fill(ctx, "DEAR", 1)
	if err != nil {
		t.Fatal(err)
	}
	place := func(expect int64) error {
		in := b.placed(idempotency.Request{})
		if expect > 0 {
			total := money.Of(expect, "EUR")
			in.Expect = &total
		}
		_, _, err := s.checkout.Place(ctx, in)
		return err
	}
	s.reprice(t, &p, 1200)
	if v, err := s.shopping.Get(ctx, b.access()); err != nil || v.Cart.Items[0].Seen != 1000 || v.Items[0].Price.Minor != 1200 {
		t.Errorf("the cart shows %+v, %v", v, err)
	}
	if err := place(0); fault.Code(err) != "price-changed" {
		t.Errorf("a dearer item unseen = %v", err)
	}
	if err := place(1490); fault.Code(err) != "total-changed" {
		t.Errorf("with the total of before = %v", err)
	}
	if v, err := s.shopping.Refresh(ctx, b.access()); err != nil || v.Cart.Items[0].Seen != 1200 {
		t.Errorf("refreshed = %+v, %v", v, err)
	}
	s.reprice(t, &p, 900) // nobody minds
	if err := place(0); err != nil {
		t.Errorf("a cheaper item = %v", err)
	}
	if b, err = s.fill(ctx, "DEAR", 1); err != nil {
		t.Fatal(err)
	}
	s.reprice(t, &p, 2000)
	if err := place(2490); err != nil {
		t.Errorf("with the total of now = %v", err)
	}
}

func keptForLater(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "NOW", 1000, 9)
	s.sell(t, "LATER", 5000, 9)
	b, err := s.fill(ctx, "NOW", 2)
	if err == nil {
		_, err = s.shopping.SetItem(ctx, b.access(), cart.Item{SKU: "LATER", Qty: 3, Later: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := s.checkout.Place(ctx, b.placed(key("checkout "+b.id, "later")))
	if err != nil || len(o.Lines) != 1 || o.Lines[0].SKU != "NOW" || o.Total != 2490 || o.LaterCart == "" {
		t.Fatalf("order = %+v, %v", o, err)
	}
	again, _, err := s.checkout.Place(ctx, b.placed(key("checkout "+b.id, "later")))
	if err != nil || again.ID != o.ID || again.LaterCart != o.LaterCart {
		t.Errorf("asked again = %+v, %v", again, err)
	}
	next, err := s.shopping.Get(ctx, shopping.Access{ID: o.LaterCart, Token: s.checkout.Tokens.Token("cart", o.LaterCart)})
	if err != nil || len(next.Cart.Items) != 1 || next.Cart.Items[0] != (cart.Item{SKU: "LATER", Qty: 3, Seen: 5000, Later: true}) {
		t.Fatalf("the next cart = %+v, %v", next.Cart, err)
	}
	if _, reserved := s.stock(t, "LATER"); reserved != 0 {
		t.Errorf("%d are reserved of what was kept for later", reserved)
	}
	only := basket{o.LaterCart, s.checkout.Tokens.Token("cart", o.LaterCart)}
	if _, _, err := s.checkout.Place(ctx, only.placed(idempotency.Request{})); fault.Code(err) != "cart-empty" {
		t.Errorf("an order of nothing but what is kept for later = %v", err)
	}
	plain, err := s.buys("NOW", "a@x.org")
	if err != nil || plain.LaterCart != "" {
		t.Errorf("with nothing kept: %+v, %v", plain, err)
	}
}

func leftCarts(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "LEFT", 1000, 90)
	var want []string
	for i := range 5 {
		b, err := s.fill(ctx, "LEFT", int64(i+1))
		if err == nil {
			_, err = s.shopping.Contact(ctx, b.access(), fmt.Sprintf("s%d@x.org", i))
		}
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, b.id)
		s.pass(time.Hour)
	}
	if _, err := s.fill(ctx, "LEFT", 1); err != nil { // of somebody unknown
		t.Fatal(err)
	}
	empty, err := s.fill(ctx, "LEFT", 1)
	if err == nil {
		_, err = s.shopping.Contact(ctx, empty.access(), "e@x.org")
	}
	if err == nil {
		_, err = s.shopping.RemoveItem(ctx, empty.access(), "LEFT")
	}
	if err != nil {
		t.Fatal(err)
	}
	ordered := basket{want[1], s.checkout.Tokens.Token("cart", want[1])}
	if _, _, err := s.checkout.Place(ctx, ordered.placed(idempotency.Request{})); err != nil {
		t.Fatal(err)
	}
	var got []string
	for after := (cart.Cart{}); ; {
		page, err := s.db.Read().Carts.Abandoned(ctx, s.now().Add(-90*time.Minute), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			got = append(got, c.ID)
			after = c
		}
		if len(page) < 2 {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint([]string{want[0], want[2], want[3]}) {
		t.Errorf("left are %v of %v", got, want)
	}
}
