package orasql

// statement reads what stands at the front of the text and dispatches.
func (p *parser) statement() (Kind, any) {
	t := p.peek()
	if t.kind == tokOp && t.up == "(" || p.at("SELECT") || p.at("WITH") {
		return Select, p.query(true)
	}
	if t.kind != tokWord {
		p.fail(t.pos, 900, "a statement cannot begin with "+describe(t), "SELECT, INSERT, UPDATE, DELETE or a data definition")
		return 0, nil
	}
	switch t.up {
	case "INSERT":
		return Insert, p.insert()
	case "UPDATE":
		return Update, p.update()
	case "DELETE":
		return Delete, p.delete()
	case "CREATE":
		return p.create()
	case "ALTER":
		return p.alter()
	case "DROP":
		return p.drop()
	case "COMMENT":
		return Comment, p.comment()
	case "TRUNCATE":
		return p.truncate()
	}
	if p.wide {
		if kind, n, ok := p.wideStatement(); ok {
			return kind, n
		}
	}
	if t.up == "BEGIN" && (p.peekAt(1).kind == tokEnd || p.at("BEGIN", "TRANSACTION") || p.at("BEGIN", "IMMEDIATE")) {
		p.fail(t.pos, 900, "Oracle has no BEGIN; a transaction starts by itself", "the store's InTx")
		return 0, nil
	}
	if c, ok := starters[t.up]; ok {
		if c.outside {
			p.outside(t.pos, c.reason, c.try)
		} else {
			p.fail(t.pos, 900, c.reason, c.try)
		}
		return 0, nil
	}
	p.fail(t.pos, 900, "a statement cannot begin with "+t.up, "SELECT, INSERT, UPDATE, DELETE or a data definition")
	return 0, nil
}

var starters = map[string]counsel{
	"MERGE":     {"MERGE races: the loser gets ORA-00001 all the same", "UPDATE; if 0 rows, INSERT; on ORA-00001 UPDATE again", true},
	"GRANT":     {"GRANT", "an oracle-only block in a migration", true},
	"REVOKE":    {"REVOKE", "an oracle-only block in a migration", true},
	"EXPLAIN":   {"EXPLAIN PLAN", "nothing; plans are read with the database's own tools", true},
	"LOCK":      {"LOCK TABLE", "SELECT .. FOR UPDATE of the rows", true},
	"COMMIT":    {"COMMIT as a text", "the store's InTx", true},
	"ROLLBACK":  {"ROLLBACK as a text", "the store's InTx", true},
	"SAVEPOINT": {"SAVEPOINT as a text", "the store's InTx; a failed statement leaves the transaction alive", true},
	"SET":       {"SET as a text", "the store's InTx", true},
	"CALL":      {"CALL", "Go", true},
	"BEGIN":     {"PL/SQL block", "Go", true},
	"DECLARE":   {"PL/SQL block", "Go", true},
	"ANALYZE":   {"ANALYZE", "the database's own tools", true},
	"FLASHBACK": {"FLASHBACK", "the database's own tools", true},
	"PURGE":     {"PURGE", "the database's own tools", true},
	"RENAME":    {"RENAME", "a new table in an additive migration", true},
	"AUDIT":     {"AUDIT", "an oracle-only block in a migration", true},
	"START":     {"Oracle has no START TRANSACTION", "the store's InTx", false},
	"PRAGMA":    {"PRAGMA is SQLite's", "nothing; the adapter sets its own", false},
	"REPLACE":   {"REPLACE INTO is not Oracle's", "UPDATE; if 0 rows, INSERT", false},
	"UPSERT":    {"UPSERT is not Oracle's", "UPDATE; if 0 rows, INSERT", false},
	"VALUES":    {"a table of VALUES is 23ai only", "SELECT .. FROM dual UNION ALL SELECT .. FROM dual", false},
	"SHOW":      {"SHOW is not SQL of Oracle", "", false},
	"USE":       {"USE is MySQL's", "", false},
	"VACUUM":    {"VACUUM is not Oracle's", "", false},
	"END":       {"END outside a block", "the store's InTx", false},
	"COPY":      {"COPY is PostgreSQL's", "the store's batch call", false},
}

func (p *parser) insert() *insertStmt {
	s := &insertStmt{node: node{p.next().pos}}
	switch {
	case p.at("ALL"), p.at("FIRST"), p.at("WHEN"):
		p.outside(p.peek().pos, "INSERT ALL", "one INSERT with slices through the store's batch call")
	case p.at("OR"):
		p.fail(p.peek().pos, 925, "INSERT OR .. is SQLite's", "INSERT, and treat ORA-00001 in Go")
	}
	p.expect("INTO")
	if p.atOp("(") {
		p.outside(p.peek().pos, "INSERT into a subquery", "the table's name")
	}
	s.table.name, s.table.pos = p.tableName()
	if t := p.peek(); t.kind == tokWord && !p.at("VALUES") && !p.at("SELECT") && !p.at("WITH") {
		if _, ok := advice[t.up]; !ok && !reserved[t.up] && !structural[t.up] {
			p.outside(t.pos, "alias in INSERT", "the table's name alone")
		} else if t.up == "DEFAULT" {
			p.fail(t.pos, 926, "DEFAULT VALUES is not Oracle's", "the columns and their values")
		}
	}
	if p.atOp("(") && !p.queryAhead() {
		s.cols = p.names("a column")
	}
	switch {
	case p.accept("VALUES"):
		p.insertValues(s)
	case p.at("SELECT"), p.at("WITH"), p.atOp("("):
		s.q = p.query(false)
		if p.at("RETURNING") || p.at("RETURN") {
			p.fail(p.peek().pos, 933, "RETURNING after INSERT .. SELECT", "INSERT .. VALUES, or a key made in Go")
		}
		p.noConflict()
		return s
	default:
		p.unexpected("VALUES")
	}
	s.ret = p.returning()
	return s
}

func (p *parser) insertValues(s *insertStmt) {
	p.expectOp("(")
	for !p.failed() {
		if p.at("DEFAULT") {
			p.outside(p.peek().pos, "DEFAULT as a value", "the column left out of the list")
		}
		s.vals = append(s.vals, p.value())
		if len(s.vals) > maxColumns {
			p.fail(p.peek().pos, 913, "too many values", "")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	if p.atOp(",") {
		p.fail(p.peek().pos, 933, "VALUES with several rows is 23ai only", "one INSERT with slices through the store's batch call")
	}
	p.noConflict()
}

func (p *parser) noConflict() {
	if p.at("ON") {
		p.fail(p.peek().pos, 933, "ON CONFLICT and ON DUPLICATE KEY are not Oracle's", "UPDATE; if 0 rows, INSERT; on ORA-00001 UPDATE again")
	}
}

func (p *parser) update() *updateStmt {
	s := &updateStmt{node: node{p.next().pos}}
	if p.at("OR") {
		p.fail(p.peek().pos, 903, "UPDATE OR .. is SQLite's", "UPDATE, and treat ORA-00001 in Go")
	}
	p.target(&s.table)
	p.expect("SET")
	for !p.failed() {
		s.sets = append(s.sets, p.setItem())
		if len(s.sets) > maxColumns || !p.acceptOp(",") {
			break
		}
	}
	if p.at("FROM") {
		p.fail(p.peek().pos, 933, "UPDATE .. FROM is not in 19c", "SET a = (SELECT ..) WHERE EXISTS (..)")
	}
	s.where = p.where()
	s.ret = p.returning()
	return s
}

func (p *parser) setItem() setItem {
	if p.acceptOp("(") {
		var it setItem
		for !p.failed() {
			it.cols = append(it.cols, p.column())
			if !p.acceptOp(",") {
				break
			}
		}
		p.expectOp(")")
		p.expectOp("=")
		pos := p.peek().pos
		p.expectOp("(")
		if !p.failed() && !p.at("SELECT") && !p.at("WITH") {
			p.fail(pos, 1767, "a bracketed SET takes a subquery", "SET a = :a, b = :b")
		}
		it.q = p.query(false)
		p.expectOp(")")
		return it
	}
	it := setItem{cols: []*colRef{p.column()}}
	p.expectOp("=")
	if p.at("DEFAULT") {
		p.outside(p.peek().pos, "DEFAULT as a value", "the value itself")
	}
	it.x = p.value()
	return it
}

func (p *parser) delete() *deleteStmt {
	s := &deleteStmt{node: node{p.next().pos}}
	p.accept("FROM")
	p.target(&s.table)
	if p.at("USING") {
		p.fail(p.peek().pos, 933, "DELETE .. USING is not Oracle's", "WHERE EXISTS (SELECT ..)")
	}
	s.where = p.where()
	s.ret = p.returning()
	return s
}

// target reads the table of UPDATE and DELETE.
func (p *parser) target(t *tableRef) {
	if p.atOp("(") || p.at("ONLY") || p.at("TABLE") {
		p.outside(p.peek().pos, "changing a subquery", "the table's name")
	}
	t.name, t.pos = p.tableName()
	t.alias = p.alias(false)
	if p.atOp(",") || p.at("JOIN") || p.at("INNER") || p.at("LEFT") {
		p.fail(p.peek().pos, 971, "changing several tables at once is not Oracle's", "WHERE EXISTS (SELECT ..)")
	}
}

func (p *parser) where() expr {
	if !p.accept("WHERE") {
		return nil
	}
	if p.at("CURRENT", "OF") {
		p.outside(p.peek().pos, "WHERE CURRENT OF", "the key")
	}
	return p.condition()
}

func (p *parser) returning() *returning {
	if p.at("ORDER") {
		p.fail(p.peek().pos, 933, "ORDER BY in a change", "ids chosen by a SELECT first")
	}
	if !p.accept("RETURNING") && !p.accept("RETURN") {
		return nil
	}
	r := &returning{}
	for !p.failed() {
		pos := p.peek().pos
		if p.atOp("*") {
			p.fail(pos, 936, "RETURNING *", "the columns")
		}
		x := p.value()
		r.items = append(r.items, selectItem{pos: pos, end: p.lastEnd(), x: x})
		if len(r.items) > maxColumns || !p.acceptOp(",") {
			break
		}
	}
	if p.at("BULK") {
		p.outside(p.peek().pos, "BULK COLLECT", "RETURNING .. INTO :x")
	}
	if !p.failed() && !p.at("INTO") {
		p.fail(p.peek().pos, 925, "RETURNING without INTO", "RETURNING id INTO :id with sql.Out")
	}
	p.expect("INTO")
	for !p.failed() {
		t := p.peek()
		if t.kind != tokBind {
			p.fail(t.pos, 1745, "INTO takes binds", "INTO :id")
			return r
		}
		p.outBind(r)
		if !p.acceptOp(",") {
			break
		}
	}
	if !p.failed() && len(r.out) != len(r.items) {
		ora := 947
		if len(r.out) > len(r.items) {
			ora = 913
		}
		p.fail(r.out[0].pos, ora, "RETURNING and INTO have different counts", "one bind for each column")
	}
	return r
}

// outBind reads one bind of INTO; a name may not be both in and out.
func (p *parser) outBind(r *returning) {
	before := len(p.binds)
	b := p.bind(p.next())
	if len(p.binds) == before {
		p.outside(b.pos, "bind :"+b.name+" is used twice, once as an out", "a name of its own for each out")
	}
	r.out = append(r.out, b)
}

// since is the text from a position to the end of the last token.
func (p *parser) since(from int) string {
	return p.text[from:max(from, p.lastEnd())]
}

func (p *parser) lastEnd() int {
	if p.i == 0 {
		return 0
	}
	return p.toks[p.i-1].end
}
