package merchandising

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/exchange"
	"tradewind/internal/platform/fault"
)

// Record is a product as a file describes it, before it meets the catalogue.
type Record struct {
	Line        int    // where it begins in the file, counted from 1
	ID          string // of a product that is new; "" makes one
	Slug, Title string
	Description string
	Brand       string
	Category    []string // titles from the root down; empty keeps the product's category or takes the default
	Status      catalog.Status
	TaxClass    string
	SEO         catalog.SEO
	Tags        []string
	Options     []catalog.OptionDef // empty: made of the variants'
	Attributes  []catalog.Attribute
	Variants    []VariantRecord
	Media       []catalog.Media
	CreatedAt   time.Time // of a product that is new, as PublishedAt; zero is now
	PublishedAt time.Time
}

// VariantRecord is a variant in a file. Stock, if not nil, becomes what is on hand.
type VariantRecord struct {
	catalog.Variant
	Stock *int64
}

// RowError is what is wrong with a record.
type RowError = exchange.RowError

// Source yields the records of a file one by one: io.EOF at the end, a
// *RowError for one that cannot be read (the next call goes on behind it), any
// other error if the file cannot be read further.
type Source interface {
	Next() (Record, error)
}

// Check reports the first thing in r that the catalogue would refuse.
func (r *Record) Check() *RowError {
	bad := func(field, format string, args ...any) *RowError {
		return &RowError{Line: r.Line, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	if len(r.Category) > catalog.MaxDepth {
		return bad("category", "the tree goes down %d levels at most", catalog.MaxDepth)
	}
	for _, title := range r.Category {
		if !utf8.ValidString(title) || strings.ContainsFunc(title, unicode.IsControl) {
			return bad("category", "%.80q is not UTF-8, or has control characters", title)
		}
	}
	for _, v := range r.Variants {
		if v.Stock != nil && (*v.Stock < 0 || *v.Stock > 999_999_999_999) {
			return bad("stock", "%d is not a number of pieces", *v.Stock)
		}
	}
	if e, ok := errors.AsType[*fault.Error](r.apply(catalog.Product{}).Revised(time.Time{}).Check()); ok {
		for field, message := range e.Fields {
			return bad(field, "%s", message)
		}
	}
	return nil
}

// apply makes p what the record says. Prices in currencies that the record
// does not speak of stay, and so do variants it does not list.
func (r *Record) apply(p catalog.Product) catalog.Product {
	p.Slug, p.Title, p.Description, p.SEO = r.Slug, r.Title, r.Description, r.SEO
	p.Status, p.TaxClass, p.Attributes, p.Media, p.Tags = r.Status, r.TaxClass, r.Attributes, r.Media, r.Tags
	if p.Brand != r.Brand {
		p.BrandID, p.Brand = "", r.Brand
	}
	p.Variants = slices.Clone(p.Variants)
	for _, v := range r.Variants {
		i := slices.IndexFunc(p.Variants, func(have catalog.Variant) bool { return have.SKU == v.SKU })
		if i < 0 || p.ID == "" { // a record by itself may list a SKU twice, and is refused for it
			p.Variants = append(p.Variants, v.Variant)
			continue
		}
		old := p.Variants[i]
		p.Variants[i] = v.Variant
		p.Variants[i].OnHand, p.Variants[i].Available = old.OnHand, old.Available
		p.Variants[i].Prices = mergedPrices(old.Prices, v.Prices)
	}
	if len(r.Options) > 0 {
		p.Options = r.Options
	} else {
		p.Options = inUse(p.Options, p.Variants)
	}
	return p
}

// mergedPrices is next, with those of old in other currencies.
func mergedPrices(old, next []catalog.Price) []catalog.Price {
	kept := slices.DeleteFunc(slices.Clone(old), func(have catalog.Price) bool {
		return slices.ContainsFunc(next, func(p catalog.Price) bool { return p.Currency == have.Currency })
	})
	return slices.SortedFunc(slices.Values(append(kept, next...)), func(a, b catalog.Price) int { return strings.Compare(a.Currency, b.Currency) })
}

// inUse leaves out of defs what no variant has.
func inUse(defs []catalog.OptionDef, variants []catalog.Variant) []catalog.OptionDef {
	var out []catalog.OptionDef
	for _, d := range defs {
		values := slices.DeleteFunc(slices.Clone(d.Values), func(value string) bool {
			return !slices.ContainsFunc(variants, func(v catalog.Variant) bool {
				return slices.Contains(v.Options, catalog.Option{Name: d.Name, Value: value})
			})
		})
		if len(values) > 0 {
			out = append(out, catalog.OptionDef{Name: d.Name, Values: values})
		}
	}
	return out
}

var (
	tag    = regexp.MustCompile(`(?s)<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// plainText takes the markup out of a description.
func plainText(markup string) string {
	s := tag.ReplaceAllString(markup, " ")
	return strings.TrimSpace(blanks.ReplaceAllString(html.UnescapeString(s), " "))
}

// rowErrorOf tells a refusal of the catalogue as an error of the file.
func rowErrorOf(r Record, err error) (*RowError, bool) {
	if fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable {
		return nil, false
	}
	return &RowError{Line: r.Line, Field: fault.Code(err), Message: err.Error()}, true
}
