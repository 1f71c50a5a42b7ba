package fts

import (
	"sync"

	"tradewind/internal/domain/search"
)

// scratch is the room that one search needs. It is used again and again, so it
// must be left as clean as it was found: see forget and size.
type scratch struct {
	// By slot: how many parts of the query the document has, and its score.
	step  []uint8
	score []float32
	// Slots whose step or score may not be zero, and those of the documents found.
	touched, found []uint32

	brands, cats, values []uint32 // counts
	prices               []uint32
	counted              []counted
	marks                []uint8 // by value: 1 + the filter that wants it
	best                 []candidate
	refs                 []uint32 // room to read a list
	after                idKey    // of the cursor
	keys                 []uint64
	tops                 []uint32
}

// counted is a document that failed no filter, or one, whose bit failed is.
type counted struct {
	at     uint32
	failed uint64
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// size makes room for m.
func (x *scratch) size(m *mirror) {
	x.step, x.score = room(x.step, len(m.lengths)), room(x.score, len(m.lengths))
	x.brands, x.cats = room(x.brands, len(m.brands.names)), room(x.cats, len(m.cats.names))
	x.prices = room(x.prices, len(search.PriceSteps))
	x.values, x.marks = room(x.values, len(m.facts)), room(x.marks, len(m.facts))
}

// room returns s with n elements, zeros where it is new.
func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/8)
	}
	return s[:n]
}

// forget clears what match left.
func (x *scratch) forget() {
	for _, list := range [][]uint32{x.touched, x.found} {
		for _, at := range list {
			x.step[at], x.score[at] = 0, 0
		}
	}
	x.touched, x.found = x.touched[:0], x.found[:0]
}

// uncount clears the counts.
func (x *scratch) uncount() {
	clear(x.brands)
	clear(x.cats)
	clear(x.values)
	clear(x.marks)
	clear(x.prices)
	x.counted = x.counted[:0]
}
