package account

import (
	"context"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// Letter is a mail to be sent. Token is for the link in it; "" if there is none.
type Letter struct {
	To, Name, Token string
	About           About
}

// About is what a letter says.
type About string

// The letters about accounts.
const (
	AboutVerify       About = "verify"        // confirm your address
	AboutKnown        About = "known"         // somebody registered an address that has an account
	AboutReset        About = "reset"         // choose a new password
	AboutChangeEmail  About = "change-email"  // confirm your new address
	AboutEmailChanged About = "email-changed" // to the old address
	AboutPassword     About = "password"      // it was changed
)

// Letter finds out what a mail that was asked for says, now that nobody waits
// for an answer whose time could tell anything. ok is false if there is nothing
// to send. id is the event's: a second call gives the same link.
func (s *Service) Letter(ctx context.Context, id string, m user.Mail) (l Letter, ok bool, err error) {
	switch m.Kind {
	case user.MailPassword:
		return Letter{To: m.Email, About: AboutPassword}, true, nil
	case user.MailEmailLeaves:
		return Letter{To: m.Email, About: AboutEmailChanged}, true, nil
	case user.MailChangeEmail:
		return s.changeLetter(ctx, id, m)
	}
	c, err := s.DB.Read().Customers.ByEmail(ctx, m.Email)
	if fault.KindOf(err) == fault.NotFound || err == nil && c.Status != user.Active {
		return Letter{}, false, nil
	}
	if err != nil {
		return Letter{}, false, err
	}
	// To the address that the account has: the one in the request may only look like it.
	l = Letter{To: c.Email, Name: c.Name, About: AboutReset}
	purpose := user.Reset
	if m.Kind == user.MailRegistered {
		if !c.VerifiedAt.IsZero() {
			l.About = AboutKnown
			return l, true, nil
		}
		l.About, purpose = AboutVerify, user.Verify
		l.Name = "" // whoever registered chose it: nothing that strangers write is mailed
	}
	l.Token, err = s.newLink(ctx, id, c.ID, c.Email, purpose)
	return l, err == nil, err
}

// changeLetter goes to the new address of an account.
func (s *Service) changeLetter(ctx context.Context, id string, m user.Mail) (l Letter, ok bool, err error) {
	read := s.DB.Read()
	c, err := read.Customers.Load(ctx, m.CustomerID)
	if err != nil || c.Status != user.Active {
		return l, false, err
	}
	if other, err := read.Customers.ByEmail(ctx, m.Email); err == nil && other.ID != c.ID {
		return Letter{To: other.Email, About: AboutKnown}, true, nil
	} else if err != nil && fault.KindOf(err) != fault.NotFound {
		return l, false, err
	}
	l = Letter{To: m.Email, About: AboutChangeEmail}
	l.Token, err = s.newLink(ctx, id, c.ID, m.Email, user.ChangeEmail)
	return l, err == nil, err
}

// newLink keeps the hash of a token that can be made again from its id and our secret.
func (s *Service) newLink(ctx context.Context, id, customer, email string, p user.Purpose) (string, error) {
	tok := s.Tokens.Token("one-time", id)
	t := user.OneTime{ID: id, CustomerID: customer, Email: email, Purpose: p, TokenHash: token.Hash(tok), ExpiresAt: s.Now().Add(p.Lasts())}
	return tok, s.DB.InTx(ctx, func(tx store.Stores) error { return tx.OneTime.Insert(ctx, t) })
}
