package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
)

const nextPassword = "another fine password"

func staffPassword(t *testing.T, s *shop) {
	ctx := context.Background()
	m := s.owner(t, "grace@staff.example")
	secret, codes, here := s.enrol(t, m)
	elsewhere, err := s.accounts.SignInStaff(ctx, account.SignIn{Email: m.Email, Password: goodPassword, Code: codes[0], IP: "192.0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.accounts.Staff(ctx, here.Token)
	if err != nil {
		t.Fatal(err)
	}
	used := user.TOTPCode(secret, s.now())
	s.pass(time.Minute)
	code := user.TOTPCode(secret, s.now())
	for _, tc := range []struct{ name, current, next, code, want string }{
		{"a wrong password", "not my password", nextPassword, code, "wrong-password"},
		{"a wrong code", goodPassword, nextPassword, "000000", "wrong-code"},
		{"a code that was used", goodPassword, nextPassword, used, "wrong-code"},
		{"a weak password", goodPassword, "12345678", code, "weak-password"},
		{"all that it takes", goodPassword, nextPassword, code, ""},
		{"the same again", goodPassword, nextPassword, codes[1], "wrong-password"},
	} {
		err := s.accounts.ChangeStaffPassword(ctx, p, account.StaffPassword{Current: tc.current, Next: tc.next, Code: tc.code, IP: "192.0.2.9"})
		if fault.Code(err) != tc.want {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	if _, err := s.accounts.Staff(ctx, here.Token); err != nil {
		t.Errorf("the session at hand: %v", err)
	}
	if _, err := s.accounts.Staff(ctx, elsewhere.Token); fault.Code(err) != "sign-in-required" {
		t.Errorf("another session lives on: %v", err)
	}
	for password, want := range map[string]string{goodPassword: "wrong-password", nextPassword: "code-required"} {
		if _, err := s.accounts.SignInStaff(ctx, account.SignIn{Email: m.Email, Password: password, IP: "192.0.2.9"}); fault.Code(err) != want {
			t.Errorf("sign in with %q: %v, want %q", password, err, want)
		}
	}
	told, err := s.db.Read().Audit.Newest(ctx, m.ID, audit.Record{At: s.now().Add(time.Hour)}, 100)
	n := 0
	for _, e := range told {
		if e.Action == "staff.change-password" {
			n++
		}
	}
	if err != nil || n != 1 {
		t.Errorf("the audit tells of %d changes, %v", n, err)
	}
}

// Whoever took over a session guesses no better here than at the door.
func staffPasswordGuesses(t *testing.T, s *shop) {
	ctx := context.Background()
	m := s.owner(t, "grace@staff.example")
	secret, _, here := s.enrol(t, m)
	p, err := s.accounts.Staff(ctx, here.Token)
	if err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	change := func(password, code string) string {
		return fault.Code(s.accounts.ChangeStaffPassword(ctx, p, account.StaffPassword{Current: password, Next: nextPassword, Code: code, IP: "192.0.2.66"}))
	}
	for i := range 5 {
		if got := change(goodPassword, fmt.Sprintf("%06d", i)); got != "wrong-code" {
			t.Fatalf("guess %d: %q", i, got)
		}
	}
	if got := change(goodPassword, user.TOTPCode(secret, s.now())); got != "too-many-attempts" {
		t.Errorf("after five wrong codes: %q", got)
	}
	if _, err := s.accounts.SignInStaff(ctx, account.SignIn{Email: m.Email, Password: goodPassword, IP: "192.0.2.66"}); fault.Code(err) != "too-many-attempts" {
		t.Errorf("the door beside it: %v", err)
	}
	if _, err := s.accounts.SignInStaff(ctx, account.SignIn{Email: m.Email, Password: goodPassword, IP: "192.0.2.9"}); fault.Code(err) != "code-required" {
		t.Errorf("the owner at home: %v", err)
	}
}

// One code changes a password once, however many send it at the same moment.
func onePasswordChange(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		m := s.owner(t, fmt.Sprintf("change-%d@staff.example", round))
		_, codes, here := s.enrol(t, m)
		p, err := s.accounts.Staff(ctx, here.Token)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		each(crowd, func(i int) {
			err := s.accounts.ChangeStaffPassword(ctx, p, account.StaffPassword{Current: goodPassword, Next: fmt.Sprintf("a new password %d", i), Code: codes[0], IP: fmt.Sprintf("192.0.2.%d", i)})
			switch fault.Code(err) {
			case "":
				won.Add(1)
			case "wrong-code", "wrong-password":
			default:
				t.Errorf("the change told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("one code changed the password %d times", won.Load())
		}
	}
}

// Whoever knew the old password does not undo a change of it that they lost to.
func oneCustomerPassword(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		c := s.customer(t, fmt.Sprintf("changes-%d@example.com", round))
		signed, err := s.accounts.Begin(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.accounts.Customer(ctx, signed.Token)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		each(crowd, func(i int) {
			switch err := s.accounts.ChangePassword(ctx, p, goodPassword, fmt.Sprintf("a new password %d", i), fmt.Sprintf("192.0.2.%d", i)); fault.Code(err) {
			case "":
				won.Add(1)
			case "wrong-password":
			default:
				t.Errorf("the change told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("one password was changed %d times", won.Load())
		}
	}
}
