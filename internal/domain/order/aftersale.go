package order

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/platform/fault"
)

// Shipment is a parcel on its way. DeliveredAt is zero until it arrives.
type Shipment struct {
	ID, OrderID                    string
	Carrier, Tracking, TrackingURL string
	ShippedAt, DeliveredAt         time.Time
	Lines                          []Pick
}

// Note is something that was written down about an order.
type Note struct {
	ID, OrderID, Author, Body string
	ForShopper                bool // whether the shopper may read it
	WrittenAt                 time.Time
}

// ReturnStatus is the state of a return.
type ReturnStatus string

// The states of a return.
//
//	requested -> approved | rejected | withdrawn
//	approved -> received | withdrawn
//	received -> refunded
const (
	Requested ReturnStatus = "requested"
	Approved  ReturnStatus = "approved"
	Rejected  ReturnStatus = "rejected"
	Withdrawn ReturnStatus = "withdrawn"
	Received  ReturnStatus = "received" // the goods are back, money is on its way
	Refunded  ReturnStatus = "refunded"
)

var returnSteps = map[ReturnStatus][]ReturnStatus{
	Requested: {Approved, Rejected, Withdrawn},
	Approved:  {Received, Withdrawn},
	Received:  {Refunded},
}

// CanBecome reports whether a return in state s may move to state to.
func (s ReturnStatus) CanBecome(to ReturnStatus) bool { return slices.Contains(returnSteps[s], to) }

// Open reports whether units of the return are still expected back.
func (s ReturnStatus) Open() bool { return s == Requested || s == Approved }

// Return is the wish to send units back, and what became of it.
type Return struct {
	ID, OrderID          string
	Status               ReturnStatus
	Reason, Answer       string // the shopper's reason and the shop's answer
	RefundID             string // once money goes back
	RequestedAt, Updated time.Time
	Lines                []ReturnLine
}

// ReturnLine is units of one line: asked for, come back, and put on the shelf again.
type ReturnLine struct {
	LineNo, Qty, Received, Restocked int64
}

// RefuseReturn says that a return in state s cannot take the step; the code is
// "return-already-" with the state.
func RefuseReturn(s ReturnStatus) error {
	return fault.New(fault.Conflict, "return-already-"+string(s), "The return is already %s.", s)
}

// ReturnNotFound is the one answer for a return that the order does not have.
func ReturnNotFound(id string) error {
	return fault.New(fault.NotFound, "return-not-found", "The order has no return %s.", id)
}

// Invoice is a numbered document about money: an invoice when an order is paid,
// a credit note when money goes back. Numbers of a series have no gaps.
type Invoice struct {
	Series, Kind     string // Kind is invoice or credit
	Number           int64
	OrderID, CauseID string // CauseID is the payment or the refund
	Currency         string
	Total, Tax       int64 // minor units
	IssuedAt         time.Time
}

// AfterSales keeps what follows a sale. Shipments, notes and returns belong to
// an order, which the caller has locked or may see.
type AfterSales interface {
	AddNote(ctx context.Context, n Note) error
	// Notes returns up to n notes of the order with id > after.
	Notes(ctx context.Context, orderID, after string, n int) ([]Note, error)

	InsertShipment(ctx context.Context, sh Shipment) error
	Shipments(ctx context.Context, orderID string) ([]Shipment, error)
	// Arrived marks the shipment delivered and reports whether it was on its way;
	// the code is "shipment-not-found".
	Arrived(ctx context.Context, orderID, id string, at time.Time) (bool, error)

	InsertReturn(ctx context.Context, r Return) error
	Returns(ctx context.Context, orderID string) ([]Return, error)
	// MoveReturn writes the state, answer, refund and counts of r if it is still
	// in state from; otherwise the error of RefuseReturn.
	MoveReturn(ctx context.Context, r Return, from ReturnStatus) error
	// ReturnsIn returns up to n returns in that state with id > after, without lines.
	ReturnsIn(ctx context.Context, status ReturnStatus, after string, n int) ([]Return, error)

	// Issue writes the documents under the next numbers of their series, once per
	// cause: the second time it returns the first document.
	Issue(ctx context.Context, list ...Invoice) ([]Invoice, error)
	// IssueAll writes documents of new causes under the next numbers of their
	// series, in the order given.
	IssueAll(ctx context.Context, list []Invoice) error
	// ImportInvoices writes documents of the past under the numbers they have. Their
	// series has no gaps when all of it has come in. A document that is there is left.
	ImportInvoices(ctx context.Context, list []Invoice) error
	Invoices(ctx context.Context, orderID string) ([]Invoice, error)
	// InvoiceGaps returns the series whose documents are not numbered from 1 to
	// their last number.
	InvoiceGaps(ctx context.Context) ([]string, error)
}
