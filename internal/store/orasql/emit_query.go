package orasql

import (
	"slices"
	"strconv"
)

func (e *emitter) query(q *query) {
	top, inFrom := e.top, e.inFrom
	e.top, e.inFrom = false, false
	e.withClause(q)
	e.top, e.inFrom = top, inFrom
	e.body(q.body)
	e.top = false
	e.orderBy(q)
	e.page(q)
	e.lock(q)
}

func (e *emitter) withClause(q *query) {
	for i, w := range q.with {
		if i == 0 {
			e.w("WITH ")
			for _, o := range q.with {
				if e.c.recur[o] {
					e.w("RECURSIVE ")
					break
				}
			}
		} else {
			e.w(", ")
		}
		e.w(e.name(w.name))
		if w.cols != nil {
			e.w(" (", e.names(w.cols), ")")
		}
		e.w(" AS (")
		if e.c.recur[w] {
			s := w.q.body.(*setOp)
			e.castList = e.d == Postgres
			e.branch(s.l, false)
			e.castList = false
			e.w(" UNION ALL ")
			e.branch(s.r, true)
		} else {
			e.inFrom = w.cols == nil
			e.query(w.q)
		}
		e.w(") ")
	}
}

func (e *emitter) body(b body) {
	switch b := b.(type) {
	case *selectCore:
		e.selectCore(b)
	case *setOp:
		e.branch(b.l, false)
		op := b.op
		if op == "MINUS" {
			op = "EXCEPT"
		}
		e.w(" ", op, " ")
		e.branch(b.r, true)
	}
}

// branch writes one side of a set operation so that the order of evaluation
// stays Oracle's: strictly left to right. SQLite works that way and knows no
// brackets here; PostgreSQL binds INTERSECT tighter and takes brackets.
func (e *emitter) branch(b body, right bool) {
	s, ok := b.(*setOp)
	switch {
	case !ok || e.d == SQLite && !right:
		e.body(b)
	case e.d == Postgres:
		e.w("(")
		e.body(s)
		e.w(")")
	default:
		e.w("SELECT * FROM (")
		e.body(s)
		e.w(")")
	}
}

func (e *emitter) selectCore(s *selectCore) {
	top, cast, inFrom := e.top, e.castList, e.inFrom
	e.top, e.castList, e.inFrom = false, false, false
	e.w("SELECT ")
	if s.distinct {
		e.w("DISTINCT ")
	}
	first := true
	sep := func() {
		if !first {
			e.w(", ")
		}
		first = false
	}
	for i := range s.items {
		it := &s.items[i]
		if it.star {
			e.star(s, it, sep)
			continue
		}
		sep()
		e.item(it.x, top, cast)
		_, plain := it.x.(*colRef)
		switch {
		case it.alias != "":
			e.w(" AS ", e.name(it.alias))
		case inFrom && !plain:
			e.w(" AS ", unnamed(i))
		}
	}
	e.from(s)
	if s.where != nil {
		e.w(" WHERE ")
		e.cond(s.where)
	}
	for i, g := range s.group {
		if i == 0 {
			e.w(" GROUP BY ")
		} else {
			e.w(", ")
		}
		e.expr(g)
	}
	if s.having != nil {
		e.w(" HAVING ")
		e.cond(s.having)
	}
}

// unnamed is the name of a subquery's column that has none, for *.
func unnamed(i int) string { return "column_" + strconv.Itoa(i+1) }

func (e *emitter) item(x expr, top, cast bool) {
	t := e.c.types[x]
	switch {
	case cast && t.k != Unknown:
		e.w("CAST(")
		e.expr(x)
		e.w(" AS ", pgType(t.k), ")")
	case top && t.frac && e.d == Postgres:
		e.w("CAST(")
		e.expr(x)
		e.w(" AS double precision)")
	default:
		e.expr(x)
	}
}

// star writes the columns of * in the catalog's order.
func (e *emitter) star(s *selectCore, it *selectItem, sep func()) {
	using := e.c.using[s]
	if it.qual == "" {
		for _, n := range using {
			sep()
			e.w(e.name(n))
		}
	}
	for _, src := range e.c.srcs[s] {
		if it.qual != "" && src.name != it.qual {
			continue
		}
		for i, col := range src.cols {
			if slices.Contains(using, col.name) {
				continue
			}
			sep()
			if src.name != "" {
				e.w(e.name(src.name), ".")
			}
			if col.name == "" {
				e.w(unnamed(i))
			} else {
				e.w(e.name(col.name))
			}
		}
	}
}

func (e *emitter) from(s *selectCore) {
	if len(s.from) == 1 {
		if t, ok := s.from[0].(*tableRef); ok && e.c.froms[t] != nil && e.c.froms[t].dual {
			return
		}
	}
	e.w(" FROM ")
	for i, f := range s.from {
		if i > 0 {
			e.w(", ")
		}
		e.table(f)
	}
}

func (e *emitter) table(f tableExpr) {
	switch f := f.(type) {
	case *tableRef:
		e.w(e.name(f.name))
		if f.alias != "" {
			e.w(" AS ", e.name(f.alias))
		}
	case *derived:
		e.w("(")
		e.inFrom = true
		e.query(f.q)
		e.w(")")
		alias := f.alias
		if alias == "" {
			e.subs++
			alias = "subquery_" + strconv.Itoa(e.subs)
		}
		e.w(" AS ", e.name(alias))
	case *join:
		e.table(f.l)
		e.w(" ", f.kind, " JOIN ")
		if _, nested := f.r.(*join); nested {
			e.w("(")
			e.table(f.r)
			e.w(")")
		} else {
			e.table(f.r)
		}
		if f.on != nil {
			e.w(" ON ")
			inOn := e.inOn
			e.inOn = true
			e.cond(f.on)
			e.inOn = inOn
		}
		for i, u := range f.using {
			if i == 0 {
				e.w(" USING (")
			} else {
				e.w(", ")
			}
			e.w(e.name(u.name))
		}
		if f.using != nil {
			e.w(")")
		}
	}
}

func (e *emitter) orderBy(q *query) {
	outs := e.c.outs[q]
	for i := range q.order {
		it := &q.order[i]
		if i == 0 {
			e.w(" ORDER BY ")
		} else {
			e.w(", ")
		}
		if n := e.c.ords[it]; n > 0 {
			e.w(strconv.Itoa(n))
			e.direction(it, n > len(outs) || outs[n-1].t.null)
			continue
		}
		e.expr(it.x)
		e.direction(it, e.c.types[it.x].null)
	}
}

// direction writes DESC and where NULLs go. A key that cannot be NULL stays
// without, so that SQLite can use an index for the order.
func (e *emitter) direction(it *orderItem, null bool) {
	nulls := it.nulls
	if it.desc {
		e.w(" DESC")
	}
	if nulls == "" {
		nulls = map[bool]string{true: "FIRST", false: "LAST"}[it.desc]
	}
	if null {
		e.w(" NULLS ", nulls)
	}
}

// page writes OFFSET and FETCH. On Oracle a NULL or negative count is no rows.
func (e *emitter) page(q *query) {
	switch {
	case q.fetch != nil:
		e.w(" LIMIT ")
		e.count(q.fetch)
	case q.offset != nil && e.d == SQLite:
		e.w(" LIMIT -1")
	}
	if q.offset != nil {
		e.w(" OFFSET ")
		e.count(q.offset)
	}
}

func (e *emitter) count(x expr) {
	b, ok := x.(*bindRef)
	switch {
	case !ok:
		e.expr(x)
	case e.d == SQLite:
		e.w("max(ifnull(")
		e.bind(b)
		e.w(", 0), 0)")
	default:
		e.w("GREATEST(")
		e.bind(b)
		e.w(", 0)")
	}
}

// lock writes FOR UPDATE for PostgreSQL. SQLite has one writer and needs none.
func (e *emitter) lock(q *query) {
	if q.lock == nil || e.d == SQLite {
		return
	}
	e.w(" FOR UPDATE")
	s, ok := q.body.(*selectCore)
	if !ok {
		return
	}
	var of []string
	add := func(n string) {
		for _, o := range of {
			if o == n {
				return
			}
		}
		of = append(of, n)
	}
	for _, r := range q.lock.of {
		if src := e.c.cols[r].src; src != nil {
			if src.nullable {
				e.outside(r.pos, "FOR UPDATE OF the optional side of an outer join", "a second query")
			}
			add(src.name)
		}
	}
	some := false
	for _, src := range e.c.srcs[s] {
		some = some || src.nullable || !src.base
	}
	if len(of) == 0 && some {
		for _, src := range e.c.srcs[s] {
			if src.base && !src.nullable {
				add(src.name)
			}
		}
	}
	if len(of) > 0 {
		e.w(" OF ", e.names(of))
	}
	if q.lock.mode == "NOWAIT" || q.lock.mode == "SKIP LOCKED" {
		e.w(" ", q.lock.mode)
	}
}

func (e *emitter) insert(s *insertStmt) {
	t := e.c.tgt.table
	var cols []*TableColumn
	var names []string
	if s.cols == nil {
		for _, col := range t.Columns {
			if col.Virtual == "" {
				cols, names = append(cols, col), append(names, col.Name)
			}
		}
	}
	for _, r := range s.cols {
		cols, names = append(cols, t.Column(r.name)), append(names, r.name)
	}
	e.w("INSERT INTO ", e.name(t.Name), " (", e.names(names), ") ")
	if s.q != nil {
		e.query(s.q)
		return
	}
	e.w("VALUES (")
	for i, x := range s.vals {
		if i > 0 {
			e.w(", ")
		}
		e.insertValue(t, cols[i], x)
	}
	e.w(")")
	e.returning(s.ret)
}

// insertValue gives PostgreSQL's identity columns Oracle's ON NULL.
func (e *emitter) insertValue(t *Table, col *TableColumn, x expr) {
	if e.d == SQLite || col.Identity != "DEFAULT ON NULL" || !e.c.types[x].null {
		e.expr(x)
		return
	}
	if e.c.types[x].lit {
		e.w("DEFAULT")
		return
	}
	e.w("COALESCE(")
	e.expr(x)
	e.w(", nextval(pg_get_serial_sequence(", quote(e.name(t.Name)), ", ", quote(pgPlain(e, col.Name)), ")))")
}

// pgPlain is a column's name as pg_get_serial_sequence takes it: never quoted.
func pgPlain(e *emitter, n string) string {
	q := e.name(n)
	if len(q) > 1 && q[0] == '"' {
		return q[1 : len(q)-1]
	}
	return q
}

func (e *emitter) update(s *updateStmt) {
	e.w("UPDATE ", e.name(s.table.name))
	if s.table.alias != "" {
		e.w(" AS ", e.name(s.table.alias))
	}
	e.w(" SET ")
	for i := range s.sets {
		it := &s.sets[i]
		if i > 0 {
			e.w(", ")
		}
		if it.q == nil {
			e.w(e.name(it.cols[0].name), " = ")
			e.expr(it.x)
			continue
		}
		var names []string
		for _, r := range it.cols {
			names = append(names, r.name)
		}
		if len(names) == 1 {
			e.w(e.name(names[0]), " = (")
		} else {
			e.w("(", e.names(names), ") = (")
		}
		e.query(it.q)
		e.w(")")
	}
	if s.where != nil {
		e.w(" WHERE ")
		e.cond(s.where)
	}
	e.returning(s.ret)
}

func (e *emitter) delete(s *deleteStmt) {
	e.w("DELETE FROM ", e.name(s.table.name))
	if s.table.alias != "" {
		e.w(" AS ", e.name(s.table.alias))
	}
	if s.where != nil {
		e.w(" WHERE ")
		e.cond(s.where)
	}
	e.returning(s.ret)
}

func (e *emitter) returning(r *returning) {
	if r == nil {
		return
	}
	e.bareCols = true
	for i, it := range r.items {
		if i == 0 {
			e.w(" RETURNING ")
		} else {
			e.w(", ")
		}
		e.item(it.x, true, false)
		label := expressionLabel(e.text, it.pos, it.end)
		if c, ok := it.x.(*colRef); ok {
			label = expressionLabel(c.name, 0, len(c.name))
		}
		e.out.Columns = append(e.out.Columns, Column{label, e.c.types[it.x].k})
	}
	e.bareCols = false
}
