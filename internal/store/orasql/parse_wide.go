package orasql

// This file reads what only fenced oracle-only parts may hold. It checks the
// order of keywords and the balance of brackets, not names: nothing outside
// Oracle can prove more.

// skipBalanced reads to the end or to an unmatched closing bracket.
func (p *parser) skipBalanced() {
	depth := 0
	for p.peek().kind != tokEnd {
		switch {
		case p.atOp("("):
			depth++
		case p.atOp(")"):
			if depth == 0 {
				return
			}
			depth--
		}
		p.next()
	}
	if depth > 0 {
		p.fail(p.peek().pos, 907, "bracket not closed", "")
	}
}

// group reads one bracketed group that must not be empty.
func (p *parser) group() {
	if !p.expectOp("(") {
		return
	}
	if p.atOp(")") {
		p.fail(p.peek().pos, 936, "empty brackets", "")
	}
	p.skipBalanced()
	p.expectOp(")")
}

var wideStarts = wordSet(`GRANT REVOKE CALL AUDIT NOAUDIT ANALYZE`)

func (p *parser) wideStatement() (Kind, any, bool) {
	t := p.peek()
	if !wideStarts[t.up] {
		return 0, nil, false
	}
	p.next()
	switch t.up {
	case "GRANT", "REVOKE":
		p.privileges(t.up)
	case "CALL":
		p.name("a procedure", 904)
		for p.acceptOp(".") {
			p.name("a procedure", 904)
		}
		p.expectOp("(")
		p.skipBalanced()
		p.expectOp(")")
	default:
		if p.peek().kind == tokEnd {
			p.unexpected("what to do")
		}
		p.skipBalanced()
	}
	return Other, &otherStmt{node{t.pos}}, true
}

var privileges = wordSet(`SELECT INSERT UPDATE DELETE REFERENCES EXECUTE ALTER INDEX READ ALL CREATE CONNECT RESOURCE USE INHERIT
	FLASHBACK DEBUG UNDER DROP ENQUEUE DEQUEUE MANAGE ADMINISTER UNLIMITED GRANT`)

func (p *parser) privileges(verb string) {
	for !p.failed() {
		t := p.peek()
		if t.kind != tokWord || reserved[t.up] && !privileges[t.up] {
			p.fail(t.pos, 990, "found "+describe(t)+", expected a privilege or role", "")
			return
		}
		p.next()
		for w := p.peek(); w.kind == tokWord && w.up != "ON" && w.up != "TO" && w.up != "FROM"; w = p.peek() {
			p.next()
		}
		if p.atOp("(") {
			p.names("a column")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	if p.accept("ON") {
		p.accept("DIRECTORY")
		p.tableName()
	}
	p.expect(map[string]string{"GRANT": "TO", "REVOKE": "FROM"}[verb])
	for !p.failed() {
		if !p.accept("PUBLIC") {
			p.name("a user or role", 987)
		}
		if !p.acceptOp(",") {
			break
		}
	}
	if verb == "GRANT" && p.accept("WITH") {
		if !p.accept("GRANT") && !p.accept("ADMIN") {
			p.unexpected("GRANT or ADMIN")
		}
		p.expect("OPTION")
	}
}

// wideCreate reads CREATE of things that the catalog does not follow.
func (p *parser) wideCreate(pos int) (Kind, any, bool) {
	other := func() (Kind, any, bool) { return Other, &otherStmt{node{pos}}, true }
	switch {
	case p.accept("IMMUTABLE", "TABLE"), p.accept("BLOCKCHAIN", "TABLE"), p.accept("IMMUTABLE", "BLOCKCHAIN", "TABLE"):
		t := p.createTable(pos)
		return CreateTable, t, true
	case p.accept("SEARCH", "INDEX"), p.accept("BITMAP", "INDEX"), p.accept("MULTIVALUE", "INDEX"), p.accept("VECTOR", "INDEX"):
		p.tableName()
		p.expect("ON")
		p.tableName()
		p.group()
		p.skipBalanced()
		return other()
	case p.accept("MATERIALIZED", "VIEW"), p.accept("MATERIALIZED", "VIEW", "LOG"):
		p.tableNameAfter("LOG", "ON")
		for p.peek().kind != tokEnd && !p.at("AS") {
			p.next()
		}
		if p.accept("AS") {
			p.query(false)
		}
		return other()
	case p.at("OR", "REPLACE", "VIEW"), p.at("VIEW"), p.at("SYNONYM"), p.at("PUBLIC"), p.at("ROLE"), p.at("CONTEXT"), p.at("PROPERTY"), p.at("INMEMORY"):
		p.next()
		if p.peek().kind == tokEnd {
			p.unexpected("a name")
		}
		p.skipBalanced()
		return other()
	case p.accept("GLOBAL", "TEMPORARY", "TABLE"), p.accept("PRIVATE", "TEMPORARY", "TABLE"):
		p.createTable(pos)
		return other()
	}
	return 0, nil, false
}

func (p *parser) tableNameAfter(words ...string) {
	for _, w := range words {
		p.accept(w)
	}
	p.tableName()
}

func (p *parser) wideAlter(pos int) (Kind, any) {
	t := p.next()
	switch t.up {
	case "INDEX", "SEQUENCE", "VIEW", "USER", "SYSTEM":
		if t.up != "SYSTEM" {
			p.tableName()
		}
		if p.peek().kind == tokEnd {
			p.unexpected("a change")
		}
		p.skipBalanced()
	case "MATERIALIZED", "SESSION", "PROPERTY":
		p.skipBalanced()
	default:
		p.fail(t.pos, 940, "ALTER "+describe(&t), "ALTER TABLE, INDEX or SEQUENCE")
	}
	return Other, &otherStmt{node{pos}}
}

// tableTail reads the clauses after a table's closing bracket.
func (p *parser) tableTail() {
	for !p.failed() && p.peek().kind != tokEnd {
		t := p.peek()
		switch {
		case p.accept("PARTITION", "BY"):
			p.partitionBy()
		case p.accept("SUBPARTITION", "BY"):
			p.subpartitionBy()
		case p.accept("ORGANIZATION"):
			p.expect("INDEX")
		case p.accept("TABLESPACE"):
			p.name("a tablespace", 959)
		case p.accept("NO"):
			p.retention()
		case p.accept("HASHING", "USING"):
			p.quotedText()
			p.expect("VERSION")
			p.quotedText()
		case p.accept("ENABLE", "ROW", "MOVEMENT"), p.accept("DISABLE", "ROW", "MOVEMENT"), p.accept("ROW", "STORE"), p.accept("COLUMN", "STORE"),
			p.accept("ON", "COMMIT", "DELETE", "ROWS"), p.accept("ON", "COMMIT", "PRESERVE", "ROWS"), p.accept("SEGMENT", "CREATION", "DEFERRED"),
			p.accept("SEGMENT", "CREATION", "IMMEDIATE"), p.accept("COMPRESS"), p.accept("NOCOMPRESS"), p.accept("ADVANCED"), p.accept("BASIC"),
			p.accept("LOGGING"), p.accept("NOLOGGING"), p.accept("CACHE"), p.accept("NOCACHE"), p.accept("MONITORING"), p.accept("OVERFLOW"),
			p.accept("PARALLEL"), p.accept("NOPARALLEL"), p.accept("INMEMORY"), p.accept("ROWDEPENDENCIES"), p.accept("OLTP"):
		case p.accept("PCTFREE"), p.accept("INITRANS"), p.accept("PCTTHRESHOLD"):
			p.integer()
		case p.accept("INCLUDING"):
			p.name("a column", 904)
		case p.accept("STORAGE"):
			p.group()
		case p.accept("LOB"):
			p.group()
			p.expect("STORE", "AS")
			if p.peek().kind == tokWord && !p.atOp("(") {
				p.next()
			}
			if p.atOp("(") {
				p.group()
			}
		default:
			p.fail(t.pos, 922, "found "+describe(t)+" after the table", "")
		}
	}
}

// retention reads what follows NO in IMMUTABLE and BLOCKCHAIN tables.
func (p *parser) retention() {
	if !p.accept("DROP") && !p.accept("DELETE") {
		p.unexpected("DROP or DELETE")
	}
	if p.accept("UNTIL") {
		p.integer()
		p.expect("DAYS")
		if !p.accept("IDLE") {
			p.expect("AFTER", "INSERT")
		}
	}
	p.accept("LOCKED")
}

func (p *parser) quotedText() {
	if t := p.next(); t.kind != tokQuoted {
		p.fail(t.pos, 922, "found "+describe(&t)+`, expected a name in "quotes"`, "")
	}
}

func (p *parser) partitionBy() {
	t := p.next()
	switch t.up {
	case "RANGE", "LIST", "HASH":
		p.partitionKey(t.up, p.names("a column"))
	case "REFERENCE", "CONSISTENT", "SYSTEM":
		p.skipBalanced()
		return
	default:
		p.fail(t.pos, 906, "PARTITION BY "+describe(&t), "RANGE, LIST or HASH")
	}
	if p.accept("INTERVAL") {
		if t.up != "RANGE" {
			p.fail(t.pos, 14751, "INTERVAL without RANGE", "PARTITION BY RANGE")
		}
		p.group()
	}
	p.accept("AUTOMATIC")
	if p.accept("STORE", "IN") {
		p.names("a tablespace")
	}
	if p.accept("SUBPARTITION", "BY") {
		p.subpartitionBy()
	}
	p.partitions(t.up)
}

// partitionKey remembers by which columns the table is cut, and how.
func (p *parser) partitionKey(kind string, columns []*colRef) {
	for _, c := range columns {
		p.cuts = append(p.cuts, Cut{Kind: kind, Column: c.name})
	}
}

func (p *parser) subpartitionBy() {
	t := p.next()
	if t.up != "RANGE" && t.up != "LIST" && t.up != "HASH" {
		p.fail(t.pos, 906, "SUBPARTITION BY "+describe(&t), "RANGE, LIST or HASH")
	}
	p.partitionKey(t.up, p.names("a column"))
	switch {
	case p.accept("SUBPARTITIONS"):
		p.integer()
	case p.accept("SUBPARTITION", "TEMPLATE"):
		p.group()
	}
}

func (p *parser) partitions(kind string) {
	if kind == "HASH" && p.accept("PARTITIONS") {
		p.integer()
		return
	}
	p.expectOp("(")
	for !p.failed() {
		p.expect("PARTITION")
		if !p.at("VALUES") {
			p.name("a partition", 14006)
		}
		switch kind {
		case "RANGE":
			p.expect("VALUES", "LESS", "THAN")
			p.group()
		case "LIST":
			p.expect("VALUES")
			p.group()
		}
		if p.accept("TABLESPACE") {
			p.name("a tablespace", 959)
		}
		if p.atOp("(") {
			p.group()
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
}

// indexTail reads the clauses after an index's closing bracket.
func (p *parser) indexTail() {
	for !p.failed() && p.peek().kind != tokEnd {
		t := p.peek()
		switch {
		case p.accept("TABLESPACE"):
			p.name("a tablespace", 959)
		case p.accept("PCTFREE"), p.accept("INITRANS"):
			p.integer()
		case p.accept("COMPRESS"), p.accept("PARALLEL"):
			if p.peek().kind == tokNumber {
				p.integer()
			} else if p.accept("ADVANCED") {
				if !p.accept("LOW") {
					p.accept("HIGH")
				}
			}
		case p.accept("GLOBAL"):
			if p.accept("PARTITION", "BY") {
				p.partitionBy()
			}
		case t.kind == tokWord && indexWords[t.up] && t.up != "INDEXTYPE" && t.up != "PARTITION" && t.up != "STORAGE":
			p.next()
			if t.up == "LOCAL" && p.atOp("(") {
				p.group()
			}
		default:
			p.fail(t.pos, 2158, "found "+describe(t)+" after the index", "")
		}
	}
}
