package account

import (
	"context"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// NewCustomer is somebody for whom staff open an account.
type NewCustomer struct{ Email, Name, Group, Locale, Notes string }

// AddCustomer opens an account without a password. Its owner gets a mail with the
// link that sets one, which proves the address; until then nobody can sign in.
// The code of the error is "email-taken".
func (s *Service) AddCustomer(ctx context.Context, by user.Principal, in NewCustomer) (user.Customer, error) {
	now, mail := s.Now(), s.NewID()
	c := user.Customer{ID: s.NewID(), Email: in.Email, Name: in.Name, PasswordHash: user.NoPassword, Status: user.Active, Group: in.Group, Locale: in.Locale, Notes: in.Notes, Version: 1, CreatedAt: now, UpdatedAt: now}
	return c, s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Customers.Insert(ctx, c); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailReset, Email: c.Email}, now)); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: "customer.add", Subject: c.ID, At: now, Details: map[string]any{"group": c.Group}})
	})
}

// CloseCustomer ends an account as its owner could: what is personal goes, the
// orders stay. Errors have the codes "customer-not-found", "customer-closed" and
// "changed-meanwhile".
func (s *Service) CloseCustomer(ctx context.Context, by user.Principal, id string, version int64) error {
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		c, err := tx.Customers.Lock(ctx, id)
		if err != nil {
			return err
		}
		if c.Status == user.Closed {
			return fault.New(fault.Conflict, "customer-closed", "The account is closed.")
		}
		c.Version = version
		return closeAccount(ctx, tx, c, by.Actor(), now)
	})
}
