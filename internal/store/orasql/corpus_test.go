package orasql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"tradewind/internal/store/pgtest"
)

type corpus struct {
	Schema     []string   `json:"schema"`
	Statements []labelled `json:"statements"`
}

func readCorpus(t testing.TB) corpus {
	t.Helper()
	raw, err := os.ReadFile("testdata/corpus.json")
	if err != nil {
		t.Fatal(err)
	}
	var c corpus
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// engine is a database that has the corpus's schema.
type engine struct {
	name string
	d    Dialect
	db   *sql.DB
}

func openSQLite(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	for _, p := range []string{"PRAGMA foreign_keys = ON", "PRAGMA case_sensitive_like = ON"} {
		if _, err := db.Exec(p); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func openPostgres(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", pgtest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// build creates the schema on the engine, too, and returns its catalog.
func build(t testing.TB, schema []string, engines ...engine) *Catalog {
	t.Helper()
	c := NewCatalog()
	for _, text := range schema {
		s, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, e := range engines {
			out, err := c.Emit(s, e.d)
			if err != nil {
				t.Fatalf("%s: %v\n%s", e.name, err, text)
			}
			for _, q := range out.SQL {
				if _, err := e.db.Exec(q); err != nil {
					t.Fatalf("%s: %v\n%s", e.name, err, q)
				}
			}
		}
		if err := c.Apply(s); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return c
}

// check is what the gate says of one text.
func (c *Catalog) gate(text string) (*Statement, error) {
	s, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return s, c.Check(s)
}

func TestCorpus(t *testing.T) {
	corpus := readCorpus(t)
	c := build(t, corpus.Schema)
	count := map[string]int{}
	for _, s := range corpus.Statements {
		count[s.Label]++
		_, err := c.gate(s.SQL)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%s: error is a %T", s.ID, err)
			continue
		}
		switch {
		case s.Label == "ok" && err != nil:
			t.Errorf("%s: %v\n%s", s.ID, err, s.SQL)
		case s.Label != "ok" && err == nil:
			t.Errorf("%s accepted: %s", s.ID, s.SQL)
		case s.Label == "outside" && !e.Outside:
			t.Errorf("%s refused as invalid: %v\n%s", s.ID, err, s.SQL)
		case s.Label != "ok" && (e.Line < 1 || e.Col < 1 || e.Reason == "" || e.Code() == 0):
			t.Errorf("%s: incomplete error %+v", s.ID, *e)
		case s.ORA != 0 && e.ORA != s.ORA:
			t.Errorf("%s: %v, want ORA-%05d\n%s", s.ID, err, s.ORA, s.SQL)
		}
	}
	t.Logf("%v", count)
}

// Whatever is accepted can be prepared on both engines; data definitions run.
func TestCorpusPrepares(t *testing.T) {
	corpus := readCorpus(t)
	for _, open := range []struct {
		name string
		d    Dialect
		db   func(testing.TB) *sql.DB
	}{{"sqlite", SQLite, openSQLite}, {"postgres", Postgres, openPostgres}} {
		t.Run(open.name, func(t *testing.T) {
			e := engine{open.name, open.d, open.db(t)}
			c := build(t, corpus.Schema, e)
			for _, s := range corpus.Statements {
				if s.Label == "ok" {
					prepares(t, c, e, s)
				}
			}
		})
	}
}

func prepares(t *testing.T, c *Catalog, e engine, s labelled) {
	t.Helper()
	st, err := c.gate(s.SQL)
	if err != nil {
		return // TestCorpus says so
	}
	out, err := c.Emit(st, e.d)
	if err != nil {
		t.Errorf("%s: %v\n%s", s.ID, err, s.SQL)
		return
	}
	ctx := context.Background()
	if !st.Kind().IsDDL() {
		stmt, err := e.db.PrepareContext(ctx, out.SQL[0])
		if err != nil {
			t.Errorf("%s: %v\n%s\n%s", s.ID, err, s.SQL, out.SQL[0])
			return
		}
		stmt.Close()
		return
	}
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, q := range out.SQL {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			t.Errorf("%s: %v\n%s\n%s", s.ID, err, s.SQL, q)
		}
	}
}

// Every statement of the corpus, with its keywords' case changed or with other
// white space, is judged alike.
func TestCorpusInOtherDress(t *testing.T) {
	corpus := readCorpus(t)
	c := build(t, corpus.Schema)
	for _, s := range corpus.Statements {
		if strings.ContainsAny(s.SQL, "'\"`\n:") || strings.Contains(s.SQL, "--") {
			continue
		}
		_, want := c.gate(s.SQL)
		for _, dress := range []string{strings.ToLower(s.SQL), strings.ToUpper(s.SQL), "\n\t" + strings.ReplaceAll(s.SQL, " ", "\r\n  ")} {
			if _, got := c.gate(dress); (got == nil) != (want == nil) {
				t.Errorf("%s: %v, but %v for\n%s", s.ID, want, got, dress)
			}
		}
	}
}
