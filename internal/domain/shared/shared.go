// Package shared says what the processes of the shop hold in common to be fast:
// answers that one has made for all, versions that make them stale, counts of
// requests. The database is the truth; whatever is here may be lost at any
// moment, and costs time when it is, never a cart, a session or an order. It
// imports nothing of ours.
package shared

import (
	"context"
	"time"
)

// Catalogue is the space of what is remembered about products, categories and
// prices.
const Catalogue = "catalogue"

// Cache is common memory. Its methods do not fail and do not wait long: what
// cannot be reached has been forgotten. Adapters log and count why.
type Cache interface {
	// Get returns what was put under key, unless that was forgotten.
	Get(ctx context.Context, key string) (value []byte, ok bool)
	// Put remembers value for keep, at most. Nobody changes value afterwards.
	Put(ctx context.Context, key string, value []byte, keep time.Duration)
	// Everywhere reports whether other processes see what this one puts. Where
	// they do not, it is better kept by whoever made it.
	Everywhere() bool

	// Version names the state of a space. What is made of a space is remembered
	// under the version read before the work began: once the space changes,
	// nobody asks for it again, however late it was put. Versions do not come
	// back and have no order. A change made elsewhere may be noticed up to Notice
	// later, or as long as that cannot be reached.
	Version(ctx context.Context, space string) string
	// Change gives the space a new version. It counts in this process at once,
	// and elsewhere as soon as it can be told.
	Change(ctx context.Context, space string)

	// Take counts one more under key and returns 0, or counts nothing and returns
	// how long to wait until one more would fit.
	Take(ctx context.Context, key string, rate Rate) (wait time.Duration)
}

// Notice is how late a process may be to see the change of another.
const Notice = 100 * time.Millisecond
