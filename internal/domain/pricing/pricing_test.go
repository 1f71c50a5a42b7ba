package pricing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
	in.Offers = []promotion.Offer{percent("TEN", 100_000)}
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

// coded is an offer with a code.
func coded(code string, p promotion.Promotion) promotion.Offer {
	p.ID, p.Active = "id-"+code, true
	return promotion.Offer{Promotion: p, Code: promotion.Code{Code: code, PromotionID: p.ID}}
}

func percent(code string, ppm int64) promotion.Offer {
	return coded(code, promotion.Promotion{Kind: promotion.Percent, Terms: promotion.Terms{PercentPPM: ppm}})
}

func TestCodesThatDoNotHoldSayWhyAndTakeNothing(t *testing.T) {
	half := promotion.Terms{PercentPPM: 500_000}
	for want, p := range map[string]promotion.Promotion{
		"promotion-ended":       {Kind: promotion.Percent, Terms: half, EndsAt: noon},
		"promotion-not-started": {Kind: promotion.Percent, Terms: half, StartsAt: noon.Add(1)},
		"promotion-used-up":     {Kind: promotion.Percent, Terms: half, Budget: promotion.Budget{Uses: 3}, Used: 3},
		"promotion-min-spend":   {Kind: promotion.FreeShipping, Terms: promotion.Terms{MinSpend: 4700}},
		"promotion-min-qty":     {Kind: promotion.BuyGet, Terms: promotion.Terms{PercentPPM: 1_000_000, Buy: 3, Get: 1}},
		"promotion-no-goods":    {Kind: promotion.Percent, Terms: promotion.Terms{PercentPPM: 1, CategoryIDs: []string{"lamps"}}},
		"gift-out-of-stock":     {Kind: promotion.Gift, Terms: promotion.Terms{GiftSKU: "PEN", GiftQty: 1}},
	} {
		in := input()
		in.Offers = []promotion.Offer{coded("C", p)}
		q, err := Of(in)
		if err != nil || len(q.Offers) != 1 || fault.Code(q.Offers[0].Problem) != want || q.Discount != 0 || q.Shipping != 490 || len(q.Lines) != 2 {
			t.Errorf("%s: %+v, %v", want, q, err)
		}
		in.Offers[0].Code = promotion.Code{}
		if q, err := Of(in); err != nil || len(q.Offers) != 0 {
			t.Errorf("%s, by itself: %+v, %v; shoppers are not told of what they did not ask for", want, q.Offers, err)
		}
	}
}

func TestACodeForACategoryTakesFromItsGoodsOnly(t *testing.T) {
	in := input()
	in.Offers = []promotion.Offer{
		coded("KITCHEN", promotion.Promotion{Kind: promotion.Amount, Terms: promotion.Terms{Currency: "EUR", AmountOff: 99_999, CategoryIDs: []string{"kitchen"}}}),
		coded("SHIP", promotion.Promotion{Kind: promotion.FreeShipping}),
	}
	q, err := Of(in)
	if err != nil || q.Lines[0].Discount != 3998 || q.Lines[1].Discount != 0 || q.Total != 701 || q.Shipping != 0 {
		t.Errorf("quote = %+v, %v", q, err)
	}
}

func TestWhatEachKindTakesOff(t *testing.T) {
	for name, tc := range map[string]struct {
		kind  promotion.Kind
		terms promotion.Terms
		want  []int64 // discount of the mugs (2 at 19.99), the book (7.01) and a gift
	}{
		"a tenth":                            {promotion.Percent, promotion.Terms{PercentPPM: 100_000}, []int64{400, 70}},
		"an amount":                          {promotion.Amount, promotion.Terms{Currency: "EUR", AmountOff: 1000}, []int64{851, 149}},
		"buy two, get the cheapest":          {promotion.BuyGet, promotion.Terms{Buy: 2, Get: 1, PercentPPM: 1_000_000}, []int64{0, 701}},
		"buy one, get one at half price":     {promotion.BuyGet, promotion.Terms{Buy: 1, Get: 1, PercentPPM: 500_000, CategoryIDs: []string{"mugs"}}, []int64{1000, 0}},
		"buy one, get two":                   {promotion.BuyGet, promotion.Terms{Buy: 1, Get: 2, PercentPPM: 1_000_000}, []int64{1999, 701}},
		"one set at most":                    {promotion.BuyGet, promotion.Terms{Buy: 0, Get: 1, MostSets: 1, PercentPPM: 1_000_000}, []int64{0, 701}},
		"the step that is reached":           {promotion.Tiered, promotion.Terms{Currency: "EUR", Tiers: []promotion.Tier{{From: 1000, AmountOff: 100}, {From: 4699, AmountOff: 700}, {From: 4700, AmountOff: 900}}}, []int64{596, 104}},
		"a step of a percentage":             {promotion.Tiered, promotion.Terms{Currency: "EUR", Tiers: []promotion.Tier{{From: 0, PercentPPM: 100_000}}}, []int64{400, 70}},
		"a gift":                             {promotion.Gift, promotion.Terms{GiftSKU: "PEN", GiftQty: 2}, []int64{0, 0, 300}},
		"from goods of one product":          {promotion.Percent, promotion.Terms{PercentPPM: 1_000_000, ProductIDs: []string{"p-book"}}, []int64{0, 701}},
		"what is left of its money, at most": {promotion.Percent, promotion.Terms{Currency: "EUR", PercentPPM: 1_000_000}, []int64{851, 149}},
	} {
		in := input()
		in.Lines[0].ProductID, in.Lines[1].ProductID = "p-mug", "p-book"
		in.Gifts = map[string]Line{"PEN": {SKU: "PEN", TaxClass: "standard", Unit: money.Of(150, "EUR"), Qty: 2}}
		o := coded("C", promotion.Promotion{Kind: tc.kind, Terms: tc.terms})
		if strings.Contains(name, "money") {
			o.Budget.Minor, o.Spent = 5000, 4000
		}
		in.Offers = []promotion.Offer{o}
		q, err := Of(in)
		if err != nil || unsound(q) != "" {
			t.Errorf("%s: %v %s", name, err, unsound(q))
			continue
		}
		var got []int64
		for _, l := range q.Lines {
			got = append(got, l.Discount)
			if l.Gift && (l.Total != 0 || l.Tax != 0) {
				t.Errorf("%s: the gift costs %d", name, l.Total)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s takes off %v, want %v", name, got, tc.want)
		}
	}
}

func TestWhatIsExclusiveStandsAgainstTheOthersTogether(t *testing.T) {
	alone := percent("ALONE", 150_000)
	alone.Exclusive = true
	in := input()
	in.Offers = []promotion.Offer{percent("A", 100_000), alone, percent("B", 50_000)}
	q, err := Of(in) // a tenth, and a twentieth of the rest: 14.5 %
	if err != nil || q.Discount != 705 || len(q.Offers) != 3 {
		t.Fatalf("15 %% against 14.5 %%: %+v, %v", q, err)
	}
	for _, o := range q.Offers {
		if want := map[bool]string{true: "", false: "promotion-not-combinable"}[o.Name() == "ALONE"]; fault.Code(o.Problem) != want {
			t.Errorf("%s: %v", o.Name(), o.Problem)
		}
	}
	in.Offers[2] = percent("B", 60_000) // 15.4 % together
	if q, err = Of(in); err != nil || q.Discount != 724 {
		t.Errorf("15 %% against 15.4 %%: %+v, %v", q, err)
	}
}

func TestPriorityDecidesWhatComesFirst(t *testing.T) {
	in := input()
	amount := coded("AMOUNT", promotion.Promotion{Kind: promotion.Amount, Terms: promotion.Terms{Currency: "EUR", AmountOff: 699}})
	in.Offers = []promotion.Offer{amount, percent("TEN", 100_000)}
	q, _ := Of(in)
	if q.Discount != 470+699 {
		t.Errorf("percentages come first within a priority: %d", q.Discount)
	}
	in.Offers[0].Priority = -1
	if q, _ = Of(in); q.Discount != 699+400 {
		t.Errorf("a lower priority comes before: %d", q.Discount)
	}
}

func TestTotalsAreRoundedWhereCashWantsIt(t *testing.T) {
	for step, want := range map[int64]int64{0: 5189, 1: 5189, 5: 5190, 10: 5190, 100: 5200} {
		in := input()
		in.RoundTo = step
		if q, err := Of(in); err != nil || q.Total != want || q.Rounding != want-5189 {
			t.Errorf("in steps of %d: %d, rounded by %d, %v", step, q.Total, q.Rounding, err)
		}
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
	in.Gifts = map[string]Line{"PEN": {SKU: "PEN", TaxClass: "standard", Unit: money.Of(r.Int64N(500), "EUR"), Qty: r.Int64N(3)}}
	in.RoundTo = []int64{0, 0, 5, 100}[r.IntN(4)]
	for i := range r.IntN(6) {
		o := coded(fmt.Sprint("C", i), promotion.Promotion{Kind: promotion.Kinds[r.IntN(len(promotion.Kinds))], Priority: r.Int64N(3), Exclusive: r.IntN(5) == 0,
			Terms: promotion.Terms{Currency: "EUR", PercentPPM: r.Int64N(1_000_001), AmountOff: r.Int64N(50_000), MinSpend: r.Int64N(3) * 1000,
				Buy: 1 + r.Int64N(4), Get: 1 + r.Int64N(3), MostSets: r.Int64N(3), GiftSKU: "PEN", GiftQty: 1,
				Tiers: []promotion.Tier{{From: r.Int64N(1000), PercentPPM: 1 + r.Int64N(1_000_000)}, {From: 1000 + r.Int64N(9000), AmountOff: 1 + r.Int64N(9000)}}}})
		if r.IntN(2) == 0 {
			o.Terms.CategoryIDs = []string{fmt.Sprint(r.IntN(4))}
		}
		if r.IntN(3) == 0 {
			o.Budget.Minor, o.Spent = 1000+r.Int64N(10_000), r.Int64N(1000)
		}
		if r.IntN(3) == 0 {
			o.Code, o.Automatic = promotion.Code{}, true
		}
		in.Offers = append(in.Offers, o)
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
		case explained(l) != l.Total-l.Gross:
			return "a line's reasons do not explain its total"
		case off(l.Tax, net, l.TaxPPM, q.Inclusive):
			return "a line's tax is off by more than half a cent"
		}
		gross, discount, tax, total = gross+l.Gross, discount+l.Discount, tax+l.Tax, total+l.Total
	}
	for _, c := range q.Offers {
		if c.Minor < 0 || c.Problem != nil && c.Minor != 0 || c.Budget.Minor > 0 && c.Minor > c.Budget.Minor-c.Spent {
			return "a code takes what it may not"
		}
		byCode += c.Minor
	}
	want := total + q.Shipping + q.Rounding
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

// explained adds up what the reasons of a line change.
func explained(l QuotedLine) (minor int64) {
	for _, r := range l.Reasons {
		minor += r.Minor
	}
	return minor
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
		in.Offers = []promotion.Offer{coded("C", promotion.Promotion{Kind: promotion.Percent, Terms: promotion.Terms{PercentPPM: percent}})}
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
