package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/fulfilment"
)

// cancelAgainstShip lets clerks cancel and ship the same five units.
func cancelAgainstShip(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		o := s.paid(t, fmt.Sprint("CS-", round), 1001, 5)
		each(crowd, func(i int) {
			var err error
			if i%2 == 0 {
				_, err = s.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Carrier: "Gull", Actor: clerk})
			} else {
				_, err = s.fulfil.CancelUnits(ctx, fulfilment.CancelUnits{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Actor: clerk})
			}
			if err != nil && fault.KindOf(err) != fault.Conflict {
				t.Errorf("a clerk was told: %v", err)
			}
		})
		s.pays(t, o.ID)
		l := s.load(t, o.ID).Lines[0]
		if l.Cancelled+l.Shipped != 5 {
			t.Fatalf("of 5 units %d were cancelled and %d sent", l.Cancelled, l.Shipped)
		}
		if onHand, reserved := s.stock(t, o.Lines[0].SKU); onHand != l.Cancelled || reserved != 0 {
			t.Fatalf("%d on the shelf and %d reserved after %d were cancelled", onHand, reserved, l.Cancelled)
		}
	}
}

// returnAgainstRefund lets goods come back while others give money away.
func returnAgainstRefund(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		o := s.sent(t, fmt.Sprint("RR-", round), 999, 2)
		r, err := s.requests(o, 2)
		if err != nil {
			t.Fatal(err)
		}
		s.approves(t, r)
		each(crowd, func(i int) {
			var err error
			if i == 0 {
				_, err = s.receives(r, 2, 2, 0)
			} else {
				_, err = s.fulfil.GiveBack(ctx, fulfilment.GiveBack{OrderID: o.ID, Amount: money.Of(400, "EUR"), Reason: "sorry", Actor: clerk})
			}
			if code := fault.Code(err); err != nil && code != "refund-exceeds" && code != "payment-not-captured" {
				t.Errorf("a clerk was told: %v", err)
			}
		})
		if back := s.pays(t, o.ID); back > o.Total || back < o.Total-400 {
			t.Fatalf("%d went back of %d", back, o.Total)
		}
	}
}

// receiveTwice opens the same parcel at several desks.
func receiveTwice(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		o := s.sent(t, fmt.Sprint("RT-", round), 999, 3)
		r, err := s.requests(o, 3)
		if err != nil {
			t.Fatal(err)
		}
		s.approves(t, r)
		var received atomic.Int64
		each(crowd, func(int) {
			switch _, err := s.receives(r, 3, 3, 0); {
			case err == nil:
				received.Add(1)
			case fault.Code(err) != "return-already-received":
				t.Errorf("a desk was told: %v", err)
			}
		})
		if onHand, _ := s.stock(t, o.Lines[0].SKU); received.Load() != 1 || onHand != 3 || s.pays(t, o.ID) != 3*999 {
			t.Fatalf("received %d times, %d on the shelf", received.Load(), onHand)
		}
	}
}

// invoiceNumbers issues many invoices at once, each twice.
func invoiceNumbers(t *testing.T, s *shop, rounds int) {
	var orders []order.Order
	for i := range min(rounds, 10) * 2 {
		orders = append(orders, s.paid(t, fmt.Sprint("IN-", i), 500, 1))
	}
	each(len(orders)*2, func(i int) {
		if _, err := s.fulfil.Invoice(context.Background(), orders[i/2].ID); err != nil {
			t.Errorf("invoice: %v", err)
		}
	})
	seen := map[int64]bool{}
	for _, o := range orders {
		v, err := s.fulfil.Invoice(context.Background(), o.ID)
		if err != nil || v.Number < 1 || v.Number > int64(len(orders)) || seen[v.Number] {
			t.Fatalf("the number of an invoice is %d, %v", v.Number, err)
		}
		seen[v.Number] = true
	}
}
