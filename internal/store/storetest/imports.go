package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/store"
)

// imports tests what is written many at a time against what is written one by one.
func imports(t *testing.T, open Opener) {
	t.Run("products inserted at once are as if they were put", func(t *testing.T) {
		put, inserted := newShop(t, open), newShop(t, open)
		productsAtOnce(t, put, inserted)
	})
	t.Run("of products inserted at once none is left if one is refused", func(t *testing.T) { noneOfThem(t, newShop(t, open)) })
	t.Run("an order of the past comes over whole", func(t *testing.T) {
		from, to := newShop(t, open), newShop(t, open)
		wholeOrder(t, from, to)
		to.agrees(t)
	})
}

func productsAtOnce(t *testing.T, put, inserted *shop) {
	ctx := context.Background()
	var list []catalog.Product
	for i, sku := range []string{"ONCE-1", "ONCE-2", "ONCE-3"} {
		p := mug(sku, int64(1000+i), "blue")
		p.Tags = []string{"new", "old"}[:i%3]
		p.Attributes = append(p.Attributes, catalog.Attribute{Name: "color", Text: "white"})
		p = p.Revised(start)
		p.Version = 1
		list = append(list, p)
	}
	list[2].Status = catalog.Draft
	put.in(t, func(tx store.Stores) error {
		for _, p := range list {
			if err := tx.Catalog.Put(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	inserted.in(t, func(tx store.Stores) error { return tx.Catalog.Insert(ctx, list) })
	for _, p := range list {
		want, err := put.db.Read().Catalog.Load(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inserted.db.Read().Catalog.Load(ctx, p.ID)
		want.BrandID, got.BrandID = "", ""
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("inserted %+v, %v\nput      %+v", got, err, want)
		}
	}
	for _, place := range []string{catalog.All, "cat-mugs"} {
		f := catalog.Filter{CategoryID: place, Currency: "USD", MaxMinor: money.Max, Sort: catalog.PriceUp, Limit: 10}
		want, err := put.db.Read().Catalog.List(ctx, f)
		if err != nil || len(want) != 2 {
			t.Fatalf("put is listed in %s as %+v, %v", place, want, err)
		}
		if got, err := inserted.db.Read().Catalog.List(ctx, f); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("inserted is listed in %s as %+v, %v\nput %+v", place, got, err, want)
		}
	}
}

func noneOfThem(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "TAKEN", 1000, 1)
	free := mug("FREE", 1000, "blue")
	err := s.db.InTx(ctx, func(tx store.Stores) error {
		return tx.Catalog.Insert(ctx, []catalog.Product{free, mug("TAKEN", 1000, "blue")})
	})
	if err == nil {
		t.Error("a SKU was taken twice")
	}
	if _, err := s.db.Read().Catalog.Load(ctx, free.ID); err == nil {
		t.Error("half of the products were inserted")
	}
}

// wholeOrder takes an order through its life in one shop and imports it, with
// what hangs on it, into another.
func wholeOrder(t *testing.T, from, to *shop) {
	ctx := context.Background()
	o := from.paid(t, "PAST", 2500, 3)
	fulfilled, err := from.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Carrier: "Post", Tracking: "1", Actor: clerk})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from.fulfil.WriteNote(ctx, order.Note{OrderID: o.ID, Author: clerk, Body: "fragile"}); err != nil {
		t.Fatal(err)
	}
	record, paid := from.recordOf(t, fulfilled.ID)
	to.sell(t, "PAST", 2500, 4)
	place := inventory.Place{SKU: "PAST", Location: inventory.Main}
	to.in(t, func(tx store.Stores) error {
		if err := tx.Orders.Import(ctx, []order.Record{record}); err != nil {
			return err
		}
		if err := tx.Payments.Import(ctx, []payment.Record{paid}); err != nil {
			return err
		}
		moves := []inventory.Movement{{Place: place, Reason: inventory.Receive, OnHandDelta: 3, MovedAt: start}, {Place: place, Reason: inventory.Sale, OnHandDelta: -3, Reference: o.ID, MovedAt: start}}
		if err := tx.Stock.Import(ctx, moves, []inventory.Taken{{OrderID: o.ID, HeldAt: start, Reservation: inventory.Reservation{Place: place, Qty: 3, State: inventory.Sold}}}); err != nil {
			return err
		}
		papers := []order.Invoice{{Series: "EU-2026", Kind: "invoice", OrderID: o.ID, CauseID: paid.ID, Currency: "EUR", Total: o.Total, Tax: o.Tax, IssuedAt: start},
			{Series: "EU-2026", Kind: "invoice", OrderID: "another", CauseID: "another", Currency: "EUR", Total: 1, IssuedAt: start}}
		if err := tx.AfterSales.IssueAll(ctx, papers); err != nil {
			return err
		}
		return tx.Audit.AddAll(ctx, []audit.Entry{{Actor: "shopper", Action: "order.place", Subject: o.ID, Details: map[string]any{"number": o.Number}, At: start},
			{Actor: clerk, Action: "other", Subject: "another", Details: map[string]any{}, At: start}, {Actor: clerk, Action: "order.ship", Subject: o.ID, Details: map[string]any{}, At: start}})
	})
	gotRecord, gotPaid := to.recordOf(t, o.ID)
	if !reflect.DeepEqual(gotRecord, record) {
		t.Errorf("the order came over as %+v\nit was %+v", gotRecord, record)
	}
	if !reflect.DeepEqual(gotPaid, paid) {
		t.Errorf("the payment came over as %+v\nit was %+v", gotPaid, paid)
	}
	if onHand, reserved := to.stock(t, "PAST"); onHand != 4 || reserved != 0 {
		t.Errorf("stock is %d, %d reserved; an order of the past takes nothing of it", onHand, reserved)
	}
	if got, err := to.db.Read().Audit.Newest(ctx, o.ID, audit.Record{At: start.Add(time.Hour), Seq: 1000}, 9); err != nil || len(got) != 2 || got[0].Action != "order.ship" {
		t.Errorf("the audit has %+v, %v", got, err)
	}
	to.provider = from.provider // which took the money
}

// recordOf reads everything about an order.
func (s *shop) recordOf(t testing.TB, id string) (r order.Record, p payment.Record) {
	t.Helper()
	ctx, read := context.Background(), s.db.Read()
	var err error
	must := func(e error) {
		t.Helper()
		if e != nil {
			t.Fatal(e)
		}
	}
	r.Order, err = read.Orders.Load(ctx, id)
	must(err)
	r.TokenHash = []byte("of the token, thirty-two bytes..")
	r.History, err = read.Orders.History(ctx, id)
	must(err)
	r.Notes, err = read.AfterSales.Notes(ctx, id, "", 10)
	must(err)
	for i := range r.Notes {
		r.Notes[i].OrderID = id
	}
	r.Shipments, err = read.AfterSales.Shipments(ctx, id)
	must(err)
	r.Returns, err = read.AfterSales.Returns(ctx, id)
	must(err)
	p.Payment, err = read.Payments.ByOrder(ctx, id)
	must(err)
	for no := range p.Attempts {
		a, err := read.Payments.Attempt(ctx, p.ID, no+1)
		must(err)
		p.Tries = append(p.Tries, a)
	}
	p.Backs, err = read.Payments.Refunds(ctx, p.ID)
	must(err)
	return r, p
}
