// Package settlement asks providers for money, applies what they say, and gives
// money back. Providers are called outside transactions; what they say moves
// payment and order forward, never back, whatever the order in which it comes.
package settlement

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// Service settles payments.
type Service struct {
	DB       store.DB
	Provider payment.Provider
	Now      func() time.Time
	NewID    func() string
	Log      *slog.Logger
	// InFlight is how long after a charge was asked for it may still reach the
	// provider; only then does "never heard of it" mean that no money will move.
	InFlight time.Duration
	// Later is how long an order may wait for a provider that cannot be reached,
	// if its shopper agrees; 0 for not at all. Tokens seals the method meanwhile.
	Later time.Duration
	// HoldFor is how long an order that has waited may be paid by other means once
	// the provider has refused; 0 for as long as it would have waited.
	HoldFor time.Duration
	Tokens  token.Maker
}

// noProvider is named by attempts of orders that cost nothing.
const noProvider = "none"

// Pay asks for an order to be paid with a method token of the provider. With
// Later the shopper agrees to be charged when the provider is back, should it be
// away now.
type Pay struct {
	OrderID, Token    string
	Method, ReturnURL string
	Later             bool
	Once              idempotency.Request
}

// Outcome is where a payment stands after an attempt.
type Outcome struct {
	Order   order.Order
	Payment payment.Payment
	Attempt payment.Attempt
}

// Collect asks the provider for what is due for an order. It may be called
// again with the same method as often as one likes: an attempt that is under
// way is continued with the same key at the provider, so money moves once. A
// declined attempt is followed by a new one, unless the idempotency key is that
// of the declined one. With in.Later an outcome that nobody knows is no error:
// the attempt stays open, and Reconcile brings it to its end.
//
// Errors have the codes "order-not-found", "order-already-…",
// "payment-in-progress", "payment-declined" and "payment-outcome-unknown".
func (s *Service) Collect(ctx context.Context, in Pay) (Outcome, error) {
	o, err := s.DB.Read().Orders.Get(ctx, in.OrderID, token.Hash(in.Token))
	if err != nil {
		return Outcome{}, err
	}
	a, err := once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (payment.Attempt, error) {
		return s.begin(ctx, tx, o.ID, token.Hash(in.Method))
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("begin payment of order %s: %w", o.ID, err)
	}
	var out Outcome
	if s.Now().Sub(a.StartedAt) > s.InFlight/4 { // begun before, and perhaps at its end meanwhile
		if a, err = s.touch(ctx, a); err != nil {
			return Outcome{}, err
		}
	}
	if a.Status.Open() {
		out, err = s.ask(ctx, a, o, in)
	} else {
		out, err = s.stand(ctx, o.ID, a)
	}
	if err != nil {
		return Outcome{}, err
	}
	out.Order.Lines = o.Lines
	if out.Attempt.Status == payment.Declined {
		return Outcome{}, fault.New(fault.PaymentDeclined, "payment-declined", "%s", reasonOr(out.Attempt.Reason, "The payment was declined; try another method."))
	}
	return out, nil
}

func reasonOr(reason, otherwise string) string {
	if reason == "" {
		return otherwise
	}
	return reason
}

// begin finds the attempt to continue or starts the next one.
func (s *Service) begin(ctx context.Context, tx store.Stores, orderID string, method []byte) (payment.Attempt, error) {
	due, err := tx.Payments.LockByOrder(ctx, orderID)
	if err != nil {
		return payment.Attempt{}, err
	}
	last, found, err := tx.Payments.LastAttempt(ctx, due.ID)
	if err != nil {
		return payment.Attempt{}, err
	}
	same := found && string(last.MethodHash) == string(method)
	switch {
	case same && (last.Status.Open() || last.Status == payment.AttemptCaptured):
		return last, nil
	case due.Status == payment.Captured:
		return payment.Attempt{}, order.Refuse(order.Paid)
	case due.Status != payment.Due:
		o, err := tx.Orders.Load(ctx, orderID)
		if err != nil {
			return payment.Attempt{}, err
		}
		return payment.Attempt{}, order.Refuse(o.Status)
	case found && last.Status.Open():
		return payment.Attempt{}, fault.New(fault.Conflict, "payment-in-progress", "Another payment of this order is under way; wait for it or cancel the order.")
	}
	next := payment.Attempt{PaymentID: due.ID, No: last.No + 1, MethodHash: method, Provider: s.Provider.Name(), Status: payment.Sent, StartedAt: s.Now()}
	if due.Amount.Minor == 0 {
		next.Provider = noProvider
	}
	return next, tx.Payments.InsertAttempt(ctx, next)
}

// ask calls the provider and applies its answer. An attempt that has its answer
// already gets the same one again.
func (s *Service) ask(ctx context.Context, a payment.Attempt, o order.Order, in Pay) (Outcome, error) {
	settle := func(st payment.State) (Outcome, error) { return s.apply(ctx, "shopper", o.ID, a, st) }
	if o.Total == 0 {
		return settle(payment.State{Status: payment.AttemptCaptured, Amount: o.TotalAmount()})
	}
	state, err := s.charge(ctx, a, o, in.Method, in.ReturnURL, func(st payment.State) error { _, err := settle(st); return err })
	if err != nil && in.Later && s.Later > 0 && fault.Code(err) == outcomeUnknown {
		return s.wait(ctx, a, o, in)
	}
	if err != nil {
		return Outcome{}, err
	}
	return settle(state)
}

// charge asks the provider for the money of an attempt, however often: its key
// is the same. authorised is called before what was authorised is captured.
func (s *Service) charge(ctx context.Context, a payment.Attempt, o order.Order, method, returnURL string, authorised func(payment.State) error) (payment.State, error) {
	state, err := s.Provider.Charge(ctx, payment.Charge{Key: key(a), Reference: reference(a), Amount: o.TotalAmount(), Method: method, ReturnURL: returnURL, Capture: true})
	if err == nil && state.Status == payment.Authorised {
		if err := authorised(state); err != nil {
			return state, err
		}
		state, err = s.Provider.Capture(ctx, key(a)+"-capture", state.Ref, o.TotalAmount())
	}
	switch {
	case err == nil:
		return state, nil
	case fault.KindOf(err) == fault.Unavailable || fault.KindOf(err) == fault.Internal:
		return state, unknown(err)
	}
	if state, err = s.refused(ctx, a, o, err); err != nil {
		return state, unknown(err)
	}
	return state, nil
}

const outcomeUnknown = "payment-outcome-unknown"

func unknown(err error) error {
	return fault.New(fault.Unavailable, outcomeUnknown, "The payment provider did not answer in time; ask again with the same method, nothing is charged twice.").Because(err)
}

// refused says where an attempt stands after a refusal. That request moved
// nothing, but an earlier one with the same key may have.
func (s *Service) refused(ctx context.Context, a payment.Attempt, o order.Order, why error) (payment.State, error) {
	state, found, err := s.Provider.Find(ctx, key(a))
	if err != nil || found {
		return state, err
	}
	return payment.State{Status: payment.Declined, Amount: o.TotalAmount(), Reason: detail(why)}, nil
}

// detail is what a shopper may read of a refusal: never its cause, which holds
// the provider's own words.
func detail(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok && len(e.Detail) <= 200 {
		return e.Detail
	}
	return "The payment was refused."
}

// Apply takes in a provider's notice: once, whatever was applied before it and
// however often it comes. Errors have the code "payment-not-found" if the
// notice is about nothing of ours.
func (s *Service) Apply(ctx context.Context, n payment.Notice) error {
	id, no, err := parseReference(n.State.Reference)
	if err != nil {
		return err
	}
	read := s.DB.Read()
	a, err := read.Payments.Attempt(ctx, id, no)
	if err != nil {
		return err
	}
	if !payment.Follows(a.Status, n.State.Status) {
		return nil // attempts only move forward, so this stays stale
	}
	due, err := read.Payments.Get(ctx, id)
	if err != nil {
		return err
	}
	provider := s.Provider.Name()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		first, err := tx.Inbox.First(ctx, "notice:"+provider, n.ID, s.Now())
		if err != nil || !first {
			return err
		}
		_, err = s.settle(ctx, tx, "provider:"+provider, due.OrderID, a, n.State)
		return err
	})
	if err != nil {
		return fmt.Errorf("apply notice %s: %w", n.ID, err)
	}
	return nil
}

// apply settles what the provider answered, unless its notice was faster.
func (s *Service) apply(ctx context.Context, actor, orderID string, a payment.Attempt, st payment.State) (out Outcome, err error) {
	read := s.DB.Read()
	if out.Attempt, err = read.Payments.Attempt(ctx, a.PaymentID, a.No); err != nil {
		return out, err
	}
	if !payment.Follows(out.Attempt.Status, st.Status) {
		return s.stand(ctx, orderID, out.Attempt)
	}
	err = s.DB.InTx(ctx, func(tx store.Stores) (err error) {
		out, err = s.settle(ctx, tx, actor, orderID, a, st)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("apply %s to payment %s: %w", st.Status, a.PaymentID, err)
	}
	return out, nil
}

// stand is the outcome of an attempt that has nothing new to tell.
func (s *Service) stand(ctx context.Context, orderID string, a payment.Attempt) (out Outcome, err error) {
	out.Attempt = a
	if out.Payment, err = s.DB.Read().Payments.Get(ctx, a.PaymentID); err != nil {
		return out, err
	}
	out.Order, err = s.DB.Read().Orders.Load(ctx, orderID)
	return out, err
}

// settle moves attempt, payment and order to what the provider says, and
// returns where they stand; the order comes without its lines. Rows are taken
// in the order in which ending an order takes them: the order before the
// payment, so the two wait for each other but never in a circle.
func (s *Service) settle(ctx context.Context, tx store.Stores, actor, orderID string, a payment.Attempt, st payment.State) (out Outcome, err error) {
	now := s.Now()
	if out.Order, err = tx.Orders.Lock(ctx, orderID); err != nil {
		return out, err
	}
	if out.Payment, err = tx.Payments.Lock(ctx, a.PaymentID); err != nil {
		return out, err
	}
	if out.Attempt, err = tx.Payments.Attempt(ctx, a.PaymentID, a.No); err != nil {
		return out, err
	}
	if !payment.Follows(out.Attempt.Status, st.Status) {
		return out, nil
	}
	if st.Amount != out.Payment.Amount {
		return out, fault.New(fault.Conflict, "payment-amount-differs", "The provider speaks of %s, the payment is of %s.", st.Amount, out.Payment.Amount)
	}
	out.Attempt.Status, out.Attempt.Reason, out.Attempt.ActionURL, out.Attempt.Updated = st.Status, st.Reason, st.ActionURL, now
	if st.Ref != "" {
		out.Attempt.ProvRef = st.Ref
	}
	if err := s.answered(ctx, tx, &out, now); err != nil {
		return out, err
	}
	if err := tx.Payments.UpdateAttempt(ctx, out.Attempt); err != nil {
		return out, err
	}
	if err := s.hurry(ctx, tx, &out, now); err != nil {
		return out, err
	}
	switch {
	case st.Status != payment.AttemptCaptured:
		return out, nil
	case out.Payment.Status == payment.Due && out.Order.Status == order.Placed:
		return out, s.paid(ctx, tx, actor, &out, now)
	}
	return out, s.giveBack(ctx, tx, out.Payment, out.Attempt)
}

// paid completes the order with the money of the attempt.
func (s *Service) paid(ctx context.Context, tx store.Stores, actor string, out *Outcome, now time.Time) (err error) {
	o, due, a := &out.Order, &out.Payment, out.Attempt
	if o.Version, err = tx.Orders.Move(ctx, order.Change{OrderID: o.ID, From: order.Placed, To: order.Paid, Actor: actor, At: now}); err != nil {
		return err
	}
	o.Status = order.Paid
	due.Status, due.Provider, due.ProvRef, due.UpdatedAt = payment.Captured, a.Provider, a.ProvRef, now
	if err := tx.Payments.SetStatus(ctx, *due, payment.Due); err != nil {
		return err
	}
	if _, err := tx.Stock.Sell(ctx, o.ID, now); err != nil {
		return err
	}
	if err := tx.Outbox.Add(ctx, order.EventOf(*o, now)); err != nil {
		return err
	}
	return tx.Audit.Add(ctx, audit.Entry{Actor: actor, Action: "payment.captured", Subject: o.ID, At: now,
		Details: map[string]any{"payment": due.ID, "attempt": a.No, "provider": a.Provider, "ref": a.ProvRef, "amount": due.Amount}})
}

// key is the idempotency key of an attempt at the provider.
func key(a payment.Attempt) string { return a.PaymentID + "-" + strconv.FormatInt(a.No, 10) }

func reference(a payment.Attempt) string { return a.PaymentID + "/" + strconv.FormatInt(a.No, 10) }

func parseReference(ref string) (id string, no int64, err error) {
	id, text, ok := strings.Cut(ref, "/")
	no, convErr := strconv.ParseInt(text, 10, 64)
	if !ok || convErr != nil || len(id) != 36 || no < 1 || no > 9999 {
		return "", 0, fault.New(fault.NotFound, "payment-not-found", "The notice is about nothing of this shop.")
	}
	return id, no, nil
}
