package fts

import (
	"cmp"
	"slices"

	"tradewind/internal/domain/search"
)

// decade returns the place in search.PriceSteps of the range that holds minor.
func decade(minor int64) int {
	at, exact := slices.BinarySearch(search.PriceSteps, minor)
	if exact {
		return at
	}
	return max(0, at-1)
}

// facets shows what sift counted.
func (m *mirror) facets(q search.Query, f *filters, x *scratch) []search.Facet {
	var out []search.Facet
	add := func(facet search.Facet) {
		if len(facet.Values) > 0 {
			out = append(out, facet)
		}
	}
	add(m.brandFacet(q, x))
	add(m.categoryFacet(f, x))
	if f.price != nil {
		add(priceFacet(q.Currency, f.price.labels, x))
	}
	for _, a := range m.topAttributes(q, x) {
		add(m.attributeFacet(q, f, a, x))
	}
	return out
}

func (m *mirror) brandFacet(q search.Query, x *scratch) search.Facet {
	facet := search.Facet{Name: "brand", Label: "Brand"}
	x.brands[0] = 0 // no brand
	for _, id := range x.top(m.brandOrder, x.brands, func(id uint32) bool { return slices.Contains(q.Brands, m.brands.names[id]) }) {
		name := m.brands.names[id]
		facet.Values = append(facet.Values, search.FacetValue{Value: name, Label: name, Count: int64(x.brands[id])})
	}
	return facet
}

func (m *mirror) categoryFacet(f *filters, x *scratch) search.Facet {
	facet := search.Facet{Name: "category", Label: "Category"}
	for _, id := range x.top(m.catOrder, x.cats, func(id uint32) bool { return id == f.category }) {
		facet.Values = append(facet.Values, search.FacetValue{Value: m.cats.names[id], Label: m.titles[id], Count: int64(x.cats[id])})
	}
	return facet
}

// top returns the search.MostValues of ids with the highest counts, and those that are
// chosen. Where counts are equal the order of ids decides.
func (x *scratch) top(ids, counts []uint32, chosen func(id uint32) bool) []uint32 {
	x.keys = x.keys[:0]
	for i, id := range ids {
		if n := counts[id]; n > 0 {
			x.keys = append(x.keys, uint64(^n)<<32|uint64(i))
		}
	}
	slices.Sort(x.keys)
	x.tops = x.tops[:0]
	for i, key := range x.keys {
		if id := ids[uint32(key)]; i < search.MostValues || chosen(id) {
			x.tops = append(x.tops, id)
		}
	}
	return x.tops
}

func priceFacet(currency string, labels []string, x *scratch) search.Facet {
	facet := search.Facet{Name: "price", Label: "Price", Unit: currency}
	for i, n := range x.prices {
		if n > 0 {
			least, most := search.PriceRange(i)
			facet.Values = append(facet.Values, search.FacetValue{Value: rangeNames[i], Label: labels[i], Count: int64(n), Min: least, Max: most})
		}
	}
	return facet
}

// rangeNames are the values of price ranges.
var rangeNames = func() []string {
	names := make([]string, len(search.PriceSteps))
	for i := range names {
		names[i] = search.PriceValue(i)
	}
	return names
}()

// priceLabels are the labels of price ranges.
func priceLabels(currency string) []string {
	labels := make([]string, len(search.PriceSteps))
	for i := range labels {
		labels[i] = search.PriceLabel(i, currency)
	}
	return labels
}

// topAttributes returns the attributes to show, those that most hits have first.
func (m *mirror) topAttributes(q search.Query, x *scratch) []uint32 {
	type use struct {
		attr uint32
		n    uint64
	}
	uses := make([]use, len(m.labels))
	for v, n := range x.values {
		a := m.facts[v].attr
		uses[a].attr = a
		uses[a].n += uint64(n)
	}
	for _, a := range q.Attributes {
		if id, ok := m.attrs.ids[a.Name]; ok && uses[id].n > 0 {
			uses[id].n += 1 << 40
		}
	}
	uses = slices.DeleteFunc(uses, func(u use) bool { return u.n == 0 })
	slices.SortFunc(uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(m.attrs.names[a.attr], m.attrs.names[b.attr]))
	})
	uses = uses[:min(len(uses), search.MostFacets+len(q.Attributes))]
	out := make([]uint32, len(uses))
	for i, u := range uses {
		out[i] = u.attr
	}
	return out
}

// attributeFacet shows texts by count, and numbers as ranges after them.
func (m *mirror) attributeFacet(q search.Query, f *filters, attr uint32, x *scratch) search.Facet {
	l := &m.labels[attr]
	name := m.attrs.names[attr]
	filter := slices.Index(f.names, name)
	tops := x.top(l.texts, x.values, func(id uint32) bool {
		return filter >= 0 && slices.Contains(q.Attributes[filter].Values, m.facts[id].text)
	})
	facet := search.Facet{Name: name, Label: cmp.Or(l.label, name), Unit: l.unit,
		Values: make([]search.FacetValue, 0, len(tops)+min(len(l.numbers), search.MostRanges))}
	for _, id := range tops {
		facet.Values = append(facet.Values, search.FacetValue{Value: m.facts[id].text, Label: m.facts[id].text, Count: int64(x.values[id])})
	}
	facet.Values = m.ranges(facet.Values, l.numbers, x)
	if l.several {
		m.recount(facet.Values[len(tops):], attr, filter, x)
	}
	return facet
}

// ranges appends at most search.MostRanges ranges of the numbers, which are sorted,
// with about as many hits each. Both ends of a range are numbers that occur.
func (m *mirror) ranges(out []search.FacetValue, numbers []uint32, x *scratch) []search.FacetValue {
	var all int64
	different := 0
	for _, v := range numbers {
		if n := x.values[v]; n > 0 {
			all += int64(n)
			different++
		}
	}
	share := int64(1)
	if different > search.MostRanges {
		share = (all + search.MostRanges - 1) / search.MostRanges
	}
	var open int64 // hits of the range that first begins
	var first, last uint32
	for _, v := range numbers {
		n := int64(x.values[v])
		if n == 0 {
			continue
		}
		if open == 0 {
			first = v
		}
		last = v
		if open += n; open >= share {
			out = append(out, m.rangeOf(first, last, open))
			open = 0
		}
	}
	if open > 0 {
		out = append(out, m.rangeOf(first, last, open))
	}
	return out
}

func (m *mirror) rangeOf(first, last uint32, n int64) search.FacetValue {
	a, b := &m.facts[first], &m.facts[last]
	v := search.FacetValue{Value: a.text + ".." + b.text, Label: a.text, Count: n, Min: a.milli, Max: b.milli}
	if first != last {
		v.Label = a.text + " – " + b.text
	}
	return v
}

// recount counts documents instead of numbers, for an attribute of which some
// have several. bit is its filter; -1 for none.
func (m *mirror) recount(ranges []search.FacetValue, attr uint32, bit int, x *scratch) {
	for i := range ranges {
		ranges[i].Count = 0
	}
	for _, c := range x.counted {
		if c.failed != 0 && (bit < 0 || c.failed != 1<<bit) {
			continue
		}
		var list refs
		list, x.refs = m.lists.read(c.at, x.refs)
		for i := range ranges {
			r := &ranges[i]
			if slices.ContainsFunc(list.values, func(v uint32) bool {
				n := &m.facts[v]
				return n.attr == attr && n.numeric && n.milli >= r.Min && n.milli <= r.Max
			}) {
				r.Count++
			}
		}
	}
}
