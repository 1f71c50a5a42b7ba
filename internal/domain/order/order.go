// Package order holds orders and their state machine:
//
//	placed -> paid        money was captured in time
//	placed -> cancelled   the shopper or staff gave it up
//	placed -> expired     it was not paid in time
package order

import (
	"context"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Status is the state of an order.
type Status string

// The states of an order.
const (
	Placed    Status = "placed" // stock is held, money is due
	Paid      Status = "paid"
	Cancelled Status = "cancelled"
	Expired   Status = "expired"
)

// transitions lists what may follow each state.
var transitions = map[Status][]Status{Placed: {Paid, Cancelled, Expired}}

// CanBecome reports whether an order in state s may move to state to.
func (s Status) CanBecome(to Status) bool {
	for _, t := range transitions[s] {
		if t == to {
			return true
		}
	}
	return false
}

// Address is where an order goes.
type Address struct {
	Name     string `json:"name"`
	Line1    string `json:"line1"`
	Line2    string `json:"line2,omitempty"`
	City     string `json:"city"`
	Region   string `json:"region,omitempty"`
	Postcode string `json:"postcode"`
	Country  string `json:"country"` // ISO 3166-1 alpha-2
}

// Line is one SKU of an order. Amounts are minor units of the order's currency.
type Line struct {
	SKU, Title                         string
	Qty                                int64
	Unit, Discount, Tax, TaxPPM, Total int64
}

// Order is a cart that somebody has promised to buy. Amounts are minor units of Currency.
type Order struct {
	ID, CartID, Email                        string
	Number                                   int64
	Status                                   Status
	Version                                  int64
	Currency                                 string
	Subtotal, Discount, Shipping, Tax, Total int64
	TaxInclusive                             bool
	ShippingMethod                           string
	ShipTo                                   Address
	PlacedAt, PayBy                          time.Time
	Lines                                    []Line
}

// TotalAmount is what the order costs.
func (o Order) TotalAmount() money.Amount { return money.Of(o.Total, o.Currency) }

// Change is a transition of an order and who made it.
type Change struct {
	OrderID  string
	From, To Status
	Actor    string // shopper, provider:NAME, clock, staff:ID
	Note     string
	At       time.Time
}

// NotFound is the one answer for an order that does not exist or belongs to somebody else.
func NotFound(id string) error {
	return fault.New(fault.NotFound, "order-not-found", "There is no order %s for this token.", id)
}

// Refuse says why an order in state s cannot move to state to; codes
// "order-already-paid", "order-already-cancelled" and "order-already-expired".
func Refuse(s Status) error {
	return fault.New(fault.Conflict, "order-already-"+string(s), "The order is already %s.", s)
}

// Store keeps orders.
type Store interface {
	// NextNumber returns the next human order number; numbers may have gaps.
	NextNumber(ctx context.Context) (int64, error)
	// Insert adds the order with its lines and first history entry; the code is
	// "cart-already-ordered" if its cart has an order.
	Insert(ctx context.Context, o Order, tokenHash []byte) error
	// Get asks for the token in the same breath as the order.
	Get(ctx context.Context, id string, tokenHash []byte) (Order, error)
	// Load returns the order for work that no shopper asked for.
	Load(ctx context.Context, id string) (Order, error)
	// Lock returns the order without lines and keeps others from changing it
	// until the transaction ends.
	Lock(ctx context.Context, id string) (Order, error)
	// Move makes the change if the order is in state c.From, writes the history
	// and returns the new version; otherwise the error of Refuse.
	Move(ctx context.Context, c Change) (version int64, err error)
	// Unpaid returns the ids of up to n placed orders whose time to pay ended before now.
	Unpaid(ctx context.Context, now time.Time, n int) ([]string, error)
	// Page returns up to n orders with id > after, with lines; for checks and export.
	Page(ctx context.Context, after string, n int) ([]Order, error)
}

// Topics of order events. The aggregate is the order's id, the sequence its version.
const (
	TopicPlaced    = "order.placed"
	TopicPaid      = "order.paid"
	TopicCancelled = "order.cancelled"
	TopicExpired   = "order.expired"
)

// Event is the payload of the order topics.
type Event struct {
	OrderID string       `json:"order_id"`
	Number  int64        `json:"number"`
	Status  Status       `json:"status"`
	Total   money.Amount `json:"total"`
}

// EventOf says that o came into its status, at its version.
func EventOf(o Order, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: o.ID, Seq: o.Version, Topic: "order." + string(o.Status), At: at,
		Payload: Event{OrderID: o.ID, Number: o.Number, Status: o.Status, Total: o.TotalAmount()}}
}
