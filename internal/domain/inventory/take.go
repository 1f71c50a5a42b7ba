package inventory

import (
	"context"
	"time"
)

// Take is a stock take at a location. Selling goes on meanwhile: a count says
// what is there against what the shop knew at that very moment, and closing the
// take moves the stock by the difference.
type Take struct {
	ID, Location   string
	State          TakeState
	Note           string
	Opened, Closed time.Time
}

// TakeState is whether a stock take goes on.
type TakeState string

// The states of a stock take.
const (
	TakeOpen      TakeState = "open"
	TakeClosed    TakeState = "closed"
	TakeCancelled TakeState = "cancelled"
)

// TakeLine is a SKU of a take. Opened is what was known when the take began,
// Known what was when somebody Counted it.
type TakeLine struct {
	SKU            string
	Opened         int64
	Known, Counted int64
	Done           bool // somebody has counted it
	Applied        bool // the stock was moved by the difference
}

// Difference is by how much the stock is to be moved.
func (l TakeLine) Difference() int64 {
	if !l.Done {
		return 0
	}
	return l.Counted - l.Known
}

// Takes keeps stock takes.
type Takes interface {
	// OpenTake begins a take with a line for every SKU that has stock there.
	OpenTake(ctx context.Context, t Take) error
	// LockTake returns an open take and keeps it; codes are "take-not-found" and "take-not-open".
	LockTake(ctx context.Context, id string) (Take, error)
	// Take returns a take in any state; the code is "take-not-found".
	Take(ctx context.Context, id string) (Take, error)
	// CountLine records what somebody counted, and what is known at this moment. A SKU
	// that had no stock there when the take began is added; the code is
	// "take-line-applied" for one that closing has reached.
	CountLine(ctx context.Context, t Take, sku string, counted int64) (TakeLine, error)
	// TakeLines lists the lines of a take, by SKU, n above after.
	TakeLines(ctx context.Context, id, after string, n int) ([]TakeLine, error)
	// ApplyLine marks a line whose difference has been moved and reports whether it
	// was not marked before.
	ApplyLine(ctx context.Context, id, sku string) (bool, error)
	// EndTake writes the state and the time of a take that is locked.
	EndTake(ctx context.Context, t Take) error
	// ListTakes lists takes, newest first: n with an id below before, "" for the newest.
	ListTakes(ctx context.Context, before string, n int) ([]Take, error)
}
