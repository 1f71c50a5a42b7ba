package orasql

import (
	"strconv"
	"strings"
)

func (c *checker) topQuery(q *query) {
	outs := c.query(q, nil, "")
	if c.err != nil || q.lock == nil {
		return
	}
	s, ok := q.body.(*selectCore)
	if !ok {
		return
	}
	c.lockable(q, s)
	_ = outs
}

// lockable checks FOR UPDATE against what the query does.
func (c *checker) lockable(q *query, s *selectCore) {
	pos := q.lock.pos
	if s.distinct || len(s.group) > 0 || s.having != nil || c.hasAggregate(s) {
		c.fail(pos, 2014, "FOR UPDATE with DISTINCT, GROUP BY or an aggregate", "FOR UPDATE on plain rows")
		return
	}
	for _, it := range s.items {
		if it.x != nil && containsWindow(it.x) {
			c.fail(pos, 2014, "FOR UPDATE with a window function", "FOR UPDATE on plain rows")
		}
	}
	of := q.lock.of
	for _, r := range of {
		sc := &scope{sources: c.srcs[s], clause: "FOR UPDATE OF"}
		c.column(r, sc)
		if res := c.cols[r]; c.err == nil && c.cat != nil && (res.src == nil || !res.src.base) {
			c.fail(r.pos, 1733, "FOR UPDATE OF a column that is not a table's", "a column of a table")
		}
	}
	for _, src := range c.srcs[s] {
		if src.dual {
			c.outside(pos, "FOR UPDATE of dual", "FOR UPDATE of a table")
		}
		if !src.base && !src.open && len(of) == 0 {
			c.outside(pos, "FOR UPDATE of a subquery", "FOR UPDATE OF a table's column")
		}
	}
}

func (c *checker) hasAggregate(s *selectCore) bool {
	for _, it := range s.items {
		if it.x != nil && containsAggregate(it.x) {
			return true
		}
	}
	return false
}

// query checks q and returns its columns. place is "" at the top of a
// statement, or says what the subquery is for.
func (c *checker) query(q *query, parent *scope, place string) []outCol {
	if c.outs == nil {
		c.outs = map[*query][]outCol{}
	}
	depth := len(c.with)
	for _, w := range q.with {
		c.cte(w, parent)
	}
	if c.err != nil {
		return nil
	}
	if len(q.order) > 0 && q.fetch == nil && q.offset == nil && (place == "IN" || place == "EXISTS" || place == "value") {
		c.fail(q.order[0].pos, 907, "ORDER BY in a subquery that is compared", "the subquery without ORDER BY")
	}
	var outs []outCol
	switch b := q.body.(type) {
	case *selectCore:
		var sc *scope
		outs, sc = c.selectCore(b, parent, place)
		c.orderBy(q, b, outs, sc)
	case *setOp:
		outs = c.setOp(b, parent)
		c.orderSet(q, outs)
	}
	for _, x := range []expr{q.offset, q.fetch} {
		if b, ok := x.(*bindRef); ok {
			c.expect(b, typ{k: Number})
		}
	}
	c.with = c.with[:depth]
	c.outs[q] = outs
	return outs
}

func (c *checker) cte(w *cte, parent *scope) {
	if c.err != nil {
		return
	}
	def := &withName{name: w.name}
	refs := countRefs(w.q, w.name)
	if refs == 0 {
		cols := c.query(w.q, parent, "WITH")
		def.cols = c.renamed(cols, w)
		c.with = append(c.with, def)
		return
	}
	set, ok := w.q.body.(*setOp)
	switch {
	case w.cols == nil:
		c.fail(w.pos, 32039, "recursive WITH without a column list", "WITH "+w.name+" (a, b) AS (..)")
	case !ok || set.op != "UNION ALL":
		c.fail(w.pos, 32040, "recursive WITH is not a UNION ALL", "SELECT .. UNION ALL SELECT ..")
	case countBody(set.l, w.name) > 0 || refs != 1:
		c.fail(w.pos, 32042, "recursive WITH must name itself once, in the second branch", "one anchor UNION ALL one step")
	case len(w.q.order) > 0 || w.q.fetch != nil || w.q.offset != nil || len(w.q.with) > 0:
		c.fail(w.pos, 32486, "ORDER BY, FETCH or WITH in a recursive WITH", "them in the query that reads it")
	}
	if c.err != nil {
		return
	}
	step, ok := set.r.(*selectCore)
	if !ok || step.distinct || len(step.group) > 0 || step.having != nil || c.hasAggregate(step) || !directRef(step.from, w.name) {
		c.fail(set.r.at(), 32486, "recursive branch with DISTINCT, GROUP BY, an aggregate, or its own name in a subquery", "a plain join")
		return
	}
	if c.recur == nil {
		c.recur = map[*cte]bool{}
	}
	c.recur[w] = true
	anchor := c.body(set.l, parent)
	def.cols = c.renamed(anchor, w)
	for i := range def.cols {
		def.cols[i].t.null = true
	}
	c.with = append(c.with, def)
	c.matchSet(set, anchor, c.body(set.r, parent))
	c.outs[w.q] = anchor
}

func (c *checker) renamed(cols []outCol, w *cte) []outCol {
	out := make([]outCol, len(cols))
	copy(out, cols)
	if w.cols == nil || c.err != nil {
		return out
	}
	if len(cols) != len(w.cols) && !hasOpenStar(cols) {
		c.fail(w.pos, 32038, "column list of "+w.name+" has "+strconv.Itoa(len(w.cols))+" names for "+strconv.Itoa(len(cols))+" columns", "")
		return out
	}
	if hasOpenStar(cols) {
		out = make([]outCol, len(w.cols))
		for i := range out {
			out[i].t.null = true
		}
	}
	for i, n := range w.cols {
		out[i].name, out[i].label = n, strings.ToUpper(n)
	}
	return out
}

// openStar stands for the columns of * over a table nobody described.
const openStar = "*"

func hasOpenStar(cols []outCol) bool {
	for _, o := range cols {
		if o.name == openStar {
			return true
		}
	}
	return false
}

func (c *checker) body(b body, parent *scope) []outCol {
	if c.err != nil {
		return nil
	}
	if s, ok := b.(*setOp); ok {
		return c.setOp(s, parent)
	}
	outs, _ := c.selectCore(b.(*selectCore), parent, "set")
	return outs
}

func (c *checker) setOp(s *setOp, parent *scope) []outCol {
	l := c.body(s.l, parent)
	r := c.body(s.r, parent)
	return c.matchSet(s, l, r)
}

// matchSet compares the columns of two branches and returns the result's.
func (c *checker) matchSet(s *setOp, l, r []outCol) []outCol {
	if c.err != nil || hasOpenStar(l) || hasOpenStar(r) {
		return l
	}
	if len(l) != len(r) {
		c.fail(s.pos, 1789, s.op+" of "+strconv.Itoa(len(l))+" and "+strconv.Itoa(len(r))+" columns", "the same columns in each branch")
		return l
	}
	out := make([]outCol, len(l))
	for i := range l {
		a, b := l[i].t, r[i].t
		if a.k != Unknown && b.k != Unknown && a.k != b.k {
			c.fail(s.pos, 1790, "column "+strconv.Itoa(i+1)+" is "+a.k.String()+" in one branch and "+b.k.String()+" in the other", "the same types in each branch")
			return l
		}
		if (a.lob || b.lob) && s.op != "UNION ALL" {
			c.fail(s.pos, 932, s.op+" of a CLOB or BLOB", "UNION ALL")
		}
		if a.k == Unknown && l[i].x != nil {
			c.expect(l[i].x, b)
		}
		if b.k == Unknown && r[i].x != nil {
			c.expect(r[i].x, a)
		}
		if a.k == Unknown && b.k == Unknown && l[i].x != nil && r[i].x != nil {
			c.pairs = append(c.pairs, [2]expr{l[i].x, r[i].x})
		}
		t := a
		if t.k == Unknown {
			t = b
		}
		t.null, t.frac, t.lob, t.lit = a.null || b.null, a.frac || b.frac, a.lob || b.lob, a.lit && b.lit
		out[i] = outCol{name: l[i].name, label: l[i].label, t: t, origin: l[i].x}
	}
	return out
}

// orderSet checks ORDER BY after a set operation: positions and names only.
func (c *checker) orderSet(q *query, outs []outCol) {
	for i := range q.order {
		it := &q.order[i]
		if c.err != nil {
			return
		}
		if n, ok := it.x.(*numLit); ok {
			c.position(it, n, outs)
			continue
		}
		r, ok := it.x.(*colRef)
		if !ok || r.qual != "" {
			c.fail(it.pos, 1785, "ORDER BY after a set operation takes column names of the first branch or positions", "ORDER BY 1")
			return
		}
		pos := -1
		for j, o := range outs {
			if o.name == r.name {
				pos = j
				break
			}
		}
		if pos < 0 && !hasOpenStar(outs) {
			c.fail(it.pos, 904, "no column "+r.name+" in the first branch", "ORDER BY a position or an alias of the first branch")
			return
		}
		if pos >= 0 {
			c.ordinal(it, pos+1)
			c.lobOrder(it.pos, outs[pos].t)
		}
	}
}

func (c *checker) lobOrder(pos int, t typ) {
	if t.lob {
		c.fail(pos, 932, "ORDER BY a CLOB or BLOB", "another column")
	}
}

func (c *checker) ordinal(it *orderItem, n int) {
	if c.ords == nil {
		c.ords = map[*orderItem]int{}
	}
	c.ords[it] = n
}

func (c *checker) position(it *orderItem, n *numLit, outs []outCol) {
	if hasOpenStar(outs) {
		c.ordinal(it, int(n.val))
		return
	}
	if n.frac || n.val < 1 || n.val > int64(len(outs)) {
		c.fail(it.pos, 1785, "ORDER BY position out of range", "a position from 1 to "+strconv.Itoa(len(outs)))
		return
	}
	c.ordinal(it, int(n.val))
	c.lobOrder(it.pos, outs[n.val-1].t)
}

func (c *checker) orderBy(q *query, s *selectCore, outs []outCol, sc *scope) {
	if c.err != nil {
		return
	}
	grouped := len(s.group) > 0 || s.having != nil || c.hasAggregate(s)
	for i := range q.order {
		it := &q.order[i]
		if n, ok := it.x.(*numLit); ok {
			c.position(it, n, outs)
			continue
		}
		sc.clause, sc.agg, sc.win, sc.aliases, sc.next = "ORDER BY", true, true, outs, nextNever
		if containsAggregate(it.x) && !grouped {
			c.fail(it.pos, 937, "aggregate in ORDER BY of a query without GROUP BY", "")
		}
		if r, ok := it.x.(*colRef); ok && r.qual == "" && c.orderAlias(it, r, outs, sc) {
			continue
		}
		c.aliasesIn(it.x, outs, sc)
		t := c.expr(it.x, sc)
		c.lobOrder(it.pos, t)
		if c.err != nil {
			return
		}
		if s.distinct && !c.selected(it.x, outs) {
			c.fail(it.pos, 1791, "SELECT DISTINCT with ORDER BY of what is not selected", "the column in the SELECT list, too")
		}
		if grouped {
			c.grouped(it.x, c.groupKeys(s), s)
		}
	}
}

// orderAlias recognizes an ORDER BY key that is a select alias.
func (c *checker) orderAlias(it *orderItem, r *colRef, outs []outCol, sc *scope) bool {
	found := -1
	for i, o := range outs {
		if o.name != r.name || o.x == nil || !o.alias {
			continue
		}
		if found >= 0 && c.key(outs[found].x) != c.key(o.x) {
			c.fail(it.pos, 960, "alias "+r.name+" stands for two columns", "different aliases")
			return true
		}
		found = i
	}
	if found < 0 {
		return false
	}
	if col, ok := outs[found].x.(*colRef); ok && col.name == r.name {
		return false // the same column under its own name
	}
	c.lobOrder(it.pos, outs[found].t)
	c.ordinal(it, found+1)
	return true
}

// aliasesIn resolves select aliases inside an ORDER BY expression.
func (c *checker) aliasesIn(x expr, outs []outCol, sc *scope) {
	visit(x, func(e expr) bool {
		r, ok := e.(*colRef)
		if !ok || r.qual != "" {
			return true
		}
		for _, o := range outs {
			if !o.alias || o.name != r.name || o.x == nil {
				continue
			}
			if col, ok := o.x.(*colRef); ok && col.name == r.name {
				continue
			}
			for _, src := range sc.sources {
				if _, n := src.find(r.name); n > 0 {
					c.outside(r.pos, r.name+" is a column and an alias", "another alias")
				}
			}
			c.cols[r] = resolved{t: o.t, alias: o.x}
		}
		return true
	})
}

// selected reports whether x is one of the select list's expressions.
func (c *checker) selected(x expr, outs []outCol) bool {
	k := c.key(x)
	r, isCol := x.(*colRef)
	for _, o := range outs {
		if o.name == openStar || o.x != nil && c.key(o.x) == k {
			return true
		}
		if isCol && o.x == nil && o.name == r.name && (o.src == nil || o.src == c.cols[r].src) {
			return true
		}
	}
	return false
}
