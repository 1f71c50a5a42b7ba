package httpapi

import (
	"time"

	"tradewind/internal/domain/catalog"
)

// wholeProductView is a product as staff edit it: with the fields of a write,
// and what the shop adds to them.
type wholeProductView struct {
	ID          string             `json:"id"`
	Slug        string             `json:"slug"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Brand       string             `json:"brand"`
	BrandName   string             `json:"brand_name,omitempty"`
	Category    string             `json:"category"`
	Status      string             `json:"status"`
	TaxClass    string             `json:"tax_class"`
	SEO         seoRequest         `json:"seo"`
	Options     []optionView       `json:"options"`
	Tags        []string           `json:"tags"`
	Attributes  []valuesRequest    `json:"attributes"`
	Variants    []wholeVariantView `json:"variants"`
	Media       []mediaRequest     `json:"media"`
	Version     int64              `json:"version"`
	PublishedAt *time.Time         `json:"published_at,omitempty"`
	CreatedAt   time.Time          `json:"created_at"`
	UpdatedAt   time.Time          `json:"updated_at"`
}

type wholeVariantView struct {
	SKU       string           `json:"sku"`
	Title     string           `json:"title"`
	Barcode   string           `json:"barcode"`
	Options   []catalog.Option `json:"options"`
	WeightG   int64            `json:"weight_g"`
	Size      sizeView         `json:"size_mm"`
	Prices    []wholePriceView `json:"prices"`
	OnHand    int64            `json:"on_hand"`
	Available int64            `json:"available"`
}

type wholePriceView struct {
	Minor     int64     `json:"minor"`
	Currency  string    `json:"currency"`
	CompareAt int64     `json:"compare_at"`
	Sale      *saleView `json:"sale,omitempty"` // what a schedule makes of it now
}

type saleView struct {
	Minor     int64 `json:"minor"`
	CompareAt int64 `json:"compare_at"`
}

func viewWholeProduct(p catalog.Product) wholeProductView {
	v := wholeProductView{ID: p.ID, Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.BrandID, BrandName: p.Brand, Category: p.CategoryID, Status: string(p.Status),
		TaxClass: p.TaxClass, SEO: seoRequest(p.SEO), Options: []optionView{}, Tags: append([]string{}, p.Tags...), Attributes: []valuesRequest{}, Variants: []wholeVariantView{}, Media: []mediaRequest{},
		Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
	if !p.PublishedAt.IsZero() {
		v.PublishedAt = &p.PublishedAt
	}
	for _, o := range p.Options {
		v.Options = append(v.Options, optionView(o))
	}
	for _, a := range p.Attributes {
		if n := len(v.Attributes); n > 0 && v.Attributes[n-1].Name == a.Name {
			v.Attributes[n-1].Values = append(v.Attributes[n-1].Values, a.Text)
			continue
		}
		v.Attributes = append(v.Attributes, valuesRequest{a.Name, []string{a.Text}})
	}
	for _, x := range p.Variants {
		v.Variants = append(v.Variants, viewWholeVariant(x))
	}
	for _, m := range p.Media {
		v.Media = append(v.Media, mediaRequest{Kind: m.Kind, URL: m.URL, Alt: m.Alt, SKU: m.SKU, Width: m.Width, Height: m.Height})
	}
	return v
}

func viewWholeVariant(x catalog.Variant) wholeVariantView {
	v := wholeVariantView{SKU: x.SKU, Title: x.Title, Barcode: x.Barcode, Options: append([]catalog.Option{}, x.Options...), WeightG: x.WeightG,
		Size: sizeView{x.LengthMM, x.WidthMM, x.HeightMM}, Prices: []wholePriceView{}, OnHand: x.OnHand, Available: x.Available}
	for _, p := range x.Prices {
		pv := wholePriceView{Minor: p.Minor, Currency: p.Currency, CompareAt: p.CompareAt}
		if p.Sale != nil {
			pv.Sale = &saleView{p.Sale.Minor, p.Sale.CompareAt}
		}
		v.Prices = append(v.Prices, pv)
	}
	return v
}
