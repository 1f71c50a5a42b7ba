package promotion

import (
	"testing"
	"time"

	"tradewind/internal/platform/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhenAnOfferHolds(t *testing.T) {
	tests := map[string]struct {
		p    Promotion
		code Code
		want string
	}{
		"without conditions":                {Promotion{}, Code{}, ""},
		"in its first moment":               {Promotion{StartsAt: noon}, Code{}, ""},
		"a moment too early":                {Promotion{StartsAt: noon.Add(time.Microsecond)}, Code{}, "promotion-not-started"},
		"in its last moment":                {Promotion{EndsAt: noon.Add(time.Microsecond)}, Code{}, ""},
		"when it has just ended":            {Promotion{EndsAt: noon}, Code{}, "promotion-ended"},
		"with one use left":                 {Promotion{Budget: Budget{Uses: 3}, Used: 2}, Code{}, ""},
		"with none left":                    {Promotion{Budget: Budget{Uses: 3}, Used: 3}, Code{}, "promotion-used-up"},
		"with money left":                   {Promotion{Budget: Budget{Minor: 3000}, Spent: 2999}, Code{}, ""},
		"with all its money spent":          {Promotion{Budget: Budget{Minor: 3000}, Spent: 3000}, Code{}, "promotion-used-up"},
		"with its code used up":             {Promotion{}, Code{MaxUses: 1, Used: 1}, "promotion-used-up"},
		"used often, without limit":         {Promotion{Used: 1 << 40}, Code{Used: 1 << 40}, ""},
		"in its own currency":               {Promotion{Terms: Terms{Currency: "EUR"}}, Code{}, ""},
		"in another currency":               {Promotion{Terms: Terms{Currency: "USD"}}, Code{}, "promotion-other-currency"},
		"at exactly what must be spent":     {Promotion{Terms: Terms{MinSpend: 3000}}, Code{}, ""},
		"a cent below":                      {Promotion{Terms: Terms{MinSpend: 3001}}, Code{}, "promotion-min-spend"},
		"with enough pieces":                {Promotion{Terms: Terms{MinQty: 2}}, Code{}, ""},
		"with a piece too few":              {Promotion{Terms: Terms{MinQty: 3}}, Code{}, "promotion-min-qty"},
		"below its first step":              {Promotion{Terms: Terms{Tiers: []Tier{{From: 3001}}}}, Code{}, "promotion-min-spend"},
		"for a group of the customer's":     {Promotion{Terms: Terms{Groups: []string{"trade", "club"}}}, Code{}, ""},
		"for another group":                 {Promotion{Terms: Terms{Groups: []string{"trade"}}}, Code{}, "promotion-other-customer"},
		"in its channel":                    {Promotion{Terms: Terms{Channels: []string{"app", "web"}}}, Code{}, ""},
		"in another channel":                {Promotion{Terms: Terms{Channels: []string{"app"}}}, Code{}, "promotion-other-channel"},
		"to one of its countries":           {Promotion{Terms: Terms{Countries: []string{"DE"}}}, Code{}, ""},
		"to another country":                {Promotion{Terms: Terms{Countries: []string{"FR"}}}, Code{}, "promotion-other-country"},
		"for a first order, of an old hand": {Promotion{Terms: Terms{FirstOrder: true}}, Code{}, "promotion-not-first-order"},
	}
	who := Shopper{Key: "ada@example.com", Groups: []string{"club"}, Channel: "web", Country: "DE", Ordered: true}
	for name, tc := range tests {
		tc.p.Active = true
		err := Offer{Promotion: tc.p, Code: tc.code}.Check(noon, who, Goods{"EUR", 2, 3000})
		if got := fault.Code(err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if err := (Offer{}).Check(noon, who, Goods{"EUR", 2, 3000}); fault.Code(err) != "promotion-ended" {
		t.Errorf("one that was switched off: %v", err)
	}
	if err := (Offer{Promotion: Promotion{Active: true}}).Check(noon, who, Goods{Currency: "EUR"}); fault.Code(err) != "promotion-no-goods" {
		t.Errorf("without goods: %v", err)
	}
}

func TestWhatAnOfferCovers(t *testing.T) {
	for name, tc := range map[string]struct {
		t    Terms
		want bool
	}{
		"everything":            {Terms{}, true},
		"a category above":      {Terms{CategoryIDs: []string{"x", "kitchen"}}, true},
		"another category":      {Terms{CategoryIDs: []string{"lamps"}}, false},
		"the product":           {Terms{ProductIDs: []string{"p"}}, true},
		"another product":       {Terms{ProductIDs: []string{"q"}}, false},
		"another, its category": {Terms{ProductIDs: []string{"q"}, CategoryIDs: []string{"mugs"}}, true},
	} {
		if got := tc.t.Covers("p", []string{"mugs", "kitchen"}); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPromotionsThatMeanNothingAreRefused(t *testing.T) {
	good := Promotion{Title: "T", Kind: Percent, Terms: Terms{PercentPPM: 1}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(p *Promotion){
		"title":             func(p *Promotion) { p.Title = "" },
		"kind":              func(p *Promotion) { p.Kind = "odd" },
		"terms.currency":    func(p *Promotion) { p.Terms.MinSpend = 1 },
		"terms.percent_ppm": func(p *Promotion) { p.Terms.PercentPPM = 1_000_001 },
		"terms.amount_off":  func(p *Promotion) { p.Kind = Amount },
		"terms.buy":         func(p *Promotion) { p.Kind = BuyGet },
		"terms.gift_sku":    func(p *Promotion) { p.Kind = Gift },
		"terms.tiers":       func(p *Promotion) { p.Kind = Tiered },
		"terms":             func(p *Promotion) { p.Terms.MinQty = -1 },
		"ends_at":           func(p *Promotion) { p.StartsAt, p.EndsAt = noon, noon },
	} {
		p := good
		change(&p)
		e, ok := p.Validate().(*fault.Error)
		if !ok || e.Fields[field] == "" {
			t.Errorf("%s: %v", field, p.Validate())
		}
	}
	for name, tiers := range map[string][]Tier{
		"steps down": {{From: 2, AmountOff: 1}, {From: 1, AmountOff: 1}}, "a step of nothing": {{From: 1}}, "a step of both": {{From: 1, AmountOff: 1, PercentPPM: 1}},
	} {
		p := Promotion{Title: "T", Kind: Tiered, Terms: Terms{Currency: "EUR", Tiers: tiers}}
		if fault.Code(p.Validate()) != "promotion-invalid" {
			t.Errorf("%s: %v", name, p.Validate())
		}
	}
}

func TestCodesAreComparedWithoutCaseAndBlanks(t *testing.T) {
	for _, s := range []string{"welcome10", " Welcome10\t", "WELCOME10"} {
		if got := Normal(s); got != "WELCOME10" {
			t.Errorf("Normal(%q) = %q", s, got)
		}
	}
}
