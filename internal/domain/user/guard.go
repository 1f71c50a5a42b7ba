package user

import (
	"context"
	"time"
)

// Limit says how often something may be tried before one has to wait: Free
// times, then First, and twice as long after each further attempt, up to Most.
// Attempts are forgotten when there was none for Forget.
type Limit struct {
	Free                int64
	First, Most, Forget time.Duration
}

// Wait is how long the door is shut after the nth attempt.
func (l Limit) Wait(n int64) time.Duration {
	over := n - l.Free
	if over < 0 {
		return 0
	}
	wait := l.First
	for range over {
		if wait *= 2; wait >= l.Most {
			return l.Most
		}
	}
	return min(wait, l.Most)
}

// Guard counts attempts at doors, for all processes of the shop together.
type Guard interface {
	// Attempt counts one and returns 0, or returns how long the door is still
	// shut and counts nothing.
	Attempt(ctx context.Context, key string, l Limit, now time.Time) (wait time.Duration, err error)
	// Undo takes one attempt back, and opens the door.
	Undo(ctx context.Context, key string, now time.Time) error
	// Forget takes all attempts back.
	Forget(ctx context.Context, key string) error
	// Trust remembers a key until then; Trusted asks.
	Trust(ctx context.Context, key string, until time.Time) error
	Trusted(ctx context.Context, key string, now time.Time) (bool, error)
	// Purge deletes up to n rows that are forgotten, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}
