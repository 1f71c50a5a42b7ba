package orasql

// Kind says what a statement does.
type Kind int

const (
	Select Kind = iota + 1
	Insert
	Update
	Delete
	CreateTable
	CreateIndex
	CreateSequence
	AlterTable
	Drop
	Comment
	Truncate
	Other // oracle-only statements that the catalog does not follow
)

var kindNames = [...]string{"", "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE TABLE", "CREATE INDEX", "CREATE SEQUENCE",
	"ALTER TABLE", "DROP", "COMMENT", "TRUNCATE", "OTHER"}

// IsDDL reports whether the statement commits the transaction on Oracle.
func (k Kind) IsDDL() bool { return k >= CreateTable && k <= Other }

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "?"
	}
	return kindNames[k]
}

// Statement is one parsed statement. It is never changed after Parse, so
// several goroutines may check and emit it.
type Statement struct {
	kind  Kind
	text  string
	node  any // *query, *insertStmt, *updateStmt, *deleteStmt, *createTable, ...
	binds []string
	cuts  []Cut
}

// Cut is a column by which a table is partitioned or subpartitioned.
type Cut struct {
	Kind   string // RANGE, LIST or HASH
	Column string
}

// Cuts returns how the table of a CREATE TABLE is partitioned, with its name;
// only ParseOracle reads the clauses.
func (s *Statement) Cuts() (table string, cuts []Cut) {
	if t, ok := s.node.(*createTable); ok {
		return t.name, s.cuts
	}
	return "", nil
}

// Kind says what the statement does.
func (s *Statement) Kind() Kind { return s.kind }

// Binds returns the bind names, each once and as first written, in order of
// first appearance, including the outs of RETURNING INTO.
func (s *Statement) Binds() []string { return s.binds }

// Text returns the text that was parsed.
func (s *Statement) Text() string { return s.text }

// ---- expressions

type expr interface{ at() int }

type node struct{ pos int }

func (n node) at() int { return n.pos }

type (
	colRef struct {
		node
		qual, name string
	}
	numLit struct {
		node
		text string
		val  int64
		frac bool
	}
	strLit struct { // '' is nullLit
		node
		val string
	}
	nullLit struct{ node }
	timeLit struct {
		node
		utc string
	}
	bindRef struct {
		node
		name string
	}
	sysTime struct{ node }
	call    struct {
		node
		name     string // upper case
		args     []expr
		star     bool
		distinct bool
		over     *window
	}
	unary struct { // "-" or "NOT"
		node
		op string
		x  expr
	}
	binary struct { // + - * = <> < <= > >=
		node
		op   string
		l, r expr
	}
	chain struct { // AND, OR over two or more
		node
		op string
		xs []expr
	}
	isNull struct {
		node
		x   expr
		not bool
	}
	isJSON struct {
		node
		x expr
	}
	between struct {
		node
		x, lo, hi expr
		not       bool
	}
	inList struct {
		node
		left []expr
		rows [][]expr
		not  bool
	}
	inQuery struct {
		node
		left []expr
		q    *query
		not  bool
	}
	exists struct {
		node
		q *query
	}
	like struct {
		node
		x, pat expr
		esc    string
		not    bool
	}
	caseWhen struct{ cond, then expr }
	caseExpr struct {
		node
		operand expr // nil for a searched CASE
		whens   []caseWhen
		els     expr
	}
	castExpr struct {
		node
		x  expr
		to *dataType
	}
	subquery struct {
		node
		q *query
	}
	tuple struct {
		node
		xs []expr
	}
)

type window struct {
	partition []expr
	order     []orderItem
	frame     string // normalized text, "" for the default
}

// dataType is one of our six types; n is length or precision.
type dataType struct {
	pos  int
	name string // VARCHAR2 NUMBER TIMESTAMP CLOB RAW BLOB, or another in the wide grammar
	n    int
}

// ---- queries

type query struct {
	node
	with          []*cte
	body          body
	order         []orderItem
	offset, fetch expr
	lock          *forUpdate
}

type cte struct {
	node
	name string
	cols []string
	q    *query
}

// body is *selectCore or *setOp.
type body interface{ at() int }

type setOp struct {
	node
	op   string // UNION, UNION ALL, INTERSECT, MINUS
	l, r body
}

type selectCore struct {
	node
	distinct bool
	items    []selectItem
	from     []tableExpr
	where    expr
	group    []expr
	having   expr
}

type selectItem struct {
	pos, end int
	star     bool
	qual     string // of star
	x        expr
	alias    string
}

type orderItem struct {
	pos   int
	x     expr
	desc  bool
	nulls string // FIRST, LAST or ""
}

type forUpdate struct {
	pos  int
	of   []*colRef
	mode string // "", NOWAIT, WAIT, SKIP LOCKED
}

// tableExpr is *tableRef, *derived or *join.
type tableExpr interface{ at() int }

type (
	tableRef struct {
		node
		name, alias string
	}
	derived struct {
		node
		q     *query
		alias string
	}
	join struct {
		node
		kind  string // INNER, LEFT, RIGHT, FULL, CROSS
		l, r  tableExpr
		on    expr
		using []*colRef
	}
)

// ---- DML

type returning struct {
	items []selectItem
	out   []*bindRef
}

type insertStmt struct {
	node
	table tableRef
	cols  []*colRef
	vals  []expr
	q     *query
	ret   *returning
}

type setItem struct {
	cols []*colRef
	x    expr   // single column
	q    *query // (a, b) = (SELECT ..)
}

type updateStmt struct {
	node
	table tableRef
	sets  []setItem
	where expr
	ret   *returning
}

type deleteStmt struct {
	node
	table tableRef
	where expr
	ret   *returning
}
