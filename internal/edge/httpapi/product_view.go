package httpapi

import (
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
)

type productView struct {
	ID          string          `json:"id"`
	Slug        string          `json:"slug"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Brand       string          `json:"brand,omitempty"`
	SEO         *seoView        `json:"seo,omitempty"`
	TaxClass    string          `json:"tax_class"`
	Tags        []string        `json:"tags,omitempty"`
	Options     []optionView    `json:"options,omitempty"`
	Path        []refView       `json:"path"`
	Price       *money.Amount   `json:"price,omitempty"` // the lowest in the currency asked for
	CompareAt   *money.Amount   `json:"compare_at,omitempty"`
	Attributes  []attributeView `json:"attributes"`
	Variants    []variantView   `json:"variants"`
	Media       []mediaView     `json:"media"`
	PublishedAt *time.Time      `json:"published_at,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

type refView struct {
	ID    string `json:"id"`
	Slug  string `json:"slug"`
	Title string `json:"title"`
}

type attributeView struct {
	Name   string   `json:"name"`
	Label  string   `json:"label"`
	Unit   string   `json:"unit,omitempty"`
	Values []string `json:"values"`
}

type variantView struct {
	SKU       string           `json:"sku"`
	Title     string           `json:"title,omitempty"`
	Options   []catalog.Option `json:"options,omitempty"`
	Barcode   string           `json:"barcode,omitempty"`
	WeightG   int64            `json:"weight_g"`
	Size      *sizeView        `json:"size_mm,omitempty"`
	Prices    []priceView      `json:"prices"`
	Available int64            `json:"available"`
}

type priceView struct {
	money.Amount
	CompareAt *int64 `json:"compare_at,omitempty"`
}

type mediaView struct {
	Kind   string `json:"kind"`
	URL    string `json:"url"`
	Alt    string `json:"alt,omitempty"`
	SKU    string `json:"sku,omitempty"`
	Width  int64  `json:"width,omitempty"`
	Height int64  `json:"height,omitempty"`

	Renditions []renditionView `json:"renditions,omitempty"`
}

type optionView struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

type sizeView struct {
	Length int64 `json:"length"`
	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

type seoView struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
}

func viewSEO(s catalog.SEO) *seoView {
	if s == (catalog.SEO{}) {
		return nil
	}
	return &seoView{s.Title, s.Description}
}

// mediaURL is the address of a picture or video: its own, or that of its object.
func mediaURL(u string) string {
	if key, ok := strings.CutPrefix(u, catalog.ObjectScheme); ok {
		return mediaPath + key
	}
	return u
}

func viewProduct(p catalog.Product, tree *categories, currency string) productView {
	v := productView{ID: p.ID, Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, SEO: viewSEO(p.SEO), TaxClass: p.TaxClass, Tags: p.Tags,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		Path: []refView{}, Attributes: []attributeView{}, Variants: []variantView{}, Media: []mediaView{}}
	if !p.PublishedAt.IsZero() {
		v.PublishedAt = &p.PublishedAt
	}
	for _, o := range p.Options {
		v.Options = append(v.Options, optionView(o))
	}
	for _, c := range tree.shown.Path(p.CategoryID) {
		v.Path = append(v.Path, refView{c.ID, c.Slug, c.Title})
	}
	if best, ok := p.MinPrice(currency); ok {
		v.Price, v.CompareAt = &best.Amount, compareAt(best.CompareAt, currency)
	}
	defs := tree.all.Declared(p.CategoryID)
	for _, a := range p.Attributes {
		if n := len(v.Attributes); n > 0 && v.Attributes[n-1].Name == a.Name {
			v.Attributes[n-1].Values = append(v.Attributes[n-1].Values, defs[a.Name].Word(a.Text))
			continue
		}
		d := defs[a.Name]
		if d.Label == "" {
			d.Label = a.Name
		}
		v.Attributes = append(v.Attributes, attributeView{a.Name, d.Label, d.Unit, []string{d.Word(a.Text)}})
	}
	for _, x := range p.Variants {
		xv := variantView{SKU: x.SKU, Title: x.Title, Options: x.Options, Barcode: x.Barcode, WeightG: x.WeightG, Available: max(0, x.Available), Prices: []priceView{}}
		if x.LengthMM+x.WidthMM+x.HeightMM > 0 {
			xv.Size = &sizeView{x.LengthMM, x.WidthMM, x.HeightMM}
		}
		for _, pr := range x.Prices {
			pr = pr.Now()
			pv := priceView{Amount: pr.Amount}
			if pr.CompareAt > 0 {
				pv.CompareAt = &pr.CompareAt
			}
			xv.Prices = append(xv.Prices, pv)
		}
		v.Variants = append(v.Variants, xv)
	}
	for _, m := range p.Media {
		v.Media = append(v.Media, mediaView{Kind: m.Kind, URL: mediaURL(m.URL), Alt: m.Alt, SKU: m.SKU, Width: m.Width, Height: m.Height, Renditions: viewRenditions(m.URL)})
	}
	return v
}
