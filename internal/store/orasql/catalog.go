package orasql

import (
	"slices"
	"strings"
	"sync"
)

// Type is the class of a value. Implicit conversion between classes is
// refused, so a class is all that comparing and binding need.
type Type int

const (
	Unknown Type = iota
	Text
	Number
	Time
	Bytes
)

func (t Type) String() string {
	return [...]string{"unknown", "text", "number", "time", "bytes"}[t]
}

// Column is one result column of a query or of RETURNING.
type Column struct {
	Name string // upper case, as Oracle answers
	Type Type
}

// ConstraintKind tells constraints apart.
type ConstraintKind int

const (
	NotNull ConstraintKind = iota + 1
	PrimaryKey
	Unique
	ForeignKey
	Check
)

func (k ConstraintKind) String() string {
	return [...]string{"", "NOT NULL", "PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"}[k]
}

func (k ConstraintKind) suffix() string {
	return [...]string{"", "nn", "pk", "uk", "fk", "ck"}[k]
}

// Table is what the catalog knows of one table. All names are in lower case.
type Table struct {
	Name        string
	Columns     []*TableColumn
	Constraints []*Constraint
	Indexes     []*Index
	Organized   bool // ORGANIZATION INDEX

	outs []outCol // the columns as a query sees them
}

// TableColumn is one column of a table. Length is characters of VARCHAR2,
// bytes of RAW, digits of NUMBER, and 0 for the other types.
type TableColumn struct {
	Name     string
	Type     Type
	Decl     string // as in our subset, such as VARCHAR2(20 CHAR)
	Length   int
	Nullable bool
	Default  string // text of the default, "" for none
	Identity string // "", "DEFAULT", "DEFAULT ON NULL" or "ALWAYS"
	Virtual  string // text of the expression, "" for a stored column
	JSON     bool   // has CHECK (c IS JSON)

	def     expr
	start   int64
	virtual expr
	lob     bool
}

// Constraint is one named constraint.
type Constraint struct {
	Name       string
	Kind       ConstraintKind
	Columns    []string
	Check      string // text of the condition
	RefTable   string
	RefColumns []string
	OnDelete   string // "", "CASCADE" or "SET NULL"

	check  expr
	inline bool // written with its only column
}

// Index is one index that was created by itself; keys are columns or the
// texts of expressions.
type Index struct {
	Name   string
	Unique bool
	Keys   []string
	Desc   []bool

	exprs []expr
}

// Sequence is one sequence.
type Sequence struct {
	Name        string
	Start, Step int64
}

// Catalog holds the tables, indexes and sequences that data definitions made.
// It may be used by several goroutines.
type Catalog struct {
	mu      sync.RWMutex
	tables  map[string]*Table
	order   []string
	seqs    map[string]*Sequence
	indexes map[string]string // index to table
	cons    map[string]string // constraint to table
}

// NewCatalog returns an empty catalog; DUAL is always there.
func NewCatalog() *Catalog {
	return &Catalog{tables: map[string]*Table{}, seqs: map[string]*Sequence{}, indexes: map[string]string{}, cons: map[string]string{}}
}

// Tables returns the tables in the order in which they were created. What it
// returns must not be changed.
func (c *Catalog) Tables() []*Table {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]*Table, 0, len(c.order))
	for _, n := range c.order {
		out = append(out, c.tables[n])
	}
	return out
}

// Table returns the table with that name, whatever its case, or nil.
func (c *Catalog) Table(name string) *Table {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tables[strings.ToLower(name)]
}

// Sequences returns the sequences by name.
func (c *Catalog) Sequences() []*Sequence {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []*Sequence
	for _, s := range c.seqs {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *Sequence) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Column returns the column with that lower-case name, or nil.
func (t *Table) Column(name string) *TableColumn {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Key returns the primary key, or nil.
func (t *Table) Key() *Constraint {
	for _, c := range t.Constraints {
		if c.Kind == PrimaryKey {
			return c
		}
	}
	return nil
}

func (t *Table) constraint(name string) *Constraint {
	for _, c := range t.Constraints {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// taken says what already has a name that a new object wants. Tables,
// sequences and indexes share one set of names, which is stricter than Oracle,
// where indexes have their own, and suits SQLite and PostgreSQL.
func (c *Catalog) taken(name string) string {
	switch {
	case c.tables[name] != nil || name == "dual":
		return "table"
	case c.seqs[name] != nil:
		return "sequence"
	case c.indexes[name] != "":
		return "index"
	}
	if t := c.tables[c.cons[name]]; t != nil {
		if k := t.constraint(name); k != nil && (k.Kind == PrimaryKey || k.Kind == Unique) {
			return "index of a constraint"
		}
	}
	return ""
}

// Check finds every mistake that the catalog makes knowable. The error is an
// *Error.
func (c *Catalog) Check(s *Statement) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if k := newChecker(c, s); k.run(s) != nil {
		return k.err
	}
	return nil
}

// Apply checks a data definition and changes the catalog by it. Statements
// that change no tables are checked only.
func (c *Catalog) Apply(s *Statement) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := newChecker(c, s); k.run(s) != nil {
		return k.err
	}
	c.apply(s)
	return nil
}
