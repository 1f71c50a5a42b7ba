package orasql

func (p *parser) alter() (Kind, any) {
	pos := p.next().pos
	if !p.accept("TABLE") {
		if p.wide {
			return p.wideAlter(pos)
		}
		t := p.peek()
		switch t.up {
		case "SESSION", "SYSTEM", "INDEX", "SEQUENCE", "VIEW", "USER", "TRIGGER", "DATABASE", "MATERIALIZED", "PACKAGE", "PROCEDURE", "FUNCTION", "TABLESPACE":
			p.outside(t.pos, "ALTER "+t.up, "an oracle-only block in a migration, or nothing")
		default:
			p.fail(t.pos, 940, "ALTER "+describe(t), "ALTER TABLE")
		}
		return 0, nil
	}
	p.ifExists()
	a := &alterTable{node: node{pos}}
	a.table, a.pos = p.tableName()
	switch {
	case p.accept("ADD"):
		p.alterAdd(a)
	case p.accept("MODIFY"):
		p.alterModify(a)
	case p.accept("DROP"):
		p.alterDrop(a)
	default:
		p.alterOther(a)
	}
	if !p.failed() && p.peek().kind != tokEnd && !p.wide && (p.at("ADD") || p.at("MODIFY") || p.at("DROP") || p.atOp(",")) {
		if p.atOp(",") {
			p.fail(p.peek().pos, 1735, "several changes with a comma", "one ALTER TABLE each, or ADD (a .., b ..)")
		} else {
			p.outside(p.peek().pos, "several changes in one ALTER TABLE", "one ALTER TABLE each")
		}
	}
	return AlterTable, a
}

func (p *parser) alterAdd(a *alterTable) {
	if p.at("COLUMN") {
		p.fail(p.peek().pos, 904, "ADD COLUMN is not Oracle's", "ADD (c NUMBER(9))")
	}
	p.ifExists()
	if p.wide && (p.at("PARTITION") || p.at("SUPPLEMENTAL")) {
		a.op = "OTHER"
		p.skipBalanced()
		return
	}
	if !p.atOp("(") {
		if d := p.tableConstraint(); d != nil || p.failed() {
			a.op, a.cons = "ADD CONSTRAINT", []*constraintDef{d}
			return
		}
		a.op, a.cols = "ADD", []*columnDef{p.columnDef()}
		return
	}
	p.next()
	for !p.failed() {
		if d := p.tableConstraint(); d != nil {
			a.cons = append(a.cons, d)
		} else if !p.failed() {
			a.cols = append(a.cols, p.columnDef())
		}
		if len(a.cols)+len(a.cons) > maxColumns || !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	a.op = "ADD"
	if len(a.cols) == 0 {
		a.op = "ADD CONSTRAINT"
	} else if len(a.cons) > 0 {
		p.outside(a.pos, "columns and constraints in one ADD", "one ALTER TABLE each")
	}
}

func (p *parser) alterModify(a *alterTable) {
	a.op = "MODIFY"
	if p.at("COLUMN") {
		p.fail(p.peek().pos, 905, "MODIFY COLUMN is MySQL's", "MODIFY (c VARCHAR2(80 CHAR))")
	}
	if p.at("CONSTRAINT") || p.at("PARTITION") || p.at("PRIMARY") || p.at("UNIQUE") || p.at("LOB") || p.at("DEFAULT") {
		if p.wide {
			a.op = "OTHER"
			p.skipBalanced()
			return
		}
		p.outside(p.peek().pos, "MODIFY "+p.peek().up, "MODIFY (c VARCHAR2(80 CHAR))")
	}
	bracket := p.acceptOp("(")
	for !p.failed() {
		a.cols = append(a.cols, p.modifiedColumn())
		if !bracket || len(a.cols) > maxColumns || !p.acceptOp(",") {
			break
		}
	}
	if bracket {
		p.expectOp(")")
	}
}

// modifiedColumn reads a column whose type may be left out.
func (p *parser) modifiedColumn() *columnDef {
	c := &columnDef{node: node{p.peek().pos}, name: p.name("a column name", 904)}
	t := p.peek()
	if t.kind == tokWord && t.up != "DEFAULT" && t.up != "NOT" && t.up != "NULL" && t.up != "CONSTRAINT" && t.up != "VISIBLE" && t.up != "INVISIBLE" {
		c.typ = p.dataType()
	}
	p.columnDefault(c)
	if p.accept("NULL") {
		p.outside(t.pos, "MODIFY to NULL", "a new nullable column")
	}
	p.columnConstraints(c)
	if !p.failed() && c.typ == nil && c.def == nil && !c.notNull && len(c.cons) == 0 {
		p.fail(c.pos, 905, "MODIFY without a change", "MODIFY (c VARCHAR2(80 CHAR))")
	}
	if c.identity != "" || c.virtual != nil {
		p.outside(c.pos, "MODIFY to an identity or virtual column", "a new column")
	}
	return c
}

func (p *parser) alterDrop(a *alterTable) {
	switch {
	case p.accept("COLUMN"):
		p.ifExists()
		a.op = "DROP COLUMN"
		a.names = []*colRef{{node: node{p.peek().pos}, name: p.name("a column", 904)}}
	case p.atOp("("):
		a.op = "DROP COLUMN"
		a.names = p.names("a column")
	case p.accept("CONSTRAINT"):
		p.ifExists()
		a.op = "DROP CONSTRAINT"
		a.names = []*colRef{{node: node{p.peek().pos}, name: p.name("a constraint", 904)}}
	case p.at("PRIMARY"), p.at("UNIQUE"):
		p.outside(p.peek().pos, "DROP "+p.peek().up, "DROP CONSTRAINT with its name")
	case p.wide && (p.at("PARTITION") || p.at("SUBPARTITION") || p.at("SUPPLEMENTAL") || p.at("UNUSED")):
		a.op = "OTHER"
		p.skipBalanced()
	default:
		p.unexpected("COLUMN or CONSTRAINT")
	}
	if p.at("CASCADE") {
		p.outside(p.peek().pos, "DROP with CASCADE", "one DROP each")
	}
}

func (p *parser) alterOther(a *alterTable) {
	a.op = "OTHER"
	t := p.peek()
	if p.wide && t.kind == tokWord && alterWords[t.up] {
		p.skipBalanced()
		return
	}
	switch {
	case p.at("ALTER"):
		p.fail(t.pos, 1735, "ALTER COLUMN is PostgreSQL's", "MODIFY (c VARCHAR2(80 CHAR))")
	case p.at("CHANGE"):
		p.fail(t.pos, 1735, "CHANGE is MySQL's", "MODIFY (c VARCHAR2(80 CHAR))")
	case p.at("OWNER"), p.at("ENGINE"):
		p.fail(t.pos, 1735, t.up+" is not Oracle's", "")
	case t.kind == tokWord && alterWords[t.up]:
		p.outside(t.pos, "ALTER TABLE .. "+t.up, "an additive migration, or an oracle-only block")
	default:
		p.fail(t.pos, 1735, "found "+describe(t)+", expected ADD, MODIFY or DROP", "")
	}
}

var alterWords = wordSet(`RENAME SET ENABLE DISABLE MOVE SHRINK SPLIT MERGE EXCHANGE TRUNCATE COALESCE PARTITION COMPRESS
	NOCOMPRESS LOGGING NOLOGGING PARALLEL NOPARALLEL CACHE NOCACHE READ ROW INMEMORY NO MONITORING STORAGE PCTFREE INITRANS
	UPGRADE RESULT_CACHE FLASHBACK ILM DEALLOCATE ALLOCATE RECORDS`)

func (p *parser) drop() (Kind, any) {
	pos := p.next().pos
	d := &dropStmt{node: node{pos}}
	t := p.peek()
	switch t.up {
	case "TABLE", "INDEX", "SEQUENCE":
		d.what = t.up
		p.next()
	case "VIEW", "MATERIALIZED", "TRIGGER", "SYNONYM", "PUBLIC", "FUNCTION", "PROCEDURE", "PACKAGE", "TYPE", "USER", "ROLE", "DIRECTORY", "TABLESPACE", "CONTEXT", "PROFILE", "CLUSTER", "DATABASE", "JAVA", "LIBRARY":
		if p.wide {
			p.skipBalanced()
			return Other, &otherStmt{node{pos}}
		}
		p.outside(t.pos, "DROP "+t.up, "an oracle-only block in a migration")
		return 0, nil
	default:
		p.fail(t.pos, 950, "DROP "+describe(t), "DROP TABLE, INDEX or SEQUENCE")
		return 0, nil
	}
	p.ifExists()
	d.name, d.pos = p.tableName()
	if p.atOp(",") {
		p.fail(p.peek().pos, 933, "several names in DROP", "one DROP each")
	}
	if d.what == "TABLE" {
		if p.at("CASCADE", "CONSTRAINTS") {
			p.outside(p.peek().pos, "CASCADE CONSTRAINTS", "the referring constraints dropped first")
		}
		p.accept("PURGE")
	}
	if p.at("CASCADE") || p.at("RESTRICT") {
		p.fail(p.peek().pos, 933, "DROP .. "+p.peek().up+" is PostgreSQL's", "DROP "+d.what+" name")
	}
	if d.what == "INDEX" {
		if p.at("ONLINE") || p.at("FORCE") {
			if p.wide {
				p.next()
			} else {
				p.outside(p.peek().pos, "DROP INDEX .. "+p.peek().up, "it between -- oracle-only and -- end")
			}
		}
		if p.at("ON") {
			p.fail(p.peek().pos, 933, "DROP INDEX .. ON is MySQL's", "DROP INDEX name")
		}
	}
	return Drop, d
}

func (p *parser) comment() *commentStmt {
	c := &commentStmt{node: node{p.next().pos}}
	p.expect("ON")
	switch {
	case p.accept("TABLE"):
		c.table, c.pos = p.tableName()
	case p.accept("COLUMN"):
		r := p.column()
		c.pos, c.table, c.column = r.pos, r.qual, r.name
		if r.qual == "" {
			p.fail(r.pos, 905, "COMMENT ON COLUMN without the table", "COMMENT ON COLUMN t.c IS '..'")
		}
	default:
		p.outside(p.peek().pos, "COMMENT ON "+describe(p.peek()), "COMMENT ON TABLE or COLUMN")
	}
	p.expect("IS")
	t := p.next()
	if t.kind != tokString {
		p.fail(t.pos, 1780, "COMMENT takes a string literal", "'..'")
	}
	c.text = t.up
	return c
}

func (p *parser) truncate() (Kind, any) {
	s := &truncateStmt{node: node{p.next().pos}}
	if !p.at("TABLE") {
		p.fail(p.peek().pos, 3290, "TRUNCATE without TABLE", "TRUNCATE TABLE t")
	}
	p.next()
	s.table, s.pos = p.tableName()
	switch t := p.peek(); t.up {
	case "CASCADE", "DROP", "REUSE", "PURGE", "PRESERVE":
		p.outside(t.pos, "TRUNCATE with "+t.up, "TRUNCATE TABLE t")
	case "RESTART", "CONTINUE", ",", "RESTRICT":
		p.fail(t.pos, 3291, "TRUNCATE with "+t.up+" is PostgreSQL's", "TRUNCATE TABLE t")
	}
	return Truncate, s
}
