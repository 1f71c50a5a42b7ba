package remembered_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/store"
)

func TestWhoseSessionEndsIsRefusedByEveryProcessAtOnce(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	staff := account.Operator()
	for name, end := range map[string]func(ctx context.Context, m member) error{
		"signing out": func(ctx context.Context, m member) error { _, err := one.accounts.SignOut(ctx, m.is, ""); return err },
		"ending one session": func(ctx context.Context, m member) error {
			elsewhere := one.signIn(t, m)
			p, err := one.accounts.Customer(ctx, elsewhere)
			if err != nil {
				return err
			}
			return one.accounts.EndSession(ctx, p, m.is.SessionID)
		},
		"signing out elsewhere": func(ctx context.Context, m member) error {
			p, err := one.accounts.Customer(ctx, one.signIn(t, m))
			if err != nil {
				return err
			}
			return one.accounts.SignOutElsewhere(ctx, p)
		},
		"another password": func(ctx context.Context, m member) error {
			p, err := one.accounts.Customer(ctx, one.signIn(t, m))
			if err != nil {
				return err
			}
			return one.accounts.ChangePassword(ctx, p, password, "yet another password", "192.0.2.1")
		},
		"a reset password": func(ctx context.Context, m member) error {
			link := token.Random()
			err := one.DB.InTx(ctx, func(tx store.Stores) error {
				return tx.OneTime.Insert(ctx, user.OneTime{ID: ident.New(), CustomerID: m.ID, Email: m.Email, Purpose: user.Reset, TokenHash: token.Hash(link), ExpiresAt: h.now().Add(time.Hour)})
			})
			if err != nil {
				return err
			}
			return one.accounts.Reset(ctx, link, "yet another password", "192.0.2.1")
		},
		"closing the account": func(ctx context.Context, m member) error { return one.accounts.Close(ctx, m.is, password, "192.0.2.1") },
		"being locked": func(ctx context.Context, m member) error {
			_, err := one.accounts.ChangeCustomer(ctx, staff, account.CustomerChange{ID: m.ID, Version: 1, Group: "standard", Status: user.Locked})
			return err
		},
		"being signed out by staff": func(ctx context.Context, m member) error {
			return one.accounts.EndSessionsOf(ctx, staff, user.Owner{CustomerID: m.ID})
		},
		"a status that changes alone": func(ctx context.Context, m member) error {
			return one.DB.InTx(ctx, func(tx store.Stores) error {
				c, err := tx.Customers.Lock(ctx, m.ID)
				if err != nil {
					return err
				}
				c.Status = user.Locked
				_, err = tx.Customers.Update(ctx, c)
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := h.member(t, one)
			one.knows(t, m.token)
			other.knows(t, m.token)
			if err := end(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			for _, p := range []*process{other, one} {
				if who, err := p.accounts.Customer(t.Context(), m.token); fault.Code(err) != "sign-in-required" {
					t.Errorf("a process still knows %+v, %v", who, err)
				}
			}
		})
	}
}

func TestSigningOutAtTheProviderIsSeenByEveryProcessAtOnce(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	for name, l := range map[string]user.Logout{"everywhere": {Issuer: "https://id", Subject: "ada"}, "one session": {Issuer: "https://id", SessionID: "sid"}} {
		t.Run(name, func(t *testing.T) {
			ctx, m, tok, link := t.Context(), h.member(t, one), token.Random(), ident.New()
			l.Subject, l.SessionID = strings.Replace(l.Subject, "ada", m.ID, 1), strings.Replace(l.SessionID, "sid", m.ID, 1)
			err := one.DB.InTx(ctx, func(tx store.Stores) error {
				if err := tx.Identities.Insert(ctx, user.Identity{ID: link, Door: user.CustomerDoor, Issuer: l.Issuer, Subject: m.ID, CustomerID: m.ID, CreatedAt: h.now()}); err != nil {
					return err
				}
				return tx.Sessions.Insert(ctx, user.Session{ID: ident.New(), CustomerID: m.ID, LinkID: link, ProviderSession: m.ID, TokenHash: token.Hash(tok),
					CreatedAt: h.now(), LastUsedAt: h.now(), EndsAt: h.now().Add(time.Hour), ExpiresAt: h.now().Add(time.Hour)})
			})
			if err != nil {
				t.Fatal(err)
			}
			other.knows(t, tok)
			err = one.DB.InTx(ctx, func(tx store.Stores) error {
				ended, err := tx.Identities.EndSessions(ctx, user.CustomerDoor, l)
				if len(ended) != 1 {
					t.Errorf("%d sessions ended", len(ended))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if who, err := other.accounts.Customer(ctx, tok); fault.Code(err) != "sign-in-required" {
				t.Errorf("the other process knows %+v, %v", who, err)
			}
			other.knows(t, m.token) // which the provider did not open
		})
	}
}

func TestASignOutThatRedisWasNotToldOfCountsHereAtOnceAndElsewhereWithinTheKeepTime(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	m := h.member(t, one)
	one.knows(t, m.token)
	other.knows(t, m.token)
	one.way.Behave(t, "refusing")
	if _, err := one.accounts.SignOut(t.Context(), m.is, ""); err != nil {
		t.Fatal(err)
	}
	refuses := func(p *process) bool {
		_, err := p.accounts.Customer(t.Context(), m.token)
		return fault.Code(err) == "sign-in-required"
	}
	if !refuses(one) {
		t.Error("the process that signed her out lets her in")
	}
	h.passed.Add(int64(30 * time.Second)) // by the clock alone: a server that kept too much is not believed
	if !refuses(other) {
		t.Error("after the keep time another process lets her in")
	}
	if !refuses(one) {
		t.Error("the process that signed her out lets her in again")
	}
}

func TestASignOutIsToldWhenRedisIsBack(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	m := h.member(t, one)
	other.knows(t, m.token)
	one.way.Behave(t, "refusing")
	if _, err := one.accounts.SignOut(t.Context(), m.is, ""); err != nil {
		t.Fatal(err)
	}
	one.way.Behave(t, "")
	eventually(t, "the other process hears of it, though no time has passed", func() bool {
		_, err := other.accounts.Customer(t.Context(), m.token)
		return fault.Code(err) == "sign-in-required"
	})
}

func TestASessionEndsByTheClockThoughItIsRemembered(t *testing.T) {
	h := build(t)
	p := h.process(t)
	p.accounts.Config.CustomerIdle, p.accounts.Config.CustomerMost = 20*time.Second, 20*time.Second
	m := h.member(t, p)
	p.knows(t, m.token)
	h.pass(20 * time.Second)
	if _, err := p.accounts.Customer(t.Context(), m.token); fault.Code(err) != "sign-in-required" {
		t.Errorf("after its end = %v", err)
	}
}

func TestASessionThatIsUsedGoesOnThoughItIsRemembered(t *testing.T) {
	h := build(t)
	p := h.process(t)
	m := h.member(t, p)
	for range 20 { // five hours, with an hour of idleness allowed
		h.passed.Add(int64(15 * time.Minute))
		p.knows(t, m.token)
	}
}

func TestACustomerIsCalledByTheirNewNameAtOnce(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	m := h.member(t, one)
	other.knows(t, m.token)
	if _, err := one.accounts.SetProfile(t.Context(), m.is, "Countess", "de"); err != nil {
		t.Fatal(err)
	}
	if who, err := other.accounts.Customer(t.Context(), m.token); err != nil || who.Name != "Countess" {
		t.Errorf("she is %+v, %v", who, err)
	}
}

func TestWhatRedisHoldsOfASessionSaysNothingAndOpensNothing(t *testing.T) {
	h := build(t)
	p := h.process(t)
	m, stranger := h.member(t, p), h.member(t, p)
	p.knows(t, m.token)
	p.knows(t, stranger.token)
	keys := h.redis.Keys()
	var docs []string
	for _, key := range keys {
		value, err := h.redis.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, value)
		for _, secret := range []string{m.token, m.ID, m.is.SessionID, m.Name, string(token.Hash(m.token))} {
			if strings.Contains(key+value, secret) {
				t.Errorf("Redis holds %q under %s", secret, key)
			}
		}
	}
	if len(docs) != 2 {
		t.Fatalf("%d documents: %q", len(docs), keys)
	}
	// Who writes to Redis puts each document in the place of the other, and one of a shop with another secret.
	for i, key := range keys {
		if err := h.redis.Set(key, docs[1-i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []member{m, stranger} {
		if is, err := p.accounts.Customer(t.Context(), who.token); err != nil || is.CustomerID != who.ID {
			t.Errorf("%s became %+v, %v", who.ID, is, err)
		}
	}
	for _, key := range keys {
		_ = h.redis.Set(key, `d{"Until":"2099-01-01T00:00:00Z","Is":{}}`)
	}
	if is, err := p.accounts.Customer(t.Context(), m.token); err != nil || is.CustomerID != m.ID {
		t.Errorf("a forged document makes her %+v, %v", is, err)
	}
	if _, err := p.accounts.Customer(t.Context(), token.Random()); fault.Code(err) != "sign-in-required" {
		t.Errorf("a token that nobody has = %v", err)
	}
}

func TestADocumentThatIsPutBackAfterTheSignOutIsBelievedForTheKeepTimeAtMost(t *testing.T) {
	h := build(t)
	p := h.process(t)
	m := h.member(t, p)
	p.knows(t, m.token)
	key := h.redis.Keys()[0]
	old, _ := h.redis.Get(key)
	if _, err := p.accounts.SignOut(t.Context(), m.is, ""); err != nil {
		t.Fatal(err)
	}
	_ = h.redis.Set(key, old) // and it never ends there
	h.passed.Add(int64(30 * time.Second))
	if _, err := p.accounts.Customer(t.Context(), m.token); fault.Code(err) != "sign-in-required" {
		t.Errorf("= %v", err)
	}
}

func TestNothingIsRememberedOfStaffOrIfItIsSwitchedOff(t *testing.T) {
	h := build(t)
	p := h.process(t)
	p.Memory.Sessions, p.Memory.Carts = 0, 0
	m := h.member(t, p)
	for range 3 {
		if _, err := p.accounts.Customer(t.Context(), m.token); err != nil {
			t.Fatal(err)
		}
		if _, err := p.accounts.Staff(t.Context(), token.Random()); fault.Code(err) != "sign-in-required" {
			t.Errorf("= %v", err)
		}
	}
	if keys := h.redis.Keys(); len(keys) != 0 {
		t.Errorf("Redis holds %q", keys)
	}
}
