package service_test

import (
	"context"
	"testing"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/settlement"
)

// ledger is a provider that knows charges of its own, and refunds by their key.
type ledger struct {
	bank
	refunds map[string]money.Amount
}

func (l *ledger) Find(_ context.Context, key string) (payment.State, bool, error) {
	return payment.State{Ref: "ch-" + key}, key != "00000000-0000-7000-8000-00000000dead-7", nil
}

func (l *ledger) Refund(_ context.Context, key, ref string, amount money.Amount) (string, error) {
	l.refunds[key+" "+ref] = amount
	return "re-1", nil
}

// Money is given back only for what is not here, and once.
func TestMoneyForALostOrderIsGivenBackAndNoOther(t *testing.T) {
	s := newShop(t)
	o, tok := s.place(t, 2)
	out, err := s.money.Collect(t.Context(), settlement.Pay{OrderID: o.ID, Token: tok, Method: method, ReturnURL: "https://shop.example/back"})
	if err != nil || out.Order.Status != "paid" {
		t.Fatalf("%s, %v", out.Order.Status, err)
	}
	l := &ledger{refunds: map[string]money.Amount{}}
	s.money.Provider = l
	five := money.Amount{Minor: 500, Currency: "EUR"}
	if err := s.money.GiveBackUnknown(t.Context(), out.Attempt.PaymentID+"/1", five); fault.Code(err) != "payment-known" || len(l.refunds) != 0 {
		t.Errorf("the money of an order that is here: %v, %v", err, l.refunds)
	}
	lost := "00000000-0000-7000-8000-00000000beef"
	for range 2 {
		if err := s.money.GiveBackUnknown(t.Context(), lost+"/1", five); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.refunds) != 1 || l.refunds["unknown-"+lost+"-1 ch-"+lost+"-1"] != five {
		t.Errorf("given back: %v", l.refunds)
	}
	for ref, code := range map[string]string{"00000000-0000-7000-8000-00000000dead/7": "payment-not-found", "of another shop": "payment-not-found", lost + "/x": "payment-not-found"} {
		if err := s.money.GiveBackUnknown(t.Context(), ref, five); fault.Code(err) != code || len(l.refunds) != 1 {
			t.Errorf("%s: %v", ref, err)
		}
	}
}
