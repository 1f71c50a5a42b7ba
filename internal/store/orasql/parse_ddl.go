package orasql

import "strings"

type createTable struct {
	node
	name      string
	cols      []*columnDef
	cons      []*constraintDef
	organized bool
	fenced    bool // has clauses that only the wide grammar knows
}

type columnDef struct {
	node
	name     string
	typ      *dataType
	def      expr
	defText  string
	notNull  bool
	identity string // "", "DEFAULT", "DEFAULT ON NULL", "ALWAYS"
	start    int64  // of identity
	virtual  expr
	virtText string
	cons     []*constraintDef // of this column
}

type constraintDef struct {
	node
	name     string
	kind     ConstraintKind
	cols     []*colRef
	check    expr
	text     string
	refTable string
	refPos   int
	refCols  []*colRef
	onDelete string
}

type createIndex struct {
	node
	name, table string
	unique      bool
	keys        []indexKey
	fenced      bool
}

type indexKey struct {
	x    expr
	text string
	desc bool
}

type createSequence struct {
	node
	name        string
	start, step int64
}

type alterTable struct {
	node
	table string
	op    string // ADD, MODIFY, DROP COLUMN, ADD CONSTRAINT, DROP CONSTRAINT, OTHER
	cols  []*columnDef
	cons  []*constraintDef
	names []*colRef
}

type dropStmt struct {
	node
	what, name string // TABLE, INDEX, SEQUENCE
}

type commentStmt struct {
	node
	table, column, text string
}

type truncateStmt struct {
	node
	table string
}

// otherStmt is oracle-only: checked by grammar and not followed.
type otherStmt struct{ node }

func (p *parser) create() (Kind, any) {
	pos := p.next().pos
	switch {
	case p.at("TABLE"):
		p.next()
		return CreateTable, p.createTable(pos)
	case p.at("UNIQUE", "INDEX"):
		p.next()
		p.next()
		return CreateIndex, p.createIndex(pos, true)
	case p.at("INDEX"):
		p.next()
		return CreateIndex, p.createIndex(pos, false)
	case p.at("SEQUENCE"):
		p.next()
		return CreateSequence, p.createSequence(pos)
	}
	if p.wide {
		if kind, n, ok := p.wideCreate(pos); ok {
			return kind, n
		}
	}
	t := p.peek()
	switch t.up {
	case "TEMP", "TEMPORARY", "UNLOGGED":
		p.fail(t.pos, 901, "CREATE "+t.up+" is not Oracle's", "an ordinary table")
	case "EXTENSION", "SCHEMA", "ENUM", "DOMAIN":
		p.fail(t.pos, 901, "CREATE "+t.up+" is not in our 19c", "")
	case "GLOBAL", "PRIVATE":
		p.outside(t.pos, "temporary table", "an ordinary table")
	case "VIEW", "MATERIALIZED", "OR", "FORCE", "EDITIONABLE", "NONEDITIONABLE":
		p.outside(t.pos, "CREATE "+t.up, "the query as a named constant")
	case "BLOCKCHAIN", "IMMUTABLE", "SEARCH", "BITMAP", "MULTIVALUE":
		p.outside(t.pos, "CREATE "+t.up, "an oracle-only block in a migration")
	case "SYNONYM", "PUBLIC", "TRIGGER", "FUNCTION", "PROCEDURE", "PACKAGE", "TYPE", "USER", "ROLE", "DIRECTORY", "TABLESPACE", "PROFILE", "CONTEXT", "DATABASE", "CLUSTER", "SHARDED", "DUPLICATED":
		p.outside(t.pos, "CREATE "+t.up, "an oracle-only block, or nothing")
	default:
		p.fail(t.pos, 901, "CREATE "+describe(t), "CREATE TABLE, INDEX or SEQUENCE")
	}
	return 0, nil
}

func (p *parser) ifExists() {
	if p.at("IF") {
		n := p.peekAt(1).up
		if n == "NOT" || n == "EXISTS" {
			p.fail(p.peek().pos, 922, "IF EXISTS is 23ai only", "a guard in Go that looks in the catalog")
		}
	}
}

func (p *parser) createTable(pos int) *createTable {
	t := &createTable{node: node{pos}}
	p.ifExists()
	t.name, t.pos = p.tableName()
	if p.at("AS") {
		p.outside(p.peek().pos, "CREATE TABLE AS SELECT", "CREATE TABLE, then INSERT .. SELECT")
	}
	p.expectOp("(")
	for !p.failed() {
		if c := p.tableConstraint(); c != nil {
			t.cons = append(t.cons, c)
		} else if !p.failed() {
			t.cols = append(t.cols, p.columnDef())
		}
		if len(t.cols) > maxColumns {
			p.fail(pos, 1792, "more than 1000 columns", "")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	if p.accept("ORGANIZATION") {
		if p.at("HEAP") || p.at("EXTERNAL") {
			p.outside(p.peek().pos, "ORGANIZATION "+p.peek().up, "nothing, or ORGANIZATION INDEX")
		}
		p.expect("INDEX")
		t.organized = true
	}
	if p.wide && p.peek().kind != tokEnd {
		t.fenced = true
		p.tableTail()
	}
	p.tableEnd()
	if len(t.cols) == 0 {
		p.fail(pos, 904, "table without columns", "")
	}
	return t
}

// tableEnd refuses clauses after the closing bracket.
func (p *parser) tableEnd() {
	t := p.peek()
	if t.kind != tokWord {
		return
	}
	switch t.up {
	case "STRICT", "WITHOUT", "ENGINE", "INHERITS", "WITH", "AUTO_INCREMENT", "CHARSET", "DEFAULT":
		p.fail(t.pos, 922, t.up+" is not Oracle's", "nothing after the bracket")
	case "PARTITION", "TABLESPACE", "STORAGE", "COMPRESS", "NOCOMPRESS", "LOGGING", "NOLOGGING", "PCTFREE", "ROW", "INMEMORY",
		"PARALLEL", "NOPARALLEL", "CACHE", "NOCACHE", "LOB", "MONITORING", "RESULT_CACHE", "SEGMENT", "ENABLE", "DISABLE", "ON",
		"NO", "READ", "ILM", "MEMOPTIMIZE", "FLASHBACK", "ROWDEPENDENCIES", "INITRANS", "AS", "OVERFLOW", "INCLUDING", "PCTTHRESHOLD":
		p.outside(t.pos, t.up+" clause of a table", "it between -- oracle-only and -- end")
	}
}

func (p *parser) createIndex(pos int, unique bool) *createIndex {
	x := &createIndex{node: node{pos}, unique: unique}
	p.ifExists()
	if p.at("CONCURRENTLY") {
		p.fail(p.peek().pos, 969, "CONCURRENTLY is PostgreSQL's", "ONLINE in an oracle-only block")
	}
	x.name, x.pos = p.tableName()
	p.expect("ON")
	x.table, _ = p.tableName()
	if p.at("USING") {
		p.fail(p.peek().pos, 906, "USING is PostgreSQL's", "ON t (columns)")
	}
	p.expectOp("(")
	for !p.failed() {
		from := p.peek().pos
		k := indexKey{x: p.value()}
		k.text = p.since(from)
		if p.accept("DESC") {
			k.desc = true
		} else {
			p.accept("ASC")
		}
		if p.at("NULLS") {
			p.fail(p.peek().pos, 907, "NULLS in an index is PostgreSQL's", "the key alone")
		}
		x.keys = append(x.keys, k)
		if len(x.keys) > 32 {
			p.fail(pos, 1793, "more than 32 index keys", "")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	if p.wide && p.peek().kind != tokEnd {
		x.fenced = true
		p.indexTail()
	}
	switch t := p.peek(); {
	case p.at("WHERE"):
		p.fail(t.pos, 933, "partial index", "an index on CASE WHEN published_at IS NULL THEN id END")
	case p.at("INCLUDE"):
		p.fail(t.pos, 922, "INCLUDE is not Oracle's", "the column as a last key")
	case t.kind == tokWord && indexWords[t.up]:
		p.outside(t.pos, t.up+" clause of an index", "it between -- oracle-only and -- end")
	}
	return x
}

var indexWords = wordSet(`LOCAL GLOBAL ONLINE TABLESPACE COMPRESS NOCOMPRESS PARALLEL NOPARALLEL LOGGING NOLOGGING REVERSE
	INVISIBLE VISIBLE UNUSABLE COMPUTE PCTFREE INITRANS STORAGE SORT NOSORT ADVANCED USABLE INDEXTYPE PARTITION`)

func (p *parser) createSequence(pos int) *createSequence {
	s := &createSequence{node: node{pos}, start: 1, step: 1}
	p.ifExists()
	s.name, s.pos = p.tableName()
	p.sequenceOptions(&s.start, &s.step)
	return s
}

// sequenceOptions reads what follows a sequence's name or IDENTITY.
func (p *parser) sequenceOptions(start, step *int64) {
	seen := map[string]bool{}
	for !p.failed() {
		t := p.peek()
		if t.kind != tokWord {
			return
		}
		key := strings.TrimPrefix(t.up, "NO")
		switch {
		case p.accept("START"):
			p.expect("WITH")
			*start = p.integer()
		case p.accept("INCREMENT"):
			p.expect("BY")
			*step = p.integer()
			if *step == 0 {
				p.fail(t.pos, 4002, "INCREMENT BY 0", "INCREMENT BY 1")
			} else if *step < 0 {
				p.outside(t.pos, "sequence that counts down", "INCREMENT BY 1")
			}
		case p.accept("NOCYCLE"), p.accept("NOCACHE"), p.accept("NOORDER"), p.accept("NOMAXVALUE"), p.accept("NOMINVALUE"), p.accept("NOKEEP"):
		case t.up == "CACHE" || t.up == "ORDER" || t.up == "MAXVALUE" || t.up == "MINVALUE" || t.up == "CYCLE" || t.up == "KEEP" ||
			t.up == "SCALE" || t.up == "NOSCALE" || t.up == "EXTEND" || t.up == "NOEXTEND" || t.up == "SESSION" || t.up == "GLOBAL" || t.up == "SHARD":
			if !p.wide {
				p.outside(t.pos, t.up+" of a sequence", "it between -- oracle-only and -- end")
				return
			}
			p.next()
			if t.up == "CACHE" || t.up == "MAXVALUE" || t.up == "MINVALUE" {
				p.integer()
			}
		case t.up == "AS" || t.up == "OWNED" || t.up == "NO" || t.up == "RESTART":
			p.fail(t.pos, 933, t.up+" of a sequence is not Oracle's", "")
		default:
			return
		}
		if seen[key] {
			p.fail(t.pos, 2000, "option "+key+" twice", "")
		}
		seen[key] = true
	}
}

func (p *parser) integer() int64 {
	neg := p.acceptOp("-")
	t := p.peek()
	if t.kind != tokNumber {
		p.fail(t.pos, 2017, "found "+describe(t)+", expected a whole number", "")
		return 0
	}
	n, ok := p.number().(*numLit)
	if !ok || n.frac {
		p.fail(t.pos, 2017, "a whole number is needed", "")
		return 0
	}
	if neg {
		return -n.val
	}
	return n.val
}
