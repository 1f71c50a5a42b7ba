package remembered

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// sessionKey names the document of a session; for its number see cartKey.
func sessionKey(tokenHash []byte) string {
	return "session 1 " + base64.RawURLEncoding.EncodeToString(tokenHash)
}

// sessions tells of every session of a customer that ends or is prolonged.
// Those of staff are not remembered; Purge deletes what has ended by the clock.
type sessions struct {
	user.Sessions
	changed func(ctx context.Context, tokenHash []byte)
}

func (s sessions) Used(ctx context.Context, x user.Session, now, ends, before time.Time) error {
	defer s.changed(ctx, x.TokenHash)
	return s.Sessions.Used(ctx, x, now, ends, before)
}

func (s sessions) End(ctx context.Context, o user.Owner, id string) error {
	list, err := theirs(ctx, s.Sessions, o)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.ID == id {
			defer s.changed(ctx, x.TokenHash)
		}
	}
	return s.Sessions.End(ctx, o, id)
}

// EndAll ends sessions one by one, so that each that ends is one that is told of.
func (s sessions) EndAll(ctx context.Context, o user.Owner, keep string) (n int64, err error) {
	if o.StaffID != "" {
		return s.Sessions.EndAll(ctx, o, keep)
	}
	list, err := theirs(ctx, s.Sessions, o)
	if err != nil {
		return 0, err
	}
	for _, x := range list {
		if x.ID == keep {
			continue
		}
		err := s.Sessions.End(ctx, o, x.ID)
		s.changed(ctx, x.TokenHash)
		if err != nil && fault.Code(err) != "session-not-found" { // it ended at this moment
			return n, err
		}
		if err == nil {
			n++
		}
	}
	return n, nil
}

// theirs are all sessions of a customer, also those whose time is over.
func theirs(ctx context.Context, s user.Sessions, o user.Owner) ([]user.Session, error) {
	if o.StaffID != "" {
		return nil, nil
	}
	return s.Of(ctx, o, time.Unix(0, 0).UTC())
}

// customers tells of the sessions of a customer who is locked, closed, or only
// called otherwise.
type customers struct {
	user.Customers
	sessions user.Sessions
	changed  func(ctx context.Context, tokenHash []byte)
}

func (s customers) Update(ctx context.Context, c user.Customer) (int64, error) {
	version, err := s.Customers.Update(ctx, c)
	if err != nil {
		return version, err
	}
	// The customer is held now: who signs in waits.
	list, err := theirs(ctx, s.sessions, user.Owner{CustomerID: c.ID})
	for _, x := range list {
		s.changed(ctx, x.TokenHash)
	}
	return version, err
}

// identities tells of sessions that a provider ends.
type identities struct {
	user.Identities
	changed func(ctx context.Context, tokenHash []byte)
}

func (s identities) EndSessions(ctx context.Context, d user.Door, l user.Logout) ([][]byte, error) {
	ended, err := s.Identities.EndSessions(ctx, d, l)
	for _, hash := range ended {
		s.changed(ctx, hash)
	}
	return ended, err
}

// knownSessions knows customers as they are remembered.
type knownSessions struct {
	user.Sessions
	m *Memory
}

type knownSession struct {
	Session user.Session
	Name    string
}

// Customer implements user.Sessions. Whether the session's time is over the clock
// says each time; who has no session the database says.
func (s knownSessions) Customer(ctx context.Context, tokenHash []byte, now time.Time) (user.Session, string, error) {
	if s.m.Sessions == 0 {
		return s.Sessions.Customer(ctx, tokenHash, now)
	}
	found, err := ask(ctx, s.m, question[knownSession]{of: "session", key: sessionKey(tokenHash), keep: s.m.Sessions,
		holds: func(d knownSession) bool {
			x := d.Session
			return x.CustomerID != "" && subtle.ConstantTimeCompare(x.TokenHash, tokenHash) == 1 && now.Before(x.EndsAt) && now.Before(x.ExpiresAt)
		},
		read: func(ctx context.Context) (d knownSession, err error) {
			d.Session, d.Name, err = s.Sessions.Customer(ctx, tokenHash, now)
			return d, err
		}})
	return found.Session, found.Name, err
}
