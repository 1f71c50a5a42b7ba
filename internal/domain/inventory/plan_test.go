package inventory

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// shelf is a row of the SKU "S"; the location's priority is its number.
func shelf(location, bucket, onHand, reserved int64) Shelf {
	return Shelf{Place: Place{"S", fmt.Sprint("l", location), bucket}, OnHand: onHand, Reserved: reserved, Priority: location}
}

func TestPlanTakesFromAsFewPlacesAsItCan(t *testing.T) {
	tests := map[string]struct {
		shelves []Shelf
		policy  Policy
		qty     int64
		turn    int
		want    string
	}{
		"the first location serves if it can":        {[]Shelf{shelf(1, 0, 5, 0), shelf(2, 0, 5, 0)}, Policy{}, 5, 0, "l1/0:5"},
		"the second, if it alone has all":            {[]Shelf{shelf(1, 0, 4, 0), shelf(2, 0, 5, 0)}, Policy{}, 5, 0, "l2/0:5"},
		"two buckets before another location":        {[]Shelf{shelf(1, 0, 3, 0), shelf(1, 1, 3, 0), shelf(2, 0, 9, 0)}, Policy{}, 5, 0, "l1/0:3 l1/1:2"},
		"a turn begins at another bucket":            {[]Shelf{shelf(1, 0, 3, 0), shelf(1, 1, 3, 0)}, Policy{}, 2, 1, "l1/1:2"},
		"what is reserved is not free":               {[]Shelf{shelf(1, 0, 5, 4), shelf(1, 1, 5, 0)}, Policy{}, 2, 0, "l1/1:2"},
		"all locations together":                     {[]Shelf{shelf(1, 0, 2, 0), shelf(2, 0, 2, 0)}, Policy{}, 4, 0, "l1/0:2 l2/0:2"},
		"not enough anywhere":                        {[]Shelf{shelf(1, 0, 2, 0), shelf(2, 0, 2, 0)}, Policy{}, 5, 0, ""},
		"nothing at all":                             {nil, Policy{}, 1, 0, ""},
		"safety stock stays at home":                 {[]Shelf{shelf(1, 0, 5, 0)}, Policy{Safety: 2}, 3, 0, "l1/0:3"},
		"and is not sold":                            {[]Shelf{shelf(1, 0, 5, 0)}, Policy{Safety: 2}, 4, 0, ""},
		"a backorder is made when all is taken":      {[]Shelf{shelf(1, 0, 1, 0), shelf(2, 0, 1, 0)}, Policy{Backorder: 3}, 5, 0, "l1/0:4 l2/0:1"},
		"up to its limit":                            {[]Shelf{shelf(1, 0, 1, 0), shelf(2, 0, 1, 0)}, Policy{Backorder: 3}, 6, 0, ""},
		"what was promised before counts":            {[]Shelf{shelf(1, 0, 0, 2)}, Policy{Backorder: 3}, 2, 0, ""},
		"debts of one place are not paid by another": {[]Shelf{shelf(1, 0, 0, 2), shelf(2, 0, 1, 0)}, Policy{}, 1, 0, "l2/0:1"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			picks, ok := Plan(tc.shelves, tc.policy, tc.qty, tc.turn)
			got := ""
			for i, p := range picks {
				if i > 0 {
					got += " "
				}
				got += fmt.Sprintf("%s/%d:%d", p.Location, p.Bucket, p.Qty)
			}
			if got != tc.want || ok != (tc.want != "") {
				t.Errorf("Plan = %q, %v; want %q", got, ok, tc.want)
			}
		})
	}
}

// For any shelves: a plan takes what was asked, in order of key, never more
// from a row than its slack allows, and fails only if there is too little.
func TestAPlanNeverTakesWhatIsNotThere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var shelves []Shelf
		sum := int64(0)
		for l := range r.Int64N(4) {
			for b := range 1 + r.Int64N(4) {
				s := shelf(l, b, r.Int64N(6), r.Int64N(4))
				shelves = append(shelves, s)
				sum += max(0, s.Free())
			}
		}
		p := Policy{}
		switch r.IntN(3) {
		case 0:
			p.Backorder = r.Int64N(5)
		case 1:
			p.Safety = r.Int64N(5)
		}
		qty := 1 + r.Int64N(12)
		picks, ok := Plan(shelves, p, qty, r.IntN(64))
		if !ok {
			if p == (Policy{}) && sum >= qty {
				t.Fatalf("no plan for %d of %+v", qty, shelves)
			}
			continue
		}
		if !slices.IsSortedFunc(picks, func(a, b Pick) int { return a.Compare(b.Place) }) {
			t.Fatalf("picks are out of order: %+v", picks)
		}
		for _, pick := range picks {
			i := slices.IndexFunc(shelves, func(s Shelf) bool { return s.Place == pick.Place })
			if pick.Qty <= 0 || shelves[i].Free()+pick.Slack < pick.Qty {
				t.Fatalf("%+v from %+v", pick, shelves[i])
			}
			qty -= pick.Qty
		}
		if qty != 0 {
			t.Fatalf("%d are missing in %+v", qty, picks)
		}
	}
}

func TestDivideLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5_000 {
		free, safety, n := r.Int64N(200)-20, r.Int64N(10), 1+r.Int64N(MaxBuckets)
		parts := Divide(free, safety, n)
		sum, least, most := int64(0), int64(1<<60), int64(-1<<60)
		for i, p := range parts {
			sum += p
			if i == 0 {
				p -= min(safety, max(0, free))
			}
			least, most = min(least, p), max(most, p)
		}
		if sum != free || free > safety && most-least > 1 {
			t.Fatalf("Divide(%d, %d, %d) = %v", free, safety, n, parts)
		}
	}
}

func TestDemandOpensBundlesAndAddsUp(t *testing.T) {
	bundles := map[string][]Component{"SET": {{"CUP", 2}, {"POT", 1}}, "DUO": {{"CUP", 2}}}
	got := Demand([]Line{{"SET", 3}, {"TRAY", 1}, {"CUP", 1}, {"DUO", 1}}, bundles)
	want := []Line{{"CUP", 9}, {"POT", 3}, {"TRAY", 1}}
	if !slices.Equal(got, want) {
		t.Errorf("Demand = %v, want %v", got, want)
	}
	for name, tc := range map[string]struct {
		units map[string]int64
		want  int64
	}{
		"the scarcest component decides": {map[string]int64{"CUP": 5, "POT": 9}, 2},
		"one is missing":                 {map[string]int64{"CUP": 5}, 0},
		"one was promised too often":     {map[string]int64{"CUP": -4, "POT": 9}, 0},
	} {
		if got := Whole(bundles["SET"], tc.units); got != tc.want {
			t.Errorf("%s: Whole = %d, want %d", name, got, tc.want)
		}
	}
}
