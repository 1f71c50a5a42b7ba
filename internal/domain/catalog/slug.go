package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Slugify makes a slug of any text: lower-case letters, digits and single
// dashes, at most 120 characters. Letters with marks lose them.
func Slugify(s string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(s) {
		if unicode.Is(unicode.Mn, r) { // a mark by itself, as in a decomposed é
			continue
		}
		if plain, ok := unmarked[r]; ok {
			b.WriteString(plain)
			dash = false
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
			dash = false
		} else if !dash && b.Len() > 0 {
			b.WriteByte('-')
			dash = true
		}
	}
	out := []rune(strings.Trim(b.String(), "-"))
	return strings.Trim(string(out[:min(len(out), 120)]), "-")
}

// unmarked spells the common Latin letters with marks in ASCII.
var unmarked = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ł': "l", 'þ': "th", 'ð': "d"}
	for plain, marked := range map[string]string{"a": "àáâãäåāăą", "c": "çćč", "d": "ď", "e": "èéêëēęě", "g": "ğ", "i": "ìíîïīı", "n": "ñńň", "o": "òóôõöőō",
		"r": "řŕ", "s": "śšş", "t": "ťţ", "u": "ùúûüűūů", "y": "ýÿ", "z": "źżž"} {
		for _, r := range marked {
			m[r] = plain
		}
	}
	return m
}()

// sluggish refuses what is not a slug.
func sluggish(slug string) error {
	if made := Slugify(slug); slug != made {
		return wrong("slug", "%q is not a slug; %q would be", slug, made)
	}
	return nil
}

// legible refuses texts that no answer could carry as they are.
func legible(texts ...string) error {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }) {
			return wrong("text", "%.80q is not UTF-8, or has control characters", s)
		}
	}
	return nil
}
