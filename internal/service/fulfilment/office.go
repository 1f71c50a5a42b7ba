package fulfilment

import (
	"context"
	"fmt"
	"strings"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// GiveBack asks for money to go back without goods.
type GiveBack struct {
	OrderID       string
	Amount        money.Amount
	Reason, Actor string
	Once          idempotency.Request
}

// GiveBack owes the shopper part of what was paid, as goodwill. Whatever is
// asked at once, never more goes back than was paid. Errors have the codes
// "bad-amount", "other-currency", "payment-not-captured" and "refund-exceeds".
func (s *Service) GiveBack(ctx context.Context, in GiveBack) (payment.Refund, error) {
	if in.Amount.Minor < 1 {
		return payment.Refund{}, fault.Field("bad-amount", "amount", "give back at least one minor unit")
	}
	r, err := once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (payment.Refund, error) {
		w, err := s.hold(ctx, tx, in.OrderID, in.Actor, 0)
		if err != nil {
			return payment.Refund{}, err
		}
		if in.Amount.Currency != w.o.Currency {
			return payment.Refund{}, fault.Field("other-currency", "amount", "the order was paid in %s", w.o.Currency)
		}
		tax, err := money.Scale(w.o.Tax, in.Amount.Minor, w.o.Total)
		if err != nil {
			return payment.Refund{}, err
		}
		r, _, err := s.Settle.Owe(ctx, tx, w.due, payment.Refund{Cause: payment.Goodwill, CauseID: s.NewID(), Amount: in.Amount, Tax: tax, Reason: in.Reason, Actor: in.Actor})
		if err != nil {
			return r, err
		}
		return r, w.step(ctx, w.o.Status, "refund-due", in.Reason)
	})
	if err != nil {
		return r, fmt.Errorf("give back %s of order %s: %w", in.Amount, in.OrderID, err)
	}
	return r, nil
}

// WriteNote adds a note to an order.
func (s *Service) WriteNote(ctx context.Context, n order.Note) (order.Note, error) {
	n.ID, n.WrittenAt = s.NewID(), s.Now()
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		w, err := s.hold(ctx, tx, n.OrderID, n.Author, 0)
		if err != nil {
			return err
		}
		if err := tx.AfterSales.AddNote(ctx, n); err != nil {
			return err
		}
		return w.audit(ctx, "order.note", map[string]any{"note": n.ID, "for_shopper": n.ForShopper})
	})
	if err != nil {
		return n, fmt.Errorf("write a note about order %s: %w", n.OrderID, err)
	}
	return n, nil
}

// Invoice issues the invoice of a paid order; the second time nothing happens.
// Numbers have no gaps within the series of the sales region and the year.
func (s *Service) Invoice(ctx context.Context, orderID string) (order.Invoice, error) {
	list, err := s.Invoices(ctx, []string{orderID})
	if err != nil {
		return order.Invoice{}, err
	}
	return list[0], nil
}

// Invoices is Invoice for many orders: all are issued or none.
func (s *Service) Invoices(ctx context.Context, orderIDs []string) ([]order.Invoice, error) {
	orders, err := s.DB.Read().Orders.LoadAll(ctx, orderIDs)
	if err != nil {
		return nil, err
	}
	due, err := s.DB.Read().Payments.OfOrders(ctx, orderIDs)
	if err != nil {
		return nil, err
	}
	list := make([]order.Invoice, len(orders))
	for i, o := range orders {
		list[i] = s.document(o, order.Invoice{Kind: "invoice", CauseID: due[o.ID].ID, Total: o.Total, Tax: o.Tax})
	}
	return s.issue(ctx, list...)
}

// CreditNote issues the document of a refund that is done, as Invoice does.
// Money that came too late was never invoiced and has none.
func (s *Service) CreditNote(ctx context.Context, refundID string) error {
	r, err := s.DB.Read().Payments.GetRefund(ctx, refundID)
	if err != nil || r.Cause == payment.Late {
		return err
	}
	due, err := s.DB.Read().Payments.Get(ctx, r.PaymentID)
	if err != nil {
		return err
	}
	o, err := s.DB.Read().Orders.Load(ctx, due.OrderID)
	if err != nil {
		return err
	}
	_, err = s.issue(ctx, s.document(o, order.Invoice{Kind: "credit", CauseID: r.ID, Total: r.Amount.Minor, Tax: r.Tax}))
	return err
}

// document says of v what it has of the order.
func (s *Service) document(o order.Order, v order.Invoice) order.Invoice {
	v.OrderID, v.Currency, v.IssuedAt = o.ID, o.Currency, s.Now()
	v.Series = fmt.Sprintf("%s-%d", strings.ToUpper(o.Region), v.IssuedAt.Year())
	if v.Kind == "credit" {
		v.Series = "C-" + v.Series
	}
	return v
}

func (s *Service) issue(ctx context.Context, list ...order.Invoice) (issued []order.Invoice, err error) {
	err = s.DB.InTx(ctx, func(tx store.Stores) (err error) {
		issued, err = tx.AfterSales.Issue(ctx, list...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("issue %s of order %s, first of %d: %w", list[0].Kind, list[0].OrderID, len(list), err)
	}
	return issued, nil
}
