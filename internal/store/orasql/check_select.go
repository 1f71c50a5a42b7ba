package orasql

import (
	"slices"
	"strconv"
	"strings"
)

// selectCore checks one SELECT and returns its columns and its scope.
func (c *checker) selectCore(s *selectCore, parent *scope, place string) ([]outCol, *scope) {
	sc := &scope{parent: parent}
	for _, f := range s.from {
		c.from(f, sc, sc)
	}
	if c.err != nil {
		return nil, sc
	}
	if c.srcs == nil {
		c.srcs = map[*selectCore][]*source{}
	}
	c.srcs[s] = sc.sources
	if sc.mergedOrder != nil {
		if c.using == nil {
			c.using = map[*selectCore][]string{}
		}
		c.using[s] = sc.mergedOrder
	}
	if len(sc.sources) > 1 {
		for _, src := range sc.sources {
			if src.dual {
				c.outside(s.pos, "dual beside other tables", "the value in the SELECT list")
			}
		}
	}
	sc.aliases = aliasesOf(s)
	if s.where != nil {
		sc.clause = "WHERE"
		c.cond(s.where, sc)
	}
	c.groupBy(s, sc)
	sc.clause, sc.agg, sc.win = "SELECT", true, true
	sc.next = nextIn(s, place, sc)
	var outs []outCol
	for i := range s.items {
		outs = c.item(&s.items[i], s, sc, outs)
		if c.err != nil {
			return outs, sc
		}
	}
	sc.next = nextNever
	if s.having != nil {
		sc.clause, sc.win = "HAVING", false
		c.cond(s.having, sc)
		sc.win = true
		if len(s.group) == 0 && !c.hasAggregate(s) {
			c.outside(s.having.at(), "HAVING without GROUP BY and without an aggregate in the SELECT list", "the aggregate in the SELECT list, too")
		}
	}
	c.distinctLob(s, outs)
	if len(s.group) > 0 || s.having != nil || c.hasAggregate(s) {
		c.checkGrouped(s, outs)
	}
	return outs, sc
}

// nextIn says whether the select list of s may have NEXTVAL.
func nextIn(s *selectCore, place string, sc *scope) nextPlace {
	switch {
	case place != "" && place != "INSERT", s.distinct, len(s.group) > 0, s.having != nil:
		return nextNever
	case place == "" && len(sc.sources) == 1 && sc.sources[0].dual:
		return nextOne
	}
	return nextOutside
}

func aliasesOf(s *selectCore) []outCol {
	var out []outCol
	for _, it := range s.items {
		if it.alias != "" {
			out = append(out, outCol{name: it.alias, alias: true})
		}
	}
	return out
}

func (c *checker) distinctLob(s *selectCore, outs []outCol) {
	if !s.distinct {
		return
	}
	for _, o := range outs {
		if o.t.lob {
			c.fail(s.pos, 932, "DISTINCT over a CLOB or BLOB", "the columns without it")
		}
	}
}

func (c *checker) groupBy(s *selectCore, sc *scope) {
	sc.clause = "GROUP BY"
	for _, g := range s.group {
		if t := c.expr(g, sc); t.lob {
			c.fail(g.at(), 932, "GROUP BY a CLOB or BLOB", "another column")
		}
		visitDeep(g, func(e expr) {
			switch e.(type) {
			case *subquery, *exists, *inQuery:
				c.fail(e.at(), 22818, "subquery in GROUP BY", "a subquery in FROM")
			}
		})
	}
}

// item checks one entry of the select list and adds its columns to outs.
func (c *checker) item(it *selectItem, s *selectCore, sc *scope, outs []outCol) []outCol {
	if !it.star {
		t := c.expr(it.x, sc)
		o := outCol{name: it.alias, t: t, x: it.x, alias: it.alias != ""}
		if r, ok := it.x.(*colRef); ok && it.alias == "" {
			o.name = r.name
		}
		o.label = strings.ToUpper(o.name)
		if o.name == "" {
			o.label = expressionLabel(c.text, it.pos, it.end)
		}
		return append(outs, o)
	}
	found := false
	if it.qual == "" {
		outs = c.expandMerged(sc, outs)
	}
	for _, src := range sc.sources {
		if it.qual != "" && src.name != it.qual {
			continue
		}
		found = true
		if src.dual {
			c.outside(it.pos, "* of dual", "a value")
		}
		outs = c.expand(it, src, sc, outs)
	}
	if !found && c.err == nil {
		c.fail(it.pos, 904, "no table or alias "+it.qual, "")
	}
	return outs
}

// expandMerged adds the columns of USING, which * names once and first.
func (c *checker) expandMerged(sc *scope, outs []outCol) []outCol {
	for _, name := range sc.mergedOrder {
		outs = append(outs, outCol{name: name, label: strings.ToUpper(name), t: sc.merged[name]})
	}
	return outs
}

func (c *checker) expand(it *selectItem, src *source, sc *scope, outs []outCol) []outCol {
	if src.open {
		return append(outs, outCol{name: openStar, t: typ{null: true}, src: src})
	}
	for i, col := range src.cols {
		if col.name == "" { // it has a name of ours, which nobody can write
			outs = append(outs, outCol{label: col.label, t: col.t, src: src})
			continue
		}
		if _, merged := sc.merged[col.name]; merged {
			if it.qual != "" {
				c.outside(it.pos, "t.* of a table joined by USING", "the columns by name")
			}
			continue
		}
		if col.name == openStar {
			return append(outs, outCol{name: openStar, t: typ{null: true}, src: src})
		}
		if _, n := src.find(col.name); n > 1 {
			c.fail(it.pos, 918, "* over two columns named "+col.name, "different aliases in the subquery")
			return outs
		}
		o := outCol{name: col.name, label: src.cols[i].label, t: col.t, src: src, origin: col.origin}
		o.t.null = o.t.null || src.nullable
		outs = append(outs, o)
	}
	return outs
}

// expressionLabel is how Oracle names a column without an alias: its text in
// upper case without blanks.
func expressionLabel(text string, pos, end int) string {
	raw := text[pos:min(max(pos, end), len(text))]
	var b strings.Builder
	quoted := false
	for _, r := range raw {
		if r == '\'' {
			quoted = !quoted
		}
		if !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r') {
			continue
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// from adds the sources of f to sc. within is the scope that sees only what
// ON may name: the tables of this join.
func (c *checker) from(f tableExpr, sc, within *scope) {
	if c.err != nil {
		return
	}
	switch f := f.(type) {
	case *tableRef:
		c.addSource(c.tableRef(f), f, sc, f.pos)
	case *derived:
		c.ids++
		src := &source{id: c.ids, name: f.alias}
		src.cols = slices.Clone(c.query(f.q, sc.parent, "FROM"))
		if hasOpenStar(src.cols) {
			src.open = true
		}
		src.adopt()
		c.addSource(src, f, sc, f.pos)
	case *join:
		c.join(f, sc)
	}
}

// adopt makes the columns of a subquery those of s.
func (s *source) adopt() {
	for i := range s.cols {
		col := &s.cols[i]
		if col.x != nil {
			col.origin = col.x
		}
		col.src, col.x, col.alias = s, nil, false
	}
}

func (c *checker) addSource(src *source, f tableExpr, sc *scope, pos int) {
	if src == nil || c.err != nil {
		return
	}
	if c.froms == nil {
		c.froms = map[tableExpr]*source{}
	}
	c.froms[f] = src
	for _, o := range sc.sources {
		if o.name == src.name && src.name != "" {
			c.fail(pos, 918, "two tables named "+src.name+" in one FROM", "an alias for each")
			return
		}
	}
	if len(sc.sources) >= maxTables {
		c.fail(pos, 913, "more than "+strconv.Itoa(maxTables)+" tables", "")
		return
	}
	sc.sources = append(sc.sources, src)
}

func (c *checker) tableRef(f *tableRef) *source {
	c.ids++
	alias := f.alias
	if alias == "" {
		alias = f.name
	}
	for i := len(c.with) - 1; i >= 0; i-- {
		if w := c.with[i]; w.name == f.name {
			src := &source{id: c.ids, name: alias, cols: slices.Clone(w.cols), open: hasOpenStar(w.cols)}
			src.adopt()
			return src
		}
	}
	if f.name == "dual" {
		return &source{id: c.ids, name: alias, dual: true}
	}
	if c.cat == nil {
		return &source{id: c.ids, name: alias, open: true, base: true}
	}
	t := c.table(f.name, f.pos)
	if t == nil {
		return nil
	}
	return tableSource(t, alias, c.ids)
}

func (c *checker) join(j *join, sc *scope) {
	left := &scope{parent: sc.parent, sources: nil}
	c.from(j.l, left, left)
	right := &scope{parent: sc.parent}
	c.from(j.r, right, right)
	if c.err != nil {
		return
	}
	if j.kind == "LEFT" || j.kind == "FULL" {
		markNullable(right)
	}
	if j.kind == "RIGHT" || j.kind == "FULL" {
		markNullable(left)
	}
	both := &scope{parent: sc.parent, clause: "ON"}
	for _, side := range []*scope{left, right} {
		for _, n := range side.mergedOrder {
			both.merge(n, side.merged[n])
		}
		for _, s := range side.sources {
			c.addSource(s, j, both, j.pos)
			c.addSource(s, j, sc, j.pos)
		}
	}
	if c.err != nil {
		return
	}
	if j.on != nil {
		c.cond(j.on, both)
		if j.kind == "FULL" && !equiJoin(j.on) {
			c.outside(j.on.at(), "FULL JOIN on more than equalities", "LEFT JOIN and UNION ALL")
		}
	}
	c.joinUsing(j, left, right, sc)
	for _, n := range both.mergedOrder {
		sc.merge(n, both.merged[n])
	}
}

// merge remembers a column of USING.
func (s *scope) merge(name string, t typ) {
	if s.merged == nil {
		s.merged = map[string]typ{}
	}
	if _, ok := s.merged[name]; !ok {
		s.merged[name] = t
		s.mergedOrder = append(s.mergedOrder, name)
	}
}

func markNullable(sc *scope) {
	for _, s := range sc.sources {
		s.nullable = true
	}
}

func equiJoin(e expr) bool {
	switch e := e.(type) {
	case *binary:
		_, l := e.l.(*colRef)
		_, r := e.r.(*colRef)
		return e.op == "=" && l && r
	case *chain:
		for _, x := range e.xs {
			if !equiJoin(x) {
				return false
			}
		}
		return e.op == "AND"
	}
	return false
}

// joinUsing checks the columns of USING on both sides and merges them.
func (c *checker) joinUsing(j *join, left, right, sc *scope) {
	for _, r := range j.using {
		l := &colRef{node: r.node, name: r.name}
		rr := &colRef{node: r.node, name: r.name}
		left.clause, right.clause = "USING", "USING"
		left.parent, right.parent = nil, nil
		a, b := c.column(l, left), c.column(rr, right)
		if c.err != nil {
			return
		}
		c.sameType(r.pos, a, b)
		if a.k == Unknown {
			a.k = b.k
		}
		a.null = a.null && j.kind != "RIGHT" || j.kind == "FULL" || j.kind == "RIGHT" && b.null
		sc.merge(r.name, a)
	}
}
