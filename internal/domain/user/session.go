package user

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// Session is a time during which somebody is known. Its token is told once and
// never kept; TokenHash is the SHA-256 of it.
type Session struct {
	ID, CustomerID, StaffID string // one of CustomerID and StaffID
	LinkID, ProviderSession string // of the identity and of the session at its provider, if one opened it
	EnrolsOnly              bool
	UserAgent               string
	TokenHash               []byte
	CreatedAt, LastUsedAt   time.Time
	EndsAt                  time.Time // when it ends if it is not used
	ExpiresAt               time.Time // when it ends in any case
}

// Owner is whose sessions are meant: one of the two.
type Owner struct{ CustomerID, StaffID string }

// SessionNotFound is the one answer for a session that ended, never was or is somebody else's.
func SessionNotFound(id string) error {
	return fault.New(fault.NotFound, "session-not-found", "You have no session %s.", id)
}

// Sessions keeps sessions. A session counts only while its owner is active.
type Sessions interface {
	Insert(ctx context.Context, s Session) error
	// Customer and Staff return the session with that token and the name of its
	// owner. The code of the error is "sign-in-required".
	Customer(ctx context.Context, tokenHash []byte, now time.Time) (s Session, name string, err error)
	Staff(ctx context.Context, tokenHash []byte, now time.Time) (s Session, name string, err error)
	// Used moves the end of a session that was not used since before.
	Used(ctx context.Context, s Session, now, ends, before time.Time) error
	// Of lists the sessions of somebody, oldest first.
	Of(ctx context.Context, o Owner, now time.Time) ([]Session, error)
	// End ends one session of o. The code of the error is "session-not-found".
	End(ctx context.Context, o Owner, id string) error
	// EndAll ends the sessions of o but the one named keep, and says how many.
	EndAll(ctx context.Context, o Owner, keep string) (int64, error)
	// Purge deletes up to n sessions that ended before, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}
