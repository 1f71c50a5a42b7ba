package account

import (
	"context"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Profile returns what the shop knows about the customer.
func (s *Service) Profile(ctx context.Context, p user.Principal) (user.Customer, error) {
	return s.DB.Read().Customers.Load(ctx, p.CustomerID)
}

// SetProfile changes name and locale: all that customers say about themselves
// without proof.
func (s *Service) SetProfile(ctx context.Context, p user.Principal, name, locale string) (c user.Customer, err error) {
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if c, err = tx.Customers.Lock(ctx, p.CustomerID); err != nil {
			return err
		}
		c.Name, c.Locale, c.UpdatedAt = name, locale, now
		c.Version, err = tx.Customers.Update(ctx, c)
		return err
	})
	return c, err
}

// prove asks a customer who is signed in for the password again.
func (s *Service) prove(ctx context.Context, p user.Principal, password, ip string) (user.Customer, error) {
	c, err := s.Profile(ctx, p)
	if err != nil {
		return c, err
	}
	e, err := s.knock(ctx, "in", c.Email, ip)
	if err != nil {
		return c, err
	}
	ok, err := s.matches(ctx, password, c.PasswordHash)
	if err == nil && !ok {
		err = notYourPassword()
	}
	if err != nil {
		return c, err
	}
	return c, s.DB.InTx(ctx, func(tx store.Stores) error { return s.admit(ctx, tx, e, s.Now()) })
}

// ChangePassword sets another password and ends all other sessions. Errors have
// the codes "wrong-password", "weak-password" and "too-many-attempts".
func (s *Service) ChangePassword(ctx context.Context, p user.Principal, current, next, ip string) error {
	c, err := s.prove(ctx, p, current, ip)
	if err != nil {
		return err
	}
	if err := user.CheckPassword("new_password", next, c.Email); err != nil {
		return err
	}
	hash, err := s.hash(ctx, next)
	if err != nil {
		return err
	}
	now, mail := s.Now(), s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		have, err := tx.Customers.Lock(ctx, c.ID)
		if err != nil {
			return err
		}
		if have.PasswordHash != c.PasswordHash { // the one that was shown is not the password any more
			return notYourPassword()
		}
		if err := s.newPassword(ctx, tx, c.ID, hash, p.SessionID, now, mail); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: p.Actor(), Action: "customer.change-password", Subject: c.ID, At: now, Details: map[string]any{}})
	})
}

// AskEmail has a link mailed to another address; the account keeps the one it
// has until that is followed. Errors have the codes "wrong-password" and
// "too-many-attempts".
func (s *Service) AskEmail(ctx context.Context, p user.Principal, email, password, ip string) error {
	c, err := s.prove(ctx, p, password, ip)
	if err != nil {
		return err
	}
	if err := s.mailed(ctx, "email", email, ip); err != nil {
		return err
	}
	now, mail := s.Now(), s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		return tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailChangeEmail, Email: email, CustomerID: c.ID}, now))
	})
}

// ChangeEmail moves the account to the address that the link was sent to and
// tells the old one. Errors have the codes "link-invalid" and "email-taken".
func (s *Service) ChangeEmail(ctx context.Context, tok string) error {
	t, _, err := s.link(ctx, user.ChangeEmail, tok)
	if err != nil {
		return err
	}
	now, mail := s.Now(), s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.OneTime.Take(ctx, t); err != nil {
			return err
		}
		c, err := tx.Customers.Lock(ctx, t.CustomerID)
		if err != nil {
			return err
		}
		if c.Status != user.Active {
			return user.LinkInvalid()
		}
		old := c.Email
		c.Email, c.VerifiedAt, c.UpdatedAt = t.Email, now, now
		if _, err := tx.Customers.Update(ctx, c); err != nil {
			return err
		}
		if _, err := tx.Orders.Claim(ctx, c.ID, c.Email); err != nil {
			return err
		}
		for _, p := range []user.Purpose{user.ChangeEmail, user.Reset} {
			if err := tx.OneTime.Drop(ctx, c.ID, p); err != nil {
				return err
			}
		}
		if err := tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailEmailLeaves, Email: old}, now)); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "customer:" + c.ID, Action: "customer.change-email", Subject: c.ID, At: now, Details: map[string]any{}})
	})
}

// Close ends an account: what is personal goes, the orders stay, as the law
// wants them to. Errors have the codes "wrong-password" and "too-many-attempts".
func (s *Service) Close(ctx context.Context, p user.Principal, password, ip string) error {
	c, err := s.prove(ctx, p, password, ip)
	if err != nil {
		return err
	}
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		c, err := tx.Customers.Lock(ctx, c.ID)
		if err != nil {
			return err
		}
		return closeAccount(ctx, tx, c, p.Actor(), now)
	})
}

// closeAccount takes out of an account what is personal. The address is free for another.
func closeAccount(ctx context.Context, tx store.Stores, c user.Customer, actor string, now time.Time) error {
	c.Email, c.Name, c.PasswordHash, c.Notes, c.Status, c.VerifiedAt, c.UpdatedAt = c.ID+"@closed.invalid", "Closed account", user.NoPassword, "", user.Closed, time.Time{}, now
	if _, err := tx.Customers.Update(ctx, c); err != nil {
		return err
	}
	if err := tx.Customers.DeleteAddresses(ctx, c.ID); err != nil {
		return err
	}
	if _, err := tx.Sessions.EndAll(ctx, user.Owner{CustomerID: c.ID}, ""); err != nil {
		return err
	}
	if err := tx.Identities.Delete(ctx, c.ID); err != nil {
		return err
	}
	for _, p := range []user.Purpose{user.Verify, user.Reset, user.ChangeEmail} {
		if err := tx.OneTime.Drop(ctx, c.ID, p); err != nil {
			return err
		}
	}
	return tx.Audit.Add(ctx, audit.Entry{Actor: actor, Action: "customer.close", Subject: c.ID, At: now, Details: map[string]any{}})
}

// Addresses lists the customer's address book.
func (s *Service) Addresses(ctx context.Context, p user.Principal) ([]user.Address, error) {
	return s.DB.Read().Customers.Addresses(ctx, p.CustomerID)
}

// PutAddress adds an address (without an id) or changes one of the customer's.
// The first is the default for both. Errors have the codes "address-not-found"
// and "too-many-addresses".
func (s *Service) PutAddress(ctx context.Context, p user.Principal, a user.Address) (user.Address, error) {
	added := a.ID == ""
	if added {
		a.ID = s.NewID()
	}
	a.CustomerID = p.CustomerID
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		if _, err := tx.Customers.Lock(ctx, p.CustomerID); err != nil { // one change of an address book at a time
			return err
		}
		have, err := tx.Customers.Addresses(ctx, p.CustomerID)
		if err != nil {
			return err
		}
		if !added {
			if _, err := tx.Customers.Address(ctx, p.CustomerID, a.ID); err != nil {
				return err
			}
		} else if len(have) >= user.MaxAddresses {
			return fault.New(fault.Conflict, "too-many-addresses", "An address book holds at most %d addresses.", user.MaxAddresses)
		}
		if len(have) == 0 {
			a.DefaultShipping, a.DefaultBilling = true, true
		}
		return tx.Customers.PutAddress(ctx, a)
	})
	return a, err
}

// DeleteAddress removes one of the customer's. The code of the error is "address-not-found".
func (s *Service) DeleteAddress(ctx context.Context, p user.Principal, id string) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Customers.DeleteAddress(ctx, p.CustomerID, id) })
}
