package shipping

import (
	"fmt"
	"testing"

	"tradewind/internal/platform/money"
)

func TestWhichMethodsAreOffered(t *testing.T) {
	rates := []Rate{
		{Method: "bike", MaxWeightG: 5_000, Price: money.Of(300, "EUR"), PostcodePrefix: "10"},
		{Method: "post", MaxWeightG: 2_000, Price: money.Of(490, "EUR"), FreeFrom: 7_500},
		{Method: "post", MaxWeightG: 30_000, Price: money.Of(890, "EUR"), FreeFrom: 15_000},
		{Method: "express", MaxWeightG: 10_000, Price: money.Of(1490, "EUR")},
	}
	tests := map[string]struct {
		weight   int64
		postcode string
		goods    int64
		want     string
	}{
		"light, in town":                {500, "10997", 1000, "bike 300, post 490, express 1490, "},
		"a postcode with a blank":       {500, " 1 0997", 1000, "bike 300, post 490, express 1490, "},
		"light, elsewhere":              {500, "80331", 1000, "post 490, express 1490, "},
		"no postcode":                   {500, "", 1000, "post 490, express 1490, "},
		"to the gram":                   {2_000, "8", 1000, "post 490, express 1490, "},
		"a gram more, the next step":    {2_001, "8", 1000, "post 890, express 1490, "},
		"dear enough to go free":        {500, "8", 7_500, "post 0, express 1490, "},
		"a cent short of it":            {500, "8", 7_499, "post 490, express 1490, "},
		"heavy, dear in another step":   {2_001, "8", 7_500, "post 890, express 1490, "},
		"too heavy for all but one":     {20_000, "8", 1000, "post 890, "},
		"too heavy for all":             {30_001, "8", 1000, ""},
		"goods worth nothing after all": {0, "8", 0, "post 490, express 1490, "},
	}
	for name, tc := range tests {
		got := ""
		for _, o := range Options(rates, tc.weight, tc.postcode, tc.goods) {
			got += fmt.Sprintf("%s %d, ", o.Method, o.Price.Minor)
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if rates[1].Price.Minor != 490 {
		t.Error("the table itself was changed")
	}
}
