package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/mail"
	"strings"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// ThroughFor is how long somebody may take at the provider.
const ThroughFor = 10 * time.Minute

// sealedThrough is the purpose of the key that seals what a browser keeps.
const sealedThrough = "sign-in through a provider"

// Begun is a sign-in at a provider: the page where it goes on, and what the
// browser that began it keeps until it comes back. The shop keeps nothing.
type Begun struct{ URL, Kept string }

type kept struct {
	user.Challenge
	ReturnTo string
	Until    time.Time
}

// provider returns that of a door. The code of the error is "no-provider".
func (s *Service) provider(d user.Door) (user.IdentityProvider, error) {
	if p := s.Providers[d]; p != nil {
		return p, nil
	}
	return nil, fault.New(fault.NotFound, "no-provider", "This shop has no provider for sign-ins here.")
}

// GoThrough begins a sign-in at the provider of a door, which ends at the page
// returnTo. Errors have the codes "no-provider" and "provider-unavailable".
func (s *Service) GoThrough(ctx context.Context, d user.Door, returnTo string) (Begun, error) {
	provider, err := s.provider(d)
	if err != nil {
		return Begun{}, err
	}
	k := kept{user.Challenge{State: token.Random(), Nonce: token.Random(), Verifier: token.Random()}, returnTo, s.Now().Add(ThroughFor)}
	url, err := provider.Begin(ctx, k.Challenge)
	if err != nil {
		return Begun{}, err
	}
	text, err := json.Marshal(k)
	if err != nil {
		return Begun{}, err
	}
	sealed, err := s.Tokens.Seal(sealedThrough, string(d), text)
	return Begun{URL: url, Kept: base64.RawURLEncoding.EncodeToString(sealed)}, err
}

// reopen reads what the browser kept; ok is false for what was not begun here,
// at this door, or a while ago.
func (s *Service) reopen(d user.Door, text string) (k kept, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return k, false
	}
	plain, err := s.Tokens.Open(sealedThrough, string(d), sealed)
	if err != nil || json.Unmarshal(plain, &k) != nil {
		return kept{}, false
	}
	return k, k.Until.After(s.Now())
}

// Return is what a browser brings back from a provider.
type Return struct {
	Kept          string
	Answer        user.Answer
	IP, UserAgent string
}

// ComeBack lets somebody in who comes back from the provider of a door, and says
// to which page. Attempts count as at the door with a password, by place alone:
// whose they are is not known yet. Errors have the codes "sign-in-lost",
// "sign-in-cancelled", "sign-in-refused", "second-factor-missing",
// "provider-unavailable", "no-provider", "too-many-attempts", those of
// staffThrough and those of customerThrough.
func (s *Service) ComeBack(ctx context.Context, d user.Door, in Return) (out Signed, returnTo string, err error) {
	provider, err := s.provider(d)
	if err != nil {
		return out, "", err
	}
	place := door{digest(map[user.Door]string{user.StaffDoor: "staff", user.CustomerDoor: "in"}[d], "place", placeOf(in.IP)), perPlace}
	k, ok := s.reopen(d, in.Kept)
	if err := s.try(ctx, place); err != nil {
		return out, k.ReturnTo, err
	}
	if !ok || subtle.ConstantTimeCompare([]byte(k.State), []byte(in.Answer.State)) != 1 {
		return out, k.ReturnTo, fault.New(fault.Unauthorized, "sign-in-lost", "This sign-in was begun in another browser, or too long ago. Please begin again.")
	}
	cameAt := s.Now()
	c, err := finish(ctx, provider, in.Answer, k.Challenge)
	if fault.KindOf(err) == fault.Unavailable { // nobody's fault who stands here
		undone := s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Guard.Undo(ctx, place.key, s.Now()) })
		err = errors.Join(err, undone)
	}
	if err != nil {
		return out, k.ReturnTo, err
	}
	admit := s.customerThrough
	if d == user.StaffDoor {
		admit = s.staffThrough
	}
	out, err = admit(ctx, arrival{Claims: c, Return: in, place: place.key, cameAt: cameAt})
	return out, k.ReturnTo, err
}

func finish(ctx context.Context, provider user.IdentityProvider, a user.Answer, c user.Challenge) (user.Claims, error) {
	switch a.Error {
	case "":
		return provider.Finish(ctx, a, c)
	case "access_denied":
		return user.Claims{}, fault.New(fault.Unauthorized, "sign-in-cancelled", "You did not sign in.")
	case "server_error", "temporarily_unavailable":
		return user.Claims{}, user.ProviderUnavailable(errors.New(a.Error))
	}
	return user.Claims{}, user.SignInRefused(errors.New(a.Error))
}

// arrival is somebody of whom a provider says who they are.
type arrival struct {
	user.Claims
	Return
	place  string    // the key of the attempt that was counted
	cameAt time.Time // before the provider was asked who they are
}

// is is the identity of the arrival, without whose it is here.
func (a arrival) is(d user.Door, id string, now time.Time) user.Identity {
	return user.Identity{ID: id, Door: d, Issuer: a.Claims.Issuer, Subject: a.Subject, CreatedAt: now}
}

// called is a name to show: the provider's, or what stands before the @.
func (a arrival) called() string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, a.Name))
	if name == "" {
		name, _, _ = strings.Cut(a.Email, "@")
	}
	return string([]rune(name)[:min(len([]rune(name)), 120)])
}

// hasEmail reports whether the provider named an address that can be one.
func (a arrival) hasEmail() bool {
	at, err := mail.ParseAddress(a.Email)
	return err == nil && at.Address == a.Email && len(a.Email) <= 254
}

// notLinked refuses an identity whose address belongs to an account that was
// opened otherwise.
func notLinked() error {
	return fault.New(fault.Conflict, "identity-not-linked", "There is an account with your address that this sign-in does not belong to.")
}

// mayLink refuses to link somebody who comes in with another identity of the
// same provider: an address can be given to somebody else, a subject cannot. The
// code is "identity-taken" if they have been linked at this moment.
func (a arrival) mayLink(ctx context.Context, tx store.Stores, o user.Owner) error {
	links, err := tx.Identities.Of(ctx, o)
	for _, l := range links {
		if l.Issuer == a.Claims.Issuer && l.Subject == a.Subject {
			return user.IdentityTaken()
		}
		if l.Issuer == a.Claims.Issuer {
			return notLinked()
		}
	}
	return err
}

// open begins the session of an arrival.
func (s *Service) open(ctx context.Context, tx store.Stores, a arrival, x user.Session, now time.Time) (Signed, error) {
	d := user.CustomerDoor
	if x.StaffID != "" {
		d = user.StaffDoor
	}
	if err := s.overtaken(ctx, tx, d, a); err != nil {
		return Signed{}, err
	}
	x.UserAgent, x.ProviderSession = a.UserAgent, a.SessionID
	out, err := s.begin(ctx, tx, x, now)
	if err != nil {
		return out, err
	}
	out.Hint = a.Hint
	return out, tx.Guard.Undo(ctx, a.place, now)
}
