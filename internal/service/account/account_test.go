package account

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var fast = user.KDF{MemoryKiB: 8, Passes: 1, Lanes: 1}

func newService(t *testing.T) *Service {
	t.Helper()
	ctx := context.Background()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 2}
	now := func() time.Time { return noon }
	m, err := sqlstore.OpenMigrator(ctx, c, migrations.FS, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Up(ctx); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(ctx, c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	if err != nil {
		t.Fatal(err)
	}
	return New(db, Config{CustomerIdle: time.Hour, CustomerMost: time.Hour, StaffIdle: time.Hour, StaffMost: time.Hour, Hashers: 1}, tokens, nil, now, ident.New).WithKDF(fast)
}

func (s *Service) put(t *testing.T, email, hash string, status user.CustomerStatus, verified time.Time) string {
	t.Helper()
	c := user.Customer{ID: ident.New(), Email: email, Name: "Ada", PasswordHash: hash, Status: status, Group: "standard", Locale: "en", VerifiedAt: verified, CreatedAt: noon, UpdatedAt: noon}
	if err := s.DB.InTx(context.Background(), func(tx store.Stores) error { return tx.Customers.Insert(context.Background(), c) }); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// Whoever signs in has a password checked, whether or not there is an account:
// the time of the answer tells nothing. While all places for that are taken,
// everybody waits.
func TestEverySignInCostsAPasswordCheck(t *testing.T) {
	s := newService(t)
	hash := fast.Hash("right password", []byte("0123456789abcdef"))
	s.put(t, "known@example.com", hash, user.Active, noon)
	s.put(t, "locked@example.com", hash, user.Locked, noon)
	s.put(t, "new@example.com", hash, user.Active, time.Time{})
	s.hashers <- struct{}{} // somebody's check goes on and on
	for _, email := range []string{"known@example.com", "locked@example.com", "new@example.com", "unknown@example.com"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if _, err := s.SignIn(ctx, SignIn{Email: email, Password: "right password", IP: "192.0.2.1"}); fault.Code(err) != "busy" {
			t.Errorf("%s is answered without a check: %v", email, err)
		}
		cancel()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.SignInStaff(ctx, SignIn{Email: "nobody@staff.example", Password: "x", IP: "192.0.2.1"}); fault.Code(err) != "busy" {
		t.Errorf("unknown staff is answered without a check: %v", err)
	}
	<-s.hashers
	for email, want := range map[string]string{"known@example.com": "", "locked@example.com": "wrong-password", "new@example.com": "wrong-password", "unknown@example.com": "wrong-password"} {
		if _, err := s.SignIn(context.Background(), SignIn{Email: email, Password: "right password", IP: "192.0.2.2"}); fault.Code(err) != want {
			t.Errorf("%s: %v, want %q", email, err, want)
		}
	}
}

func TestAnOldHashIsRenewedAtSignIn(t *testing.T) {
	s := newService(t)
	old := user.KDF{MemoryKiB: 16, Passes: 1, Lanes: 1}
	id := s.put(t, "ada@example.com", old.Hash("right password", []byte("0123456789abcdef")), user.Active, noon)
	for range 2 {
		if _, err := s.SignIn(context.Background(), SignIn{Email: "ada@example.com", Password: "right password", IP: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
		c, err := s.DB.Read().Customers.Load(context.Background(), id)
		if err != nil || !fast.Made(c.PasswordHash) {
			t.Fatalf("the hash is %s, %v", c.PasswordHash, err)
		}
	}
}

// A secret is bound to whose it is: copied to another member of staff it opens nothing.
func TestASealedSecretIsOnesOwn(t *testing.T) {
	s := newService(t)
	sealed, err := s.seal("grace", []byte("12345678901234567890"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.unseal(user.Staff{ID: "grace", TOTPSealed: sealed}); err != nil || string(got) != "12345678901234567890" {
		t.Errorf("unseal = %q, %v", got, err)
	}
	if _, err := s.unseal(user.Staff{ID: "eve", TOTPSealed: sealed}); err == nil {
		t.Error("another's secret can be read")
	}
	sealed[len(sealed)-1] ^= 1
	for _, broken := range [][]byte{sealed, sealed[:5], nil} {
		if _, err := s.unseal(user.Staff{ID: "grace", TOTPSealed: broken}); err == nil || strings.Contains(err.Error(), "1234567890") {
			t.Errorf("a broken secret: %v", err)
		}
	}
}

func TestAPlaceIsAnAddressOrItsNetwork(t *testing.T) {
	for ip, want := range map[string]string{"192.0.2.7": "192.0.2.7", "2001:db8::7": "2001:db8::/64", "2001:db8:0:0:ffff::1": "2001:db8::/64", "2001:db8:0:1::1": "2001:db8:0:1::/64", "junk": "junk"} {
		if got := placeOf(ip); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{CustomerIdle: time.Hour, CustomerMost: time.Hour, StaffIdle: time.Hour, StaffMost: time.Hour, KeepUnverified: 48 * time.Hour, Hashers: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *Config){
		"account.idle":            func(c *Config) { c.CustomerIdle = time.Second },
		"account.session":         func(c *Config) { c.CustomerMost = time.Minute },
		"staff.session":           func(c *Config) { c.StaffMost = time.Minute },
		"account.keep-unverified": func(c *Config) { c.KeepUnverified = 47 * time.Hour },
		"account.hashers":         func(c *Config) { c.Hashers = 0 },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s wrong = %v", name, err)
		}
	}
}
