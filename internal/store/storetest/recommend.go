package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/recommending"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// recommendationsHold tests what is learned of sales and views.
func recommendationsHold(t *testing.T, open Opener) {
	for name, promise := range map[string]func(t *testing.T, s *shop){
		"orders learned at once count once each":                           learnedAtOnce,
		"what is bought together is suggested together, most often first":  boughtTogether,
		"what is like a product is suggested with it":                      likeIt,
		"what sells well now comes before what sold well long ago":         popularNow,
		"a visitor is shown what was looked at last, and can be forgotten": recentlyViewed,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, open)
			promise(t, s)
			s.agrees(t)
		})
	}
}

func (s *shop) recommends() *recommending.Service {
	return &recommending.Service{DB: s.db, Now: s.now}
}

// buysAll orders one of each SKU, pays and has the shop learn of it.
func (s *shop) buysAll(t testing.TB, skus ...string) order.Order {
	t.Helper()
	o := s.orders(t, skus...)
	if err := s.recommends().Learn(context.Background(), o.ID); err != nil {
		t.Fatal(err)
	}
	return o
}

// orders orders one of each SKU and pays.
func (s *shop) orders(t testing.TB, skus ...string) order.Order {
	t.Helper()
	ctx := context.Background()
	var items []cart.Item
	for _, sku := range skus {
		items = append(items, cart.Item{SKU: sku, Qty: 1})
	}
	v, tok, err := s.shopping.Start(ctx, shopping.StartCart{Currency: "EUR", Items: items})
	if err != nil {
		t.Fatal(err)
	}
	o, otok, err := s.checkout.Place(ctx, basket{v.Cart.ID, tok}.placed(idempotency.Request{}))
	if err == nil {
		_, err = s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: otok, Method: "ok"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// suggests returns the slugs of what is suggested and why.
func (s *shop) suggests(t testing.TB, ask recommending.Ask) (slugs []string) {
	t.Helper()
	ask.Currency = "EUR"
	if ask.Limit == 0 {
		ask.Limit = 3
	}
	list, err := s.recommends().For(context.Background(), ask)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		slugs = append(slugs, string(x.Kind)+" "+x.Card.Slug)
	}
	return slugs
}

func boughtTogether(t *testing.T, s *shop) {
	a := s.sell(t, "TA", 1000, 100)
	for _, sku := range []string{"TB", "TC", "TD"} {
		s.sell(t, sku, 1000, 100)
	}
	s.buysAll(t, "TA", "TB")
	s.buysAll(t, "TA", "TC")
	o := s.buysAll(t, "TA", "TC", "TD")
	for range 3 { // an event that comes again
		if err := s.recommends().Learn(context.Background(), o.ID); err != nil {
			t.Fatal(err)
		}
	}
	s.buysAll(t, "TA", "TB")
	s.buysAll(t, "TA", "TB")
	got := s.suggests(t, recommending.Ask{Kind: recommend.Together, ProductID: a.ID})
	if want := []string{"together mug-TB", "together mug-TC", "together mug-TD"}; !slices.Equal(got, want) {
		t.Errorf("with A: %v, want %v", got, want)
	}
	gone := mug("TB", 1000, "blue")
	old, err := s.db.Read().Catalog.BySKUs(context.Background(), []string{"TB"})
	if err != nil || len(old) != 1 {
		t.Fatal(err)
	}
	gone.ID, gone.Version, gone.Status = old[0].ID, 2, catalog.Archived
	s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(context.Background(), gone) })
	if got := s.suggests(t, recommending.Ask{Kind: recommend.Together, ProductID: "mug-TA"}); slices.Contains(got, "together mug-TB") {
		t.Errorf("what is no longer sold is suggested: %v", got)
	}
}

func likeIt(t *testing.T, s *shop) {
	for i, color := range []string{"blue", "red", "blue", "green"} {
		p := mug(fmt.Sprint("L", i), []int64{1000, 1000, 1100, 5000}[i], color)
		s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(context.Background(), p) })
	}
	got := s.suggests(t, recommending.Ask{Kind: recommend.Similar, ProductID: "mug-L0"})
	if want := []string{"similar mug-L2", "similar mug-L1", "similar mug-L3"}; !slices.Equal(got, want) {
		t.Errorf("like the first: %v, want %v", got, want)
	}
	if got := s.suggests(t, recommending.Ask{ProductID: "mug-L0", Limit: 2}); !slices.Equal(got, []string{"similar mug-L2", "similar mug-L1"}) {
		t.Errorf("without any sales: %v", got)
	}
	if _, err := s.recommends().For(context.Background(), recommending.Ask{ProductID: "no-such", Currency: "EUR", Limit: 1}); fault.Code(err) != "product-not-found" {
		t.Errorf("for a product that is none: %v", err)
	}
}

func popularNow(t *testing.T, s *shop) {
	for _, sku := range []string{"OLD", "NEW"} {
		s.sell(t, sku, 1000, 100)
	}
	for range 4 {
		s.buysAll(t, "OLD")
	}
	s.pass(3 * recommend.HalfLife)
	s.buysAll(t, "NEW")
	for _, category := range []string{"", "cat-mugs"} {
		if got := s.suggests(t, recommending.Ask{CategoryID: category}); !slices.Equal(got, []string{"popular mug-NEW", "popular mug-OLD"}) {
			t.Errorf("popular in %q: %v", category, got)
		}
	}
	for range 2 {
		s.buysAll(t, "OLD")
	}
	if got := s.suggests(t, recommending.Ask{}); !slices.Equal(got, []string{"popular mug-OLD", "popular mug-NEW"}) {
		t.Errorf("after more sales: %v", got)
	}
}

func recentlyViewed(t *testing.T, s *shop) {
	ctx := context.Background()
	ada, bob := token.Hash("ada's browser"), token.Hash("bob's browser")
	for i := range recommend.MaxRecent + 5 {
		sku := fmt.Sprintf("V%02d", i)
		s.sell(t, sku, 1000, 1)
		s.pass(time.Second)
		if err := s.recommends().Seen(ctx, ada, "mug-"+sku); err != nil {
			t.Fatal(err)
		}
	}
	s.pass(time.Second)
	if err := s.recommends().Seen(ctx, ada, "mug-V10"); err != nil { // again
		t.Fatal(err)
	}
	got := s.suggests(t, recommending.Ask{Kind: recommend.Recent, Visitor: ada})
	if want := []string{"recent mug-V10", "recent mug-V54", "recent mug-V53"}; !slices.Equal(got, want) {
		t.Errorf("looked at last: %v, want %v", got, want)
	}
	if all, err := s.db.Read().Recommend.Recent(ctx, ada, 100); err != nil || len(all) != recommend.MaxRecent {
		t.Errorf("%d are remembered, %v", len(all), err)
	}
	if got := s.suggests(t, recommending.Ask{Kind: recommend.Recent, Visitor: bob}); len(got) != 0 {
		t.Errorf("somebody else is shown %v", got)
	}
	if err := s.recommends().Seen(ctx, ada, "no-such"); fault.Code(err) != "product-not-found" {
		t.Errorf("a product that is none: %v", err)
	}
	s.in(t, func(tx store.Stores) error {
		n, err := tx.Recommend.Purge(ctx, s.now(), 10)
		if n != 10 {
			t.Errorf("%d old views purged", n)
		}
		return err
	})
	if err := s.recommends().Forget(ctx, ada); err != nil {
		t.Fatal(err)
	}
	if got := s.suggests(t, recommending.Ask{Kind: recommend.Recent, Visitor: ada}); len(got) != 0 {
		t.Errorf("after forgetting: %v", got)
	}
}

// learnTwice counts the same and other orders of the same goods at once.
func learnTwice(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		skus := []string{fmt.Sprint("LA-", round), fmt.Sprint("LB-", round), fmt.Sprint("LC-", round)}
		for _, sku := range skus {
			s.sell(t, sku, 1000, 100)
		}
		var ids []string
		for range 4 {
			b, err := s.fill(context.Background(), skus[0], 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, sku := range skus[1:] {
				if err := s.add(context.Background(), b, sku); err != nil {
					t.Fatal(err)
				}
			}
			o, _, err := s.checkout.Place(context.Background(), b.placed(idempotency.Request{}))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.ID)
		}
		each(crowd, func(i int) {
			if err := s.recommends().Learn(context.Background(), ids[i%len(ids)]); err != nil {
				t.Errorf("learn: %v", err)
			}
		})
		for i := range 3 { // 4 orders of 3 goods: each pair four times
			s.buysAll(t, skus[0], skus[1+i%2])
		}
		if got := s.suggests(t, recommending.Ask{Kind: recommend.Together, ProductID: "mug-" + skus[0]}); !slices.Equal(got, []string{"together mug-" + skus[1], "together mug-" + skus[2]}) {
			t.Fatalf("%v", got)
		}
	}
}

// learnedAtOnce has orders counted in one go that hold one that was counted before.
func learnedAtOnce(t *testing.T, s *shop) {
	ctx := context.Background()
	a := s.sell(t, "MA", 1000, 100)
	s.sell(t, "MB", 1000, 100)
	s.sell(t, "MC", 1000, 100)
	first := s.buysAll(t, "MA", "MB")
	var ids []string
	for range 2 {
		ids = append(ids, s.orders(t, "MA", "MC").ID)
	}
	if err := s.recommends().Learn(ctx, append(ids, "no-such-order")...); fault.Code(err) != "order-not-found" {
		t.Errorf("with an order that is none: %v", err)
	}
	for range 2 { // a batch that comes again
		if err := s.recommends().Learn(ctx, append(ids, first.ID)...); err != nil {
			t.Fatal(err)
		}
	}
	s.buysAll(t, "MA", "MB") // two each
	if got, want := s.suggests(t, recommending.Ask{Kind: recommend.Together, ProductID: a.ID}), []string{"together mug-MC", "together mug-MB"}; !slices.Equal(got, want) {
		t.Errorf("two each: %v, want %v", got, want) // of two that are even the later one in the alphabet
	}
	s.buysAll(t, "MA", "MB")
	if got, want := s.suggests(t, recommending.Ask{Kind: recommend.Together, ProductID: a.ID}), []string{"together mug-MB", "together mug-MC"}; !slices.Equal(got, want) {
		t.Errorf("three and two: %v, want %v", got, want)
	}
}
