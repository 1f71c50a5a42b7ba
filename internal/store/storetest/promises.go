package storetest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// Run tests what every database must do.
func Run(t *testing.T, open Opener) {
	for name, promise := range merged(map[string]func(t *testing.T, s *shop){
		"a product comes back as it was put":                      productRoundTrip,
		"a list pages through everything in every order":          listPages,
		"a list filters by category, brand, price and attribute":  listFilters,
		"a variant with stock cannot be removed":                  variantInUse,
		"slugs and SKUs belong to one product":                    uniqueNames,
		"a failed transaction leaves nothing":                     rollback,
		"a failed statement leaves the transaction alive":         aliveAfterError,
		"a cart is found with its token only and until it ends":   cartAccess,
		"cancelling gives stock and promotion back":               cancelGivesBack,
		"money for a cancelled order goes back":                   lateMoney,
		"an order that was not paid in time ends, another stays":  expiry,
		"a dead event holds back those behind it until replayed":  deadLetters,
		"a dead event that is dropped lets those behind it go on": droppedLetters,
		"an event is retried after its time and its lease":        retries,
		"the audit chain notices a change":                        auditChain,
		"old rows are purged in chunks":                           purges,
		"counters are put right by the books they add up":         mended,
		"empty text is no text":                                   emptyText,
		"tax zones and shipping rates are paged by key":           tariffPages,
		"codes are added all or none":                             codesAtOnce,
		"settings change by version":                              settingVersions,
	}, cataloguePromises) {
		t.Run(name, func(t *testing.T) { promise(t, newShop(t, open)) })
	}
	afterSales(t, open)
	promotionsHold(t, open)
	cartsHold(t, open)
	recommendationsHold(t, open)
	imports(t, open)
	streams(t, open)
	for _, more := range []map[string]func(t *testing.T, s *shop){stockPromises, keepingPromises, exchangePromises, archivePromises, identityPromises, streamPromises, interestPromises, queuePromises, pickingPromises, analyticsPromises} {
		for name, promise := range more {
			t.Run(name, func(t *testing.T) { promise(t, newShop(t, open)) })
		}
	}
	for name, promise := range accountPromises {
		t.Run(name, func(t *testing.T) { promise(t, newShop(t, open)) })
	}
}

// merged joins the promises of several files.
func merged[F any](all ...map[string]F) map[string]F {
	out := map[string]F{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

func (s *shop) add(ctx context.Context, b basket, sku string) error {
	_, err := s.shopping.SetItem(ctx, shopping.Access{ID: b.id, Token: b.token}, cart.Item{SKU: sku, Qty: 1})
	return err
}

func productRoundTrip(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "ROUND", 1999, 7)
	for _, find := range []string{p.ID, p.Slug} {
		got, err := s.db.Read().Catalog.Get(ctx, find)
		if err != nil {
			t.Fatal(err)
		}
		v := got.Variants[0]
		if got.Title != p.Title || got.Description != p.Description || !got.CreatedAt.Equal(p.CreatedAt) || len(got.Attributes) != 2 || *got.Attributes[1].Milli != 300_000 ||
			len(got.Media) != 1 || v.OnHand != 7 || v.Available != 7 || len(v.Prices) != 2 || v.Prices[1].CompareAt != 2299 || v.Options[0].Value != "M" {
			t.Errorf("Get(%s) = %+v", find, got)
		}
	}
	p.Status, p.Version, p.Attributes, p.Media = catalog.Archived, 2, nil, nil
	s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(ctx, p) })
	if _, err := s.db.Read().Catalog.Get(ctx, p.ID); fault.Code(err) != "product-not-found" {
		t.Errorf("an archived product is shown: %v", err)
	}
	if got, err := s.db.Read().Catalog.Load(ctx, p.ID); err != nil || got.Version != 2 || len(got.Attributes) != 0 {
		t.Errorf("Load = %+v, %v", got, err)
	}
	if sold, err := s.db.Read().Catalog.Sellables(ctx, catalog.Terms{Currency: "EUR", At: s.now()}, []string{"ROUND"}); err != nil || len(sold) != 0 {
		t.Errorf("an archived product can be sold: %+v, %v", sold, err)
	}
}

func (s *shop) stockShelf(t *testing.T, n int) {
	t.Helper()
	s.in(t, func(tx store.Stores) error {
		for i := range n {
			p := mug(fmt.Sprintf("SHELF-%02d", i), int64(500+i%7*100), []string{"red", "green", "blue"}[i%3])
			p.Brand = []string{"Brine", "Cove"}[i%2]
			p.Title = fmt.Sprintf("Mug %c", 'A'+i%5)
			p.CreatedAt = start.Add(time.Duration(i%11) * time.Microsecond)
			if err := tx.Catalog.Put(context.Background(), p); err != nil {
				return err
			}
		}
		return nil
	})
}

func listPages(t *testing.T, s *shop) {
	s.stockShelf(t, 53)
	for _, sort := range []catalog.Sort{catalog.Newest, catalog.PriceUp, catalog.PriceDown, catalog.ByTitle} {
		f := catalog.Filter{CategoryID: catalog.All, Currency: "EUR", MaxMinor: 1 << 40, Sort: sort, Limit: 10}
		var seen []catalog.Card
		for {
			page, err := s.db.Read().Catalog.List(context.Background(), f)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, page...)
			if len(page) < f.Limit {
				break
			}
			last := page[len(page)-1]
			f.After = &catalog.Cursor{ID: last.ID, Minor: last.Price.Minor, TitleKey: catalog.TitleKey(last.Title), CreatedAt: last.CreatedAt}
		}
		ids := map[string]bool{}
		for _, c := range seen {
			ids[c.ID] = true
		}
		inOrder := slices.IsSortedFunc(seen, func(a, b catalog.Card) int {
			switch sort {
			case catalog.Newest:
				return b.CreatedAt.Compare(a.CreatedAt)
			case catalog.PriceUp:
				return int(a.Price.Minor - b.Price.Minor)
			case catalog.PriceDown:
				return int(b.Price.Minor - a.Price.Minor)
			}
			return bytes.Compare([]byte(a.Title), []byte(b.Title))
		})
		if len(seen) != 53 || len(ids) != 53 || !inOrder {
			t.Errorf("%s: %d cards, %d different, in order %v", sort, len(seen), len(ids), inOrder)
		}
	}
}

func listFilters(t *testing.T, s *shop) {
	s.stockShelf(t, 42)
	all := catalog.Filter{CategoryID: "cat-mugs", Currency: "EUR", MaxMinor: 1 << 40, Sort: catalog.PriceUp, Limit: 100}
	for name, tc := range map[string]struct {
		change func(f *catalog.Filter)
		want   int
	}{
		"everything in the category": {func(*catalog.Filter) {}, 42},
		"another category":           {func(f *catalog.Filter) { f.CategoryID = "cat-none" }, 0},
		"a brand":                    {func(f *catalog.Filter) { f.Brand = "Cove" }, 21},
		"a price":                    {func(f *catalog.Filter) { f.MinMinor, f.MaxMinor = 600, 700 }, 12},
		"a colour": {func(f *catalog.Filter) {
			f.Attributes = []catalog.AttributeFilter{{Name: "color", Values: []string{"red"}, MinMilli: 1}}
		}, 14},
		"two colours": {func(f *catalog.Filter) {
			f.Attributes = []catalog.AttributeFilter{{Name: "color", Values: []string{"red", "blue"}, MinMilli: 1}}
		}, 28},
		"a colour and a volume": {func(f *catalog.Filter) {
			f.Attributes = []catalog.AttributeFilter{{Name: "color", Values: []string{"red"}, MinMilli: 1}, {Name: "volume", MinMilli: 250_000, MaxMilli: 350_000}}
		}, 14},
		"a volume of none": {func(f *catalog.Filter) {
			f.Attributes = []catalog.AttributeFilter{{Name: "volume", MinMilli: 1, MaxMilli: 2}}
		}, 0},
		"another currency": {func(f *catalog.Filter) { f.Currency = "USD" }, 42},
		"no such currency": {func(f *catalog.Filter) { f.Currency = "JPY" }, 0},
	} {
		f := all
		tc.change(&f)
		got, err := s.db.Read().Catalog.List(context.Background(), f)
		if err != nil || len(got) != tc.want {
			t.Errorf("%s: %d cards, %v; want %d", name, len(got), err, tc.want)
		}
	}
}

func variantInUse(t *testing.T, s *shop) {
	p := s.sell(t, "USED", 1000, 1)
	p.Version, p.Variants = 2, []catalog.Variant{{SKU: "OTHER", Prices: p.Variants[0].Prices}}
	err := s.db.InTx(context.Background(), func(tx store.Stores) error { return tx.Catalog.Put(context.Background(), p) })
	if fault.Code(err) != "variant-in-use" {
		t.Errorf("Put without a variant that has stock: %v", err)
	}
}

func uniqueNames(t *testing.T, s *shop) {
	p := s.sell(t, "ONE", 1000, 1)
	for want, change := range map[string]func(q *catalog.Product){
		"slug-taken": func(q *catalog.Product) { q.Slug = p.Slug },
		"sku-taken":  func(q *catalog.Product) { q.Variants[0].SKU = "ONE" },
	} {
		q := mug("TWO", 1000, "red")
		change(&q)
		err := s.db.InTx(context.Background(), func(tx store.Stores) error { return tx.Catalog.Put(context.Background(), q) })
		if fault.Code(err) != want {
			t.Errorf("Put = %v, want %s", err, want)
		}
	}
}

func rollback(t *testing.T, s *shop) {
	ctx := context.Background()
	broken := fmt.Errorf("broken on purpose")
	p := mug("GONE", 1000, "red")
	err := s.db.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Catalog.Put(ctx, p); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, catalog.EventChanged(p)); err != nil {
			return err
		}
		return broken
	})
	if err == nil {
		t.Fatal("InTx returned nil")
	}
	if _, err := s.db.Read().Catalog.Load(ctx, p.ID); fault.Code(err) != "product-not-found" {
		t.Errorf("the product is there: %v", err)
	}
	if b, err := s.db.Read().Outbox.Backlog(ctx, s.now()); err != nil || b.Pending != 0 {
		t.Errorf("the outbox holds %d events, %v", b.Pending, err)
	}
}

func aliveAfterError(t *testing.T, s *shop) {
	ctx := context.Background()
	s.in(t, func(tx store.Stores) error {
		for want := range 2 { // the second insert violates the key
			first, err := tx.Inbox.First(ctx, "test", "m-1", s.now())
			if err != nil || first != (want == 0) {
				return fmt.Errorf("First = %v, %w", first, err)
			}
		}
		_, err := tx.Inbox.First(ctx, "test", "m-2", s.now())
		return err
	})
	for _, id := range []string{"m-1", "m-2"} {
		if seen, err := s.db.Read().Inbox.Seen(ctx, "test", id); err != nil || !seen {
			t.Errorf("%s is lost: %v", id, err)
		}
	}
}

func reserveAllOrNothing(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "MANY", 1000, 5)
	s.sell(t, "FEW", 1000, 1)
	err := s.db.InTx(ctx, func(tx store.Stores) error {
		return tx.Stock.Reserve(ctx, "order-1", []inventory.Line{{SKU: "MANY", Qty: 2}, {SKU: "FEW", Qty: 2}}, s.now())
	})
	if fault.Code(err) != "out-of-stock" {
		t.Fatalf("Reserve = %v", err)
	}
	if _, reserved := s.stock(t, "MANY"); reserved != 0 {
		t.Errorf("%d stay reserved", reserved)
	}
	s.in(t, func(tx store.Stores) error {
		return tx.Stock.Reserve(ctx, "order-2", []inventory.Line{{SKU: "MANY", Qty: 2}, {SKU: "MANY", Qty: 3}}, s.now())
	})
	if err := s.db.InTx(ctx, func(tx store.Stores) error { return tx.Stock.SetOnHand(ctx, "MANY", 4, "count", s.now()) }); fault.Code(err) != "stock-below-reserved" {
		t.Errorf("SetOnHand below what is held: %v", err)
	}
}

func cartAccess(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "MINE", 1000, 5)
	b, err := s.fill(ctx, "MINE", 2)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s.shopping.Get(ctx, shopping.Access{ID: b.id, Token: b.token}); err != nil || v.Cart.Qty("MINE") != 2 {
		t.Errorf("Get = %+v, %v", v, err)
	}
	for name, a := range map[string]shopping.Access{"another token": {ID: b.id, Token: "x"}, "another id": {ID: newID(), Token: b.token}} {
		if _, err := s.shopping.Get(ctx, a); fault.Code(err) != "cart-not-found" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.shopping.SetItem(ctx, a, cart.Item{SKU: "MINE", Qty: 1}); fault.Code(err) != "cart-not-found" {
			t.Errorf("%s may change: %v", name, err)
		}
	}
	s.pass(25 * time.Hour)
	if _, err := s.shopping.Get(ctx, shopping.Access{ID: b.id, Token: b.token}); fault.Code(err) != "cart-not-found" {
		t.Errorf("an expired cart is shown: %v", err)
	}
}

func cancelGivesBack(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "BACK", 1000, 5)
	s.promote(t, "TEN", 1)
	for range 3 {
		b, err := s.fill(ctx, "BACK", 2, "TEN")
		if err != nil {
			t.Fatal(err)
		}
		o, tok, err := s.checkout.Place(ctx, b.placed(idempotency.Request{}))
		if err != nil {
			t.Fatal(err)
		}
		if o.Discount != 200 || o.Total != 1800+490 {
			t.Errorf("order = %+v", o)
		}
		if _, reserved := s.stock(t, "BACK"); reserved != 2 {
			t.Errorf("%d are reserved", reserved)
		}
		if _, err := s.checkout.Cancel(ctx, o.ID, "another token", "", idempotency.Request{}); fault.Code(err) != "order-not-found" {
			t.Errorf("a stranger may cancel: %v", err)
		}
		if o, err = s.checkout.Cancel(ctx, o.ID, tok, "", idempotency.Request{}); err != nil || o.Status != order.Cancelled {
			t.Fatalf("Cancel = %+v, %v", o, err)
		}
		if _, err := s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"}); fault.Code(err) != "order-already-cancelled" {
			t.Errorf("a cancelled order can be paid: %v", err)
		}
	}
	p, err := s.db.Read().Promotions.ByCodes(ctx, []string{"TEN"})
	if err != nil || p[0].Used != 0 || p[0].Kind != promotion.Percent || p[0].Code.Used != 0 {
		t.Errorf("promotion = %+v, %v", p, err)
	}
	s.agrees(t)
}

func lateMoney(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "LATE", 1000, 5)
	o, tok, err := s.order(ctx, "LATE", 1)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: "pending"})
	if err != nil {
		t.Fatal(err)
	}
	state, _ := s.provider.confirm(out.Payment.ID + "-1")
	if _, err := s.checkout.Cancel(ctx, o.ID, tok, "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	s.deliver(t)
	for i := range 3 { // the notice comes after all, and again
		if err := s.settle.Apply(ctx, payment.Notice{ID: fmt.Sprintf("late-%d", i%2), State: state}); err != nil {
			t.Fatal(err)
		}
	}
	s.deliver(t)
	stray := state
	for _, ref := range []string{"nonsense", newID() + "/1"} {
		stray.Reference = ref
		if err := s.settle.Apply(ctx, payment.Notice{ID: ref, State: stray}); fault.Code(err) != "payment-not-found" {
			t.Errorf("a notice about %s: %v", ref, err)
		}
	}
	if got := s.provider.book()[state.Reference]; got.Kept != 0 || got.Times != 1 {
		t.Errorf("the provider's book says %+v", got)
	}
	if got := s.status(t, o.ID); got != order.Cancelled {
		t.Errorf("the order is %s", got)
	}
	s.agrees(t)
}

func expiry(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "TIME", 1000, 5)
	old, _, err := s.order(ctx, "TIME", 1)
	if err != nil {
		t.Fatal(err)
	}
	s.pass(10 * time.Minute)
	young, _, err := s.order(ctx, "TIME", 1)
	if err != nil {
		t.Fatal(err)
	}
	s.pass(6 * time.Minute)
	ids, err := s.db.Read().Orders.Unpaid(ctx, s.now(), 10)
	if err != nil || !slices.Equal(ids, []string{old.ID}) {
		t.Fatalf("Unpaid = %v, %v; want %s", ids, err, old.ID)
	}
	for _, id := range []string{old.ID, young.ID, old.ID} {
		if _, err := s.checkout.Expire(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := s.status(t, old.ID), s.status(t, young.ID); a != order.Expired || b != order.Placed {
		t.Errorf("the old order is %s and the young one %s", a, b)
	}
	if _, reserved := s.stock(t, "TIME"); reserved != 1 {
		t.Errorf("%d are reserved", reserved)
	}
	s.agrees(t)
}

func emptyText(t *testing.T, s *shop) {
	ctx := context.Background()
	p := mug("EMPTY", 1000, "red")
	p.Brand, p.Description = "", ""
	s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(ctx, p) })
	got, err := s.db.Read().Catalog.Load(ctx, p.ID)
	if err != nil || got.Brand != "" || got.Description != "" {
		t.Errorf("Load = %+v, %v", got, err)
	}
	p.Version, p.Title = 2, "" // '' is NULL, and a title must be there
	if err := s.db.InTx(ctx, func(tx store.Stores) error { return tx.Catalog.Put(ctx, p) }); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Put without a title: %v", err)
	}
	if _, err := s.db.Read().Carts.Get(ctx, newID(), token.Hash(""), s.now()); fault.Code(err) != "cart-not-found" {
		t.Errorf("Get = %v", err)
	}
}
