package account

import (
	"context"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// Register is what somebody who wants an account says.
type Register struct {
	Email, Name, Password, Locale string
	IP                            string
}

// Register opens an account that counts once its address is verified. Whoever
// asks learns nothing about the address: if it has an account, its owner gets a
// mail that says so. An account that was never verified is nobody's yet, and
// gives way. Errors have the codes "weak-password" and "too-many-attempts".
func (s *Service) Register(ctx context.Context, in Register) error {
	if err := user.CheckPassword("password", in.Password, in.Email); err != nil {
		return err
	}
	if err := s.mailed(ctx, "register", in.Email, in.IP); err != nil {
		return err
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return err
	}
	now := s.Now()
	c := user.Customer{ID: s.NewID(), Email: in.Email, Name: in.Name, PasswordHash: hash, Status: user.Active, Group: "standard", Locale: in.Locale, CreatedAt: now, UpdatedAt: now}
	mail := s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := put(ctx, tx, c); err != nil {
			return err
		}
		return tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailRegistered, Email: in.Email}, now))
	})
}

// put adds c, or writes it over an account with its address that was never
// verified. One that is purged at that moment is as if it had never been.
func put(ctx context.Context, tx store.Stores, c user.Customer) error {
	for range 3 {
		err := tx.Customers.Insert(ctx, c)
		if fault.Code(err) != "email-taken" {
			return err
		}
		if err = replace(ctx, tx, c); fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	return fault.New(fault.Unavailable, "busy", "The shop is busy. Please try again.")
}

func replace(ctx context.Context, tx store.Stores, c user.Customer) error {
	have, err := tx.Customers.ByEmail(ctx, c.Email)
	if err != nil {
		return err
	}
	if have, err = tx.Customers.Lock(ctx, have.ID); err != nil || !have.VerifiedAt.IsZero() || have.Status != user.Active {
		return err
	}
	have.Email, have.Name, have.PasswordHash, have.Locale, have.UpdatedAt = c.Email, c.Name, c.PasswordHash, c.Locale, c.UpdatedAt
	_, err = tx.Customers.Update(ctx, have)
	return err
}

func mailEvent(id string, m user.Mail, now time.Time) outbox.Event {
	return outbox.Event{Aggregate: id, Seq: 1, Topic: user.TopicMail, Payload: m, At: now}
}

// Verify proves by a mailed link that the address of an account is its owner's,
// and lets them in. The password is asked for beside the link: somebody who
// registered another's address must not get an account verified by its owner's
// click. Errors have the codes "link-invalid", "wrong-password" and "too-many-attempts".
func (s *Service) Verify(ctx context.Context, tok, password, ip, agent string) (Signed, error) {
	t, c, err := s.link(ctx, user.Verify, tok)
	if err != nil {
		return Signed{}, err
	}
	e, err := s.knock(ctx, "in", c.Email, ip)
	if err != nil {
		return Signed{}, err
	}
	ok, err := s.matches(ctx, password, c.PasswordHash)
	if err != nil {
		return Signed{}, err
	}
	if !ok {
		return Signed{}, wrongPassword()
	}
	return s.enter(ctx, c, e, agent, func(tx store.Stores, now time.Time) error {
		if err := tx.OneTime.Take(ctx, t); err != nil {
			return err
		}
		// The password was checked against what c was; another one has not been proven.
		have, err := tx.Customers.Lock(ctx, c.ID)
		if err != nil {
			return err
		}
		if have.PasswordHash != c.PasswordHash || have.Email != c.Email {
			return user.LinkInvalid()
		}
		have.VerifiedAt, have.UpdatedAt = now, now
		_, err = tx.Customers.Update(ctx, have)
		return err
	})
}

// link finds an open link and whose it is. A link to an address that is no
// longer the account's is over.
func (s *Service) link(ctx context.Context, p user.Purpose, tok string) (user.OneTime, user.Customer, error) {
	read := s.DB.Read()
	t, err := read.OneTime.Find(ctx, p, token.Hash(tok), s.Now())
	if err != nil {
		return t, user.Customer{}, err
	}
	c, err := read.Customers.Load(ctx, t.CustomerID)
	if err == nil && (c.Status != user.Active || p != user.ChangeEmail && user.EmailKey(c.Email) != user.EmailKey(t.Email)) {
		err = user.LinkInvalid()
	}
	return t, c, err
}

// SignIn lets a customer in. The answer is the same for an address that is not
// known, an account that is not verified, locked or closed, and a password that
// is wrong, and so is the work. Errors have the codes "wrong-password" and
// "too-many-attempts".
func (s *Service) SignIn(ctx context.Context, in SignIn) (Signed, error) {
	e, err := s.knock(ctx, "in", in.Email, in.IP)
	if err != nil {
		return Signed{}, err
	}
	c, err := s.DB.Read().Customers.ByEmail(ctx, in.Email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Signed{}, err
	}
	ok, err := s.matches(ctx, in.Password, c.PasswordHash)
	if err != nil {
		return Signed{}, err
	}
	if !ok || c.Status != user.Active || c.VerifiedAt.IsZero() {
		return Signed{}, wrongPassword()
	}
	if err := s.renew(ctx, c, in.Password); err != nil {
		return Signed{}, err
	}
	return s.enter(ctx, c, e, in.UserAgent, func(store.Stores, time.Time) error { return nil })
}

// renew makes the hash anew if it was made in another way than today's.
func (s *Service) renew(ctx context.Context, c user.Customer, password string) error {
	if s.KDF.Made(c.PasswordHash) {
		return nil
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		_, err := tx.Customers.SetPassword(ctx, c.ID, c.PasswordHash, hash)
		return err
	})
}

// enter begins a session, with what else belongs to the moment.
func (s *Service) enter(ctx context.Context, c user.Customer, e entrance, agent string, also func(tx store.Stores, now time.Time) error) (Signed, error) {
	var out Signed
	now := s.Now()
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := also(tx, now); err != nil {
			return err
		}
		have, err := tx.Customers.Lock(ctx, c.ID)
		if err != nil {
			return err
		}
		if have.Status != user.Active || have.VerifiedAt.IsZero() {
			return wrongPassword()
		}
		// The address is proven: what was ordered with it before is theirs.
		if _, err := tx.Orders.Claim(ctx, c.ID, have.Email); err != nil {
			return err
		}
		if out, err = s.begin(ctx, tx, user.Session{CustomerID: c.ID, UserAgent: agent}, now); err != nil {
			return err
		}
		return s.admit(ctx, tx, e, now)
	})
	return out, err
}

// AskReset has a link for a new password mailed, if there is an account with
// that address; who asks is not told. The code of the error is "too-many-attempts".
func (s *Service) AskReset(ctx context.Context, email, ip string) error {
	if err := s.mailed(ctx, "reset", email, ip); err != nil {
		return err
	}
	now, mail := s.Now(), s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		return tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailReset, Email: email}, now))
	})
}

// Reset sets a new password by a mailed link, which proves the address too, and
// ends all sessions. Errors have the codes "link-invalid" and "weak-password".
func (s *Service) Reset(ctx context.Context, tok, password, ip string) error {
	t, c, err := s.link(ctx, user.Reset, tok)
	if err != nil {
		return err
	}
	if err := user.CheckPassword("password", password, c.Email); err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	now, mail, e := s.Now(), s.NewID(), entranceOf("in", c.Email, ip)
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.OneTime.Take(ctx, t); err != nil {
			return err
		}
		if err := s.newPassword(ctx, tx, c.ID, hash, "", now, mail); err != nil {
			return err
		}
		if err := s.admit(ctx, tx, e, now); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "customer:" + c.ID, Action: "customer.reset-password", Subject: c.ID, At: now, Details: map[string]any{}})
	})
}

// newPassword sets the hash, ends the sessions but the one to keep, makes
// other links for the password void, and says so by mail.
func (s *Service) newPassword(ctx context.Context, tx store.Stores, id, hash, keep string, now time.Time, mail string) error {
	c, err := tx.Customers.Lock(ctx, id)
	if err != nil {
		return err
	}
	c.PasswordHash, c.UpdatedAt = hash, now
	if c.VerifiedAt.IsZero() { // only by a link: who is not verified cannot sign in
		c.VerifiedAt = now
	}
	if _, err := tx.Customers.Update(ctx, c); err != nil {
		return err
	}
	if _, err := tx.Sessions.EndAll(ctx, user.Owner{CustomerID: id}, keep); err != nil {
		return err
	}
	if err := tx.OneTime.Drop(ctx, id, user.Reset); err != nil {
		return err
	}
	return tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailPassword, Email: c.Email}, now))
}
