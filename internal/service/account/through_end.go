package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// SignOut ends the session at hand. If a provider opened it, page is where the
// session there can be ended too; a provider that does not answer has none.
func (s *Service) SignOut(ctx context.Context, p user.Principal, hint string) (page string, err error) {
	link, err := s.DB.Read().Identities.OfSession(ctx, p.SessionID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	if err := s.EndSession(ctx, p, p.SessionID); err != nil {
		return "", err
	}
	provider := s.Providers[link.Door]
	if provider == nil {
		return "", nil
	}
	if page, err = provider.SignOut(ctx, hint); fault.KindOf(err) == fault.Unavailable {
		err = nil
	}
	return page, err
}

// LoggedOut ends the sessions of which a provider tells that its own has ended
// (OpenID Connect Back-Channel Logout 1.0). What it tells twice is done once.
// Errors have the codes "no-provider", "sign-in-refused",
// "provider-unavailable" and "too-many-attempts".
func (s *Service) LoggedOut(ctx context.Context, d user.Door, tok, ip string) error {
	provider, err := s.provider(d)
	if err != nil {
		return err
	}
	place := door{digest("logout", "place", placeOf(ip)), perLogout} // tokens with unknown keys make us ask for these
	if err := s.try(ctx, place); err != nil {
		return err
	}
	l, err := provider.LoggedOut(ctx, tok)
	if fault.KindOf(err) == fault.Unavailable { // who tells cannot help it
		undone := s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Guard.Undo(ctx, place.key, s.Now()) })
		return errors.Join(err, undone)
	}
	if err != nil {
		return err
	}
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Guard.Undo(ctx, place.key, now); err != nil {
			return err
		}
		first, err := tx.Inbox.First(ctx, "logout-"+string(d), digest("token", "id", l.Issuer, l.TokenID), now)
		if err != nil || !first {
			return err
		}
		if err := s.overtake(ctx, tx, d, l); err != nil {
			return err
		}
		over, err := tx.Identities.EndSessions(ctx, d, l)
		if err != nil || len(over) == 0 {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "provider", Action: "sessions.end", Subject: string(d), At: now,
			Details: map[string]any{"issuer": l.Issuer, "subject": l.Subject, "sessions": len(over)}})
	})
}

// ended is under what it is kept that a provider told of the end of a session,
// or of all of somebody's, in a second of our clock.
func ended(issuer, kind, who string, at time.Time) string {
	return digest("ended", issuer, kind, who, strconv.FormatInt(at.Unix(), 10))
}

// overtake tells sign-ins that are under way that what they bring has ended. It
// waits for those that are about to open a session, which is then found.
func (s *Service) overtake(ctx context.Context, tx store.Stores, d user.Door, l user.Logout) error {
	kind, who := "session", l.SessionID
	if who == "" {
		kind, who = "subject", l.Subject
	}
	if d == user.StaffDoor {
		if _, err := tx.Staff.LockOwners(ctx); err != nil {
			return err
		}
	} else if link, err := tx.Identities.Find(ctx, d, l.Issuer, l.Subject); err == nil {
		if _, err := tx.Customers.Lock(ctx, link.CustomerID); err != nil {
			return err
		}
	} else if fault.KindOf(err) != fault.NotFound {
		return err
	}
	now := s.Now()
	_, err := tx.Inbox.First(ctx, "ended-"+string(d), ended(l.Issuer, kind, who, now), now)
	return err
}

// overtaken refuses an arrival of whom the provider has told, since they came
// back from there, that they have signed out.
func (s *Service) overtaken(ctx context.Context, tx store.Stores, d user.Door, a arrival) error {
	for at, now := a.cameAt, s.Now(); at.Unix() <= now.Unix(); at = at.Add(time.Second) {
		for kind, who := range map[string]string{"session": a.SessionID, "subject": a.Subject} {
			over, err := tx.Inbox.Seen(ctx, "ended-"+string(d), ended(a.Claims.Issuer, kind, who, at))
			if err != nil {
				return err
			}
			if over {
				return user.SignInRefused(errors.New("the session at the provider has ended meanwhile"))
			}
		}
	}
	return nil
}
