package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
	"tradewind/internal/store"
)

// unverified adds an account that nobody has verified, as it is at this moment.
func (s *shop) unverified(t testing.TB, email string, change func(c *user.Customer)) string {
	t.Helper()
	c := user.Customer{ID: newID(), Email: email, Name: "Ada", PasswordHash: s.accounts.KDF.Hash(goodPassword, make([]byte, user.Salt)), Status: user.Active, Group: "standard",
		Locale: "en", Version: 1, CreatedAt: s.now(), UpdatedAt: s.now()}
	if change != nil {
		change(&c)
	}
	s.in(t, func(tx store.Stores) error { return tx.Customers.Insert(context.Background(), c) })
	return c.ID
}

func unverifiedPurge(t *testing.T, s *shop) {
	ctx := context.Background()
	keep := 30 * 24 * time.Hour
	s.accounts.Config.KeepUnverified = keep
	with := map[string]string{"verified": s.customer(t, "verified@example.com").ID}
	with["locked"] = s.unverified(t, "locked@example.com", func(c *user.Customer) { c.Status = user.Locked })
	with["closed"] = s.unverified(t, "closed@example.com", func(c *user.Customer) { c.Status = user.Closed })
	with["an address book"] = s.unverified(t, "book@example.com", nil)
	s.in(t, func(tx store.Stores) error {
		return tx.Customers.PutAddress(ctx, user.Address{ID: newID(), CustomerID: with["an address book"], Name: "Ada", Line1: "Weg 1", City: "Ulm", Country: "DE"})
	})
	with["an order"] = s.unverified(t, "order@example.com", nil)
	s.sell(t, "UNVERIFIED", 1000, 10)
	o := s.guestOrder(t, "UNVERIFIED", "order@example.com")
	s.in(t, func(tx store.Stores) error {
		n, err := tx.Orders.Claim(ctx, with["an order"], o.Email)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d orders claimed", n)
		}
		return err
	})
	var old []string
	for i := range 7 { // all of one moment: pages go on by id
		old = append(old, s.unverified(t, fmt.Sprintf("old-%d@example.com", i), nil))
	}
	link, ok, err := s.accounts.Letter(ctx, newID(), user.Mail{Kind: user.MailRegistered, Email: "old-3@example.com"})
	if err != nil || !ok {
		t.Fatal(link, err)
	}
	again := s.unverified(t, "again@example.com", nil)
	s.pass(24 * time.Hour)
	with["registered again"] = again
	if err := s.accounts.Register(ctx, account.Register{Email: "again@example.com", Name: "Ada", Password: goodPassword, Locale: "en", IP: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	with["young"] = s.unverified(t, "young@example.com", nil)
	for _, tc := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {keep - 24*time.Hour, 0}, {time.Microsecond, 7}, {0, 0}} {
		s.pass(tc.after)
		if got, err := s.accounts.PurgeUnverified(ctx, 3); err != nil || got != tc.want {
			t.Errorf("%v later: purged %d, %v; want %d", tc.after, got, err, tc.want)
		}
	}
	for what, id := range with {
		if _, err := s.db.Read().Customers.Load(ctx, id); err != nil {
			t.Errorf("the account that is or has %s: %v", what, err)
		}
	}
	for _, id := range old {
		if _, err := s.db.Read().Customers.Load(ctx, id); fault.Code(err) != "customer-not-found" {
			t.Errorf("an old one is still there: %v", err)
		}
	}
	told, err := s.db.Read().Audit.Newest(ctx, old[3], audit.Record{At: s.now().Add(time.Hour)}, 9)
	if err != nil || !slices.ContainsFunc(told, func(r audit.Record) bool { return r.Action == "customer.purge" && r.Actor == "clock" }) {
		t.Errorf("the audit tells %+v, %v", told, err)
	}
	if _, err := s.accounts.Verify(ctx, link.Token, goodPassword, "192.0.2.1", ""); fault.Code(err) != "link-invalid" {
		t.Errorf("the link of an account that is gone: %v", err)
	}
	if err := s.accounts.Register(ctx, account.Register{Email: "old-3@example.com", Name: "Ada", Password: goodPassword, Locale: "en", IP: "192.0.2.1"}); err != nil {
		t.Errorf("the address is not free: %v", err)
	}
}

// Somebody registers at the moment at which the account of before is purged.
func purgeAgainstRegister(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.accounts.Config.KeepUnverified = time.Hour
	for round := range rounds {
		email := fmt.Sprintf("purge-%d@example.com", round)
		s.unverified(t, email, nil)
		s.pass(time.Hour + time.Second)
		each(crowd, func(i int) {
			var err error
			if i%2 == 0 {
				_, err = s.accounts.PurgeUnverified(ctx, 10)
			} else if i < 4 {
				err = s.accounts.Register(ctx, account.Register{Email: email, Name: "Ada", Password: goodPassword, Locale: "en", IP: fmt.Sprintf("192.0.2.%d", i)})
			}
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
		if _, err := s.db.Read().Customers.ByEmail(ctx, email); err != nil {
			t.Fatalf("who registered has no account: %v", err)
		}
	}
}
