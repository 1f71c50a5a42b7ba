package worker

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/store"
)

// paid writes a paid order of two units as an earlier release has left it.
func (b *bench) paid(t *testing.T) (id string) {
	t.Helper()
	id = ident.At(b.at)
	o := order.Order{ID: id, CartID: ident.New(), Email: "ada@example.com", Number: b.number(t), Region: "eu", Status: order.Paid, Version: 2, Currency: "EUR", Subtotal: 200, Total: 200,
		TaxInclusive: true, ShippingMethod: "post", PlacedAt: b.at, PayBy: b.at, Lines: []order.Line{{No: 1, SKU: "MUG", Title: "Mug", Qty: 2, Unit: 100, Total: 200}}}
	b.in(t, func(tx store.Stores) error {
		if err := tx.Orders.Import(t.Context(), []order.Record{{Order: o, TokenHash: make([]byte, 32), History: []order.Change{{OrderID: id, Version: 1, To: order.Placed, Actor: "shopper", At: b.at}, {OrderID: id, Version: 2, From: order.Placed, To: order.Paid, Actor: "shopper", At: b.at}}}}); err != nil {
			return err
		}
		return tx.Payments.Insert(t.Context(), payment.Payment{ID: ident.New(), OrderID: id, Amount: money.Of(200, "EUR"), Status: payment.Captured, CreatedAt: b.at})
	})
	return id
}

func (b *bench) number(t *testing.T) (n int64) {
	t.Helper()
	b.in(t, func(tx store.Stores) (err error) {
		n, err = tx.Orders.NextNumber(t.Context())
		return err
	})
	return n
}

func TestPaidOrdersThatWereForgottenAreAllocated(t *testing.T) {
	b := newBench(t)
	fulfil := &fulfilment.Service{DB: b.DB, Now: b.Now, NewID: ident.New, Config: fulfilment.Config{Automatic: true}}
	ids := []string{b.paid(t), b.paid(t), b.paid(t)}
	if err := Allocation(fulfil).Handle(t.Context(), outbox.Message{Topic: order.TopicPaid, Aggregate: ids[1]}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := AllocateAll(b.DB, fulfil)(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			lists, err := b.DB.Read().PickLists.OfOrder(t.Context(), id)
			if err != nil || len(lists) != 1 || lists[0].State != picking.Open || lists[0].Units(1) != 2 || lists[0].Location != inventory.Main {
				t.Errorf("lists of %s: %+v, %v", id, lists, err)
			}
		}
	}
	// What was told of goes on by itself; what the clock found, such as orders of
	// the past that were imported, waits for staff.
	if n := b.backlog(t).Pending; n != 1 {
		t.Errorf("%d steps go on by themselves, want that of one order", n)
	}
}

func TestWhatFailsManyTimesIsToldInOneShortLine(t *testing.T) {
	var f failures
	f.add(nil)
	if f.err() != nil {
		t.Errorf("nothing failed, and it says %v", f.err())
	}
	cause := errors.New("away")
	for i := range 5000 {
		f.add(fmt.Errorf("order %d: %w", i, cause))
	}
	if got := f.err(); !errors.Is(got, cause) || !strings.HasPrefix(got.Error(), "5000 failed") || !strings.Contains(got.Error(), "order 2:") || len(got.Error()) > 200 {
		t.Errorf("said: %v", got)
	}
}

// Orders without payment cannot be allocated, and are many.
func TestOrdersThatCannotBeAllocatedAreCounted(t *testing.T) {
	b := newBench(t)
	fulfil := &fulfilment.Service{DB: b.DB, Now: b.Now, NewID: ident.New}
	for range 10 {
		id := ident.At(b.at)
		o := order.Order{ID: id, CartID: ident.New(), Email: "ada@example.com", Number: b.number(t), Region: "eu", Status: order.Paid, Version: 2, Currency: "EUR",
			TaxInclusive: true, ShippingMethod: "post", PlacedAt: b.at, PayBy: b.at}
		b.in(t, func(tx store.Stores) error {
			return tx.Orders.Import(t.Context(), []order.Record{{Order: o, TokenHash: make([]byte, 32)}})
		})
	}
	if err := AllocateAll(b.DB, fulfil)(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "10 failed") || strings.Count(err.Error(), "allocate order") != failuresShown {
		t.Errorf("said: %v", err)
	}
}
