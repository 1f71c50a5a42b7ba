package catalog

import (
	"strings"
	"testing"

	"tradewind/internal/platform/money"
)

func TestDecimalsBecomeThousandths(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1": 1000, "17.3": 17_300, "0.001": 1, "-2.5": -2_500, "007": 7_000, "-0": 0, "999999999999999": 999_999_999_999_999_000} {
		if got, err := ParseMilli(text); err != nil || got != want {
			t.Errorf("ParseMilli(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", ".", "1.", ".5", "1.2345", "1e3", "+1", "--1", "1,5", "0x1", "１", " 1", "9999999999999999", "1.-2", "1_0", "NaN"} {
		if got, err := ParseMilli(text); err == nil {
			t.Errorf("ParseMilli(%q) = %d, want an error", text, got)
		}
	}
}

func FuzzParseMilli(f *testing.F) {
	for _, s := range []string{"1", "-1.5", "0.001", "1e9", "", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseMilli(s)
		if err == nil && (strings.HasPrefix(s, "-") && n > 0 || !strings.HasPrefix(s, "-") && n < 0 || strings.ContainsAny(s, " eE+_")) {
			t.Fatalf("ParseMilli(%q) = %d", s, n)
		}
	})
}

func TestTheLowestPriceBringsItsOwnFormerPrice(t *testing.T) {
	p := Product{Variants: []Variant{
		{Prices: []Price{{Amount: money.Of(900, "EUR"), CompareAt: 1000}, {Amount: money.Of(100, "USD")}}},
		{Prices: []Price{{Amount: money.Of(800, "EUR")}}},
		{},
	}}
	if got, ok := p.MinPrice("EUR"); !ok || got.Minor != 800 || got.CompareAt != 0 {
		t.Errorf("MinPrice(EUR) = %+v, %v", got, ok)
	}
	if _, ok := p.MinPrice("JPY"); ok {
		t.Error("there is a price in JPY")
	}
}

func TestTheCoverIsAPicture(t *testing.T) {
	p := Product{Media: []Media{{Kind: "video", URL: "turn.mp4"}, {Kind: "image", URL: "front.jpg"}, {URL: "back.jpg"}}}
	if got := p.Cover().URL; got != "front.jpg" {
		t.Errorf("the cover is %q", got)
	}
	if p.Media = p.Media[:1]; p.Cover() != (Media{}) {
		t.Errorf("a film is the cover: %+v", p.Cover())
	}
}
