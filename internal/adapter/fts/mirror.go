package fts

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"tradewind/internal/domain/search"
)

// mirror is what filters, facets and sorting need of every document, so that a
// search does not have to ask SQLite for it. A document has a slot, which is its
// rowid in FTS5, too; what is only shown of it is read from the file. It takes
// some 100 bytes per document with a dozen facet values and two currencies
// (BenchmarkLoad measures it), and has no bound of its own: what bounds it is
// the catalogue.
type mirror struct {
	lengths []uint16 // in tokens, 1 to 65,535; 0 where no document is
	ids     []idKey
	created []int64 // µs since 1970
	inStock []bool
	lists   lists
	prices  map[string]*priceColumn // by currency
	live    int                     // documents
	tokens  int64                   // in all of them
	free    []uint32                // slots that no list mentions
	dead    []uint32                // slots that lists of words may still mention

	brands     dict
	brandOrder []uint32 // by name
	cats       dict     // by id
	catOrder   []uint32 // by title
	titles     []string
	attrs      dict // by name
	labels     []attrLabel
	values     dict // by attribute and text or number
	facts      []fact
	several    bool            // some attribute has documents with several numbers
	unsorted   map[uint32]bool // attributes whose values are not in order; see sort
	retitled   bool            // catOrder is not in order
}

// priceColumn holds the minor units of one currency by slot; noPrice for none.
type priceColumn struct {
	minor  []int64
	step   []uint8  // the range of prices that minor is in
	labels []string // of the ranges
	cats   []uint32 // by category, how many documents have a price
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
	m := &mirror{prices: map[string]*priceColumn{}, unsorted: map[uint32]bool{}}
	for _, d := range []*dict{&m.brands, &m.cats, &m.attrs, &m.values} {
		d.ids = map[string]uint32{}
	}
	m.brands.add(nil) // brand 0 is none
	return m
}

// has reports whether a document is in slot at.
func (m *mirror) has(at uint32) bool { return int(at) < len(m.lengths) && m.lengths[at] > 0 }

// grow makes n slots usable.
func (m *mirror) grow(n int) {
	if n <= len(m.lengths) {
		return
	}
	add := n - len(m.lengths)
	m.lengths, m.ids = append(m.lengths, make([]uint16, add)...), append(m.ids, make([]idKey, add)...)
	m.created, m.inStock = append(m.created, make([]int64, add)...), append(m.inStock, make([]bool, add)...)
	m.lists.grow(n)
	for _, c := range m.prices {
		c.grow(n)
	}
}

func (c *priceColumn) grow(n int) {
	for len(c.minor) < n {
		c.minor, c.step = append(c.minor, noPrice), append(c.step, 0)
	}
}

// set puts a record into slot at, where no document is. length is in tokens.
func (m *mirror) set(at uint32, record []byte, length uint32) error {
	m.grow(int(at) + 1)
	u := unpacker{b: record}
	id := unpacker{b: u.text()}
	m.ids[at] = keyOfID(string(id.text()))
	m.setOffer(at, &u)
	r := m.refsOf(&u)
	if u.err != nil || id.err != nil {
		return errRecord
	}
	m.lists.put(at, r)
	m.tally(at, r, 1)
	m.lengths[at] = uint16(min(max(1, length), math.MaxUint16))
	m.tokens += int64(m.lengths[at])
	m.live++
	return nil
}

// reoffer puts another record of the same document into its slot, of which only
// the prices, the stock and what is shown differ.
func (m *mirror) reoffer(at uint32, record []byte) error {
	u := unpacker{b: record}
	u.text()
	r, _ := m.lists.read(at, nil)
	m.tally(at, r, -1)
	m.setOffer(at, &u)
	m.tally(at, r, 1)
	return u.err
}

// tally counts a document in, or out, of its categories.
func (m *mirror) tally(at uint32, r refs, by int) {
	for _, c := range m.prices {
		if c.minor[at] == noPrice {
			continue
		}
		for len(c.cats) < len(m.titles) {
			c.cats = append(c.cats, 0)
		}
		for _, id := range r.cats {
			c.cats[id] += uint32(by)
		}
	}
}

func (m *mirror) setOffer(at uint32, u *unpacker) {
	m.created[at], m.inStock[at] = u.int(), u.int() == 1
	for _, c := range m.prices {
		c.minor[at] = noPrice
	}
	for range u.count() {
		currency := u.text()
		c, ok := m.prices[string(currency)]
		if !ok {
			c = &priceColumn{labels: priceLabels(string(currency))}
			c.grow(len(m.lengths))
			m.prices[string(currency)] = c
		}
		c.minor[at] = u.int()
		c.step[at] = uint8(decade(c.minor[at]))
	}
}

// refsOf numbers what a record names.
func (m *mirror) refsOf(u *unpacker) (r refs) {
	r.brand, _ = m.brands.add(u.text())
	for range u.count() {
		c, isNew := m.cats.add(u.text())
		title := u.text()
		if isNew {
			m.titles, m.catOrder, m.retitled = append(m.titles, ""), append(m.catOrder, c), true
		}
		if m.titles[c] != string(title) {
			m.titles[c], m.retitled = string(title), true
		}
		r.cats = addOnce(r.cats, c)
	}
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
		if f.numeric && m.hasNumber(r.values, attr) {
			m.labels[attr].several, m.several = true, true
		}
		r.values = addOnce(r.values, v)
	}
	return r
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
		f.text = search.Decimal(f.milli)
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

// addOnce appends n to refs unless they have it.
func addOnce(refs []uint32, n uint32) []uint32 {
	if slices.Contains(refs, n) {
		return refs
	}
	return append(refs, n)
}

// drop takes slot at out of everything; it can be used again after recycle.
func (m *mirror) drop(at uint32) {
	m.tokens -= int64(m.lengths[at])
	m.lengths[at] = 0
	m.live--
	r, _ := m.lists.read(at, nil)
	m.tally(at, r, -1)
	m.lists.forget(at)
	for _, c := range m.prices {
		c.minor[at] = noPrice
	}
	m.dead = append(m.dead, at)
}

// tooManyDead reports whether the lists of words should be thrown away so that
// the slots of dead documents can be used again.
func (m *mirror) tooManyDead() bool { return len(m.dead) > 256+m.live/2 }

func (m *mirror) recycle() {
	m.free = append(m.free, m.dead...)
	m.dead = nil
}
