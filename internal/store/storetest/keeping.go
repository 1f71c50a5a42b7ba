package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/store"
)

// keepingPromises are what staff may rely on.
var keepingPromises = map[string]func(t *testing.T, s *shop){
	"scarce goods are listed by location":                   scarceByLocation,
	"a bundle changes by version":                           bundleVersions,
	"a delivery is received in parts, and closed short":     delivery,
	"units of a transfer are never nowhere":                 transfer,
	"counting while selling comes out right":                takeWhileSelling,
	"a count below what is held is believed":                countBelowHeld,
	"a hold ends once: used, released or expired":           holds,
	"a hold becomes an order that nobody can come between":  holdToOrder,
	"stock moves for a reason, in its direction":            adjustments,
	"bulk changes: a bad row is told, the others are done":  bulk,
	"sold out, back and low are said once each":             signals,
	"what only a closed location has is sold out":           closingSignals,
	"a word that was overtaken is put right":                overtaken,
	"the shop's level is for what names none":               shopLevel,
	"a bundle is sold out with its component":               bundleSignals,
	"the ledger of a SKU is listed newest first, by key":    ledgerPages,
	"repeated under its key, a change has no second effect": repeatedChange,
}

var staff = stockkeeping.By{Actor: "staff:1"}

// coming is what is on its way of a SKU.
func (s *shop) coming(t testing.TB, sku string) int64 {
	t.Helper()
	l, err := s.db.Read().Stock.Levels(context.Background(), []string{sku})
	if err != nil || len(l) != 1 {
		t.Fatalf("stock of %s: %v, %v", sku, l, err)
	}
	return l[0].Incoming
}

// onHand is what is on hand of a SKU at a location.
func (s *shop) onHand(t testing.TB, sku, location string) int64 {
	t.Helper()
	all, err := s.db.Read().Stock.LevelsOf(context.Background(), sku)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Location == location {
			return l.OnHand
		}
	}
	return 0
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func delivery(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "TEA", 1000, 1)
	s.sell(t, "JAM", 1000, 0)
	in := must(k.Draft(ctx, staff, inventory.Inbound{To: inventory.Main, Supplier: "Leaf Ltd", Expected: s.now().Add(time.Hour),
		Lines: []inventory.InboundLine{{SKU: "TEA", Qty: 10}, {SKU: "JAM", Qty: 4}}}))(t)
	if s.coming(t, "TEA") != 0 {
		t.Error("a draft is on its way")
	}
	_, err := k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "TEA", Received: 1}})
	wantCode(t, err, "inbound-state")
	must(k.Send(ctx, staff, in.ID))(t)
	_, err = k.Send(ctx, staff, in.ID)
	wantCode(t, err, "inbound-state")
	if s.coming(t, "TEA") != 10 || s.onHand(t, "TEA", inventory.Main) != 1 {
		t.Errorf("%d on their way, %d on hand", s.coming(t, "TEA"), s.onHand(t, "TEA", inventory.Main))
	}
	s.agrees(t)
	must(k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "TEA", Received: 6}}))(t)
	_, err = k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "TEA", Received: 5}})
	wantCode(t, err, "inbound-too-many")
	_, err = k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "NONE", Received: 1}})
	wantCode(t, err, "inbound-line-not-found")
	s.agrees(t)
	if open := must(s.db.Read().Stock.OpenInbounds(ctx, "", 10))(t); len(open) != 1 || open[0].Supplier != "Leaf Ltd" || !open[0].Expected.Equal(s.now().Add(time.Hour)) {
		t.Errorf("open: %+v", open)
	}
	got := must(k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "TEA", Received: 3, Missing: 1}, {SKU: "JAM", Received: 4}}))(t)
	if got.State != inventory.Received || s.coming(t, "TEA") != 0 || s.onHand(t, "TEA", inventory.Main) != 10 || s.onHand(t, "JAM", inventory.Main) != 4 {
		t.Errorf("%s: %d on their way, %d on hand", got.State, s.coming(t, "TEA"), s.onHand(t, "TEA", inventory.Main))
	}
	if open := must(s.db.Read().Stock.OpenInbounds(ctx, "", 10))(t); len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
	_, err = k.Draft(ctx, staff, inventory.Inbound{To: inventory.Main, Lines: []inventory.InboundLine{{SKU: "NONE", Qty: 1}}})
	wantCode(t, err, "sku-not-found")
	_, err = k.Draft(ctx, staff, inventory.Inbound{To: "moon", Lines: []inventory.InboundLine{{SKU: "TEA", Qty: 1}}})
	wantCode(t, err, "location-not-found")
	s.agrees(t)
}

func transfer(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "LAMP", 1000, 10)
	s.at(t, "north", "LAMP", 1, 200)
	draft := func(qty int64) inventory.Inbound {
		return must(k.Draft(ctx, staff, inventory.Inbound{From: inventory.Main, To: "north", Lines: []inventory.InboundLine{{SKU: "LAMP", Qty: qty}}}))(t)
	}
	if _, _, err := s.order(ctx, "LAMP", 3); err != nil {
		t.Fatal(err)
	}
	_, err := k.Send(ctx, staff, draft(8).ID) // 7 are free
	wantCode(t, err, "stock-below-reserved")
	given := draft(2)
	if got := must(k.Cancel(ctx, staff, given.ID))(t); got.State != inventory.Cancelled {
		t.Errorf("cancelled: %+v", got)
	}
	_, err = k.Send(ctx, staff, given.ID)
	wantCode(t, err, "inbound-state")
	in := must(k.Send(ctx, staff, draft(7).ID))(t)
	if onHand, _ := s.stock(t, "LAMP"); onHand != 4 || s.coming(t, "LAMP") != 7 {
		t.Errorf("%d on hand, %d on their way", onHand, s.coming(t, "LAMP"))
	}
	s.agrees(t)
	must(k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "LAMP", Received: 5}}))(t)
	s.agrees(t)
	got := must(k.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "LAMP", Missing: 2}}))(t)
	if got.State != inventory.Received || s.onHand(t, "LAMP", "north") != 6 || s.onHand(t, "LAMP", inventory.Main) != 3 || s.coming(t, "LAMP") != 0 {
		t.Errorf("%+v", got)
	}
	if log := must(s.db.Read().Stock.Movements(ctx, "LAMP", "", 1))(t); log[0].Reason != inventory.Lost || log[0].IncomingDelta != -2 || log[0].Reference != in.ID {
		t.Errorf("the loss is written down as %+v", log)
	}
	s.agrees(t)
}

func takeWhileSelling(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	for _, sku := range []string{"A", "B", "C"} {
		s.sell(t, sku, 1000, 10)
	}
	take := must(k.OpenTake(ctx, staff, inventory.Main, "spring"))(t)
	sale := func(sku string, qty int64) {
		o, tok, err := s.order(ctx, sku, qty)
		if err != nil {
			t.Fatal(err)
		}
		s.pay(t, o, tok)
	}
	sale("A", 2) // before it is counted
	l := must(k.Count(ctx, staff, take.ID, "A", 7))(t)
	if l.Opened != 10 || l.Known != 8 || l.Difference() != -1 {
		t.Errorf("counted %+v", l)
	}
	sale("A", 3) // after
	must(k.Count(ctx, staff, take.ID, "B", 99))(t)
	must(k.Count(ctx, staff, take.ID, "B", 12))(t) // a slip of the pen
	s.sell(t, "LATE", 1000, 1)
	must(k.Count(ctx, staff, take.ID, "LATE", 4))(t)
	if lines := must(s.db.Read().Stock.TakeLines(ctx, take.ID, "A", 10))(t); len(lines) != 3 || lines[0].SKU != "B" || lines[1].Done {
		t.Errorf("lines %+v", lines)
	}
	_, err := k.Count(ctx, staff, take.ID, "NONE", 1)
	wantCode(t, err, "sku-not-found")
	if closed := must(k.CloseTake(ctx, staff, take.ID))(t); closed.State != inventory.TakeClosed {
		t.Errorf("closed: %+v", closed)
	}
	for sku, want := range map[string]int64{"A": 4, "B": 12, "C": 10, "LATE": 4} {
		if got := s.onHand(t, sku, inventory.Main); got != want {
			t.Errorf("%s: %d on hand, want %d", sku, got, want)
		}
	}
	_, err = k.Count(ctx, staff, take.ID, "A", 1)
	wantCode(t, err, "take-not-open")
	_, err = k.CloseTake(ctx, staff, take.ID)
	wantCode(t, err, "take-not-open")
	_, err = k.OpenTake(ctx, staff, "moon", "")
	wantCode(t, err, "location-not-found")
	again := must(k.OpenTake(ctx, staff, inventory.Main, ""))(t)
	must(k.Count(ctx, staff, again.ID, "A", 0))(t)
	must(k.CancelTake(ctx, staff, again.ID))(t)
	if got := s.onHand(t, "A", inventory.Main); got != 4 {
		t.Errorf("a take that was cancelled moved the stock to %d", got)
	}
	if all := must(s.db.Read().Stock.ListTakes(ctx, "", 10))(t); len(all) != 2 || all[0].ID != again.ID || all[1].Note != "spring" {
		t.Errorf("takes %+v", all)
	}
	s.agrees(t)
}

func countBelowHeld(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "GONE", 1000, 5)
	s.in(t, func(tx store.Stores) error { return tx.Stock.Spread(ctx, "GONE", inventory.Main, 3, s.now()) })
	if _, _, err := s.order(ctx, "GONE", 4); err != nil {
		t.Fatal(err)
	}
	take := must(k.OpenTake(ctx, staff, inventory.Main, ""))(t)
	must(k.Count(ctx, staff, take.ID, "GONE", 2))(t)
	must(k.CloseTake(ctx, staff, take.ID))(t)
	if onHand, reserved := s.stock(t, "GONE"); onHand != 2 || reserved != 4 {
		t.Errorf("%d on hand, %d reserved", onHand, reserved)
	}
	if _, _, err := s.order(ctx, "GONE", 1); fault.Code(err) != "out-of-stock" {
		t.Errorf("sold what is not there: %v", err)
	}
	s.agrees(t)
}

func holds(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "KEEP", 1000, 10)
	hold := func(qty int64) inventory.Hold {
		return must(k.Hold(ctx, staff, []inventory.Line{{SKU: "KEEP", Qty: qty}}, s.now().Add(time.Hour), "Mrs Byron calls back"))(t)
	}
	sold, released, late := hold(1), hold(2), hold(3)
	if _, reserved := s.stock(t, "KEEP"); reserved != 6 {
		t.Errorf("%d are reserved", reserved)
	}
	s.agrees(t)
	_, err := k.Hold(ctx, staff, []inventory.Line{{SKU: "KEEP", Qty: 5}}, s.now().Add(time.Hour), "")
	wantCode(t, err, "out-of-stock")
	_, err = k.Hold(ctx, staff, []inventory.Line{{SKU: "KEEP", Qty: 1}}, s.now(), "")
	wantCode(t, err, "hold-until")
	var open []string
	for after := (inventory.Hold{}); ; {
		page := must(s.db.Read().Stock.OpenHolds(ctx, after, 2))(t)
		for _, h := range page {
			open = append(open, h.ID)
		}
		if len(page) < 2 {
			break
		}
		after = page[1]
	}
	if !slices.Equal(open, []string{sold.ID, released.ID, late.ID}) {
		t.Errorf("open holds %v", open)
	}
	if err := k.SellHold(ctx, staff, sold.ID); err != nil {
		t.Fatal(err)
	}
	if err := k.ReleaseHold(ctx, staff, released.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, k.ReleaseHold(ctx, staff, sold.ID), "hold-ended")
	wantCode(t, k.SellHold(ctx, staff, newID()), "hold-not-found")
	if n := must(k.ExpireHolds(ctx, 10))(t); n != 0 {
		t.Errorf("%d holds expired before their time", n)
	}
	s.pass(2 * time.Hour)
	wantCode(t, k.SellHold(ctx, staff, late.ID), "hold-expired")
	for _, want := range []int{1, 0} {
		if n := must(k.ExpireHolds(ctx, 10))(t); n != want {
			t.Errorf("%d holds expired, want %d", n, want)
		}
	}
	if onHand, reserved := s.stock(t, "KEEP"); onHand != 9 || reserved != 0 {
		t.Errorf("%d on hand, %d reserved", onHand, reserved)
	}
	s.agrees(t)
}

func holdToOrder(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "PHONE", 1000, 1)
	h := must(s.keeper.Hold(ctx, staff, []inventory.Line{{SKU: "PHONE", Qty: 1}}, s.now().Add(time.Hour), ""))(t)
	if _, _, err := s.order(ctx, "PHONE", 1); fault.Code(err) != "out-of-stock" {
		t.Errorf("what is kept for somebody was sold: %v", err)
	}
	order := newID()
	for _, want := range []string{"", "hold-ended"} {
		err := s.db.InTx(ctx, func(tx store.Stores) error {
			if err := stockkeeping.UseHold(ctx, tx, h.ID, s.now()); err != nil {
				return err
			}
			return tx.Stock.Reserve(ctx, order, []inventory.Line{{SKU: "PHONE", Qty: 1}}, s.now())
		})
		wantCode(t, err, want)
	}
	if got := s.taken(t, order); got != "PHONE main/0:1" {
		t.Errorf("the order has %q", got)
	}
}

func adjustments(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "VASE", 1000, 5)
	for name, tc := range map[string]struct {
		a    stockkeeping.Adjustment
		code string
	}{
		"found goods are no fewer":     {stockkeeping.Adjustment{SKU: "VASE", Location: "main", Delta: -1, Reason: inventory.Found}, "stock-delta"},
		"damaged goods are no more":    {stockkeeping.Adjustment{SKU: "VASE", Location: "main", Delta: 1, Reason: inventory.Damaged}, "stock-delta"},
		"nothing is no change":         {stockkeeping.Adjustment{SKU: "VASE", Location: "main", Reason: inventory.Adjust}, "stock-delta"},
		"a sale is not made by hand":   {stockkeeping.Adjustment{SKU: "VASE", Location: "main", Delta: -1, Reason: inventory.Sale}, "stock-reason"},
		"more than there is":           {stockkeeping.Adjustment{SKU: "VASE", Location: "main", Delta: -6, Reason: inventory.Lost}, "stock-below-reserved"},
		"a location that is not there": {stockkeeping.Adjustment{SKU: "VASE", Location: "moon", Delta: 1, Reason: inventory.Found}, "location-not-found"},
		"a SKU that is not there":      {stockkeeping.Adjustment{SKU: "NONE", Location: "main", Delta: 1, Reason: inventory.Found}, "sku-not-found"},
	} {
		_, err := k.Adjust(ctx, staff, tc.a)
		if fault.Code(err) != tc.code {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
	got := must(k.Adjust(ctx, staff, stockkeeping.Adjustment{SKU: "VASE", Location: "main", Delta: -2, Reason: inventory.Damaged, Note: "fell"}))(t)
	if len(got) != 1 || got[0].OnHand != 3 {
		t.Errorf("levels %+v", got)
	}
	if log := must(s.db.Read().Stock.Movements(ctx, "VASE", "", 1))(t); log[0].Note != "fell" || log[0].Actor != "staff:1" || log[0].OnHandDelta != -2 {
		t.Errorf("the ledger says %+v", log)
	}
	s.agrees(t)
}

func bulk(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	var rows []stockkeeping.Row
	for i := range 120 {
		sku := fmt.Sprintf("BULK-%03d", i)
		s.sell(t, sku, 1000, 5)
		rows = append(rows, stockkeeping.Row{SKU: sku, Qty: int64(i)})
	}
	slices.Reverse(rows)
	if _, _, err := s.order(ctx, "BULK-002", 3); err != nil {
		t.Fatal(err)
	}
	rows = append(rows, stockkeeping.Row{SKU: "NONE", Qty: 1}, stockkeeping.Row{SKU: "BULK-100", Qty: 7, Relative: true},
		stockkeeping.Row{SKU: "BULK-101", Location: "moon", Qty: 1}, stockkeeping.Row{SKU: "BULK-101", Qty: -1})
	by := stockkeeping.By{Actor: "staff:1", Once: key("bulk", "1")}
	for range 2 { // the second time under the same key
		got := must(k.Bulk(ctx, by, rows, "count of March"))(t)
		for i, r := range got {
			want := map[int]string{117: "stock-below-reserved", 120: "sku-not-found", 122: "location-not-found", 123: "stock-qty"}[i]
			if r.Code != want {
				t.Errorf("row %d, %+v: %+v, want %q", i, rows[i], r, want)
			}
		}
	}
	for sku, want := range map[string]int64{"BULK-000": 0, "BULK-002": 5, "BULK-100": 107, "BULK-101": 101, "BULK-119": 119} {
		if got := s.onHand(t, sku, inventory.Main); got != want {
			t.Errorf("%s: %d on hand, want %d", sku, got, want)
		}
	}
	s.agrees(t)
}

func repeatedChange(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "ONCE", 1000, 5)
	by := stockkeeping.By{Actor: "staff:1", Once: key("adjust", "1")}
	for range 3 {
		got := must(k.Adjust(ctx, by, stockkeeping.Adjustment{SKU: "ONCE", Location: "main", Delta: -1, Reason: inventory.Lost}))(t)
		if got[0].OnHand != 4 {
			t.Errorf("levels %+v", got)
		}
	}
	take := must(k.OpenTake(ctx, staff, inventory.Main, ""))(t)
	must(k.Count(ctx, staff, take.ID, "ONCE", 9))(t)
	for range 2 {
		got := must(k.CloseTake(ctx, stockkeeping.By{Actor: "staff:1", Once: key("close", "1")}, take.ID))(t)
		if got.State != inventory.TakeClosed || s.onHand(t, "ONCE", inventory.Main) != 9 {
			t.Errorf("%+v", got)
		}
	}
	s.agrees(t)
}
