package recommend

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
)

// Two products are ordered by their scores as by their sales, each halved with
// every half-life, whenever one looks.
func TestScoresOrderAsDecayedSalesDo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 7))
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 500 {
		var score [2]int64
		var sum [2]float64 // as of begin
		for i := range score {
			at := begin
			for range 1 + r.IntN(30) {
				at = at.Add(time.Duration(r.Int64N(int64(5 * 24 * time.Hour))))
				units := 1 + r.Int64N(9)
				score[i] = Score(score[i], units, at)
				sum[i] += float64(units) * math.Exp2(float64(at.Sub(begin))/float64(HalfLife))
			}
		}
		if ratio := sum[0] / sum[1]; math.Abs(math.Log2(ratio)) > 1e-4 && cmp.Compare(score[0], score[1]) != cmp.Compare(sum[0], sum[1]) {
			t.Fatalf("scores %v, sums %v", score, sum)
		}
	}
}

func TestAnOldBestsellerGivesWay(t *testing.T) {
	long := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	old, fresh := Score(0, 1000, long), Score(0, 10, long.Add(8*HalfLife))
	if fresh <= old {
		t.Errorf("ten of now score %d, a thousand of eight half-lives ago %d", fresh, old)
	}
}

func TestLikeness(t *testing.T) {
	milli := func(n int64) *int64 { return &n }
	mug := Traits{Brand: "Brine", Price: money.Of(1000, "EUR"), Attributes: []catalog.Attribute{{Name: "color", Text: "blue"}, {Name: "volume", Text: "300", Milli: milli(300_000)}}}
	with := func(change func(*Traits)) Traits {
		x := mug
		x.Attributes = append([]catalog.Attribute(nil), mug.Attributes...)
		change(&x)
		return x
	}
	if got := Likeness(mug, mug); got != 6 {
		t.Errorf("a product and itself: %v", got)
	}
	for name, other := range map[string]Traits{
		"another colour":   with(func(x *Traits) { x.Attributes[0].Text = "red" }),
		"another brand":    with(func(x *Traits) { x.Brand = "Cove" }),
		"twice the price":  with(func(x *Traits) { x.Price.Minor = 2000 }),
		"twice the volume": with(func(x *Traits) { x.Attributes[1].Milli = milli(600_000) }),
	} {
		if got := Likeness(mug, other); got >= 6 || got < 4 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := Likeness(mug, Traits{Price: money.Of(1000, "USD")}); got != 0 {
		t.Errorf("nothing in common: %v", got)
	}
}

func TestLooksAddALittleAndNeverMuch(t *testing.T) {
	at := epoch.Add(100 * HalfLife)
	one, fifty := Interest(0, 1, at), Interest(0, 50, at)
	if fifty != Score(0, 1, at) || one >= fifty {
		t.Errorf("a look is %d, fifty are %d, a sale is %d", one, fifty, Score(0, 1, at))
	}
	score := int64(0)
	for range 1000 {
		score = Interest(score, 100, at)
	}
	if most := Score(0, MostInterest, at); score != most {
		t.Errorf("any number of looks make %d, want %d", score, most)
	}
	if sold := Score(0, 10, at); Interest(sold, 1_000_000, at) != sold {
		t.Error("looks add to what sells well")
	}
	if later := at.Add(HalfLife); Interest(score, 100, later) <= score {
		t.Error("looks of later add nothing")
	}
}
