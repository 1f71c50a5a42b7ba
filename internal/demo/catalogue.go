package demo

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
)

// usd is what a cent of EUR costs in hundredths of a cent of USD.
const usd = 112

// source yields the demo catalogue as a file would be read: product i stands on
// shelf i mod len(shelves), in line (i / len(shelves)) mod len(lines); beyond
// shelves times lines the lines get numbers.
type source struct{ next, end int }

// Own is how many products the demo catalogue has of its own.
func Own() int { return len(shelves) * len(lines) }

func (s *source) Next() (merchandising.Record, error) {
	if s.next >= s.end {
		return merchandising.Record{}, io.EOF
	}
	s.next++
	return record(s.next - 1), nil
}

// pick is a small deterministic mixture of its numbers, at least 0 and below n.
func pick(n int64, of ...int) int64 {
	h := uint64(14695981039346656037) // FNV-1a, 64 bit
	for _, x := range of {
		h = (h ^ uint64(x)) * 1099511628211
		h ^= h >> 29
	}
	return int64(h % uint64(n))
}

func record(i int) merchandising.Record {
	sh, li, edition := i%len(shelves), i/len(shelves)%len(lines), i/Own()
	s, l := shelves[sh], lines[li]
	name := l.name
	if edition > 0 {
		name += " " + strconv.Itoa(edition+1)
	}
	title := name + " " + s.noun
	material := s.materials[pick(int64(len(s.materials)), sh, li, edition, 1)]
	size := s.from + pick(s.to-s.from+1, sh, li, edition, 2)
	feature := pick(3, sh, li, edition, 3) > 0
	milli := size * 1000
	r := merchandising.Record{Line: i + 1, Slug: catalog.Slugify(title), Title: title, Brand: l.brand, Category: []string{s.room, s.aisle, s.title},
		Status: catalog.Active, TaxClass: taxClass(s),
		Description: fmt.Sprintf("A %s of %s, %s. Made for %s.", s.noun, material, l.mood, s.use),
		Attributes: []catalog.Attribute{
			{Name: "material", Text: material},
			{Name: s.measure, Text: strconv.FormatInt(size, 10), Milli: &milli},
			{Name: s.feature, Text: strconv.FormatBool(feature)},
		}}
	hue := int(pick(360, sh, li, 5))
	for view := range 2 {
		r.Media = append(r.Media, catalog.Media{Kind: "image", URL: pictureURL(s.shape, hue, view), Alt: title + [2]string{"", ", from close by"}[view]})
	}
	price := (s.low+pick(s.high-s.low, sh, li, edition, 4))/100*100 + 90
	reduced := pick(9, sh, li, edition, 6) == 0
	for n, c := range choices[s.variants] {
		sku := fmt.Sprintf("%s-%s", code(s, sh), code2(l.name, edition))
		v := merchandising.VariantRecord{Variant: catalog.Variant{SKU: sku, Barcode: ean(i*10 + n), WeightG: s.weight, Position: int64(n)}}
		if c.value != "" {
			v.SKU += "-" + strings.ToUpper(catalog.Slugify(c.value))
			v.Title, v.Options = c.value, []catalog.Option{{Name: s.variants, Value: c.value}}
		}
		eur := price * (100 + c.extra) / 100
		v.Prices = []catalog.Price{{Amount: money.Of(eur, "EUR")}, {Amount: money.Of(eur*usd/100, "USD")}}
		if reduced {
			v.Prices[0].CompareAt, v.Prices[1].CompareAt = eur*5/4, eur*usd/100*5/4
		}
		stock := pick(80, sh, li, edition, 7+n) - 4 // a few are sold out
		stock = max(0, stock)
		v.Stock = &stock
		r.Variants = append(r.Variants, v)
	}
	return r
}

func taxClass(s shelf) string {
	if s.aisle == "Paper" || s.title == "Seeds" {
		return "reduced"
	}
	return "standard"
}

func code(s shelf, n int) string {
	return strings.ToUpper(s.noun[:2]) + fmt.Sprintf("%02d", n+1)
}

func code2(line string, edition int) string {
	c := strings.ToUpper(line[:4])
	if edition > 0 {
		c += strconv.Itoa(edition + 1)
	}
	return c
}

// ean makes an EAN-13 in the range 200-299 that GS1 leaves to shops, with its
// check digit (GS1 General Specifications, 7.9).
func ean(n int) string {
	s := fmt.Sprintf("200%09d", n)
	sum := 0
	for i, c := range s {
		sum += int(c-'0') * [2]int{1, 3}[i%2]
	}
	return s + strconv.Itoa((10-sum%10)%10)
}
