package settlement

import (
	"context"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/store"
)

// TopicNotCollected tells that a payment which was to be made later needs its
// shopper after all.
const TopicNotCollected = "payment.not-collected"

// NotCollected is what that event holds; Status is declined, void or requires_action.
type NotCollected struct {
	OrderID string                `json:"order_id"`
	Status  payment.AttemptStatus `json:"status"`
}

// kept is what methods are sealed for.
const kept = "method of a payment that waits"

// wait keeps the method of an attempt whose outcome nobody knows, and lets the
// order wait for it. Should the provider have told it meanwhile, that stands.
func (s *Service) wait(ctx context.Context, a payment.Attempt, o order.Order, in Pay) (out Outcome, err error) {
	sealed, err := s.Tokens.Seal(kept, reference(a), []byte(in.Method))
	if err != nil {
		return out, err
	}
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		now := s.Now()
		is, err := tx.Orders.Lock(ctx, o.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Payments.Lock(ctx, a.PaymentID); err != nil {
			return err
		}
		if a, err = tx.Payments.Attempt(ctx, a.PaymentID, a.No); err != nil || a.Status != payment.Sent || is.Status != order.Placed || len(a.Kept) > 0 {
			return err
		}
		a.Kept, a.ReturnURL, a.Updated = sealed, in.ReturnURL, now
		if err := tx.Payments.UpdateAttempt(ctx, a); err != nil {
			return err
		}
		if err := tx.Orders.Wait(ctx, o.ID, now.Add(s.Later)); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "shopper", Action: "payment.waits", Subject: o.ID, At: now, Details: map[string]any{"payment": a.PaymentID, "attempt": a.No, "provider": a.Provider}})
	})
	if err != nil {
		return out, err
	}
	return s.stand(ctx, o.ID, a)
}

// chargeKept asks for the money of an attempt whose shopper has gone; asked is
// false if there is no reason to any more, or somebody else does so at this moment.
func (s *Service) chargeKept(ctx context.Context, a payment.Attempt, o order.Order) (st payment.State, asked bool, err error) {
	method, err := s.Tokens.Open(kept, reference(a), a.Kept)
	if err != nil {
		return st, false, err
	}
	if asked, err = s.mayCharge(ctx, a, o.ID); err != nil || !asked {
		return st, false, err
	}
	st, err = s.charge(ctx, a, o, string(method), a.ReturnURL, func(st payment.State) error {
		_, err := s.apply(ctx, "provider:"+s.Provider.Name(), o.ID, a, st)
		return err
	})
	return st, true, err
}

// mayCharge notes that an attempt that waits is asked for now, so that it is not
// forgotten while the charge may be on its way, unless it was looked at by
// somebody else since, or its order has ended.
func (s *Service) mayCharge(ctx context.Context, a payment.Attempt, orderID string) (may bool, err error) {
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		may = false
		o, err := tx.Orders.Lock(ctx, orderID)
		if err != nil {
			return err
		}
		if _, err := tx.Payments.Lock(ctx, a.PaymentID); err != nil {
			return err
		}
		is, err := tx.Payments.Attempt(ctx, a.PaymentID, a.No)
		now := s.Now()
		if err != nil || is.Status != payment.Sent || !is.Updated.Equal(a.Updated) || o.Status != order.Placed || !now.Before(o.PayBy) {
			return err
		}
		may, is.Updated = true, now
		return tx.Payments.UpdateAttempt(ctx, is)
	})
	return may, err
}

// answered forgets the method of an attempt that has an answer, and tells of
// one that needs the shopper again.
func (s *Service) answered(ctx context.Context, tx store.Stores, out *Outcome, now time.Time) error {
	a := &out.Attempt
	if len(a.Kept) == 0 {
		return nil
	}
	a.Kept, a.ReturnURL = nil, ""
	switch a.Status {
	case payment.Declined, payment.AttemptVoid, payment.RequiresAction:
		if out.Order.Status == order.Placed {
			return tx.Outbox.Add(ctx, outbox.Event{Aggregate: reference(*a), Seq: 1, Topic: TopicNotCollected, Payload: NotCollected{out.Order.ID, a.Status}, At: now})
		}
	}
	return nil
}

// hurry ends a long wait when there is nothing left to wait for: from a refusal
// on, the order has as long to be paid by other means as any unpaid one.
func (s *Service) hurry(ctx context.Context, tx store.Stores, out *Outcome, now time.Time) error {
	refused := out.Attempt.Status == payment.Declined || out.Attempt.Status == payment.AttemptVoid
	until := now.Add(s.HoldFor)
	if s.HoldFor == 0 || !refused || out.Order.Status != order.Placed || !out.Order.PayBy.After(until) {
		return nil
	}
	out.Order.PayBy = until
	return tx.Orders.Hurry(ctx, out.Order.ID, until)
}
