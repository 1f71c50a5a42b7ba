package pricing

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// input is a small cart: two mugs at 19.99 and a book at 7.01, to a country
// where prices contain 19 % or, for books, 7 % of tax.
func input() Input {
	return Input{Currency: "EUR", Now: noon,
		Lines: []Line{
			{SKU: "MUG", TaxClass: "standard", WeightG: 350, Unit: money.Of(1999, "EUR"), Qty: 2, CategoryIDs: []string{"mugs", "kitchen"}},
			{SKU: "BOOK", TaxClass: "reduced", WeightG: 500, Unit: money.Of(701, "EUR"), Qty: 1, CategoryIDs: []string{"books"}},
		},
		Zone:  Zone{Country: "DE", Inclusive: true, RatePPM: map[string]int64{"standard": 190_000, "reduced": 70_000}},
		Rates: []shipping.Rate{{Method: "post", MaxWeightG: 2_000, Price: money.Of(490, "EUR")}, {Method: "express", MaxWeightG: 2_000, Price: money.Of(1490, "EUR")}}}
}

func TestAQuoteByHand(t *testing.T) {
	in := input()
	in.Codes = []promotion.Promotion{{ID: "p", Code: "TEN", Kind: promotion.Percent, PercentPPM: 100_000}}
	q, err := Of(in)
	if err != nil {
		t.Fatal(err)
	}
	// 39.98 and 7.01 make 46.99; a tenth is 4.699, rounded 4.70, of which 4.00 fall to
	// the mugs (3.9989) and 0.70 to the book (0.7011). 35.98 hold 5.7447 of tax, 6.31 hold 0.4128, 4.90 hold 0.7824.
	if q.Subtotal != 4699 || q.Discount != 470 || q.Lines[0].Discount != 400 || q.Lines[1].Discount != 70 || q.Shipping != 490 || q.Total != 4719 || q.Tax != 574+41+78 || q.Method != "post" {
		t.Errorf("quote = %+v", q)
	}
}

func TestTaxComesOnTopWhereZonesSaySo(t *testing.T) {
	in := input()
	in.Zone = Zone{Country: "CA", RatePPM: map[string]int64{"standard": 50_000}}
	q, err := Of(in)
	if err != nil {
		t.Fatal(err)
	}
	// 5 % of 39.98 is 1.999, of 7.01 (a class without a rate of its own) 0.3505, of 4.90 0.245.
	if q.Tax != 200+35+25 || q.Total != 4699+490+260 || q.Inclusive {
		t.Errorf("quote = %+v", q)
	}
}

func TestQuotesThatCannotBe(t *testing.T) {
	tests := map[string]struct {
		change func(in *Input)
		code   string
	}{
		"an empty cart":                 {func(in *Input) { in.Lines = nil }, "cart-empty"},
		"too heavy for every method":    {func(in *Input) { in.Lines[0].WeightG = 10_000 }, "not-shippable"},
		"a country without rates":       {func(in *Input) { in.Rates = nil }, "not-shippable"},
		"a method that is not offered":  {func(in *Input) { in.Method = "pigeon" }, "unknown-shipping-method"},
		"a line worth too much":         {func(in *Input) { in.Lines[0].Unit.Minor = money.Max }, "amount-overflow"},
		"lines worth too much together": {func(in *Input) { in.Lines[0].Unit.Minor, in.Lines[0].Qty = money.Max, 1 }, "amount-overflow"},
		"postage worth too much": {func(in *Input) {
			in.Lines = in.Lines[:1]
			in.Lines[0].Unit.Minor, in.Lines[0].Qty = money.Max, 1
		}, "amount-overflow"},
		"tax worth too much": {func(in *Input) {
			in.Lines, in.Zone.Inclusive = in.Lines[:1], false
			in.Lines[0].Unit.Minor, in.Lines[0].Qty = money.Max-1000, 1
		}, "amount-overflow"},
	}
	for name, tc := range tests {
		in := input()
		tc.change(&in)
		if _, err := Of(in); fault.Code(err) != tc.code {
			t.Errorf("%s = %v, want %s", name, err, tc.code)
		}
	}
}

func TestCodesThatDoNotHoldSayWhyAndTakeNothing(t *testing.T) {
	for want, p := range map[string]promotion.Promotion{
		"promotion-ended":          {Kind: promotion.Percent, PercentPPM: 500_000, EndsAt: noon},
		"promotion-not-started":    {Kind: promotion.Percent, PercentPPM: 500_000, StartsAt: noon.Add(1)},
		"promotion-used-up":        {Kind: promotion.Percent, PercentPPM: 500_000, MaxUses: 3, Used: 3},
		"promotion-other-currency": {Kind: promotion.Amount, Amount: money.Of(100, "USD")},
		"promotion-min-spend":      {Kind: promotion.FreeShipping, MinSpend: 4700},
		"promotion-no-goods":       {Kind: promotion.Percent, PercentPPM: 500_000, CategoryID: "lamps"},
	} {
		in := input()
		in.Codes = []promotion.Promotion{p}
		q, err := Of(in)
		if err != nil || len(q.Codes) != 1 || fault.Code(q.Codes[0].Problem) != want || q.Discount != 0 || q.Shipping != 490 {
			t.Errorf("%s: %+v, %v", want, q, err)
		}
	}
}

func TestACodeForACategoryTakesFromItsGoodsOnly(t *testing.T) {
	in := input()
	in.Codes = []promotion.Promotion{{Code: "KITCHEN", Kind: promotion.Amount, Amount: money.Of(99_999, "EUR"), CategoryID: "kitchen"}, {Code: "SHIP", Kind: promotion.FreeShipping}}
	q, err := Of(in)
	if err != nil || q.Lines[0].Discount != 3998 || q.Lines[1].Discount != 0 || q.Total != 701 || q.Shipping != 0 {
		t.Errorf("quote = %+v, %v", q, err)
	}
}

// Whatever is in a cart and whatever codes it has: every line, the whole and
// the tax add up to the cent, and nothing is below zero.
func TestRandomCartsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(2026, 3))
	for range 20_000 {
		in := randomInput(r)
		q, err := Of(in)
		if err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		if why := unsound(q); why != "" {
			t.Fatalf("%s\n%+v\n%+v", why, in, q)
		}
	}
}

func randomInput(r *rand.Rand) Input {
	in := Input{Currency: "EUR", Now: noon, Zone: Zone{Country: "XX", Inclusive: r.IntN(2) == 0, RatePPM: map[string]int64{"standard": r.Int64N(300_000), "reduced": r.Int64N(300_000)}},
		Rates: []shipping.Rate{{Method: "post", MaxWeightG: 1 << 50, Price: money.Of(r.Int64N(3000), "EUR"), FreeFrom: r.Int64N(20_000)}}}
	for i := range 1 + r.IntN(8) {
		in.Lines = append(in.Lines, Line{SKU: fmt.Sprint(i), TaxClass: []string{"standard", "reduced", "other"}[r.IntN(3)], WeightG: r.Int64N(5000),
			Unit: money.Of(r.Int64N([]int64{3, 100, 20_000, 100_000_000}[r.IntN(4)]), "EUR"), Qty: 1 + r.Int64N(50), CategoryIDs: []string{fmt.Sprint(r.IntN(3))}})
	}
	for i := range r.IntN(5) {
		p := promotion.Promotion{ID: fmt.Sprint(i), Code: fmt.Sprint("C", i), Kind: []promotion.Kind{promotion.Percent, promotion.Amount, promotion.FreeShipping}[r.IntN(3)],
			PercentPPM: r.Int64N(1_000_001), Amount: money.Of(r.Int64N(50_000), "EUR"), MinSpend: r.Int64N(3) * 1000}
		if r.IntN(2) == 0 {
			p.CategoryID = fmt.Sprint(r.IntN(4))
		}
		in.Codes = append(in.Codes, p)
	}
	return in
}

// unsound says what does not add up in q, or "".
func unsound(q Quote) string {
	var gross, discount, tax, total, byCode int64
	for _, l := range q.Lines {
		net := l.Gross - l.Discount
		switch {
		case l.Gross != l.Unit.Minor*l.Qty:
			return "a line is not its unit times its quantity"
		case l.Discount < 0 || net < 0 || l.Tax < 0:
			return "a line is below zero"
		case q.Inclusive && (l.Total != net || l.Tax > net), !q.Inclusive && l.Total != net+l.Tax:
			return "a line's total is not its parts"
		case off(l.Tax, net, l.TaxPPM, q.Inclusive):
			return "a line's tax is off by more than half a cent"
		}
		gross, discount, tax, total = gross+l.Gross, discount+l.Discount, tax+l.Tax, total+l.Total
	}
	for _, c := range q.Codes {
		if c.Minor < 0 || c.Problem != nil && c.Minor != 0 {
			return "a code takes what it may not"
		}
		byCode += c.Minor
	}
	want := total + q.Shipping
	if !q.Inclusive {
		want += q.ShippingTax
	}
	switch {
	case gross != q.Subtotal || discount != q.Discount || byCode != q.Discount || tax+q.ShippingTax != q.Tax:
		return "the sums are not those of the lines"
	case q.Total != want || q.Total < 0 || q.Shipping < 0:
		return "the total is not its parts"
	}
	return ""
}

// off reports whether tax is more than half a cent away from what the rate asks.
func off(tax, net, ppm int64, inclusive bool) bool {
	den := float64(1_000_000)
	if inclusive {
		den += float64(ppm)
	}
	d := float64(tax) - float64(net)*float64(ppm)/den
	return d > 0.500001 || d < -0.500001
}

func FuzzOf(f *testing.F) {
	f.Add(int64(1999), int64(2), int64(350), int64(190_000), int64(100_000), true)
	f.Add(int64(money.Max), int64(9999), int64(1), int64(0), int64(1_000_000), false)
	f.Fuzz(func(t *testing.T, unit, qty, weight, rate, percent int64, inclusive bool) {
		if unit < 0 || unit > money.Max || qty < 1 || qty > 9999 || weight < 0 || weight > 999_999_999 || rate < 0 || rate > 1_000_000 || percent < 0 || percent > 1_000_000 {
			return
		}
		in := input()
		in.Lines[0].Unit.Minor, in.Lines[0].Qty, in.Lines[0].WeightG = unit, qty, weight
		in.Zone = Zone{Inclusive: inclusive, RatePPM: map[string]int64{"standard": rate}}
		in.Codes = []promotion.Promotion{{Code: "C", Kind: promotion.Percent, PercentPPM: percent}}
		q, err := Of(in)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		if q.Total < 0 || q.Total > money.Max || q.Discount > q.Subtotal || q.Lines[0].Gross != unit*qty {
			t.Fatalf("quote %+v", q)
		}
	})
}
