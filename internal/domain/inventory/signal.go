package inventory

import "context"

// Signal is what has been said of a SKU.
type Signal struct {
	SKU          string
	SoldOut, Low bool
	WasSoldOut   bool
	WasLow       bool
	Version      int64 // of what was said; 0: nothing yet
	Promisable   int64
}

// Signals remember what has been said, so that it is said once.
type Signals interface {
	// Signals compares what was said of the SKUs with how they stand, and returns
	// those that differ, by SKU, with what is to be said now. low is the level of
	// those whose policy names none; 0 is never.
	Signals(ctx context.Context, skus []string, low int64) ([]Signal, error)
	// Say records that s was said, if nobody has said anything since s.Version, and
	// reports whether so. The new version is s.Version + 1.
	Say(ctx context.Context, s Signal) (bool, error)
}
