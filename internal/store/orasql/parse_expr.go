package orasql

import (
	"strconv"
	"strings"
	"time"
)

// isCond tells conditions from values: Oracle 19c has no boolean values.
func isCond(e expr) bool {
	switch e := e.(type) {
	case *binary:
		return e.op != "+" && e.op != "-" && e.op != "*"
	case *chain:
		return e.op == "AND" || e.op == "OR"
	case *unary:
		return e.op == "NOT"
	case *isNull, *isJSON, *between, *inList, *inQuery, *exists, *like:
		return true
	}
	return false
}

// value reads an expression that is a value, not a condition.
func (p *parser) value() expr {
	return p.mustValue(p.or())
}

func (p *parser) mustValue(e expr) expr {
	if p.failed() {
		return e
	}
	if isCond(e) {
		p.fail(e.at(), 923, "a condition is not a value in 19c", "CASE WHEN .. THEN 1 ELSE 0 END")
	} else if _, ok := e.(*tuple); ok {
		p.fail(e.at(), 907, "a list is not a value", "")
	}
	return e
}

// condition reads an expression that is a condition.
func (p *parser) condition() expr {
	return p.mustCond(p.or())
}

func (p *parser) mustCond(e expr) expr {
	if !p.failed() && !isCond(e) {
		p.fail(e.at(), 920, "a value is not a condition in 19c", "a comparison such as active = 1")
	}
	return e
}

func (p *parser) or() expr {
	if !p.enter() {
		return &nullLit{}
	}
	defer p.leave()
	return p.chained("OR", func() expr { return p.chained("AND", p.not) })
}

func (p *parser) chained(op string, part func() expr) expr {
	first := part()
	if !p.at(op) || p.failed() {
		return first
	}
	c := &chain{node: node{first.at()}, op: op, xs: []expr{p.mustCond(first)}}
	for p.accept(op) {
		c.xs = append(c.xs, p.mustCond(part()))
		if len(c.xs) > maxChain {
			p.fail(c.pos, 913, "more than "+strconv.Itoa(maxChain)+" conditions in one chain", "IN, or a join")
		}
	}
	return c
}

func (p *parser) not() expr {
	if !p.at("NOT") {
		return p.predicate()
	}
	pos := p.next().pos
	if !p.enter() {
		return &nullLit{}
	}
	defer p.leave()
	return &unary{node: node{pos}, op: "NOT", x: p.mustCond(p.not())}
}

func (p *parser) predicate() expr {
	if p.at("EXISTS") {
		pos := p.next().pos
		p.expectOp("(")
		if !p.failed() && !p.queryAhead() {
			p.fail(p.peek().pos, 928, "EXISTS takes a subquery", "")
		}
		q := p.query(false)
		p.expectOp(")")
		return &exists{node{pos}, q}
	}
	left := p.add()
	if p.failed() {
		return left
	}
	t := p.peek()
	if t.kind == tokOp && strings.Contains("= <> < <= > >=", t.up) && t.up != "," {
		return p.comparison(left)
	}
	if t.kind != tokWord {
		return p.loneTuple(left)
	}
	pos, not := t.pos, false
	if t.up == "NOT" {
		switch n := p.peekAt(1); n.up {
		case "IN", "LIKE", "BETWEEN":
			p.next()
			not = true
		case "ILIKE":
			p.next()
			p.unexpected("LIKE")
			return left
		default:
			return p.loneTuple(left)
		}
	}
	switch p.peek().up {
	case "IS":
		return p.is(left)
	case "IN":
		return p.in(left, not)
	case "LIKE":
		p.next()
		return p.like(p.mustValue(left), pos, not)
	case "BETWEEN":
		p.next()
		b := &between{node: node{pos}, x: p.mustValue(left), not: not}
		b.lo = p.mustValue(p.add())
		p.expect("AND")
		b.hi = p.mustValue(p.add())
		return b
	case "ILIKE", "REGEXP", "RLIKE", "GLOB", "SIMILAR", "ISNULL", "NOTNULL", "DIV", "XOR":
		p.fail(pos, 920, p.peek().up+" is not Oracle's", "LIKE, IS NULL or AND/OR")
	case "LIKEC", "LIKE2", "LIKE4", "MEMBER", "SUBMULTISET", "MULTISET", "COLLATE":
		p.outside(pos, p.peek().up, "LIKE or IN")
	}
	return p.loneTuple(left)
}

// loneTuple refuses (a, b) where IN does not follow.
func (p *parser) loneTuple(e expr) expr {
	if t, ok := e.(*tuple); ok {
		p.fail(t.pos, 920, "a list needs IN", "(a, b) IN ((1, 2))")
	}
	return e
}

func (p *parser) comparison(left expr) expr {
	t := p.next()
	if tu, ok := left.(*tuple); ok {
		if t.up != "=" && t.up != "<>" {
			p.fail(tu.pos, 1796, "row value with "+t.up, "a < :a OR (a = :a AND b < :b)")
		} else {
			p.outside(tu.pos, "row value with "+t.up, "(a, b) IN (SELECT ..) or a = :a AND b = :b")
		}
		return left
	}
	if w := p.peek(); w.kind == tokWord && (w.up == "ANY" || w.up == "ALL" || w.up == "SOME") {
		p.outside(w.pos, "comparison with "+w.up, "IN, EXISTS, or MIN and MAX")
		return left
	}
	b := &binary{node: node{t.pos}, op: t.up, l: p.mustValue(left)}
	b.r = p.add()
	p.loneTuple(b.r)
	b.r = p.mustValue(b.r)
	if n := p.peek(); n.kind == tokOp && strings.Contains("= <> < <= > >=", n.up) {
		p.fail(n.pos, 933, "comparison of a comparison", "a = b AND b = c")
	}
	return b
}

func (p *parser) is(left expr) expr {
	pos := p.next().pos
	left = p.mustValue(left)
	not := p.accept("NOT")
	switch {
	case p.accept("NULL"):
		return &isNull{node{pos}, left, not}
	case p.at("JSON"):
		p.next()
		if not {
			p.outside(pos, "IS NOT JSON", "CHECK (c IS JSON)")
		}
		if p.at("STRICT") || p.at("LAX") || p.at("WITH") || p.at("WITHOUT") || p.at("FORMAT") || p.at("VALUE") || p.at("OBJECT") || p.at("ARRAY") || p.at("SCALAR") {
			p.outside(p.peek().pos, "IS JSON with options", "c IS JSON")
		}
		return &isJSON{node{pos}, left}
	case p.at("DISTINCT"):
		p.fail(pos, 908, "IS DISTINCT FROM is not Oracle's", "a = b OR (a IS NULL AND b IS NULL)")
	case p.at("TRUE"), p.at("FALSE"), p.at("UNKNOWN"):
		p.fail(pos, 908, "IS "+p.peek().up+" is not in 19c", "= 1 or = 0")
	case p.at("OF"), p.at("NAN"), p.at("INFINITE"), p.at("EMPTY"), p.at("A"), p.at("DANGLING"):
		p.outside(pos, "IS "+p.peek().up, "IS NULL")
	default:
		p.fail(pos, 908, "found "+describe(p.peek())+" after IS", "IS NULL or IS NOT NULL")
	}
	return left
}

func (p *parser) in(left expr, not bool) expr {
	pos := p.next().pos
	lefts := []expr{left}
	if t, ok := left.(*tuple); ok {
		lefts = t.xs
	} else {
		p.mustValue(left)
	}
	if p.peek().kind == tokBind {
		p.fail(p.peek().pos, 906, "IN takes a bracketed list", "IN (:a, :b), in chunks of at most 1000")
	}
	p.expectOp("(")
	if p.atOp(")") {
		p.fail(p.peek().pos, 936, "IN with an empty list", "a list of at least one, decided in Go")
	}
	if p.at("SELECT") || p.at("WITH") {
		q := p.query(false)
		p.expectOp(")")
		return &inQuery{node{pos}, lefts, q, not}
	}
	in := &inList{node: node{pos}, left: lefts, not: not}
	for !p.failed() {
		in.rows = append(in.rows, p.inRow(len(lefts)))
		if len(in.rows) > maxInList {
			p.fail(in.rows[maxInList][0].at(), 1795, "more than 1000 values in IN", "chunks of at most 1000")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	if p.failed() {
		return in
	}
	if _, ok := in.rows[0][0].(*subquery); ok && len(in.rows) == 1 && len(lefts) == 1 {
		p.outside(pos, "IN with double brackets around a subquery", "IN (SELECT ..)")
	}
	return in
}

func (p *parser) inRow(width int) []expr {
	if width == 1 {
		return []expr{p.value()}
	}
	if !p.enter() {
		return []expr{&nullLit{}}
	}
	defer p.leave()
	x := p.add()
	t, ok := x.(*tuple)
	if !ok {
		p.fail(x.at(), 920, "IN compares a list with a single value", "(a, b) IN ((1, 2))")
		return []expr{x}
	}
	if len(t.xs) != width {
		p.fail(t.pos, 913, "lists of different length in IN", "")
	}
	return t.xs
}

func (p *parser) like(x expr, pos int, not bool) expr {
	l := &like{node: node{pos}, x: x, not: not}
	l.pat = p.mustValue(p.add())
	if p.accept("ESCAPE") {
		t := p.next()
		if t.kind != tokString || len(t.up) != 1 {
			p.fail(t.pos, 1425, "ESCAPE takes one character", `ESCAPE '\'`)
		}
		l.esc = t.up
	}
	return l
}

func (p *parser) add() expr {
	left := p.mul()
	for n := 0; !p.failed(); n++ {
		t := p.peek()
		if t.kind != tokOp || t.up != "+" && t.up != "-" {
			return left
		}
		p.next()
		left = &binary{node{t.pos}, t.up, p.mustValue(left), p.mustValue(p.mul())}
		if n > maxChain/2 {
			p.fail(t.pos, 913, "too many terms", "")
		}
	}
	return left
}

func (p *parser) mul() expr {
	left := p.sign()
	for n := 0; !p.failed(); n++ {
		t := p.peek()
		if t.kind == tokOp && t.up == "/" {
			p.outside(t.pos, "division", "the division in Go")
		}
		if t.kind != tokOp || t.up != "*" {
			return left
		}
		p.next()
		left = &binary{node{t.pos}, "*", p.mustValue(left), p.mustValue(p.sign())}
		if n > maxChain/2 {
			p.fail(t.pos, 913, "too many factors", "")
		}
	}
	return left
}

func (p *parser) sign() expr {
	t := p.peek()
	if t.kind != tokOp || t.up != "-" && t.up != "+" {
		return p.primary()
	}
	if !p.enter() {
		return &nullLit{}
	}
	defer p.leave()
	p.next()
	x := p.mustValue(p.sign())
	if t.up == "+" {
		return x
	}
	if n, ok := x.(*numLit); ok && n.val > 0 && n.text[0] != '-' {
		return &numLit{node: node{t.pos}, text: "-" + n.text, val: -n.val, frac: n.frac}
	}
	return &unary{node{t.pos}, "-", x}
}

func (p *parser) number() expr {
	t := p.next()
	n := &numLit{node: node{t.pos}, text: t.up}
	if strings.Trim(t.up, "0123456789") == "" {
		v, err := strconv.ParseInt(t.up, 10, 64)
		if err != nil {
			p.outside(t.pos, "whole number beyond 64 bits", "a smaller number")
		}
		n.val, n.text = v, strconv.FormatInt(v, 10)
		return n
	}
	if strings.ContainsAny(t.up, "eE") || len(t.up) > 18 {
		p.outside(t.pos, "number "+t.up, "a whole number, or a fraction such as 4.5")
	}
	n.frac = true
	if n.text[0] == '.' {
		n.text = "0" + n.text
	}
	n.text = strings.TrimSuffix(n.text, ".")
	if f, _ := strconv.ParseFloat(n.text, 64); f > 0 {
		n.val = 1 // the sign, for folding
	}
	return n
}

// timestampLiteral reads TIMESTAMP '...' with an explicit zone.
func (p *parser) timestampLiteral(pos int) expr {
	t := p.next()
	for _, f := range []string{"2006-01-02 15:04:05.999999 -07:00", "2006-01-02 15:04:05.999999 MST"} {
		if at, err := time.Parse(f, t.up); err == nil && (f[len(f)-1] != 'T' || strings.HasSuffix(t.up, " UTC")) && at.Year() > 0 {
			return &timeLit{node{pos}, at.UTC().Format("2006-01-02T15:04:05.000000Z")}
		}
	}
	p.outside(pos, "TIMESTAMP literal without a zone", "a bind, or TIMESTAMP '2024-01-01 00:00:00 +00:00'")
	return &nullLit{}
}
