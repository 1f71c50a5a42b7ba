// Package order holds orders, what may become of them, and what follows a sale:
// shipments, returns, refunds by units, notes and invoices.
//
//	placed -> paid        money was captured in time
//	placed -> cancelled   the shopper or staff gave it up
//	placed -> expired     it was not paid in time
//	paid -> shipped       everything that was not cancelled is on its way
//	paid -> cancelled     staff cancelled every unit; the money goes back
//	shipped -> delivered  every shipment has arrived
//
// What happens to single units is counted in the lines; see Line.
package order

import (
	"context"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Status is the state of an order.
type Status string

// The states of an order.
const (
	Placed    Status = "placed" // stock is held, money is due
	Paid      Status = "paid"
	Shipped   Status = "shipped"
	Delivered Status = "delivered"
	Cancelled Status = "cancelled"
	Expired   Status = "expired"
)

// Transition is a step that an order may take, and the kinds of actors who may
// take it: the part of Change.Actor before the colon.
type Transition struct {
	From, To Status
	By       []string
}

// Transitions is every step an order may take.
var Transitions = []Transition{
	{Placed, Paid, []string{"shopper", "provider"}},
	{Placed, Cancelled, []string{"shopper", "customer", "staff"}},
	{Placed, Expired, []string{"clock"}},
	{Paid, Shipped, []string{"staff", "warehouse"}},
	{Paid, Cancelled, []string{"staff"}},
	{Shipped, Delivered, []string{"staff", "carrier"}},
}

// May reports whether actor may move an order from one state to another.
func May(actor string, from, to Status) bool {
	kind, _, _ := strings.Cut(actor, ":")
	return slices.ContainsFunc(Transitions, func(t Transition) bool {
		return t.From == from && t.To == to && slices.Contains(t.By, kind)
	})
}

// Sold reports whether the order was paid for and not given up.
func (s Status) Sold() bool { return s == Paid || s == Shipped || s == Delivered }

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

// Line is one SKU of an order. Amounts are minor units of the order's currency;
// Total is what the shopper pays for it, tax included. Of Qty units, Cancelled
// were given up before they were sent, Shipped were sent, and Returned of those
// came back.
type Line struct {
	No                                 int64 // counted from 1
	SKU, Title                         string
	Qty                                int64
	Unit, Discount, Tax, TaxPPM, Total int64
	Cancelled, Shipped, Returned       int64
}

// Order is a cart that somebody has promised to buy. Amounts are minor units of Currency.
type Order struct {
	ID, CartID, Email                        string // ID is a UUIDv7 of PlacedAt
	CustomerID                               string // "" while it is a guest's
	Number                                   int64
	Region                                   string // where it was sold to; see pricing.Zone
	Status                                   Status
	Version                                  int64
	Currency                                 string
	Subtotal, Discount, Shipping, Tax, Total int64
	Rounding                                 int64 // what Total was rounded by
	TaxInclusive                             bool
	ShippingMethod                           string
	ShipTo                                   Address
	PlacedAt, PayBy                          time.Time
	Lines                                    []Line
	LaterCart                                string // of what was kept for later; filled when it is placed
}

// Record is an order with all that became of it. The history is complete: its
// last entry made the version that the order has.
type Record struct {
	Order
	TokenHash []byte
	History   []Change
	Notes     []Note
	Shipments []Shipment
	Returns   []Return
}

// TotalAmount is what the order costs.
func (o Order) TotalAmount() money.Amount { return money.Of(o.Total, o.Currency) }

// Change is an entry of an order's history. From and To are equal where only
// units changed.
type Change struct {
	OrderID  string
	Version  int64 // of the order afterwards; filled when read
	From, To Status
	Event    string // what happened, such as "units-cancelled"; the new state if ""
	Actor    string // shopper, customer:ID, staff:ID, provider:NAME, carrier:NAME, warehouse, clock
	Note     string
	At       time.Time
}

// NotFound is the one answer for an order that does not exist or belongs to somebody else.
func NotFound(id string) error {
	return fault.New(fault.NotFound, "order-not-found", "There is no order %s for this token.", id)
}

// Refuse says why an order in state s cannot take the step; codes are
// "order-already-" with the state, such as "order-already-paid".
func Refuse(s Status) error {
	return fault.New(fault.Conflict, "order-already-"+string(s), "The order is already %s.", s)
}

// Store keeps orders.
type Store interface {
	// NextNumber returns the next human order number; numbers may have gaps, those
	// of invoices have none.
	NextNumber(ctx context.Context) (int64, error)
	// Insert adds the order with its lines and first history entry; the code is
	// "cart-already-ordered" if its cart has an order.
	Insert(ctx context.Context, o Order, tokenHash []byte) error
	// Get asks for the token in the same breath as the order.
	Get(ctx context.Context, id string, tokenHash []byte) (Order, error)
	// IsOf reports whether the order is the customer's.
	IsOf(ctx context.Context, id, customer string) (bool, error)
	// Claim makes every order with that address that is nobody's the customer's
	// and says how many there were.
	Claim(ctx context.Context, customer, email string) (int64, error)
	// Load returns the order for work that no shopper asked for.
	Load(ctx context.Context, id string) (Order, error)
	// LoadAll is Load for many orders, in the order of the ids.
	LoadAll(ctx context.Context, ids []string) ([]Order, error)
	// Lock returns the order without lines and keeps others from changing it
	// until the transaction ends.
	Lock(ctx context.Context, id string) (Order, error)
	// Lines returns the lines of an order.
	Lines(ctx context.Context, id string) ([]Line, error)
	// Move makes the change if the order is in state c.From and the actor may,
	// writes the history and returns the new version; otherwise the error of Refuse.
	Move(ctx context.Context, c Change) (version int64, err error)
	// Record writes a change that leaves the state, and returns the new version.
	Record(ctx context.Context, c Change) (version int64, err error)
	// Wait gives a placed order until that moment to be paid, if it has less.
	Wait(ctx context.Context, id string, until time.Time) error
	// Hurry gives a placed order no longer than that moment to be paid.
	Hurry(ctx context.Context, id string, until time.Time) error
	// Count moves units of a line; the code is "units-exceeded" if there are not
	// that many.
	Count(ctx context.Context, id string, u Units) error
	// History returns what happened to the order, oldest first.
	History(ctx context.Context, id string) ([]Change, error)
	// Unpaid returns the ids of up to n placed orders whose time to pay ended before now.
	Unpaid(ctx context.Context, now time.Time, n int) ([]string, error)
	// Import adds orders of the past with all that became of them, as they are;
	// what they took is for inventory.Store to import, money for payment.Store.
	Import(ctx context.Context, list []Record) error
	// Page returns up to n orders with id > after, with lines; for checks and export.
	Page(ctx context.Context, after string, n int) ([]Order, error)
	// Search returns a page of orders without lines, newest first.
	Search(ctx context.Context, f Filter) ([]Order, error)

	// Regions returns the sales regions with orders placed in the month that begins at month.
	Regions(ctx context.Context, month time.Time) ([]string, error)
	// InPart returns up to n orders of a part with id > after, with lines.
	InPart(ctx context.Context, p Part, after string, n int) ([]Order, error)
	// Purge deletes orders, which the caller has locked, with what belongs to
	// them alone: lines, history, notes, shipments, returns, payment, attempts,
	// refunds, and what they had taken from stock. Invoices, the stock ledger, uses
	// of promotions and the audit stay. What Purged says is kept instead.
	Purge(ctx context.Context, list []Purged) error
	// Purged returns up to n purged orders with id > after.
	Purged(ctx context.Context, after string, n int) ([]Purged, error)
	// Absent returns those of the ids that are neither of an order nor of a purged one.
	Absent(ctx context.Context, ids []string) ([]string, error)
}

// Filter narrows a list of orders. At most one of Number, Email and SKU is used,
// in this order; Status may join any.
type Filter struct {
	CustomerID  string
	Number      int64
	Email       string
	SKU         string
	Status      Status
	From, Until time.Time // when it was placed; Until is exclusive, zero is open
	Before      string    // id of the last order of the page before
	Limit       int
}

// EmailKey is the form in which addresses are compared, the same as that of
// accounts: whoever has proven an address may claim its orders.
func EmailKey(address string) string { return user.EmailKey(strings.TrimSpace(address)) }

// Topics of order events. The aggregate is the order's id, the sequence its version.
const (
	TopicPlaced    = "order.placed"
	TopicPaid      = "order.paid"
	TopicCancelled = "order.cancelled"
	TopicExpired   = "order.expired"
	TopicShipped   = "order.shipped"
	TopicDelivered = "order.delivered"
	TopicChanged   = "order.changed" // units, shipments or returns of it
)

// Event is the payload of the order topics.
type Event struct {
	OrderID string       `json:"order_id"`
	Number  int64        `json:"number"`
	Status  Status       `json:"status"`
	Total   money.Amount `json:"total"`
	Region  string       `json:"region"`
	Change  string       `json:"change,omitempty"` // what happened, in order.changed
}

// EventOf says that o came into its status, at its version.
func EventOf(o Order, at time.Time) outbox.Event { return o.event("order."+string(o.Status), "", at) }

// EventChanged says that something else happened to o, at its version.
func EventChanged(o Order, what string, at time.Time) outbox.Event {
	return o.event(TopicChanged, what, at)
}

func (o Order) event(topic, what string, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: o.ID, Seq: o.Version, Topic: topic, At: at,
		Payload: Event{OrderID: o.ID, Number: o.Number, Status: o.Status, Total: o.TotalAmount(), Region: o.Region, Change: what}}
}
