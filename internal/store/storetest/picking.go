package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/store"
)

var pickingPromises = map[string]func(t *testing.T, s *shop){
	"a paid order is listed where it lies, once":            listedOnce,
	"a list is picked, packed in parts and handed over":     pickedInParts,
	"cancelled units leave the lists, and packed ones open": cancelledOffLists,
	"what is sent without a list leaves the lists":          sentWithoutList,
	"lists go on by themselves where the shop says so":      automaticLists,
	"pick lists are paged by state and place":               listsPaged,
	"a list changes for whoever saw it as it is":            staleLists,
}

// allocated sells qty of a new SKU, has it paid and allocates it.
func (s *shop) allocated(t testing.TB, sku string, qty int64) (order.Order, []picking.List) {
	t.Helper()
	o := s.paid(t, sku, 1000, qty)
	return o, s.allocates(t, o.ID)
}

func (s *shop) allocates(t testing.TB, orderID string) []picking.List {
	t.Helper()
	if err := s.fulfil.Allocate(context.Background(), orderID); err != nil {
		t.Fatal(err)
	}
	return s.lists(t, orderID)
}

func (s *shop) lists(t testing.TB, orderID string) []picking.List {
	t.Helper()
	list, err := s.db.Read().PickLists.OfOrder(context.Background(), orderID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// listed says what the lists of an order are, such as "main open 1:3".
func (s *shop) listed(t testing.TB, orderID string) string {
	t.Helper()
	var all []string
	for _, l := range s.lists(t, orderID) {
		text := l.Location + " " + string(l.State)
		for _, p := range l.Lines {
			text += fmt.Sprintf(" %d:%d", p.LineNo, p.Qty)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func (s *shop) isListed(t testing.TB, orderID, want string) {
	t.Helper()
	if got := s.listed(t, orderID); got != want {
		t.Errorf("listed: %s; want %s", got, want)
	}
}

func clerks(l picking.List) fulfilment.Step {
	return fulfilment.Step{ListID: l.ID, Version: l.Version, Actor: clerk}
}

func units(n int64) []order.Pick { return []order.Pick{{LineNo: 1, Qty: n}} }

func listedOnce(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "WIDE", 1000, 3)
	s.at(t, "north", "WIDE", 4, 200)
	o, tok, err := s.order(ctx, "WIDE", 5)
	if err != nil {
		t.Fatal(err)
	}
	missing := func(want int) {
		t.Helper()
		ids, err := s.db.Read().PickLists.Missing(ctx, "", 10)
		if err != nil || len(ids) != want || want == 1 && ids[0] != o.ID {
			t.Errorf("without a list are %v, %v; want %d", ids, err, want)
		}
	}
	missing(0)
	if s.allocates(t, o.ID); s.listed(t, o.ID) != "" {
		t.Errorf("an order that is not paid is listed: %s", s.listed(t, o.ID))
	}
	s.pay(t, o, tok)
	missing(1)
	for range 2 {
		s.allocates(t, o.ID)
		s.isListed(t, o.ID, "main open 1:3, north open 1:2")
		missing(0)
	}
	if err := s.fulfil.Allocate(ctx, newID()); fault.Code(err) != "order-not-found" {
		t.Errorf("an order that there is not: %v", err)
	}
}

func pickedInParts(t *testing.T, s *shop) {
	ctx := context.Background()
	o, lists := s.allocated(t, "PARTS", 5)
	l, err := s.fulfil.StartPicking(ctx, clerks(lists[0]))
	if err != nil || l.State != picking.Picking || l.Version != 2 || l.Actor != clerk {
		t.Fatalf("started: %+v, %v", l, err)
	}
	if _, err := s.fulfil.HandOver(ctx, clerks(l), fulfilment.Ship{Carrier: "Gull"}); fault.Code(err) != "pick-list-picking" {
		t.Errorf("handed over before it is packed: %v", err)
	}
	if _, err := s.fulfil.Pack(ctx, clerks(l), units(6)); fault.Code(err) != "units-exceeded" {
		t.Errorf("six of five are packed: %v", err)
	}
	if l, err = s.fulfil.Pack(ctx, clerks(l), units(3)); err != nil {
		t.Fatal(err)
	}
	s.isListed(t, o.ID, "main packed 1:3, main open 1:2")
	s.agrees(t)
	if l, err = s.fulfil.HandOver(ctx, clerks(l), fulfilment.Ship{Carrier: "Gull", Tracking: "T1"}); err != nil || l.ShipmentID == "" {
		t.Fatalf("handed over: %+v, %v", l, err)
	}
	s.isListed(t, o.ID, "main shipped 1:3, main open 1:2")
	if got := s.load(t, o.ID); got.Status != order.Paid || got.Lines[0].Shipped != 3 {
		t.Errorf("the order is %s with %d sent", got.Status, got.Lines[0].Shipped)
	}
	s.agrees(t)
	rest := s.lists(t, o.ID)[1]
	if rest, err = s.fulfil.Pack(ctx, clerks(rest), nil); err == nil {
		_, err = s.fulfil.HandOver(ctx, clerks(rest), fulfilment.Ship{Carrier: "Gull"})
	}
	if err != nil || s.status(t, o.ID) != order.Shipped {
		t.Errorf("the order is %s, %v", s.status(t, o.ID), err)
	}
	parcels, err := s.db.Read().AfterSales.Shipments(ctx, o.ID)
	if err != nil || len(parcels) != 2 || parcels[0].ID != l.ShipmentID || parcels[0].Tracking != "T1" || parcels[0].Lines[0].Qty != 3 {
		t.Errorf("parcels: %+v, %v", parcels, err)
	}
	if _, err := s.fulfil.HandOver(ctx, fulfilment.Step{ListID: l.ID, Actor: clerk}, fulfilment.Ship{Carrier: "Gull"}); fault.Code(err) != "pick-list-shipped" {
		t.Errorf("handed over twice: %v", err)
	}
}

func (s *shop) cancels(t testing.TB, o order.Order, n int64) {
	t.Helper()
	if _, err := s.fulfil.CancelUnits(context.Background(), fulfilment.CancelUnits{OrderID: o.ID, Lines: units(n), Actor: clerk}); err != nil {
		t.Fatal(err)
	}
	s.pays(t, o.ID)
	s.agrees(t)
}

func cancelledOffLists(t *testing.T, s *shop) {
	ctx := context.Background()
	o, lists := s.allocated(t, "GONE", 5)
	s.cancels(t, o, 1)
	s.isListed(t, o.ID, "main open 1:4")
	packed, err := s.fulfil.Pack(ctx, fulfilment.Step{ListID: lists[0].ID, Actor: clerk}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.cancels(t, o, 1)
	s.isListed(t, o.ID, "main picking 1:3")
	if _, err := s.fulfil.HandOver(ctx, clerks(packed), fulfilment.Ship{Carrier: "Gull"}); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("a parcel with a cancelled unit is handed over: %v", err)
	}
	s.cancels(t, o, 3)
	s.isListed(t, o.ID, "main withdrawn")
	if s.status(t, o.ID) != order.Cancelled {
		t.Errorf("the order is %s", s.status(t, o.ID))
	}
	if _, err := s.fulfil.StartPicking(ctx, fulfilment.Step{ListID: lists[0].ID, Actor: clerk}); fault.Code(err) != "pick-list-withdrawn" {
		t.Errorf("a withdrawn list is begun: %v", err)
	}
}

func sentWithoutList(t *testing.T, s *shop) {
	o, _ := s.allocated(t, "DIRECT", 3)
	ship := func(n int64) {
		t.Helper()
		if _, err := s.fulfil.Ship(context.Background(), fulfilment.Ship{OrderID: o.ID, Lines: units(n), Carrier: "Gull", Actor: clerk}); err != nil {
			t.Fatal(err)
		}
		s.agrees(t)
	}
	ship(1)
	s.isListed(t, o.ID, "main open 1:2")
	ship(2)
	s.isListed(t, o.ID, "main shipped")
	if l := s.lists(t, o.ID)[0]; l.ShipmentID == "" {
		t.Errorf("the list names no parcel: %+v", l)
	}
	sent := s.sent(t, "BEFORE", 1000, 2)
	if s.allocates(t, sent.ID); s.listed(t, sent.ID) != "" {
		t.Errorf("what was sent is listed: %s", s.listed(t, sent.ID))
	}
}

// follow does what the queue would: each step that an event asks for, twice.
func (s *shop) follow(t *testing.T) (steps int) {
	t.Helper()
	for range 10 {
		batch := s.claim(t, "queue")
		if len(batch) == 0 {
			break
		}
		for _, m := range batch {
			if strings.HasPrefix(m.Topic, "picking.") {
				steps++
				for range 2 {
					if err := s.fulfil.Advance(context.Background(), m.Topic, s.listOf(t, m.Aggregate)); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.in(t, func(tx store.Stores) error {
				_, err := tx.Outbox.Done(context.Background(), "queue", s.now(), []string{m.ID})
				return err
			})
		}
	}
	return steps
}

// listOf is the id of a list that there is.
func (s *shop) listOf(t *testing.T, id string) string {
	t.Helper()
	if _, err := s.db.Read().PickLists.Get(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

func automaticLists(t *testing.T, s *shop) {
	s.fulfil.Config.Automatic, s.fulfil.Config.Carrier = true, "warehouse"
	o, _ := s.allocated(t, "AUTO", 2)
	if steps := s.follow(t); steps != 2 || s.status(t, o.ID) != order.Shipped {
		t.Errorf("%d steps, and the order is %s", steps, s.status(t, o.ID))
	}
	s.isListed(t, o.ID, "main shipped 1:2")
	parcels, err := s.db.Read().AfterSales.Shipments(context.Background(), o.ID)
	if err != nil || len(parcels) != 1 || parcels[0].Carrier != "warehouse" {
		t.Errorf("parcels: %+v, %v", parcels, err)
	}
	p, lists := s.allocated(t, "AUTO2", 3)
	if _, err := s.fulfil.Pack(context.Background(), fulfilment.Step{ListID: lists[0].ID, Actor: clerk}, nil); err != nil {
		t.Fatal(err)
	}
	s.cancels(t, p, 1) // the packed list is opened again, and goes on
	if s.follow(t); s.status(t, p.ID) != order.Shipped {
		t.Errorf("the order is %s: %s", s.status(t, p.ID), s.listed(t, p.ID))
	}
	s.agrees(t)
}

func listsPaged(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "MANY", 1000, 10)
	s.at(t, "north", "MANY", 10, 200)
	for range 6 {
		o, tok, err := s.order(ctx, "MANY", 3)
		if err != nil {
			t.Fatal(err)
		}
		s.pay(t, o, tok)
		s.allocates(t, o.ID)
	}
	for location, want := range map[string]int{"": 6, inventory.Main: 3, "north": 3, "south": 0} {
		seen := map[string]bool{}
		for f := (picking.Filter{State: picking.Open, Location: location, Limit: 2}); ; {
			page, err := s.db.Read().PickLists.Page(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				if l.ID <= f.After || len(l.Lines) != 1 || location != "" && l.Location != location {
					t.Errorf("%q behind %s: %+v", location, f.After, l)
				}
				f.After, seen[l.ID] = l.ID, true
			}
		}
		if len(seen) != want {
			t.Errorf("%q: %d lists, want %d", location, len(seen), want)
		}
	}
	if page, err := s.db.Read().PickLists.Page(ctx, picking.Filter{State: picking.Packed, Limit: 10}); err != nil || len(page) != 0 {
		t.Errorf("packed: %v, %v", page, err)
	}
}

func staleLists(t *testing.T, s *shop) {
	ctx := context.Background()
	_, lists := s.allocated(t, "STALE", 2)
	seen := clerks(lists[0])
	if _, err := s.fulfil.StartPicking(ctx, seen); err != nil {
		t.Fatal(err)
	}
	_, pack := s.fulfil.Pack(ctx, seen, nil)
	_, start := s.fulfil.StartPicking(ctx, seen)
	for what, err := range map[string]error{"Pack": pack, "StartPicking": start} {
		if fault.Code(err) != "changed-meanwhile" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.fulfil.StartPicking(ctx, fulfilment.Step{ListID: lists[0].ID, Actor: clerk}); fault.Code(err) != "pick-list-picking" {
		t.Errorf("begun twice: %v", err)
	}
	if _, err := s.fulfil.StartPicking(ctx, fulfilment.Step{ListID: newID(), Actor: clerk}); fault.Code(err) != "pick-list-not-found" {
		t.Errorf("a list that there is not: %v", err)
	}
}
