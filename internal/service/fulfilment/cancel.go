package fulfilment

import (
	"context"
	"fmt"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// CancelUnits asks for units of a paid order not to be sent.
type CancelUnits struct {
	OrderID string
	Version int64 // of the order as staff saw it; 0 for any
	Lines   []order.Pick
	Actor   string // staff:ID
	Reason  string
	Once    idempotency.Request
}

// CancelUnits gives up units that were not sent yet: the goods go back on the
// shelf and their share of the money back to the shopper, to the cent. With the
// last unit of an order of which nothing was sent, shipping is paid back too,
// promotions count as not used, and the order is cancelled.
//
// Errors have the codes "order-not-found", "order-already-…", "order-not-paid",
// "changed-meanwhile", "line-not-found", "no-units", "bad-quantity" and "units-exceeded".
func (s *Service) CancelUnits(ctx context.Context, in CancelUnits) (order.Order, error) {
	if err := order.CheckPicks(in.Lines); err != nil {
		return order.Order{}, err
	}
	o, err := once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (order.Order, error) {
		w, err := s.hold(ctx, tx, in.OrderID, in.Actor, in.Version)
		if err != nil {
			return w.o, err
		}
		return w.o, s.cancel(ctx, &w, in)
	})
	if err != nil {
		return o, fmt.Errorf("cancel units of order %s: %w", in.OrderID, err)
	}
	return o, nil
}

func (s *Service) cancel(ctx context.Context, w *work, in CancelUnits) error {
	switch w.o.Status {
	case order.Paid:
	case order.Placed:
		return fault.New(fault.Conflict, "order-not-paid", "The order is not paid yet; it can only be cancelled whole.")
	default:
		return order.Refuse(w.o.Status)
	}
	total, tax, err := w.giveUp(ctx, in.Lines)
	if err != nil {
		return err
	}
	goods, err := stockLines(w.o.Lines, in.Lines)
	if err != nil {
		return err
	}
	if err := w.tx.Stock.Restock(ctx, w.o.ID, goods, inventory.Return, w.now); err != nil {
		return err
	}
	to, event := order.Paid, "units-cancelled"
	switch unsent, shipped := order.Remaining(w.o.Lines); {
	case unsent == 0 && shipped == 0:
		to, event = order.Cancelled, ""
		freight, freightTax := w.o.ShippingShare()
		total, tax = total+freight, tax+freightTax
		if _, err := w.tx.Promotions.Return(ctx, w.o.ID); err != nil {
			return err
		}
	case unsent == 0:
		to, event = order.Shipped, ""
	}
	if err := s.payBack(ctx, w, payment.Refund{Cause: payment.Cancel, CauseID: s.NewID(), Amount: money.Of(total, w.o.Currency), Tax: tax, Reason: in.Reason}); err != nil {
		return err
	}
	if err := w.step(ctx, to, event, in.Reason); err != nil {
		return err
	}
	if err := s.settleLists(ctx, w, picking.Withdrawn, ""); err != nil {
		return err
	}
	return w.audit(ctx, "order.cancel-units", map[string]any{"lines": in.Lines, "reason": in.Reason, "amount": money.Of(total, w.o.Currency)})
}

// giveUp counts units as cancelled and adds up what they are worth.
func (w *work) giveUp(ctx context.Context, picks []order.Pick) (total, tax int64, err error) {
	for _, p := range picks {
		l, err := order.Find(w.o.Lines, p.LineNo)
		if err != nil {
			return 0, 0, err
		}
		worth, taxed, err := l.Share(p.Qty)
		if err != nil {
			return 0, 0, err
		}
		if err := w.count(ctx, order.Units{LineNo: p.LineNo, Cancelled: p.Qty}); err != nil {
			return 0, 0, err
		}
		total, tax = total+worth, tax+taxed
	}
	return total, tax, nil
}

// payBack owes the shopper at most what is left of the payment; earlier goodwill
// may have taken some. The refund's actor is the one at work.
func (s *Service) payBack(ctx context.Context, w *work, r payment.Refund) error {
	if left := w.due.Amount.Minor - w.due.Refunded; r.Amount.Minor > left {
		r.Amount.Minor, r.Tax = left, min(r.Tax, left)
	}
	if r.Amount.Minor == 0 {
		return nil
	}
	r.Actor = w.actor
	_, _, err := s.Settle.Owe(ctx, w.tx, w.due, r)
	return err
}
