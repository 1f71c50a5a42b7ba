package orasql

import (
	"slices"
)

func (c *checker) alterTable(n *alterTable) {
	t := c.table(n.table, n.pos)
	if t == nil {
		return
	}
	c.altered(n, t)
}

// altered checks n against t and returns the table as it will be; nil after an
// error.
func (c *checker) altered(n *alterTable, old *Table) *Table {
	t := old.clone()
	switch n.op {
	case "ADD":
		for _, d := range n.cols {
			if old.Column(d.name) != nil {
				c.fail(d.pos, 1430, "column "+d.name+" exists", "another name")
			}
			c.addColumn(t, d)
			if c.err == nil && d.notNull && (d.def == nil || t.Column(d.name).Default == "") {
				c.outside(d.pos, "new NOT NULL column without a DEFAULT fails on a table with rows", "DEFAULT .. NOT NULL")
			}
		}
		c.addConstraints(t, n.cols, nil)
	case "ADD CONSTRAINT":
		c.addConstraints(t, nil, n.cons)
	case "MODIFY":
		for _, d := range n.cols {
			c.modify(t, d)
		}
	case "DROP COLUMN":
		for _, r := range n.names {
			c.dropColumn(t, r)
		}
		if len(t.Columns) == 0 {
			c.fail(n.pos, 12983, "the last column cannot be dropped", "DROP TABLE")
		}
	case "DROP CONSTRAINT":
		c.dropConstraint(t, n.names[0])
	}
	if c.err != nil {
		return nil
	}
	return t
}

func (t *Table) clone() *Table {
	n := *t
	n.outs = nil
	n.Columns = make([]*TableColumn, len(t.Columns))
	for i, c := range t.Columns {
		col := *c
		n.Columns[i] = &col
	}
	n.Constraints = slices.Clone(t.Constraints)
	n.Indexes = slices.Clone(t.Indexes)
	return &n
}

func (c *checker) modify(t *Table, d *columnDef) {
	col := t.Column(d.name)
	if col == nil {
		c.fail(d.pos, 904, "no column "+d.name+" in "+t.Name, "")
		return
	}
	if d.typ != nil {
		was := *col
		c.setType(col, d.typ)
		switch {
		case col.Type != was.Type || col.lob != was.lob:
			c.fail(d.pos, 1439, "MODIFY from "+was.Decl+" to "+col.Decl, "a new column")
		case col.Length < was.Length:
			c.outside(d.pos, "MODIFY that makes a column smaller", "at least "+was.Decl)
		}
	}
	if d.def != nil {
		c.setDefault(col, d)
		col.def = d.def
	}
	if d.notNull {
		if !col.Nullable {
			c.fail(d.pos, 1442, d.name+" is NOT NULL already", "")
		}
		col.Nullable = false
	}
	c.addConstraints(t, []*columnDef{{name: d.name, cons: d.cons}}, nil)
}

func (c *checker) dropColumn(t *Table, r *colRef) {
	i := slices.IndexFunc(t.Columns, func(col *TableColumn) bool { return col.Name == r.name })
	if i < 0 {
		c.fail(r.pos, 904, "no column "+r.name+" in "+t.Name, "")
		return
	}
	for _, k := range t.Constraints {
		if !slices.Contains(k.Columns, r.name) {
			continue
		}
		if len(k.Columns) > 1 {
			c.fail(r.pos, 12991, "column "+r.name+" is part of constraint "+k.Name, "the constraint dropped first")
		}
		if k.Kind == PrimaryKey || k.Kind == Unique {
			if by := c.referredBy(t.Name); by != "" {
				c.fail(r.pos, 12992, "foreign key "+by+" may refer to "+r.name, "the foreign key dropped first")
			}
		}
	}
	for _, col := range t.Columns {
		if col.virtual != nil && mentions(col.virtual, r.name) {
			c.fail(r.pos, 54031, "virtual column "+col.Name+" is made of "+r.name, "the virtual column dropped first")
		}
	}
	t.Columns = slices.Delete(t.Columns, i, i+1)
	t.Constraints = slices.DeleteFunc(t.Constraints, func(k *Constraint) bool { return slices.Contains(k.Columns, r.name) })
	t.Indexes = slices.DeleteFunc(t.Indexes, func(x *Index) bool { return x.mentions(r.name) })
}

func mentions(e expr, column string) bool {
	found := false
	visit(e, func(x expr) bool {
		if r, ok := x.(*colRef); ok && r.name == column {
			found = true
		}
		return !found
	})
	return found
}

func (x *Index) mentions(column string) bool {
	return slices.ContainsFunc(x.exprs, func(e expr) bool { return mentions(e, column) })
}

func (c *checker) dropConstraint(t *Table, r *colRef) {
	k := t.constraint(r.name)
	if k == nil {
		c.fail(r.pos, 2443, "no constraint "+r.name+" on "+t.Name, "")
		return
	}
	if k.Kind == PrimaryKey || k.Kind == Unique {
		if by := c.referredBy(t.Name); by != "" {
			c.fail(r.pos, 2273, "foreign key "+by+" refers to "+t.Name, "the foreign key dropped first")
		}
	}
	if k.Kind == NotNull {
		if col := t.Column(k.Columns[0]); col != nil {
			col.Nullable = true
		}
	}
	t.Constraints = slices.DeleteFunc(t.Constraints, func(o *Constraint) bool { return o.Name == r.name })
}
