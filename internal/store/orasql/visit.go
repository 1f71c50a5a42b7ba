package orasql

import (
	"strconv"
	"strings"
)

// visit calls f for e and, where f returns true, for the expressions directly
// below it, but not for those of subqueries.
func visit(e expr, f func(expr) bool) {
	if e == nil || !f(e) {
		return
	}
	all := func(xs []expr) {
		for _, x := range xs {
			visit(x, f)
		}
	}
	switch e := e.(type) {
	case *call:
		all(e.args)
		if e.over != nil {
			all(e.over.partition)
			for i := range e.over.order {
				visit(e.over.order[i].x, f)
			}
		}
	case *unary:
		visit(e.x, f)
	case *binary:
		visit(e.l, f)
		visit(e.r, f)
	case *chain:
		all(e.xs)
	case *isNull:
		visit(e.x, f)
	case *isJSON:
		visit(e.x, f)
	case *between:
		visit(e.x, f)
		visit(e.lo, f)
		visit(e.hi, f)
	case *inList:
		all(e.left)
		for _, r := range e.rows {
			all(r)
		}
	case *inQuery:
		all(e.left)
	case *like:
		visit(e.x, f)
		visit(e.pat, f)
	case *caseExpr:
		if e.operand != nil {
			visit(e.operand, f)
		}
		for _, w := range e.whens {
			visit(w.cond, f)
			visit(w.then, f)
		}
		if e.els != nil {
			visit(e.els, f)
		}
	case *castExpr:
		visit(e.x, f)
	case *tuple:
		all(e.xs)
	}
}

// visitDeep calls f for e and everything below it, subqueries included.
func visitDeep(e expr, f func(expr)) {
	visit(e, func(x expr) bool {
		f(x)
		switch x := x.(type) {
		case *subquery:
			visitQuery(x.q, f)
		case *exists:
			visitQuery(x.q, f)
		case *inQuery:
			visitQuery(x.q, f)
		}
		return true
	})
}

func visitQuery(q *query, f func(expr)) {
	for _, w := range q.with {
		visitQuery(w.q, f)
	}
	visitBody(q.body, f)
	for i := range q.order {
		visitDeep(q.order[i].x, f)
	}
}

func visitBody(b body, f func(expr)) {
	switch b := b.(type) {
	case *setOp:
		visitBody(b.l, f)
		visitBody(b.r, f)
	case *selectCore:
		for _, it := range b.items {
			if it.x != nil {
				visitDeep(it.x, f)
			}
		}
		for _, t := range b.from {
			visitTable(t, f)
		}
		for _, x := range b.group {
			visitDeep(x, f)
		}
		for _, x := range []expr{b.where, b.having} {
			if x != nil {
				visitDeep(x, f)
			}
		}
	}
}

func visitTable(t tableExpr, f func(expr)) {
	switch t := t.(type) {
	case *derived:
		visitQuery(t.q, f)
	case *join:
		visitTable(t.l, f)
		visitTable(t.r, f)
		if t.on != nil {
			visitDeep(t.on, f)
		}
	}
}

func containsAggregate(e expr) bool {
	found := false
	visit(e, func(x expr) bool {
		if c, ok := x.(*call); ok && aggregates[c.name] && c.over == nil {
			found = true
		}
		return !found
	})
	return found
}

func containsWindow(e expr) bool {
	found := false
	visit(e, func(x expr) bool {
		if c, ok := x.(*call); ok && c.over != nil {
			found = true
		}
		return !found
	})
	return found
}

// countRefs counts how often the FROM clauses of q name a WITH name.
func countRefs(q *query, name string) int {
	n := 0
	for _, w := range q.with {
		if w.name == name {
			return 0 // hidden by an inner name
		}
		n += countRefs(w.q, name)
	}
	return n + countBody(q.body, name)
}

func countBody(b body, name string) int {
	n := 0
	switch b := b.(type) {
	case *setOp:
		return countBody(b.l, name) + countBody(b.r, name)
	case *selectCore:
		for _, t := range b.from {
			n += countTable(t, name)
		}
		inner := func(e expr) {
			switch e := e.(type) {
			case *subquery:
				n += countRefs(e.q, name)
			case *exists:
				n += countRefs(e.q, name)
			case *inQuery:
				n += countRefs(e.q, name)
			}
		}
		each := func(x expr) {
			if x != nil {
				visit(x, func(e expr) bool { inner(e); return true })
			}
		}
		for _, it := range b.items {
			each(it.x)
		}
		for _, x := range b.group {
			each(x)
		}
		each(b.where)
		each(b.having)
	}
	return n
}

func countTable(t tableExpr, name string) int {
	switch t := t.(type) {
	case *tableRef:
		if t.name == name {
			return 1
		}
	case *derived:
		return countRefs(t.q, name)
	case *join:
		n := countTable(t.l, name) + countTable(t.r, name)
		if t.on != nil {
			visit(t.on, func(e expr) bool {
				switch e := e.(type) {
				case *subquery:
					n += countRefs(e.q, name)
				case *exists:
					n += countRefs(e.q, name)
				case *inQuery:
					n += countRefs(e.q, name)
				}
				return true
			})
		}
		return n
	}
	return 0
}

// directRef reports whether name stands in the FROM itself and where every
// row of it counts.
func directRef(from []tableExpr, name string) bool {
	for _, t := range from {
		if directIn(t, name) {
			return true
		}
	}
	return false
}

func directIn(t tableExpr, name string) bool {
	switch t := t.(type) {
	case *tableRef:
		return t.name == name
	case *join:
		return t.kind != "RIGHT" && t.kind != "FULL" && directIn(t.l, name) || t.kind != "LEFT" && t.kind != "FULL" && directIn(t.r, name)
	}
	return false
}

// key writes e so that two expressions with the same meaning have the same
// key. Binds never equal each other: Oracle compares placeholders, not names.
func (c *checker) key(e expr) string {
	var b strings.Builder
	c.writeKey(&b, e)
	return b.String()
}

func (c *checker) writeKey(b *strings.Builder, e expr) {
	list := func(xs []expr) {
		for _, x := range xs {
			c.writeKey(b, x)
			b.WriteByte(',')
		}
	}
	switch e := e.(type) {
	case nil:
	case *colRef:
		res := c.cols[e]
		switch {
		case res.alias != nil:
			c.writeKey(b, res.alias)
			return
		case res.src != nil && c.cat != nil:
			b.WriteString(strconv.Itoa(res.src.id))
		}
		b.WriteString("." + e.name)
	case *numLit:
		b.WriteString(e.text)
	case *strLit:
		b.WriteString(strconv.Quote(e.val))
	case *nullLit:
		b.WriteString("NULL")
	case *timeLit:
		b.WriteString("T" + e.utc)
	case *bindRef:
		b.WriteString(":" + e.name + "@" + strconv.Itoa(e.pos))
	case *call:
		b.WriteString(e.name + "(")
		if e.star {
			b.WriteByte('*')
		}
		if e.distinct {
			b.WriteString("DISTINCT ")
		}
		list(e.args)
		b.WriteByte(')')
		if e.over != nil {
			b.WriteString("OVER@" + strconv.Itoa(e.pos))
		}
	case *unary:
		b.WriteString(e.op + "(")
		c.writeKey(b, e.x)
		b.WriteByte(')')
	case *binary:
		b.WriteByte('(')
		c.writeKey(b, e.l)
		b.WriteString(e.op)
		c.writeKey(b, e.r)
		b.WriteByte(')')
	case *chain:
		b.WriteString(e.op + "(")
		list(e.xs)
		b.WriteByte(')')
	case *isNull:
		b.WriteString("ISNULL" + strconv.FormatBool(e.not) + "(")
		c.writeKey(b, e.x)
		b.WriteByte(')')
	case *between:
		b.WriteString("BETWEEN" + strconv.FormatBool(e.not) + "(")
		list([]expr{e.x, e.lo, e.hi})
		b.WriteByte(')')
	case *inList:
		b.WriteString("IN" + strconv.FormatBool(e.not) + "(")
		list(e.left)
		for _, r := range e.rows {
			b.WriteByte('(')
			list(r)
			b.WriteByte(')')
		}
		b.WriteByte(')')
	case *like:
		b.WriteString("LIKE" + strconv.FormatBool(e.not) + strconv.Quote(e.esc) + "(")
		list([]expr{e.x, e.pat})
		b.WriteByte(')')
	case *caseExpr:
		b.WriteString("CASE(")
		c.writeKey(b, e.operand)
		for _, w := range e.whens {
			b.WriteString(" W ")
			c.writeKey(b, w.cond)
			b.WriteString(" T ")
			c.writeKey(b, w.then)
		}
		b.WriteString(" E ")
		c.writeKey(b, e.els)
		b.WriteByte(')')
	case *castExpr:
		b.WriteString("CAST(")
		c.writeKey(b, e.x)
		b.WriteString(" " + e.to.name + strconv.Itoa(e.to.n) + ")")
	default: // subqueries equal only themselves
		b.WriteString("@" + strconv.Itoa(e.at()))
	}
}
