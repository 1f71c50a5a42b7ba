package fts

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/money"
)

// The bits of the filters that are not attributes; those have the bits below.
const (
	brandBit    = 1 << search.MostFilters
	categoryBit = 2 << search.MostFilters
	priceBit    = 4 << search.MostFilters
)

// filters is a query's choice in the mirror's numbers. A document passes if it
// meets every bit of all.
type filters struct {
	all        uint64
	names      []string // of attribute filters, by bit
	brands     []uint32
	category   uint32
	least      int64
	most       int64
	price      *priceColumn // nil if no currency was asked for
	inStock    bool
	impossible bool // the currency is not known
}

// candidate is a hit on its way to the result: higher ranks come first, then
// lower ids.
type candidate struct {
	rank int64
	at   uint32
}

// find answers a query that was checked. The caller holds the shelf's lock.
func (s *shelf) find(ctx context.Context, q search.Query) (a answer, err error) {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return a, ctx.Err()
	}
	x := scratches.Get().(*scratch)
	defer scratches.Put(x)
	x.size(s.mirror)
	defer x.forget()
	defer x.uncount()

	f := s.mirror.filters(q, x)
	var left []string
	browsing := strings.TrimSpace(q.Text) == "" && f.all == categoryBit && f.price != nil && !f.inStock
	switch {
	case browsing:
		s.inCategory(f.category, x)
	case strings.TrimSpace(q.Text) == "":
		for at, length := range s.mirror.lengths {
			if length > 0 {
				x.found = append(x.found, uint32(at))
			}
		}
	default:
		if left, err = s.match(ctx, q.Text, x); err != nil {
			return a, err
		}
	}
	a.of = len(x.found)
	a.Total = s.mirror.sift(q, &f, x)
	a.Relaxed = strings.Join(left, " ")
	if a.Hits, err = s.hits(ctx, q, x); err != nil || !q.Facets {
		return a, err
	}
	if browsing { // the documents of other categories were not looked at
		copy(x.cats, f.price.cats)
	}
	a.Facets = s.mirror.facets(q, &f, x)
	return a, nil
}

// inCategory leaves in x the documents of a category. They are remembered like
// those of a word.
func (s *shelf) inCategory(category uint32, x *scratch) {
	if category == noSlot {
		return
	}
	key := "=" + wordOfCategory(s.mirror.cats.names[category])
	p, ok := s.postings.get(key)
	if !ok {
		p = &postings{}
		var r refs
		for at, length := range s.mirror.lengths {
			if length == 0 {
				continue
			}
			if r, x.refs = s.mirror.lists.read(uint32(at), x.refs); slices.Contains(r.cats, category) {
				p.append(posting{uint32(at), 1})
			}
		}
		s.postings.put(key, p)
	}
	p.each(func(at, _ uint32) {
		if s.mirror.has(at) {
			x.found = append(x.found, at)
		}
	})
}

// wordOfCategory is no word of a text, which have no control characters.
func wordOfCategory(id string) string { return "\x00" + id }

// filters translates the choices of q, and marks the values that it wants.
func (m *mirror) filters(q search.Query, x *scratch) filters {
	f := filters{least: q.MinMinor, most: q.MaxMinor, inStock: q.InStock, category: noSlot}
	for _, name := range q.Brands {
		f.all |= brandBit
		if id, ok := m.brands.ids[name]; ok {
			f.brands = append(f.brands, id)
		}
	}
	if q.CategoryID != "" {
		f.all |= categoryBit
		if id, ok := m.cats.ids[q.CategoryID]; ok {
			f.category = id
		}
	}
	if q.Currency != "" {
		f.price = m.prices[q.Currency]
		f.impossible = f.price == nil
	}
	if f.most >= money.Max {
		f.most = 0 // no price is above it
	}
	if f.least > 0 || f.most > 0 {
		f.all |= priceBit
	}
	for i, a := range q.Attributes {
		f.all |= 1 << i
		f.names = append(f.names, a.Name)
		m.mark(a, uint8(i+1), x)
	}
	return f
}

// mark marks the values that a filter wants.
func (m *mirror) mark(a search.AttrFilter, mark uint8, x *scratch) {
	id, ok := m.attrs.ids[a.Name]
	if !ok {
		return
	}
	wanted := make(map[string]bool, len(a.Values))
	for _, v := range a.Values {
		wanted[v] = true
	}
	ranged := a.HasRange()
	for _, values := range [][]uint32{m.labels[id].texts, m.labels[id].numbers} {
		for _, v := range values {
			fact := &m.facts[v]
			if wanted[fact.text] || (ranged && fact.numeric && fact.milli >= a.MinMilli && fact.milli <= a.MaxMilli) {
				x.marks[v] = mark
			}
		}
	}
}

// sift keeps in x.best the documents of the page, counts those that pass, and
// counts for facets also those that fail one filter only: that facet is not
// narrowed by its own filter.
func (m *mirror) sift(q search.Query, f *filters, x *scratch) (total int64) {
	x.best = x.best[:0]
	if f.impossible {
		return 0
	}
	x.after = idKey{}
	if q.After != nil {
		x.after = keyOfID(q.After.ID)
	}
	for _, at := range x.found {
		minor := int64(0)
		if f.price != nil {
			minor = f.price.minor[at]
		}
		if minor == noPrice || (f.inStock && !m.inStock[at]) {
			continue
		}
		var r refs
		if f.all != 0 || q.Facets {
			r, x.refs = m.lists.read(at, x.refs)
		}
		failed := f.all &^ f.met(r, minor, x)
		if failed == 0 {
			total++
			m.offer(q, candidate{m.rank(q.Sort, at, minor, x.score[at]), at}, x)
		}
		if q.Facets && failed&(failed-1) == 0 {
			if m.several {
				x.counted = append(x.counted, counted{at, failed})
			}
			m.count(at, r, f, failed, x)
		}
	}
	return total
}

// met returns the bits of the filters that a document meets.
func (f *filters) met(r refs, minor int64, x *scratch) uint64 {
	var met uint64
	if f.all == 0 {
		return 0
	}
	if slices.Contains(f.brands, r.brand) {
		met |= brandBit
	}
	if slices.Contains(r.cats, f.category) {
		met |= categoryBit
	}
	if minor >= f.least && (f.most == 0 || minor <= f.most) {
		met |= priceBit
	}
	if len(f.names) > 0 {
		for _, v := range r.values {
			if mark := x.marks[v]; mark != 0 {
				met |= 1 << (mark - 1)
			}
		}
	}
	return met
}

// count counts a document that failed no filter, or only the one of a bit.
func (m *mirror) count(at uint32, r refs, f *filters, failed uint64, x *scratch) {
	if failed == 0 || failed == brandBit {
		x.brands[r.brand]++
	}
	if failed == 0 || failed == categoryBit {
		for _, c := range r.cats {
			x.cats[c]++
		}
	}
	if f.price != nil && (failed == 0 || failed == priceBit) {
		x.prices[f.price.step[at]]++
	}
	switch {
	case failed == 0:
		for _, v := range r.values {
			x.values[v]++
		}
	case failed < brandBit:
		attr, ok := m.attrs.ids[f.names[bits.TrailingZeros64(failed)]]
		if !ok {
			return
		}
		for _, v := range r.values {
			if m.facts[v].attr == attr {
				x.values[v]++
			}
		}
	}
}

// rank is the sort key, turned so that more is better.
func (m *mirror) rank(by search.Sort, at uint32, minor int64, score float32) int64 {
	switch by {
	case search.Newest:
		return m.created[at]
	case search.PriceUp:
		return -minor
	case search.PriceDown:
		return minor
	}
	return int64(float64(score) * 1e6)
}

// offer takes c into the page if it comes after the cursor and is among the
// best. x.best is a heap with the worst on top.
func (m *mirror) offer(q search.Query, c candidate, x *scratch) {
	if q.After != nil {
		if c.rank > q.After.Key || (c.rank == q.After.Key && bytes.Compare(m.ids[c.at][:], x.after[:]) <= 0) {
			return
		}
	}
	if len(x.best) < q.Limit {
		x.best = append(x.best, c)
		m.up(x.best)
		return
	}
	if m.worse(x.best[0], c) {
		x.best[0] = c
		m.down(x.best)
	}
}

func (m *mirror) worse(a, b candidate) bool {
	if a.rank != b.rank {
		return a.rank < b.rank
	}
	return bytes.Compare(m.ids[a.at][:], m.ids[b.at][:]) > 0
}

func (m *mirror) up(h []candidate) {
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !m.worse(h[i], h[parent]) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (m *mirror) down(h []candidate) {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && m.worse(h[child+1], h[child]) {
			child++
		}
		if !m.worse(h[child], h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// hits empties x.best into hits, best first.
func (s *shelf) hits(ctx context.Context, q search.Query, x *scratch) ([]search.Hit, error) {
	m := s.mirror
	best := make([]candidate, len(x.best))
	for len(x.best) > 0 {
		last := len(x.best) - 1
		best[last], x.best[0] = x.best[0], x.best[last]
		x.best = x.best[:last]
		m.down(x.best)
	}
	cards, err := s.cardsOf(ctx, best)
	if err != nil {
		return nil, err
	}
	hits := make([]search.Hit, len(best))
	prices := m.prices[q.Currency]
	for i, b := range best {
		r, _ := m.lists.read(b.at, x.refs)
		c := cards[b.at]
		hits[i] = search.Hit{ID: c.id, Slug: c.slug, Title: c.title, Brand: m.brands.names[r.brand], Image: c.image, ImageAlt: c.alt,
			InStock: m.inStock[b.at], Cursor: search.Cursor{Key: b.rank, ID: c.id}}
		if prices == nil {
			continue
		}
		hits[i].Minor = prices.minor[b.at]
		for _, was := range c.compareAt {
			if was.currency == q.Currency {
				hits[i].CompareAt = was.minor
			}
		}
	}
	return hits, nil
}

// cardsOf returns the cards of hits, by slot.
func (s *shelf) cardsOf(ctx context.Context, hits []candidate) (map[uint32]card, error) {
	cards := make(map[uint32]card, len(hits))
	var missing []uint32
	for _, h := range hits {
		if c, ok := s.cards.Get(h.at); ok {
			cards[h.at] = c
		} else {
			missing = append(missing, h.at)
		}
	}
	if len(missing) == 0 {
		return cards, nil
	}
	err := s.file.cards(ctx, missing, func(slot uint32, c card) {
		cards[slot] = c
		s.cards.Add(slot, c)
	})
	if err == nil && len(cards) < len(hits) {
		err = fmt.Errorf("search index: %d of %d records are missing", len(hits)-len(cards), len(hits))
	}
	return cards, err
}
