package oraemu

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"testing"

	"tradewind/internal/store/orasql"
)

// emulated runs f with the connection's own type.
func emulated(t *testing.T, c *sql.Conn, f func(*conn)) {
	t.Helper()
	if err := c.Raw(func(dc any) error { f(dc.(*conn)); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestPreparedStatementsAreBounded(t *testing.T) {
	db := openDB(t, sqliteInner(t), orasql.SQLite)
	for i := range 5 {
		must(t, db, insertCustomer, customer(i, fmt.Sprint(i))...)
	}
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	open, err := c.QueryContext(t.Context(), `SELECT id FROM customer ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	for i := range 3 * statementsPerConnection {
		if n := read[int](t, c, fmt.Sprintf(`SELECT id FROM customer WHERE id = %d OR id = 3`, i+100)); n != 3 {
			t.Fatalf("read %d", n)
		}
	}
	emulated(t, c, func(e *conn) {
		if n := len(e.cache.byText); n != statementsPerConnection {
			t.Errorf("%d statements are prepared, want %d", n, statementsPerConnection)
		}
	})
	n := 0
	for open.Next() {
		n++
	}
	if n != 5 || open.Err() != nil {
		t.Errorf("rows of a statement that was pushed out: %d, %v", n, open.Err())
	}
}

func TestPlansAreBounded(t *testing.T) {
	connector := NewConnector(sqliteInner(t), orasql.NewCatalog(), orasql.SQLite)
	for i := range maxPlans + 100 {
		if _, _, err := connector.shared.plan(fmt.Sprintf(`SELECT %d FROM dual`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(connector.shared.plans); n > maxPlans {
		t.Errorf("%d plans are kept, want at most %d", n, maxPlans)
	}
}

func TestPlansAreMadeAnewAfterDDL(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		const points = `SELECT points FROM customer WHERE id = 1`
		must(t, db, insertCustomer, customer(1, "a")...)
		var n int
		wantCode(t, db.QueryRow(points).Scan(&n), 904, "")
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for range 50 {
					var email string
					if err := db.QueryRow(`SELECT email FROM customer WHERE id = 1`).Scan(&email); err != nil {
						t.Error(err)
					}
				}
			})
		}
		must(t, db, `ALTER TABLE customer ADD (points NUMBER(9) DEFAULT 7 NOT NULL)`)
		readers.Wait()
		if got := read[int](t, db, points); got != 7 {
			t.Errorf("points = %d", got)
		}
	})
}

func TestRefusedTextNeverReachesTheEngine(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		for _, text := range []string{
			`SELECT 1`, `SELECT id FROM customer LIMIT 1`, `PRAGMA foreign_keys = OFF`, `SELECT id FROM customer;`,
			`BEGIN`, `ATTACH DATABASE 'x' AS y`, `SELECT id FROM customer WHERE id = ?`, ``,
		} {
			if _, err := db.Exec(text); err == nil {
				t.Errorf("%q was taken", text)
			}
			if _, err := db.Prepare(text); err == nil {
				t.Errorf("%q was prepared", text)
			}
		}
		_, err := db.Query(`DELETE FROM customer WHERE id = 1`)
		wantCode(t, err, codeNoTx, "")
	})
}

func TestLockedDatabaseIsBusy(t *testing.T) {
	inner := sqliteInner(t, "busy_timeout(0)")
	db := openDB(t, inner, orasql.SQLite)
	plain := sql.OpenDB(inner)
	defer plain.Close()
	other, err := plain.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(insertCustomer, customer(1, "a")...)
	wantCode(t, err, codeBusy, "")
	if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	must(t, db, insertCustomer, customer(1, "a")...)
}

func TestRowLockedByAnotherIsBusyAndTheTransactionGoesOn(t *testing.T) {
	db := openDB(t, postgresInner(t), orasql.Postgres)
	must(t, db, insertCustomer, customer(1, "a")...)
	const lock = `SELECT id FROM customer WHERE id = 1 FOR UPDATE NOWAIT`
	first, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Rollback()
	second, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Rollback()
	read[int](t, first, lock)
	wantCode(t, second.QueryRow(lock).Scan(new(int)), codeBusy, "")
	must(t, second, insertCustomer, customer(2, "b")...)
	if err := second.Commit(); err != nil {
		t.Error(err)
	}
}

func TestLostServerIsABadConnection(t *testing.T) {
	inner := postgresInner(t)
	db := openDB(t, inner, orasql.Postgres)
	plain := sql.OpenDB(inner)
	defer plain.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := plain.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec(insertCustomer, customer(1, "a")...)
	if !errors.Is(err, driver.ErrBadConn) {
		t.Errorf("error is %v, want a bad connection", err)
	}
	must(t, db, insertCustomer, customer(1, "a")...)
}
