package account

import (
	"context"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// customerThrough lets a customer in who comes from the provider. The first time
// they get an account, or come into the one with their address: the provider must
// have verified it, and whoever registered it here without doing so has nothing.
// Errors have the codes "email-not-verified", "identity-not-linked" and
// "account-not-open".
func (s *Service) customerThrough(ctx context.Context, a arrival) (out Signed, err error) {
	now := s.Now()
	for range 3 { // somebody may take the address, or the same person come in, at this moment
		err = s.DB.InTx(ctx, func(tx store.Stores) error {
			c, link, err := s.customerOf(ctx, tx, a, now)
			if err != nil {
				return err
			}
			// The address is proven: what was ordered with it before is theirs.
			if _, err := tx.Orders.Claim(ctx, c.ID, c.Email); err != nil {
				return err
			}
			out, err = s.open(ctx, tx, a, user.Session{CustomerID: c.ID, LinkID: link.ID}, now)
			return err
		})
		if code := fault.Code(err); code != "identity-taken" && code != "email-taken" && code != "customer-not-found" {
			return out, err
		}
	}
	return Signed{}, fault.New(fault.Unavailable, "busy", "The shop is busy. Please try again.").Because(err)
}

// customerOf finds the customer with that identity, or the one with that
// address, or opens an account. It holds them.
func (s *Service) customerOf(ctx context.Context, tx store.Stores, a arrival, now time.Time) (c user.Customer, link user.Identity, err error) {
	link, err = tx.Identities.Find(ctx, user.CustomerDoor, a.Claims.Issuer, a.Subject)
	if err == nil {
		if c, err = tx.Customers.Lock(ctx, link.CustomerID); err == nil && c.Status != user.Active {
			err = notOpen()
		}
		return c, link, err
	}
	if fault.KindOf(err) != fault.NotFound {
		return c, link, err
	}
	if !a.EmailVerified || !a.hasEmail() {
		return c, link, fault.New(fault.Forbidden, "email-not-verified", "The sign-in service has not verified your address.")
	}
	action := "customer.link"
	c, err = tx.Customers.ByEmail(ctx, a.Email)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		action = "customer.add"
		c = user.Customer{ID: s.NewID(), Email: a.Email, Name: a.called(), PasswordHash: user.NoPassword, Status: user.Active, Group: "standard", Locale: "en", VerifiedAt: now, CreatedAt: now, UpdatedAt: now}
		err = tx.Customers.Insert(ctx, c)
	case err == nil:
		c, err = s.join(ctx, tx, c.ID, a, now)
	}
	if err != nil {
		return c, link, err
	}
	link = a.is(user.CustomerDoor, s.NewID(), now)
	link.CustomerID = c.ID
	if err := tx.Identities.Insert(ctx, link); err != nil {
		return c, link, err
	}
	return c, link, tx.Audit.Add(ctx, audit.Entry{Actor: "customer:" + c.ID, Action: action, Subject: c.ID, At: now,
		Details: map[string]any{"issuer": link.Issuer}})
}

// join makes an account ready to be linked. One that was never verified is
// nobody's yet, and gives way: its password may be a stranger's.
func (s *Service) join(ctx context.Context, tx store.Stores, id string, a arrival, now time.Time) (user.Customer, error) {
	c, err := tx.Customers.Lock(ctx, id)
	if err != nil {
		return c, err
	}
	if user.EmailKey(c.Email) != user.EmailKey(a.Email) { // it has moved away at this moment
		return c, user.CustomerNotFound(id)
	}
	if c.Status != user.Active {
		return c, notOpen()
	}
	if err := a.mayLink(ctx, tx, user.Owner{CustomerID: id}); err != nil {
		return c, err
	}
	if !c.VerifiedAt.IsZero() {
		return c, nil
	}
	c.Name, c.PasswordHash, c.VerifiedAt, c.UpdatedAt = a.called(), user.NoPassword, now, now
	for _, p := range []user.Purpose{user.Verify, user.Reset, user.ChangeEmail} {
		if err := tx.OneTime.Drop(ctx, id, p); err != nil {
			return c, err
		}
	}
	c.Version, err = tx.Customers.Update(ctx, c)
	return c, err
}

func notOpen() error {
	return fault.New(fault.Forbidden, "account-not-open", "This account is locked or closed.")
}
