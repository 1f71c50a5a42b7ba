package orasql

// groupKeys returns the keys of the GROUP BY expressions.
func (c *checker) groupKeys(s *selectCore) map[string]bool {
	keys := make(map[string]bool, len(s.group))
	for _, g := range s.group {
		keys[c.key(g)] = true
	}
	return keys
}

// checkGrouped refuses what is neither grouped nor aggregated.
func (c *checker) checkGrouped(s *selectCore, outs []outCol) {
	keys := c.groupKeys(s)
	for i := range s.items {
		it := &s.items[i]
		if it.star {
			if len(s.group) > 0 && (hasOpenStar(outs) || c.starGrouped(outs, keys)) {
				continue
			}
			c.fail(it.pos, 979, "* in a query with GROUP BY or an aggregate", "the grouped columns by name")
			return
		}
		c.grouped(it.x, keys, s)
	}
	if s.having != nil {
		c.grouped(s.having, keys, s)
	}
}

func (c *checker) starGrouped(outs []outCol, keys map[string]bool) bool {
	for _, o := range outs {
		if o.x == nil && o.src != nil {
			r := &colRef{name: o.name}
			c.cols[r] = resolved{src: o.src}
			if !keys[c.key(r)] {
				return false
			}
		}
	}
	return true
}

func (c *checker) grouped(e expr, keys map[string]bool, s *selectCore) {
	visit(e, func(x expr) bool {
		if c.err != nil || keys[c.key(x)] {
			return false
		}
		switch x := x.(type) {
		case *call:
			if aggregates[x.name] && x.over == nil {
				return false
			}
		case *colRef:
			c.groupedColumn(x, keys, s)
		case *subquery:
			visitQuery(x.q, func(e expr) { c.groupedInner(e, keys, s) })
		case *exists:
			visitQuery(x.q, func(e expr) { c.groupedInner(e, keys, s) })
		case *inQuery:
			visitQuery(x.q, func(e expr) { c.groupedInner(e, keys, s) })
		}
		return true
	})
}

func (c *checker) groupedInner(e expr, keys map[string]bool, s *selectCore) {
	if r, ok := e.(*colRef); ok && c.cat != nil && c.cols[r].src != nil {
		c.groupedColumn(r, keys, s)
	}
}

func (c *checker) groupedColumn(r *colRef, keys map[string]bool, s *selectCore) {
	if keys[c.key(r)] || isNextval(r) {
		return
	}
	res := c.cols[r]
	if res.alias != nil || res.unsure {
		return
	}
	if res.src != nil {
		mine := false
		for _, src := range c.srcs[s] {
			mine = mine || src == res.src
		}
		if !mine {
			return
		}
	}
	ora, reason := 979, "column "+r.name+" is neither in GROUP BY nor in an aggregate"
	if len(s.group) == 0 {
		ora, reason = 937, "column "+r.name+" beside an aggregate without GROUP BY"
	}
	c.fail(r.pos, ora, reason, "GROUP BY "+r.name+", or MIN("+r.name+")")
}

func isNextval(r *colRef) bool { return r.name == nextvalName && r.qual != "" }
