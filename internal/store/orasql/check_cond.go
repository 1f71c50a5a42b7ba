package orasql

// cond checks a condition.
func (c *checker) cond(e expr, sc *scope) {
	if c.err != nil {
		return
	}
	switch e := e.(type) {
	case *chain:
		for _, x := range e.xs {
			c.cond(x, sc)
		}
	case *unary:
		c.cond(e.x, sc)
	case *binary:
		c.compare(e.l, e.r, sc)
	case *isNull:
		c.expr(e.x, sc)
	case *isJSON:
		c.json(e, sc)
	case *between:
		c.compare(e.x, e.lo, sc)
		c.compare(e.x, e.hi, sc)
		c.compare(e.lo, e.hi, sc)
	case *like:
		c.want(e.x, c.expr(e.x, sc), Text)
		c.want(e.pat, c.expr(e.pat, sc), Text)
	case *inList:
		for _, row := range e.rows {
			for i, x := range row {
				c.compare(e.left[i], x, sc)
			}
		}
	case *exists:
		c.query(e.q, sc, "EXISTS")
	case *inQuery:
		c.inQuery(e, sc)
	default:
		c.fail(e.at(), 920, "not a condition", "a comparison")
	}
}

func (c *checker) json(e *isJSON, sc *scope) {
	t := c.expr(e.x, sc)
	if sc.clause != "CHECK" {
		c.outside(e.pos, "IS JSON in a query", "CHECK (c IS JSON) in the table")
	}
	if _, ok := e.x.(*colRef); !ok && c.err == nil {
		c.outside(e.pos, "IS JSON of an expression", "CHECK (c IS JSON)")
	}
	if t.k != Unknown && t.k != Text {
		c.fail(e.pos, 40664, "IS JSON of "+t.k.String(), "a CLOB")
	}
}

func (c *checker) inQuery(e *inQuery, sc *scope) {
	for _, x := range e.left {
		c.expr(x, sc)
	}
	outs := c.query(e.q, sc, "IN")
	if c.err != nil || hasOpenStar(outs) {
		return
	}
	if len(outs) != len(e.left) {
		ora := 913
		if len(outs) < len(e.left) {
			ora = 947
		}
		c.fail(e.q.pos, ora, "the subquery of IN has another number of columns", "one for each value on the left")
		return
	}
	for i, x := range e.left {
		lt, o := c.types[x], outs[i]
		if lt.lob || o.t.lob {
			c.fail(e.pos, 932, "comparison of a CLOB or BLOB", "another column")
			return
		}
		c.sameType(e.pos, lt, o.t)
		if lt.k == Unknown && o.t.k == Unknown && o.x != nil {
			c.pairs = append(c.pairs, [2]expr{x, o.x})
		}
		if lt.k == Unknown {
			c.expect(x, o.t)
		} else if o.t.k == Unknown && o.x != nil {
			c.expect(o.x, lt)
		}
	}
}
