package orasql

// expr checks a value and returns what is known of it.
func (c *checker) expr(e expr, sc *scope) typ {
	if c.err != nil {
		return typ{}
	}
	t := c.exprType(e, sc)
	c.types[e] = t
	return t
}

func (c *checker) exprType(e expr, sc *scope) typ {
	switch e := e.(type) {
	case *colRef:
		if isNextval(e) {
			return c.nextval(e, sc)
		}
		return c.column(e, sc)
	case *numLit:
		return typ{k: Number, frac: e.frac}
	case *strLit:
		return typ{k: Text}
	case *timeLit:
		return typ{k: Time}
	case *nullLit:
		return typ{null: true, lit: true}
	case *sysTime:
		c.outside(e.pos, "SYSTIMESTAMP in a query", "a time.Time bound from the clock; SYSTIMESTAMP only as a column default")
		return typ{k: Time}
	case *bindRef:
		t := c.binds[e.name]
		t.null = true
		return t
	case *unary:
		t := c.expr(e.x, sc)
		c.wantNumber(e.x, t)
		return typ{k: Number, null: t.null, frac: t.frac}
	case *binary:
		return c.arithmetic(e, sc)
	case *caseExpr:
		return c.caseType(e, sc)
	case *castExpr:
		return c.castType(e, sc)
	case *call:
		return c.call(e, sc)
	case *subquery:
		outs := c.query(e.q, innerScope(sc), "value")
		if c.err == nil && (len(outs) != 1 && !hasOpenStar(outs)) {
			c.fail(e.pos, 913, "subquery with several columns where one value stands", "one column")
		}
		if c.err != nil || len(outs) == 0 {
			return typ{null: true}
		}
		t := outs[0].t
		t.null, t.lit = true, false
		return t
	}
	c.fail(e.at(), 936, "not a value", "")
	return typ{}
}

// innerScope is the scope a subquery looks out to; what may stand in the
// outer clause says nothing about the subquery.
func innerScope(sc *scope) *scope { return sc }

func (c *checker) nextval(e *colRef, sc *scope) typ {
	switch {
	case sc.next == nextNever || sc.inAgg:
		c.fail(e.pos, 2287, "NEXTVAL stands only in VALUES or in SELECT .. FROM dual", "SELECT "+e.qual+".NEXTVAL FROM dual first")
	case sc.next == nextOutside:
		c.outside(e.pos, "NEXTVAL for several rows", "keys made in Go, or one row with VALUES")
	case c.seqs[e.qual]:
		c.outside(e.pos, "NEXTVAL of one sequence twice", "it once, or a key made in Go")
	case c.cat != nil && c.cat.seqs[e.qual] == nil:
		c.fail(e.pos, 2289, "no sequence "+e.qual, "")
	}
	if c.seqs == nil {
		c.seqs = map[string]bool{}
	}
	c.seqs[e.qual] = true
	return typ{k: Number}
}

func (c *checker) wantNumber(e expr, t typ) {
	c.want(e, t, Number)
}

// want refuses a value of another class than k and tells a bind its class.
func (c *checker) want(e expr, t typ, k Type) {
	if c.err != nil {
		return
	}
	if t.k == Unknown {
		c.expect(e, typ{k: k})
		return
	}
	if t.lob {
		c.lobUse(e)
		return
	}
	if t.k == k {
		return
	}
	if t.k == Time && k == Number {
		c.outside(e.at(), "arithmetic with a moment", "the moment computed in Go and bound")
		return
	}
	c.outside(e.at(), "implicit conversion of "+t.k.String()+" to "+k.String(), "a value of the right type")
}

func (c *checker) lobUse(e expr) {
	c.outside(e.at(), "CLOB or BLOB in a comparison or function", "the whole document, read in Go")
}

func (c *checker) arithmetic(e *binary, sc *scope) typ {
	l, r := c.expr(e.l, sc), c.expr(e.r, sc)
	if l.k == Time || r.k == Time {
		c.outside(e.pos, "arithmetic with a moment", "the moment computed in Go and bound")
	}
	c.wantNumber(e.l, l)
	c.wantNumber(e.r, r)
	if l.frac || r.frac {
		c.outside(e.pos, "arithmetic with decimals, which engines round differently", "minor units, or Go")
	}
	return typ{k: Number, null: l.null || r.null}
}

// expect tells the binds below e, where its class is still unknown, that it
// is t.
func (c *checker) expect(e expr, t typ) {
	if t.k == Unknown || c.err != nil {
		return
	}
	switch e := e.(type) {
	case *bindRef:
		old, ok := c.binds[e.name]
		if ok && old.k != t.k {
			c.outside(e.pos, "bind :"+e.name+" is "+old.k.String()+" in one place and "+t.k.String()+" in another", "two binds")
			return
		}
		c.binds[e.name] = typ{k: t.k, null: true}
	case *caseExpr:
		for _, w := range e.whens {
			c.expect(w.then, t)
		}
		if e.els != nil {
			c.expect(e.els, t)
		}
	case *call:
		args := e.args
		switch e.name {
		case "NVL2":
			args = args[1:]
		case "COALESCE", "NVL", "NULLIF", "GREATEST", "LEAST", "MIN", "MAX":
		default:
			return
		}
		for _, a := range args {
			c.expect(a, t)
		}
	case *subquery:
		c.expectBody(e.q.body, t)
	case *colRef:
		c.expectColumnRef(e, t)
	case *unary, *binary, *castExpr:
		return
	}
	if old := c.types[e]; old.k == Unknown {
		old.k = t.k
		c.types[e] = old
	}
}

// expectColumnRef tells the bind behind a column of a subquery or WITH, or
// behind a select alias.
func (c *checker) expectColumnRef(r *colRef, t typ) {
	res := c.cols[r]
	switch {
	case res.alias != nil:
		c.expect(res.alias, t)
	case res.src != nil && res.t.k == Unknown && !res.src.open:
		if col, n := res.src.find(r.name); n == 1 && col.origin != nil {
			c.expect(col.origin, t)
		}
	}
}

func (c *checker) expectBody(b body, t typ) {
	switch b := b.(type) {
	case *setOp:
		c.expectBody(b.l, t)
		c.expectBody(b.r, t)
	case *selectCore:
		if len(b.items) == 1 && b.items[0].x != nil {
			c.expect(b.items[0].x, t)
		}
	}
}

// alike makes several expressions one class and returns it.
func (c *checker) alike(xs []expr, sc *scope) typ {
	var out typ
	lit := true
	for _, x := range xs {
		t := c.expr(x, sc)
		if t.lob {
			c.lobUse(x)
		}
		c.sameType(x.at(), out, t)
		if out.k == Unknown {
			out.k = t.k
		}
		out.null = out.null || t.null
		out.frac = out.frac || t.frac
		lit = lit && t.lit
	}
	for i, x := range xs {
		c.expect(x, out)
		if out.k == Unknown && i > 0 {
			c.pairs = append(c.pairs, [2]expr{xs[0], x})
		}
	}
	out.lit = lit
	return out
}

func (c *checker) sameType(pos int, a, b typ) {
	if c.err == nil && a.k != Unknown && b.k != Unknown && a.k != b.k {
		c.outside(pos, "implicit conversion between "+a.k.String()+" and "+b.k.String(), "values of one type")
	}
}

// compare checks two values that are compared.
func (c *checker) compare(l, r expr, sc *scope) {
	lt, rt := c.expr(l, sc), c.expr(r, sc)
	c.compareTypes(l, lt, r, rt)
}

func (c *checker) compareTypes(l expr, lt typ, r expr, rt typ) {
	if c.err != nil {
		return
	}
	if lt.lob || rt.lob {
		c.fail(r.at(), 932, "comparison of a CLOB or BLOB", "IS NULL only; documents are read whole")
		return
	}
	c.sameType(r.at(), lt, rt)
	if lt.k == Unknown && rt.k == Unknown {
		c.pairs = append(c.pairs, [2]expr{l, r})
	}
	if lt.k == Unknown {
		c.expect(l, rt)
	}
	if rt.k == Unknown {
		c.expect(r, lt)
	}
}

func (c *checker) caseType(e *caseExpr, sc *scope) typ {
	var results []expr
	for _, w := range e.whens {
		if e.operand != nil {
			c.compare(e.operand, w.cond, sc)
		} else {
			c.cond(w.cond, sc)
		}
		results = append(results, w.then)
	}
	if e.els != nil {
		results = append(results, e.els)
	}
	t := c.alike(results, sc)
	t.null = t.null || e.els == nil
	if t.lit {
		c.fail(e.pos, 932, "CASE whose every branch is NULL", "a value in one branch")
	}
	return t
}

var castTypes = map[string]Type{"VARCHAR2": Text, "NUMBER": Number, "TIMESTAMP": Time, "CLOB": Text, "RAW": Bytes, "BLOB": Bytes}

func (c *checker) castType(e *castExpr, sc *scope) typ {
	t := c.expr(e.x, sc)
	to := castTypes[e.to.name]
	switch {
	case c.err != nil:
	case e.to.name == "CLOB" || e.to.name == "BLOB":
		c.outside(e.pos, "CAST to "+e.to.name, "a bind")
	case t.lob:
		c.lobUse(e.x)
	case t.k == Unknown:
		c.expect(e.x, typ{k: to})
	case t.k == to:
		if t.frac {
			c.outside(e.pos, "CAST that rounds", "ROUND(x)")
		}
	case t.k == Number && to == Text && !t.frac:
	default:
		c.outside(e.pos, "CAST of "+t.k.String()+" to "+to.String(), "the conversion in Go")
	}
	return typ{k: to, null: t.null, n: e.to.n}
}

func (c *checker) call(e *call, sc *scope) typ {
	f := functions[e.name]
	if e.over != nil {
		return c.windowCall(e, f, sc)
	}
	if aggregates[e.name] {
		return c.aggregate(e, f, sc)
	}
	return c.args(e, f, sc)
}

func (c *checker) args(e *call, f function, sc *scope) typ {
	var out typ
	if f.ret == Unknown && len(e.args) > 0 {
		args := e.args
		first := typ{}
		if e.name == "NVL2" {
			first = c.expr(args[0], sc)
			if first.lob {
				c.lobUse(args[0])
			}
			args = args[1:]
		}
		if e.name == "LAG" || e.name == "LEAD" {
			args = append([]expr{args[0]}, args[min(2, len(args)):]...)
		}
		out = c.alike(args, sc)
		switch e.name {
		case "COALESCE", "NVL":
			out.null = true
			for _, a := range args {
				out.null = out.null && c.types[a].null
			}
		case "NULLIF", "MIN", "MAX", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE":
			out.null = true
		}
		if out.k == Bytes && (e.name == "MIN" || e.name == "MAX") {
			c.outside(e.pos, e.name+" of RAW", "another column")
		}
		return out
	}
	out.k = f.ret
	for i, a := range e.args {
		t := c.expr(a, sc)
		want := f.args[min(i, len(f.args)-1)]
		if want == Unknown { // COUNT
			if t.lob {
				c.lobUse(a)
			}
			continue
		}
		c.want(a, t, want)
		out.null = out.null || t.null
		out.frac = out.frac || t.frac
	}
	switch e.name {
	case "SUBSTR", "TRIM", "LTRIM", "RTRIM", "REPLACE":
		out.null = true
	case "ROUND":
		out.frac = out.frac && len(e.args) == 2
	case "FLOOR", "CEIL", "SIGN":
		out.frac = false
	case "MOD":
		if out.frac {
			c.outside(e.pos, "MOD with decimals", "whole numbers")
		}
	}
	return out
}

func (c *checker) aggregate(e *call, f function, sc *scope) typ {
	switch {
	case sc.inAgg:
		c.fail(e.pos, 978, "aggregate in an aggregate", "a subquery in FROM")
	case !sc.agg:
		c.fail(e.pos, 934, "aggregate "+e.name+" in "+clauseName(sc), "HAVING, or a subquery")
	}
	inner := *sc
	inner.inAgg, inner.win = true, false
	var t typ
	if !e.star {
		t = c.args(e, f, &inner)
		c.ownAggregate(e, sc)
	}
	switch e.name {
	case "COUNT":
		t = typ{k: Number}
	case "SUM":
		if t.frac {
			c.outside(e.pos, "SUM of decimals", "whole numbers")
		}
		t.null = true
	case "AVG":
		if t.frac {
			c.outside(e.pos, "AVG of decimals", "whole numbers")
		}
		t.null, t.frac = true, true
	default:
		t.null = true
	}
	return t
}

// ownAggregate refuses an aggregate over nothing but columns of an outer
// query: it would belong to that query.
func (c *checker) ownAggregate(e *call, sc *scope) {
	own, outer := false, false
	visit(e.args[0], func(x expr) bool {
		if r, ok := x.(*colRef); ok {
			res := c.cols[r]
			mine := res.src == nil || res.merged
			for _, s := range sc.sources {
				mine = mine || s == res.src
			}
			own, outer = own || mine, outer || !mine
		}
		return true
	})
	if outer && !own {
		c.fail(e.pos, 934, "aggregate over columns of the outer query only", "a column of this query")
	}
}

func clauseName(sc *scope) string {
	if sc.clause == "" {
		return "this place"
	}
	return sc.clause
}

func (c *checker) windowCall(e *call, f function, sc *scope) typ {
	if !sc.win {
		c.fail(e.pos, 30483, "window function in "+clauseName(sc), "a subquery in FROM")
	}
	inner := *sc
	inner.win = false
	var t typ
	switch {
	case e.star:
	case len(e.args) > 0:
		t = c.args(e, f, &inner)
	}
	for _, x := range e.over.partition {
		if pt := c.expr(x, &inner); pt.lob {
			c.lobUse(x)
		}
	}
	for i := range e.over.order {
		it := &e.over.order[i]
		if _, ok := it.x.(*numLit); ok {
			c.outside(it.pos, "position in OVER (ORDER BY ..), which Oracle takes for a constant", "the column")
		}
		c.lobOrder(it.pos, c.expr(it.x, &inner))
	}
	if e.distinct {
		c.outside(e.pos, "DISTINCT with OVER", "a subquery with GROUP BY")
	}
	switch e.name {
	case "COUNT":
		return typ{k: Number}
	case "SUM", "MIN", "MAX", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE":
		t.null = true
	case "AVG":
		t.null, t.frac = true, true
	default:
		return typ{k: Number}
	}
	return t
}
