package storetest

import (
	"context"
	"fmt"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

// stockPromises are what a database must do for stock.
var stockPromises = map[string]func(t *testing.T, s *shop){
	"reserving is all or nothing":                              reserveAllOrNothing,
	"a line is taken from as many places as it needs":          severalPlaces,
	"a closed location sells nothing":                          closedLocation,
	"spreading and joining lose nothing, held units stay":      spreadAndJoin,
	"a backorder is promised up to its limit and marked":       backorder,
	"safety stock is not sold":                                 safetyStock,
	"what is not counted never runs out":                       notCounted,
	"a bundle takes its components and is as available":        bundleOfTwo,
	"what comes back goes to where it was taken from":          restock,
	"bundles are not nested and have no stock of their own":    bundleRules,
	"a policy or location that somebody else changed is shown": staleWrites,
}

// refuses runs fn in a transaction that must fail with the code.
func (s *shop) refuses(t *testing.T, code string, fn func(tx store.Stores) error) {
	t.Helper()
	if err := s.db.InTx(context.Background(), fn); fault.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// at opens a second location and puts qty of the SKU there.
func (s *shop) at(t testing.TB, location, sku string, qty, priority int64) {
	t.Helper()
	ctx := context.Background()
	s.in(t, func(tx store.Stores) error {
		err := tx.Stock.PutLocation(ctx, inventory.Location{ID: location, Code: location, Name: location, Country: "DE", Priority: priority, Active: true})
		if fault.Code(err) != "" && fault.Code(err) != "location-code-taken" {
			return err
		}
		return tx.Stock.Move(ctx, inventory.Movement{Place: inventory.Place{SKU: sku, Location: location}, Reason: inventory.Receive, OnHandDelta: qty, MovedAt: s.now()})
	})
}

func (s *shop) promisable(t testing.TB, sku string) int64 {
	t.Helper()
	units, err := s.db.Read().Stock.Promisable(context.Background(), []string{sku})
	if err != nil {
		t.Fatal(err)
	}
	sold, err := s.db.Read().Catalog.Sellables(context.Background(), catalog.Terms{Currency: "EUR", At: s.now()}, []string{sku})
	if err != nil || len(sold) != 1 || sold[0].Available != units[sku] {
		t.Errorf("%s: the cart shows %+v, %v; %d can be promised", sku, sold, err, units[sku])
	}
	return units[sku]
}

// pay pays an order.
func (s *shop) pay(t testing.TB, o order.Order, tok string) {
	t.Helper()
	if _, err := s.settle.Collect(context.Background(), settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"}); err != nil {
		t.Fatal(err)
	}
}

// taken says what the order took, such as "main/0:2 north/0:1".
func (s *shop) taken(t testing.TB, id string) string {
	t.Helper()
	all, err := s.db.Read().Stock.Reserved(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, r := range all {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%s %s/%d:%d", r.SKU, r.Location, r.Bucket, r.Qty)
	}
	return text
}

func severalPlaces(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "WIDE", 1000, 3)
	s.at(t, "north", "WIDE", 4, 200)
	s.at(t, "first", "WIDE", 2, -1)
	if got := s.promisable(t, "WIDE"); got != 9 {
		t.Errorf("%d can be promised", got)
	}
	o, tok, err := s.order(ctx, "WIDE", 8)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.taken(t, o.ID); got != "WIDE first/0:2 WIDE main/0:3 WIDE north/0:3" {
		t.Errorf("taken: %s", got)
	}
	if _, _, err := s.order(ctx, "WIDE", 2); fault.Code(err) != "out-of-stock" {
		t.Errorf("one is left, and two were sold: %v", err)
	}
	s.agrees(t)
	s.pay(t, o, tok)
	if onHand, reserved := s.stock(t, "WIDE"); onHand != 1 || reserved != 0 {
		t.Errorf("%d on hand, %d reserved after the sale", onHand, reserved)
	}
	s.agrees(t)
}

func closedLocation(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "SHUT", 1000, 1)
	s.at(t, "north", "SHUT", 4, 200)
	s.in(t, func(tx store.Stores) error {
		return tx.Stock.PutLocation(ctx, inventory.Location{ID: "north", Code: "north", Name: "North", Priority: 200, Version: 1})
	})
	if got := s.promisable(t, "SHUT"); got != 1 {
		t.Errorf("%d can be promised", got)
	}
	if _, _, err := s.order(ctx, "SHUT", 2); fault.Code(err) != "out-of-stock" {
		t.Errorf("sold from a closed location: %v", err)
	}
	s.agrees(t)
}

func spreadAndJoin(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "HOT", 1000, 70)
	held, tok, err := s.order(ctx, "HOT", 7)
	if err != nil {
		t.Fatal(err)
	}
	buckets := func() (n int) {
		t.Helper()
		_, _, looked, err := s.db.Read().Stock.Check(ctx, "", 10, nil)
		if err != nil || looked != 1 {
			t.Errorf("Check looked at %d SKUs, %v", looked, err)
		}
		s.in(t, func(tx store.Stores) error {
			all, err := tx.Stock.LevelsAt(ctx, inventory.Main, "", 100)
			for _, l := range all {
				n += int(l.Buckets)
			}
			return err
		})
		return n
	}
	for _, n := range []int64{8, 64, 3, 1} {
		s.in(t, func(tx store.Stores) error { return tx.Stock.Spread(ctx, "HOT", inventory.Main, n, s.now()) })
		if onHand, reserved := s.stock(t, "HOT"); onHand != 70 || reserved != 7 || buckets() != int(n) {
			t.Errorf("over %d: %d on hand, %d reserved, %d buckets", n, onHand, reserved, buckets())
		}
		s.agrees(t)
	}
	if _, _, err := s.order(ctx, "HOT", 64); fault.Code(err) != "out-of-stock" {
		t.Errorf("63 are free, and 64 were sold: %v", err)
	}
	s.pay(t, held, tok)
	if o, _, err := s.order(ctx, "HOT", 63); err != nil || s.taken(t, o.ID) != "HOT main/0:63" {
		t.Errorf("%v, %v", o, err)
	}
	for _, n := range []int64{0, 65} {
		s.refuses(t, "bucket-count", func(tx store.Stores) error { return tx.Stock.Spread(ctx, "HOT", inventory.Main, n, s.now()) })
	}
	s.agrees(t)
}

func backorder(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "SOON", 1000, 2)
	s.in(t, func(tx store.Stores) error {
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "SOON", Tracking: inventory.Counted, Backorder: 5})
	})
	if got := s.promisable(t, "SOON"); got != 7 {
		t.Errorf("%d can be promised", got)
	}
	first, tok, err := s.order(ctx, "SOON", 4)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.db.Read().Stock.Reserved(ctx, first.ID)
	if err != nil || len(all) != 1 || all[0].Backordered != 2 {
		t.Errorf("reserved %+v, %v; want 2 of 4 backordered", all, err)
	}
	if _, _, err := s.order(ctx, "SOON", 4); fault.Code(err) != "out-of-stock" {
		t.Errorf("promised beyond the limit: %v", err)
	}
	second, _, err := s.order(ctx, "SOON", 3)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.db.Read().Stock.Reserved(ctx, second.ID); err != nil || all[0].Backordered != 3 {
		t.Errorf("reserved %+v, %v; want all backordered", all, err)
	}
	s.agrees(t)
	s.pay(t, first, tok)
	s.at(t, "main", "SOON", 5, 0)
	if onHand, reserved := s.stock(t, "SOON"); onHand != 3 || reserved != 3 || s.promisable(t, "SOON") != 5 {
		t.Errorf("%d on hand, %d reserved, %d promisable", onHand, reserved, s.promisable(t, "SOON"))
	}
	s.agrees(t)
}

func safetyStock(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "SAFE", 1000, 10)
	s.in(t, func(tx store.Stores) error {
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "SAFE", Tracking: inventory.Counted, Safety: 3})
	})
	s.in(t, func(tx store.Stores) error { return tx.Stock.Spread(ctx, "SAFE", inventory.Main, 4, s.now()) })
	if got := s.promisable(t, "SAFE"); got != 7 {
		t.Errorf("%d can be promised", got)
	}
	for i := range 8 {
		_, _, err := s.order(ctx, "SAFE", 1)
		if want := i == 7; (fault.Code(err) == "out-of-stock") != want || err != nil && !want {
			t.Errorf("order %d: %v", i+1, err)
		}
	}
	s.agrees(t)
}

func notCounted(t *testing.T, s *shop) {
	ctx := context.Background()
	p := mug("EBOOK", 1000, "blue")
	s.in(t, func(tx store.Stores) error {
		if err := tx.Catalog.Put(ctx, p); err != nil {
			return err
		}
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "EBOOK", Tracking: inventory.NotCounted})
	})
	if got := s.promisable(t, "EBOOK"); got != inventory.Unlimited {
		t.Errorf("%d can be promised", got)
	}
	for range 3 {
		o, tok, err := s.order(ctx, "EBOOK", 80)
		if err != nil {
			t.Fatal(err)
		}
		s.pay(t, o, tok)
	}
	if _, _, err := s.order(ctx, "EBOOK", 1); err != nil {
		t.Fatal(err)
	}
	s.agrees(t)
}

func bundleOfTwo(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "CUP", 1000, 9)
	s.sell(t, "POT", 2000, 5)
	s.bundle(t, "SET", inventory.Component{SKU: "CUP", Qty: 2}, inventory.Component{SKU: "POT", Qty: 1})
	if got := s.promisable(t, "SET"); got != 4 {
		t.Errorf("%d sets can be made of 9 cups and 5 pots", got)
	}
	b, err := s.fill(ctx, "SET", 3)
	if err == nil {
		err = s.add(ctx, b, "CUP")
	}
	if err != nil {
		t.Fatal(err)
	}
	o, tok, err := s.checkout.Place(ctx, b.placed(key("bundle", "1")))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.taken(t, o.ID); got != "CUP main/0:7 POT main/0:3" {
		t.Errorf("taken: %s", got)
	}
	if len(o.Lines) != 2 || o.Lines[1].SKU != "SET" || o.Lines[1].Qty != 3 {
		t.Errorf("lines %+v", o.Lines)
	}
	if _, _, err := s.order(ctx, "SET", 2); fault.Code(err) != "out-of-stock" {
		t.Errorf("2 cups are left, and 2 sets were sold: %v", err)
	}
	// An order keeps what its bundles were, whatever they become.
	s.in(t, func(tx store.Stores) error {
		return tx.Stock.PutBundle(ctx, "SET", []inventory.Component{{SKU: "POT", Qty: 1}}, inventory.AnyVersion)
	})
	s.agrees(t)
	s.pay(t, o, tok)
	if got := s.promisable(t, "SET"); got != 2 {
		t.Errorf("%d sets can be made of 2 pots", got)
	}
	got, err := s.db.Read().Catalog.Get(ctx, "mug-SET")
	if err != nil || got.Variants[0].Available != 2 {
		t.Errorf("the product shows %+v, %v", got.Variants, err)
	}
	s.agrees(t)
}

func restock(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "CUP", 1000, 0)
	s.at(t, "north", "CUP", 9, 200)
	p := mug("EBOOK", 1000, "blue")
	s.in(t, func(tx store.Stores) error {
		if err := tx.Catalog.Put(ctx, p); err != nil {
			return err
		}
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "EBOOK", Tracking: inventory.NotCounted})
	})
	s.bundle(t, "SET", inventory.Component{SKU: "CUP", Qty: 2}, inventory.Component{SKU: "EBOOK", Qty: 1})
	o, tok, err := s.order(ctx, "SET", 3)
	if err != nil {
		t.Fatal(err)
	}
	s.pay(t, o, tok)
	s.in(t, func(tx store.Stores) error {
		if err := tx.Stock.PutBundle(ctx, "SET", nil, inventory.AnyVersion); err != nil { // that is not what was sold
			return err
		}
		return tx.Stock.Restock(ctx, o.ID, []inventory.Line{{SKU: "SET", Qty: 2}}, inventory.Return, s.now())
	})
	if main, north := s.onHand(t, "CUP", inventory.Main), s.onHand(t, "CUP", "north"); main != 0 || north != 7 {
		t.Errorf("after 2 of 3 sets came back there are %d and %d cups", main, north)
	}
	s.agrees(t)
}

// bundle makes a product whose SKU is a bundle.
func (s *shop) bundle(t testing.TB, sku string, parts ...inventory.Component) {
	t.Helper()
	p := mug(sku, 3000, "blue")
	s.in(t, func(tx store.Stores) error {
		if err := tx.Catalog.Put(context.Background(), p); err != nil {
			return err
		}
		return tx.Stock.PutBundle(context.Background(), sku, parts, inventory.AnyVersion)
	})
}

func bundleRules(t *testing.T, s *shop) {
	ctx := context.Background()
	cup := s.sell(t, "CUP", 1000, 9)
	s.sell(t, "POT", 2000, 5)
	s.bundle(t, "SET", inventory.Component{SKU: "CUP", Qty: 2})
	put := func(sku string, parts ...inventory.Component) func(tx store.Stores) error {
		return func(tx store.Stores) error { return tx.Stock.PutBundle(ctx, sku, parts, inventory.AnyVersion) }
	}
	s.refuses(t, "bundle-nested", put("POT", inventory.Component{SKU: "SET", Qty: 1}))
	s.refuses(t, "bundle-nested", put("CUP", inventory.Component{SKU: "POT", Qty: 1}))
	s.refuses(t, "bundle-nested", put("POT", inventory.Component{SKU: "POT", Qty: 1}))
	s.refuses(t, "bundle-has-stock", put("POT", inventory.Component{SKU: "CUP", Qty: 1}))
	s.refuses(t, "bundle-component", put("SET", inventory.Component{SKU: "CUP"}))
	s.refuses(t, "sku-not-found", put("SET", inventory.Component{SKU: "NONE", Qty: 1}))
	s.refuses(t, "sku-is-bundle", func(tx store.Stores) error { return tx.Stock.SetOnHand(ctx, "SET", 1, "test", s.now()) })
	s.refuses(t, "sku-is-bundle", func(tx store.Stores) error {
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "SET", Tracking: inventory.NotCounted, Version: 1})
	})
	s.refuses(t, "variant-in-use", func(tx store.Stores) error {
		gone := cup
		gone.Version++
		gone.Variants = mug("CUP-2", 1000, "blue").Variants
		return tx.Catalog.Put(ctx, gone)
	})
	s.in(t, put("SET")) // an ordinary SKU again
	s.in(t, func(tx store.Stores) error { return tx.Stock.SetOnHand(ctx, "SET", 1, "test", s.now()) })
	if got := s.promisable(t, "SET"); got != 1 {
		t.Errorf("%d can be promised", got)
	}
	s.agrees(t)
}

func staleWrites(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "STALE", 1000, 1)
	policy := func(version int64) func(tx store.Stores) error {
		return func(tx store.Stores) error {
			return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "STALE", Tracking: inventory.Counted, Low: milli(3), Version: version})
		}
	}
	s.in(t, policy(0))
	s.refuses(t, "changed-meanwhile", policy(0))
	s.in(t, policy(1))
	s.refuses(t, "changed-meanwhile", policy(1))
	if all, err := s.db.Read().Stock.ListPolicies(ctx, "", 10); err != nil || len(all) != 1 || all[0].SKU != "STALE" {
		t.Errorf("ListPolicies = %+v, %v", all, err)
	}
	if p, err := s.db.Read().Stock.Policy(ctx, "STALE"); err != nil || p.Version != 2 || *p.Low != 3 {
		t.Errorf("Policy = %+v, %v", p, err)
	}
	s.refuses(t, "policy-contradicts", func(tx store.Stores) error {
		return tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: "STALE", Tracking: inventory.Counted, Safety: 1, Backorder: 1, Version: 2})
	})
	main := inventory.Location{ID: inventory.Main, Code: "hall", Name: "Hall", Active: true, Version: 1}
	s.in(t, func(tx store.Stores) error { return tx.Stock.PutLocation(ctx, main) })
	s.refuses(t, "changed-meanwhile", func(tx store.Stores) error { return tx.Stock.PutLocation(ctx, main) })
	s.refuses(t, "location-code-taken", func(tx store.Stores) error {
		return tx.Stock.PutLocation(ctx, inventory.Location{ID: newID(), Code: "hall", Name: "Another"})
	})
	if all, err := s.db.Read().Stock.Locations(ctx); err != nil || len(all) != 1 || all[0].Code != "hall" || all[0].Version != 2 {
		t.Errorf("Locations = %+v, %v", all, err)
	}
	s.refuses(t, "location-not-found", func(tx store.Stores) error {
		return tx.Stock.Move(ctx, inventory.Movement{Place: inventory.Place{SKU: "STALE", Location: "moon"}, Reason: inventory.Receive, OnHandDelta: 1})
	})
}
