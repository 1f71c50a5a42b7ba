package fts

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"io"
	"strings"
)

// refs are the numbers that a document has in the mirror's dictionaries.
type refs struct {
	brand        uint32
	cats, values []uint32
}

// lists keep the refs of each slot as varints: the brand, how many categories,
// these, how many values, these. Numbers that were given early, and so those of
// what is common, take a byte or two.
type lists struct {
	pages       [][]byte
	start       []uint32 // by slot: page and place, see at; 0 for none
	used, waste int      // bytes
}

const (
	pageBits  = 18
	pageBytes = 1 << pageBits
)

func (l *lists) grow(n int) {
	for len(l.start) < n {
		l.start = append(l.start, 0)
	}
	if len(l.pages) == 0 {
		l.pages = [][]byte{append(make([]byte, 0, pageBytes), 0)} // so that no list begins at 0
	}
}

// at returns the list of a slot that has one, and what follows it in its page.
func (l *lists) at(slot uint32) []byte {
	s := l.start[slot]
	return l.pages[s>>pageBits][s&(pageBytes-1):]
}

// read decodes the refs of a slot into room, which it returns for the next one.
func (l *lists) read(slot uint32, room []uint32) (refs, []uint32) {
	b := l.at(slot)
	brand, b := number(b)
	n, b := number(b)
	room = room[:0]
	for range n {
		var c uint32
		c, b = number(b)
		room = append(room, c)
	}
	more, b := number(b)
	for range more {
		var v uint32
		v, b = number(b)
		room = append(room, v)
	}
	return refs{brand, room[:n:n], room[n:]}, room
}

// number is binary.Uvarint for what lists hold, small enough to be inlined.
func number(b []byte) (uint32, []byte) {
	if b[0] < 0x80 {
		return uint32(b[0]), b[1:]
	}
	return longNumber(b)
}

func longNumber(b []byte) (uint32, []byte) {
	if b[1] < 0x80 {
		return uint32(b[0]&0x7f) | uint32(b[1])<<7, b[2:]
	}
	n, size := binary.Uvarint(b)
	return uint32(n), b[size:]
}

// put writes the list of a slot anew.
func (l *lists) put(slot uint32, r refs) {
	l.forget(slot)
	b := binary.AppendUvarint(nil, uint64(r.brand))
	b = binary.AppendUvarint(b, uint64(len(r.cats)))
	for _, c := range r.cats {
		b = binary.AppendUvarint(b, uint64(c))
	}
	b = binary.AppendUvarint(b, uint64(len(r.values)))
	for _, v := range r.values {
		b = binary.AppendUvarint(b, uint64(v))
	}
	l.append(slot, b)
}

func (l *lists) append(slot uint32, b []byte) {
	last := len(l.pages) - 1
	if len(l.pages[last])+len(b) > pageBytes {
		l.pages, last = append(l.pages, make([]byte, 0, pageBytes)), last+1
	}
	l.start[slot] = uint32(last)<<pageBits | uint32(len(l.pages[last]))
	l.pages[last] = append(l.pages[last], b...)
	l.used += len(b)
}

// forget gives up the list of a slot. Its bytes come back when as many are
// wasted as are used.
func (l *lists) forget(slot uint32) {
	if l.start[slot] == 0 {
		return
	}
	n := l.length(slot)
	l.start[slot] = 0
	l.used, l.waste = l.used-n, l.waste+n
	if l.waste > pageBytes && l.waste > l.used {
		l.compact()
	}
}

func (l *lists) length(slot uint32) int {
	all := l.at(slot)
	_, b := number(all)
	for range 2 {
		var n uint32
		n, b = number(b)
		for range n {
			_, b = number(b)
		}
	}
	return len(all) - len(b)
}

func (l *lists) compact() {
	old := *l
	*l = lists{start: old.start}
	l.grow(0)
	for slot, s := range old.start {
		if s != 0 {
			b := old.at(uint32(slot))[:old.length(uint32(slot))]
			l.append(uint32(slot), b) // writes a start that old has been asked for already
		}
	}
}

// idKey orders documents as their ids do, in 16 bytes: a UUID is decoded; what
// is longer than that is ordered by its first 8 bytes and then by a hash.
type idKey [16]byte

func keyOfID(id string) (k idKey) {
	if len(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' {
		if _, err := hex.Decode(k[:], []byte(strings.ReplaceAll(id, "-", ""))); err == nil {
			return k
		}
	}
	if copy(k[:], id) < len(id) {
		h := fnv.New64a()
		io.WriteString(h, id)
		binary.BigEndian.PutUint64(k[8:], h.Sum64())
	}
	return k
}
