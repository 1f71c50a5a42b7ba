// Package inventory holds stock counters, the reservations that hold stock for
// orders, and the append-only ledger that explains every change of a counter.
package inventory

import (
	"context"
	"time"
)

// Level is the stock of one SKU. Available = OnHand - Reserved, never negative.
type Level struct {
	SKU              string
	OnHand, Reserved int64
}

// Available is what can still be promised.
func (l Level) Available() int64 { return l.OnHand - l.Reserved }

// Reason says why stock moved.
type Reason string

// The reasons in the ledger.
const (
	Receive Reason = "receive" // goods came in
	Adjust  Reason = "adjust"  // a count or an import set the number
	Reserve Reason = "reserve" // an order holds stock
	Release Reason = "release" // an order gave it back
	Sale    Reason = "sale"    // a paid order took it
	Return  Reason = "return"
)

// Movement is one entry of the ledger.
type Movement struct {
	ID, SKU                    string
	Reason                     Reason
	OnHandDelta, ReservedDelta int64
	Reference                  string // an order id, an import
	MovedAt                    time.Time
}

// Line asks for Qty of SKU.
type Line struct {
	SKU string
	Qty int64
}

// Discrepancy is a SKU whose counters and ledger disagree, or whose reserved
// counter is not the sum of its held reservations.
type Discrepancy struct {
	SKU                          string
	OnHand, Reserved             int64 // counters
	LedgerOnHand, LedgerReserved int64 // sums of the ledger
	Held                         int64 // sum of held reservations
}

// Store keeps stock. Every method that changes a counter writes the ledger in
// the same transaction.
type Store interface {
	Levels(ctx context.Context, skus []string) ([]Level, error)
	// Reserve holds all lines for the order or none of them: the error has code
	// "out-of-stock" and names the SKU. Lines are taken in order of SKU, so two
	// orders never wait for each other in a circle.
	Reserve(ctx context.Context, orderID string, lines []Line, now time.Time) error
	// Release gives back what the order still holds and reports how many units.
	Release(ctx context.Context, orderID string, now time.Time) (int64, error)
	// Sell turns what the order holds into a sale and reports how many units.
	Sell(ctx context.Context, orderID string, now time.Time) (int64, error)
	// Restock puts units of a paid order back on the shelf; lines name them by the
	// SKUs of the order's lines.
	Restock(ctx context.Context, orderID string, lines []Line, why Reason, now time.Time) error
	// SetOnHand makes the on-hand counter of the SKU qty, adding it if it is new.
	// The error has code "stock-below-reserved" if qty is less than what is held.
	SetOnHand(ctx context.Context, sku string, qty int64, reference string, now time.Time) error
	// HeldBy returns how many units the order holds.
	HeldBy(ctx context.Context, orderID string) (int64, error)
	// Check compares counters, ledger and reservations for SKUs above after, n
	// at a time, and returns the last SKU looked at ("" at the end) and how many it were.
	Check(ctx context.Context, after string, n int) (bad []Discrepancy, last string, looked int64, err error)
}
