package fts

import (
	"cmp"
	"slices"
	"strconv"
)

// mirror is what filters, facets, sorting and hits need of every document, so
// that a search does not have to ask SQLite for it. A document has a slot, which
// is its rowid in FTS5, too. It takes some 850 bytes per document with a dozen
// facet values and three codes (BenchmarkLoad measures it), and has no bound of
// its own: what bounds it is the catalogue.
type mirror struct {
	slots   []slot
	lengths []uint32                // in tokens, at least 1; 0 where no document is
	prices  map[string]*priceColumn // by currency
	byID    map[string]uint32
	codes   map[uint64][]uint32 // hashes of SKUs, barcodes and model numbers
	deleted map[string]int64    // versions of documents that are gone
	free    []uint32            // slots that no list mentions
	dead    []uint32            // slots that lists of words may still mention
	tokens  int64               // in all live documents

	brands     dict
	brandOrder []uint32 // by name
	cats       dict     // by id
	catOrder   []uint32 // by title
	titles     []string
	attrs      dict // by name
	labels     []attrLabel
	values     dict // by attribute and text or number
	facts      []fact
	unsorted   map[uint32]bool // attributes whose values are not in order; see sort
	retitled   bool            // catOrder is not in order
}

// slot is one document. refs are first the categories, then the values.
type slot struct {
	refs                        []uint32
	brand                       uint32
	cats                        uint16
	live, inStock               bool
	created, version            int64
	id, slug, title, image, alt string // parts of one string
	codes                       []uint64
	print                       uint64
}

func (s *slot) categories() []uint32 { return s.refs[:s.cats] }
func (s *slot) values() []uint32     { return s.refs[s.cats:] }

// priceColumn holds the minor units of one currency by slot; noPrice for none.
type priceColumn struct {
	minor, compare []int64
	step           []uint8  // the range of bounds that minor is in
	labels         []string // of the ranges
}

const noPrice = -1

type attrLabel struct {
	label, unit string
	texts       []uint32 // values, by text
	numbers     []uint32 // values, by number
	several     bool     // some document has, or had, more than one number
}

// fact is a value of an attribute: a text, or thousandths.
type fact struct {
	attr    uint32
	numeric bool
	milli   int64
	text    string // of a number, its decimal
}

// dict numbers strings from 0.
type dict struct {
	names []string
	ids   map[string]uint32
}

// add returns the number of name and whether it is new.
func (d *dict) add(name []byte) (uint32, bool) {
	if id, ok := d.ids[string(name)]; ok {
		return id, false
	}
	s := string(name)
	id := uint32(len(d.names))
	d.ids[s], d.names = id, append(d.names, s)
	return id, true
}

func newMirror() *mirror {
	m := &mirror{prices: map[string]*priceColumn{}, byID: map[string]uint32{}, codes: map[uint64][]uint32{}, deleted: map[string]int64{}, unsorted: map[uint32]bool{}}
	for _, d := range []*dict{&m.brands, &m.cats, &m.attrs, &m.values} {
		d.ids = map[string]uint32{}
	}
	m.brands.add(nil) // brand 0 is none
	return m
}

// live is how many documents there are.
func (m *mirror) live() int { return len(m.byID) }

// version returns the version that the index has of id.
func (m *mirror) version(id string) (int64, bool) {
	if at, ok := m.byID[id]; ok {
		return m.slots[at].version, true
	}
	v, ok := m.deleted[id]
	return v, ok
}

// grow makes slot at usable.
func (m *mirror) grow(at uint32) {
	for uint32(len(m.slots)) <= at {
		m.slots, m.lengths = append(m.slots, slot{}), append(m.lengths, 0)
	}
	for _, c := range m.prices {
		c.grow(len(m.slots))
	}
}

func (c *priceColumn) grow(n int) {
	for len(c.minor) < n {
		c.minor, c.compare, c.step = append(c.minor, noPrice), append(c.compare, 0), append(c.step, 0)
	}
}

// set puts a record into slot at, which is not live or holds the same document
// with the same print. length is in tokens.
func (m *mirror) set(at uint32, record []byte, length uint32) error {
	m.grow(at)
	s := &m.slots[at]
	u := unpacker{b: record}
	same := s.live
	old := s.print
	s.setCard(u.text())
	s.version, s.created, s.inStock, s.print = u.int(), u.int(), u.int() == 1, u.word()
	m.setPrices(at, &u)
	if same && old == s.print {
		return u.err
	}
	m.setLists(s, &u)
	if u.err != nil {
		return u.err
	}
	s.live, m.lengths[at] = true, max(1, length)
	m.tokens += int64(m.lengths[at])
	m.byID[s.id] = at
	delete(m.deleted, s.id)
	for _, c := range s.codes {
		m.codes[c] = append(m.codes[c], at)
	}
	return nil
}

func (s *slot) setCard(card []byte) {
	whole := string(card)
	u := unpacker{b: card}
	for _, into := range []*string{&s.id, &s.slug, &s.title, &s.image, &s.alt} {
		n := len(u.text())
		end := len(whole) - len(u.b)
		*into = whole[end-n : end]
	}
}

func (m *mirror) setPrices(at uint32, u *unpacker) {
	for _, c := range m.prices {
		c.minor[at], c.compare[at] = noPrice, 0
	}
	for range u.count() {
		currency := u.text()
		c, ok := m.prices[string(currency)]
		if !ok {
			c = &priceColumn{labels: priceLabels(string(currency))}
			c.grow(len(m.slots))
			m.prices[string(currency)] = c
		}
		c.minor[at], c.compare[at] = u.int(), u.int()
		c.step[at] = uint8(decade(c.minor[at]))
	}
}

func (m *mirror) setLists(s *slot, u *unpacker) {
	s.brand, _ = m.brands.add(u.text())
	n := u.count()
	refs := make([]uint32, 0, n+16)
	for range n {
		c, isNew := m.cats.add(u.text())
		title := u.text()
		if isNew {
			m.titles, m.catOrder, m.retitled = append(m.titles, ""), append(m.catOrder, c), true
		}
		if m.titles[c] != string(title) {
			m.titles[c], m.retitled = string(title), true
		}
		refs = addOnce(refs, 0, c)
	}
	s.cats = uint16(len(refs))
	var key []byte
	for range u.count() {
		attr := m.attribute(u)
		f := fact{attr: attr, numeric: u.int() == 1}
		key = strconv.AppendUint(key[:0], uint64(attr), 10)
		if f.numeric {
			f.milli = u.int()
			key = strconv.AppendInt(append(key, '#'), f.milli, 10)
		} else {
			text := u.text()
			key = append(append(key, '='), text...)
		}
		v, isNew := m.values.add(key)
		if isNew {
			m.addFact(v, f)
		}
		if f.numeric {
			m.labels[attr].several = m.labels[attr].several || m.hasNumber(refs[s.cats:], attr)
		}
		refs = addOnce(refs, int(s.cats), v)
	}
	s.refs = append(make([]uint32, 0, len(refs)), refs...)
	s.codes = make([]uint64, u.count())
	for i := range s.codes {
		s.codes[i] = u.word()
	}
}

func (m *mirror) hasNumber(values []uint32, attr uint32) bool {
	for _, v := range values {
		if m.facts[v].attr == attr && m.facts[v].numeric {
			return true
		}
	}
	return false
}

func (m *mirror) attribute(u *unpacker) uint32 {
	a, isNew := m.attrs.add(u.text())
	label, unit := u.text(), u.text()
	if isNew {
		m.labels = append(m.labels, attrLabel{})
	}
	l := &m.labels[a]
	if l.label != string(label) {
		l.label = string(label)
	}
	if l.unit != string(unit) {
		l.unit = string(unit)
	}
	return a
}

func (m *mirror) addFact(v uint32, f fact) {
	if f.numeric {
		f.text = decimal(f.milli)
	} else {
		name := m.values.names[v]
		for i := range name {
			if name[i] == '=' {
				f.text = name[i+1:]
				break
			}
		}
	}
	m.facts = append(m.facts, f)
	l := &m.labels[f.attr]
	if f.numeric {
		l.numbers = append(l.numbers, v)
	} else {
		l.texts = append(l.texts, v)
	}
	m.unsorted[f.attr] = true
}

// sort brings in order what set added. It must follow set before a search.
func (m *mirror) sort() {
	for attr := range m.unsorted {
		l := &m.labels[attr]
		slices.SortFunc(l.texts, func(a, b uint32) int { return cmp.Compare(m.facts[a].text, m.facts[b].text) })
		slices.SortFunc(l.numbers, func(a, b uint32) int { return cmp.Compare(m.facts[a].milli, m.facts[b].milli) })
	}
	clear(m.unsorted)
	if m.retitled {
		slices.SortFunc(m.catOrder, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(m.titles[a], m.titles[b]), cmp.Compare(m.cats.names[a], m.cats.names[b]))
		})
		m.retitled = false
	}
	if known := len(m.brandOrder); known < len(m.brands.names) {
		for id := known; id < len(m.brands.names); id++ {
			m.brandOrder = append(m.brandOrder, uint32(id))
		}
		slices.SortFunc(m.brandOrder, func(a, b uint32) int { return cmp.Compare(m.brands.names[a], m.brands.names[b]) })
	}
}

// addOnce appends n to refs unless refs[from:] has it.
func addOnce(refs []uint32, from int, n uint32) []uint32 {
	for _, r := range refs[from:] {
		if r == n {
			return refs
		}
	}
	return append(refs, n)
}

// drop takes slot at out of everything; it can be used again after recycle.
func (m *mirror) drop(at uint32) {
	s := &m.slots[at]
	for _, c := range s.codes {
		left := m.codes[c][:0]
		for _, other := range m.codes[c] {
			if other != at {
				left = append(left, other)
			}
		}
		if m.codes[c] = left; len(left) == 0 {
			delete(m.codes, c)
		}
	}
	m.tokens -= int64(m.lengths[at])
	m.lengths[at] = 0
	if m.byID[s.id] == at {
		delete(m.byID, s.id)
	}
	for _, c := range m.prices {
		c.minor[at], c.compare[at] = noPrice, 0
	}
	*s = slot{}
	m.dead = append(m.dead, at)
}

// tooManyDead reports whether the lists of words should be thrown away so that
// the slots of dead documents can be used again.
func (m *mirror) tooManyDead() bool { return len(m.dead) > 256+m.live()/2 }

func (m *mirror) recycle() {
	m.free = append(m.free, m.dead...)
	m.dead = nil
}
