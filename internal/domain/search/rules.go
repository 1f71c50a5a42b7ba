package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// The bounds of queries and documents, the same for every engine.
const (
	longestText  = 1000 // bytes
	mostHits     = 200
	MostFilters  = 32 // attributes
	longestID    = 255
	mostRefs     = 2000
	longestField = 1 << 20
)

// The bounds of an answer's facets. Counts are exact whatever is left out.
const (
	MostFacets = 24  // attributes: those that most hits have, and those filtered by
	MostValues = 100 // of one facet: those that most hits have, and those filtered by
	MostRanges = 8   // of numbers
)

// Check says what is wrong with a query. The error's code is "bad-query" and
// its field names what is wrong.
func (q Query) Check() error {
	switch {
	case len(q.Text) > longestText:
		return badQuery("text", "may have up to %d bytes", longestText)
	case q.Limit < 1 || q.Limit > mostHits:
		return badQuery("limit", "must be 1 to %d", mostHits)
	case len(q.Attributes) > MostFilters:
		return badQuery("attributes", "may be up to %d", MostFilters)
	case q.MinMinor < 0 || q.MaxMinor < 0 || (q.MaxMinor > 0 && q.MinMinor > q.MaxMinor):
		return badQuery("price", "must be a range of amounts that are not negative")
	case q.Currency == "" && (q.MinMinor > 0 || q.MaxMinor > 0 || q.Sort == PriceUp || q.Sort == PriceDown):
		return badQuery("currency", "is needed to compare prices")
	case q.Sort != Relevance && q.Sort != Newest && q.Sort != PriceUp && q.Sort != PriceDown:
		return badQuery("sort", "must be relevance, newest, price or -price")
	}
	seen := map[string]bool{}
	for _, a := range q.Attributes {
		if seen[a.Name] {
			return badQuery("attributes", "name %q twice; give all its values at once", a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

func badQuery(field, format string, args ...any) error {
	return fault.Field("bad-query", field, format, args...)
}

// HasRange reports whether a filter has a range: from above to is none, and so
// are two zeros beside values.
func (a AttrFilter) HasRange() bool {
	return a.MinMilli < a.MaxMilli || (a.MinMilli == a.MaxMilli && (a.MinMilli != 0 || len(a.Values) == 0))
}

// Check says what is wrong with a document; the error's code is "bad-document".
func (d Doc) Check() error {
	switch {
	case d.ID == "" || len(d.ID) > longestID:
		return fault.Field("bad-document", "id", "must have 1 to %d bytes", longestID)
	case len(d.Categories) > mostRefs || len(d.Attributes) > mostRefs:
		return fault.Field("bad-document", "attributes", "of %s are more than %d", d.ID, mostRefs)
	case len(d.Title)+len(d.Description) > longestField:
		return fault.Field("bad-document", "description", "of %s has more than %d bytes", d.ID, longestField)
	}
	for currency, minor := range d.Prices {
		if minor < 0 {
			return fault.Field("bad-document", "prices", "of %s has a negative amount of %s", d.ID, currency)
		}
	}
	return nil
}

// WordsOfAttributes are the texts of a document that say what it is like:
// values of attributes and titles of categories.
func (d Doc) WordsOfAttributes() []string {
	var out []string
	for _, a := range d.Attributes {
		if a.Text != "true" && a.Text != "false" {
			out = append(out, a.Text)
		}
	}
	for _, c := range d.Categories {
		out = append(out, c.Title)
	}
	return out
}

// ShortestCode is how many letters and digits a code has at least: "4k" and
// "100" are words like any other.
const ShortestCode = 4

// Codes are the SKUs, barcodes and model numbers of d, stripped, in order.
func (d Doc) Codes() []string {
	var codes []string
	for _, s := range append(slices.Clone(d.SKUs), d.Barcodes...) {
		if c := Stripped(s); len(c) >= ShortestCode {
			codes = append(codes, c)
		}
	}
	for word := range strings.FieldsSeq(d.Title) {
		if c := Stripped(word); len(c) >= ShortestCode && isModel(c) {
			codes = append(codes, c)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// longestJoin is how many words may be one code together.
const longestJoin = 4

// CodesIn are the codes that words of a query may mean, each alone or some in a
// row: "dv7-1211ea", "dv7 1211ea" and "DV71211EA" are one.
func CodesIn(words []string) []string {
	var codes []string
	for i := range words {
		var joined strings.Builder
		for _, w := range words[i:min(i+longestJoin, len(words))] {
			joined.WriteString(Stripped(w))
			if code := joined.String(); len(code) >= ShortestCode && strings.ContainsFunc(code, unicode.IsDigit) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

// Stripped keeps the letters and digits of s, in lower case.
func Stripped(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// isModel reports whether a stripped word mixes letters and digits.
func isModel(s string) bool {
	return strings.ContainsFunc(s, unicode.IsDigit) && strings.ContainsFunc(s, unicode.IsLetter)
}

// mostWords is how many words of a query are looked for.
const mostWords = 16

// Words splits a query at blanks and returns the first words of it, and those
// that are too many.
func Words(text string) (words, left []string) {
	words = strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar
	})
	if len(words) > mostWords {
		return words[:mostWords], words[mostWords:]
	}
	return words, nil
}

// PriceSteps are where price ranges begin, in minor units: 0, and the numbers 1,
// 2 and 5 times a power of ten from 100 on. They are the same for every query,
// so that a range does not move while somebody chooses.
var PriceSteps = func() []int64 {
	b := []int64{0}
	for step := int64(100); step <= money.Max; step *= 10 {
		b = append(b, step, 2*step, 5*step)
	}
	return b
}()

// PriceRange returns both ends of the price range that begins at step i.
func PriceRange(i int) (least, most int64) {
	if i+1 < len(PriceSteps) {
		return PriceSteps[i], PriceSteps[i+1] - 1
	}
	return PriceSteps[i], money.Max
}

// PriceValue is the value of a price range, such as "1000..1999".
func PriceValue(i int) string {
	least, most := PriceRange(i)
	return strconv.FormatInt(least, 10) + ".." + strconv.FormatInt(most, 10)
}

// PriceLabel is the label of a price range, such as "10.00 – 19.99 EUR".
func PriceLabel(i int, currency string) string {
	least, most := PriceRange(i)
	return money.Of(least, currency).Decimal() + " – " + money.Of(most, currency).String()
}

// Decimal writes thousandths as people do: 15600 is "15.6".
func Decimal(milli int64) string {
	s := strconv.FormatInt(milli/1000, 10)
	if milli < 0 && milli > -1000 {
		s = "-0"
	}
	rest := milli % 1000
	if rest < 0 {
		rest = -rest
	}
	if rest == 0 {
		return s
	}
	return s + "." + strings.TrimRight(strconv.FormatInt(1000+rest, 10)[1:], "0")
}
