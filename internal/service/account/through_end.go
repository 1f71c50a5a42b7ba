package account

import (
	"context"

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
	place := door{digest("logout", "place", placeOf(ip)), perPlace} // tokens with unknown keys make us ask for these
	if err := s.try(ctx, place); err != nil {
		return err
	}
	l, err := provider.LoggedOut(ctx, tok)
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
		n, err := tx.Identities.EndSessions(ctx, d, l)
		if err != nil || n == 0 {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "provider", Action: "sessions.end", Subject: string(d), At: now,
			Details: map[string]any{"issuer": l.Issuer, "subject": l.Subject, "sessions": n}})
	})
}
