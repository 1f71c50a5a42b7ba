package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// accountPromises are about people.
var accountPromises = map[string]func(t *testing.T, s *shop){
	"a customer comes back as they were put, by id and by address": customerRoundTrip,
	"customers are listed by key with filters":                     customerLists,
	"a session is its owner's and ends with them":                  sessionOwners,
	"an address book has one default":                              addressDefaults,
	"what is old about accounts is purged":                         accountPurges,
	"a second factor is needed and works once":                     secondFactor,
	"staff change their password with all that the door asks for":  staffPassword,
	"guessing at a change of password is guessing at the door":     staffPasswordGuesses,
	"what nobody verifies is purged, what is somebody's stays":     unverifiedPurge,
	"nobody gives away what they may not do":                       noGivingAway,
	"orders of a proven address are its customer's, newest first":  ownOrders,
	"a guest's cart goes into the customer's once":                 mergedCarts,
}

const goodPassword = "a long enough password"

// customer adds a verified customer with the password goodPassword.
func (s *shop) customer(t testing.TB, email string) user.Customer {
	t.Helper()
	c := user.Customer{ID: newID(), Email: email, Name: "Ada", PasswordHash: s.accounts.KDF.Hash(goodPassword, make([]byte, user.Salt)), Status: user.Active, Group: "standard",
		Locale: "en", VerifiedAt: s.now(), Version: 1, CreatedAt: s.now(), UpdatedAt: s.now()}
	s.in(t, func(tx store.Stores) error { return tx.Customers.Insert(context.Background(), c) })
	return c
}

// owner adds a member of staff who may do everything.
func (s *shop) owner(t testing.TB, email string) user.Staff {
	t.Helper()
	if err := account.PutRoles(context.Background(), s.db, account.StandardRoles(s.accounts.Permissions)); err != nil {
		t.Fatal(err)
	}
	m, err := s.accounts.AddStaff(context.Background(), account.Operator(), account.NewStaff{Email: email, Name: "Grace", Password: goodPassword, Roles: []string{user.OwnerRole}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func customerRoundTrip(t *testing.T, s *shop) {
	ctx := context.Background()
	c := s.customer(t, "Ada@Example.com")
	c.Notes, c.Group, c.UpdatedAt = "pays late", "wholesale", s.now().Add(time.Second)
	s.in(t, func(tx store.Stores) error {
		v, err := tx.Customers.Update(ctx, c)
		if v != 2 {
			t.Errorf("version %d after a change", v)
		}
		return err
	})
	want := c
	want.Version = 2
	for name, find := range map[string]func() (user.Customer, error){
		"by id":      func() (user.Customer, error) { return s.db.Read().Customers.Load(ctx, c.ID) },
		"by address": func() (user.Customer, error) { return s.db.Read().Customers.ByEmail(ctx, "aDA@example.COM") },
	} {
		if got, err := find(); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	for code, do := range map[string]func(tx store.Stores) error{
		"changed-meanwhile": func(tx store.Stores) error { _, err := tx.Customers.Update(ctx, c); return err },
		"customer-not-found": func(tx store.Stores) error {
			_, err := tx.Customers.Update(ctx, user.Customer{ID: newID(), Email: "x@example.com", Name: "X", PasswordHash: "x", Status: user.Active, Group: "g", Locale: "en", Version: 1, UpdatedAt: s.now()})
			return err
		},
		"email-taken": func(tx store.Stores) error {
			return tx.Customers.Insert(ctx, user.Customer{ID: newID(), Email: "ada@EXAMPLE.com", Name: "X", PasswordHash: "x", Status: user.Active, Group: "g", Locale: "en", CreatedAt: s.now(), UpdatedAt: s.now()})
		},
	} {
		if err := s.db.InTx(ctx, do); fault.Code(err) != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
}

func customerLists(t *testing.T, s *shop) {
	ctx := context.Background()
	for i := range 23 {
		c := s.customer(t, fmt.Sprintf("%c%02d@example.com", 'a'+i%2, i))
		if i%3 == 0 {
			c.Group = "wholesale"
		}
		if i%5 == 0 {
			c.Status = user.Locked
		}
		s.in(t, func(tx store.Stores) error { _, err := tx.Customers.Update(ctx, c); return err })
	}
	for name, tc := range map[string]struct {
		f    user.CustomerFilter
		want int
	}{
		"all":              {user.CustomerFilter{}, 23},
		"a prefix":         {user.CustomerFilter{EmailPrefix: "A"}, 12},
		"a group":          {user.CustomerFilter{Group: "wholesale"}, 8},
		"a status":         {user.CustomerFilter{Status: user.Locked}, 5},
		"group and status": {user.CustomerFilter{Group: "wholesale", Status: user.Locked}, 2},
		"all three":        {user.CustomerFilter{EmailPrefix: "b", Group: "wholesale", Status: user.Locked}, 1},
		"nobody":           {user.CustomerFilter{EmailPrefix: "c"}, 0},
	} {
		seen, f := map[string]bool{}, tc.f
		for f.Limit = 4; ; {
			page, err := s.db.Read().Customers.List(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page {
				seen[c.ID] = true
				if f.After = c.ID; f.EmailPrefix != "" {
					f.After = user.EmailKey(c.Email)
				}
			}
			if len(page) < f.Limit {
				break
			}
		}
		if len(seen) != tc.want {
			t.Errorf("%s: %d customers, want %d", name, len(seen), tc.want)
		}
	}
}

func sessionOwners(t *testing.T, s *shop) {
	ctx := context.Background()
	ada, eve := s.customer(t, "ada@example.com"), s.customer(t, "eve@example.com")
	in := func(email string) account.Signed {
		t.Helper()
		out, err := s.accounts.SignIn(ctx, account.SignIn{Email: email, Password: goodPassword, IP: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, second, other := in(ada.Email), in(ada.Email), in(eve.Email)
	who := func(tok string) user.Principal {
		p, err := s.accounts.Customer(ctx, tok)
		if err != nil {
			return user.Principal{}
		}
		return p
	}
	if p := who(first.Token); p.CustomerID != ada.ID || p.StaffID != "" || p.Name != "Ada" {
		t.Errorf("the session is of %+v", p)
	}
	if _, err := s.accounts.Staff(ctx, first.Token); fault.Code(err) != "sign-in-required" {
		t.Errorf("a customer's session opens the back office: %v", err)
	}
	if err := s.accounts.EndSession(ctx, who(other.Token), who(first.Token).SessionID); fault.Code(err) != "session-not-found" {
		t.Errorf("another's session can be ended: %v", err)
	}
	if err := s.accounts.SignOutElsewhere(ctx, who(second.Token)); err != nil {
		t.Fatal(err)
	}
	if who(first.Token).CustomerID != "" || who(second.Token).CustomerID != ada.ID || who(other.Token).CustomerID != eve.ID {
		t.Error("signing out elsewhere ended the wrong sessions")
	}
	if _, err := s.accounts.ChangeCustomer(ctx, account.Operator(), account.CustomerChange{ID: ada.ID, Version: 1, Group: "standard", Status: user.Locked}); err != nil {
		t.Fatal(err)
	}
	if who(second.Token).CustomerID != "" {
		t.Error("a locked customer stays signed in")
	}
	if _, err := s.accounts.SignIn(ctx, account.SignIn{Email: ada.Email, Password: goodPassword, IP: "192.0.2.1"}); fault.Code(err) != "wrong-password" {
		t.Errorf("a locked customer signs in: %v", err)
	}
}

func addressDefaults(t *testing.T, s *shop) {
	ctx := context.Background()
	p := user.Principal{CustomerID: s.customer(t, "ada@example.com").ID}
	put := func(a user.Address) user.Address {
		t.Helper()
		a.Name, a.Line1, a.City, a.Country = "Ada", "Weg 1", "Ulm", "DE"
		out, err := s.accounts.PutAddress(ctx, p, a)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := put(user.Address{Phone: "+49 1"})
	second := put(user.Address{DefaultBilling: true})
	list, err := s.accounts.Addresses(ctx, p)
	if err != nil || len(list) != 2 || !list[0].DefaultShipping || list[0].DefaultBilling || list[1].DefaultShipping || !list[1].DefaultBilling || list[0].Phone != "+49 1" {
		t.Errorf("the address book is %+v, %v", list, err)
	}
	if err := s.accounts.DeleteAddress(ctx, p, first.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first.ID, newID()} {
		if _, err := s.accounts.PutAddress(ctx, p, user.Address{ID: id, Name: "Ada"}); fault.Code(err) != "address-not-found" {
			t.Errorf("an address that is gone can be changed: %v", err)
		}
	}
	for range user.MaxAddresses - 1 {
		put(user.Address{})
	}
	if _, err := s.accounts.PutAddress(ctx, p, user.Address{Name: "Ada"}); fault.Code(err) != "too-many-addresses" {
		t.Errorf("a book beyond its bound: %v", err)
	}
	_ = second
}

func accountPurges(t *testing.T, s *shop) {
	ctx := context.Background()
	c := s.customer(t, "ada@example.com")
	for i := range 5 {
		if _, err := s.accounts.Begin(ctx, c.ID); err != nil {
			t.Fatal(err)
		}
		s.in(t, func(tx store.Stores) error {
			if _, err := tx.Guard.Attempt(ctx, fmt.Sprintf("door %d", i), user.Limit{Free: 1, First: time.Second, Most: time.Minute, Forget: time.Minute}, s.now()); err != nil {
				return err
			}
			id := newID()
			return tx.OneTime.Insert(ctx, user.OneTime{ID: id, CustomerID: c.ID, Email: c.Email, Purpose: user.Reset, TokenHash: append([]byte(id)[:31], byte(i)), ExpiresAt: s.now().Add(time.Hour)})
		})
	}
	for _, tc := range []struct {
		after time.Duration
		want  [3]int64
	}{{0, [3]int64{0, 0, 0}}, {24 * time.Hour, [3]int64{3, 3, 3}}, {24 * time.Hour, [3]int64{2, 2, 2}}, {24 * time.Hour, [3]int64{0, 0, 0}}} {
		var got [3]int64
		s.in(t, func(tx store.Stores) (err error) {
			for i, purge := range []func(context.Context, time.Time, int) (int64, error){tx.Sessions.Purge, tx.OneTime.Purge, tx.Guard.Purge} {
				if got[i], err = purge(ctx, s.now().Add(tc.after), 3); err != nil {
					return err
				}
			}
			return nil
		})
		if got != tc.want {
			t.Errorf("after %v: purged %v, want %v", tc.after, got, tc.want)
		}
	}
}

// enrol sets up the second factor of a member of staff and returns its secret,
// recovery codes and the full session.
func (s *shop) enrol(t testing.TB, m user.Staff) (secret []byte, codes []string, full account.Signed) {
	t.Helper()
	ctx := context.Background()
	in, err := s.accounts.SignInStaff(ctx, account.SignIn{Email: m.Email, Password: goodPassword, IP: "192.0.2.9"})
	if err != nil || !in.EnrolsOnly {
		t.Fatalf("the first sign-in: %+v, %v", in, err)
	}
	p, err := s.accounts.Staff(ctx, in.Token)
	if err != nil || p.May("staff:read") {
		t.Fatalf("who enrols may %+v, %v", p, err)
	}
	e, err := s.accounts.Enrol(ctx, p, "Shop")
	if err != nil {
		t.Fatal(err)
	}
	secret = secretOf(t, e.Secret)
	if _, _, err := s.accounts.Enrolled(ctx, p, "000000", ""); fault.Code(err) != "wrong-code" {
		t.Errorf("a wrong first code: %v", err)
	}
	full, codes, err = s.accounts.Enrolled(ctx, p, user.TOTPCode(secret, s.now()), "")
	if err != nil || len(codes) != 10 || full.EnrolsOnly {
		t.Fatalf("enrolled: %+v, %v, %v", full, codes, err)
	}
	if _, err := s.accounts.Staff(ctx, in.Token); fault.Code(err) != "sign-in-required" {
		t.Errorf("the session that enrolled lives on: %v", err)
	}
	return secret, codes, full
}

func secondFactor(t *testing.T, s *shop) {
	ctx := context.Background()
	m := s.owner(t, "grace@staff.example")
	secret, codes, full := s.enrol(t, m)
	p, err := s.accounts.Staff(ctx, full.Token)
	if err != nil || !p.May("anything:at-all") {
		t.Fatalf("an owner may %+v, %v", p, err)
	}
	if _, err := s.accounts.Enrol(ctx, p, "Shop"); fault.Code(err) != "already-enrolled" {
		t.Errorf("a second factor can be replaced by a session: %v", err)
	}
	kept, err := s.db.Read().Staff.Load(ctx, m.ID)
	if err != nil || len(kept.TOTPSealed) == 0 || slices.Equal(kept.TOTPSealed, secret) || containsSlice(kept.TOTPSealed, secret) {
		t.Errorf("the secret lies open in the database: %x, %v", kept.TOTPSealed, err)
	}
	in := func(code string) string {
		_, err := s.accounts.SignInStaff(ctx, account.SignIn{Email: m.Email, Password: goodPassword, Code: code, IP: "192.0.2.9"})
		return fault.Code(err)
	}
	used := user.TOTPCode(secret, s.now())
	s.pass(30 * time.Second)
	next := user.TOTPCode(secret, s.now())
	for _, tc := range []struct{ name, code, want string }{
		{"no code", "", "code-required"},
		{"the code of the enrolment, replayed", used, "wrong-code"},
		{"the next one", next, ""},
		{"the next one, replayed", next, "wrong-code"},
		{"a recovery code", codes[3], ""},
		{"a recovery code, replayed", codes[3], "wrong-code"},
	} {
		if got := in(tc.code); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		s.pass(20 * time.Minute / 100) // not so far that the code is over, but past no door
	}
	if err := s.accounts.ResetStaff(ctx, account.Operator(), m.ID, "another fine password"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.accounts.Staff(ctx, full.Token); fault.Code(err) != "sign-in-required" {
		t.Errorf("a session of before the reset lives on: %v", err)
	}
}

func containsSlice(in, part []byte) bool {
	for i := 0; i+len(part) <= len(in); i++ {
		if slices.Equal(in[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

func noGivingAway(t *testing.T, s *shop) {
	ctx := context.Background()
	boss := s.owner(t, "boss@staff.example")
	helper := user.Principal{StaffID: newID(), Permissions: []string{"customers:read", "staff:read", "staff:write"}}
	refused := map[string]func() error{
		"appointing an owner": func() error {
			_, err := s.accounts.AddStaff(ctx, helper, account.NewStaff{Email: "friend@staff.example", Name: "Friend", Password: goodPassword, Roles: []string{user.OwnerRole}})
			return err
		},
		"a role with more than they have": func() error {
			_, err := s.accounts.AddRole(ctx, helper, user.Role{ID: "more", Title: "More", Permissions: []string{"customers:read", "customers:write"}})
			return err
		},
		"a role with everything": func() error {
			_, err := s.accounts.AddRole(ctx, helper, user.Role{ID: "all", Title: "All", Permissions: []string{"*"}})
			return err
		},
		"resetting an owner's password": func() error { return s.accounts.ResetStaff(ctx, helper, boss.ID, goodPassword) },
		"disabling an owner": func() error {
			_, err := s.accounts.ChangeStaff(ctx, helper, account.StaffChange{ID: boss.ID, Version: 1, Name: "x", Status: user.StaffDisabled, Roles: []string{user.OwnerRole}})
			return err
		},
		"ending an owner's sessions": func() error { return s.accounts.EndSessionsOf(ctx, helper, user.Owner{StaffID: boss.ID}) },
	}
	for name, do := range refused {
		if err := do(); fault.Code(err) != "permission-missing" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.accounts.AddRole(ctx, helper, user.Role{ID: "looks", Title: "Looks", Permissions: []string{"customers:read"}}); err != nil {
		t.Errorf("a role of what they have: %v", err)
	}
	if _, err := s.accounts.AddRole(ctx, account.Operator(), user.Role{ID: "odd", Title: "Odd", Permissions: []string{"moon:write"}}); fault.Code(err) != "unknown-permission" {
		t.Errorf("a permission that no route asks for: %v", err)
	}
	if _, err := s.accounts.ChangeRole(ctx, account.Operator(), user.Role{ID: user.OwnerRole, Title: "x", Version: 1}); fault.Code(err) != "role-fixed" {
		t.Errorf("the owners' role can be emptied: %v", err)
	}
	if err := s.accounts.DeleteRole(ctx, account.Operator(), "looks", 7); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("a stale delete: %v", err)
	}
	s.agrees(t)
}

// guestOrder places an order as a guest with that address.
func (s *shop) guestOrder(t testing.TB, sku, email string) order.Order {
	t.Helper()
	b, err := s.fill(context.Background(), sku, 1)
	if err != nil {
		t.Fatal(err)
	}
	in := b.placed(idempotency.Request{})
	in.Email = email
	o, _, err := s.checkout.Place(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ownOrders(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "CLAIM", 1000, 10)
	ada, eve := s.customer(t, "ada@example.com"), s.customer(t, "eve@example.com")
	older, newer, others := s.guestOrder(t, "CLAIM", "ADA@example.com"), s.guestOrder(t, "CLAIM", "ada@example.com"), s.guestOrder(t, "CLAIM", "\u212Aate@example.com")
	in := func(email string) {
		t.Helper()
		if _, err := s.accounts.SignIn(ctx, account.SignIn{Email: email, Password: goodPassword, IP: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	in(eve.Email)
	in(ada.Email)
	s.customer(t, "kate@example.com")
	in("kate@example.com") // the Kelvin sign is no k: that order is not hers
	mine := func(customer string) (ids []string) {
		for f := (order.Filter{CustomerID: customer, Limit: 1}); ; {
			page, err := s.db.Read().Orders.Search(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				return ids
			}
			f.Before = page[0].ID
			ids = append(ids, f.Before)
		}
	}
	if got := mine(ada.ID); !slices.Equal(got, []string{max(older.ID, newer.ID), min(older.ID, newer.ID)}) {
		t.Errorf("Ada's orders are %v", got)
	}
	if got := mine(eve.ID); len(got) != 0 {
		t.Errorf("Eve's orders are %v", got)
	}
	if o, err := s.db.Read().Orders.Load(ctx, others.ID); err != nil || o.CustomerID != "" {
		t.Errorf("another mailbox's order went to %s, %v", o.CustomerID, err)
	}
	if tok, err := s.checkout.TokenFor(ctx, ada.ID, older.ID); err != nil {
		t.Errorf("Ada does not get at her order: %v", err)
	} else if _, err := s.db.Read().Orders.Get(ctx, older.ID, token.Hash(tok)); err != nil {
		t.Errorf("her token does not fit: %v", err)
	}
	for _, id := range []string{older.ID, others.ID, newID(), "junk"} {
		if _, err := s.checkout.TokenFor(ctx, eve.ID, id); fault.Code(err) != "order-not-found" {
			t.Errorf("Eve and order %s: %v", id, err)
		}
	}
	s.agrees(t)
}

func mergedCarts(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "MANY", 1000, 99_999)
	s.sell(t, "ONE", 1000, 10)
	s.promote(t, "TEN", 5)
	ada, eve := s.customer(t, "ada@example.com"), s.customer(t, "eve@example.com")
	guest := func(sku string, qty int64, codes ...string) shopping.Access {
		t.Helper()
		b, err := s.fill(ctx, sku, qty, codes...)
		if err != nil {
			t.Fatal(err)
		}
		return shopping.Access{ID: b.id, Token: b.token}
	}
	first, second := guest("MANY", 9_000), guest("MANY", 2_000, "TEN")
	if err := s.add(ctx, basket{second.ID, second.Token}, "ONE"); err != nil {
		t.Fatal(err)
	}
	var own shopping.View
	for _, g := range []shopping.Access{first, second, first, second} { // twice: the second time counts nothing
		var err error
		if own, err = s.shopping.Merge(ctx, ada.ID, g); err != nil {
			t.Fatal(err)
		}
	}
	if own.Cart.Qty("MANY") != cart.MaxQty || own.Cart.Qty("ONE") != 1 || !slices.Equal(own.Cart.Codes, []string{"TEN"}) || own.Cart.CustomerID != ada.ID {
		t.Errorf("the merged cart is %+v", own.Cart)
	}
	if again, err := s.shopping.Own(ctx, ada.ID); err != nil || again.Cart.ID != own.Cart.ID || again.Cart.Qty("ONE") != 1 {
		t.Errorf("her cart is %+v, %v", again.Cart, err)
	}
	if _, err := s.shopping.SetItem(ctx, first, cart.Item{SKU: "ONE", Qty: 1}); fault.Code(err) != "cart-merged" {
		t.Errorf("a merged cart takes items: %v", err)
	}
	for name, do := range map[string]func() error{
		"another merges it too":    func() error { _, err := s.shopping.Merge(ctx, eve.ID, first); return err },
		"another takes hers by id": func() error { _, err := s.shopping.TokenFor(ctx, eve.ID, own.Cart.ID); return err },
		"a token that is wrong": func() error {
			_, err := s.shopping.Merge(ctx, eve.ID, shopping.Access{ID: guest("ONE", 1).ID, Token: "x"})
			return err
		},
		"who has none":                 func() error { _, err := s.shopping.Own(ctx, eve.ID); return err },
		"a cart that was merged by id": func() error { _, err := s.shopping.TokenFor(ctx, ada.ID, first.ID); return err },
	} {
		if err := do(); fault.Code(err) != "cart-not-found" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
