package orasql

import (
	"fmt"
	"slices"
	"strings"
)

func (c *checker) ddl(n any) {
	switch n := n.(type) {
	case *createTable:
		c.createTable(n)
	case *createIndex:
		c.createIndex(n)
	case *createSequence:
		c.free(n.name, n.pos)
	case *alterTable:
		c.alterTable(n)
	case *dropStmt:
		c.drop(n)
	case *commentStmt:
		if t := c.table(n.table, n.pos); t != nil && n.column != "" && t.Column(n.column) == nil {
			c.fail(n.pos, 904, "no column "+n.column+" in "+t.Name, "")
		}
	case *truncateStmt:
		if t := c.table(n.table, n.pos); t != nil {
			if by := c.referredBy(t.Name); by != "" {
				c.fail(n.pos, 2266, "TRUNCATE of a table that "+by+" refers to", "DELETE FROM "+t.Name)
			}
		}
	}
}

func (c *checker) free(name string, pos int) {
	if name == "dual" {
		c.fail(pos, 955, "dual exists", "")
	}
	if c.cat == nil {
		return
	}
	if what := c.cat.taken(name); what != "" {
		c.fail(pos, 955, fmt.Sprintf("the name %s is taken by a %s", name, what), "another name")
	}
}

func (c *checker) createTable(n *createTable) {
	c.free(n.name, n.pos)
	t := &Table{Name: n.name, Organized: n.organized}
	for _, d := range n.cols {
		c.addColumn(t, d)
	}
	stored := 0
	for _, col := range t.Columns {
		if col.Virtual == "" {
			stored++
		}
	}
	if stored == 0 {
		c.fail(n.pos, 54037, "table with virtual columns only", "a stored column")
	}
	c.addConstraints(t, n.cols, n.cons)
	if n.organized && t.Key() == nil {
		c.fail(n.pos, 25175, "ORGANIZATION INDEX without a primary key", "CONSTRAINT "+n.name+"_pk PRIMARY KEY (..)")
	}
}

// buildTable makes the catalog's table of a definition that has been checked.
func (c *checker) buildTable(n *createTable) *Table {
	t := &Table{Name: n.name, Organized: n.organized}
	for _, d := range n.cols {
		c.addColumn(t, d)
	}
	c.addConstraints(t, n.cols, n.cons)
	return t
}

func decl(d *dataType) string {
	switch d.name {
	case "VARCHAR2":
		return fmt.Sprintf("VARCHAR2(%d CHAR)", d.n)
	case "NUMBER", "RAW":
		return fmt.Sprintf("%s(%d)", d.name, d.n)
	case "TIMESTAMP":
		return "TIMESTAMP(6) WITH TIME ZONE"
	}
	return d.name
}

func (c *checker) addColumn(t *Table, d *columnDef) {
	if c.err != nil {
		return
	}
	if t.Column(d.name) != nil {
		c.fail(d.pos, 957, "duplicate column "+d.name, "")
		return
	}
	col := &TableColumn{Name: d.name, Nullable: !d.notNull && d.identity == "", Identity: d.identity, Virtual: d.virtText,
		def: d.def, start: d.start, virtual: d.virtual}
	c.setType(col, d.typ)
	if d.def != nil {
		c.setDefault(col, d)
	}
	if d.identity != "" {
		if col.Type != Number || d.typ.name != "NUMBER" {
			c.fail(d.pos, 30675, "identity column that is not a number", "NUMBER(19)")
		}
		for _, o := range t.Columns {
			if o.Identity != "" {
				c.fail(d.pos, 30669, "two identity columns", "one")
			}
		}
	}
	t.Columns = append(t.Columns, col)
}

func (c *checker) setType(col *TableColumn, d *dataType) {
	col.Type, col.Decl = castTypes[d.name], decl(d)
	col.lob = d.name == "CLOB" || d.name == "BLOB"
	col.Length = 0
	if d.name != "TIMESTAMP" {
		col.Length = d.n
	}
}

func (c *checker) setDefault(col *TableColumn, d *columnDef) {
	t := typ{lit: true}
	if _, ok := d.def.(*sysTime); ok {
		t = typ{k: Time}
	} else {
		t = c.expr(d.def, &scope{clause: "DEFAULT"})
	}
	if t.lit {
		return // DEFAULT NULL is no default
	}
	col.Default = d.defText
	if c.err == nil && t.k != col.Type && col.Type != Unknown {
		c.fail(d.def.at(), 932, fmt.Sprintf("%s as DEFAULT of a %s column", t.k, col.Type), "a literal of the column's type")
	}
	nullable := col.Nullable
	col.Nullable = true
	c.assign(col, d.def, t, 1400)
	col.Nullable = nullable
}

// addConstraints adds the constraints of the columns and of the table, keys
// first, so that NOT NULL is known when the others are checked.
func (c *checker) addConstraints(t *Table, cols []*columnDef, cons []*constraintDef) {
	var all []*constraintDef
	inline := map[*constraintDef]string{}
	for _, d := range cols {
		for _, k := range d.cons {
			inline[k] = d.name
			all = append(all, k)
		}
	}
	all = append(all, cons...)
	slices.SortStableFunc(all, func(a, b *constraintDef) int { return rank(a.kind) - rank(b.kind) })
	for _, d := range all {
		c.addConstraint(t, d, inline[d])
	}
	for _, d := range cols {
		if d.virtual != nil {
			c.virtualColumn(t, d)
		}
	}
}

func rank(k ConstraintKind) int {
	if k == PrimaryKey {
		return 0
	}
	return 1
}

func (c *checker) addConstraint(t *Table, d *constraintDef, inline string) {
	if c.err != nil {
		return
	}
	k := &Constraint{Name: d.name, Kind: d.kind, OnDelete: d.onDelete, Check: d.text, check: d.check, inline: inline != ""}
	c.constraintName(t, d)
	for _, r := range d.cols {
		if t.Column(r.name) == nil {
			c.fail(r.pos, 904, "no column "+r.name+" in "+t.Name, "")
			return
		}
		k.Columns = append(k.Columns, r.name)
	}
	switch d.kind {
	case NotNull:
		k.Columns = []string{inline}
	case PrimaryKey:
		c.primaryKey(t, d)
	case Unique:
		c.uniqueKey(t, d, k)
	case ForeignKey:
		c.foreignKey(t, d, k)
	case Check:
		c.checkConstraint(t, d, k, inline)
	}
	t.Constraints = append(t.Constraints, k)
}

func (c *checker) constraintName(t *Table, d *constraintDef) {
	if d.name == "" {
		return
	}
	if t.constraint(d.name) != nil || c.cat != nil && c.cat.cons[d.name] != "" {
		c.fail(d.pos, 2264, "constraint name "+d.name+" is taken", "another name")
		return
	}
	if d.kind == PrimaryKey || d.kind == Unique {
		c.free(d.name, d.pos)
		if d.name == t.Name {
			c.outside(d.pos, "key with the name of its table", t.Name+"_pk")
		}
	}
}

func (c *checker) primaryKey(t *Table, d *constraintDef) {
	if t.Key() != nil {
		c.fail(d.pos, 2260, "two primary keys", "one")
		return
	}
	for _, r := range d.cols {
		col := t.Column(r.name)
		if col.lob {
			c.fail(r.pos, 2329, "CLOB or BLOB in a key", "RAW(n) or VARCHAR2(n CHAR)")
		}
		col.Nullable = false
	}
}

func (c *checker) uniqueKey(t *Table, d *constraintDef, k *Constraint) {
	for _, r := range d.cols {
		col := t.Column(r.name)
		switch {
		case col.lob:
			c.fail(r.pos, 2329, "CLOB or BLOB in a key", "RAW(n) or VARCHAR2(n CHAR)")
		case col.Nullable:
			c.outside(r.pos, "UNIQUE over nullable column "+r.name+", where engines differ", r.name+" .. NOT NULL")
		}
	}
	for _, o := range t.Constraints {
		if (o.Kind == PrimaryKey || o.Kind == Unique) && slices.Equal(o.Columns, k.Columns) {
			c.fail(d.pos, 2261, "the same columns are a key already", "one of them")
		}
	}
}

func (c *checker) foreignKey(t *Table, d *constraintDef, k *Constraint) {
	k.RefTable = d.refTable
	parent := t
	if d.refTable != t.Name {
		if parent = c.table(d.refTable, d.refPos); parent == nil {
			return
		}
	}
	for _, r := range d.refCols {
		if parent.Column(r.name) == nil {
			c.fail(r.pos, 904, "no column "+r.name+" in "+parent.Name, "")
			return
		}
		k.RefColumns = append(k.RefColumns, r.name)
	}
	if d.refCols == nil {
		key := parent.Key()
		if key == nil {
			c.fail(d.refPos, 2268, parent.Name+" has no primary key", "")
			return
		}
		k.RefColumns = key.Columns
	}
	if len(k.RefColumns) != len(k.Columns) {
		c.fail(d.pos, 2256, "foreign key and its parent have different counts of columns", "")
		return
	}
	if !parent.isKey(k.RefColumns) && !c.keyComes(t, parent, k.RefColumns) {
		c.fail(d.refPos, 2270, fmt.Sprintf("(%s) is not a key of %s", strings.Join(k.RefColumns, ", "), parent.Name), "a primary key or UNIQUE constraint there")
		return
	}
	for i, n := range k.Columns {
		if a, b := t.Column(n), parent.Column(k.RefColumns[i]); a.Type != b.Type {
			c.fail(d.pos, 2267, n+" has another type than "+parent.Name+"."+b.Name, b.Decl)
		}
		if d.onDelete == "SET NULL" && !t.Column(n).Nullable {
			c.outside(d.pos, "ON DELETE SET NULL on NOT NULL column "+n, "a nullable column")
		}
		if t.Column(n).Virtual != "" {
			c.outside(d.pos, "foreign key on a virtual column", "a stored column")
		}
	}
}

// keyComes is for a table that refers to itself before its UNIQUE is read.
func (c *checker) keyComes(*Table, *Table, []string) bool { return false }

func (t *Table) isKey(cols []string) bool {
	for _, k := range t.Constraints {
		if (k.Kind == PrimaryKey || k.Kind == Unique) && sameSet(k.Columns, cols) {
			return true
		}
	}
	return false
}

func sameSet(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// rowScope is the scope of conditions about one row of t.
func rowScope(t *Table, clause string) *scope {
	return &scope{sources: []*source{tableSource(t, t.Name, 0)}, clause: clause}
}

func (c *checker) checkConstraint(t *Table, d *constraintDef, k *Constraint, inline string) {
	c.rowOnly(d.check, "CHECK")
	c.cond(d.check, rowScope(t, "CHECK"))
	seen := map[string]bool{}
	visit(d.check, func(e expr) bool {
		if r, ok := e.(*colRef); ok && !seen[r.name] {
			seen[r.name] = true
			k.Columns = append(k.Columns, r.name)
			if inline != "" && r.name != inline {
				c.fail(r.pos, 2438, "CHECK of a column names another column", "a CHECK of the table")
			}
		}
		return true
	})
	if j, ok := d.check.(*isJSON); ok {
		if r, ok := j.x.(*colRef); ok && c.err == nil {
			t.Column(r.name).JSON = true
		}
	}
}

// rowOnly refuses what CHECK, virtual columns and indexes cannot hold.
func (c *checker) rowOnly(e expr, where string) {
	visit(e, func(x expr) bool {
		switch x := x.(type) {
		case *subquery, *exists, *inQuery:
			c.fail(x.at(), 2251, "subquery in "+where, "a condition on the row")
		case *call:
			if aggregates[x.name] || x.over != nil {
				c.fail(x.pos, 934, "aggregate in "+where, "a condition on the row")
			}
		case *sysTime:
			c.fail(x.pos, 2436, "the time in "+where, "a condition that does not change")
		case *bindRef:
			c.fail(x.pos, 1027, "bind in "+where, "a literal")
		case *colRef:
			if isNextval(x) {
				c.fail(x.pos, 2287, "NEXTVAL in "+where, "")
			}
		}
		return c.err == nil
	})
}

func (c *checker) virtualColumn(t *Table, d *columnDef) {
	c.rowOnly(d.virtual, "a virtual column")
	got := c.expr(d.virtual, rowScope(t, "a virtual column"))
	visit(d.virtual, func(e expr) bool {
		if r, ok := e.(*colRef); ok {
			if col := t.Column(r.name); col != nil && col.Virtual != "" {
				c.fail(r.pos, 54012, "virtual column made of a virtual column", "the stored columns")
			}
		}
		return true
	})
	col := t.Column(d.name)
	if c.err != nil {
		return
	}
	if col.lob || got.lob {
		c.fail(d.pos, 54003, "virtual CLOB or BLOB", "a stored column")
	}
	if got.k != Unknown && got.k != col.Type || got.frac {
		c.outside(d.pos, fmt.Sprintf("virtual column of %s made of %s", col.Type, got.k), "the type of the expression")
	}
}

func (c *checker) createIndex(n *createIndex) {
	c.free(n.name, n.pos)
	if c.cat != nil && c.cat.cons[n.name] != "" && c.err == nil {
		c.outside(n.pos, "index with the name of a constraint", "another name")
	}
	t := c.table(n.table, n.pos)
	var keys []string
	for _, k := range n.keys {
		c.rowOnly(k.x, "an index")
		if containsCond := isConst(k.x); containsCond {
			c.outside(k.x.at(), "constant index key", "a column or an expression over one")
		}
		if t == nil {
			continue
		}
		tt := c.expr(k.x, rowScope(t, "an index"))
		if tt.lob {
			c.fail(k.x.at(), 2327, "index on a CLOB or BLOB", "another column")
		}
		key := c.indexKey(k.x)
		if slices.Contains(keys, key) {
			c.fail(k.x.at(), 957, "index key twice", "")
		}
		keys = append(keys, key)
		if _, isCol := k.x.(*colRef); n.unique && tt.null && (isCol || len(n.keys) > 1) {
			c.outside(k.x.at(), "unique index over a nullable key, where engines differ", "a NOT NULL column, or one CASE expression alone")
		}
	}
	if t == nil || c.err != nil {
		return
	}
	for _, x := range t.Indexes {
		if slices.Equal(x.Keys, keys) && slices.Equal(x.Desc, descs(n)) {
			c.fail(n.pos, 1408, "index "+x.Name+" has the same keys", "")
		}
	}
	for _, k := range t.Constraints {
		if (k.Kind == PrimaryKey || k.Kind == Unique) && slices.Equal(k.Columns, keys) && !slices.Contains(descs(n), true) {
			c.fail(n.pos, 1408, "constraint "+k.Name+" has the same keys", "")
		}
	}
}

func isConst(e expr) bool {
	found := false
	visit(e, func(x expr) bool {
		if _, ok := x.(*colRef); ok {
			found = true
		}
		return !found
	})
	return !found
}

func descs(n *createIndex) []bool {
	out := make([]bool, len(n.keys))
	for i, k := range n.keys {
		out[i] = k.desc
	}
	return out
}

// indexKey is a column's name or the canonical text of an expression.
func (c *checker) indexKey(e expr) string {
	if r, ok := e.(*colRef); ok {
		return r.name
	}
	return c.key(e)
}

func (c *checker) referredBy(table string) string {
	for _, t := range c.cat.tables {
		for _, k := range t.Constraints {
			if k.Kind == ForeignKey && k.RefTable == table && t.Name != table {
				return k.Name
			}
		}
	}
	return ""
}

func (c *checker) drop(n *dropStmt) {
	if c.cat == nil {
		return
	}
	switch n.what {
	case "TABLE":
		if t := c.table(n.name, n.pos); t != nil {
			if by := c.referredBy(n.name); by != "" {
				c.fail(n.pos, 2449, "foreign key "+by+" refers to "+n.name, "the referring table dropped first")
			}
		}
	case "INDEX":
		if c.cat.indexes[n.name] == "" {
			if c.cat.cons[n.name] != "" {
				c.fail(n.pos, 2429, n.name+" enforces a constraint", "")
			}
			c.fail(n.pos, 1418, "no index "+n.name, "")
		}
	case "SEQUENCE":
		if c.cat.seqs[n.name] == nil {
			c.fail(n.pos, 2289, "no sequence "+n.name, "")
		}
	}
}
