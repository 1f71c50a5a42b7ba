package money

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tradewind/internal/platform/fault"
)

func TestAllocate(t *testing.T) {
	tests := map[string]struct {
		minor         int64
		weights, want []int64
		wantCode      string
	}{
		"odd cent to first of tie":   {minor: 100, weights: []int64{1, 1, 1}, want: []int64{34, 33, 33}},
		"free line gets nothing":     {minor: 7, weights: []int64{0, 3}, want: []int64{0, 7}},
		"largest remainder first":    {minor: 10, weights: []int64{1, 5, 3}, want: []int64{1, 6, 3}},
		"all lines free":             {minor: 5, weights: []int64{0, 0}, wantCode: "bad-weights"},
		"no lines":                   {minor: 5, wantCode: "bad-weights"},
		"negative weight":            {minor: 5, weights: []int64{1, -1}, wantCode: "bad-weights"},
		"weights beyond 64 bits":     {minor: 5, weights: []int64{1 << 62, 1 << 62}, wantCode: "bad-weights"},
		"large amount large weights": {minor: Max, weights: []int64{Max, Max}, want: []int64{500_000_000_000_000, 499_999_999_999_999}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			parts, err := Allocate(Of(tc.minor, "EUR"), tc.weights)
			if fault.Code(err) != tc.wantCode {
				t.Fatalf("Allocate(%d, %v) error = %v, want code %q", tc.minor, tc.weights, err, tc.wantCode)
			}
			var got []int64
			for _, p := range parts {
				got = append(got, p.Minor)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("Allocate(%d, %v) = %v, want %v", tc.minor, tc.weights, got, tc.want)
			}
		})
	}
}

func TestAllocateLosesNoCent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		weights := make([]int64, 1+r.IntN(12))
		for i := range weights {
			weights[i] = r.Int64N(1 << uint(1+r.IntN(40)))
		}
		weights[0]++
		total := r.Int64N(Max)
		parts, err := Allocate(Of(total, "USD"), weights)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, p := range parts {
			if p.Minor < 0 {
				t.Fatalf("negative part of %d over %v: %v", total, weights, parts)
			}
			sum += p.Minor
		}
		if sum != total {
			t.Fatalf("parts of %d over %v sum to %d", total, weights, sum)
		}
	}
}

func TestParseAndDecimal(t *testing.T) {
	tests := map[string]struct {
		text, currency string
		minor          int64
		wantCode       string
	}{
		"cents":                  {"19.99", "EUR", 1999, ""},
		"whole":                  {"20", "USD", 2000, ""},
		"yen has none":           {"500", "JPY", 500, ""},
		"three digits":           {"1.234", "KWD", 1234, ""},
		"trailing zeros are one": {"9.9900", "EUR", 999, ""},
		"negative":               {"-0.05", "EUR", -5, ""},
		"too many decimals":      {"1.005", "EUR", 0, "bad-amount"},
		"half a yen":             {"1.5", "JPY", 0, "bad-amount"},
		"comma":                  {"1,50", "EUR", 0, "bad-amount"},
		"exponent":               {"1e3", "EUR", 0, "bad-amount"},
		"empty":                  {"", "EUR", 0, "bad-amount"},
		"too large":              {"99999999999999999999", "EUR", 0, "amount-overflow"},
		"no such currency":       {"1", "EUX", 0, "unknown-currency"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(tc.text, tc.currency)
			if fault.Code(err) != tc.wantCode || got.Minor != tc.minor {
				t.Fatalf("Parse(%q, %s) = %v, %v; want %d, code %q", tc.text, tc.currency, got, err, tc.minor, tc.wantCode)
			}
			if err == nil {
				if again, err := Parse(got.Decimal(), tc.currency); err != nil || again != got {
					t.Errorf("Parse(%v.Decimal()) = %v, %v", got, again, err)
				}
			}
		})
	}
}

func TestScaleRoundsHalfAwayFromZero(t *testing.T) {
	for _, tc := range []struct{ minor, num, den, want int64 }{
		{1000, 190000, 1000000, 190}, {5, 1, 2, 3}, {-5, 1, 2, -3}, {1, 1, 3, 0}, {2, 1, 3, 1}, {Max, 1000000, 1000000, Max},
	} {
		if got, err := Scale(tc.minor, tc.num, tc.den); err != nil || got != tc.want {
			t.Errorf("Scale(%d, %d, %d) = %d, %v; want %d", tc.minor, tc.num, tc.den, got, err, tc.want)
		}
	}
	if _, err := Scale(Max, Max, 1); fault.Code(err) != "amount-overflow" {
		t.Errorf("Scale over 15 digits: %v", err)
	}
}

func TestTimesRefusesOverflow(t *testing.T) {
	if _, err := Of(Max, "EUR").Times(2); fault.Code(err) != "amount-overflow" {
		t.Errorf("Times: %v", err)
	}
	if got, err := Of(-250, "EUR").Times(4); err != nil || got.Minor != -1000 {
		t.Errorf("Times = %v, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"19.99", "-1", "", "0.00", "1e9", "٣"} {
		f.Add(s, "EUR")
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		a, err := Parse(text, currency)
		if err == nil {
			if b, err := Parse(a.Decimal(), currency); err != nil || a != b {
				t.Errorf("%q -> %v -> %v, %v", text, a, b, err)
			}
		}
	})
}
