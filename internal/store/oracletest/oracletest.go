//go:build oracle

package oracletest

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/godror/godror"
	"github.com/godror/godror/dsn"

	"tradewind/internal/adapter/enginestest"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// Given returns how to reach Oracle, and the driver's own pool for what the
// store does not offer. Without an Oracle, or its client library, the test is skipped.
func Given(t testing.TB) (sqlstore.Config, *sql.DB) {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineOracle, PoolSize: 20, PoolWait: 10 * time.Second, SessionLife: 30 * time.Minute,
		CallTimeout: time.Minute, Connect: 20 * time.Second, StmtCache: 100}
	var password string
	c.User, password, c.DSN = enginestest.Oracle(t)
	c.Password = sqlstore.Secret(password)
	var p godror.ConnectionParams
	p.Username, p.Password, p.ConnectString = c.User, godror.NewPassword(password), c.DSN
	p.StandaloneConnection = dsn.Bool(true)
	db := sql.OpenDB(godror.NewConnector(p))
	t.Cleanup(func() { db.Close() })
	if err := db.PingContext(t.Context()); err != nil {
		if strings.Contains(err.Error(), "DPI-1047") {
			t.Skipf("Oracle's client library is not installed: %v", err)
		}
		t.Fatal(err)
	}
	return c, db
}

// Schema is Given with the schema empty and migrated. There is one: who uses it
// runs after whoever used it before.
func Schema(t testing.TB) (sqlstore.Config, *sql.DB) {
	t.Helper()
	c, db := Given(t)
	Empty(t, db)
	Migrate(t, c)
	return c, db
}

// Migrate brings the schema up and returns how many steps that took.
func Migrate(t testing.TB, c sqlstore.Config) int {
	t.Helper()
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	n, err := m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatalf("after %d steps: %v", n, err)
	}
	return n
}

// Empty drops everything in the user's schema.
func Empty(t testing.TB, db *sql.DB) {
	t.Helper()
	drops := Query(t, db, `SELECT 'DROP TABLE "' || table_name || '" CASCADE CONSTRAINTS PURGE' FROM user_tables WHERE nested = 'NO' AND secondary = 'N'
		UNION ALL SELECT 'DROP SEQUENCE "' || sequence_name || '"' FROM user_sequences WHERE sequence_name NOT LIKE 'ISEQ$$%'`)
	for _, drop := range drops {
		if _, err := db.ExecContext(t.Context(), drop); err != nil {
			t.Fatalf("%s: %v", drop, err)
		}
	}
}

// Query returns the first column of what text finds.
func Query(t testing.TB, db *sql.DB, text string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
