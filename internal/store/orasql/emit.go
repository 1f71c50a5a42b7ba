package orasql

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Dialect is the database that Emit writes for.
type Dialect int

const (
	SQLite Dialect = iota
	Postgres
)

// SequenceTable holds the sequences on SQLite; CREATE SEQUENCE makes it where
// it is missing. SequenceNext takes the sequence's lower-case name and returns
// one row with its next value.
const (
	SequenceTable = "ora_sequence"
	SequenceNext  = "UPDATE ora_sequence SET next_value = next_value + step WHERE name = ?1 RETURNING next_value - step"
)

const maxEmitted = 8 << 20

// Emitted is a statement in the words of one database.
type Emitted struct {
	Kind      Kind
	SQL       []string // one for queries and changes; none, one or several for data definitions
	Binds     []string // inputs in order of the parameters ?1.. or $1..
	Sequences []string // SQLite only: sequences whose next values are bound after Binds
	Out       []string // names of RETURNING .. INTO in order of the returned columns
	Columns   []Column // of a query or of RETURNING
}

// Emit checks s and writes it for d. A data definition must be emitted before
// it is applied. The error is an *Error.
func (c *Catalog) Emit(s *Statement, d Dialect) (*Emitted, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k := newChecker(c, s)
	if k.run(s) != nil {
		return nil, k.err
	}
	e := &emitter{c: k, d: d, text: s.text}
	e.out.Kind = s.kind
	e.numberBinds(s)
	e.statement(s)
	if e.err == nil && k.err != nil {
		e.err = k.err
	}
	if e.err != nil {
		return nil, e.err
	}
	return &e.out, nil
}

type emitter struct {
	c    *checker
	d    Dialect
	text string
	b    strings.Builder
	out  Emitted
	err  *Error

	params   map[string]int
	bareCols bool // RETURNING: columns without a qualifier
	castList bool // PostgreSQL: anchor of a recursive WITH
	top      bool // the select list at hand is the result
	inFrom   bool // the select list at hand makes the columns of a subquery
	inOn     bool // SQLite's ON sees the tables of later joins, so names need a table
	subs     int
}

func (e *emitter) outside(pos int, reason, try string) {
	if e.err == nil {
		e.err = newOutside(e.text, pos, reason, try)
	}
}

func (e *emitter) w(parts ...string) {
	if e.b.Len() > maxEmitted {
		e.outside(0, "statement too large once translated", "a smaller statement")
		return
	}
	for _, p := range parts {
		e.b.WriteString(p)
	}
}

func (e *emitter) flush() {
	e.out.SQL = append(e.out.SQL, e.b.String())
	e.b.Reset()
}

// numberBinds gives every input bind its parameter.
func (e *emitter) numberBinds(s *Statement) {
	var ret *returning
	switch n := s.node.(type) {
	case *insertStmt:
		ret = n.ret
	case *updateStmt:
		ret = n.ret
	case *deleteStmt:
		ret = n.ret
	}
	out := map[string]bool{}
	if ret != nil {
		for _, b := range ret.out {
			out[b.name] = true
			e.out.Out = append(e.out.Out, b.name)
		}
	}
	e.params = map[string]int{}
	for _, b := range s.binds {
		if !out[b] {
			e.out.Binds = append(e.out.Binds, b)
			e.params[b] = len(e.out.Binds)
		}
	}
}

func (e *emitter) statement(s *Statement) {
	switch n := s.node.(type) {
	case *query:
		e.top = true
		e.query(n)
		for _, o := range e.c.outs[n] {
			e.out.Columns = append(e.out.Columns, Column{o.label, o.t.k})
		}
		e.fixColumns(n)
		e.flush()
	case *insertStmt:
		e.insert(n)
		e.flush()
	case *updateStmt:
		e.update(n)
		e.flush()
	case *deleteStmt:
		e.delete(n)
		e.flush()
	default:
		e.ddl(s)
	}
}

// fixColumns takes over types that became known after the select list was
// read, such as those of binds.
func (e *emitter) fixColumns(q *query) {
	for i, o := range e.c.outs[q] {
		if o.t.k == Unknown && o.x != nil {
			t := e.c.types[o.x].k
			if b, ok := o.x.(*bindRef); ok {
				t = e.c.binds[b.name].k
			}
			e.out.Columns[i].Type = t
		}
	}
}

// name writes an identifier.
func (e *emitter) name(n string) string {
	if e.d == Postgres && len(n) > 63 {
		h := fnv.New32a()
		h.Write([]byte(n))
		n = fmt.Sprintf("%s_%08x", n[:54], h.Sum32())
	}
	if up := strings.ToUpper(n); quoteWords[up] || structural[up] || reserved[up] || clauseWords[up] {
		return `"` + n + `"`
	}
	return n
}

func (e *emitter) names(ns []string) string {
	var out []string
	for _, n := range ns {
		out = append(out, e.name(n))
	}
	return strings.Join(out, ", ")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func pgType(k Type) string {
	switch k {
	case Number:
		return "bigint"
	case Time:
		return "timestamptz"
	case Bytes:
		return "bytea"
	}
	return "text"
}

func (e *emitter) bind(b *bindRef) {
	n := strconv.Itoa(e.params[b.name])
	if e.d == SQLite {
		e.w("?", n)
		return
	}
	e.w("CAST($", n, " AS ", pgType(e.c.binds[b.name].k), ")")
}

// sequence writes the next value of a sequence.
func (e *emitter) sequence(r *colRef) {
	if e.d == Postgres {
		e.w("nextval(", quote(e.name(r.qual)), ")")
		return
	}
	e.out.Sequences = append(e.out.Sequences, r.qual)
	e.w("?", strconv.Itoa(len(e.out.Binds)+len(e.out.Sequences)))
}
