package picking

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
)

func taken(sku, location string, qty int64) inventory.Reservation {
	return inventory.Reservation{Place: inventory.Place{SKU: sku, Location: location}, Qty: qty, State: inventory.Sold}
}

func line(no int64, sku string, qty, cancelled, shipped int64) order.Line {
	return order.Line{No: no, SKU: sku, Qty: qty, Cancelled: cancelled, Shipped: shipped}
}

func TestUnitsAreFetchedWhereTheyWereTaken(t *testing.T) {
	released := taken("MUG", "west", 9)
	released.State = inventory.Released
	set := map[string][]inventory.Component{"SET": {{SKU: "MUG", Qty: 2}, {SKU: "TEA", Qty: 1}}}
	tests := map[string]struct {
		lines   []order.Line
		taken   []inventory.Reservation
		bundles map[string][]inventory.Component
		want    string
	}{
		"one place":                    {[]order.Line{line(1, "MUG", 3, 0, 0)}, []inventory.Reservation{taken("MUG", "main", 3)}, nil, "main [{1 3}]"},
		"two places, two lines":        {[]order.Line{line(1, "MUG", 3, 0, 0), line(2, "TEA", 1, 0, 0)}, []inventory.Reservation{taken("MUG", "east", 2), taken("MUG", "main", 1), taken("TEA", "main", 1)}, nil, "east [{1 2}] main [{1 1} {2 1}]"},
		"buckets are one place":        {[]order.Line{line(1, "MUG", 5, 0, 0)}, []inventory.Reservation{taken("MUG", "main", 2), taken("MUG", "main", 3)}, nil, "main [{1 5}]"},
		"gone units were first":        {[]order.Line{line(1, "MUG", 4, 1, 2)}, []inventory.Reservation{taken("MUG", "east", 2), taken("MUG", "main", 2)}, nil, "main [{1 1}]"},
		"nothing is left":              {[]order.Line{line(1, "MUG", 2, 1, 1)}, []inventory.Reservation{taken("MUG", "main", 2)}, nil, ""},
		"what was released is not":     {[]order.Line{line(1, "MUG", 1, 0, 0)}, []inventory.Reservation{released, taken("MUG", "main", 1)}, nil, "main [{1 1}]"},
		"not counted, with the rest":   {[]order.Line{line(1, "PDF", 2, 0, 0), line(2, "MUG", 1, 0, 0)}, []inventory.Reservation{taken("MUG", "north", 1), taken("PDF", inventory.Nowhere, 2)}, nil, "north [{1 2} {2 1}]"},
		"not counted, alone":           {[]order.Line{line(1, "PDF", 2, 0, 0)}, []inventory.Reservation{taken("PDF", inventory.Nowhere, 2)}, nil, "main [{1 2}]"},
		"never reserved":               {[]order.Line{line(1, "OLD", 2, 0, 0)}, nil, nil, "main [{1 2}]"},
		"a bundle by its first part":   {[]order.Line{line(1, "SET", 2, 0, 0)}, []inventory.Reservation{taken("MUG", "east", 2), taken("MUG", "main", 2), taken("TEA", "main", 2)}, set, "east [{1 1}] main [{1 1}]"},
		"a bundle beside its part":     {[]order.Line{line(1, "MUG", 1, 0, 0), line(2, "SET", 1, 0, 0)}, []inventory.Reservation{taken("MUG", "east", 1), taken("MUG", "main", 2), taken("TEA", "east", 1)}, set, "east [{1 1}] main [{2 1}]"},
		"two lines of one thing":       {[]order.Line{line(1, "MUG", 2, 0, 0), line(2, "MUG", 2, 0, 0)}, []inventory.Reservation{taken("MUG", "east", 3), taken("MUG", "main", 1)}, nil, "east [{1 2} {2 1}] main [{2 1}]"},
		"a line that is all cancelled": {[]order.Line{line(1, "MUG", 2, 2, 0), line(2, "TEA", 1, 0, 0)}, []inventory.Reservation{taken("MUG", "east", 2), taken("TEA", "main", 1)}, nil, "main [{2 1}]"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			at := Allot(tc.lines, tc.taken, tc.bundles)
			got := ""
			for i, location := range slices.Sorted(maps.Keys(at)) {
				if i > 0 {
					got += " "
				}
				got += fmt.Sprint(location, " ", at[location])
			}
			if got != tc.want {
				t.Errorf("Allot = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWhatIsGoneComesOffTheListsThatNobodyHasBegun(t *testing.T) {
	lists := func() []List {
		return []List{
			{ID: "1", State: Packed, Lines: []order.Pick{{LineNo: 1, Qty: 2}}},
			{ID: "2", State: Picking, Lines: []order.Pick{{LineNo: 1, Qty: 1}, {LineNo: 2, Qty: 1}}},
			{ID: "3", State: Open, Lines: []order.Pick{{LineNo: 1, Qty: 2}}},
			{ID: "4", State: Shipped, Lines: []order.Pick{{LineNo: 1, Qty: 7}}},
		}
	}
	for name, tc := range map[string]struct {
		unsent int64 // of line 1, of which 5 are listed
		want   string
	}{
		"nothing":                      {5, ""},
		"one":                          {4, "3 open [{1 1}]"},
		"all of the open list":         {3, "3 withdrawn []"},
		"of the one being picked":      {2, "3 withdrawn [] 2 picking [{2 1}]"},
		"a packed one is opened again": {1, "3 withdrawn [] 2 picking [{2 1}] 1 picking [{1 1}]"},
		"everything":                   {0, "3 withdrawn [] 2 picking [{2 1}] 1 withdrawn []"},
	} {
		got := ""
		for i, l := range Shrink(lists(), []order.Line{line(1, "MUG", tc.unsent+7, 0, 7), line(2, "TEA", 1, 0, 0)}, Withdrawn) {
			if i > 0 {
				got += " "
			}
			got += fmt.Sprint(l.ID, " ", l.State, " ", l.Lines)
		}
		if got != tc.want {
			t.Errorf("%s: Shrink = %q, want %q", name, got, tc.want)
		}
	}
}

func TestAListIsPackedInParts(t *testing.T) {
	l := List{Lines: []order.Pick{{LineNo: 1, Qty: 3}, {LineNo: 2, Qty: 1}}}
	for code, packed := range map[string][]order.Pick{
		"units-exceeded": {{LineNo: 1, Qty: 4}},
		"no-units":       {},
		"bad-quantity":   {{LineNo: 1, Qty: 1}, {LineNo: 1, Qty: 1}},
	} {
		if _, err := l.Part(packed); fault.Code(err) != code {
			t.Errorf("Part(%v): %v, want %s", packed, err, code)
		}
	}
	if _, err := l.Part([]order.Pick{{LineNo: 3, Qty: 1}}); fault.Code(err) != "units-exceeded" {
		t.Errorf("a line that it has not: %v", err)
	}
	rest, err := l.Part([]order.Pick{{LineNo: 1, Qty: 2}})
	if err != nil || !slices.Equal(rest, []order.Pick{{LineNo: 1, Qty: 1}, {LineNo: 2, Qty: 1}}) {
		t.Errorf("left are %v, %v", rest, err)
	}
	if rest, err := l.Part(l.Lines); err != nil || len(rest) != 0 {
		t.Errorf("of all %v is left, %v", rest, err)
	}
}
