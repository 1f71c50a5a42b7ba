package orasql

import "strings"

// queryAhead reports whether the bracket at hand opens a query.
func (p *parser) queryAhead() bool {
	for n := 0; n < maxDepth; n++ {
		t := p.peekAt(n)
		if t.kind == tokOp && t.up == "(" {
			continue
		}
		return t.kind == tokWord && (t.up == "SELECT" || t.up == "WITH")
	}
	return false
}

// query reads WITH, the set operations, ORDER BY, OFFSET/FETCH and, at the
// top of a statement only, FOR UPDATE.
func (p *parser) query(top bool) *query {
	q := &query{node: node{p.peek().pos}}
	if !p.enter() {
		return q
	}
	defer p.leave()
	if p.accept("WITH") {
		p.ctes(q)
	}
	q.body = p.setOps()
	p.orderAndPage(q)
	if p.at("FOR") {
		p.forUpdate(q, top)
	}
	if top && p.at("ORDER") && q.lock != nil {
		p.outside(p.peek().pos, "ORDER BY after FOR UPDATE", "ORDER BY id FOR UPDATE")
	}
	return q
}

func (p *parser) ctes(q *query) {
	if p.at("FUNCTION") || p.at("PROCEDURE") {
		p.outside(p.peek().pos, "PL/SQL in WITH", "Go")
	}
	if p.at("RECURSIVE") {
		p.unexpected("a name")
	}
	for !p.failed() {
		c := &cte{node: node{p.peek().pos}, name: p.name("a name", 903)}
		if p.atOp("(") {
			for _, n := range p.names("a column") {
				c.cols = append(c.cols, n.name)
			}
		}
		p.expect("AS")
		if p.at("MATERIALIZED") || p.at("NOT", "MATERIALIZED") {
			p.fail(p.peek().pos, 906, "MATERIALIZED is PostgreSQL's", "AS (SELECT ..)")
		}
		p.expectOp("(")
		c.q = p.query(false)
		p.expectOp(")")
		if p.at("SEARCH") || p.at("CYCLE") {
			p.outside(p.peek().pos, p.peek().up+" clause", "a depth column and ORDER BY")
		}
		for _, o := range q.with {
			if o.name == c.name {
				p.fail(c.pos, 32031, "duplicate name "+c.name+" in WITH", "")
			}
		}
		q.with = append(q.with, c)
		if len(q.with) > maxTables || !p.acceptOp(",") {
			return
		}
	}
}

// setOps reads set operations; all have the same rank and go left to right.
func (p *parser) setOps() body {
	left := p.setTerm()
	for n := 0; !p.failed(); n++ {
		t := p.peek()
		if t.kind != tokWord {
			return left
		}
		op := t.up
		switch op {
		case "UNION", "INTERSECT", "MINUS":
		case "EXCEPT":
			p.unexpected("MINUS")
			return left
		default:
			return left
		}
		p.next()
		if p.at("ALL") {
			if op != "UNION" {
				p.fail(p.peek().pos, 928, op+" ALL is 21c and later", op)
			}
			p.next()
			op += " ALL"
		} else if p.at("DISTINCT") {
			p.fail(p.peek().pos, 928, op+" DISTINCT is not in 19c", op)
		}
		if n >= maxSets {
			p.fail(t.pos, 913, "too many set operations", "")
		}
		left = &setOp{node: node{t.pos}, op: op, l: left, r: p.setTerm()}
	}
	return left
}

func (p *parser) setTerm() body {
	if !p.atOp("(") {
		return p.selectCore()
	}
	if !p.enter() {
		return &selectCore{}
	}
	defer p.leave()
	p.next()
	b := p.setOps()
	if p.at("ORDER") || p.at("FETCH") || p.at("OFFSET") || p.at("FOR") {
		p.fail(p.peek().pos, 907, p.peek().up+" inside a branch", "it once, after the last branch")
	}
	p.expectOp(")")
	return b
}

func (p *parser) selectCore() body {
	s := &selectCore{node: node{p.peek().pos}}
	if p.at("VALUES") {
		p.fail(p.peek().pos, 928, "a table of VALUES is 23ai only", "SELECT .. FROM dual UNION ALL SELECT .. FROM dual")
	}
	if !p.expect("SELECT") {
		return s
	}
	switch {
	case p.at("DISTINCT", "ON"):
		p.fail(p.peek().pos, 936, "DISTINCT ON is PostgreSQL's", "a subquery with ROW_NUMBER()")
	case p.accept("DISTINCT"):
		s.distinct = true
	case p.at("UNIQUE"):
		p.outside(p.peek().pos, "SELECT UNIQUE", "SELECT DISTINCT")
	case p.at("TOP"):
		if p.peekAt(1).kind == tokNumber {
			p.fail(p.peek().pos, 923, "TOP is SQL Server's", "FETCH FIRST :n ROWS ONLY")
		}
	default:
		p.accept("ALL")
	}
	p.selectItems(s)
	if p.failed() {
		return s
	}
	if p.at("BULK") || p.at("INTO") {
		p.fail(p.peek().pos, 923, "SELECT .. INTO is PL/SQL", "SELECT .. FROM")
	}
	if !p.at("FROM") {
		t := p.peek()
		if t.kind == tokEnd || t.kind == tokOp && t.up == ")" || p.at("UNION") || p.at("WHERE") || p.at("ORDER") || p.at("MINUS") || p.at("INTERSECT") {
			p.fail(t.pos, 923, "SELECT without FROM is 23ai only", "FROM dual")
		}
	}
	p.expect("FROM")
	for !p.failed() {
		s.from = append(s.from, p.tableExpr())
		if len(s.from) > maxTables {
			p.fail(s.pos, 913, "too many tables", "")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	s.where = p.where()
	p.groupBy(s)
	return s
}

func (p *parser) selectItems(s *selectCore) {
	for !p.failed() {
		it := selectItem{pos: p.peek().pos}
		t := p.peek()
		switch {
		case p.acceptOp("*"):
			it.star = true
			if len(s.items) > 0 {
				p.fail(it.pos, 936, "* beside other columns", "t.*, x")
			}
			if p.atOp(",") {
				p.fail(p.peek().pos, 923, "* beside other columns", "t.*, x")
			}
		case t.kind == tokWord && p.peekAt(1).up == "." && p.peekAt(2).up == "*" && p.peekAt(1).kind == tokOp && p.peekAt(2).kind == tokOp:
			it.star, it.qual = true, p.name("an alias", 904)
			p.next()
			p.next()
		default:
			it.x = p.value()
			it.end = p.lastEnd()
			it.alias = p.alias(true)
		}
		s.items = append(s.items, it)
		if len(s.items) > maxColumns {
			p.fail(it.pos, 1792, "more than 1000 columns", "")
		}
		if !p.acceptOp(",") {
			return
		}
	}
}

func (p *parser) groupBy(s *selectCore) {
	if p.at("HAVING") && !p.failed() {
		p.next()
		s.having = p.condition()
		if p.at("GROUP") {
			p.outside(p.peek().pos, "HAVING before GROUP BY", "GROUP BY .. HAVING ..")
		}
		return
	}
	if !p.accept("GROUP") {
		return
	}
	p.expect("BY")
	for !p.failed() {
		t := p.peek()
		if t.kind == tokWord && (t.up == "ROLLUP" || t.up == "CUBE" || t.up == "GROUPING") && p.peekAt(1).up != "," {
			p.outside(t.pos, t.up, "one query for each grouping")
		}
		if t.kind == tokWord && t.up == "ALL" {
			p.fail(t.pos, 936, "GROUP BY ALL is not in 19c", "the columns")
		}
		x := p.value()
		switch x.(type) {
		case *numLit:
			p.fail(x.at(), 979, "GROUP BY a position; Oracle takes it for a constant", "the expression itself")
		case *strLit, *nullLit, *bindRef:
			p.fail(x.at(), 979, "GROUP BY a constant", "the expression itself")
		case *subquery:
			p.fail(x.at(), 22818, "subquery in GROUP BY", "a subquery in FROM")
		}
		s.group = append(s.group, x)
		if len(s.group) > maxColumns || !p.acceptOp(",") {
			break
		}
	}
	if p.accept("HAVING") {
		s.having = p.condition()
	}
}

func (p *parser) tableExpr() tableExpr {
	left := p.tablePrimary()
	for n := 0; !p.failed(); n++ {
		j := &join{node: node{p.peek().pos}, l: left}
		switch {
		case p.accept("JOIN"), p.accept("INNER", "JOIN"):
			j.kind = "INNER"
		case p.accept("LEFT", "JOIN"), p.accept("LEFT", "OUTER", "JOIN"):
			j.kind = "LEFT"
		case p.accept("RIGHT", "JOIN"), p.accept("RIGHT", "OUTER", "JOIN"):
			j.kind = "RIGHT"
		case p.accept("FULL", "JOIN"), p.accept("FULL", "OUTER", "JOIN"):
			j.kind = "FULL"
		case p.accept("CROSS", "JOIN"):
			j.kind = "CROSS"
		case p.at("CROSS", "APPLY"), p.at("OUTER", "APPLY"):
			p.outside(j.pos, "APPLY", "a join or a scalar subquery")
		case p.at("NATURAL"):
			p.unexpected("JOIN")
		default:
			return left
		}
		if n >= maxTables {
			p.fail(j.pos, 913, "too many tables", "")
		}
		j.r = p.tablePrimary()
		p.joinOn(j)
		left = j
	}
	return left
}

func (p *parser) joinOn(j *join) {
	switch {
	case j.kind == "CROSS":
		if p.at("ON") || p.at("USING") {
			p.fail(p.peek().pos, 933, "CROSS JOIN takes no condition", "JOIN .. ON ..")
		}
	case p.accept("ON"):
		j.on = p.condition()
	case p.accept("USING"):
		j.using = p.names("a column")
	default:
		p.fail(p.peek().pos, 905, "join without ON or USING", "JOIN t ON .., or CROSS JOIN")
	}
}

func (p *parser) tablePrimary() tableExpr {
	pos := p.peek().pos
	if p.at("LATERAL") {
		p.unexpected("a table")
	}
	if p.at("TABLE") && p.peekAt(1).up == "(" || p.at("ONLY") && p.peekAt(1).up == "(" {
		p.outside(pos, p.peek().up+" (..) in FROM", "a table")
	}
	if p.atOp("(") {
		return p.bracketTable()
	}
	t := &tableRef{node: node{pos}}
	t.name, _ = p.tableName()
	if p.atOp("(") {
		p.outside(p.peek().pos, "table function "+t.name, "a table")
	}
	if p.at("AS", "OF") {
		p.outside(p.peek().pos, "flashback query", "an audit table")
	}
	t.alias = p.alias(false)
	p.afterTable()
	return t
}

func (p *parser) bracketTable() tableExpr {
	pos := p.peek().pos
	if !p.enter() {
		return &tableRef{}
	}
	defer p.leave()
	if nt := p.peekAt(1); nt.kind == tokWord && nt.up == "VALUES" {
		p.fail(pos, 903, "a table of VALUES is 23ai only", "SELECT .. FROM dual UNION ALL SELECT .. FROM dual")
	}
	if !p.queryAhead() {
		p.next()
		inner := p.tableExpr()
		p.expectOp(")")
		if _, ok := inner.(*join); !ok && !p.failed() {
			p.outside(pos, "brackets around one table", "the table alone")
		}
		p.afterTable()
		return inner
	}
	p.next()
	d := &derived{node: node{pos}, q: p.query(false)}
	p.expectOp(")")
	d.alias = p.alias(false)
	if d.alias != "" && p.atOp("(") {
		p.fail(p.peek().pos, 933, "column list after an alias", "aliases in the subquery's SELECT list")
	}
	p.afterTable()
	return d
}

// afterTable refuses what other databases put after a table.
func (p *parser) afterTable() {
	t := p.peek()
	if t.kind == tokOp && t.up == "(" && !p.failed() {
		p.fail(t.pos, 933, "bracket after a table", "")
		return
	}
	if t.kind != tokWord {
		return
	}
	if c, ok := advice[t.up]; ok && t.up != "ON" && t.up != "NATURAL" && t.up != "RETURNING" && !(t.up == "START" && p.peekAt(1).up != "WITH") {
		if c.outside {
			p.outside(t.pos, c.reason, c.try)
		} else {
			p.fail(t.pos, 933, c.reason, c.try)
		}
	}
}

// orderAndPage reads ORDER BY, OFFSET and FETCH.
func (p *parser) orderAndPage(q *query) {
	if p.at("ORDER", "SIBLINGS") {
		p.outside(p.peek().pos, "ORDER SIBLINGS BY", "ORDER BY a path column")
	}
	if p.accept("ORDER") {
		p.expect("BY")
		q.order = p.orderItems()
	}
	if p.accept("OFFSET") {
		q.offset = p.rowCount()
		if !p.accept("ROWS") && !p.accept("ROW") {
			p.unexpected("ROWS")
		}
	}
	if !p.accept("FETCH") {
		return
	}
	pos := p.peek().pos
	if !p.accept("FIRST") && !p.accept("NEXT") {
		p.unexpected("FIRST or NEXT")
	}
	if p.at("ROW") || p.at("ROWS") {
		q.fetch = &numLit{node: node{pos}, text: "1", val: 1}
	} else {
		q.fetch = p.rowCount()
	}
	if p.at("PERCENT") {
		p.outside(p.peek().pos, "FETCH FIRST .. PERCENT", "FETCH FIRST :n ROWS ONLY")
	}
	if !p.accept("ROWS") && !p.accept("ROW") {
		p.unexpected("ROWS")
	}
	if p.at("WITH", "TIES") {
		p.outside(p.peek().pos, "WITH TIES", "ROWS ONLY, with a unique last key in ORDER BY")
	}
	p.expect("ONLY")
	if p.at("OFFSET") {
		p.fail(p.peek().pos, 933, "OFFSET after FETCH", "OFFSET :o ROWS FETCH NEXT :n ROWS ONLY")
	}
}

// rowCount reads a bind or a whole number.
func (p *parser) rowCount() expr {
	t := p.peek()
	switch {
	case t.kind == tokBind:
		return p.bind(p.next())
	case t.kind == tokNumber:
		n := p.number()
		if n, ok := n.(*numLit); ok && n.frac {
			p.outside(t.pos, "row count with a fraction", "a whole number")
		}
		return n
	}
	p.outside(t.pos, "row count that is neither a bind nor a number", "FETCH FIRST :n ROWS ONLY")
	return &nullLit{}
}

func (p *parser) orderItems() []orderItem {
	var out []orderItem
	for !p.failed() {
		it := orderItem{pos: p.peek().pos, x: p.value()}
		switch {
		case p.accept("DESC"):
			it.desc = true
		default:
			p.accept("ASC")
		}
		if p.accept("NULLS") {
			switch {
			case p.accept("FIRST"):
				it.nulls = "FIRST"
			case p.accept("LAST"):
				it.nulls = "LAST"
			default:
				p.unexpected("FIRST or LAST")
			}
		}
		switch it.x.(type) {
		case *bindRef, *strLit, *nullLit:
			p.outside(it.pos, "ORDER BY a constant sorts nothing", "a column; choose between fixed texts in Go")
		}
		out = append(out, it)
		if len(out) > 255 || !p.acceptOp(",") {
			break
		}
	}
	return out
}

func (p *parser) forUpdate(q *query, top bool) {
	pos := p.next().pos
	switch {
	case p.at("SHARE"), p.at("NO"), p.at("KEY"):
		p.fail(pos, 933, "FOR "+p.peek().up+" is PostgreSQL's", "FOR UPDATE")
		return
	case !top:
		p.fail(pos, 907, "FOR UPDATE in a subquery", "FOR UPDATE at the end of the statement")
		return
	}
	p.expect("UPDATE")
	f := &forUpdate{pos: pos}
	q.lock = f
	if p.accept("OF") {
		for !p.failed() {
			f.of = append(f.of, p.column())
			if !p.acceptOp(",") {
				break
			}
		}
	}
	switch {
	case p.accept("NOWAIT"):
		f.mode = "NOWAIT"
	case p.accept("SKIP"):
		p.expect("LOCKED")
		f.mode = "SKIP LOCKED"
	case p.accept("WAIT"):
		if t := p.next(); t.kind != tokNumber || strings.Trim(t.up, "0123456789") != "" {
			p.fail(t.pos, 30005, "WAIT takes a number of seconds", "WAIT 5")
		}
		f.mode = "WAIT"
	}
	if q.fetch != nil || q.offset != nil {
		p.fail(pos, 2014, "FOR UPDATE with FETCH or OFFSET", "the store's Claim, or ids chosen first and a conditional UPDATE")
	}
	if _, ok := q.body.(*setOp); ok {
		p.fail(pos, 2014, "FOR UPDATE with a set operation", "FOR UPDATE on one table")
	}
}
