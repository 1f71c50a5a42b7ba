package httpapi

import (
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/money"
)

// listView is a page of a list; Next continues it and is absent at the end.
type listView[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

type categoryView struct {
	ID         string          `json:"id"`
	Slug       string          `json:"slug"`
	Title      string          `json:"title"`
	Attributes []attributeDef  `json:"attributes,omitempty"`
	Children   []*categoryView `json:"children,omitempty"`
}

type attributeDef struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Kind  string `json:"kind"`
	Unit  string `json:"unit,omitempty"`
}

// viewCategories nests a list in which parents come before children.
func viewCategories(list []catalog.Category) listView[*categoryView] {
	out := listView[*categoryView]{Items: []*categoryView{}}
	byID := map[string]*categoryView{}
	for _, c := range list {
		v := &categoryView{ID: c.ID, Slug: c.Slug, Title: c.Title}
		for _, d := range c.Attributes {
			v.Attributes = append(v.Attributes, attributeDef{d.Name, d.Label, string(d.Kind), d.Unit})
		}
		byID[c.ID] = v
		if parent, ok := byID[c.ParentID]; ok {
			parent.Children = append(parent.Children, v)
		} else {
			out.Items = append(out.Items, v)
		}
	}
	return out
}

type cardView struct {
	ID        string        `json:"id"`
	Slug      string        `json:"slug"`
	Title     string        `json:"title"`
	Brand     string        `json:"brand,omitempty"`
	Price     money.Amount  `json:"price"`
	CompareAt *money.Amount `json:"compare_at,omitempty"`
	Image     string        `json:"image,omitempty"`
	ImageAlt  string        `json:"image_alt,omitempty"`
	InStock   bool          `json:"in_stock"`
}

func viewCard(c catalog.Card) cardView {
	return cardView{ID: c.ID, Slug: c.Slug, Title: c.Title, Brand: c.Brand, Price: c.Price.Amount, CompareAt: compareAt(c.Price.CompareAt, c.Price.Currency),
		Image: c.Image, ImageAlt: c.ImageAlt, InStock: c.InStock}
}

func compareAt(minor int64, currency string) *money.Amount {
	if minor == 0 {
		return nil
	}
	a := money.Of(minor, currency)
	return &a
}

type productView struct {
	ID          string          `json:"id"`
	Slug        string          `json:"slug"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Brand       string          `json:"brand,omitempty"`
	Path        []refView       `json:"path"`
	Price       *money.Amount   `json:"price,omitempty"` // the lowest in the currency asked for
	CompareAt   *money.Amount   `json:"compare_at,omitempty"`
	Attributes  []attributeView `json:"attributes"`
	Variants    []variantView   `json:"variants"`
	Media       []mediaView     `json:"media"`
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
	Prices    []priceView      `json:"prices"`
	Available int64            `json:"available"`
}

type priceView struct {
	money.Amount
	CompareAt *int64 `json:"compare_at,omitempty"`
}

type mediaView struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
	Alt  string `json:"alt,omitempty"`
	SKU  string `json:"sku,omitempty"`
}

func viewProduct(p catalog.Product, tree *categories, currency string) productView {
	v := productView{ID: p.ID, Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		Path: []refView{}, Attributes: []attributeView{}, Variants: []variantView{}, Media: []mediaView{}}
	for _, c := range tree.path(p.CategoryID) {
		v.Path = append(v.Path, refView{c.ID, c.Slug, c.Title})
	}
	if best, ok := p.MinPrice(currency); ok {
		v.Price, v.CompareAt = &best.Amount, compareAt(best.CompareAt, currency)
	}
	defs := tree.attributes(p.CategoryID)
	for _, a := range p.Attributes {
		if n := len(v.Attributes); n > 0 && v.Attributes[n-1].Name == a.Name {
			v.Attributes[n-1].Values = append(v.Attributes[n-1].Values, a.Text)
			continue
		}
		d := defs[a.Name]
		if d.Label == "" {
			d.Label = a.Name
		}
		v.Attributes = append(v.Attributes, attributeView{a.Name, d.Label, d.Unit, []string{a.Text}})
	}
	for _, x := range p.Variants {
		xv := variantView{SKU: x.SKU, Title: x.Title, Options: x.Options, Barcode: x.Barcode, WeightG: x.WeightG, Available: max(0, x.Available), Prices: []priceView{}}
		for _, pr := range x.Prices {
			pv := priceView{Amount: pr.Amount}
			if pr.CompareAt > 0 {
				pv.CompareAt = &pr.CompareAt
			}
			xv.Prices = append(xv.Prices, pv)
		}
		v.Variants = append(v.Variants, xv)
	}
	for _, m := range p.Media {
		v.Media = append(v.Media, mediaView(m))
	}
	return v
}

type resultView struct {
	Items   []cardView  `json:"items"`
	Total   int64       `json:"total"`
	Relaxed string      `json:"relaxed,omitempty"`
	Facets  []facetView `json:"facets,omitempty"`
	Next    string      `json:"next,omitempty"`
}

type facetView struct {
	Name   string           `json:"name"`
	Label  string           `json:"label"`
	Unit   string           `json:"unit,omitempty"`
	Values []facetValueView `json:"values"`
}

type facetValueView struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Count int64  `json:"count"`
	Min   *int64 `json:"min,omitempty"`
	Max   *int64 `json:"max,omitempty"`
}

// viewResult shows up to limit hits; one more says that there is a next page.
func viewResult(res search.Result, q search.Query, limit int) resultView {
	v := resultView{Items: make([]cardView, 0, len(res.Hits)), Total: res.Total, Relaxed: res.Relaxed}
	hits := res.Hits
	if len(hits) > limit {
		hits = hits[:limit]
		v.Next = cursorOf(string(q.Sort), hits[limit-1].Cursor)
	}
	for _, h := range hits {
		v.Items = append(v.Items, cardView{ID: h.ID, Slug: h.Slug, Title: h.Title, Brand: h.Brand, Price: money.Of(h.Minor, q.Currency),
			CompareAt: compareAt(h.CompareAt, q.Currency), Image: h.Image, ImageAlt: h.ImageAlt, InStock: h.InStock})
	}
	for _, f := range res.Facets {
		fv := facetView{Name: f.Name, Label: f.Label, Unit: f.Unit, Values: make([]facetValueView, 0, len(f.Values))}
		for _, x := range f.Values {
			xv := facetValueView{Value: x.Value, Label: x.Label, Count: x.Count}
			if x.Min != 0 || x.Max != 0 {
				xv.Min, xv.Max = &x.Min, &x.Max
			}
			fv.Values = append(fv.Values, xv)
		}
		v.Facets = append(v.Facets, fv)
	}
	return v
}
