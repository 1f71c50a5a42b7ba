package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/stockkeeping"
)

// keepingRaces are contests of staff among themselves and against shoppers.
var keepingRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"a transfer against sales: nothing is sold and sent":         transferAgainstSale,
	"goods that arrive are received once":                        doubleReceipt,
	"a stock take against sales comes out right":                 takeAgainstSale,
	"a hold is used or expires, once":                            holdExpiryAgainstUse,
	"many watchers say what happened once, and the last is true": manyWatchers,
	"adjustments by many add up":                                 manyAdjustments,
}

// allowed fails the test for an error that is none of the codes.
func allowed(t *testing.T, err error, codes ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, c := range codes {
		if fault.Code(err) == c {
			return
		}
	}
	t.Errorf("told: %v", err)
}

func transferAgainstSale(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		sku := fmt.Sprintf("MOVE-%d", round)
		s.sell(t, sku, 1000, 20)
		s.at(t, "north", sku, 1, 200)
		drafts := make([]inventory.Inbound, crowd)
		for i := range drafts {
			drafts[i] = must(s.keeper.Draft(ctx, staff, inventory.Inbound{From: inventory.Main, To: "north", Lines: []inventory.InboundLine{{SKU: sku, Qty: 3}}}))(t)
		}
		var sold, sent atomic.Int64
		each(crowd, func(i int) {
			if i%2 == 0 {
				_, _, err := s.order(ctx, sku, 2)
				if err == nil {
					sold.Add(2)
				}
				allowed(t, err, "out-of-stock", "busy")
				return
			}
			_, err := s.keeper.Send(ctx, staff, drafts[i].ID)
			if err == nil {
				sent.Add(3)
				_, err = s.keeper.Receive(ctx, staff, drafts[i].ID, []inventory.Arrival{{SKU: sku, Received: 2, Missing: 1}})
			}
			allowed(t, err, "stock-below-reserved")
		})
		onHand, reserved := s.stock(t, sku)
		if reserved != sold.Load() || onHand != 21-sent.Load()/3 || s.coming(t, sku) != 0 || onHand < reserved {
			t.Fatalf("%d on hand, %d reserved, %d sold, %d sent", onHand, reserved, sold.Load(), sent.Load())
		}
	}
}

func doubleReceipt(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "BOX", 1000, 0)
	for round := range rounds {
		in := must(s.keeper.Draft(ctx, staff, inventory.Inbound{To: inventory.Main, Lines: []inventory.InboundLine{{SKU: "BOX", Qty: 5}}}))(t)
		var sent, received atomic.Int64
		each(crowd, func(i int) {
			_, err := s.keeper.Send(ctx, staff, in.ID)
			if err == nil {
				sent.Add(1)
			}
			allowed(t, err, "inbound-state")
			if _, err = s.keeper.Receive(ctx, staff, in.ID, []inventory.Arrival{{SKU: "BOX", Received: 1}}); err == nil {
				received.Add(1)
			}
			allowed(t, err, "inbound-state", "inbound-too-many")
		})
		if sent.Load() != 1 || received.Load() != 5 || s.onHand(t, "BOX", inventory.Main) != int64(5*(round+1)) {
			t.Fatalf("sent %d times, %d received, %d on hand", sent.Load(), received.Load(), s.onHand(t, "BOX", inventory.Main))
		}
	}
}

func takeAgainstSale(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		sku := fmt.Sprintf("TAKE-%d", round)
		s.sell(t, sku, 1000, 30)
		take := must(s.keeper.OpenTake(ctx, staff, inventory.Main, ""))(t)
		var sold atomic.Int64
		each(crowd, func(i int) {
			switch {
			case i == 0: // three fewer than the shop knows, whenever that is
				line, err := s.keeper.Count(ctx, staff, take.ID, sku, 0)
				if err == nil {
					_, err = s.keeper.Count(ctx, staff, take.ID, sku, line.Known)
				}
				allowed(t, err, "take-not-open", "take-line-applied")
			case i == 1 && round%2 == 0:
				_, err := s.keeper.CloseTake(ctx, staff, take.ID)
				allowed(t, err, "take-not-open")
			default:
				o, tok, err := s.order(ctx, sku, 1)
				if err == nil {
					s.pay(t, o, tok)
					sold.Add(1)
				}
				allowed(t, err, "out-of-stock")
			}
		})
		line := must(s.db.Read().Stock.TakeLines(ctx, take.ID, sku[:len(sku)-1], 1000))(t)
		_, err := s.keeper.CloseTake(ctx, staff, take.ID)
		allowed(t, err, "take-not-open")
		difference := int64(0)
		for _, l := range line {
			if l.SKU == sku {
				difference = l.Difference()
			}
		}
		if got := s.onHand(t, sku, inventory.Main); got != 30-sold.Load()+difference {
			t.Fatalf("%d on hand after %d sales and a difference of %d", got, sold.Load(), difference)
		}
	}
}

func holdExpiryAgainstUse(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "KEEP", 1000, int64(rounds))
	used := int64(0)
	for round := range rounds {
		h := must(s.keeper.Hold(ctx, staff, []inventory.Line{{SKU: "KEEP", Qty: 1}}, s.now().Add(time.Minute), ""))(t)
		var ended atomic.Int64
		var use atomic.Int64
		each(crowd, func(i int) {
			switch {
			case i == crowd/2:
				s.pass(2 * time.Minute)
			case (i+round)%3 == 0:
				n, err := s.keeper.ExpireHolds(ctx, 10)
				ended.Add(int64(n))
				allowed(t, err)
			default:
				err := s.keeper.SellHold(ctx, staff, h.ID)
				if err == nil {
					ended.Add(1)
					use.Add(1)
				}
				allowed(t, err, "hold-ended", "hold-expired")
			}
		})
		n, err := s.keeper.ExpireHolds(ctx, 10)
		if ended.Add(int64(n)); ended.Load() != 1 || err != nil {
			t.Fatalf("the hold ended %d times, %v", ended.Load(), err)
		}
		used += use.Load()
	}
	if onHand, reserved := s.stock(t, "KEEP"); onHand != int64(rounds)-used || reserved != 0 {
		t.Errorf("%d on hand and %d reserved after %d of %d were sold", onHand, reserved, used, rounds)
	}
}

func manyWatchers(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		sku := fmt.Sprintf("SIGN-%d", round)
		s.sell(t, sku, 1000, 5)
		each(crowd, func(i int) {
			o, tok, err := s.order(ctx, sku, 1)
			allowed(t, err, "out-of-stock")
			if err == nil && i%2 == 0 {
				_, err := s.checkout.Cancel(ctx, o.ID, tok, "", idempotency.Request{})
				allowed(t, err)
			}
			allowed(t, s.keeper.Watch(ctx, []string{sku}))
		})
		if differ := must(s.db.Read().Stock.Signals(ctx, []string{sku}, 0))(t); len(differ) != 0 {
			t.Fatalf("the last word is not true: %+v", differ)
		}
	}
}

func manyAdjustments(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "SUM", 1000, int64(rounds*crowd))
	for range rounds {
		each(crowd, func(i int) {
			a := stockkeeping.Adjustment{SKU: "SUM", Location: inventory.Main, Delta: 2, Reason: inventory.Found}
			if i%2 == 0 {
				a.Delta, a.Reason = -1, inventory.Damaged
			}
			_, err := s.keeper.Adjust(ctx, staff, a)
			allowed(t, err)
		})
	}
	if onHand, _ := s.stock(t, "SUM"); onHand != int64(rounds*crowd+rounds*crowd/2) {
		t.Errorf("%d on hand", onHand)
	}
}
