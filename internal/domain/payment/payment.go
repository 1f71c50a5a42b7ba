// Package payment holds what is owed for an order, the attempts to collect it,
// refunds, how they may follow each other, and the Provider port through which
// money moves. No card data passes through here: a method is a provider's token.
package payment

import (
	"context"
	"time"

	"tradewind/internal/platform/money"
)

// Status is the state of a payment.
type Status string

// The states of a payment. Due -> Captured -> Refunded, or Due -> Void. While
// part of it went back it stays Captured; see Payment.Refunded.
const (
	Due      Status = "due"
	Captured Status = "captured"
	Void     Status = "void"     // the order ended before money came
	Refunded Status = "refunded" // everything went back
)

// AttemptStatus is the state of one attempt as the provider tells it.
type AttemptStatus string

// The states of an attempt. Rank orders them: a notice that would lead back is stale.
const (
	Sent            AttemptStatus = "sent" // asked, no answer yet
	RequiresAction  AttemptStatus = "requires_action"
	Pending         AttemptStatus = "pending"
	Authorised      AttemptStatus = "authorised"
	Declined        AttemptStatus = "declined"
	AttemptCaptured AttemptStatus = "captured"
	AttemptVoid     AttemptStatus = "void"
	AttemptRefunded AttemptStatus = "refunded"
)

// rank orders attempt states; see Follows.
var rank = map[AttemptStatus]int{Sent: 0, RequiresAction: 1, Pending: 2, Authorised: 3, Declined: 4, AttemptVoid: 4, AttemptCaptured: 5, AttemptRefunded: 6}

// Follows reports whether an attempt in state from may move to state to.
// Notices come in any order and more than once, so anything that does not lead
// forward is stale and is to be ignored, not an error.
func Follows(from, to AttemptStatus) bool {
	rf, ok := rank[from]
	rt, ok2 := rank[to]
	return ok && ok2 && rt > rf
}

// Open reports whether the provider may still move the attempt by itself.
func (s AttemptStatus) Open() bool {
	return s == Sent || s == RequiresAction || s == Pending || s == Authorised
}

// Payment is what is owed for one order.
type Payment struct {
	ID, OrderID          string
	Amount               money.Amount
	Status               Status
	Attempts             int64
	Refunded             int64  // minor units that went back or are about to
	Provider, ProvRef    string // of the attempt that was captured
	CreatedAt, UpdatedAt time.Time
}

// Attempt is one try to collect a payment. No is counted from 1.
type Attempt struct {
	PaymentID          string
	No                 int64
	MethodHash         []byte // SHA-256 of the method token
	Provider, ProvRef  string
	Status             AttemptStatus
	Reason             string // why it was declined, for the shopper
	ActionURL          string // where the shopper confirms; RequiresAction only
	StartedAt, Updated time.Time

	// Kept is the method's token, sealed, while the provider is waited for, and
	// ReturnURL where the shopper comes back to; see settlement.Pay.Later.
	Kept      []byte
	ReturnURL string
}

// Cause says why money goes back.
type Cause string

// The causes of refunds. Late is money that came for an order which had ended;
// all others are taken from a payment that was captured.
const (
	Late     Cause = "late"
	Cancel   Cause = "cancel"
	Return   Cause = "return"
	Goodwill Cause = "goodwill"
)

// RefundStatus is the state of a refund.
type RefundStatus string

// The states of a refund.
const (
	RefundDue    RefundStatus = "due"
	RefundDone   RefundStatus = "done"
	RefundFailed RefundStatus = "failed" // the provider refused; nothing moved
)

// Refund is money to be given back of one captured attempt. Cause and CauseID
// together happen once per payment. Tax is the part of Amount that is tax.
type Refund struct {
	ID, PaymentID string
	AttemptNo     int64
	Cause         Cause
	CauseID       string // the return, the cancellation, the request; the attempt's number if Late
	Amount        money.Amount
	Tax           int64
	Status        RefundStatus
	ProvRef       string // the provider's id of the charge
	Provider      string
	Ref           string // the provider's id of the refund, once it is done
	Reason, Actor string
	CreatedAt     time.Time
	Updated       time.Time // CreatedAt until it ended
}

// Record is a payment with all that became of it.
type Record struct {
	Payment
	Tries []Attempt
	Backs []Refund
}

// Store keeps payments. Errors have the codes "payment-not-found" and "payment-changed".
type Store interface {
	Insert(ctx context.Context, p Payment) error
	// Import adds payments of the past as they are.
	Import(ctx context.Context, list []Record) error
	ByOrder(ctx context.Context, orderID string) (Payment, error)
	// OfOrders returns the payments of orders by the order's id; the code is
	// "payment-not-found" if one has none.
	OfOrders(ctx context.Context, orderIDs []string) (map[string]Payment, error)
	Get(ctx context.Context, id string) (Payment, error)
	// LockByOrder is ByOrder and Lock in one.
	LockByOrder(ctx context.Context, orderID string) (Payment, error)
	// Lock returns the payment and keeps others from changing it until the transaction ends.
	Lock(ctx context.Context, id string) (Payment, error)
	// SetStatus moves the payment if it is still in state from; otherwise "payment-changed".
	SetStatus(ctx context.Context, p Payment, from Status) error

	Attempt(ctx context.Context, paymentID string, no int64) (Attempt, error)
	LastAttempt(ctx context.Context, paymentID string) (a Attempt, found bool, err error)
	InsertAttempt(ctx context.Context, a Attempt) error
	UpdateAttempt(ctx context.Context, a Attempt) error
	// OpenAttempts returns up to n attempts that are open and were last touched before the given time.
	OpenAttempts(ctx context.Context, before time.Time, n int) ([]Attempt, error)

	// InsertRefund adds a refund that is due and counts it against the payment,
	// unless it is Late. A second one for the same cause is ignored and reported
	// as false. The code is "refund-exceeds" if less than that is left.
	InsertRefund(ctx context.Context, r Refund) (bool, error)
	GetRefund(ctx context.Context, id string) (Refund, error)
	// Refunds returns those of a payment, oldest first.
	Refunds(ctx context.Context, paymentID string) ([]Refund, error)
	// EndRefund moves a refund that is due to done or failed and reports whether
	// it was due. One that failed no longer counts against the payment.
	EndRefund(ctx context.Context, r Refund, to RefundStatus, provRef string, now time.Time) (bool, error)
}

// Charge asks a provider for money. Key makes it safe to ask again.
type Charge struct {
	Key       string // idempotency key: payment id and attempt number
	Reference string // comes back in every notice
	Amount    money.Amount
	Method    string // the provider's token of a card or account
	ReturnURL string // where a step-up sends the shopper afterwards; may be ""
	Capture   bool   // take the money at once rather than only authorise it
}

// State is what a provider says of a charge. Amount is what was captured, or
// what was asked for as long as nothing is; refunds do not lessen it.
type State struct {
	Ref       string // the provider's id
	Reference string // ours
	Status    AttemptStatus
	Amount    money.Amount
	Reason    string // why it was declined, for the shopper
	ActionURL string
}

// Notice is a provider's message about a charge. ID is unique per provider.
type Notice struct {
	ID    string
	State State
	At    time.Time
}

// Provider moves money. Errors of kind Unavailable mean that the outcome is
// unknown: ask again with the same key, or Find. Any other error means that
// nothing moved; their codes are "payment-refused" and "payment-method-invalid".
// A declined charge is no error but a State, with the Reason; the answer to a
// repeated key is that of the first time, so only Find tells the state of now.
type Provider interface {
	Name() string
	// Charge starts a charge; the same key gives the same charge.
	Charge(ctx context.Context, c Charge) (State, error)
	// Capture takes amount of an authorised charge.
	Capture(ctx context.Context, key, ref string, amount money.Amount) (State, error)
	// Cancel gives up a charge that is not captured.
	Cancel(ctx context.Context, key, ref string) (State, error)
	// Refund gives back amount of a captured charge and returns the refund's id.
	Refund(ctx context.Context, key, ref string, amount money.Amount) (string, error)
	// Find looks for the charge that was started with the key.
	Find(ctx context.Context, key string) (st State, found bool, err error)
	// Notice checks the signature of a webhook's raw body and reads it; header
	// names may be in any case. The code of the error is "bad-signature", also
	// for a notice signed too long ago, or "bad-notice".
	Notice(header map[string]string, body []byte, now time.Time) (Notice, error)
}
