package orasql

import "strings"

func (p *parser) primary() expr {
	t := p.peek()
	switch t.kind {
	case tokNumber:
		return p.number()
	case tokString:
		p.next()
		if t.up == "" {
			return &nullLit{node{t.pos}}
		}
		return &strLit{node{t.pos}, t.up}
	case tokBind:
		return p.bind(p.next())
	case tokOp:
		return p.bracket()
	case tokWord:
		return p.word()
	}
	p.fail(t.pos, 936, "found "+describe(t)+", expected an expression", "")
	return &nullLit{node{t.pos}}
}

// bracket reads ( query ), ( expression ) or ( list ).
func (p *parser) bracket() expr {
	t := p.peek()
	if t.up != "(" {
		reason, try := "found "+t.up+", expected an expression", ""
		if t.up == "*" {
			reason, try = "* beside other columns", "t.*, x"
		}
		p.fail(t.pos, 936, reason, try)
		return &nullLit{node{t.pos}}
	}
	p.next()
	if p.at("SELECT") || p.at("WITH") {
		q := p.query(false)
		p.expectOp(")")
		return &subquery{node{t.pos}, q}
	}
	x := p.or()
	if _, ok := x.(*subquery); ok && (p.at("UNION") || p.at("MINUS") || p.at("INTERSECT")) {
		p.outside(p.peek().pos, "brackets around the parts of a set operation in a subquery", "SELECT .. UNION SELECT ..")
	}
	if p.atOp(",") {
		tu := &tuple{node{t.pos}, []expr{p.mustValue(x)}}
		for p.acceptOp(",") {
			tu.xs = append(tu.xs, p.value())
			if len(tu.xs) > 100 {
				p.fail(t.pos, 913, "list of more than 100 values", "")
			}
		}
		p.expectOp(")")
		return tu
	}
	if p.acceptOp("(") {
		p.fail(t.pos, 907, "found (, expected )", "")
	}
	p.expectOp(")")
	if isCond(x) {
		return x
	}
	if c, ok := x.(*colRef); ok && p.peek().up == "(" {
		p.fail(c.pos, 904, "bracket after a bracketed name", "")
	}
	return x
}

func (p *parser) word() expr {
	t := p.peek()
	pos := t.pos
	switch t.up {
	case "NULL":
		p.next()
		return &nullLit{node{pos}}
	case "CASE":
		return p.caseExpr()
	case "CAST":
		return p.cast()
	case "EXISTS":
		return p.predicate()
	case "SYSTIMESTAMP":
		p.next()
		if p.acceptOp("(") {
			p.outside(pos, "SYSTIMESTAMP with a precision", "SYSTIMESTAMP")
		}
		return &sysTime{node{pos}}
	case "TRUE", "FALSE":
		p.fail(pos, 904, t.up+" is 23ai only", "1 or 0 in a NUMBER(1)")
	case "TIMESTAMP", "DATE", "INTERVAL", "TIME":
		if t.up == "INTERVAL" && p.peekAt(1).kind == tokNumber {
			p.fail(pos, 936, "INTERVAL without quotes is MySQL's", "the moment computed in Go")
		}
		if p.peekAt(1).kind == tokString || t.up == "INTERVAL" && p.peekAt(1).kind == tokBind {
			p.next()
			switch {
			case t.up == "TIMESTAMP":
				return p.timestampLiteral(pos)
			case t.up == "TIME":
				p.fail(pos, 904, "TIME literal is not Oracle's", "a bind")
			}
			p.outside(pos, t.up+" literal", "a bind with the moment computed in Go")
		}
	case "PRIOR", "CONNECT_BY_ROOT":
		p.outside(pos, "CONNECT BY", "WITH t (a, b) AS (SELECT .. UNION ALL SELECT ..)")
	case "ROWNUM":
		p.outside(pos, "ROWNUM", "FETCH FIRST :n ROWS ONLY or ROW_NUMBER()")
	case "ROWID", "SYSDATE", "UID", "USER", "LEVEL":
		if p.peekAt(1).up != "." && p.peekAt(1).up != "(" {
			p.outside(pos, t.up, pseudo[t.up])
		} else if t.up == "LEVEL" || t.up == "ROWID" || t.up == "UID" || t.up == "USER" || t.up == "SYSDATE" {
			p.fail(pos, 904, t.up+" is a reserved word", "")
		}
	case "ALL", "ANY", "SOME":
		p.fail(pos, 936, t.up+" without a comparison", "")
	case "SELECT", "WITH":
		p.fail(pos, 936, "subquery without brackets", "(SELECT ..)")
	case "DISTINCT", "UNIQUE":
		p.fail(pos, 936, t.up+" does not stand here", "SELECT DISTINCT ..")
	case "DEFAULT":
		p.fail(pos, 936, "DEFAULT does not stand here", "the value itself")
	case "ARRAY", "ROW":
		if n := p.peekAt(1).up; n == "[" || n == "(" {
			p.fail(pos, 936, t.up+" is PostgreSQL's", "")
		}
	case "NEXT":
		if p.at("NEXT", "VALUE") {
			p.fail(pos, 923, "NEXT VALUE FOR is not Oracle's", "order_seq.NEXTVAL")
		}
	}
	if p.failed() {
		return &nullLit{node{pos}}
	}
	if s, ok := pseudo[t.up]; ok && !reserved[t.up] && p.peekAt(1).up != "." {
		p.outside(pos, t.up, s)
		return &nullLit{node{pos}}
	}
	// LEFT(..), RIGHT(..) and the like are functions elsewhere
	if structural[t.up] && p.peekAt(1).up == "(" {
		p.fail(pos, 904, t.up+" is not a function of Oracle", "")
		return &nullLit{node{pos}}
	}
	if reserved[t.up] {
		p.fail(pos, 936, "found "+t.up+", expected an expression", "")
		return &nullLit{node{pos}}
	}
	if n := p.peekAt(1); n.kind == tokOp && n.up == "(" {
		return p.call()
	}
	return p.column()
}

// pseudo names that need no brackets, and what we write instead.
var pseudo = map[string]string{
	"SYSDATE": "a time.Time bound from the clock", "CURRENT_TIMESTAMP": "a time.Time bound from the clock",
	"CURRENT_DATE": "a time.Time bound from the clock", "LOCALTIMESTAMP": "a time.Time bound from the clock",
	"SESSIONTIMEZONE": "UTC everywhere", "DBTIMEZONE": "UTC everywhere", "ROWID": "the key", "UID": "a bind", "USER": "a bind",
	"LEVEL": "a depth column in WITH", "ORA_ROWSCN": "a version column",
}

// column reads c, t.c or seq.NEXTVAL.
func (p *parser) column() *colRef {
	c := &colRef{node: node{p.peek().pos}, name: p.name("a column", 904)}
	if !p.acceptOp(".") {
		return c
	}
	c.qual = c.name
	t := p.peek()
	if t.kind == tokWord && (t.up == "ROWID" || t.up == "NEXTVAL" || t.up == "CURRVAL") {
		switch t.up {
		case "NEXTVAL":
			c.name = nextvalName
			p.next()
		case "CURRVAL":
			p.outside(t.pos, "CURRVAL", "RETURNING id INTO :id")
		default:
			p.outside(t.pos, "ROWID", "the key")
		}
		return c
	}
	if t.kind == tokOp && t.up == "*" {
		p.fail(t.pos, 936, "t.* is not a value", "the columns")
		return c
	}
	c.name = p.name("a column", 904)
	if p.atOp(".") {
		p.outside(p.peek().pos, "name with a schema", "t.c")
	}
	if p.atOp("(") {
		p.outside(c.pos, "function of a package or type", "Go")
	}
	return c
}

const nextvalName = "nextval"

func (p *parser) caseExpr() expr {
	c := &caseExpr{node: node{p.next().pos}}
	if !p.enter() {
		return c
	}
	defer p.leave()
	if !p.at("WHEN") {
		c.operand = p.value()
	}
	for p.accept("WHEN") {
		var w caseWhen
		if c.operand != nil {
			w.cond = p.value()
		} else {
			w.cond = p.condition()
		}
		p.expect("THEN")
		w.then = p.value()
		c.whens = append(c.whens, w)
		if len(c.whens) > 250 {
			p.fail(c.pos, 939, "CASE with more than 250 branches", "")
		}
	}
	if len(c.whens) == 0 {
		p.unexpected("WHEN")
	}
	if p.accept("ELSE") {
		c.els = p.value()
	}
	p.expect("END")
	return c
}

func (p *parser) cast() expr {
	c := &castExpr{node: node{p.next().pos}}
	p.expectOp("(")
	if p.at("MULTISET") {
		p.outside(p.peek().pos, "MULTISET", "rows")
	}
	c.x = p.value()
	p.expect("AS")
	c.to = p.dataType()
	if p.at("DEFAULT") || p.atOp(",") {
		p.outside(p.peek().pos, "CAST with options", "CAST(x AS type)")
	}
	p.expectOp(")")
	return c
}

// call reads name(args) and what may follow an aggregate or window function.
func (p *parser) call() expr {
	t := p.next()
	c := &call{node: node{t.pos}, name: t.up}
	if !p.knownFunction(c) || !p.enter() {
		return c
	}
	defer p.leave()
	p.expectOp("(")
	switch {
	case p.atOp("*") && c.name == "COUNT":
		p.next()
		c.star = true
	case p.atOp(")"):
	case c.name == "TRIM" && (p.at("LEADING") || p.at("TRAILING") || p.at("BOTH")) && p.peekAt(1).up != ")":
		p.outside(p.peek().pos, "TRIM with "+p.peek().up, "TRIM(x)")
	default:
		if p.accept("DISTINCT") {
			c.distinct = true
		} else if p.at("UNIQUE") {
			p.outside(p.peek().pos, "UNIQUE in an aggregate", "DISTINCT")
		} else if aggregates[c.name] {
			p.accept("ALL")
		}
		p.args(c)
	}
	p.afterArgs(c)
	p.expectOp(")")
	p.afterCall(c)
	p.arity(c)
	return c
}

func (p *parser) args(c *call) {
	for !p.failed() {
		c.args = append(c.args, p.value())
		if len(c.args) > 100 {
			p.fail(c.pos, 909, "too many arguments", "")
		}
		if !p.acceptOp(",") {
			return
		}
	}
}

// afterArgs refuses the special syntax inside some functions' brackets.
func (p *parser) afterArgs(c *call) {
	t := p.peek()
	if t.kind != tokWord {
		return
	}
	switch t.up {
	case "FROM", "ORDER", "RESPECT", "IGNORE", "USING", "RETURNING", "FORMAT", "SEPARATOR", "ON":
		if t.up == "ORDER" || t.up == "SEPARATOR" {
			p.fail(t.pos, 907, t.up+" inside the brackets of "+c.name, "")
		} else {
			p.outside(t.pos, c.name+" with "+t.up, c.name+"(x)")
		}
	}
}

// afterCall reads OVER and refuses FILTER, KEEP, WITHIN GROUP, IGNORE NULLS.
func (p *parser) afterCall(c *call) {
	t := p.peek()
	if t.kind != tokWord {
		return
	}
	switch t.up {
	case "FILTER":
		if p.peekAt(1).up == "(" {
			p.unexpected("OVER")
		}
	case "KEEP", "WITHIN":
		p.unexpected("OVER")
	case "RESPECT", "IGNORE":
		if p.peekAt(1).up == "NULLS" {
			p.outside(t.pos, t.up+" NULLS", "the function alone")
		}
	case "FROM":
		if n := p.peekAt(1).up; n == "FIRST" || n == "LAST" {
			if p.peekAt(2).up == "OVER" {
				p.outside(t.pos, "FROM "+n, "the function alone")
			}
		}
	case "OVER":
		if n := p.peekAt(1); n.kind != tokOp || n.up != "(" {
			p.fail(n.pos, 30484, "named windows are 21c and later", "OVER (..) spelled out")
			return
		}
		p.next()
		p.next()
		c.over = p.window()
		p.expectOp(")")
		if !aggregates[c.name] && !windowOnly[c.name] {
			p.fail(c.pos, 30484, c.name+" takes no OVER", "")
		}
		if c.distinct {
			p.outside(c.pos, "DISTINCT with OVER", "a subquery with GROUP BY")
		}
	}
}

func (p *parser) window() *window {
	w := &window{}
	if p.accept("PARTITION") {
		p.expect("BY")
		for !p.failed() {
			w.partition = append(w.partition, p.value())
			if len(w.partition) > 255 || !p.acceptOp(",") {
				break
			}
		}
	}
	if p.accept("ORDER") {
		p.expect("BY")
		w.order = p.orderItems()
	}
	if p.at("ROWS") || p.at("RANGE") || p.at("GROUPS") {
		p.frame(w)
	}
	return w
}

func (p *parser) frame(w *window) {
	t := p.next()
	if t.up == "GROUPS" {
		p.fail(t.pos, 907, "GROUPS frames are 21c and later", "ROWS BETWEEN ..")
	}
	if len(w.order) == 0 {
		p.fail(t.pos, 30485, "frame without ORDER BY", "OVER (ORDER BY .. ROWS ..)")
	}
	unit := t.up
	if p.accept("BETWEEN") {
		from, fromRank := p.frameBound(unit)
		p.expect("AND")
		to, toRank := p.frameBound(unit)
		if fromRank > toRank || fromRank == 5 || toRank == 1 {
			p.fail(t.pos, 30487, "frame ends before it begins", "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
		}
		w.frame = unit + " BETWEEN " + from + " AND " + to
	} else {
		from, rank := p.frameBound(unit)
		if rank > 3 {
			p.fail(t.pos, 30487, "frame starts after the current row", "ROWS BETWEEN .. AND ..")
		}
		w.frame = unit + " " + from
	}
	if p.at("EXCLUDE") {
		p.fail(p.peek().pos, 907, "EXCLUDE is 21c and later", "")
	}
}

func (p *parser) frameBound(unit string) (string, int) {
	switch {
	case p.accept("UNBOUNDED", "PRECEDING"):
		return "UNBOUNDED PRECEDING", 1
	case p.accept("UNBOUNDED", "FOLLOWING"):
		return "UNBOUNDED FOLLOWING", 5
	case p.accept("CURRENT", "ROW"):
		return "CURRENT ROW", 3
	}
	t := p.next()
	if t.kind != tokNumber || strings.Trim(t.up, "0123456789") != "" || len(t.up) > 9 {
		p.outside(t.pos, "frame bound "+describe(&t), "UNBOUNDED PRECEDING, CURRENT ROW or a whole number")
		return "", 3
	}
	if unit == "RANGE" {
		p.outside(t.pos, "RANGE with a distance", "ROWS")
	}
	if p.accept("PRECEDING") {
		return t.up + " PRECEDING", 2
	}
	p.expect("FOLLOWING")
	return t.up + " FOLLOWING", 4
}
