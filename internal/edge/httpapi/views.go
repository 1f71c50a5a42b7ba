package httpapi

import (
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/money"
)

// listView is a page of a list; Next continues it and is absent at the end.
type listView[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
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
		Image: mediaURL(c.Image), ImageAlt: c.ImageAlt, InStock: c.InStock}
}

func compareAt(minor int64, currency string) *money.Amount {
	if minor == 0 {
		return nil
	}
	a := money.Of(minor, currency)
	return &a
}

type resultView struct {
	Items    []cardView  `json:"items"`
	Total    int64       `json:"total"`
	Relaxed  string      `json:"relaxed,omitempty"`
	Degraded bool        `json:"degraded,omitempty"`
	Facets   []facetView `json:"facets,omitempty"`
	Next     string      `json:"next,omitempty"`
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
	v := resultView{Items: make([]cardView, 0, len(res.Hits)), Total: res.Total, Relaxed: res.Relaxed, Degraded: res.Degraded}
	hits := res.Hits
	if len(hits) > limit {
		hits = hits[:limit]
		v.Next = cursorOf(string(q.Sort), hits[limit-1].Cursor)
	}
	for _, h := range hits {
		v.Items = append(v.Items, cardView{ID: h.ID, Slug: h.Slug, Title: h.Title, Brand: h.Brand, Price: money.Of(h.Minor, q.Currency),
			CompareAt: compareAt(h.CompareAt, q.Currency), Image: mediaURL(h.Image), ImageAlt: h.ImageAlt, InStock: h.InStock})
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
