package promotion

import (
	"testing"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhenACodeHolds(t *testing.T) {
	tests := map[string]struct {
		p        Promotion
		currency string
		spend    int64
		want     string
	}{
		"without conditions":            {Promotion{}, "EUR", 0, ""},
		"in its first moment":           {Promotion{StartsAt: noon}, "EUR", 0, ""},
		"a moment too early":            {Promotion{StartsAt: noon.Add(time.Microsecond)}, "EUR", 0, "promotion-not-started"},
		"in its last moment":            {Promotion{EndsAt: noon.Add(time.Microsecond)}, "EUR", 0, ""},
		"when it has just ended":        {Promotion{EndsAt: noon}, "EUR", 0, "promotion-ended"},
		"with one use left":             {Promotion{MaxUses: 3, Used: 2}, "EUR", 0, ""},
		"with none left":                {Promotion{MaxUses: 3, Used: 3}, "EUR", 0, "promotion-used-up"},
		"used often, without limit":     {Promotion{Used: 1 << 40}, "EUR", 0, ""},
		"in its own currency":           {Promotion{Amount: money.Of(5, "EUR")}, "EUR", 0, ""},
		"in another currency":           {Promotion{Amount: money.Of(5, "EUR")}, "USD", 0, "promotion-other-currency"},
		"at exactly what must be spent": {Promotion{MinSpend: 3000}, "EUR", 3000, ""},
		"a cent below":                  {Promotion{MinSpend: 3000}, "EUR", 2999, "promotion-min-spend"},
	}
	for name, tc := range tests {
		if got := fault.Code(tc.p.Check(noon, tc.currency, tc.spend)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
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
