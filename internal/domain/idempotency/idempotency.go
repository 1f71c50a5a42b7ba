// Package idempotency remembers the answer to a mutation under the key its
// client chose, in the very transaction of the mutation.
package idempotency

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// Request is a mutation with a key. The zero value has no key and is not remembered.
type Request struct {
	Scope string // the operation and whose it is
	Key   string
	Hash  []byte // SHA-256 of what was asked
}

// Reused is the answer to a key that was used for another request.
func Reused() error {
	return fault.New(fault.Conflict, "idempotency-key-reused", "This Idempotency-Key was used for another request; choose a new one.")
}

// Store keeps keys and answers.
type Store interface {
	// Claim takes the key for the caller's transaction. If it is taken it waits
	// for the other transaction and returns its answer (claimed is false), or
	// the error of Reused if the hashes differ.
	Claim(ctx context.Context, r Request, expires time.Time) (answer []byte, claimed bool, err error)
	// Save keeps the answer (JSON) under a claimed key.
	Save(ctx context.Context, r Request, answer []byte) error
	// Purge deletes up to n keys that expired before the given time, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}
