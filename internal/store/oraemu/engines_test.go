package oraemu

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"tradewind/internal/store/orasql"
	"tradewind/internal/store/pgtest"
)

var schemaText = []string{
	`CREATE TABLE customer (
		id NUMBER(19) NOT NULL,
		email VARCHAR2(20 CHAR) NOT NULL,
		nick VARCHAR2(5 CHAR),
		age NUMBER(3),
		born TIMESTAMP(6) WITH TIME ZONE,
		photo RAW(16),
		CONSTRAINT customer_pk PRIMARY KEY (id),
		CONSTRAINT customer_email_uk UNIQUE (email),
		CONSTRAINT customer_age_ck CHECK (age >= 18))`,
	`CREATE TABLE warehouse (id NUMBER(19) NOT NULL, CONSTRAINT warehouse_pk PRIMARY KEY (id))`,
	`CREATE TABLE parcel (
		customer_id NUMBER(19) NOT NULL,
		line_no NUMBER(4) NOT NULL,
		warehouse_id NUMBER(19),
		note VARCHAR2(40 CHAR),
		CONSTRAINT parcel_pk PRIMARY KEY (customer_id, line_no),
		CONSTRAINT parcel_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (id),
		CONSTRAINT parcel_warehouse_fk FOREIGN KEY (warehouse_id) REFERENCES warehouse (id))`,
	`CREATE INDEX parcel_warehouse_ix ON parcel (warehouse_id)`,
	`CREATE SEQUENCE ticket_seq START WITH 100 INCREMENT BY 1`,
	`CREATE TABLE ticket (
		id NUMBER(19) NOT NULL,
		title VARCHAR2(20 CHAR) DEFAULT 'new' NOT NULL,
		opened_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
		CONSTRAINT ticket_pk PRIMARY KEY (id))`,
}

type fileConnector struct{ uri string }

func (c fileConnector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.uri) }
func (fileConnector) Driver() driver.Driver                          { return &sqlite.Driver{} }

func sqliteInner(t testing.TB, pragmas ...string) driver.Connector {
	t.Helper()
	pragmas = append(pragmas, "journal_mode(WAL)", "foreign_keys(ON)", "case_sensitive_like(ON)")
	if !slices.Contains(pragmas, "busy_timeout(0)") {
		pragmas = append(pragmas, "busy_timeout(2000)")
	}
	return fileConnector{"file:" + filepath.Join(t.TempDir(), "test.db") + "?" + url.Values{"_pragma": pragmas}.Encode()}
}

func postgresInner(t testing.TB) driver.Connector {
	t.Helper()
	config, err := pgx.ParseConfig(pgtest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	return stdlib.GetConnector(*config)
}

func openDB(t testing.TB, inner driver.Connector, d orasql.Dialect) *sql.DB {
	t.Helper()
	db := sql.OpenDB(NewConnector(inner, orasql.NewCatalog(), d))
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, text := range schemaText {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return db
}

// onBoth runs a test on an empty database of each engine.
func onBoth(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	t.Run("sqlite", func(t *testing.T) { test(t, openDB(t, sqliteInner(t), orasql.SQLite)) })
	t.Run("postgres", func(t *testing.T) { test(t, openDB(t, postgresInner(t), orasql.Postgres)) })
}

type execer interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

func must(t testing.TB, db execer, text string, args ...any) int64 {
	t.Helper()
	r, err := db.ExecContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	n, err := r.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func read[T any](t testing.TB, db execer, text string, args ...any) T {
	t.Helper()
	var v T
	if err := db.QueryRowContext(t.Context(), text, args...).Scan(&v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return v
}

// wantCode fails the test unless err has the code, and the constraint if one is given.
func wantCode(t testing.TB, err error, code int, constraint string) {
	t.Helper()
	var coded interface{ Code() int }
	if !errors.As(err, &coded) || coded.Code() != code {
		t.Errorf("error is %v, want ORA-%05d", err, code)
		return
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Constraint() != constraint {
		t.Errorf("%v names %q, want %q", err, e.Constraint(), constraint)
	}
}

const insertCustomer = `INSERT INTO customer (id, email, nick, age, born, photo) VALUES (:id, :email, :nick, :age, :born, :photo)`

func customer(id int, email string, more ...sql.NamedArg) []any {
	values := map[string]any{"id": id, "email": email, "nick": "", "age": nil, "born": time.Time{}, "photo": []byte(nil)}
	for _, m := range more {
		values[m.Name] = m.Value
	}
	var args []any
	for name, v := range values { // in any order
		args = append(args, sql.Named(name, v))
	}
	return args
}
