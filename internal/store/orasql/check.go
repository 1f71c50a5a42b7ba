package orasql

import (
	"fmt"
	"strings"
)

// typ is what the checker knows of a value.
type typ struct {
	k    Type
	lob  bool // CLOB or BLOB
	frac bool // may have decimals: AVG and literals such as 4.5
	null bool // may be NULL
	lit  bool // the literal NULL
	n    int  // length or precision of a column
}

type outCol struct {
	name  string // lower case; "" when it cannot be referred to
	label string // as Oracle names it in a result
	t     typ
	x     expr // what the column is, for ORDER BY; nil for a column of *
	src   *source
	alias bool

	origin expr // in a subquery or WITH: where the column comes from
}

// source is one row source of a FROM.
type source struct {
	id       int
	name     string // alias, or the table's name
	table    *Table
	cols     []outCol
	open     bool // a table nobody described: Parse has no catalog
	dual     bool
	nullable bool // on the optional side of an outer join
	base     bool // a table, so FOR UPDATE can lock it
}

func (s *source) find(name string) (col *outCol, n int) {
	for i := range s.cols {
		if s.cols[i].name == name {
			if n == 0 {
				col = &s.cols[i]
			}
			n++
		}
	}
	return col, n
}

type scope struct {
	parent  *scope
	sources []*source
	merged  map[string]typ // columns of USING

	mergedOrder []string
	aliases     []outCol // what ORDER BY may name
	clause      string   // for messages

	agg, win bool // whether aggregates and window functions may stand here
	next     nextPlace
	inAgg    bool
}

// nextPlace says whether NEXTVAL may stand somewhere.
type nextPlace int

const (
	nextNever   nextPlace = iota // ORA-02287
	nextOutside                  // Oracle takes a value for each row, SQLite would take one
	nextOne                      // one row
)

// resolved is what a column reference means.
type resolved struct {
	unsure bool // without a catalog: might belong to an outer query
	src    *source
	t      typ
	alias  expr // the expression behind a select alias in ORDER BY
	merged bool
}

type withName struct {
	name string
	cols []outCol
}

type checker struct {
	cat   *Catalog // nil for the checks of Parse
	text  string
	err   *Error
	cols  map[*colRef]resolved
	types map[expr]typ
	binds map[string]typ
	outs  map[*query][]outCol
	ords  map[*orderItem]int // ORDER BY items that are positions
	srcs  map[*selectCore][]*source
	using map[*selectCore][]string // columns of USING, in order
	recur map[*cte]bool
	froms map[tableExpr]*source
	with  []*withName
	seqs  map[string]bool
	pairs [][2]expr // values of one class, which was known of neither
	tgt   *source   // of INSERT, UPDATE, DELETE
	ids   int
}

func newChecker(cat *Catalog, s *Statement) *checker {
	size := len(s.text) / 16
	return &checker{cat: cat, text: s.text, cols: make(map[*colRef]resolved, size), types: make(map[expr]typ, size), binds: map[string]typ{}}
}

// checkShape makes the checks that need no catalog.
func checkShape(s *Statement) error {
	if c := newChecker(nil, s); c.run(s) != nil {
		return c.err
	}
	return nil
}

func (c *checker) run(s *Statement) *Error {
	switch n := s.node.(type) {
	case *query:
		c.topQuery(n)
	case *insertStmt:
		c.insert(n)
	case *updateStmt:
		c.update(n)
	case *deleteStmt:
		c.delete(n)
	default:
		c.ddl(n)
	}
	c.settle()
	return c.err
}

// settle carries what became known of binds over to what they are compared
// with, until nothing changes.
func (c *checker) settle() {
	for changed := true; changed && c.err == nil; {
		changed = false
		for _, p := range c.pairs {
			l, r := c.known(p[0]), c.known(p[1])
			switch {
			case l == r:
			case l == Unknown:
				c.expect(p[0], typ{k: r})
				changed = changed || c.known(p[0]) != Unknown
			case r == Unknown:
				c.expect(p[1], typ{k: l})
				changed = changed || c.known(p[1]) != Unknown
			default:
				c.sameType(p[1].at(), typ{k: l}, typ{k: r})
			}
		}
	}
}

// known is the class of e as far as it is known by now.
func (c *checker) known(e expr) Type {
	switch e := e.(type) {
	case *bindRef:
		return c.binds[e.name].k
	case *call:
		switch e.name {
		case "COALESCE", "NVL", "NULLIF", "GREATEST", "LEAST", "MIN", "MAX":
			for _, a := range e.args {
				if k := c.known(a); k != Unknown {
					return k
				}
			}
		}
	case *caseExpr:
		for _, w := range e.whens {
			if k := c.known(w.then); k != Unknown {
				return k
			}
		}
	case *colRef:
		if res := c.cols[e]; res.t.k == Unknown && res.src != nil && !res.src.open {
			if col, n := res.src.find(e.name); n == 1 && col.origin != nil {
				return c.known(col.origin)
			}
		}
	}
	return c.types[e].k
}

func (c *checker) fail(pos, ora int, reason, try string) {
	if c.err == nil {
		c.err = newError(c.text, pos, ora, reason, try)
	}
}

func (c *checker) outside(pos int, reason, try string) {
	if c.err == nil {
		c.err = newOutside(c.text, pos, reason, try)
	}
}

// table finds a table by name; nil in open mode or when it is unknown, which
// is then reported.
func (c *checker) table(name string, pos int) *Table {
	if c.cat == nil {
		return nil
	}
	if t := c.cat.tables[name]; t != nil {
		return t
	}
	try := nearest(name, c.cat.order)
	switch c.cat.taken(name) {
	case "sequence":
		c.fail(pos, 942, name+" is a sequence", name+".NEXTVAL")
	default:
		c.fail(pos, 942, "no table "+name, try)
	}
	return nil
}

func tableSource(t *Table, alias string, id int) *source {
	cols := t.outs
	if cols == nil { // still being defined
		cols = t.outCols()
	}
	return &source{id: id, name: alias, table: t, base: true, cols: cols}
}

func (t *Table) outCols() []outCol {
	cols := make([]outCol, 0, len(t.Columns))
	for _, col := range t.Columns {
		cols = append(cols, outCol{name: col.Name, label: strings.ToUpper(col.Name), t: col.typ()})
	}
	return cols
}

func (col *TableColumn) typ() typ {
	return typ{k: col.Type, lob: col.lob, null: col.Nullable, n: col.Length}
}

// column resolves c from sc outwards.
func (c *checker) column(r *colRef, sc *scope) typ {
	if done, ok := c.cols[r]; ok {
		return done.t
	}
	for s := sc; s != nil; s = s.parent {
		if res, ok := c.columnIn(r, s); ok || c.err != nil {
			res.unsure = c.cat == nil && r.qual == "" && s.parent != nil
			c.cols[r] = res
			return res.t
		}
	}
	c.unknownColumn(r, sc)
	return typ{}
}

func (c *checker) columnIn(r *colRef, s *scope) (resolved, bool) {
	if r.qual == "" {
		if t, ok := s.merged[r.name]; ok {
			return resolved{t: t, merged: true}, true
		}
	}
	var got resolved
	matches, open := 0, 0
	var openSrc *source
	for _, src := range s.sources {
		if r.qual != "" && src.name != r.qual {
			continue
		}
		if _, ok := s.merged[r.name]; ok {
			c.fail(r.pos, 25154, "column "+r.name+" of USING with a qualifier", r.name)
			return got, false
		}
		if src.open {
			open++
			openSrc = src
			continue
		}
		if src.dual && r.name == "dummy" {
			c.outside(r.pos, "DUMMY of dual", "a value")
			return got, false
		}
		col, n := src.find(r.name)
		if n == 0 {
			if r.qual != "" {
				c.fail(r.pos, 904, fmt.Sprintf("no column %s in %s", r.name, r.qual), nearestCol(r.name, src))
				return got, false
			}
			continue
		}
		matches += n
		got.src, got.t = src, col.t
		got.t.null = got.t.null || src.nullable
	}
	switch {
	case matches > 1:
		c.fail(r.pos, 918, "column "+r.name+" is ambiguous", "an alias before the name")
		return got, false
	case matches == 1:
		return got, true
	case open > 0:
		if open > 1 {
			openSrc = nil
		}
		return resolved{src: openSrc, t: typ{null: true}}, true
	}
	return got, false
}

func (c *checker) unknownColumn(r *colRef, sc *scope) {
	if c.err != nil {
		return
	}
	name := r.name
	if r.qual != "" {
		name = r.qual + "." + r.name
	}
	for s := sc; s != nil; s = s.parent {
		for _, a := range s.aliases {
			if a.alias && r.qual == "" && a.name == r.name {
				c.fail(r.pos, 904, "alias "+r.name+" is not visible in "+sc.clause, "the expression itself, or a subquery in FROM")
				return
			}
		}
	}
	try := ""
	for s := sc; s != nil && try == ""; s = s.parent {
		for _, src := range s.sources {
			if try == "" {
				try = nearestCol(r.name, src)
			}
		}
	}
	c.fail(r.pos, 904, "no column "+name, try)
}

func nearestCol(name string, s *source) string {
	var names []string
	for _, c := range s.cols {
		names = append(names, c.name)
	}
	return nearest(name, names)
}

// nearest returns the candidate within two edits of name, or "".
func nearest(name string, candidates []string) string {
	best, dist := "", 3
	for _, cand := range candidates {
		if d := edits(name, cand); d < dist {
			best, dist = cand, d
		}
	}
	return best
}

func edits(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
