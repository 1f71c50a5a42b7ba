package catalog

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSlugsAreMadeOfAnything(t *testing.T) {
	for text, want := range map[string]string{"Almanac mug": "almanac-mug", "  Ünïcode -- & Größe ": "unicode-grosse", "Œuvre d'Æsop": "oeuvre-d-aesop", "İstanbul": "istanbul", "cafe\u0301 au lait": "cafe-au-lait", "日本 茶": "日本-茶", "!!!": "", "a_b.c/d": "a-b-c-d",
		strings.Repeat("ab ", 60): strings.TrimSuffix(strings.Repeat("ab-", 40), "-")} {
		if got := Slugify(text); got != want {
			t.Errorf("Slugify(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzSlugify(f *testing.F) {
	for _, s := range []string{"Almanac mug", "İ", "\xff", "--", "ß", "ǅ", strings.Repeat("é-", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Slugify(s)
		if Slugify(got) != got || utf8.RuneCountInString(got) > 120 || strings.HasPrefix(got, "-") || strings.HasSuffix(got, "-") || strings.Contains(got, "--") ||
			strings.ContainsFunc(got, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			t.Fatalf("Slugify(%q) = %q, again %q", s, got, Slugify(got))
		}
	})
}
