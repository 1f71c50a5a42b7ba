package opensearch

import (
	"fmt"
	"strconv"
	"strings"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/money"
)

// document is a product as the cluster keeps it, or with Gone the memory that
// one was deleted: the cluster's own memory of that lasts a minute only.
type document struct {
	ID             string           `json:"id"`
	Version        int64            `json:"version"`
	Gone           bool             `json:"gone"`
	Text           *texts           `json:"text,omitempty"`
	Codes          []string         `json:"codes,omitempty"`
	Brand          string           `json:"brand,omitempty"`
	Categories     []string         `json:"categories,omitempty"`
	CategoryTitles []string         `json:"category_titles,omitempty"` // id and title
	Facets         []string         `json:"facets,omitempty"`          // name, label and unit
	Facts          []string         `json:"facts,omitempty"`           // name and value, see fact and number
	Price          map[string]int64 `json:"price,omitempty"`
	Stocked        bool             `json:"stocked"`
	Created        int64            `json:"created"` // microseconds
	Card           *card            `json:"card,omitempty"`
}

type texts struct {
	Title       string   `json:"title"`
	SKU         []string `json:"sku,omitempty"`
	Brand       string   `json:"brand,omitempty"`
	Description string   `json:"description,omitempty"`
	Attributes  []string `json:"attributes,omitempty"`
}

// card is what a hit shows beside what filters need.
type card struct {
	Slug      string           `json:"slug"`
	Title     string           `json:"title"`
	Image     string           `json:"image,omitempty"`
	ImageAlt  string           `json:"image_alt,omitempty"`
	CompareAt map[string]int64 `json:"compare_at,omitempty"`
}

func documentOf(d search.Doc) document {
	out := document{ID: d.ID, Version: d.Version, Codes: d.Codes(), Brand: d.Brand, Stocked: d.InStock, Created: d.CreatedAt.UnixMicro(),
		Text: &texts{Title: d.Title, SKU: append(append([]string{}, d.SKUs...), d.Barcodes...), Brand: d.Brand, Description: d.Description, Attributes: d.WordsOfAttributes()},
		Card: &card{Slug: d.Slug, Title: d.Title, Image: d.Image, ImageAlt: d.ImageAlt, CompareAt: d.CompareAt}, Price: map[string]int64{}}
	for currency, minor := range d.Prices {
		if money.Known(currency) { // it becomes a field's name
			out.Price[currency] = minor
		}
	}
	for _, c := range d.Categories {
		out.Categories = append(out.Categories, c.ID)
		out.CategoryTitles = append(out.CategoryTitles, joined(c.ID, c.Title))
	}
	for _, a := range d.Attributes {
		if !a.Facet {
			continue
		}
		out.Facets = append(out.Facets, joined(a.Name, a.Label, a.Unit))
		if a.Milli != nil {
			out.Facts = append(out.Facts, number(a.Name, *a.Milli))
		} else {
			out.Facts = append(out.Facts, fact(a.Name, a.Text))
		}
	}
	return out
}

// The parts of a key are separated by what no name holds.
const (
	separator  = "\x1f"
	textMark   = "="
	numberMark = "#"
)

func joined(parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, separator, " ")
	}
	return strings.Join(parts, separator)
}

// fact is the key of a text that an attribute has.
func fact(name, text string) string { return joined(name, textMark+text) }

// number is the key of a number that an attribute has. Keys of a name are in
// the order of their numbers.
func number(name string, milli int64) string {
	return joined(name, fmt.Sprintf("%s%016x", numberMark, uint64(milli)^1<<63))
}

// valueOf reads the value out of a fact's key.
func valueOf(key string) (text string, milli int64, numeric bool) {
	_, value, _ := strings.Cut(key, separator)
	if hex, ok := strings.CutPrefix(value, numberMark); ok {
		n, err := strconv.ParseUint(hex, 16, 64)
		milli = int64(n ^ 1<<63)
		return search.Decimal(milli), milli, err == nil
	}
	return strings.TrimPrefix(value, textMark), 0, false
}
