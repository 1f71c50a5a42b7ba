package orasql

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// call writes a function so that it means on both engines what it means on
// Oracle, where an empty text is NULL.
func (e *emitter) call(x *call) {
	if x.over != nil || aggregates[x.name] {
		e.aggregate(x)
		return
	}
	switch x.name {
	case "NVL":
		e.plain("COALESCE", x.args)
	case "NVL2":
		e.w("CASE WHEN ")
		e.operand(x.args[0], false)
		e.w(" IS NOT NULL THEN ")
		e.expr(x.args[1])
		e.w(" ELSE ")
		e.expr(x.args[2])
		e.w(" END")
	case "GREATEST", "LEAST":
		e.extreme(x)
	case "MOD":
		e.mod(x)
	case "SIGN":
		e.sign(x.args[0])
	case "ROUND", "FLOOR", "CEIL":
		e.round(x)
	case "SUBSTR":
		e.substr(x)
	case "INSTR":
		e.plain(map[Dialect]string{SQLite: "instr", Postgres: "strpos"}[e.d], x.args)
	case "TRIM", "LTRIM", "RTRIM":
		e.w("NULLIF(")
		e.plain(x.name, x.args)
		e.w(", '')")
	case "REPLACE":
		e.replace(x)
	default: // COALESCE NULLIF ABS UPPER LOWER LENGTH
		e.plain(x.name, x.args)
	}
}

func (e *emitter) plain(name string, args []expr) {
	e.w(name, "(")
	e.list(args)
	e.w(")")
}

// extreme: one NULL makes the result NULL, as in SQLite's max and min; not so
// in PostgreSQL.
func (e *emitter) extreme(x *call) {
	if len(x.args) == 1 {
		e.w("(")
		e.expr(x.args[0])
		e.w(")")
		return
	}
	if e.d == SQLite {
		e.plain(map[string]string{"GREATEST": "max", "LEAST": "min"}[x.name], x.args)
		return
	}
	some := false
	for _, a := range x.args {
		if !e.c.types[a].null {
			continue
		}
		if some {
			e.w(" OR ")
		} else {
			e.w("CASE WHEN ")
		}
		some = true
		e.operand(a, false)
		e.w(" IS NULL")
	}
	if some {
		e.w(" THEN NULL ELSE ")
	}
	e.plain(x.name, x.args)
	if some {
		e.w(" END")
	}
}

// mod: Oracle's MOD(a, 0) is a.
func (e *emitter) mod(x *call) {
	safe := false
	if n, ok := x.args[1].(*numLit); ok {
		safe = n.val != 0
	}
	core := func() {
		e.w("(")
		e.operand(x.args[0], true)
		e.w(" % ")
		e.operand(x.args[1], true)
		e.w(")")
	}
	if safe {
		core()
		return
	}
	e.w("CASE WHEN ")
	e.operand(x.args[1], false)
	e.w(" = 0 THEN ")
	e.expr(x.args[0])
	e.w(" ELSE ")
	core()
	e.w(" END")
}

func (e *emitter) sign(x expr) {
	e.w("CASE WHEN ")
	e.operand(x, false)
	e.w(" > 0 THEN 1 WHEN ")
	e.operand(x, false)
	e.w(" < 0 THEN -1 WHEN ")
	e.operand(x, false)
	e.w(" = 0 THEN 0 END")
}

// round: whole numbers stay as they are; only AVG has decimals.
func (e *emitter) round(x *call) {
	if !e.c.types[x.args[0]].frac {
		e.w("(")
		e.expr(x.args[0])
		e.w(")")
		return
	}
	if len(x.args) == 2 {
		e.plain("ROUND", x.args)
		return
	}
	e.w("CAST(")
	e.plain(x.name, x.args[:1])
	e.w(map[Dialect]string{SQLite: " AS INTEGER)", Postgres: " AS bigint)"}[e.d])
}

// substr: position 0 counts as 1, a negative one counts from the end, and
// what is empty is NULL.
func (e *emitter) substr(x *call) {
	s, p := x.args[0], x.args[1]
	simple := wholeLiteral(p, 1) && (len(x.args) == 2 || wholeLiteral(x.args[2], 1))
	if simple {
		e.w("NULLIF(")
		e.plain("substr", x.args)
		e.w(", '')")
		return
	}
	start := func() {
		e.w("CASE WHEN ")
		e.operand(p, false)
		e.w(" = 0 THEN 1 WHEN ")
		e.operand(p, false)
		e.w(" < 0 THEN length(")
		e.expr(s)
		e.w(") + 1 + ")
		e.operand(p, true)
		e.w(" ELSE ")
		e.expr(p)
		e.w(" END")
	}
	e.w("CASE WHEN ")
	start()
	e.w(" >= 1")
	if len(x.args) == 3 {
		e.w(" AND ")
		e.operand(x.args[2], false)
		e.w(" >= 1")
	}
	e.w(" THEN NULLIF(substr(")
	e.expr(s)
	e.w(", ")
	e.small(start)
	if len(x.args) == 3 {
		e.w(", ")
		e.small(func() { e.expr(x.args[2]) })
	}
	e.w("), '') END")
}

// small writes a number where PostgreSQL wants 32 bits.
func (e *emitter) small(f func()) {
	if e.d == SQLite {
		f()
		return
	}
	e.w("CAST(LEAST(")
	f()
	e.w(", 1000000000) AS integer)")
}

// replace: a NULL to look for changes nothing, a NULL to put in removes.
func (e *emitter) replace(x *call) {
	e.w("NULLIF(replace(")
	e.expr(x.args[0])
	for i := 1; i < 3; i++ {
		e.w(", ")
		switch {
		case i >= len(x.args):
			e.w("''")
		case e.c.types[x.args[i]].null:
			e.w("COALESCE(")
			e.expr(x.args[i])
			e.w(", '')")
		default:
			e.expr(x.args[i])
		}
	}
	e.w("), '')")
}

// aggregate writes aggregates and window functions. PostgreSQL's SUM of a
// bigint is numeric and comes back to bigint here.
func (e *emitter) aggregate(x *call) {
	sum := x.name == "SUM" && e.d == Postgres
	if sum {
		e.w("CAST(")
	}
	e.w(x.name, "(")
	switch {
	case x.star:
		e.w("*")
	case x.distinct:
		e.w("DISTINCT ")
	}
	for i, a := range x.args {
		if i > 0 {
			e.w(", ")
		}
		e.aggregated(a)
	}
	e.w(")")
	if x.over != nil {
		e.over(x.over)
	}
	if sum {
		e.w(" AS bigint)")
	}
}

// aggregated gives literals of text a type: PostgreSQL's window functions take
// any and guess none.
func (e *emitter) aggregated(a expr) {
	switch a.(type) {
	case *strLit, *nullLit:
		if k := e.c.types[a].k; e.d == Postgres && (k == Text || k == Unknown) {
			e.w("CAST(")
			e.expr(a)
			e.w(" AS text)")
			return
		}
	}
	e.expr(a)
}

func (e *emitter) over(w *window) {
	e.w(" OVER (")
	for i, x := range w.partition {
		if i == 0 {
			e.w("PARTITION BY ")
		} else {
			e.w(", ")
		}
		e.expr(x)
	}
	for i := range w.order {
		switch {
		case i > 0:
			e.w(", ")
		case len(w.partition) > 0:
			e.w(" ORDER BY ")
		default:
			e.w("ORDER BY ")
		}
		it := &w.order[i]
		e.expr(it.x)
		e.direction(it, e.c.types[it.x].null)
	}
	if w.frame != "" {
		e.w(" ", w.frame)
	}
	e.w(")")
}
