package orasql

import (
	"slices"
	"strings"
)

func (e *emitter) alterTable(n *alterTable) {
	old := e.c.cat.tables[n.table]
	t := e.c.altered(n, old)
	if t == nil {
		return
	}
	switch n.op {
	case "ADD":
		for _, d := range n.cols {
			e.addColumn(t, t.Column(d.name), d)
		}
	case "ADD CONSTRAINT":
		e.postgresOnly(n.pos, "SQLite cannot add a constraint to a table", "the constraint in CREATE TABLE, or a unique index")
		for _, d := range n.cons {
			e.w("ALTER TABLE ", e.name(t.Name), " ADD ")
			e.constraint(t, t.constraint(d.name))
			e.flush()
		}
	case "MODIFY":
		e.postgresOnly(n.pos, "SQLite cannot change a column; building the table anew is out of scope", "a new column")
		for _, d := range n.cols {
			e.modify(old, t, d)
		}
	case "DROP COLUMN":
		e.dropColumns(n, old, t)
	case "DROP CONSTRAINT":
		e.postgresOnly(n.pos, "SQLite cannot drop a constraint", "the constraint left in place")
		e.w("ALTER TABLE ", e.name(t.Name), " DROP CONSTRAINT ", e.name(n.names[0].name))
		e.flush()
	default:
		e.outside(n.pos, "oracle-only change", "it between -- oracle-only and -- end")
	}
}

func (e *emitter) postgresOnly(pos int, reason, try string) {
	if e.d == SQLite {
		e.outside(pos, reason, try)
	}
}

func (e *emitter) addColumn(t *Table, col *TableColumn, d *columnDef) {
	if e.d == SQLite {
		for _, k := range d.cons {
			if k.kind == PrimaryKey || k.kind == Unique {
				e.outside(d.pos, "SQLite cannot add a key with a column", "CREATE UNIQUE INDEX")
			}
		}
		if _, ok := d.def.(*sysTime); ok {
			e.outside(d.pos, "SQLite cannot add a column with a changing default", "a nullable column, filled by the application")
		}
		if col.Identity != "" {
			e.outside(d.pos, "SQLite cannot add an identity column", "a new table")
		}
	}
	e.w("ALTER TABLE ", e.name(t.Name), " ADD COLUMN ")
	e.columnDef(t, col)
	for _, def := range d.cons {
		k := t.constraint(def.name)
		if k == nil || k.Kind == Check || k.Kind == NotNull {
			continue
		}
		if k.Kind == ForeignKey && e.d == SQLite {
			e.named(k.Name)
			e.w(" REFERENCES ", e.name(k.RefTable), " (", e.names(k.RefColumns), ")")
			if k.OnDelete != "" {
				e.w(" ON DELETE ", k.OnDelete)
			}
			continue
		}
		defer e.addConstraint(t, k)
	}
	e.flush()
}

func (e *emitter) addConstraint(t *Table, k *Constraint) {
	e.w("ALTER TABLE ", e.name(t.Name), " ADD ")
	e.constraint(t, k)
	e.flush()
}

func (e *emitter) modify(old, t *Table, d *columnDef) {
	col, was := t.Column(d.name), old.Column(d.name)
	alter := "ALTER TABLE " + e.name(t.Name) + " "
	column := alter + "ALTER COLUMN " + e.name(col.Name) + " "
	if col.Decl != was.Decl {
		if strings.HasPrefix(col.Decl, "VARCHAR2") {
			e.w(column, "TYPE ", e.columnType(t, col))
			e.flush()
		} else {
			prefix := map[Type]string{Number: "mag_", Bytes: "len_"}[col.Type]
			if was.Length > 0 && (was.Type != Number || was.Length <= 18) {
				e.w(alter, "DROP CONSTRAINT ", e.name(prefix+t.Name+"_"+col.Name))
				e.flush()
			}
			if col.Length <= 18 || col.Type != Number {
				e.w(alter, "ADD")
				e.limit(t, col)
				e.flush()
			}
		}
	}
	if d.def != nil {
		if col.Default == "" {
			e.w(column, "DROP DEFAULT")
		} else {
			e.w(column, "SET DEFAULT ")
			e.expr(col.def)
		}
		e.flush()
	}
	if d.notNull {
		e.w(column, "SET NOT NULL")
		e.flush()
	}
	for _, def := range d.cons {
		if k := t.constraint(def.name); k != nil && k.Kind != NotNull {
			e.addConstraint(t, k)
		}
	}
}

func (e *emitter) dropColumns(n *alterTable, old, t *Table) {
	for _, x := range old.Indexes {
		if !slices.ContainsFunc(t.Indexes, func(y *Index) bool { return x.Name == y.Name }) {
			e.w("DROP INDEX ", e.name(x.Name))
			e.flush()
		}
	}
	for _, r := range n.names {
		for _, k := range old.Constraints {
			if e.d == SQLite && slices.Contains(k.Columns, r.name) && k.Kind != NotNull && !(k.inline && k.Kind == Check) {
				e.outside(r.pos, "SQLite cannot drop a column that constraint "+k.Name+" names", "the column left in place")
			}
		}
		e.w("ALTER TABLE ", e.name(t.Name), " DROP COLUMN ", e.name(r.name))
		e.flush()
	}
}
