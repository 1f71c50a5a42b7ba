package settlement

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Topics of refunds; the aggregate is the refund's id.
const (
	TopicRefundDue    = "refund.due"    // money must go back
	TopicRefundDone   = "refund.done"   // it has
	TopicRefundFailed = "refund.failed" // the provider refused; somebody must look
)

// RefundEvent is the payload of the refund topics.
type RefundEvent struct {
	RefundID string `json:"refund_id"`
	OrderID  string `json:"order_id"`
}

// Owe writes down in the caller's transaction that money must go back; the
// payment's provider is asked afterwards. It reports whether the cause is new: a
// cause is paid back once. ID, AttemptNo, Status and CreatedAt are filled in. Errors have
// the codes "payment-not-captured" and "refund-exceeds". The caller has locked
// order and payment.
func (s *Service) Owe(ctx context.Context, tx store.Stores, due payment.Payment, r payment.Refund) (payment.Refund, bool, error) {
	if r.Cause != payment.Late {
		if due.Status != payment.Captured {
			return r, false, fault.New(fault.Conflict, "payment-not-captured", "The payment is %s; there is nothing to give back.", due.Status)
		}
		a, err := captured(ctx, tx, due)
		if err != nil {
			return r, false, err
		}
		r.AttemptNo = a.No
	}
	r.ID, r.PaymentID, r.Status, r.CreatedAt = s.NewID(), due.ID, payment.RefundDue, s.Now()
	added, err := tx.Payments.InsertRefund(ctx, r)
	if err != nil || !added {
		return r, false, err
	}
	if err := tx.Outbox.Add(ctx, outbox.Event{Aggregate: r.ID, Seq: 1, Topic: TopicRefundDue, Payload: RefundEvent{r.ID, due.OrderID}, At: r.CreatedAt}); err != nil {
		return r, false, err
	}
	return r, true, tx.Audit.Add(ctx, audit.Entry{Actor: r.Actor, Action: "refund.due", Subject: due.OrderID, At: r.CreatedAt,
		Details: map[string]any{"refund": r.ID, "payment": due.ID, "attempt": r.AttemptNo, "amount": r.Amount, "cause": r.Cause, "reason": r.Reason}})
}

// captured returns the attempt whose money the payment has. The provider may have
// told already that all of it went back, when the refund's own answer is still on
// its way; then the payment says that nothing is left.
func captured(ctx context.Context, tx store.Stores, due payment.Payment) (payment.Attempt, error) {
	for no := due.Attempts; no > 0; no-- {
		a, err := tx.Payments.Attempt(ctx, due.ID, no)
		has := a.Status == payment.AttemptCaptured || a.Status == payment.AttemptRefunded
		if err != nil || has && a.ProvRef == due.ProvRef {
			return a, err
		}
	}
	return payment.Attempt{}, fmt.Errorf("payment %s is captured, but none of its attempts is", due.ID)
}

// giveBack records that money came for an order that no longer wants it.
func (s *Service) giveBack(ctx context.Context, tx store.Stores, due payment.Payment, a payment.Attempt) error {
	if due.Amount.Minor == 0 {
		return nil
	}
	_, _, err := s.Owe(ctx, tx, due, payment.Refund{AttemptNo: a.No, Cause: payment.Late, CauseID: strconv.FormatInt(a.No, 10),
		Amount: due.Amount, Reason: "money came after the order had ended", Actor: "clock"})
	return err
}

// Refund gives back what a refund says, once. What the provider refuses for
// good is marked failed; for what it does not answer, ask again.
func (s *Service) Refund(ctx context.Context, id string) error {
	r, err := s.DB.Read().Payments.GetRefund(ctx, id)
	if err != nil || r.Status != payment.RefundDue {
		return err
	}
	if r.Provider == noProvider {
		return fmt.Errorf("refund %s is of an attempt without money", id)
	}
	ref, err := s.Provider.Refund(ctx, "refund-"+r.ID, r.ProvRef, r.Amount)
	kind := fault.KindOf(err)
	switch {
	case err == nil:
		return s.refunded(ctx, r, ref)
	case kind == fault.Unavailable || kind == fault.Internal || ctx.Err() != nil:
		return fmt.Errorf("refund %s: %w", id, err)
	}
	return s.refundFailed(ctx, r, err)
}

func (s *Service) refunded(ctx context.Context, r payment.Refund, ref string) error {
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		due, err := tx.Payments.Lock(ctx, r.PaymentID)
		if err != nil {
			return err
		}
		done, err := tx.Payments.EndRefund(ctx, r, payment.RefundDone, ref, now)
		if err != nil || !done {
			return err
		}
		if err := s.allBack(ctx, tx, due, r, now); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, outbox.Event{Aggregate: r.ID, Seq: 2, Topic: TopicRefundDone, Payload: RefundEvent{r.ID, due.OrderID}, At: now}); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "clock", Action: "refund.done", Subject: due.OrderID, At: now,
			Details: map[string]any{"refund": r.ID, "ref": ref, "amount": r.Amount}})
	})
}

// allBack moves the attempt, and the payment it completed, once all of the
// money has gone back.
func (s *Service) allBack(ctx context.Context, tx store.Stores, due payment.Payment, r payment.Refund, now time.Time) error {
	if r.Cause != payment.Late {
		all, err := tx.Payments.Refunds(ctx, due.ID)
		if err != nil {
			return err
		}
		var gone int64
		for _, x := range all {
			if x.Cause != payment.Late && x.Status == payment.RefundDone {
				gone += x.Amount.Minor
			}
		}
		if gone < due.Amount.Minor {
			return nil
		}
		due.Status, due.UpdatedAt = payment.Refunded, now
		if err := tx.Payments.SetStatus(ctx, due, payment.Captured); err != nil {
			return err
		}
	}
	a, err := tx.Payments.Attempt(ctx, r.PaymentID, r.AttemptNo)
	if err != nil {
		return err
	}
	a.Status, a.Updated = payment.AttemptRefunded, now
	return tx.Payments.UpdateAttempt(ctx, a)
}

func (s *Service) refundFailed(ctx context.Context, r payment.Refund, why error) error {
	s.Log.ErrorContext(ctx, "refund refused by the provider", "refund", r.ID, "payment", r.PaymentID, "err", why)
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		due, err := tx.Payments.Lock(ctx, r.PaymentID)
		if err != nil {
			return err
		}
		failed, err := tx.Payments.EndRefund(ctx, r, payment.RefundFailed, "", now)
		if err != nil || !failed {
			return err
		}
		if err := tx.Outbox.Add(ctx, outbox.Event{Aggregate: r.ID, Seq: 2, Topic: TopicRefundFailed, Payload: RefundEvent{r.ID, due.OrderID}, At: now}); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "clock", Action: "refund.failed", Subject: due.OrderID, At: now,
			Details: map[string]any{"refund": r.ID, "amount": r.Amount, "reason": fault.Code(why)}})
	})
}
