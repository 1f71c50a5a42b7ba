package orasql

import (
	"slices"
)

// apply changes the catalog by a statement that has been checked.
func (c *Catalog) apply(s *Statement) {
	k := newChecker(c, s)
	switch n := s.node.(type) {
	case *createTable:
		if t := k.buildTable(n); k.err == nil {
			c.put(t)
			c.order = append(c.order, t.Name)
		}
	case *createIndex:
		t := c.tables[n.table].clone()
		x := &Index{Name: n.name, Unique: n.unique, Desc: descs(n)}
		for _, key := range n.keys {
			k.expr(key.x, rowScope(t, "an index"))
			x.Keys = append(x.Keys, k.indexKey(key.x))
			x.exprs = append(x.exprs, key.x)
		}
		t.Indexes = append(t.Indexes, x)
		c.put(t)
	case *createSequence:
		c.seqs[n.name] = &Sequence{Name: n.name, Start: n.start, Step: n.step}
	case *alterTable:
		if t := k.altered(n, c.tables[n.table]); t != nil {
			c.forget(c.tables[n.table])
			c.put(t)
		}
	case *dropStmt:
		c.dropObject(n)
	}
}

func (c *Catalog) put(t *Table) {
	t.outs = t.outCols()
	c.tables[t.Name] = t
	for _, k := range t.Constraints {
		if k.Name != "" {
			c.cons[k.Name] = t.Name
		}
	}
	for _, x := range t.Indexes {
		c.indexes[x.Name] = t.Name
	}
}

func (c *Catalog) forget(t *Table) {
	delete(c.tables, t.Name)
	for _, k := range t.Constraints {
		delete(c.cons, k.Name)
	}
	for _, x := range t.Indexes {
		delete(c.indexes, x.Name)
	}
}

func (c *Catalog) dropObject(n *dropStmt) {
	switch n.what {
	case "TABLE":
		c.forget(c.tables[n.name])
		c.order = slices.DeleteFunc(c.order, func(o string) bool { return o == n.name })
	case "INDEX":
		t := c.tables[c.indexes[n.name]].clone()
		c.forget(c.tables[t.Name])
		t.Indexes = slices.DeleteFunc(t.Indexes, func(x *Index) bool { return x.Name == n.name })
		c.put(t)
	case "SEQUENCE":
		delete(c.seqs, n.name)
	}
}
