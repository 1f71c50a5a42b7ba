package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Status is where a product is in its life.
type Status string

// The states of a product; only Active ones are sold and listed. An Archived
// one stays as it was, for orders and reports that speak of it.
const (
	Draft    Status = "draft"
	Active   Status = "active"
	Archived Status = "archived"
)

// Product is an article with at least one variant.
type Product struct {
	ID, Slug, Title, Description string
	BrandID, Brand               string // Brand is its name; put without BrandID it is looked up, and made if it is new
	CategoryID                   string
	Status                       Status
	TaxClass                     string
	SEO                          SEO
	Version                      int64
	CreatedAt, UpdatedAt         time.Time
	PublishedAt                  time.Time   // when it first became active; zero if never
	Options                      []OptionDef // what sets the variants apart, in order
	Tags                         []string    // sorted
	Attributes                   []Attribute
	Variants                     []Variant
	Media                        []Media
}

// OptionDef is a choice that variants offer, with its values in order.
type OptionDef struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Option is a choice that sets a variant apart, such as Size = M.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Variant is what is in fact bought: one SKU of a product, a combination of
// one value for each of the product's options.
type Variant struct {
	SKU, Title, Barcode         string
	Options                     []Option
	WeightG                     int64 // grams
	LengthMM, WidthMM, HeightMM int64 // millimetres; 0 if not known
	Position                    int64
	Prices                      []Price
	OnHand, Available           int64 // filled when read; Available = on hand less reserved
}

// ObjectScheme begins a Media.URL that is a key in the object store.
const ObjectScheme = "object:"

// Media is a picture or a video of a product.
type Media struct {
	Kind          string // image or video
	URL, Alt      string // URL is an address, or ObjectScheme and an object key
	SKU           string // of the variant it shows, or ""
	Width, Height int64  // pixels; 0 if not known
}

// Cover returns the first picture of p: what lists, searches and carts show. It
// is zero if there is none.
func (p Product) Cover() Media {
	for _, m := range p.Media {
		if m.Kind != "video" {
			return m
		}
	}
	return Media{}
}

// Currencies lists the currencies that p has prices in, in order.
func (p Product) Currencies() []string {
	seen := map[string]bool{}
	for _, v := range p.Variants {
		for _, pr := range v.Prices {
			seen[pr.Currency] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// TitleKey is the form of a title that lists are sorted by: lower case.
func TitleKey(title string) string { return strings.ToLower(title) }

// Revised is p as its next version: changed at now, published then if it is
// active for the first time, with its options declared and its tags in order.
func (p Product) Revised(now time.Time) Product {
	p.Version++
	p.UpdatedAt = now
	if p.Status == Active && p.PublishedAt.IsZero() {
		p.PublishedAt = now
	}
	p.Options = declared(p.Options, p.Variants)
	p.Tags = slices.Compact(slices.Sorted(slices.Values(p.Tags)))
	return p
}

// declared adds options and values to defs that variants have and defs lacks.
func declared(defs []OptionDef, variants []Variant) []OptionDef {
	var out []OptionDef
	for _, d := range defs {
		out = append(out, OptionDef{d.Name, slices.Clone(d.Values)})
	}
	for _, v := range variants {
		for _, o := range v.Options {
			i := slices.IndexFunc(out, func(d OptionDef) bool { return d.Name == o.Name })
			if i < 0 {
				i = len(out)
				out = append(out, OptionDef{Name: o.Name})
			}
			if !slices.Contains(out[i].Values, o.Value) {
				out[i].Values = append(out[i].Values, o.Value)
			}
		}
	}
	return out
}

// Bounds of a product.
const (
	MaxVariants = 200
	MaxOptions  = 6
	MaxMedia    = 1000
	maxValues   = 1000 // of attributes, together
	MaxTags     = 100
)

// Check reports what the catalogue would refuse of p by itself. Errors have
// the codes "product-invalid", naming the field, and "variant-duplicate".
func (p Product) Check() error {
	return coded("product-invalid", first(
		length("slug", p.Slug, 1, 120),
		length("title", p.Title, 1, 200),
		length("description", p.Description, 0, 100_000),
		length("brand", p.Brand, 0, 120),
		length("tax_class", p.TaxClass, 1, 20),
		p.SEO.check(),
		p.legible(),
		sluggish(p.Slug),
		p.checkStatus(),
		p.checkAttributes(),
		p.checkTags(),
		p.checkVariants(),
		p.checkOptions(),
		p.checkMedia()))
}

func (p Product) checkStatus() error {
	if p.Status != Draft && p.Status != Active && p.Status != Archived {
		return wrong("status", "%q is not draft, active or archived", p.Status)
	}
	return nil
}

func (p Product) checkAttributes() error {
	if len(p.Attributes) > maxValues {
		return wrong("attributes", "at most %d values are possible", maxValues)
	}
	for _, a := range p.Attributes {
		if n := utf8.RuneCountInString(a.Text); a.Name == "" || utf8.RuneCountInString(a.Name) > 60 || n == 0 || n > 400 {
			return wrong("attributes", "a name of 1 to 60 and a value of 1 to 400 characters are needed, not %.80q", a.Name+"="+a.Text)
		}
	}
	return nil
}

func (p Product) checkTags() error {
	if len(p.Tags) > MaxTags {
		return wrong("tags", "at most %d tags are possible", MaxTags)
	}
	for _, tag := range p.Tags {
		if err := length("tags", tag, 1, 60); err != nil {
			return err
		}
	}
	return nil
}

func (p Product) checkVariants() error {
	if len(p.Variants) == 0 || len(p.Variants) > MaxVariants {
		return wrong("variants", "a product has 1 to %d variants, not %d", MaxVariants, len(p.Variants))
	}
	seen := map[string]bool{}
	for _, v := range p.Variants {
		if seen[v.SKU] {
			return wrong("sku", "%s stands twice in this product", v.SKU)
		}
		seen[v.SKU] = true
		if err := v.check(p.Status); err != nil {
			return err
		}
	}
	return nil
}

func (v Variant) check(status Status) error {
	switch {
	case v.SKU == "" || utf8.RuneCountInString(v.SKU) > 64 || strings.ContainsFunc(v.SKU, unicode.IsControl):
		return wrong("sku", "a SKU has 1 to 64 characters, not %.80q", v.SKU)
	case utf8.RuneCountInString(v.Title) > 200 || utf8.RuneCountInString(v.Barcode) > 40:
		return wrong("variants", "the title has at most 200 and the barcode 40 characters")
	case v.WeightG < 0 || v.WeightG > 999_999_999:
		return wrong("weight_g", "%d g is not possible", v.WeightG)
	case min(v.LengthMM, v.WidthMM, v.HeightMM) < 0 || max(v.LengthMM, v.WidthMM, v.HeightMM) > 9_999_999:
		return wrong("dimensions", "%d × %d × %d mm is not possible", v.LengthMM, v.WidthMM, v.HeightMM)
	case len(v.Prices) == 0 && status == Active:
		return wrong("price", "%s has no price; an active product needs one", v.SKU)
	}
	currencies := map[string]bool{}
	for _, p := range v.Prices {
		switch {
		case p.Minor < 0 || p.CompareAt < 0:
			return wrong("price", "the price of %s is below zero", v.SKU)
		case p.Minor > money.Max || p.CompareAt > money.Max:
			return wrong("price", "the price of %s is above %d", v.SKU, int64(money.Max))
		case !money.Known(p.Currency):
			return wrong("price", "%q is not an ISO 4217 code such as EUR", p.Currency)
		case currencies[p.Currency]:
			return wrong("price", "%s has two prices in %s", v.SKU, p.Currency)
		}
		currencies[p.Currency] = true
	}
	return nil
}

// checkOptions holds the variants against the declared options: one value for
// each, and no combination twice.
func (p Product) checkOptions() error {
	if len(p.Options) > MaxOptions {
		return wrong("options", "at most %d options are possible", MaxOptions)
	}
	for i, d := range p.Options {
		if err := first(length("options", d.Name, 1, 60), legible(d.Name)); err != nil {
			return err
		}
		if slices.ContainsFunc(p.Options[:i], func(e OptionDef) bool { return e.Name == d.Name }) {
			return wrong("options", "%s is declared twice", d.Name)
		}
		for j, value := range d.Values {
			if err := first(length("options", value, 1, 120), legible(value)); err != nil {
				return err
			}
			if slices.Contains(d.Values[:j], value) {
				return wrong("options", "%s has %q twice", d.Name, value)
			}
		}
	}
	owners := map[string]string{}
	for _, v := range p.Variants {
		key, err := p.combination(v)
		if err != nil {
			return err
		}
		if other, taken := owners[key]; taken && len(p.Options) > 0 {
			return fault.Field("variant-duplicate", "variants", "%s and %s are the same combination of options", other, v.SKU)
		}
		owners[key] = v.SKU
	}
	return nil
}

// combination names the values of v, one for each option of p in its order.
func (p Product) combination(v Variant) (string, error) {
	if len(v.Options) != len(p.Options) {
		return "", wrong("options", "%s has %d options; the product has %d", v.SKU, len(v.Options), len(p.Options))
	}
	var key strings.Builder
	for _, d := range p.Options {
		i := slices.IndexFunc(v.Options, func(o Option) bool { return o.Name == d.Name })
		if i < 0 || !slices.Contains(d.Values, v.Options[i].Value) {
			return "", wrong("options", "%s needs a value of %s: %s", v.SKU, d.Name, clipped(strings.Join(d.Values, ", "), 300))
		}
		fmt.Fprintf(&key, "%q", v.Options[i].Value)
	}
	return key.String(), nil
}

func (p Product) checkMedia() error {
	if len(p.Media) > MaxMedia {
		return wrong("media", "at most %d are possible", MaxMedia)
	}
	for _, m := range p.Media {
		if strings.TrimPrefix(m.URL, ObjectScheme) == "" || utf8.RuneCountInString(m.URL) > 1000 || utf8.RuneCountInString(m.Alt) > 400 || m.Kind != "image" && m.Kind != "video" {
			return wrong("media", "an image or video with a URL of up to 1000 and a text of up to 400 characters is needed")
		}
		if min(m.Width, m.Height) < 0 || max(m.Width, m.Height) > 999_999 {
			return wrong("media", "%d × %d pixels are not possible", m.Width, m.Height)
		}
	}
	return nil
}

func (p Product) legible() error {
	texts := append([]string{p.Slug, p.Title, p.Description, p.Brand, p.TaxClass, p.SEO.Title, p.SEO.Description}, p.Tags...)
	for _, a := range p.Attributes {
		texts = append(texts, a.Name, a.Text)
	}
	for _, v := range p.Variants {
		texts = append(texts, v.SKU, v.Title, v.Barcode)
		for _, o := range v.Options {
			texts = append(texts, o.Name, o.Value)
		}
	}
	for _, m := range p.Media {
		texts = append(texts, m.URL, m.Alt)
	}
	return legible(texts...)
}
