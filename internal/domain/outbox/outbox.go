// Package outbox holds facts that are written with a transaction and delivered
// afterwards, at least once, in order within an aggregate; and the inbox by
// which a consumer handles each of them once in effect.
package outbox

import (
	"context"
	"encoding/json"
	"time"
)

// Event is a fact about an aggregate. Seq orders the events of one aggregate
// and is unique within it. Payload is marshalled to JSON.
type Event struct {
	Aggregate string
	Seq       int64
	Topic     string // such as "order.placed"
	Payload   any
	At        time.Time
}

// Message is an Event as the relay delivers it.
type Message struct {
	ID        string // UUIDv7
	Aggregate string
	Seq       int64
	Topic     string
	Payload   json.RawMessage
	CreatedAt time.Time
	Attempts  int64  // deliveries so far, this one included
	Trace     string // the traceparent of who wrote it, or ""
}

// Letter is a dead message: one that failed too often.
type Letter struct {
	Message
	LastError string
}

// Backlog is the state of the outbox, for metrics.
type Backlog struct {
	Pending, Dead int64         // counted up to a bound of 10,000 each
	Oldest        time.Duration // age of the oldest pending event; 0 if none
}

// Store keeps events until they are delivered.
type Store interface {
	// Add writes the event in the caller's transaction.
	Add(ctx context.Context, e Event) error
	// Claim leases up to n events that are due to worker until the given time and
	// returns them, oldest first. Of one aggregate only the earliest event that
	// is not done can be claimed; a dead one holds back those behind it.
	Claim(ctx context.Context, worker string, now, until time.Time, n int) ([]Message, error)
	// Done marks those events delivered that worker still holds and returns how many.
	Done(ctx context.Context, worker string, now time.Time, ids []string) (int64, error)
	// Retry returns the event to the queue, due at next.
	Retry(ctx context.Context, worker, id string, next time.Time, reason string) error
	// Bury makes the event a dead letter.
	Bury(ctx context.Context, worker, id string, now time.Time, reason string) error
	// Dead lists dead letters with id > after.
	Dead(ctx context.Context, after string, n int) ([]Letter, error)
	// Replay makes a dead letter pending again. The error's code is "letter-not-found".
	Replay(ctx context.Context, id string, now time.Time) error
	// Drop gives a dead letter up: what is behind it goes on as if it had been
	// delivered. The error's code is "letter-not-found".
	Drop(ctx context.Context, id string, now time.Time) error
	// Waiting reports whether an event of the aggregate is not delivered.
	Waiting(ctx context.Context, aggregate string) (bool, error)
	// Backlog looks at the queue.
	Backlog(ctx context.Context, now time.Time) (Backlog, error)
	// Purge deletes up to n delivered events that were added before, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}

// Inbox remembers which messages a consumer has handled.
type Inbox interface {
	// Seen reports whether consumer has handled the message.
	Seen(ctx context.Context, consumer, messageID string) (bool, error)
	// First records the message and reports whether consumer sees it for the first time.
	First(ctx context.Context, consumer, messageID string, now time.Time) (bool, error)
	// FirstOf is First for many messages; it returns those, in their order, that
	// consumer sees for the first time.
	FirstOf(ctx context.Context, consumer string, messageIDs []string, now time.Time) ([]string, error)
	// Purge deletes up to n records older than before, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}
