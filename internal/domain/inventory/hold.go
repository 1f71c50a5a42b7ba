package inventory

import (
	"context"
	"time"
)

// Hold keeps goods for somebody without an order, until a moment. Its
// reservations are filed under its id.
type Hold struct {
	ID          string
	State       HoldState
	Until       time.Time
	Note, Actor string
	Created     time.Time
}

// HoldState is what became of a hold.
type HoldState string

// The states of a hold.
const (
	HoldOpen     HoldState = "open"
	HoldUsed     HoldState = "used" // an order was made of it, or the goods went over the counter
	HoldReleased HoldState = "released"
	HoldExpired  HoldState = "expired"
)

// Holds keeps holds.
type Holds interface {
	// InsertHold adds an open hold; the goods are reserved under its id besides.
	InsertHold(ctx context.Context, h Hold) error
	// EndHold moves an open hold to another state. It can be used and released
	// before its time only, and expires after it. Codes are "hold-not-found",
	// "hold-ended" and, for one whose time has or has not come, "hold-expired"
	// and "hold-not-expired".
	EndHold(ctx context.Context, id string, to HoldState, now time.Time) error
	// Hold returns a hold; the code is "hold-not-found".
	Hold(ctx context.Context, id string) (Hold, error)
	// OpenHolds lists open holds in the order in which they end: n behind after,
	// whose ID and Until count; the zero Hold begins at the first.
	OpenHolds(ctx context.Context, after Hold, n int) ([]Hold, error)
	// DueHolds returns the ids of up to n open holds whose time has come.
	DueHolds(ctx context.Context, now time.Time, n int) ([]string, error)
}
