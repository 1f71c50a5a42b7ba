package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
	"tradewind/internal/store"
)

func linkedCustomers(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	s.sell(t, "CLAIM", 1000, 10)
	o := s.guestOrder(t, "CLAIM", "new@example.com")
	p := s.admitted(t, "somebody new", user.CustomerDoor, claims("new", "new@example.com"))
	if c, err := s.db.Read().Customers.Load(ctx, p.CustomerID); err != nil || c.VerifiedAt.IsZero() || c.PasswordHash != user.NoPassword || c.Name != "Name of new" {
		t.Errorf("the account is %+v, %v", c, err)
	}
	if theirs, err := s.db.Read().Orders.Search(ctx, order.Filter{CustomerID: p.CustomerID, Limit: 9}); err != nil || len(theirs) != 1 || theirs[0].ID != o.ID {
		t.Errorf("their orders are %v, %v", theirs, err)
	}
	known := s.customer(t, "known@example.com")
	if got := s.admitted(t, "somebody known", user.CustomerDoor, claims("known", "KNOWN@example.com")); got.CustomerID != known.ID {
		t.Errorf("somebody known has another account: %+v", got)
	}
	if _, err := s.accounts.SignIn(ctx, account.SignIn{Email: known.Email, Password: goodPassword, IP: "192.0.2.9"}); err != nil {
		t.Errorf("their password does not work any more: %v", err)
	}
	unverified := claims("known", "other@example.com")
	unverified.EmailVerified = false
	s.admitted(t, "somebody linked, whatever the address", user.CustomerDoor, unverified)
	unverified.Subject = "x"
	s.refused(t, "an address that is not verified", user.CustomerDoor, unverified, "email-not-verified")

	squat := s.customer(t, "squat@example.com") // a stranger registered it, and cannot verify it
	squat.VerifiedAt = time.Time{}
	s.in(t, func(tx store.Stores) error { _, err := tx.Customers.Update(ctx, squat); return err })
	link, _, err := s.accounts.Letter(ctx, newID(), user.Mail{Kind: user.MailRegistered, Email: squat.Email})
	if err != nil {
		t.Fatal(err)
	}
	s.admitted(t, "its owner", user.CustomerDoor, claims("owner", squat.Email))
	if _, err := s.accounts.SignIn(ctx, account.SignIn{Email: squat.Email, Password: goodPassword, IP: "192.0.2.9"}); fault.Code(err) != "wrong-password" {
		t.Errorf("the stranger's password: %v", err)
	}
	if _, err := s.accounts.Verify(ctx, link.Token, goodPassword, "192.0.2.9", ""); fault.Code(err) != "link-invalid" {
		t.Errorf("the stranger's link: %v", err)
	}
	locked := s.customer(t, "locked@example.com")
	locked.Status = user.Locked
	s.in(t, func(tx store.Stores) error { _, err := tx.Customers.Update(ctx, locked); return err })
	s.refused(t, "a locked account", user.CustomerDoor, claims("locked", locked.Email), "account-not-open")
}

func closedStays(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	c := s.customer(t, "ada@example.com")
	p := s.admitted(t, "ada", user.CustomerDoor, claims("ada", "ada@example.com"))
	if err := s.accounts.Close(ctx, p, goodPassword, "192.0.2.9"); err != nil {
		t.Fatal(err)
	}
	if links, err := s.db.Read().Identities.Of(ctx, user.Owner{CustomerID: c.ID}); err != nil || len(links) != 0 {
		t.Errorf("a closed account keeps %v, %v", links, err)
	}
	again := s.admitted(t, "ada again", user.CustomerDoor, claims("ada", "ada@example.com"))
	if closed, err := s.db.Read().Customers.Load(ctx, c.ID); err != nil || closed.Status != user.Closed || again.CustomerID == c.ID {
		t.Errorf("the closed account is %+v, %v; hers is %s", closed, err, again.CustomerID)
	}
}

func endedThere(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	at := func(d user.Door, sid string) user.Principal {
		c := claims("ada", "ada@example.com", "admins")
		c.SessionID = sid
		return s.admitted(t, "ada", d, c)
	}
	for id, tc := range []struct {
		logout user.Logout
		left   int // of three sessions of staff
	}{
		{user.Logout{Subject: "ada"}, 0},
		{user.Logout{SessionID: "s1"}, 2},
		{user.Logout{Subject: "ada", SessionID: "s2"}, 2},
		{user.Logout{Subject: "eve", SessionID: "s2"}, 3},
		{user.Logout{Subject: "eve"}, 3},
		{user.Logout{SessionID: "s9"}, 3},
	} {
		o := user.Owner{StaffID: at(user.StaffDoor, "s1").StaffID}
		customer := user.Owner{CustomerID: at(user.CustomerDoor, "s1").CustomerID}
		at(user.StaffDoor, "s2")
		at(user.StaffDoor, "")
		tc.logout.Issuer, tc.logout.TokenID = issuer, fmt.Sprint("token-", id)
		tok, err := json.Marshal(tc.logout)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time it ends nothing
			if err := s.accounts.LoggedOut(ctx, user.StaffDoor, string(tok), "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			if got := s.sessions(t, o); got != tc.left {
				t.Errorf("%+v leaves %d sessions, want %d", tc.logout, got, tc.left)
			}
			s.pass(time.Second)
			at(user.StaffDoor, "s1")
			tc.left++
		}
		if s.sessions(t, customer) != 1 {
			t.Errorf("%+v at the door of staff ended a customer's session", tc.logout)
		}
		s.in(t, func(tx store.Stores) error {
			_, err := tx.Sessions.EndAll(ctx, o, "")
			if err == nil {
				_, err = tx.Sessions.EndAll(ctx, customer, "")
			}
			return err
		})
	}
	// A second factor of ours, set up meanwhile, makes another session, of the same provider.
	p := at(user.StaffDoor, "s1")
	e, err := s.accounts.Enrol(ctx, p, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.accounts.Enrolled(ctx, p, user.TOTPCode(secretOf(t, e.Secret), s.now()), ""); err != nil {
		t.Fatal(err)
	}
	tok := `{"TokenID":"after","Issuer":"` + issuer + `","SessionID":"s1"}`
	if err := s.accounts.LoggedOut(ctx, user.StaffDoor, tok, "192.0.2.1"); err != nil || s.sessions(t, user.Owner{StaffID: p.StaffID}) != 0 {
		t.Errorf("after a second factor was set up the session goes on, %v", err)
	}
	s.pass(time.Second)
	p = at(user.StaffDoor, "s1")
	if page, err := s.accounts.SignOut(ctx, p, ""); err != nil || page != "https://id.example/end" || s.sessions(t, user.Owner{StaffID: p.StaffID}) != 0 {
		t.Errorf("signing out here leads to %q, %v", page, err)
	}
}

func countedThrough(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	come := func(code string) error {
		begun, err := s.accounts.GoThrough(ctx, user.CustomerDoor, "/")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = s.accounts.ComeBack(ctx, user.CustomerDoor, account.Return{Kept: begun.Kept, Answer: user.Answer{Code: code, State: begun.URL}, IP: "192.0.2.77"})
		return err
	}
	s.accounts.Providers[user.CustomerDoor] = stranger{}
	good, err := json.Marshal(claims("ada", "ada@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 49 {
		if err := come("nonsense"); fault.Code(err) != "sign-in-refused" {
			t.Fatalf("guess %d: %v", i, err)
		}
		if err := come(string(good)); err != nil { // takes its own attempt back, and no other
			t.Fatal(err)
		}
	}
	if err := come("nonsense"); fault.Code(err) != "sign-in-refused" {
		t.Fatal(err)
	}
	if err := come(string(good)); fault.Code(err) != "too-many-attempts" {
		t.Errorf("after fifty guesses the door says %v", err)
	}
	if _, err := s.accounts.SignIn(ctx, account.SignIn{Email: "a@example.com", Password: "x", IP: "192.0.2.77"}); fault.Code(err) != "too-many-attempts" {
		t.Errorf("and to a password %v", err)
	}
	s.pass(2 * time.Hour)
	for i := range 60 {
		begun, err := s.accounts.GoThrough(ctx, user.CustomerDoor, "/")
		if err != nil {
			t.Fatal(err)
		}
		s.accounts.Providers[user.CustomerDoor] = stranger{down: user.ProviderUnavailable(nil)}
		_, _, err = s.accounts.ComeBack(ctx, user.CustomerDoor, account.Return{Kept: begun.Kept, Answer: user.Answer{Code: string(good), State: begun.URL}, IP: "192.0.2.77"})
		s.accounts.Providers[user.CustomerDoor] = stranger{}
		if fault.Code(err) != "provider-unavailable" {
			t.Fatalf("with the provider down, time %d: %v", i, err)
		}
	}
	begun, err := s.accounts.GoThrough(ctx, user.CustomerDoor, "/")
	if err != nil {
		t.Fatal(err)
	}
	late := account.Return{Kept: begun.Kept, Answer: user.Answer{Code: string(good), State: begun.URL}, IP: "192.0.2.78"}
	if _, _, err := s.accounts.ComeBack(ctx, user.StaffDoor, late); fault.Code(err) != "sign-in-lost" {
		t.Errorf("a sign-in of customers at the door of staff: %v", err)
	}
	s.pass(account.ThroughFor)
	if _, _, err := s.accounts.ComeBack(ctx, user.CustomerDoor, late); fault.Code(err) != "sign-in-lost" {
		t.Errorf("a sign-in of long ago: %v", err)
	}
}

func manyTabs(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.strangers(t)
	s.owner(t, "owner@example.com")
	for round := range rounds {
		name := fmt.Sprintf("tab-%d", round)
		for d, owner := range map[user.Door]func(user.Principal) string{
			user.StaffDoor:    func(p user.Principal) string { return p.StaffID },
			user.CustomerDoor: func(p user.Principal) string { return p.CustomerID },
		} {
			var mu sync.Mutex
			ids := map[string]int{}
			each(crowd, func(int) {
				p, err := s.through(t, d, claims(name, name+"@example.com", "clerks"))
				if err != nil {
					t.Errorf("%s at %s: %v", name, d, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[owner(p)]++
			})
			if len(ids) != 1 {
				t.Fatalf("%s has accounts %v at %s", name, ids, d)
			}
		}
		links, err := s.db.Read().Identities.Of(ctx, user.Owner{StaffID: s.staffID(t, name+"@example.com")})
		if err != nil || len(links) != 1 {
			t.Fatalf("%s has links %v, %v", name, links, err)
		}
	}
}

// leaver is a provider at which people sign out while we ask who they are.
type leaver struct {
	stranger
	leave func()
}

func (p leaver) Finish(ctx context.Context, a user.Answer, c user.Challenge) (user.Claims, error) {
	p.leave()
	return p.stranger.Finish(ctx, a, c)
}

func overtakenThere(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	for i, l := range []user.Logout{{SessionID: "s1"}, {Subject: "ada"}, {Subject: "ada", SessionID: "s1"}} {
		for _, d := range []user.Door{user.StaffDoor, user.CustomerDoor} {
			l.Issuer, l.TokenID = issuer, fmt.Sprint("overtaken-", i)
			tok, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			c := claims("ada", "ada@example.com", "admins")
			c.SessionID = "s1"
			s.accounts.Providers[d] = leaver{leave: func() {
				if err := s.accounts.LoggedOut(ctx, d, string(tok), "192.0.2.1"); err != nil {
					t.Error(err)
				}
				s.pass(3 * time.Second)
			}}
			s.refused(t, fmt.Sprintf("%+v overtakes a sign-in", l), d, c, "sign-in-refused")
			s.accounts.Providers[d] = stranger{}
			s.admitted(t, "who begins again", d, c)
		}
	}
}

func uncheckedLogouts(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	p := s.admitted(t, "ada", user.StaffDoor, claims("ada", "ada@example.com", "admins"))
	tok := func(n int) string { return fmt.Sprintf(`{"TokenID":"%d","Issuer":%q,"Subject":"ada"}`, n, issuer) }
	s.accounts.Providers[user.StaffDoor] = stranger{down: user.ProviderUnavailable(errors.New("its keys cannot be had"))}
	for n := range 60 {
		if err := s.accounts.LoggedOut(ctx, user.StaffDoor, tok(n), "192.0.2.1"); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("logout %d: %v", n, err)
		}
	}
	s.accounts.Providers[user.StaffDoor] = stranger{}
	if err := s.accounts.LoggedOut(ctx, user.StaffDoor, tok(60), "192.0.2.1"); err != nil || s.sessions(t, user.Owner{StaffID: p.StaffID}) != 0 {
		t.Errorf("once its keys can be had again: %v", err)
	}
}

// crowdOfLogouts is a provider that answers when all of them have come.
type crowdOfLogouts struct {
	stranger
	come *sync.WaitGroup
}

func (p crowdOfLogouts) LoggedOut(ctx context.Context, tok string) (user.Logout, error) {
	p.come.Done()
	p.come.Wait()
	return p.stranger.LoggedOut(ctx, tok)
}

// manyLogouts come from one address at the same moment, more than a person could
// try; of those that nobody signed only so many are looked at.
func manyLogouts(t *testing.T, s *shop) {
	ctx := context.Background()
	s.strangers(t)
	const many = 200
	var come sync.WaitGroup
	come.Add(many)
	s.accounts.Providers[user.StaffDoor] = crowdOfLogouts{come: &come}
	each(many, func(n int) {
		tok := fmt.Sprintf(`{"TokenID":"many-%d","Issuer":%q,"Subject":"ada"}`, n, issuer)
		if err := s.accounts.LoggedOut(ctx, user.StaffDoor, tok, "192.0.2.1"); err != nil {
			t.Errorf("logout %d: %v", n, err)
			come.Done() // if it was kept from the provider, nobody shall wait for it
		}
	})
	s.accounts.Providers[user.StaffDoor] = stranger{}
	for n := range 1001 {
		err := s.accounts.LoggedOut(ctx, user.StaffDoor, "made up", "192.0.2.2")
		if shut := fault.Code(err) == "too-many-attempts"; shut != (n == 1000) {
			t.Fatalf("made-up token %d: %v", n, err)
		}
	}
}
