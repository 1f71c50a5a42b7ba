package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/fulfilment"
)

var pickingRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"an order is listed once, however often it is asked for": allocateTwice,
	"of two who pack a list one does":                        packTwice,
	"cancel, pack and send: every unit goes one way":         cancelAgainstPack,
}

func allocateTwice(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		o := s.paid(t, fmt.Sprint("AL-", round), 1000, 3)
		each(crowd, func(int) {
			if err := s.fulfil.Allocate(context.Background(), o.ID); err != nil {
				t.Errorf("allocate: %v", err)
			}
		})
		s.isListed(t, o.ID, "main open 1:3")
	}
}

func packTwice(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		o, lists := s.allocated(t, fmt.Sprint("PK-", round), 3)
		var packed atomic.Int64
		each(crowd, func(i int) {
			in := clerks(lists[0])
			if i%2 == 0 {
				in.Version = 0
			}
			switch _, err := s.fulfil.Pack(context.Background(), in, units(2)); {
			case err == nil:
				packed.Add(1)
			case fault.Code(err) != "pick-list-packed" && fault.Code(err) != "changed-meanwhile":
				t.Errorf("a packer was told: %v", err)
			}
		})
		if packed.Load() != 1 {
			t.Fatalf("%d packed it", packed.Load())
		}
		s.isListed(t, o.ID, "main packed 1:2, main open 1:1")
	}
}

// cancelAgainstPack lets clerks cancel, pack, hand over and send units of one
// order at once, and packers deliver the same step twice.
func cancelAgainstPack(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		o, lists := s.allocated(t, fmt.Sprint("CP-", round), 6)
		each(crowd, func(i int) {
			var err error
			switch i % 4 {
			case 0:
				_, err = s.fulfil.CancelUnits(ctx, fulfilment.CancelUnits{OrderID: o.ID, Lines: units(1), Actor: clerk})
			case 1:
				_, err = s.fulfil.Pack(ctx, fulfilment.Step{ListID: lists[0].ID, Actor: clerk}, nil)
			case 2:
				_, err = s.fulfil.HandOver(ctx, fulfilment.Step{ListID: lists[0].ID, Actor: clerk}, fulfilment.Ship{Carrier: "Gull"})
			default:
				_, err = s.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Lines: units(1), Carrier: "Gull", Actor: clerk})
			}
			if err != nil && fault.KindOf(err) != fault.Conflict {
				t.Errorf("a clerk was told: %v", err)
			}
		})
		s.pays(t, o.ID)
		s.agrees(t)
		l := s.load(t, o.ID).Lines[0]
		var live int64
		for _, list := range s.lists(t, o.ID) {
			if list.State.Live() {
				live += list.Units(1)
			}
			if list.State == picking.Shipped && list.ShipmentID == "" {
				t.Errorf("a list was sent in no parcel: %+v", list)
			}
		}
		if l.Cancelled+l.Shipped+live != 6 || live > 0 && s.status(t, o.ID) != order.Paid {
			t.Fatalf("of 6 units %d were cancelled, %d sent and %d are listed", l.Cancelled, l.Shipped, live)
		}
	}
}
