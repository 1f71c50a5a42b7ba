package orasql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// target resolves the table of a change.
func (c *checker) target(t *tableRef) *source {
	if t.name == "dual" {
		c.fail(t.pos, 942, "dual cannot be changed", "")
		return nil
	}
	c.tgt = c.tableRef(t)
	return c.tgt
}

func (c *checker) insert(s *insertStmt) {
	src := c.target(&s.table)
	if c.err != nil {
		return
	}
	cols := c.insertColumns(s, src)
	if c.err != nil {
		return
	}
	if s.q != nil {
		c.insertQuery(s, cols)
	} else {
		c.insertVals(s, cols)
	}
	c.returning(s.ret, src)
}

// insertColumns returns the columns in the order of the values; their entries
// are nil in open mode.
func (c *checker) insertColumns(s *insertStmt, src *source) []*TableColumn {
	if src.open {
		if s.cols == nil {
			return nil
		}
		return make([]*TableColumn, len(s.cols))
	}
	var out []*TableColumn
	if s.cols == nil {
		for _, col := range src.table.Columns {
			if col.Virtual == "" {
				out = append(out, col)
			}
		}
		return out
	}
	given := map[string]bool{}
	for _, r := range s.cols {
		col := src.table.Column(r.name)
		switch {
		case col == nil:
			c.fail(r.pos, 904, "no column "+r.name+" in "+src.table.Name, nearestCol(r.name, src))
			return nil
		case col.Virtual != "":
			c.fail(r.pos, 54013, "INSERT into virtual column "+r.name, "the other columns")
		case col.Identity == "ALWAYS":
			c.fail(r.pos, 32795, "INSERT into identity column "+r.name, "the other columns")
		}
		given[r.name] = true
		out = append(out, col)
	}
	for _, col := range src.table.Columns {
		if !given[col.Name] && !col.Nullable && col.Default == "" && col.Identity == "" && col.Virtual == "" {
			c.fail(s.table.pos, 1400, "NOT NULL column "+col.Name+" has no value and no default", "the column in the list")
		}
	}
	return out
}

func (c *checker) countValues(pos, cols, vals int) bool {
	switch {
	case vals > cols:
		c.fail(pos, 913, fmt.Sprintf("%d values for %d columns", vals, cols), "one value for each column")
	case vals < cols:
		c.fail(pos, 947, fmt.Sprintf("%d values for %d columns", vals, cols), "one value for each column")
	}
	return c.err == nil
}

func (c *checker) insertVals(s *insertStmt, cols []*TableColumn) {
	if cols != nil && !c.countValues(s.vals[0].at(), len(cols), len(s.vals)) {
		return
	}
	sc := &scope{clause: "VALUES", next: nextOne}
	for i, x := range s.vals {
		t := c.expr(x, sc)
		if cols != nil && cols[i] != nil {
			c.assign(cols[i], x, t, 1400)
		}
	}
}

func (c *checker) insertQuery(s *insertStmt, cols []*TableColumn) {
	outs := c.query(s.q, nil, "INSERT")
	if c.err != nil || hasOpenStar(outs) || cols == nil {
		return
	}
	if !c.countValues(s.q.pos, len(cols), len(outs)) {
		return
	}
	for i, col := range cols {
		if col == nil {
			continue
		}
		x := outs[i].x
		if x == nil {
			x = &colRef{node: s.q.node}
		}
		c.assign(col, x, outs[i].t, 1400)
		c.expectColumn(s.q.body, i, col.typ())
	}
}

// expectColumn tells the binds in column i of every branch their class.
func (c *checker) expectColumn(b body, i int, t typ) {
	switch b := b.(type) {
	case *setOp:
		c.expectColumn(b.l, i, t)
		c.expectColumn(b.r, i, t)
	case *selectCore:
		for _, it := range b.items {
			if it.star {
				return
			}
		}
		if i < len(b.items) && c.types[b.items[i].x].k == Unknown {
			c.expect(b.items[i].x, t)
		}
	}
}

// assign checks that x may be stored in col. nullCode is the error of storing
// NULL where it must not be.
func (c *checker) assign(col *TableColumn, x expr, t typ, nullCode int) {
	if c.err != nil {
		return
	}
	if t.lit {
		if !col.Nullable && col.Identity != "DEFAULT ON NULL" {
			c.fail(x.at(), nullCode, "NULL for NOT NULL column "+col.Name, "a value")
		}
		return
	}
	if t.k == Unknown {
		c.expect(x, col.typ())
		return
	}
	if t.k != col.Type {
		c.outside(x.at(), fmt.Sprintf("%s for %s column %s", t.k, col.Type, col.Name), "a value of the column's type")
		return
	}
	if t.lob && !col.lob {
		c.outside(x.at(), "CLOB or BLOB for column "+col.Name, "a CLOB or BLOB column")
		return
	}
	if t.frac {
		c.outside(x.at(), "decimals for column "+col.Name+", which Oracle rounds silently", "a whole number")
		return
	}
	c.fits(col, x)
}

// fits checks literals against a column's length or precision.
func (c *checker) fits(col *TableColumn, x expr) {
	switch x := x.(type) {
	case *strLit:
		if n := utf8.RuneCountInString(x.val); col.Length > 0 && n > col.Length {
			c.fail(x.pos, 12899, fmt.Sprintf("text of %d characters for %s", n, col.Decl), "a shorter text")
		}
	case *numLit:
		if n := len(strings.TrimPrefix(x.text, "-")); col.Length > 0 && n > col.Length {
			c.fail(x.pos, 1438, fmt.Sprintf("number of %d digits for %s", n, col.Decl), "a smaller number")
		}
	case *caseExpr:
		for _, w := range x.whens {
			c.fits(col, w.then)
		}
		if x.els != nil {
			c.fits(col, x.els)
		}
	case *call:
		if x.name == "COALESCE" || x.name == "NVL" {
			for _, a := range x.args {
				c.fits(col, a)
			}
		}
	}
}

func (c *checker) update(s *updateStmt) {
	src := c.target(&s.table)
	if c.err != nil {
		return
	}
	sc := &scope{sources: []*source{src}, clause: "SET"}
	seen := map[string]bool{}
	for i := range s.sets {
		it := &s.sets[i]
		for _, r := range it.cols {
			c.setColumn(r, sc, src, seen)
		}
		if c.err != nil {
			return
		}
		c.setValue(it, sc, src)
	}
	if s.where != nil {
		sc.clause = "WHERE"
		c.cond(s.where, sc)
	}
	c.returning(s.ret, src)
}

func (c *checker) setColumn(r *colRef, sc *scope, src *source, seen map[string]bool) {
	c.column(r, sc)
	if c.err != nil {
		return
	}
	if seen[r.name] {
		c.fail(r.pos, 957, "column "+r.name+" set twice", "")
		return
	}
	seen[r.name] = true
	if src.open {
		return
	}
	switch col := src.table.Column(r.name); {
	case col.Virtual != "":
		c.fail(r.pos, 54017, "UPDATE of virtual column "+r.name, "the columns it is made of")
	case col.Identity == "ALWAYS":
		c.fail(r.pos, 32796, "UPDATE of identity column "+r.name, "the other columns")
	}
}

func (c *checker) setValue(it *setItem, sc *scope, src *source) {
	sc.clause = "SET"
	if it.q == nil {
		sc.next = nextOutside
		t := c.expr(it.x, sc)
		sc.next = nextNever
		if !src.open && c.err == nil {
			c.assign(src.table.Column(it.cols[0].name), it.x, t, 1407)
		}
		return
	}
	outs := c.query(it.q, sc, "value")
	if c.err != nil || hasOpenStar(outs) || !c.countValues(it.q.pos, len(it.cols), len(outs)) || src.open {
		return
	}
	for i, r := range it.cols {
		x := outs[i].x
		if x == nil {
			x = &colRef{node: it.q.node}
		}
		c.assign(src.table.Column(r.name), x, outs[i].t, 1407)
	}
}

func (c *checker) delete(s *deleteStmt) {
	src := c.target(&s.table)
	if c.err != nil {
		return
	}
	if s.where != nil {
		c.cond(s.where, &scope{sources: []*source{src}, clause: "WHERE"})
	}
	c.returning(s.ret, src)
}

func (c *checker) returning(r *returning, src *source) {
	if r == nil || c.err != nil {
		return
	}
	sc := &scope{sources: []*source{src}, clause: "RETURNING"}
	for _, it := range r.items {
		visitDeep(it.x, func(e expr) {
			switch e := e.(type) {
			case *subquery, *exists, *inQuery:
				c.fail(e.at(), 22816, "subquery in RETURNING", "the columns")
			case *call:
				if aggregates[e.name] {
					c.outside(e.pos, "aggregate in RETURNING", "the columns")
				}
			case *colRef:
				if isNextval(e) {
					c.fail(e.pos, 2287, "NEXTVAL in RETURNING", "NEXTVAL in VALUES")
				}
			case *bindRef:
				c.outside(e.pos, "bind in RETURNING", "the columns")
			}
		})
		c.expr(it.x, sc)
	}
}
