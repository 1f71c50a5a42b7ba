package orasql

import (
	"strings"
)

// expr writes a value.
func (e *emitter) expr(x expr) {
	if e.err != nil {
		return
	}
	switch x := x.(type) {
	case *colRef:
		e.column(x)
	case *numLit:
		e.w(x.text)
	case *strLit:
		e.w(quote(x.val))
	case *nullLit:
		if k := e.c.types[x].k; e.d == Postgres && k != Unknown {
			e.w("CAST(NULL AS ", pgType(k), ")")
		} else {
			e.w("NULL")
		}
	case *timeLit:
		if e.d == Postgres {
			e.w("TIMESTAMPTZ ")
		}
		e.w(quote(x.utc))
	case *bindRef:
		e.bind(x)
	case *sysTime:
		e.w(e.now())
	case *unary:
		e.w("-")
		e.operand(x.x, true)
	case *binary:
		e.arithmetic(x)
	case *caseExpr:
		e.caseExpr(x)
	case *castExpr:
		e.cast(x)
	case *call:
		e.call(x)
	case *subquery:
		e.w("(")
		e.query(x.q)
		e.w(")")
	default:
		e.outside(x.at(), "expression that cannot be translated", "")
	}
}

func (e *emitter) now() string {
	if e.d == Postgres {
		return "clock_timestamp()"
	}
	return "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"
}

func (e *emitter) column(r *colRef) {
	res := e.c.cols[r]
	switch {
	case isNextval(r):
		e.sequence(r)
	case res.alias != nil:
		e.w("(")
		e.expr(res.alias)
		e.w(")")
	case e.inOn && r.qual == "" && !res.merged && res.src != nil && res.src.name != "":
		e.w(e.name(res.src.name), ".", e.name(r.name))
	case r.qual != "" && !e.bareCols:
		e.w(e.name(r.qual), ".", e.name(r.name))
	default:
		e.w(e.name(r.name))
	}
}

// operand writes x in brackets where it would bind more loosely.
func (e *emitter) operand(x expr, tight bool) {
	brackets := false
	switch x := x.(type) {
	case *binary:
		brackets = tight || x.op != "*"
	case *unary:
		brackets = true
	case *numLit:
		brackets = tight && strings.HasPrefix(x.text, "-")
	}
	if brackets {
		e.w("(")
	}
	e.expr(x)
	if brackets {
		e.w(")")
	}
}

func (e *emitter) arithmetic(x *binary) {
	// PostgreSQL computes with literals in 32 bits.
	if e.d == Postgres && isConst(x.l) && isConst(x.r) {
		e.w("CAST(")
		e.expr(x.l)
		e.w(" AS bigint)")
	} else if l, ok := x.l.(*binary); ok && x.op != "*" && l.op != "*" || ok && x.op == "*" && l.op == "*" {
		e.expr(l)
	} else {
		e.operand(x.l, x.op == "*")
	}
	e.w(" ", x.op, " ")
	e.operand(x.r, true)
}

func (e *emitter) caseExpr(x *caseExpr) {
	e.w("CASE")
	if x.operand != nil {
		e.w(" ")
		e.expr(x.operand)
	}
	for _, w := range x.whens {
		e.w(" WHEN ")
		if x.operand != nil {
			e.expr(w.cond)
		} else {
			e.cond(w.cond)
		}
		e.w(" THEN ")
		e.expr(w.then)
	}
	if x.els != nil {
		e.w(" ELSE ")
		e.expr(x.els)
	}
	e.w(" END")
}

// cast writes CAST. Text that is too long is cut, as on Oracle.
func (e *emitter) cast(x *castExpr) {
	k := castTypes[x.to.name]
	if e.d == SQLite && (k == Time || k == Bytes) {
		e.expr(x.x)
		return
	}
	to := pgType(k)
	if e.d == SQLite {
		to = map[Type]string{Number: "INTEGER", Text: "TEXT"}[k]
	}
	if k == Text {
		e.w("substr(")
	}
	e.w("CAST(")
	e.expr(x.x)
	e.w(" AS ", to, ")")
	if k == Text {
		e.w(", 1, ", itoa(x.to.n), ")")
	}
}

// cond writes a condition.
func (e *emitter) cond(x expr) {
	if e.err != nil {
		return
	}
	switch x := x.(type) {
	case *chain:
		for i, y := range x.xs {
			if i > 0 {
				e.w(" ", x.op, " ")
			}
			if c, ok := y.(*chain); ok && (x.op == "AND" || c.op == "AND" && false) {
				e.w("(")
				e.cond(y)
				e.w(")")
				continue
			}
			e.cond(y)
		}
	case *unary:
		e.w("NOT (")
		e.cond(x.x)
		e.w(")")
	case *binary:
		e.operand(x.l, false)
		e.w(" ", x.op, " ")
		e.operand(x.r, false)
	case *isNull:
		e.operand(x.x, false)
		e.w(" IS ", e.not(x.not), "NULL")
	case *isJSON:
		e.json(x)
	case *between:
		e.operand(x.x, false)
		e.w(" ", e.not(x.not), "BETWEEN ")
		e.operand(x.lo, false)
		e.w(" AND ")
		e.operand(x.hi, false)
	case *like:
		e.like(x)
	case *inList:
		e.inList(x)
	case *inQuery:
		e.left(x.left)
		e.w(" ", e.not(x.not), "IN (")
		e.query(x.q)
		e.w(")")
	case *exists:
		e.w("EXISTS (")
		e.query(x.q)
		e.w(")")
	default:
		e.outside(x.at(), "condition that cannot be translated", "")
	}
}

func (e *emitter) not(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

func (e *emitter) like(x *like) {
	e.operand(x.x, false)
	e.w(" ", e.not(x.not), "LIKE ")
	e.operand(x.pat, false)
	switch {
	case x.esc != "":
		e.w(" ESCAPE ", quote(x.esc))
	case e.d == Postgres: // its default is a backslash; Oracle and SQLite have none
		e.w(" ESCAPE ''")
	}
}

// json writes IS JSON: an object or an array, as 19c takes it.
func (e *emitter) json(x *isJSON) {
	if e.d == Postgres {
		e.w("json_typeof(CAST(")
		e.expr(x.x)
		e.w(" AS json)) IN ('object', 'array')")
		return
	}
	e.w("CASE WHEN json_valid(")
	e.expr(x.x)
	e.w(") = 0 THEN 0 ELSE json_type(")
	e.expr(x.x)
	e.w(") IN ('object', 'array') END")
}

func (e *emitter) left(xs []expr) {
	if len(xs) == 1 {
		e.operand(xs[0], false)
		return
	}
	e.row(xs)
}

func (e *emitter) row(xs []expr) {
	e.w("(")
	e.list(xs)
	e.w(")")
}

func (e *emitter) list(xs []expr) {
	for i, x := range xs {
		if i > 0 {
			e.w(", ")
		}
		e.expr(x)
	}
}

func (e *emitter) inList(x *inList) {
	e.left(x.left)
	e.w(" ", e.not(x.not), "IN (")
	wide := len(x.left) > 1
	if wide && e.d == SQLite {
		e.w("VALUES ")
	}
	for i, r := range x.rows {
		if i > 0 {
			e.w(", ")
		}
		if wide {
			e.row(r)
		} else {
			e.expr(r[0])
		}
	}
	e.w(")")
}
