package queue

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// Letter is a dead letter: a job that failed too often, and why.
type Letter struct {
	Job
	Deliveries int64
	LastError  string
	PutAt      time.Time
	DiedAt     time.Time
}

// Letters keeps dead letters, one for each Key. They are in the shop's database
// whatever the queue is: there they can be listed, which a queue cannot do
// without handing its jobs out.
type Letters interface {
	// Bury keeps the letter, in place of an earlier one of its Key.
	Bury(ctx context.Context, l Letter) error
	// List returns up to n letters with Key > after, of one channel or of all ("").
	List(ctx context.Context, channel, after string, n int) ([]Letter, error)
	// Get returns a letter; the code is "letter-not-found".
	Get(ctx context.Context, key string) (Letter, error)
	// Remove forgets a letter if it is still the one that died at diedAt; the code
	// is "letter-not-found".
	Remove(ctx context.Context, key string, diedAt time.Time) error
	// Count counts the letters of a channel, up to 10,000.
	Count(ctx context.Context, channel string) (int64, error)
}

// LetterNotFound is the answer for a dead letter that is not there.
func LetterNotFound(key string) error {
	return fault.New(fault.NotFound, "letter-not-found", "There is no dead letter %s.", key)
}

// Table keeps jobs in the shop's database. Times are of the caller's clock; a
// receipt is good for one delivery.
type Table interface {
	Add(ctx context.Context, jobs []Job, now time.Time) error
	// Due reports whether a job of the channel can be had.
	Due(ctx context.Context, channel string, now time.Time) (bool, error)
	// Claim hides up to n jobs that can be had until then.
	Claim(ctx context.Context, channel string, n int, now, until time.Time) ([]Delivery, error)
	// Hide moves the end of a delivery's visibility and reports whether it still stood.
	Hide(ctx context.Context, receipt string, until time.Time) (bool, error)
	// Delete removes the job unless it was delivered again.
	Delete(ctx context.Context, receipt string) error
	Depth(ctx context.Context, channel string, now time.Time) (Depth, error)
}
