// Package pgtest gives tests a PostgreSQL server of their own: the second
// engine, on which lost updates, deadlocks and SKIP LOCKED can be seen. It uses
// the binaries that are installed and nothing else of the machine.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// requireVariable lists, with blanks or commas between, what must not be skipped.
const requireVariable = "TRADEWIND_TEST_REQUIRE"

// errNotInstalled is why tests are skipped.
var errNotInstalled = errors.New("PostgreSQL's initdb and postgres were not found on PATH or in /usr/lib/postgresql; scripts/install-postgres.sh installs them on Debian")

var start = sync.OnceValues(startServer)

var databases atomic.Int64

// Open makes a fresh, empty database and returns how to reach it, in the form
// that pgx takes. It is dropped when the test ends. Without PostgreSQL the test
// is skipped, or fails if TRADEWIND_TEST_REQUIRE has "postgres" in it.
func Open(t testing.TB) (dsn string) {
	t.Helper()
	s, err := start()
	if errors.Is(err, errNotInstalled) && !slices.Contains(strings.Fields(strings.ReplaceAll(os.Getenv(requireVariable), ",", " ")), "postgres") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("t%d", databases.Add(1))
	if err := s.run("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.run("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.dsn(name)
}

func (s *server) dsn(database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s sslmode=disable", s.dir, superuser, database)
}

// run executes one statement on the maintenance database.
func (s *server) run(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, text)
	return err
}
