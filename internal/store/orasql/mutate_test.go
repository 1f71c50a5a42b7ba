package orasql

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
)

// Good statements with one or two words exchanged, dropped or doubled: what
// the gate still accepts must prepare on both engines.
func TestMutants(t *testing.T) {
	rounds := 20000
	if testing.Short() {
		rounds = 2000
	}
	corpus := readCorpus(t)
	engines := []engine{{"postgres", Postgres, openPostgres(t)}, {"sqlite", SQLite, openSQLite(t)}}
	c := build(t, corpus.Schema, engines...)
	var good []string
	var words []string
	for _, s := range corpus.Statements {
		if s.Label == "ok" && !strings.Contains(s.SQL, "--") && !strings.Contains(s.SQL, "/*") {
			good = append(good, s.SQL)
			words = append(words, split(s.SQL)...)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range rounds {
		text := mutate(rnd, split(good[rnd.IntN(len(good))]), words)
		s, err := c.gate(text)
		if err != nil || s.Kind().IsDDL() {
			continue
		}
		accepted++
		for _, e := range engines {
			out, err := c.Emit(s, e.d)
			if err != nil {
				continue
			}
			stmt, err := e.db.PrepareContext(context.Background(), out.SQL[0])
			if err != nil {
				t.Errorf("%s: %v\n%s\n%s", e.name, err, text, out.SQL[0])
				continue
			}
			stmt.Close()
		}
	}
	t.Logf("%d of %d mutants accepted", accepted, rounds)
}

// split cuts a text into words, literals and signs.
func split(text string) []string {
	toks, err := lex(text, false)
	if err != nil {
		return nil
	}
	var out []string
	for _, tok := range toks[:len(toks)-1] {
		out = append(out, text[tok.pos:tok.end])
	}
	return out
}

func mutate(rnd *rand.Rand, toks, words []string) string {
	for range 1 + rnd.IntN(2) {
		if len(toks) == 0 {
			break
		}
		i := rnd.IntN(len(toks))
		switch rnd.IntN(4) {
		case 0:
			toks = append(toks[:i:i], toks[i+1:]...)
		case 1:
			toks = append(toks[:i:i], append([]string{words[rnd.IntN(len(words))]}, toks[i:]...)...)
		default:
			toks = append(toks[:i:i], append([]string{words[rnd.IntN(len(words))]}, toks[i+1:]...)...)
		}
	}
	return strings.Join(toks, " ")
}
