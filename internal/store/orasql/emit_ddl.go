package orasql

import (
	"fmt"
	"slices"
	"strings"
)

func (e *emitter) ddl(s *Statement) {
	k := newChecker(e.c.cat, s)
	e.c = k
	switch n := s.node.(type) {
	case *createTable:
		e.createTable(k.buildTable(n))
	case *createIndex:
		e.createIndex(n)
	case *createSequence:
		e.createSequence(n)
	case *alterTable:
		e.alterTable(n)
	case *dropStmt:
		e.drop(n)
	case *commentStmt:
		e.comment(n)
	case *truncateStmt:
		e.w(map[Dialect]string{SQLite: "DELETE FROM ", Postgres: "TRUNCATE TABLE "}[e.d], e.name(n.table))
		e.flush()
	case *otherStmt:
		e.outside(n.pos, "oracle-only statement", "it between -- oracle-only and -- end")
	}
}

// identityKey reports whether col is an identity column that is the whole
// primary key, which SQLite can do by itself.
func identityKey(t *Table, col *TableColumn) bool {
	k := t.Key()
	return col.Identity != "" && k != nil && slices.Equal(k.Columns, []string{col.Name}) && !t.Organized
}

func (e *emitter) createTable(t *Table) {
	e.w("CREATE TABLE ", e.name(t.Name), " (")
	start := int64(1)
	for i, col := range t.Columns {
		if i > 0 {
			e.w(", ")
		}
		e.columnDef(t, col)
		if col.Identity != "" {
			start = col.start
			if e.d == SQLite && !identityKey(t, col) {
				e.outside(0, "identity column "+col.Name+" that is not the whole primary key", "an identity that is the primary key, or a sequence")
			}
		}
	}
	for _, k := range t.Constraints {
		if e.apart(t, k) {
			e.w(", ")
			e.constraint(t, k)
		}
	}
	e.w(")")
	if e.d == SQLite {
		e.w(" STRICT")
		if clustered(t) {
			e.w(", WITHOUT ROWID")
		}
	}
	e.flush()
	if e.d == SQLite && start != 1 {
		e.w("INSERT INTO sqlite_sequence (name, seq) VALUES (", quote(t.Name), ", ", fmt.Sprint(start-1), ")")
		e.flush()
	}
}

// clustered tells tables that SQLite keeps in the tree of their key: those that
// are index-organized on Oracle, and those with a key of text, which would
// otherwise be a second tree beside the rows. Tables without a key stay as they are.
func clustered(t *Table) bool {
	key := t.Key()
	return t.Organized || key != nil && t.Column(key.Columns[0]).Type == Text
}

// apart tells constraints of the table from those written with a column.
func (e *emitter) apart(t *Table, k *Constraint) bool {
	switch {
	case k.Kind == NotNull || k.inline && k.Kind == Check:
		return false
	case k.Kind == PrimaryKey && e.d == SQLite && len(k.Columns) == 1:
		return !identityKey(t, t.Column(k.Columns[0]))
	}
	return true
}

func (e *emitter) columnDef(t *Table, col *TableColumn) {
	e.w(e.name(col.Name), " ", e.columnType(t, col))
	switch {
	case col.virtual != nil:
		e.w(" GENERATED ALWAYS AS (")
		e.bareCols = true
		e.expr(col.virtual)
		e.bareCols = false
		e.w(map[Dialect]string{SQLite: ") VIRTUAL", Postgres: ") STORED"}[e.d])
	case col.Identity != "" && e.d == Postgres:
		e.w(" GENERATED ", strings.TrimSuffix(map[bool]string{true: "ALWAYS", false: "BY DEFAULT"}[col.Identity == "ALWAYS"], " "), " AS IDENTITY")
		if col.start != 1 {
			e.w(" (START WITH ", fmt.Sprint(col.start), ")")
		}
	case identityKey(t, col):
		e.named(t.Key().Name)
		e.w(" PRIMARY KEY AUTOINCREMENT")
	case col.Default != "":
		e.w(" DEFAULT ")
		e.expr(col.def)
	}
	if !col.Nullable {
		e.w(" NOT NULL")
	}
	e.limit(t, col)
	for _, k := range t.Constraints {
		if k.inline && k.Kind == Check && len(k.Columns) > 0 && k.Columns[0] == col.Name {
			e.w(" ")
			e.constraint(t, k)
		}
	}
}

func (e *emitter) columnType(t *Table, col *TableColumn) string {
	if e.d == Postgres {
		switch {
		case strings.HasPrefix(col.Decl, "VARCHAR2"):
			return "varchar(" + itoa(col.Length) + ")"
		case col.Type == Time:
			return "timestamptz(6)"
		}
		return pgType(col.Type)
	}
	switch col.Type {
	case Number:
		// INT is no alias of the rowid, so that NULL is refused as on Oracle.
		if k := t.Key(); k != nil && slices.Equal(k.Columns, []string{col.Name}) && col.Identity == "" && !t.Organized {
			return "INT"
		}
		return "INTEGER"
	case Bytes:
		return "BLOB"
	}
	return "TEXT"
}

// limit writes the CHECK that stands for a length or a precision. 18 digits
// and fewer need one; more are bounded by 64 bits.
func (e *emitter) limit(t *Table, col *TableColumn) {
	name := t.Name + "_" + col.Name
	switch {
	case col.Length == 0 || col.Type == Number && col.Length > 18:
	case col.Type == Number:
		most := strings.Repeat("9", col.Length)
		e.w(" CONSTRAINT ", e.name("mag_"+name), " CHECK (", e.name(col.Name), " BETWEEN -", most, " AND ", most, ")")
	case col.Type == Bytes:
		f := map[Dialect]string{SQLite: "length", Postgres: "octet_length"}[e.d]
		e.w(" CONSTRAINT ", e.name("len_"+name), " CHECK (", f, "(", e.name(col.Name), ") <= ", itoa(col.Length), ")")
	case col.Type == Text && e.d == SQLite:
		e.w(" CONSTRAINT ", e.name("len_"+name), " CHECK (length(", e.name(col.Name), ") <= ", itoa(col.Length), ")")
	}
}

func (e *emitter) named(name string) {
	if name != "" {
		e.w(" CONSTRAINT ", e.name(name))
	}
}

func (e *emitter) constraint(t *Table, k *Constraint) {
	if k.Name != "" {
		e.w("CONSTRAINT ", e.name(k.Name), " ")
	}
	switch k.Kind {
	case PrimaryKey, Unique:
		e.w(k.Kind.String(), " (", e.names(k.Columns), ")")
	case Check:
		e.resolve(t, k.check)
		e.w("CHECK (")
		e.bareCols = true
		e.cond(k.check)
		e.bareCols = false
		e.w(")")
	case ForeignKey:
		e.w("FOREIGN KEY (", e.names(k.Columns), ") REFERENCES ", e.name(k.RefTable), " (", e.names(k.RefColumns), ")")
		if k.OnDelete != "" {
			e.w(" ON DELETE ", k.OnDelete)
		}
	}
}

// resolve makes sure that the checker at hand knows the columns of cond.
func (e *emitter) resolve(t *Table, cond expr) {
	e.c.cond(cond, rowScope(t, "CHECK"))
}

func (e *emitter) createIndex(n *createIndex) {
	t := e.c.cat.tables[n.table]
	e.w("CREATE ")
	if n.unique {
		e.w("UNIQUE ")
	}
	e.w("INDEX ", e.name(n.name), " ON ", e.name(n.table), " (")
	e.bareCols = true
	for i, k := range n.keys {
		if i > 0 {
			e.w(", ")
		}
		e.c.expr(k.x, rowScope(t, "an index"))
		_, isCol := k.x.(*colRef)
		if !isCol && e.d == Postgres {
			e.w("(")
		}
		e.expr(k.x)
		if !isCol && e.d == Postgres {
			e.w(")")
		}
		if k.desc {
			e.w(" DESC")
		}
	}
	e.bareCols = false
	e.w(")")
	e.flush()
}

func (e *emitter) createSequence(n *createSequence) {
	if e.d == Postgres {
		e.w("CREATE SEQUENCE ", e.name(n.name), fmt.Sprintf(" START WITH %d INCREMENT BY %d", n.start, n.step))
		if n.start < 1 {
			e.w(fmt.Sprintf(" MINVALUE %d", n.start))
		}
		e.flush()
		return
	}
	e.w("CREATE TABLE IF NOT EXISTS ", SequenceTable, " (name TEXT NOT NULL PRIMARY KEY, next_value INTEGER NOT NULL, step INTEGER NOT NULL) STRICT, WITHOUT ROWID")
	e.flush()
	e.w("INSERT INTO ", SequenceTable, " (name, next_value, step) VALUES (", quote(n.name), fmt.Sprintf(", %d, %d)", n.start, n.step))
	e.flush()
}

func (e *emitter) drop(n *dropStmt) {
	if n.what == "SEQUENCE" && e.d == SQLite {
		e.w("DELETE FROM ", SequenceTable, " WHERE name = ", quote(n.name))
	} else {
		e.w("DROP ", n.what, " ", e.name(n.name))
	}
	e.flush()
}

func (e *emitter) comment(n *commentStmt) {
	if e.d == SQLite {
		return
	}
	e.w("COMMENT ON ")
	if n.column == "" {
		e.w("TABLE ", e.name(n.table))
	} else {
		e.w("COLUMN ", e.name(n.table), ".", e.name(n.column))
	}
	e.w(" IS ", quote(n.text))
	e.flush()
}
