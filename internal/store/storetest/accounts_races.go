package storetest

import (
	"context"
	"encoding/base32"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// accountRaces are contests about people.
var accountRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"guesses made at the same moment count too":             guesses,
	"a mailed link works for one of many":                   oneLink,
	"a code of the second factor lets in one":               oneCode,
	"an old password makes one new one":                     oneCustomerPassword,
	"a code changes a password once":                        onePasswordChange,
	"who registers while the old account is purged has one": purgeAgainstRegister,
	"there is an owner whoever removes whom":                lastOwner,
	"one address is one account":                            oneAccount,
	"two who change one customer: one is told":              twoEditors,
	"a recovery code lets in one":                           oneRecoveryCode,
	"a guest's order is claimed by one account":             oneClaimer,
	"a cart merged from two tabs counts once":               twoTabs,
	"a cart is ordered or merged, never both":               mergeAgainstOrder,
}

func secretOf(t testing.TB, text string) []byte {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func guesses(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		email := fmt.Sprintf("guess-%d@example.com", round)
		if round%2 == 0 {
			s.customer(t, email)
		}
		var looked, shut atomic.Int64
		each(crowd, func(int) {
			_, err := s.accounts.SignIn(context.Background(), account.SignIn{Email: email, Password: "a wrong password", IP: fmt.Sprintf("192.0.2.%d", round)})
			switch fault.Code(err) {
			case "wrong-password":
				looked.Add(1)
			case "too-many-attempts":
				shut.Add(1)
			default:
				t.Errorf("a guess was told: %v", err)
			}
		})
		if looked.Load() != 5 || shut.Load() != crowd-5 {
			t.Fatalf("%d guesses were looked at and %d turned away; 5 are free", looked.Load(), shut.Load())
		}
	}
}

func oneLink(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		c := s.customer(t, fmt.Sprintf("link-%d@example.com", round))
		l, ok, err := s.accounts.Letter(ctx, newID(), user.Mail{Kind: user.MailReset, Email: c.Email})
		if err != nil || !ok {
			t.Fatalf("letter: %+v, %v", l, err)
		}
		var won atomic.Int64
		each(crowd, func(i int) {
			err := s.accounts.Reset(ctx, l.Token, fmt.Sprintf("a new password %d", i), "192.0.2.1")
			switch fault.Code(err) {
			case "":
				won.Add(1)
			case "link-invalid":
			default:
				t.Errorf("the link told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("one link changed the password %d times", won.Load())
		}
	}
}

func oneCode(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		m := s.owner(t, fmt.Sprintf("code-%d@staff.example", round))
		secret, _, _ := s.enrol(t, m)
		s.pass(time.Hour)
		s.letIn(t, m, user.TOTPCode(secret, s.now()))
	}
}

func oneRecoveryCode(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		m := s.owner(t, fmt.Sprintf("recover-%d@staff.example", round))
		_, codes, _ := s.enrol(t, m)
		s.pass(time.Hour)
		s.letIn(t, m, codes[0])
	}
}

// letIn tries the code from many places at once; it must let in one of them.
func (s *shop) letIn(t *testing.T, m user.Staff, code string) {
	t.Helper()
	var won atomic.Int64
	each(crowd, func(i int) {
		_, err := s.accounts.SignInStaff(context.Background(), account.SignIn{Email: m.Email, Password: goodPassword, Code: code, IP: fmt.Sprintf("192.0.2.%d", i)})
		switch fault.Code(err) {
		case "":
			won.Add(1)
		case "wrong-code":
		default:
			t.Errorf("the code told: %v", err)
		}
	})
	if won.Load() != 1 {
		t.Fatalf("one code let %d in", won.Load())
	}
}

func lastOwner(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	owners := []user.Staff{s.owner(t, "one@staff.example"), s.owner(t, "two@staff.example")}
	for range rounds {
		for i, m := range owners { // both are owners again
			now, err := s.db.Read().Staff.Load(ctx, m.ID)
			if err != nil {
				t.Fatal(err)
			}
			owners[i], err = s.accounts.ChangeStaff(ctx, account.Operator(), account.StaffChange{ID: m.ID, Version: now.Version, Name: "x", Status: user.StaffActive, Roles: []string{user.OwnerRole}})
			if err != nil {
				t.Fatal(err)
			}
		}
		each(crowd, func(i int) {
			m := owners[i%2]
			change := account.StaffChange{ID: m.ID, Version: m.Version, Name: "x", Status: user.StaffActive, Roles: []string{"support"}}
			if i%4 > 1 {
				change.Status, change.Roles = user.StaffDisabled, []string{user.OwnerRole}
			}
			_, err := s.accounts.ChangeStaff(ctx, account.Operator(), change)
			if c := fault.Code(err); c != "" && c != "last-owner" && c != "changed-meanwhile" {
				t.Errorf("a change was told: %v", err)
			}
		})
		var left []string
		s.in(t, func(tx store.Stores) (err error) { left, err = tx.Staff.LockOwners(ctx); return err })
		if len(left) != 1 {
			t.Fatalf("%d owners are left", len(left))
		}
	}
}

func oneAccount(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		var told atomic.Int64
		each(crowd, func(i int) {
			err := s.accounts.Register(ctx, account.Register{Email: fmt.Sprintf("One-%d@example.com", round), Name: "Ada", Password: fmt.Sprintf("%s %d", goodPassword, i), Locale: "en", IP: fmt.Sprintf("192.0.%d.%d", round, i)})
			if c := fault.Code(err); c == "too-many-attempts" {
				told.Add(1)
			} else if err != nil {
				t.Errorf("a registration was told: %v", err)
			}
		})
		if told.Load() != crowd-3 {
			t.Errorf("%d registrations of one address were turned away; 3 are free", told.Load())
		}
		list, err := s.db.Read().Customers.List(ctx, user.CustomerFilter{EmailPrefix: fmt.Sprintf("one-%d@", round), Limit: 10})
		if err != nil || len(list) != 1 || !list[0].VerifiedAt.IsZero() {
			t.Fatalf("one address has the accounts %+v, %v", list, err)
		}
	}
}

func twoEditors(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		c := s.customer(t, fmt.Sprintf("edit-%d@example.com", round))
		var won atomic.Int64
		each(crowd, func(i int) {
			_, err := s.accounts.ChangeCustomer(ctx, account.Operator(), account.CustomerChange{ID: c.ID, Version: 1, Group: fmt.Sprintf("group-%d", i), Status: user.Active})
			switch fault.Code(err) {
			case "":
				won.Add(1)
			case "changed-meanwhile":
			default:
				t.Errorf("an editor was told: %v", err)
			}
		})
		got, err := s.db.Read().Customers.Load(ctx, c.ID)
		if err != nil || won.Load() != 1 || got.Version != 2 {
			t.Fatalf("%d editors wrote version 2; it is %d, %v", won.Load(), got.Version, err)
		}
	}
}

// newAccounts is the service on the shop's clock, with passwords that cost little.
func newAccounts(s *shop, tokens token.Maker) *account.Service {
	hour := time.Hour
	return account.New(s.db, account.Config{CustomerIdle: hour, CustomerMost: 24 * hour, StaffIdle: hour, StaffMost: 24 * hour, Hashers: 4}, tokens,
		[]string{"customers:read", "customers:write", "staff:read", "staff:write"}, s.now, newID).WithKDF(user.KDF{MemoryKiB: 8, Passes: 1, Lanes: 1})
}

// oneClaimer has two accounts claim what one address ordered: an address can
// move from one to the other while the first still signs in.
func oneClaimer(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "CLAIMS", 1000, int64(3*rounds))
	for round := range rounds {
		email := fmt.Sprintf("claim-%d@example.com", round)
		accounts := []user.Customer{s.customer(t, fmt.Sprintf("a-%d@example.com", round)), s.customer(t, fmt.Sprintf("b-%d@example.com", round))}
		var orders []string
		for range 3 {
			orders = append(orders, s.guestOrder(t, "CLAIMS", email).ID)
		}
		var claimed [2]atomic.Int64
		each(crowd, func(i int) {
			err := s.db.InTx(ctx, func(tx store.Stores) error {
				n, err := tx.Orders.Claim(ctx, accounts[i%2].ID, email)
				if err == nil {
					claimed[i%2].Add(n)
				}
				return err
			})
			if err != nil {
				t.Errorf("a claim was told: %v", err)
			}
		})
		owners := map[string]int64{}
		for _, id := range orders {
			o, err := s.db.Read().Orders.Load(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			owners[o.CustomerID]++
		}
		if claimed[0].Load()+claimed[1].Load() != 3 || owners[""] != 0 || owners[accounts[0].ID] != claimed[0].Load() || owners[accounts[1].ID] != claimed[1].Load() {
			t.Fatalf("three orders were claimed %d and %d times and belong to %v", claimed[0].Load(), claimed[1].Load(), owners)
		}
	}
}

// twoTabs merges one guest's cart from many tabs, while others of the same
// customer merge theirs and the guest still adds.
func twoTabs(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "TAB", 1000, 1)
	s.sell(t, "TAB-LATE", 1000, 1)
	for round := range rounds {
		c := s.customer(t, fmt.Sprintf("tabs-%d@example.com", round))
		one, err := s.fill(ctx, "TAB", 3)
		if err != nil {
			t.Fatal(err)
		}
		two, err := s.fill(ctx, "TAB", 4)
		if err != nil {
			t.Fatal(err)
		}
		var added atomic.Bool
		each(crowd, func(i int) {
			b := []basket{one, two}[i%2]
			if i == 0 {
				err := s.add(ctx, one, "TAB-LATE")
				added.Store(err == nil)
				if c := fault.Code(err); c != "" && c != "cart-merged" {
					t.Errorf("a late item was told: %v", err)
				}
				return
			}
			if _, err := s.shopping.Merge(ctx, c.ID, shopping.Access{ID: b.id, Token: b.token}); err != nil {
				t.Errorf("a tab was told: %v", err)
			}
		})
		own, err := s.shopping.Own(ctx, c.ID)
		late := int64(0)
		if added.Load() {
			late = 1
		}
		if err != nil || own.Cart.Qty("TAB") != 7 || own.Cart.Qty("TAB-LATE") != late {
			t.Fatalf("the cart is %+v, %v; want 7 and the late item %d times", own.Cart, err, late)
		}
	}
}

// mergeAgainstOrder: a cart is ordered by the guest or becomes the customer's.
func mergeAgainstOrder(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	s.sell(t, "EITHER", 1000, int64(rounds))
	for round := range rounds {
		c := s.customer(t, fmt.Sprintf("either-%d@example.com", round))
		b, err := s.fill(ctx, "EITHER", 1)
		if err != nil {
			t.Fatal(err)
		}
		var ordered, merged atomic.Int64
		each(crowd, func(i int) {
			var err error
			if i%2 == 0 {
				if _, _, err = s.checkout.Place(ctx, b.placed(idempotency.Request{})); err == nil {
					ordered.Add(1)
				}
			} else if _, err = s.shopping.Merge(ctx, c.ID, shopping.Access{ID: b.id, Token: b.token}); err == nil {
				merged.Add(1)
			}
			switch fault.Code(err) {
			case "", "cart-already-ordered", "cart-merged", "cart-changed":
			default:
				t.Errorf("somebody was told: %v", err)
			}
		})
		if (ordered.Load() == 1) == (merged.Load() > 0) || ordered.Load() > 1 {
			t.Fatalf("one cart was ordered %d times and merged %d times", ordered.Load(), merged.Load())
		}
	}
}
