package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/adapter/fts"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/app"
	"tradewind/internal/demo"
	"tradewind/internal/domain/user"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/service/account"
	"tradewind/internal/service/account/accounttest"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/verify"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

const (
	payKey    = "sk_of_the_tests"
	hookSigns = "whsec_of_the_tests"
)

// shop is the running program and what a client needs to speak to it.
type shop struct {
	*app.App
	base string // where it listens, as an address that needs no look-up
	dir  string
	pay  *sandboxpay.Client // the provider's own door, for its book
	db   *sqlstore.DB       // a second view of the database, to look and not to touch
	log  *syncBuffer
	stop func() error // ends the program and says how that went
}

// seeded is a folder with the demo catalogue and its index, made once.
var seeded = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tradewind-seeded")
	if err != nil {
		return "", err
	}
	c, _, err := app.Load("seed", flags(dir), nil, nil)
	if err != nil {
		return "", err
	}
	db, err := c.OpenDB(context.Background(), sqlstore.Options{})
	if err != nil {
		return "", err
	}
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	_, err = demo.Seed(context.Background(), db, demo.Options{Roles: account.StandardRoles(httpapi.Permissions()), Now: now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }})
	if err != nil {
		return "", err
	}
	index, err := fts.Open(c.Search)
	if err != nil {
		return "", err
	}
	return dir, errors.Join((&merchandising.Indexer{DB: db, Index: index}).Rebuild(context.Background()), index.Close(), db.Close())
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := seeded(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func flags(dir string) []string {
	in := func(name string) string { return filepath.Join(dir, name) }
	return []string{"-http.addr=127.0.0.1:0", "-ops.addr=127.0.0.1:0", "-db.path=" + in("tradewind.db"), "-fts.path=" + in("search.db"), "-token.secret-file=" + in("token.secret"),
		"-sandboxpay.journal=" + in("pay.journal"), "-mailfolder.dir=" + in("mail"), "-objectfolder.dir=" + in("media"), "-memory.limit=0", "-payment.reconcile-after=1h", "-http.cache-for=0s", "-shutdown.grace=10s"}
}

// openShop seeds a new folder and runs the program on it. change may set what
// no flag allows, such as an order's time to live below a minute.
func openShop(t testing.TB, change func(c *app.Config)) *shop {
	t.Helper()
	from, err := seeded()
	if err != nil {
		t.Fatalf("seed: %v", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return runShop(t, dir, func(c *app.Config) {
		fill(t, *c)
		if change != nil {
			change(c)
		}
	})
}

// runShop runs the program on a folder that may have been used before.
func runShop(t testing.TB, dir string, change func(c *app.Config)) *shop {
	t.Helper()
	c, _, err := app.Load("serve", flags(dir), []string{"TRADEWIND_SANDBOXPAY_KEY=" + payKey, "TRADEWIND_SANDBOXPAY_WEBHOOK_SECRET=" + hookSigns}, nil)
	if err != nil {
		t.Fatalf("load settings: %v", err)
	}
	onEngines(t, dir, &c)
	if change != nil {
		change(&c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &shop{dir: dir, log: &syncBuffer{}}
	started, ended := make(chan *app.App, 1), make(chan error, 1)
	go func() { ended <- app.Run(ctx, c, s.log, func(a *app.App) { started <- a }) }()
	select {
	case s.App = <-started:
	case err := <-ended:
		cancel()
		t.Fatalf("the shop did not open: %v\n%s", err, s.log)
	}
	s.base = strings.Replace(s.URL, "localhost", "127.0.0.1", 1)
	s.pay = sandboxpay.NewClient(s.ProviderURL, payKey, hookSigns, 10*time.Second)
	if s.db, err = sqlstore.Open(ctx, c.DB, migrations.FS, sqlstore.Options{}); err != nil {
		t.Fatal(err)
	}
	s.stop = sync.OnceValue(func() error {
		s.balance(t)
		http.DefaultClient.CloseIdleConnections() // the program waits for those that were opened and never used
		cancel()
		return errors.Join(s.db.Close(), <-ended)
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("the shop did not close well: %v", err)
		}
		if t.Failed() {
			t.Logf("log of the shop:\n%s", s.log)
		}
	})
	return s
}

// people makes somebody of each kind, puts their ids into real, and returns the
// token of the one who is to be signed in: "customer", "staff" with every
// permission, or nobody.
func (s *shop) people(t testing.TB, as string, real map[string]string) string {
	t.Helper()
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
	if as == "public" {
		return ""
	}
	customer, customerToken, err := accounttest.Customer(ctx, s.db, now)
	if err != nil {
		t.Fatal(err)
	}
	staff, staffToken, err := accounttest.Staff(ctx, s.db, now, "*")
	if err != nil {
		t.Fatal(err)
	}
	real["customer"], real["staff"], real["address"] = customer, staff, uuid.Must(uuid.NewV7()).String()
	err = s.db.InTx(ctx, func(tx store.Stores) error {
		return tx.Customers.PutAddress(ctx, user.Address{ID: real["address"], CustomerID: customer, Name: "Ada", Line1: "Weg 1", City: "Ulm", Country: "DE"})
	})
	if err != nil {
		t.Fatal(err)
	}
	whose, tok := user.Owner{CustomerID: customer}, customerToken
	if as == "staff" {
		whose, tok = user.Owner{StaffID: staff}, staffToken
	}
	list, err := s.db.Read().Sessions.Of(ctx, whose, now)
	if err != nil || len(list) != 1 {
		t.Fatalf("sessions of %s: %v, %v", as, list, err)
	}
	real["session"] = list[0].ID
	return tok
}

// balance holds the books against each other, the provider's among them: after
// every test, however it went, stock, orders, payments and audit agree.
func (s *shop) balance(t testing.TB) {
	t.Helper()
	v := verify.Service{DB: s.db, Book: func(ctx context.Context) (map[string]verify.Taken, error) {
		book, err := s.pay.Book(ctx, "")
		taken := map[string]verify.Taken{}
		for _, e := range book.References {
			taken[e.Reference] = verify.Taken{Times: e.Taken, Kept: e.Captured - e.Refunded}
		}
		return taken, err
	}}
	deadline := time.Now().Add(30 * time.Second)
	for { // what is under way may take a moment
		report, err := v.Run(context.Background())
		switch {
		case err == nil && len(report.Findings) == 0:
			return
		case time.Now().After(deadline):
			t.Errorf("the books do not agree: %v, %v", err, report.Findings)
			return
		}
	}
}

// eventually asks again and again until ok is true, for at most thirty seconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	within(t, 30*time.Second, what, ok)
}

func within(t testing.TB, most time.Duration, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(most)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v still not: %s", most, what)
		}
	}
}

// mails returns the .eml files that are in the mail folder, joined.
func (s *shop) mails(t testing.TB) (text string, n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	return text, len(files)
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

var _ io.Writer = (*syncBuffer)(nil)
var _ fmt.Stringer = (*syncBuffer)(nil)
