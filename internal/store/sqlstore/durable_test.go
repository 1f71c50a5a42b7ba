package sqlstore

import (
	"bufio"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"tradewind/internal/store/pgtest"
)

// writerVariable makes this test binary the writer that is killed.
const writerVariable = "TRADEWIND_TEST_WRITE_TO"

// What was answered as committed is there after the process is killed.
func TestAnsweredTransactionSurvivesAKill(t *testing.T) {
	if path := os.Getenv(writerVariable); path != "" {
		writeForEver(t, path)
	}
	c := sqliteConfig(t)
	migrated(t, c, smallShop, nil).Close()
	child := exec.Command(os.Args[0], "-test.run=^TestAnsweredTransactionSurvivesAKill$")
	child.Env = append(os.Environ(), writerVariable+"="+c.Path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	answered := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "answered") {
			answered++
		}
		if answered == 200 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	child.Wait() // killed
	if answered < 200 {
		t.Fatalf("the writer answered %d times and ended by itself", answered)
	}
	e := migrated(t, c, smallShop, nil)
	if n := count(t, e.read(), mugCount); n < answered {
		t.Errorf("%d transactions were answered, %d are there", answered, n)
	}
}

func writeForEver(t *testing.T, path string) {
	e, err := openEngine(t.Context(), Config{Engine: EngineSQLite, Path: path, PoolSize: 1}, smallShop, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var id atomic.Int64
	for range 8 {
		go func() {
			for {
				err := e.InTx(t.Context(), func(h handle) error {
					_, err := h.exec(t.Context(), mugInsert, bindAll("id", id.Add(1), "title", "", "on_hand", 1)...)
					return err
				})
				if err != nil {
					os.Exit(1)
				}
				os.Stdout.WriteString("answered\n")
			}
		}()
	}
	select {}
}

// cut ends all other sessions of the database, as a fail-over would.
func cut(t *testing.T, plain *sql.DB) {
	t.Helper()
	_, err := plain.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		t.Error(err)
	}
}

func TestLostConnection(t *testing.T) {
	dsn := pgtest.Open(t)
	m := postgresMigrator(t, dsn, smallShop)
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	e := postgresEngine(t, dsn, smallShop)
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	plain := sql.OpenDB(stdlib.GetConnector(*config))
	defer plain.Close()

	transaction := func(id int, cutAfter bool) (runs int, err error) {
		err = e.InTx(t.Context(), func(h handle) error {
			if runs++; runs == 1 && !cutAfter {
				cut(t, plain)
			}
			_, err := h.exec(t.Context(), mugInsert, bindAll("id", id, "title", "", "on_hand", 1)...)
			if runs == 1 && cutAfter {
				cut(t, plain)
			}
			return err
		})
		return runs, err
	}
	if runs, err := transaction(1, false); runs != 2 || err != nil {
		t.Errorf("lost before COMMIT: %d runs, %v; want a second run", runs, err)
	}
	if runs, err := transaction(2, true); runs != 1 || !errors.Is(err, errOutcome) {
		t.Errorf("lost at COMMIT: %d runs, %v; want no second run and an unknown outcome", runs, err)
	}
	if n := count(t, e.read(), mugCount); n != 1 {
		t.Errorf("%d mugs, want 1", n)
	}
}
