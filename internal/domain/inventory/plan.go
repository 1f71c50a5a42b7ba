package inventory

import (
	"cmp"
	"slices"
	"strings"
)

// MaxBuckets is how many buckets one SKU may have at one location.
const MaxBuckets = 64

// Shelf is one counter row that can be sold from, as it was read.
type Shelf struct {
	Place
	OnHand, Reserved int64
	Priority         int64 // of the location
}

// Free is what nobody holds.
func (s Shelf) Free() int64 { return s.OnHand - s.Reserved }

// Pick takes Qty from a place. Slack is how far below zero its free units may
// go; a negative one is how many must stay.
type Pick struct {
	Place
	Qty, Slack int64
}

// Plan chooses where to take qty units of one SKU: one bucket if one has them
// all, one location if one has them all, and otherwise what there is in order of
// priority. turn picks the bucket to begin with, so that buyers spread. What
// is kept back stays, and what may be promised without being there is promised,
// at the home shelf: the first bucket of the first location. The picks come in
// order of key; ok is false if the shelves do not have enough.
func Plan(shelves []Shelf, p Policy, qty int64, turn int) (picks []Pick, ok bool) {
	shelves = slices.Clone(shelves)
	slices.SortFunc(shelves, func(a, b Shelf) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Location, b.Location), cmp.Compare(a.Bucket, b.Bucket))
	})
	if len(shelves) == 0 {
		return nil, false
	}
	home := shelves[0].Place
	take := func(s Shelf, n int64) Pick {
		pick := Pick{Place: s.Place, Qty: n}
		if s.Place == home {
			pick.Slack = p.slack()
		}
		return pick
	}
	free := func(s Shelf) int64 {
		n := s.Free()
		if s.Place == home {
			n -= p.Safety
		}
		return max(0, n)
	}
	for rest := shelves; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Location == rest[0].Location {
			n++
		}
		here := rotated(rest[:n], turn)
		rest = rest[n:]
		sum := int64(0)
		for _, s := range here {
			if free(s) >= qty {
				return []Pick{take(s, qty)}, true
			}
			sum += free(s)
		}
		if sum >= qty {
			return inOrder(gather(here, qty, free, take)), true
		}
	}
	picks = gather(shelves, qty, free, take)
	for _, pick := range picks {
		qty -= pick.Qty
	}
	if qty > 0 { // promise the rest of what may be missing
		at := slices.IndexFunc(picks, func(pick Pick) bool { return pick.Place == home })
		if at < 0 {
			picks, at = append(picks, take(shelves[0], 0)), len(picks)
		}
		picks[at].Qty += qty
		if picks[at].Qty > shelves[0].Free()+p.slack() {
			return nil, false
		}
	}
	return inOrder(picks), true
}

// gather takes what each shelf has until qty is reached.
func gather(shelves []Shelf, qty int64, free func(Shelf) int64, take func(Shelf, int64) Pick) (picks []Pick) {
	for _, s := range shelves {
		if n := min(qty, free(s)); n > 0 {
			picks = append(picks, take(s, n))
			qty -= n
		}
	}
	return picks
}

func rotated(shelves []Shelf, turn int) []Shelf {
	turn %= len(shelves)
	return append(slices.Clone(shelves[turn:]), shelves[:turn]...)
}

func inOrder(picks []Pick) []Pick {
	slices.SortFunc(picks, func(a, b Pick) int { return a.Compare(b.Place) })
	return picks
}

// Compare orders places by key: the order in which rows are locked.
func (p Place) Compare(q Place) int {
	return cmp.Or(strings.Compare(p.SKU, q.SKU), strings.Compare(p.Location, q.Location), cmp.Compare(p.Bucket, q.Bucket))
}

// Promisable is how many units can still be promised of shelves that together
// have free units.
func (p Policy) Promisable(free int64) int64 {
	if p.Tracking == NotCounted {
		return Unlimited
	}
	return max(0, free+p.slack())
}

// Divide spreads free units evenly over n buckets; the first also takes what
// is kept back, and what does not divide goes one each to the first ones.
func Divide(free, safety int64, n int64) []int64 {
	parts := make([]int64, n)
	if free <= safety {
		parts[0] = free
		return parts
	}
	for i := range parts {
		parts[i] = (free - safety) / n
		if int64(i) < (free-safety)%n {
			parts[i]++
		}
	}
	parts[0] += safety
	return parts
}
