package settlement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Reconcile asks the provider about attempts that have stood open since before
// the given time, at most n of them, and applies what it says. It is how money
// is found whose notice was lost. It returns how many it looked at.
func (s *Service) Reconcile(ctx context.Context, before time.Time, n int) (int, error) {
	open, err := s.DB.Read().Payments.OpenAttempts(ctx, before, n)
	if err != nil {
		return 0, err
	}
	for _, a := range open {
		if err := s.reconcile(ctx, a); err != nil {
			s.Log.WarnContext(ctx, "payment not reconciled", "payment", a.PaymentID, "attempt", a.No, "err", err)
		}
	}
	return len(open), nil
}

// Close brings the open attempt of an order to an end at the provider. It is
// called when the order has ended or is about to.
func (s *Service) Close(ctx context.Context, orderID string) error {
	read := s.DB.Read()
	due, err := read.Payments.ByOrder(ctx, orderID)
	if err != nil {
		return err
	}
	last, found, err := read.Payments.LastAttempt(ctx, due.ID)
	if err != nil || !found || !last.Status.Open() {
		return err
	}
	return s.reconcile(ctx, last)
}

// reconcile asks about one attempt. What an ended order left open is cancelled;
// what a living one left authorised is captured.
func (s *Service) reconcile(ctx context.Context, a payment.Attempt) error {
	due, err := s.DB.Read().Payments.Get(ctx, a.PaymentID)
	if err != nil {
		return err
	}
	o, err := s.DB.Read().Orders.Load(ctx, due.OrderID)
	if err != nil {
		return err
	}
	ended := o.Status != order.Placed || !s.Now().Before(o.PayBy)
	state, found, err := s.Provider.Find(ctx, key(a))
	if err != nil {
		return fmt.Errorf("ask %s about attempt %d of payment %s: %w", s.Provider.Name(), a.No, a.PaymentID, err)
	}
	switch {
	case !found && !ended && len(a.Kept) > 0:
		var asked bool
		if state, asked, err = s.chargeKept(ctx, a, o); err != nil {
			_, touching := s.touch(ctx, a)
			return errors.Join(err, touching)
		}
		if !asked {
			return nil
		}
	case !found && !ended:
		_, err := s.touch(ctx, a)
		return err
	case !found:
		return s.forget(ctx, a, due)
	case state.Status.Open() && ended:
		if state, err = s.Provider.Cancel(ctx, key(a)+"-cancel", state.Ref); err != nil {
			return fmt.Errorf("cancel attempt %d of payment %s: %w", a.No, a.PaymentID, err)
		}
	case state.Status == payment.Authorised:
		if state, err = s.Provider.Capture(ctx, key(a)+"-capture", state.Ref, due.Amount); err != nil {
			return fmt.Errorf("capture attempt %d of payment %s: %w", a.No, a.PaymentID, err)
		}
	}
	if !payment.Follows(a.Status, state.Status) {
		_, err := s.touch(ctx, a)
		return err
	}
	_, err = s.apply(ctx, "provider:"+s.Provider.Name(), o.ID, a, state)
	return err
}

// forget ends an attempt that the provider has never heard of, once it can no
// longer be on its way there.
func (s *Service) forget(ctx context.Context, a payment.Attempt, due payment.Payment) error {
	if s.Now().Sub(a.Updated) < s.InFlight {
		return nil // Reconcile asks again
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if _, err := tx.Orders.Lock(ctx, due.OrderID); err != nil {
			return err
		}
		if _, err := tx.Payments.Lock(ctx, due.ID); err != nil {
			return err
		}
		now, err := tx.Payments.Attempt(ctx, a.PaymentID, a.No)
		if err != nil || !now.Updated.Equal(a.Updated) { // it was asked for again
			return err
		}
		_, err = s.settle(ctx, tx, "provider:"+s.Provider.Name(), due.OrderID, a,
			payment.State{Status: payment.AttemptVoid, Amount: due.Amount, Reason: "the provider never heard of it"})
		return err
	})
}

// touch notes that an open attempt was looked at or asked for now, which puts
// it at the end of the queue, and returns the attempt as it is.
func (s *Service) touch(ctx context.Context, a payment.Attempt) (now payment.Attempt, err error) {
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if _, err := tx.Payments.Lock(ctx, a.PaymentID); err != nil {
			return err
		}
		if now, err = tx.Payments.Attempt(ctx, a.PaymentID, a.No); err != nil || !now.Status.Open() {
			return err
		}
		now.Updated = s.Now()
		return tx.Payments.UpdateAttempt(ctx, now)
	})
	return now, err
}

// Status tells what a shopper may know of the payment of an order of theirs.
func (s *Service) Status(ctx context.Context, orderID string) (p payment.Payment, last payment.Attempt, err error) {
	read := s.DB.Read()
	if p, err = read.Payments.ByOrder(ctx, orderID); err != nil {
		return p, last, err
	}
	last, _, err = read.Payments.LastAttempt(ctx, p.ID)
	if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	return p, last, err
}
