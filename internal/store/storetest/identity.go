package storetest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
)

// identityPromises are about people who come in through a provider.
var identityPromises = map[string]func(t *testing.T, s *shop){
	"groups of a provider make and unmake staff":              groupsMakeStaff,
	"a group brings nobody back whom an owner disabled":       disabledStays,
	"the last owner keeps the role and is not let in":         lastOwnerStays,
	"staff of an address are linked if that is allowed":       linkedStaff,
	"an address that moves on opens nobody's account":         movedAddress,
	"a customer's account is linked if both know the address": linkedCustomers,
	"a closed account stays closed and its owner begins anew": closedStays,
	"the end of a session at the provider ends ours, once":    endedThere,
	"a logout at the provider overtakes a sign-in":            overtakenThere,
	"logouts that nobody could check shut no door":            uncheckedLogouts,
	"hundreds of logouts at once are all heard":               manyLogouts,
	"guessing at the provider's door is counted by place":     countedThrough,
}

// identityRaces are contests about them.
var identityRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"who comes in through a provider with many tabs has one account": manyTabs,
}

// stranger is a provider that believes whatever a code says.
type stranger struct{ down error }

func (p stranger) Begin(_ context.Context, c user.Challenge) (string, error) { return c.State, p.down }
func (p stranger) SignOut(context.Context, string) (string, error) {
	return "https://id.example/end", p.down
}
func (p stranger) Finish(_ context.Context, a user.Answer, _ user.Challenge) (c user.Claims, err error) {
	if json.Unmarshal([]byte(a.Code), &c) != nil {
		return c, user.SignInRefused(nil)
	}
	return c, p.down
}
func (p stranger) LoggedOut(_ context.Context, tok string) (l user.Logout, err error) {
	if json.Unmarshal([]byte(tok), &l) != nil {
		return l, user.SignInRefused(nil)
	}
	return l, p.down
}

const issuer = "https://id.example"

// claims are of somebody whose address is verified.
func claims(subject, email string, groups ...string) user.Claims {
	return user.Claims{Issuer: issuer, Subject: subject, Email: email, EmailVerified: true, Name: "Name of " + subject, Groups: groups}
}

// strangers puts a provider at both doors.
func (s *shop) strangers(t *testing.T) {
	t.Helper()
	if err := account.PutRoles(context.Background(), s.db, account.StandardRoles(s.accounts.Permissions)); err != nil {
		t.Fatal(err)
	}
	s.accounts.Config.Staff = account.StaffThrough{Roles: "admins=owner,clerks=orders,clerks=support"}
	s.accounts.Providers = map[user.Door]user.IdentityProvider{user.StaffDoor: stranger{}, user.CustomerDoor: stranger{}}
}

// through signs somebody in at a provider's door.
func (s *shop) through(t testing.TB, d user.Door, c user.Claims) (user.Principal, error) {
	t.Helper()
	ctx := context.Background()
	begun, err := s.accounts.GoThrough(ctx, d, "/page")
	if err != nil {
		t.Error(err)
		return user.Principal{}, err
	}
	code, err := json.Marshal(c)
	if err != nil {
		t.Error(err)
	}
	signed, to, err := s.accounts.ComeBack(ctx, d, account.Return{Kept: begun.Kept, Answer: user.Answer{Code: string(code), State: begun.URL}, IP: "192.0.2.1"})
	if to != "/page" {
		t.Errorf("it ends at %q", to)
	}
	if err != nil {
		return user.Principal{}, err
	}
	if d == user.StaffDoor {
		return s.accounts.Staff(ctx, signed.Token)
	}
	return s.accounts.Customer(ctx, signed.Token)
}

func (s *shop) refused(t *testing.T, what string, d user.Door, c user.Claims, code string) {
	t.Helper()
	if p, err := s.through(t, d, c); fault.Code(err) != code {
		t.Errorf("%s: %+v, %v; want %s", what, p, err, code)
	}
}

func (s *shop) admitted(t *testing.T, what string, d user.Door, c user.Claims) user.Principal {
	t.Helper()
	p, err := s.through(t, d, c)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return p
}

func (s *shop) member(t *testing.T, id string) user.Staff {
	t.Helper()
	m, err := s.db.Read().Staff.Load(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sessions is how many somebody has.
func (s *shop) sessions(t *testing.T, o user.Owner) int {
	t.Helper()
	list, err := s.db.Read().Sessions.Of(context.Background(), o, s.now())
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func groupsMakeStaff(t *testing.T, s *shop) {
	s.strangers(t)
	s.owner(t, "owner@example.com")
	s.refused(t, "no group of ours", user.StaffDoor, claims("ada", "ada@example.com", "cooks"), "no-role")
	if _, err := s.db.Read().Staff.ByEmail(context.Background(), "ada@example.com"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("somebody without a role was taken on: %v", err)
	}
	first := s.admitted(t, "a clerk", user.StaffDoor, claims("ada", "ada@example.com", "cooks", "clerks"))
	if m := s.member(t, first.StaffID); !slices.Equal(m.Roles, []string{"orders", "support"}) || m.Email != "ada@example.com" || m.PasswordHash != user.NoPassword || first.EnrolsOnly {
		t.Errorf("she is %+v, %+v", m, first)
	}
	second := s.admitted(t, "an admin", user.StaffDoor, claims("ada", "other@example.com", "admins"))
	if m := s.member(t, first.StaffID); second.StaffID != first.StaffID || !slices.Equal(m.Roles, []string{"owner"}) || m.Email != "ada@example.com" {
		t.Errorf("then she is %+v, %+v", m, second)
	}
	version := s.member(t, first.StaffID).Version
	s.admitted(t, "an admin again", user.StaffDoor, claims("ada", "ada@example.com", "admins"))
	if m := s.member(t, first.StaffID); m.Version != version {
		t.Error("a sign-in that changes nothing makes a version")
	}
	for range 2 {
		s.refused(t, "no group any more", user.StaffDoor, claims("ada", "ada@example.com"), "no-role")
		if m := s.member(t, first.StaffID); m.Status != user.StaffDisabled || len(m.Roles) != 0 || s.sessions(t, user.Owner{StaffID: m.ID}) != 0 {
			t.Errorf("without a group she is %+v with %d sessions", m, s.sessions(t, user.Owner{StaffID: m.ID}))
		}
	}
	back := s.admitted(t, "a group again", user.StaffDoor, claims("ada", "ada@example.com", "clerks"))
	if m := s.member(t, first.StaffID); back.StaffID != m.ID || m.Status != user.StaffActive || !slices.Equal(m.Roles, []string{"orders", "support"}) {
		t.Errorf("with a group again she is %+v", m)
	}
	s.accounts.Config.Staff.Roles = "clerks=no-such-role"
	if _, err := s.through(t, user.StaffDoor, claims("bob", "bob@example.com", "clerks")); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("a role of the settings that is not there: %v", err)
	}
}

func disabledStays(t *testing.T, s *shop) {
	s.strangers(t)
	s.owner(t, "owner@example.com")
	ctx, ada := context.Background(), claims("ada", "ada@example.com", "clerks")
	set := func(status user.StaffStatus) {
		t.Helper()
		m := s.member(t, s.staffID(t, "ada@example.com"))
		if _, err := s.accounts.ChangeStaff(ctx, account.Operator(), account.StaffChange{ID: m.ID, Version: m.Version, Name: m.Name, Status: status, Roles: m.Roles}); err != nil {
			t.Fatal(err)
		}
	}
	s.admitted(t, "a clerk", user.StaffDoor, ada)
	set(user.StaffDisabled)
	s.refused(t, "disabled", user.StaffDoor, ada, "staff-disabled")
	set(user.StaffActive)
	s.admitted(t, "active again", user.StaffDoor, ada)
	s.refused(t, "lapsed", user.StaffDoor, claims("ada", "ada@example.com"), "no-role")
	set(user.StaffDisabled) // an owner means it
	s.refused(t, "lapsed, then disabled", user.StaffDoor, ada, "staff-disabled")
}

func (s *shop) staffID(t *testing.T, email string) string {
	t.Helper()
	m, err := s.db.Read().Staff.ByEmail(context.Background(), email)
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

func lastOwnerStays(t *testing.T, s *shop) {
	s.strangers(t)
	p := s.admitted(t, "an admin", user.StaffDoor, claims("ada", "ada@example.com", "admins"))
	for _, groups := range [][]string{nil, {"clerks"}} {
		s.refused(t, "the last owner", user.StaffDoor, claims("ada", "ada@example.com", groups...), "last-owner")
		if m := s.member(t, p.StaffID); m.Status != user.StaffActive || !slices.Equal(m.Roles, []string{"owner"}) || s.sessions(t, user.Owner{StaffID: m.ID}) != 0 {
			t.Errorf("she is %+v", m)
		}
	}
	s.owner(t, "owner@example.com")
	s.admitted(t, "one of two", user.StaffDoor, claims("ada", "ada@example.com", "clerks"))
	if m := s.member(t, p.StaffID); !slices.Equal(m.Roles, []string{"orders", "support"}) {
		t.Errorf("one of two owners is %+v", m)
	}
}

func linkedStaff(t *testing.T, s *shop) {
	s.strangers(t)
	m := s.owner(t, "Grace@Example.com")
	verified := claims("grace", "grace@example.com", "admins")
	unverified := verified
	unverified.EmailVerified = false
	s.refused(t, "not allowed", user.StaffDoor, verified, "identity-not-linked")
	s.accounts.Config.Staff.LinkByEmail = true
	s.refused(t, "not verified", user.StaffDoor, unverified, "identity-not-linked")
	s.refused(t, "no role", user.StaffDoor, claims("grace", "grace@example.com"), "no-role")
	if got := s.admitted(t, "verified and allowed", user.StaffDoor, verified); got.StaffID != m.ID {
		t.Errorf("she is %+v, not %s", got, m.ID)
	}
	s.refused(t, "no address", user.StaffDoor, claims("bob", "", "admins"), "email-missing")
	s.refused(t, "no address that could be one", user.StaffDoor, claims("bob", "bob@example.com\r\nBcc: x@example.com", "admins"), "email-missing")
}

func movedAddress(t *testing.T, s *shop) {
	s.strangers(t)
	s.accounts.Config.Staff.LinkByEmail = true
	s.admitted(t, "ada at work", user.StaffDoor, claims("ada", "ada@example.com", "admins"))
	s.refused(t, "whoever has her address now", user.StaffDoor, claims("eve", "ada@example.com", "admins"), "identity-not-linked")
	s.admitted(t, "ada at home", user.CustomerDoor, claims("ada", "ada@example.com"))
	s.refused(t, "whoever has her address now, as a customer", user.CustomerDoor, claims("eve", "ada@example.com"), "identity-not-linked")
	other := claims("ada", "ada@example.com")
	other.Issuer = "https://other.example"
	s.admitted(t, "ada with another provider", user.CustomerDoor, other)
}
