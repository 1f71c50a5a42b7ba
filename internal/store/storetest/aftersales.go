package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

const clerk = "staff:clerk"

// afterSales tests what follows a sale; after each promise all books agree.
func afterSales(t *testing.T, open Opener) {
	for name, promise := range map[string]func(t *testing.T, s *shop){
		"cancelled units give their share back, the last the shipping too": unitsCancelled,
		"a parcel at a time, until the order is shipped and delivered":     parcels,
		"what comes back is paid back and sold again":                      goodsReturned,
		"a return is asked for in time and of what was sent":               returnsRefused,
		"a refund that the provider refuses can be given otherwise":        refundRefused,
		"a document is issued once and numbered in its series":             documents,
		"documents issued at once are issued once each":                    documentsAtOnce,
		"orders are found by number, address, SKU and state":               ordersFound,
		"a note is kept, and its history tells everything":                 historyTold,
		"an order is not found under an id of another time":                idsAndTimes,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, open)
			promise(t, s)
			s.agrees(t)
		})
	}
}

// paid sells qty of a new SKU and has it paid.
func (s *shop) paid(t testing.TB, sku string, minor, qty int64) order.Order {
	t.Helper()
	s.sell(t, sku, minor, qty)
	o, tok, err := s.order(context.Background(), sku, qty)
	if err == nil {
		_, err = s.settle.Collect(context.Background(), settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// pays carries out every refund that is due.
func (s *shop) pays(t testing.TB, orderID string) (back int64) {
	t.Helper()
	p, err := s.db.Read().Payments.ByOrder(context.Background(), orderID)
	if err != nil {
		t.Fatal(err)
	}
	refunds, err := s.db.Read().Payments.Refunds(context.Background(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range refunds {
		if err := s.settle.Refund(context.Background(), r.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.fulfil.Refunded(context.Background(), r.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.fulfil.CreditNote(context.Background(), r.ID); err != nil {
			t.Fatal(err)
		}
		back += r.Amount.Minor
	}
	return back
}

func (s *shop) load(t testing.TB, id string) order.Order {
	t.Helper()
	o, err := s.db.Read().Orders.Load(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func unitsCancelled(t *testing.T, s *shop) {
	ctx := context.Background()
	o := s.paid(t, "THIRDS", 3334, 3) // a tenth of a cent more than a third each
	cancel := func(qty int64) (order.Order, error) {
		return s.fulfil.CancelUnits(ctx, fulfilment.CancelUnits{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: qty}}, Actor: clerk, Reason: "broken"})
	}
	if _, err := cancel(4); fault.Code(err) != "units-exceeded" {
		t.Errorf("four of three = %v", err)
	}
	first, err := cancel(1)
	if err != nil || first.Status != order.Paid || s.pays(t, o.ID) != 3334 {
		t.Fatalf("one of three = %+v, %v", first, err)
	}
	if onHand, reserved := s.stock(t, "THIRDS"); onHand != 1 || reserved != 0 {
		t.Errorf("after one: %d on hand, %d reserved", onHand, reserved)
	}
	s.agrees(t)
	rest, err := cancel(2)
	if err != nil || rest.Status != order.Cancelled {
		t.Fatalf("the rest = %+v, %v", rest, err)
	}
	if back := s.pays(t, o.ID); back != o.Total {
		t.Errorf("%d went back of %d", back, o.Total)
	}
	if p, err := s.db.Read().Payments.ByOrder(ctx, o.ID); err != nil || p.Status != payment.Refunded || p.Refunded != o.Total {
		t.Errorf("the payment is %+v, %v", p, err)
	}
	if _, err := cancel(1); fault.Code(err) != "order-already-cancelled" {
		t.Errorf("once more = %v", err)
	}
}

func parcels(t *testing.T, s *shop) {
	ctx := context.Background()
	o := s.paid(t, "PARCEL", 1000, 5)
	ship := func(qty int64, once idempotency.Request) (order.Order, error) {
		return s.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: qty}}, Carrier: "Gull", Tracking: fmt.Sprint("T", qty), Actor: clerk, Once: once})
	}
	for range 2 { // the second time is a repeat
		if got, err := ship(2, key("ship "+o.ID, "once-0001")); err != nil || got.Status != order.Paid {
			t.Fatalf("two of five = %+v, %v", got, err)
		}
	}
	if _, err := ship(4, idempotency.Request{}); fault.Code(err) != "units-exceeded" {
		t.Errorf("four of three left = %v", err)
	}
	if _, err := s.fulfil.CancelUnits(ctx, fulfilment.CancelUnits{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Actor: clerk}); err != nil {
		t.Fatal(err)
	}
	got, err := s.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Carrier: "Gull", Actor: clerk}) // what is left
	if err != nil || got.Status != order.Shipped {
		t.Fatalf("the rest = %+v, %v", got, err)
	}
	sent, err := s.db.Read().AfterSales.Shipments(ctx, o.ID)
	if err != nil || len(sent) != 2 || sent[0].Lines[0].Qty != 2 || sent[1].Lines[0].Qty != 2 || sent[0].Tracking != "T2" {
		t.Fatalf("shipments are %+v, %v", sent, err)
	}
	for i, sh := range slices.Backward(sent) {
		for range 2 {
			if got, err = s.fulfil.Deliver(ctx, o.ID, sh.ID, "carrier:gull"); err != nil {
				t.Fatal(err)
			}
		}
		if want := []order.Status{order.Delivered, order.Shipped}[i]; got.Status != want {
			t.Errorf("after parcel %d the order is %s", i, got.Status)
		}
	}
	if _, err := s.fulfil.Deliver(ctx, o.ID, newID(), clerk); fault.Code(err) != "shipment-not-found" {
		t.Errorf("an unknown parcel = %v", err)
	}
	s.pays(t, o.ID)
}

// sent sells, ships and returns the order.
func (s *shop) sent(t testing.TB, sku string, minor, qty int64) order.Order {
	t.Helper()
	o := s.paid(t, sku, minor, qty)
	if _, err := s.fulfil.Ship(context.Background(), fulfilment.Ship{OrderID: o.ID, Carrier: "Gull", Actor: clerk}); err != nil {
		t.Fatal(err)
	}
	return o
}

func anybody(context.Context, store.Stores) error { return nil }

func (s *shop) requests(o order.Order, qty int64) (order.Return, error) {
	return s.fulfil.RequestReturn(context.Background(), fulfilment.RequestReturn{OrderID: o.ID, Reason: "too blue", Lines: []order.Pick{{LineNo: 1, Qty: qty}}, Actor: "shopper", See: anybody})
}

func (s *shop) approves(t testing.TB, r order.Return) {
	t.Helper()
	if _, err := s.fulfil.AnswerReturn(context.Background(), fulfilment.AnswerReturn{OrderID: r.OrderID, ReturnID: r.ID, To: order.Approved, Actor: clerk}); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) receives(r order.Return, came, restocked, freight int64) (order.Return, error) {
	return s.fulfil.Receive(context.Background(), fulfilment.Receive{OrderID: r.OrderID, ReturnID: r.ID, Actor: clerk, Shipping: freight,
		Lines: []fulfilment.ReceivedLine{{LineNo: 1, Received: came, Restocked: restocked}}})
}

func goodsReturned(t *testing.T, s *shop) {
	ctx := context.Background()
	o := s.sent(t, "BACK", 1999, 3)
	r, err := s.requests(o, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.requests(o, 2); fault.Code(err) != "units-exceeded" {
		t.Errorf("units that are on their way back, asked for again = %v", err)
	}
	if _, err := s.receives(r, 2, 1, 0); fault.Code(err) != "return-already-requested" {
		t.Errorf("received before it was approved = %v", err)
	}
	s.approves(t, r)
	if _, err := s.receives(r, 3, 1, 0); fault.Code(err) != "bad-quantity" {
		t.Errorf("more came than was asked for = %v", err)
	}
	if _, err := s.receives(r, 2, 1, 491); fault.Code(err) != "shipping-exceeds" {
		t.Errorf("more shipping than was paid = %v", err)
	}
	if onHand, _ := s.stock(t, "BACK"); onHand != 0 {
		t.Errorf("refusals left %d on the shelf", onHand)
	}
	if r, err = s.receives(r, 2, 1, 490); err != nil || r.Status != order.Received {
		t.Fatalf("received = %+v, %v", r, err)
	}
	if onHand, _ := s.stock(t, "BACK"); onHand != 1 {
		t.Errorf("%d on the shelf, want the one that can be sold", onHand)
	}
	s.agrees(t) // while the money is due
	if back := s.pays(t, o.ID); back != 2*1999+490 {
		t.Errorf("%d went back", back)
	}
	all, err := s.db.Read().AfterSales.Returns(ctx, o.ID)
	if err != nil || len(all) != 1 || all[0].Status != order.Refunded || all[0].RefundID == "" || all[0].Lines[0] != (order.ReturnLine{LineNo: 1, Qty: 2, Received: 2, Restocked: 1}) {
		t.Errorf("returns are %+v, %v", all, err)
	}
	if got := s.load(t, o.ID); got.Lines[0].Returned != 2 {
		t.Errorf("the line is %+v", got.Lines[0])
	}
}

func returnsRefused(t *testing.T, s *shop) {
	ctx := context.Background()
	o := s.paid(t, "LATE", 1000, 2)
	if _, err := s.requests(o, 1); fault.Code(err) != "nothing-shipped" {
		t.Errorf("before it was sent = %v", err)
	}
	if _, err := s.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Carrier: "Gull", Actor: clerk}); err != nil {
		t.Fatal(err)
	}
	r, err := s.requests(o, 1)
	if err != nil {
		t.Fatal(err)
	}
	withdraw := func(to order.ReturnStatus) error {
		_, err := s.fulfil.AnswerReturn(ctx, fulfilment.AnswerReturn{OrderID: o.ID, ReturnID: r.ID, To: to, Actor: "shopper", See: anybody})
		return err
	}
	if err := withdraw(order.Withdrawn); err != nil {
		t.Fatal(err)
	}
	if err := withdraw(order.Approved); fault.Code(err) != "return-already-withdrawn" {
		t.Errorf("approved after it was withdrawn = %v", err)
	}
	if r, err = s.requests(o, 2); err != nil { // its unit is free again
		t.Fatal(err)
	}
	if err := withdraw(order.Rejected); err != nil {
		t.Fatal(err)
	}
	s.pass(31 * 24 * time.Hour)
	if _, err := s.requests(o, 1); fault.Code(err) != "return-too-late" {
		t.Errorf("after its time = %v", err)
	}
	if _, err := s.fulfil.RequestReturn(ctx, fulfilment.RequestReturn{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Actor: clerk, See: anybody}); err != nil {
		t.Errorf("staff may always: %v", err)
	}
	refused := fault.New(fault.NotFound, "order-not-found", "No.")
	_, err = s.fulfil.RequestReturn(ctx, fulfilment.RequestReturn{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Actor: "shopper",
		See: func(context.Context, store.Stores) error { return refused }})
	if fault.Code(err) != "order-not-found" {
		t.Errorf("somebody else = %v", err)
	}
}

func refundRefused(t *testing.T, s *shop) {
	ctx := context.Background()
	o := s.paid(t, "REFUSED", 1000, 1)
	give := func(minor int64) (payment.Refund, error) {
		return s.fulfil.GiveBack(ctx, fulfilment.GiveBack{OrderID: o.ID, Amount: money.Of(minor, "EUR"), Reason: "sorry", Actor: clerk})
	}
	if _, err := s.fulfil.GiveBack(ctx, fulfilment.GiveBack{OrderID: o.ID, Amount: money.Of(100, "USD"), Actor: clerk}); fault.Code(err) != "other-currency" {
		t.Errorf("other money = %v", err)
	}
	r, err := give(o.Total)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := give(1); fault.Code(err) != "refund-exceeds" {
		t.Errorf("a cent too many = %v", err)
	}
	s.provider.refuses = true
	if err := s.settle.Refund(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	s.provider.refuses = false
	if r, err = s.db.Read().Payments.GetRefund(ctx, r.ID); err != nil || r.Status != payment.RefundFailed {
		t.Fatalf("the refund is %+v, %v", r, err)
	}
	if _, err = give(o.Total); err != nil {
		t.Fatalf("once more = %v", err)
	}
	s.pays(t, o.ID)
	s.in(t, func(tx store.Stores) error { // verify tells of the one that failed; it is settled now
		p, err := tx.Payments.ByOrder(ctx, o.ID)
		if err == nil && (p.Status != payment.Refunded || p.Refunded != o.Total) {
			t.Errorf("the payment is %+v", p)
		}
		return err
	})
}

// documentsAtOnce issues many invoices in one go, of which one is there.
func documentsAtOnce(t *testing.T, s *shop) {
	var ids []string
	for i := range 3 {
		ids = append(ids, s.paid(t, fmt.Sprint("DAO-", i), 1000, 2).ID)
	}
	if _, err := s.fulfil.Invoice(context.Background(), ids[1]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list, err := s.fulfil.Invoices(context.Background(), ids)
		if err != nil || len(list) != 3 || list[0].Number != 2 || list[1].Number != 1 || list[2].Number != 3 || list[2].OrderID != ids[2] {
			t.Fatalf("issued %+v, %v", list, err)
		}
	}
	if _, err := s.fulfil.Invoices(context.Background(), append(ids, "no-such-order")); fault.Code(err) != "order-not-found" {
		t.Errorf("with an order that is none: %v", err)
	}
	if gaps, err := s.db.Read().AfterSales.InvoiceGaps(context.Background()); err != nil || len(gaps) > 0 {
		t.Errorf("gaps in %v, %v", gaps, err)
	}
}

func documents(t *testing.T, s *shop) {
	ctx := context.Background()
	for i := range 3 {
		o := s.paid(t, fmt.Sprint("DOC-", i), 1000, 2)
		for range 2 {
			v, err := s.fulfil.Invoice(ctx, o.ID)
			if err != nil || v.Number != int64(i+1) || v.Series != "EU-2026" || v.Total != o.Total || v.Tax != o.Tax {
				t.Errorf("invoice %d = %+v, %v", i+1, v, err)
			}
		}
		if _, err := s.fulfil.CancelUnits(ctx, fulfilment.CancelUnits{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Actor: clerk}); err != nil {
			t.Fatal(err)
		}
		s.pays(t, o.ID)
		s.pays(t, o.ID)
		list, err := s.db.Read().AfterSales.Invoices(ctx, o.ID)
		if err != nil || len(list) != 2 {
			t.Fatalf("documents are %+v, %v", list, err)
		}
		for _, v := range list {
			if v.Kind == "credit" && (v.Series != "C-EU-2026" || v.Number != int64(i+1) || v.Total != 1000 || v.Tax != 160) {
				t.Errorf("the credit note is %+v", v)
			}
		}
	}
}

func ordersFound(t *testing.T, s *shop) {
	ctx := context.Background()
	var all []order.Order
	for i := range 7 {
		o := s.paid(t, fmt.Sprint("FIND-", i%3, "-", i), 1000, 1)
		all = append(all, o)
		s.pass(time.Hour)
	}
	find := func(f order.Filter) (ids []string) {
		t.Helper()
		f.Limit = 3
		for {
			page, err := s.db.Read().Orders.Search(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page {
				ids = append(ids, o.ID)
			}
			if len(page) < f.Limit {
				return ids
			}
			f.Before = page[len(page)-1].ID
		}
	}
	newest := func(from, to int) (ids []string) {
		for _, o := range slices.Backward(all[from:to]) {
			ids = append(ids, o.ID)
		}
		return ids
	}
	for name, tc := range map[string]struct {
		f    order.Filter
		want []string
	}{
		"everything":                 {order.Filter{}, newest(0, 7)},
		"by state":                   {order.Filter{Status: order.Paid}, newest(0, 7)},
		"by a state that none has":   {order.Filter{Status: order.Expired}, nil},
		"by number":                  {order.Filter{Number: all[2].Number}, newest(2, 3)},
		"by number in another state": {order.Filter{Number: all[2].Number, Status: order.Placed}, nil},
		"by address in any case":     {order.Filter{Email: " ADA@example.COM"}, newest(0, 7)},
		"by address and state":       {order.Filter{Email: "ada@example.com", Status: order.Paid}, newest(0, 7)},
		"by an unknown address":      {order.Filter{Email: "bob@example.com"}, nil},
		"by SKU":                     {order.Filter{SKU: "FIND-1-4"}, newest(4, 5)},
		"by SKU and state":           {order.Filter{SKU: "FIND-1-4", Status: order.Paid}, newest(4, 5)},
		"by SKU in another state":    {order.Filter{SKU: "FIND-1-4", Status: order.Placed}, nil},
		"by time":                    {order.Filter{From: all[2].PlacedAt, Until: all[5].PlacedAt}, newest(2, 5)},
		"by time and address":        {order.Filter{From: all[6].PlacedAt, Email: "ada@example.com"}, newest(6, 7)},
	} {
		if got := find(tc.f); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func historyTold(t *testing.T, s *shop) {
	ctx := context.Background()
	o := s.sent(t, "TOLD", 1000, 1)
	if _, err := s.fulfil.WriteNote(ctx, order.Note{OrderID: o.ID, Author: clerk, Body: "She called.", ForShopper: false}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.requests(o, 1); err != nil {
		t.Fatal(err)
	}
	var events []string
	history, err := s.db.Read().Orders.History(ctx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range history {
		events = append(events, c.Event+" by "+c.Actor)
		if c.Version != int64(i+1) {
			t.Errorf("entry %d has version %d", i+1, c.Version)
		}
	}
	if want := []string{"placed by shopper", "paid by shopper", "shipped by " + clerk, "return-requested by shopper"}; !slices.Equal(events, want) {
		t.Errorf("the history is %q, want %q", events, want)
	}
	notes, err := s.db.Read().AfterSales.Notes(ctx, o.ID, "", 10)
	if err != nil || len(notes) != 1 || notes[0].Body != "She called." || notes[0].ForShopper {
		t.Errorf("notes are %+v, %v", notes, err)
	}
}

func idsAndTimes(t *testing.T, s *shop) {
	o := s.paid(t, "TIMES", 1000, 1)
	other := ident.At(o.PlacedAt.Add(-time.Hour))[:18] + o.ID[18:]
	for _, id := range []string{other, ident.New(), "", "x"} {
		if _, err := s.db.Read().Orders.Load(context.Background(), id); fault.Code(err) != "order-not-found" {
			t.Errorf("Load(%q) = %v", id, err)
		}
	}
	o.ID = ident.At(o.PlacedAt.Add(time.Second))
	if err := s.db.InTx(context.Background(), func(tx store.Stores) error { return tx.Orders.Insert(context.Background(), o, []byte("hash")) }); err == nil {
		t.Error("an order was added under an id of another time")
	}
}
