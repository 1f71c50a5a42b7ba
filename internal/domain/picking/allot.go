package picking

import (
	"cmp"
	"maps"
	"slices"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
)

// Allot says at which location each unit that is still to be sent is fetched:
// where the order's reservations have taken it. Units that were cancelled or
// sent before count as fetched first, as they went back to the first location.
//
// A unit of a bundle belongs to the list of the place where its first component
// lies. What lies nowhere, because it is not counted, goes with the rest of the
// order; what was never reserved is fetched at Main.
func Allot(lines []order.Line, taken []inventory.Reservation, bundles map[string][]inventory.Component) map[string][]order.Pick {
	shelf := shelves{}
	for _, r := range taken {
		if r.State != inventory.Released {
			shelf[r.SKU] = append(shelf[r.SKU], piece{r.Location, r.Qty})
		}
	}
	at := map[string]map[int64]int64{}
	for _, l := range lines {
		for i, location := range shelf.fetch(l, bundles[l.SKU]) {
			if int64(i) < l.Cancelled+l.Shipped {
				continue
			}
			if at[location] == nil {
				at[location] = map[int64]int64{}
			}
			at[location][l.No]++
		}
	}
	together(at)
	lists := map[string][]order.Pick{}
	for location, units := range at {
		for _, no := range slices.Sorted(maps.Keys(units)) {
			lists[location] = append(lists[location], order.Pick{LineNo: no, Qty: units[no]})
		}
	}
	return lists
}

// together moves what lies nowhere to the first location that is somewhere.
func together(at map[string]map[int64]int64) {
	units := at[inventory.Nowhere]
	if units == nil {
		return
	}
	delete(at, inventory.Nowhere)
	to := inventory.Main
	if some := slices.Sorted(maps.Keys(at)); len(some) > 0 {
		to = some[0]
	}
	if at[to] == nil {
		at[to] = map[int64]int64{}
	}
	for no, n := range units {
		at[to][no] += n
	}
}

// piece is how many units of a SKU are taken from a location.
type piece struct {
	location string
	left     int64
}

type shelves map[string][]piece

// fetch takes all units of a line and returns the location of each.
func (s shelves) fetch(l order.Line, parts []inventory.Component) []string {
	of := make([]string, 0, l.Qty)
	for range l.Qty {
		if len(parts) == 0 {
			of = append(of, s.one(l.SKU))
			continue
		}
		first := ""
		for _, p := range parts {
			for range p.Qty {
				first = cmp.Or(first, s.one(p.SKU))
			}
		}
		of = append(of, cmp.Or(first, inventory.Main))
	}
	return of
}

// one takes a unit.
func (s shelves) one(sku string) string {
	for i := range s[sku] {
		if p := &s[sku][i]; p.left > 0 {
			p.left--
			return p.location
		}
	}
	return inventory.Main
}
