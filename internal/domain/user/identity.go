package user

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// Door is by which people come in: customers and staff each have their own.
type Door string

// The doors.
const (
	StaffDoor    Door = "staff"
	CustomerDoor Door = "customer"
)

// NoPassword stands in place of a hash where somebody has no password: they
// come in through a provider, or not at all.
const NoPassword = "none"

// Identity links somebody at a provider of sign-ins to a customer or a member of
// staff here. Issuer and Subject together never change and never mean somebody
// else (OpenID Connect Core 1.0, 2); an address may do both.
type Identity struct {
	ID                  string
	Door                Door
	Issuer, Subject     string
	CustomerID, StaffID string // one of them
	Lapsed              bool   // their groups gave them no role, so they were disabled; a group brings them back
	CreatedAt           time.Time
}

// IdentityNotFound says that nobody has come in with that identity before.
func IdentityNotFound() error {
	return fault.New(fault.NotFound, "identity-not-found", "Nobody has signed in with this identity before.")
}

// IdentityTaken says that an identity has been linked already.
func IdentityTaken() error {
	return fault.New(fault.Conflict, "identity-taken", "This identity has an account already.")
}

// Identities keeps identities, and which sessions they opened.
type Identities interface {
	// Insert adds a link; "identity-taken" if there is one already.
	Insert(ctx context.Context, i Identity) error
	// Find returns a link; "identity-not-found".
	Find(ctx context.Context, d Door, issuer, subject string) (Identity, error)
	// Of lists the links of somebody, oldest first.
	Of(ctx context.Context, o Owner) ([]Identity, error)
	// OfSession returns the link that opened a session; "identity-not-found" if
	// a password did.
	OfSession(ctx context.Context, session string) (Identity, error)
	// SetLapsed writes whether the links of a member of staff are lapsed.
	SetLapsed(ctx context.Context, staff string, lapsed bool) error
	// Delete removes the links of a customer, and with them the sessions that
	// they opened are no longer known as such.
	Delete(ctx context.Context, customer string) error
	// EndSessions ends the sessions that the end of one at the provider is
	// about, and returns the hashes of their tokens.
	EndSessions(ctx context.Context, d Door, l Logout) (ended [][]byte, err error)
}

// Challenge binds a sign-in at a provider to the browser that began it: the
// state comes back with the browser, the nonce in the token, and only who knows
// the verifier gets the token (RFC 6749, 10.12; OpenID Connect Core 1.0,
// 3.1.2.1; RFC 7636).
type Challenge struct{ State, Nonce, Verifier string }

// Answer is with what a provider sends the browser back.
type Answer struct {
	Code, State string
	Issuer      string // who says so (RFC 9207); "" if the provider does not tell
	Error       string // instead of a code, such as "access_denied"
}

// Claims is what a provider says about somebody.
type Claims struct {
	Issuer, Subject string
	SessionID       string // of the session there; "" if it does not say
	Email, Name     string
	EmailVerified   bool
	Groups          []string
	Hint            string // with which the provider knows its session again at a sign-out
}

// Logout says that a session at the provider has ended, or all of somebody:
// Subject, SessionID or both are given.
type Logout struct {
	TokenID                    string // each is told once
	Issuer, Subject, SessionID string
}

// IdentityProvider lets people sign in somewhere else (OpenID Connect). Errors
// have the codes of ProviderUnavailable and SignInRefused, and Finish has
// "second-factor-missing" too.
type IdentityProvider interface {
	// Begin returns the page at the provider where a sign-in goes on.
	Begin(ctx context.Context, c Challenge) (string, error)
	// Finish asks the provider who came back with the answer.
	Finish(ctx context.Context, a Answer, c Challenge) (Claims, error)
	// SignOut returns the page at the provider where its own session ends, of
	// which hint is the one in its claims or ""; "" if there is none.
	SignOut(ctx context.Context, hint string) (string, error)
	// LoggedOut reads a token by which the provider says that a session ended.
	LoggedOut(ctx context.Context, token string) (Logout, error)
}

// ProviderUnavailable says that the provider does not answer as it should.
func ProviderUnavailable(cause error) error {
	return fault.New(fault.Unavailable, "provider-unavailable", "The sign-in service does not answer. Please try again.").Because(cause)
}

// SignInRefused is the one answer to whatever a provider, or somebody in its
// place, sends that proves nothing.
func SignInRefused(cause error) error {
	return fault.New(fault.Unauthorized, "sign-in-refused", "This sign-in could not be confirmed. Please begin again.").Because(cause)
}
