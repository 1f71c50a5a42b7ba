package orasql

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// fragments are swapped in by the fuzzer's choice of two corpus statements.
func seed(f *testing.F) {
	for _, s := range readCorpus(f).Statements {
		if len(s.SQL) < 2000 {
			f.Add(s.SQL)
		}
	}
}

func inTime(t *testing.T, text string, do func()) {
	start := time.Now()
	do()
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("%v for %d bytes: %.200q", d, len(text), text)
	}
}

// The lexer ends on every input, and its tokens cover the text in order.
func FuzzLex(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, wide := range []bool{false, true} {
			toks, err := lex(text, wide)
			if err != nil {
				if err.Line < 1 || err.Col < 1 {
					t.Errorf("position of %v", err)
				}
				continue
			}
			at := 0
			for _, tok := range toks {
				if tok.pos < at || tok.end < tok.pos || tok.end > len(text) {
					t.Fatalf("token %+v after %d in %q", tok, at, text)
				}
				at = tok.end
			}
		}
	})
}

// The parsers and the splitter end on every input with a statement or an
// *Error that has a position.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		inTime(t, text, func() {
			for _, parse := range []func(string) (*Statement, error){Parse, ParseOracle} {
				s, err := parse(text)
				var e *Error
				switch {
				case err == nil && s.Kind() == 0:
					t.Errorf("statement without a kind: %q", text)
				case err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Col < 1 || e.Reason == ""):
					t.Errorf("%#v for %q", err, text)
				}
			}
			if steps, err := SplitScript(text); err == nil {
				for _, s := range steps {
					if s.Oracle == "" || s.Line < 1 {
						t.Errorf("step %+v of %q", s, text)
					}
				}
			}
		})
	})
}

// Whatever parses and checks can be emitted, and SQLite prepares it. What
// Emit refuses, it refuses as outside the subset.
func FuzzEmit(f *testing.F) {
	seed(f)
	db := openSQLite(f)
	c := build(f, readCorpus(f).Schema, engine{"sqlite", SQLite, db})
	f.Fuzz(func(t *testing.T, text string) {
		s, err := c.gate(text)
		if err != nil {
			return
		}
		var out *Emitted
		inTime(t, text, func() {
			for _, d := range []Dialect{Postgres, SQLite} {
				out, err = c.Emit(s, d)
				var e *Error
				if err != nil && (!errors.As(err, &e) || !e.Outside) {
					t.Errorf("checked, but %v for %q", err, text)
				}
			}
		})
		if out == nil || strings.ContainsRune(text, 0) {
			return
		}
		if s.Kind().IsDDL() {
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			for _, q := range out.SQL {
				if _, err := tx.Exec(q); err != nil && !dataError(err) {
					t.Errorf("%v\n%q\n%s", err, text, q)
				}
			}
			return
		}
		stmt, err := db.PrepareContext(context.Background(), out.SQL[0])
		if err != nil {
			t.Fatalf("%v\n%q\n%s", err, text, out.SQL[0])
		}
		stmt.Close()
	})
}

// dataError is about rows, which Check cannot know.
func dataError(err error) bool {
	return strings.Contains(err.Error(), "UNIQUE constraint failed") || strings.Contains(err.Error(), "CHECK constraint failed")
}
