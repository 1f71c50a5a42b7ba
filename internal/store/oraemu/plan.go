package oraemu

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"tradewind/internal/store/orasql"
)

// plan is one SQL text, parsed, checked against the catalog and emitted for
// the engine. It is read-only once made.
type plan struct {
	kind      orasql.Kind
	statement *orasql.Statement
	sql       []string // one for DML, any number for DDL
	binds     []string // names in the engine's order
	sequences []string
	out       []string
	columns   []string
	types     []orasql.Type
	locks     bool // FOR UPDATE
}

func (p *plan) names(bind string) bool {
	same := func(n string) bool { return strings.EqualFold(n, bind) }
	return slices.ContainsFunc(p.binds, same) || slices.ContainsFunc(p.out, same)
}

// writes reports whether the statement changes rows, so that on PostgreSQL its
// failure would end the transaction if there were no savepoint.
func (p *plan) writes() bool {
	return p.kind == orasql.Insert || p.kind == orasql.Update || p.kind == orasql.Delete
}

// maxPlans bounds the plans kept. A program's texts are a few hundred constants;
// only somebody who writes values into SQL text gets past this.
const maxPlans = 2048

// shared is what all connections of one connector have in common.
type shared struct {
	dialect orasql.Dialect
	limit   int // prepared statements kept by each connection

	generation atomic.Uint64 // grows with each DDL: plans made before it are void

	mu      sync.RWMutex
	catalog *orasql.Catalog
	plans   map[string]*plan
}

// plan returns the text's plan and the catalog's generation it was made for.
func (s *shared) plan(text string) (*plan, uint64, error) {
	s.mu.RLock()
	p, generation := s.plans[text], s.generation.Load()
	s.mu.RUnlock()
	if p != nil {
		return p, generation, nil
	}
	stmt, err := orasql.Parse(text)
	if err != nil {
		return nil, 0, err
	}
	s.mu.Lock() // the catalog is not safe for concurrent use
	defer s.mu.Unlock()
	p, err = newPlan(s.catalog, stmt, text, s.dialect)
	if err != nil {
		return nil, 0, err
	}
	if !p.kind.IsDDL() {
		for old := range s.plans {
			if len(s.plans) < maxPlans {
				break
			}
			delete(s.plans, old) // whichever the map gives first
		}
		s.plans[text] = p
	}
	return p, s.generation.Load(), nil
}

func newPlan(catalog *orasql.Catalog, stmt *orasql.Statement, text string, d orasql.Dialect) (*plan, error) {
	if err := catalog.Check(stmt); err != nil {
		return nil, err
	}
	e, err := catalog.Emit(stmt, d)
	if err != nil {
		return nil, err
	}
	p := &plan{kind: stmt.Kind(), statement: stmt, sql: e.SQL, binds: e.Binds, sequences: e.Sequences,
		out: e.Out, locks: forUpdate.MatchString(withoutLiterals(text))}
	for _, c := range e.Columns {
		p.columns = append(p.columns, c.Name)
		p.types = append(p.types, c.Type)
	}
	if d == orasql.SQLite && len(p.sql) == 1 {
		p.sql = []string{anonymous(p.sql[0], len(p.binds)+len(p.sequences))}
	}
	return p, nil
}

// applied tells the catalog about a DDL statement that the engine carried out.
func (s *shared) applied(stmt *orasql.Statement) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation.Add(1)
	clear(s.plans)
	return s.catalog.Apply(stmt)
}

var forUpdate = regexp.MustCompile(`(?i)\bFOR\s+UPDATE\b`)

// literal matches what may hide words that look like SQL.
var literal = regexp.MustCompile(`'(?:[^']|'')*'|--[^\n]*|(?s:/\*.*?\*/)`)

func withoutLiterals(text string) string { return literal.ReplaceAllString(text, " ") }

var placeholder = regexp.MustCompile(`\?[0-9]+`)

// anonymous writes ? for ?1, ?2 and so on if each occurs once and in order.
// The driver asks SQLite for every parameter's name on every call, and copies
// it; a parameter without a name costs nothing. One that occurs twice keeps
// its number: two anonymous parameters are two different expressions to SQLite,
// which GROUP BY would notice.
func anonymous(sql string, count int) string {
	found := placeholder.FindAllString(sql, -1)
	if len(found) != count || strings.Count(sql, "?") != count { // a literal may hold one
		return sql
	}
	for i, f := range found {
		if f != "?"+strconv.Itoa(i+1) {
			return sql
		}
	}
	return placeholder.ReplaceAllLiteralString(sql, "?")
}
