package fts

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"

	"tradewind/internal/domain/search"
)

// A record is a document without its words, packed into one blob: numbers as
// varints, texts with their length in front. The layout may change with
// schemaVersion only. First comes the card, which is what a hit shows.

// packer appends to a record.
type packer struct{ b []byte }

func (p *packer) int(n int64)    { p.b = binary.AppendVarint(p.b, n) }
func (p *packer) word(n uint64)  { p.b = binary.LittleEndian.AppendUint64(p.b, n) }
func (p *packer) text(s string)  { p.int(int64(len(s))); p.b = append(p.b, s...) }
func (p *packer) count(n int)    { p.int(int64(n)) }
func (p *packer) truth(yes bool) { p.int(map[bool]int64{true: 1}[yes]) }

var errRecord = errors.New("record is damaged")

// unpacker reads a record; after damage it yields zeros and err is set.
type unpacker struct {
	b   []byte
	err error
}

func (u *unpacker) int() int64 {
	n, size := binary.Varint(u.b)
	if size <= 0 {
		u.b, u.err = nil, errRecord
		return 0
	}
	u.b = u.b[size:]
	return n
}

func (u *unpacker) word() uint64 {
	if len(u.b) < 8 {
		u.b, u.err = nil, errRecord
		return 0
	}
	n := binary.LittleEndian.Uint64(u.b)
	u.b = u.b[8:]
	return n
}

// text returns bytes of the record itself.
func (u *unpacker) text() []byte {
	n := u.int()
	if n < 0 || n > int64(len(u.b)) {
		u.b, u.err = nil, errRecord
		return nil
	}
	s := u.b[:n]
	u.b = u.b[n:]
	return s
}

// count returns how many items follow; each takes a byte at least.
func (u *unpacker) count() int {
	n := u.int()
	if n < 0 || n > int64(len(u.b)) {
		u.b, u.err = nil, errRecord
		return 0
	}
	return int(n)
}

// pack makes the record of d.
func pack(d search.Doc) []byte {
	var p, card packer
	for _, s := range []string{d.ID, d.Slug, d.Title, d.Image, d.ImageAlt} {
		card.text(s)
	}
	card.count(len(d.CompareAt))
	for _, currency := range slices.Sorted(maps.Keys(d.CompareAt)) {
		card.text(currency)
		card.int(d.CompareAt[currency])
	}
	p.text(string(card.b))
	p.int(d.CreatedAt.UnixMicro())
	p.truth(d.InStock)
	p.count(len(d.Prices))
	for _, currency := range slices.Sorted(maps.Keys(d.Prices)) {
		p.text(currency)
		p.int(d.Prices[currency])
	}
	packLists(&p, d)
	return p.b
}

// card is what a hit shows of a document, beside what the mirror has.
type card struct {
	id, slug, title, image, alt string
	compareAt                   []former
}

// former is a price that a document had before.
type former struct {
	currency string
	minor    int64
}

// cardOf reads the card of a record.
func cardOf(record []byte) (c card, err error) {
	whole := unpacker{b: record}
	u := unpacker{b: whole.text()}
	for _, into := range []*string{&c.id, &c.slug, &c.title, &c.image, &c.alt} {
		*into = string(u.text())
	}
	for range u.count() {
		c.compareAt = append(c.compareAt, former{string(u.text()), u.int()})
	}
	return c, errors.Join(whole.err, u.err)
}

// codesIn reads the codes at the end of a record.
func codesIn(record []byte) ([]uint64, error) {
	u := unpacker{b: record}
	u.text()
	u.int()
	u.int()
	for range u.count() {
		u.text()
		u.int()
	}
	u.text()
	for range u.count() {
		u.text()
		u.text()
	}
	for range u.count() {
		u.text()
		u.text()
		u.text()
		if u.int() == 1 {
			u.int()
		} else {
			u.text()
		}
	}
	codes := make([]uint64, u.count())
	for i := range codes {
		codes[i] = u.word()
	}
	return codes, u.err
}

// packLists writes what facets count, and the codes.
func packLists(p *packer, d search.Doc) {
	p.text(d.Brand)
	p.count(len(d.Categories))
	for _, c := range d.Categories {
		p.text(c.ID)
		p.text(c.Title)
	}
	var counted []search.Attr
	for _, a := range d.Attributes {
		if a.Facet {
			counted = append(counted, a)
		}
	}
	p.count(len(counted))
	for _, a := range counted {
		p.text(a.Name)
		p.text(a.Label)
		p.text(a.Unit)
		p.truth(a.Milli != nil)
		if a.Milli != nil {
			p.int(*a.Milli)
		} else {
			p.text(a.Text)
		}
	}
	codes := codesOf(d)
	p.count(len(codes))
	for _, c := range codes {
		p.word(c)
	}
}

// fingerprint identifies what can be searched for and counted in d: everything
// but its prices, stock, version and pictures.
func fingerprint(d search.Doc) uint64 {
	h := fnv.New64a()
	var p packer
	packLists(&p, d)
	h.Write(p.b)
	for _, s := range append(columnsOf(d), d.ID) {
		io.WriteString(h, s)
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// columns are the columns of the FTS5 table, and weights what a word in each is
// worth. The first letters of the names differ; tallying relies on that.
var (
	columns = [...]string{"title", "sku", "brand", "description", "attributes"}
	weights = [...]uint32{8, 6, 4, 2, 1}
)

// columnsOf returns the texts that FTS5 indexes.
func columnsOf(d search.Doc) []string {
	return []string{d.Title, strings.Join(append(slices.Clone(d.SKUs), d.Barcodes...), " \n "), d.Brand, d.Description, strings.Join(d.WordsOfAttributes(), " \n ")}
}

// codesOf hashes the codes of d.
func codesOf(d search.Doc) []uint64 {
	var codes []uint64
	for _, c := range d.Codes() {
		codes = append(codes, hashCode(c))
	}
	slices.Sort(codes)
	return codes
}

func hashCode(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s)
	return h.Sum64()
}
