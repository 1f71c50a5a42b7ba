package remembered_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tradewind/internal/adapter/faultytest"
	"tradewind/internal/adapter/memory"
	"tradewind/internal/adapter/redis"
	"tradewind/internal/demo"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store/remembered"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// sku is one of the demo's.
const sku = "MU01-ALMA-SAND"

// house is a database and a Redis that processes share, with a clock.
type house struct {
	db     *sqlstore.DB
	redis  *miniredis.Miniredis
	passed atomic.Int64
	secret string
}

func (h *house) now() time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(h.passed.Load()))
}

// pass lets time go by, for the server too.
func (h *house) pass(d time.Duration) {
	h.passed.Add(int64(d))
	h.redis.FastForward(d)
}

func build(t testing.TB) *house {
	t.Helper()
	h := &house{redis: miniredis.RunT(t), secret: "a secret of at least 32 characters"}
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "t.db"), PoolSize: 4}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, h.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if h.db, err = sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	if _, err := demo.Seed(t.Context(), h.db, demo.Options{Now: h.now, NewID: ident.New}); err != nil {
		t.Fatal(err)
	}
	return h
}

// process is one program of the house, with its own way to Redis.
type process struct {
	*remembered.DB
	accounts *account.Service
	shopping *shopping.Service
	way      *faultytest.Proxy
	found    [2]atomic.Int64 // in the database, in Redis
}

func (h *house) process(t testing.TB) *process {
	t.Helper()
	p := &process{way: faultytest.New(t, h.redis.Addr())}
	client, err := redis.Open(redis.Config{Addr: p.way.Addr, Prefix: "t:", Timeout: time.Second, PoolSize: 10},
		redis.Options{Near: memory.New(h.now), Now: h.now, Log: slog.New(slog.DiscardHandler), Observe: func(redis.Call) {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	tokens := token.Maker{Secret: []byte(h.secret)}
	p.DB = &remembered.DB{DB: h.db, Memory: &remembered.Memory{Docs: client, Tokens: tokens, Now: h.now, Sessions: 30 * time.Second, Carts: time.Minute,
		Observe: func(_ string, shared bool) {
			if shared {
				p.found[1].Add(1)
			} else {
				p.found[0].Add(1)
			}
		}}}
	p.accounts = account.New(p.DB, account.Config{CustomerIdle: time.Hour, CustomerMost: 24 * time.Hour, StaffIdle: time.Hour, StaffMost: time.Hour, Hashers: 4}, tokens, nil, h.now, ident.New).
		WithKDF(user.KDF{MemoryKiB: 8, Passes: 1, Lanes: 1})
	p.shopping = &shopping.Service{DB: p.DB, Config: shopping.Config{KeepFor: 24 * time.Hour}, Tokens: tokens, Now: h.now, NewID: ident.New}
	return p
}

// shares reports whether the process answers do from Redis.
func (p *process) shares(do func()) bool {
	before := p.found[1].Load()
	do()
	return p.found[1].Load() > before
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick, deadline := time.NewTicker(5*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after thirty seconds still not: %s", what)
		}
	}
}

const password = "a long enough password"

// member is a customer who is signed in.
type member struct {
	user.Customer
	token string
	is    user.Principal
}

func (h *house) member(t testing.TB, p *process) member {
	t.Helper()
	id := ident.New()
	m := member{Customer: user.Customer{ID: id, Email: id + "@example.com", Name: "Ada", PasswordHash: p.accounts.KDF.Hash(password, make([]byte, user.Salt)), Status: user.Active,
		Group: "standard", Locale: "en", VerifiedAt: h.now(), Version: 1, CreatedAt: h.now(), UpdatedAt: h.now()}}
	if err := p.DB.Read().Customers.Insert(t.Context(), m.Customer); err != nil {
		t.Fatal(err)
	}
	m.token = p.signIn(t, m)
	var err error
	if m.is, err = p.accounts.Customer(t.Context(), m.token); err != nil {
		t.Fatal(err)
	}
	return m
}

func (p *process) signIn(t testing.TB, m member) string {
	t.Helper()
	s, err := p.accounts.SignIn(t.Context(), account.SignIn{Email: m.Email, Password: password, IP: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return s.Token
}

// knows makes the process find a session in Redis.
func (p *process) knows(t testing.TB, tok string) {
	t.Helper()
	eventually(t, "the session is remembered", func() bool {
		return p.shares(func() {
			if _, err := p.accounts.Customer(t.Context(), tok); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func text(v shopping.View, err error) string {
	return fmt.Sprint(v.Cart.Status, v.Cart.Version, v.Cart.Items, v.Cart.Codes, v.Cart.Email, err)
}

func (p *process) shows(ctx context.Context, a shopping.Access) string {
	return text(p.shopping.Get(ctx, a))
}
