package settlement

import (
	"context"
	"fmt"
	"strconv"

	"tradewind/internal/domain/audit"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// GiveBackUnknown gives back what the provider holds under a reference of the
// shop's that is not in its database: its order was lost by a restore. Asked
// twice it gives back once. The code of the error is "payment-known" if there is
// such an attempt: then a refund goes through its order.
func (s *Service) GiveBackUnknown(ctx context.Context, ref string, amount money.Amount) error {
	id, no, err := parseReference(ref)
	if err != nil {
		return err
	}
	if _, err := s.DB.Read().Payments.Attempt(ctx, id, no); err == nil {
		return fault.New(fault.Conflict, "payment-known", "The payment %s is of an order that is here; refund that.", ref)
	} else if fault.KindOf(err) != fault.NotFound {
		return err
	}
	state, found, err := s.Provider.Find(ctx, id+"-"+strconv.FormatInt(no, 10))
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.NotFound, "payment-not-found", "The provider does not know the payment %s.", ref)
	}
	refund, err := s.Provider.Refund(ctx, "unknown-"+id+"-"+strconv.FormatInt(no, 10), state.Ref, amount)
	if err != nil {
		return fmt.Errorf("give back %s: %w", ref, err)
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		return tx.Audit.Add(ctx, audit.Entry{Actor: "system", Action: "payment.unknown-given-back", Subject: id, At: s.Now(),
			Details: map[string]any{"attempt": no, "ref": state.Ref, "refund": refund, "amount": amount}})
	})
}
