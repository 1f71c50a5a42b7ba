package storetest

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

// crowd is how many go for the same thing at once.
const crowd = 16

// Races runs the contests that a shop must not lose, rounds times each. After
// each contest every book of the shop must agree.
func Races(t *testing.T, open Opener, rounds int) {
	contests := map[string]func(t *testing.T, s *shop, rounds int){
		"the last unit goes to one buyer":                               lastUnit,
		"stock of fifty sells fifty":                                    fiftyUnits,
		"a double click on checkout makes one order":                    doubleClick,
		"equal idempotency keys have one effect and equal answers":      equalKeys,
		"a key used for another request is refused":                     otherBody,
		"a webhook and the shopper's return settle once":                webhookAgainstReturn,
		"twenty payments at once are one charge and twenty answers":     twentyPayments,
		"a promotion is not used beyond its budget":                     promotionBudget,
		"cancel and pay: one wins, and money never stays for nothing":   cancelAgainstPay,
		"expiry and pay: one wins, and money never stays for nothing":   expiryAgainstPay,
		"an event is claimed by one worker":                             outboxClaim,
		"cancel and ship: no unit is both sent and paid back":           cancelAgainstShip,
		"return and goodwill: never more goes back than was paid":       returnAgainstRefund,
		"a return is received once":                                     receiveTwice,
		"invoices are numbered without gaps":                            invoiceNumbers,
		"a promotion gives no more money than its budget":               moneyBudget,
		"a customer gets once what is once for each":                    oncePerCustomer,
		"a code that was handed out once is used once":                  singleUseCode,
		"sales are counted once, however many count them":               learnTwice,
		"an order that changes while it is purged is whole or gone":     purgeAgainstChange,
		"orders that share their goods in another order never deadlock": crossedLines,
	}
	maps.Copy(contests, accountRaces)
	maps.Copy(contests, identityRaces)
	maps.Copy(contests, stockRaces)
	maps.Copy(contests, keepingRaces)
	maps.Copy(contests, catalogueRaces)
	maps.Copy(contests, streamRaces)
	maps.Copy(contests, queueRaces)
	maps.Copy(contests, pickingRaces)
	for name, race := range contests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, open)
			race(t, s, rounds)
			s.agrees(t)
		})
	}
}

func lastUnit(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		sku := fmt.Sprintf("LAST-%d", round)
		s.sell(t, sku, 1000, 1)
		var won atomic.Int64
		each(crowd, func(int) {
			switch _, _, err := s.order(ctx, sku, 1); {
			case err == nil:
				won.Add(1)
			case fault.Code(err) != "out-of-stock":
				t.Errorf("a loser was told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d buyers got the last unit", won.Load())
		}
	}
}

func fiftyUnits(t *testing.T, s *shop, _ int) {
	s.sell(t, "FIFTY", 1000, 50)
	var sold, refused atomic.Int64
	each(200, func(int) {
		o, tok, err := s.order(context.Background(), "FIFTY", 1)
		if fault.Code(err) == "out-of-stock" {
			refused.Add(1)
			return
		}
		if err == nil {
			_, err = s.settle.Collect(context.Background(), settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"})
		}
		if err != nil {
			t.Errorf("a buyer was told: %v", err)
			return
		}
		sold.Add(1)
	})
	if sold.Load() != 50 || refused.Load() != 150 {
		t.Errorf("sold %d and refused %d of a stock of 50 to 200 buyers", sold.Load(), refused.Load())
	}
	if onHand, reserved := s.stock(t, "FIFTY"); onHand != 0 || reserved != 0 {
		t.Errorf("%d on hand and %d reserved are left", onHand, reserved)
	}
}

func doubleClick(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "CLICK", 1000, int64(rounds*crowd))
	for range rounds {
		b, err := s.fill(ctx, "CLICK", 1)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		each(crowd, func(int) {
			switch _, _, err := s.checkout.Place(ctx, b.placed(idempotency.Request{})); {
			case err == nil:
				won.Add(1)
			case fault.Code(err) != "cart-already-ordered":
				t.Errorf("the second click was told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("the cart became %d orders", won.Load())
		}
	}
}

func equalKeys(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "KEYS", 1000, int64(rounds))
	s.promote(t, "ONCE", int64(rounds))
	for round := range rounds {
		b, err := s.fill(ctx, "KEYS", 1, "ONCE")
		if err != nil {
			t.Fatal(err)
		}
		got := make([]order.Order, crowd)
		each(crowd, func(i int) {
			o, _, err := s.checkout.Place(ctx, b.placed(key("checkout "+b.id, name(round, 0))))
			if err != nil {
				t.Errorf("an equal request was told: %v", err)
			}
			got[i] = o
		})
		for _, o := range got {
			if o.ID != got[0].ID || o.Number != got[0].Number || o.Total != got[0].Total || len(o.Lines) != 1 || o.ID == "" {
				t.Fatalf("answers differ: %+v and %+v", got[0], o)
			}
		}
	}
	if onHand, reserved := s.stock(t, "KEYS"); onHand != int64(rounds) || reserved != onHand {
		t.Errorf("%d of %d are reserved", reserved, onHand)
	}
}

func otherBody(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "BODY", 1000, int64(rounds*2))
	for range rounds {
		b, err := s.fill(ctx, "BODY", 1)
		if err != nil {
			t.Fatal(err)
		}
		var won, refused atomic.Int64
		each(crowd, func(i int) {
			req := key("checkout "+b.id, "the same key")
			in := b.placed(req)
			if i%2 == 1 {
				in.Email, in.Once.Hash = "eve@example.com", make([]byte, 32)
			}
			switch _, _, err := s.checkout.Place(ctx, in); fault.Code(err) {
			case "":
				won.Add(1)
			case "idempotency-key-reused":
				refused.Add(1)
			default:
				t.Errorf("told: %v", err)
			}
		})
		if won.Load() != crowd/2 || refused.Load() != crowd/2 {
			t.Fatalf("%d requests were answered and %d refused; want %d each", won.Load(), refused.Load(), crowd/2)
		}
	}
}

func webhookAgainstReturn(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "HOOK", 1000, int64(rounds))
	for range rounds {
		o, tok, err := s.order(ctx, "HOOK", 1)
		if err != nil {
			t.Fatal(err)
		}
		pay := settlement.Pay{OrderID: o.ID, Token: tok, Method: "pending"}
		out, err := s.settle.Collect(ctx, pay)
		if err != nil || out.Attempt.Status != payment.Pending {
			t.Fatalf("collect: %+v, %v", out.Attempt, err)
		}
		state, ok := s.provider.confirm(fmt.Sprintf("%s-%d", out.Payment.ID, out.Attempt.No))
		if !ok {
			t.Fatal("nothing to confirm")
		}
		each(crowd, func(i int) {
			var err error
			if i%2 == 0 {
				err = s.settle.Apply(ctx, payment.Notice{ID: fmt.Sprintf("n-%s-%d", o.ID, i%4), State: state})
			} else {
				_, err = s.settle.Collect(ctx, pay)
			}
			if err != nil {
				t.Errorf("settling was told: %v", err)
			}
		})
		if got := s.status(t, o.ID); got != order.Paid {
			t.Fatalf("the order is %s", got)
		}
	}
	if onHand, reserved := s.stock(t, "HOOK"); onHand != 0 || reserved != 0 {
		t.Errorf("%d on hand and %d reserved are left", onHand, reserved)
	}
}

func twentyPayments(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "TWENTY", 1000, int64(rounds))
	for range rounds {
		o, tok, err := s.order(ctx, "TWENTY", 1)
		if err != nil {
			t.Fatal(err)
		}
		each(20, func(int) {
			out, err := s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"})
			if err != nil || out.Order.Status != order.Paid || out.Attempt.No != 1 || out.Payment.Status != payment.Captured {
				t.Errorf("an answer differs: %+v, %v", out, err)
			}
		})
	}
}

func promotionBudget(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "PROMO", 1000, int64(rounds*crowd))
	for round := range rounds {
		code := fmt.Sprintf("BUDGET%d", round)
		s.promote(t, code, 3)
		var won atomic.Int64
		each(crowd, func(int) {
			b, err := s.fill(ctx, "PROMO", 1, code)
			if err == nil {
				_, _, err = s.checkout.Place(ctx, b.placed(idempotency.Request{}))
			}
			switch {
			case err == nil:
				won.Add(1)
			case fault.Code(err) != "promotion-used-up":
				t.Errorf("a loser was told: %v", err)
			}
		})
		if won.Load() != 3 {
			t.Fatalf("a budget of 3 was used %d times", won.Load())
		}
	}
}

func cancelAgainstPay(t *testing.T, s *shop, rounds int) {
	endAgainstPay(t, s, rounds, "CANCEL", func(o order.Order, tok string) error {
		_, err := s.checkout.Cancel(context.Background(), o.ID, tok, "changed my mind", idempotency.Request{})
		return err
	})
}

func expiryAgainstPay(t *testing.T, s *shop, rounds int) {
	endAgainstPay(t, s, rounds, "EXPIRE", func(o order.Order, _ string) error {
		_, err := s.checkout.Expire(context.Background(), o.ID)
		return err
	})
}

// endAgainstPay lets half the crowd pay and half end the order. Whatever wins,
// stock and money follow it.
func endAgainstPay(t *testing.T, s *shop, rounds int, sku string, end func(o order.Order, tok string) error) {
	ctx := context.Background()
	s.sell(t, sku, 1000, int64(rounds))
	var paid int64
	for round := range rounds {
		o, tok, err := s.order(ctx, sku, 1)
		if err != nil {
			t.Fatal(err)
		}
		s.pass(16 * time.Minute)
		each(crowd, func(i int) {
			var err error
			if (i+round)%2 == 0 {
				err = end(o, tok)
			} else {
				_, err = s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"})
			}
			if code := fault.Code(err); err != nil && !strings.HasPrefix(code, "order-already-") {
				t.Errorf("told: %v", err)
			}
		})
		s.deliver(t)
		switch got := s.status(t, o.ID); got {
		case order.Paid:
			paid++
		case order.Cancelled, order.Expired:
			for ref, taken := range s.provider.book() {
				if p, _ := s.db.Read().Payments.ByOrder(ctx, o.ID); strings.HasPrefix(ref, p.ID) && taken.Kept != 0 {
					t.Fatalf("the order is %s and the provider keeps %d", got, taken.Kept)
				}
			}
		default:
			t.Fatalf("the order is %s", got)
		}
	}
	if onHand, reserved := s.stock(t, sku); onHand != int64(rounds)-paid || reserved != 0 {
		t.Errorf("%d on hand and %d reserved after %d of %d were paid", onHand, reserved, paid, rounds)
	}
}

// deliver does what the worker would do with the payment events.
func (s *shop) deliver(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for {
		var batch []outbox.Message
		s.in(t, func(tx store.Stores) (err error) {
			batch, err = tx.Outbox.Claim(ctx, "test", s.now(), s.now().Add(time.Minute), 100)
			return err
		})
		if len(batch) == 0 {
			return
		}
		var ids []string
		for _, m := range batch {
			ids = append(ids, m.ID)
			var err error
			switch m.Topic {
			case order.TopicCancelled, order.TopicExpired:
				err = s.settle.Close(ctx, m.Aggregate)
			case settlement.TopicRefundDue:
				err = s.settle.Refund(ctx, m.Aggregate)
			}
			if err != nil {
				t.Fatalf("deliver %s: %v", m.Topic, err)
			}
		}
		s.in(t, func(tx store.Stores) error {
			_, err := tx.Outbox.Done(ctx, "test", s.now(), ids)
			return err
		})
	}
}

func outboxClaim(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	const aggregates, events = 40, 3
	s.in(t, func(tx store.Stores) error {
		for a := range aggregates {
			for seq := range events {
				if err := tx.Outbox.Add(ctx, outbox.Event{Aggregate: fmt.Sprintf("agg-%d", a), Seq: int64(seq + 1), Topic: "test", Payload: struct{}{}, At: s.now()}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	var next [aggregates]atomic.Int64
	var delivered atomic.Int64
	each(crowd, func(i int) {
		worker := fmt.Sprintf("w-%d", i)
		for delivered.Load() < aggregates*events {
			var batch []outbox.Message
			err := s.db.InTx(ctx, func(tx store.Stores) (err error) {
				batch, err = tx.Outbox.Claim(ctx, worker, s.now(), s.now().Add(time.Minute), 5)
				return err
			})
			if err != nil {
				t.Errorf("claim: %v", err)
				return
			}
			for _, m := range batch {
				var a int
				fmt.Sscanf(m.Aggregate, "agg-%d", &a)
				if got := next[a].Add(1); got != m.Seq {
					t.Errorf("event %d of %s came as number %d", m.Seq, m.Aggregate, got)
				}
				err := s.db.InTx(ctx, func(tx store.Stores) error {
					n, err := tx.Outbox.Done(ctx, worker, s.now(), []string{m.ID})
					if err == nil && n != 1 {
						err = fmt.Errorf("%d events were finished", n)
					}
					return err
				})
				if err != nil {
					t.Errorf("done: %v", err)
				}
				delivered.Add(1)
			}
		}
	})
	if delivered.Load() != aggregates*events {
		t.Errorf("%d deliveries of %d events", delivered.Load(), aggregates*events)
	}
}

func crossedLines(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "CROSS-A", 1000, int64(rounds*crowd))
	s.sell(t, "CROSS-B", 1000, int64(rounds*crowd))
	for range rounds {
		each(crowd, func(i int) {
			first, second := "CROSS-A", "CROSS-B"
			if i%2 == 1 {
				first, second = second, first
			}
			b, err := s.fill(ctx, first, 1)
			if err == nil {
				err = s.add(ctx, b, second)
			}
			if err == nil {
				_, _, err = s.checkout.Place(ctx, b.placed(idempotency.Request{}))
			}
			if err != nil {
				t.Errorf("a buyer was told: %v", err)
			}
		})
	}
}
