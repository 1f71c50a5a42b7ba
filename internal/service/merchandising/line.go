package merchandising

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
)

// Line is a product in our own files, as docs/import.md describes it. Prices
// and former prices are decimals by currency. ID and the moments are taken for
// products that are new.
type Line struct {
	ID          string                     `json:"id"`
	Slug        string                     `json:"slug"`
	Title       string                     `json:"title"`
	Description string                     `json:"description"`
	Brand       string                     `json:"brand"`
	Category    []string                   `json:"category"`
	Status      string                     `json:"status"`
	TaxClass    string                     `json:"tax_class"`
	SEOTitle    string                     `json:"seo_title"`
	SEOText     string                     `json:"seo_description"`
	Tags        []string                   `json:"tags"`
	Options     []catalog.OptionDef        `json:"options"`
	Attributes  map[string]json.RawMessage `json:"attributes"`
	Variants    []LineVariant              `json:"variants"`
	Media       []LineMedia                `json:"media"`
	CreatedAt   time.Time                  `json:"created_at"`
	PublishedAt time.Time                  `json:"published_at"`
}

// LineVariant is a variant of a Line.
type LineVariant struct {
	SKU       string            `json:"sku"`
	Title     string            `json:"title,omitempty"`
	Options   []catalog.Option  `json:"options,omitempty"`
	Barcode   string            `json:"barcode,omitempty"`
	WeightG   int64             `json:"weight_g,omitempty"`
	LengthMM  int64             `json:"length_mm,omitempty"`
	WidthMM   int64             `json:"width_mm,omitempty"`
	HeightMM  int64             `json:"height_mm,omitempty"`
	Prices    map[string]string `json:"prices,omitempty"`
	CompareAt map[string]string `json:"compare_at,omitempty"`
	Stock     *int64            `json:"stock,omitempty"`
}

// LineMedia is a picture or a video of a Line.
type LineMedia struct {
	Kind   string `json:"kind,omitempty"`
	URL    string `json:"url"`
	Alt    string `json:"alt,omitempty"`
	SKU    string `json:"sku,omitempty"`
	Width  int64  `json:"width,omitempty"`
	Height int64  `json:"height,omitempty"`
}

// LineOf is p as a line, without its stock; category are the titles from the root down.
func LineOf(p catalog.Product, category []string) Line {
	l := Line{ID: p.ID, Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, Category: category, Status: string(p.Status), TaxClass: p.TaxClass,
		SEOTitle: p.SEO.Title, SEOText: p.SEO.Description, Tags: p.Tags, Options: p.Options, CreatedAt: p.CreatedAt, PublishedAt: p.PublishedAt, Attributes: map[string]json.RawMessage{}}
	values := map[string][]string{}
	for _, a := range p.Attributes {
		text, _ := json.Marshal(a.Text) // a string: cannot fail
		if a.Milli != nil {
			text = []byte(catalog.MilliText(*a.Milli))
		}
		values[a.Name] = append(values[a.Name], string(text))
	}
	for name, list := range values {
		if l.Attributes[name] = json.RawMessage(list[0]); len(list) > 1 {
			l.Attributes[name] = json.RawMessage("[" + strings.Join(list, ",") + "]")
		}
	}
	for _, v := range p.Variants {
		out := LineVariant{SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode, WeightG: v.WeightG, LengthMM: v.LengthMM, WidthMM: v.WidthMM, HeightMM: v.HeightMM}
		for _, price := range v.Prices {
			if out.Prices == nil {
				out.Prices, out.CompareAt = map[string]string{}, map[string]string{}
			}
			if out.Prices[price.Currency] = price.Decimal(); price.CompareAt > 0 {
				out.CompareAt[price.Currency] = money.Of(price.CompareAt, price.Currency).Decimal()
			}
		}
		l.Variants = append(l.Variants, out)
	}
	for _, m := range p.Media {
		l.Media = append(l.Media, LineMedia(m))
	}
	return l
}

// Record is the product that stands at that line of a file. The error is a *RowError.
func (l Line) Record(line int) (Record, error) {
	wrong := func(field, format string, args ...any) *RowError {
		return &RowError{Line: line, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	if id, err := uuid.Parse(l.ID); l.ID != "" && (err != nil || id.String() != l.ID) {
		return Record{}, wrong("id", "%.60q is not an id such as %s; leave it out for a new one", l.ID, "01890a5d-ac96-774b-bcce-b302099a8057")
	}
	r := Record{Line: line, ID: l.ID, Slug: cmp.Or(l.Slug, catalog.Slugify(l.Title)), Title: l.Title, Description: l.Description, Brand: l.Brand, Category: l.Category,
		Status: catalog.Status(cmp.Or(l.Status, string(catalog.Active))), TaxClass: cmp.Or(l.TaxClass, "standard"), CreatedAt: l.CreatedAt, PublishedAt: l.PublishedAt,
		SEO: catalog.SEO{Title: l.SEOTitle, Description: l.SEOText}, Tags: slices.Sorted(slices.Values(l.Tags)), Options: l.Options}
	for _, m := range l.Media {
		m.Kind = cmp.Or(m.Kind, "image")
		r.Media = append(r.Media, catalog.Media(m))
	}
	for _, name := range slices.Sorted(maps.Keys(l.Attributes)) {
		values, bad := attributes(name, l.Attributes[name])
		if bad != "" {
			return Record{}, wrong("attributes."+name, "%s", bad)
		}
		r.Attributes = append(r.Attributes, values...)
	}
	for i, v := range l.Variants {
		out := VariantRecord{Variant: catalog.Variant{SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode, WeightG: v.WeightG,
			LengthMM: v.LengthMM, WidthMM: v.WidthMM, HeightMM: v.HeightMM, Position: int64(i)}, Stock: v.Stock}
		for _, currency := range slices.Sorted(maps.Keys(v.Prices)) {
			a, err := money.Parse(v.Prices[currency], currency)
			if err != nil {
				return Record{}, wrong("variants.prices", "%v", err)
			}
			p := catalog.Price{Amount: a}
			if former, ok := v.CompareAt[currency]; ok {
				c, err := money.Parse(former, currency)
				if err != nil {
					return Record{}, wrong("variants.compare_at", "%v", err)
				}
				p.CompareAt = c.Minor
			}
			out.Prices = append(out.Prices, p)
		}
		r.Variants = append(r.Variants, out)
	}
	return r, nil
}

// attributes reads a value: a text, a number with up to three decimals, true or
// false, or a list of them.
func attributes(name string, raw json.RawMessage) (out []catalog.Attribute, bad string) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, v := range list {
		a := catalog.Attribute{Name: name}
		switch text := strings.TrimSpace(string(v)); {
		case strings.HasPrefix(text, `"`):
			if err := json.Unmarshal(v, &a.Text); err != nil {
				return nil, err.Error()
			}
		case text == "true" || text == "false":
			a.Text = text
		default:
			milli, err := catalog.ParseMilli(text)
			if err != nil {
				return nil, fmt.Sprintf("%.60s is neither a text, a number with up to three decimals, true nor false", text)
			}
			a.Text, a.Milli = catalog.MilliText(milli), &milli
		}
		out = append(out, a)
	}
	return out, ""
}
