package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

const method = "tok_of-the-provider"

// away is a provider that cannot be reached.
func away(payment.Charge) (payment.State, error) {
	return payment.State{}, fault.New(fault.Unavailable, "payment-provider-unavailable", "Later.").Because(errors.New("connection refused"))
}

// waiting is an order whose shopper agreed to be charged later.
func waiting(t *testing.T) (s *shop, o order.Order, tok string) {
	t.Helper()
	s = newShop(t)
	s.money.Later, s.money.HoldFor, s.money.InFlight, s.money.Tokens = 24*time.Hour, 15*time.Minute, time.Minute, token.Maker{Secret: bytes.Repeat([]byte("s"), 32)}
	s.bank.answer = away
	o, tok = s.place(t, 2)
	out, err := s.money.Collect(t.Context(), settlement.Pay{OrderID: o.ID, Token: tok, Method: method, ReturnURL: "https://shop.example/back", Later: true})
	if err != nil || out.Attempt.Status != payment.Sent || out.Order.Status != order.Placed || !out.Order.PayBy.Equal(noon.Add(24*time.Hour)) {
		t.Fatalf("Collect = %s, order %s until %v, %v", out.Attempt.Status, out.Order.Status, out.Order.PayBy, err)
	}
	if kept := out.Attempt.Kept; len(kept) == 0 || bytes.Contains(kept, []byte(method)) {
		t.Fatalf("the method is kept as %q", kept)
	}
	return s, o, tok
}

// later lets the provider answer and asks it about what waits.
func (s *shop) later(t *testing.T, o order.Order, answer func(payment.Charge) (payment.State, error)) (order.Order, payment.Attempt) {
	t.Helper()
	s.bank.answer, s.at = answer, s.at.Add(time.Hour)
	if n, err := s.money.Reconcile(t.Context(), s.at, 10); err != nil || n != 1 {
		t.Fatalf("Reconcile looked at %d, %v", n, err)
	}
	now, err := s.db.Read().Orders.Load(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, a, err := s.money.Status(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now, a
}

// told is what was said of payments that need their shopper.
func (s *shop) told(t *testing.T) (list []settlement.NotCollected) {
	t.Helper()
	var all []outbox.Message
	err := s.db.InTx(t.Context(), func(tx store.Stores) (err error) {
		all, err = tx.Outbox.Claim(t.Context(), "the test", s.at, s.at.Add(time.Minute), 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Topic != settlement.TopicNotCollected {
			continue
		}
		var n settlement.NotCollected
		if err := json.Unmarshal(m.Payload, &n); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(m.Payload), method) {
			t.Error("the event tells the method")
		}
		list = append(list, n)
	}
	return list
}

func TestAnOrderIsPaidWhenItsProviderIsBack(t *testing.T) {
	s, o, _ := waiting(t)
	if now, a := s.later(t, o, away); now.Status != order.Placed || a.Status != payment.Sent || len(a.Kept) == 0 {
		t.Errorf("while the provider is away the order is %s, the attempt %s", now.Status, a.Status)
	}
	var asked payment.Charge
	now, a := s.later(t, o, func(c payment.Charge) (payment.State, error) { asked = c; return says(payment.AttemptCaptured)(c) })
	if now.Status != order.Paid || a.Status != payment.AttemptCaptured || len(a.Kept) != 0 || a.ReturnURL != "" {
		t.Errorf("afterwards the order is %s, the attempt %s, its method kept in %d bytes", now.Status, a.Status, len(a.Kept))
	}
	if asked.Method != method || asked.ReturnURL != "https://shop.example/back" || asked.Amount != o.TotalAmount() {
		t.Errorf("the provider was asked for %+v", asked)
	}
	if list := s.told(t); len(list) != 0 {
		t.Errorf("a shopper who has paid is told %v", list)
	}
}

func TestAPaymentThatFailsLaterIsTold(t *testing.T) {
	for _, status := range []payment.AttemptStatus{payment.Declined, payment.RequiresAction} {
		t.Run(string(status), func(t *testing.T) {
			s, o, tok := waiting(t)
			now, a := s.later(t, o, says(status))
			if now.Status != order.Placed || a.Status != status || len(a.Kept) != 0 {
				t.Errorf("the order is %s, the attempt %s, its method kept in %d bytes", now.Status, a.Status, len(a.Kept))
			}
			if list := s.told(t); len(list) != 1 || list[0] != (settlement.NotCollected{OrderID: o.ID, Status: status}) {
				t.Errorf("told: %+v", list)
			}
			if status != payment.Declined {
				return
			}
			s.bank.answer = says(payment.AttemptCaptured) // with another method, in the time that is left
			if out, err := s.money.Collect(t.Context(), settlement.Pay{OrderID: o.ID, Token: tok, Method: "another"}); err != nil || out.Order.Status != order.Paid {
				t.Errorf("another method: order %s, %v", out.Order.Status, err)
			}
		})
	}
}

// Goods are not held for a day for somebody whose payment was refused: the order
// has the ordinary time from then on, and another refusal adds nothing.
func TestARefusedPaymentHoldsItsGoodsNoLongerThanAnyUnpaidOrder(t *testing.T) {
	confirm, of, _ := waiting(t)
	if now, _ := confirm.later(t, of, says(payment.RequiresAction)); !now.PayBy.Equal(noon.Add(24 * time.Hour)) {
		t.Errorf("while the shopper may still confirm, the order has until %v", now.PayBy)
	}
	s, o, tok := waiting(t)
	now, _ := s.later(t, o, says(payment.Declined))
	until := s.at.Add(15 * time.Minute)
	if !now.PayBy.Equal(until) {
		t.Errorf("after the refusal the order has until %v, want %v", now.PayBy, until)
	}
	s.at = s.at.Add(10 * time.Minute)
	if _, err := s.money.Collect(t.Context(), settlement.Pay{OrderID: o.ID, Token: tok, Method: "another"}); fault.Code(err) != "payment-declined" {
		t.Errorf("another refusal: %v", err)
	}
	for at, want := range map[time.Time]int{until: 0, until.Add(time.Second): 1} {
		if ids, err := s.db.Read().Orders.Unpaid(t.Context(), at, 10); err != nil || len(ids) != want {
			t.Errorf("at %v %v are to end, want %d, %v", at, ids, want, err)
		}
	}
}

func TestOnlyWhoAgreesIsChargedLater(t *testing.T) {
	s := newShop(t)
	s.bank.answer = away
	for name, pay := range map[string]settlement.Pay{"without a word": {}, "where the shop does not": {Later: true}} {
		o, tok := s.place(t, 1)
		pay.OrderID, pay.Token, pay.Method = o.ID, tok, method
		if _, err := s.money.Collect(t.Context(), pay); fault.Code(err) != "payment-outcome-unknown" {
			t.Errorf("%s: %v", name, err)
		}
		if _, a, err := s.money.Status(t.Context(), o.ID); err != nil || len(a.Kept) != 0 {
			t.Errorf("%s: the method is kept, %v", name, err)
		}
	}
}

func TestAnOrderThatEndsForgetsTheMethod(t *testing.T) {
	s, o, tok := waiting(t)
	if _, err := s.orders.Cancel(t.Context(), o.ID, tok, "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	now, a := s.later(t, o, func(payment.Charge) (payment.State, error) {
		t.Error("a cancelled order was charged")
		return payment.State{}, nil
	})
	if now.Status != order.Cancelled || a.Status != payment.AttemptVoid || len(a.Kept) != 0 {
		t.Errorf("the order is %s, the attempt %s, its method kept in %d bytes", now.Status, a.Status, len(a.Kept))
	}
	if list := s.told(t); len(list) != 0 {
		t.Errorf("who has cancelled is told %v", list)
	}
}

// An attempt whose charge may be on its way is not given up when its order ends:
// should the answer be lost, nobody would ask what became of the money.
func TestAChargeOnItsWayIsAskedAboutThoughItsOrderEnds(t *testing.T) {
	s, o, tok := waiting(t)
	now, a := s.later(t, o, func(payment.Charge) (payment.State, error) {
		if _, err := s.orders.Cancel(t.Context(), o.ID, tok, "", idempotency.Request{}); err != nil {
			t.Error(err)
		}
		if err := s.money.Close(t.Context(), o.ID); err != nil {
			t.Error(err)
		}
		return away(payment.Charge{})
	})
	if now.Status != order.Cancelled || !a.Status.Open() {
		t.Errorf("the order is %s, the attempt %s: nobody asks about it", now.Status, a.Status)
	}
}

// An order that is cancelled while the provider is asked about it is not charged.
func TestAnOrderThatEndsBeforeItsTurnIsNotCharged(t *testing.T) {
	s, o, tok := waiting(t)
	s.bank.asked = func() {
		if _, err := s.orders.Cancel(t.Context(), o.ID, tok, "", idempotency.Request{}); err != nil {
			t.Error(err)
		}
	}
	if now, _ := s.later(t, o, func(payment.Charge) (payment.State, error) {
		t.Error("a cancelled order was charged")
		return away(payment.Charge{})
	}); now.Status != order.Cancelled {
		t.Errorf("the order is %s", now.Status)
	}
}
