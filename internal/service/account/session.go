package account

import (
	"context"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// touchEvery bounds how often the use of a session is written down.
const touchEvery = time.Minute

// Signed is a session that has just begun, with its token.
type Signed struct {
	Token      string
	ExpiresAt  time.Time
	EnrolsOnly bool   // staff who have to set up their second factor first
	Hint       string // to be shown again at the sign-out; "" unless a provider opened the session
}

// Customer returns who holds the token of a customer's session. The code of the
// error is "sign-in-required".
func (s *Service) Customer(ctx context.Context, tok string) (user.Principal, error) {
	now := s.Now()
	x, name, err := s.DB.Read().Sessions.Customer(ctx, token.Hash(tok), now)
	if err != nil {
		return user.Principal{}, err
	}
	return user.Principal{SessionID: x.ID, CustomerID: x.CustomerID, Name: name}, s.used(ctx, x, s.Config.CustomerIdle, now)
}

// Staff returns who holds the token of a staff session, with what they may do
// at this moment. The code of the error is "sign-in-required".
func (s *Service) Staff(ctx context.Context, tok string) (user.Principal, error) {
	now, read := s.Now(), s.DB.Read()
	x, name, err := read.Sessions.Staff(ctx, token.Hash(tok), now)
	if err != nil {
		return user.Principal{}, err
	}
	may, err := read.Staff.Permissions(ctx, x.StaffID)
	if err != nil {
		return user.Principal{}, err
	}
	return user.Principal{SessionID: x.ID, StaffID: x.StaffID, Name: name, Permissions: may, EnrolsOnly: x.EnrolsOnly}, s.used(ctx, x, s.Config.StaffIdle, now)
}

// used writes down that the session is used, at most once in touchEvery.
func (s *Service) used(ctx context.Context, x user.Session, idle time.Duration, now time.Time) error {
	if now.Sub(x.LastUsedAt) < touchEvery {
		return nil
	}
	err := s.DB.Read().Sessions.Used(ctx, x, now, earlier(now.Add(idle), x.ExpiresAt), now.Add(-touchEvery))
	if fault.KindOf(err) == fault.Unavailable { // who can be known need not be turned away
		return nil
	}
	return err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// begin makes a session in tx. Its token is always a new one, whatever the
// browser brought along.
func (s *Service) begin(ctx context.Context, tx store.Stores, x user.Session, now time.Time) (Signed, error) {
	idle, most := s.Config.CustomerIdle, s.Config.CustomerMost
	if x.StaffID != "" {
		idle, most = s.Config.StaffIdle, s.Config.StaffMost
	}
	tok := s.NewToken()
	x.ID, x.TokenHash, x.CreatedAt, x.LastUsedAt = s.NewID(), token.Hash(tok), now, now
	x.ExpiresAt, x.EndsAt = now.Add(most), now.Add(idle)
	return Signed{Token: tok, ExpiresAt: x.ExpiresAt, EnrolsOnly: x.EnrolsOnly}, tx.Sessions.Insert(ctx, x)
}

// owner is whose sessions p may see and end.
func owner(p user.Principal) user.Owner {
	return user.Owner{CustomerID: p.CustomerID, StaffID: p.StaffID}
}

// Sessions lists those of the principal.
func (s *Service) Sessions(ctx context.Context, p user.Principal) ([]user.Session, error) {
	return s.DB.Read().Sessions.Of(ctx, owner(p), s.Now())
}

// EndSession ends a session of the principal. The code of the error is "session-not-found".
func (s *Service) EndSession(ctx context.Context, p user.Principal, id string) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Sessions.End(ctx, owner(p), id) })
}

// SignOutElsewhere ends all sessions of the principal but the one at hand.
func (s *Service) SignOutElsewhere(ctx context.Context, p user.Principal) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		_, err := tx.Sessions.EndAll(ctx, owner(p), p.SessionID)
		return err
	})
}

// Begin signs a customer in who has proven otherwise who they are.
func (s *Service) Begin(ctx context.Context, customer string) (out Signed, err error) {
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		out, err = s.begin(ctx, tx, user.Session{CustomerID: customer}, now)
		return err
	})
	return out, err
}
