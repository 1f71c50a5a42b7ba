package httpapi

import (
	"cmp"
	"net/http"
	"time"

	"tradewind/internal/domain/catalog"
)

// overseeProducts handles GET /v1/admin/products?sku&brand&category&status&updated_since&limit&cursor.
func (a *API) overseeProducts(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "sku", "brand", "category", "status", "updated_since", "limit", "cursor")
	f := catalog.RowFilter{SKU: q.text("sku", 64), BrandID: q.text("brand", 36), CategoryID: q.text("category", 36), UpdatedSince: q.moment("updated_since"),
		Status: catalog.Status(q.choice("status", "", string(catalog.Draft), string(catalog.Active), string(catalog.Archived))), Limit: int(q.number("limit", 24, 1, 100))}
	order := "products"
	var at catalog.Stamp
	if f.UpdatedSince.IsZero() {
		q.cursor(order, &f.Before)
	} else if order = "products-updated"; q.cursor(order, &at) {
		f.After = &at
	}
	if q.err != nil {
		return q.err
	}
	f.Limit++ // one more says that there is a next page
	list, err := a.DB.Read().Catalog.Rows(r.Context(), f)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, f.Limit-1, viewProductRow, func(p catalog.Row) string {
		if f.UpdatedSince.IsZero() {
			return cursorOf(order, p.ID)
		}
		return cursorOf(order, catalog.Stamp{LastID: p.ID, UpdatedAt: p.UpdatedAt})
	}))
}

// productRowView is a product as a list of staff shows it.
type productRowView struct {
	ID        string    `json:"id"`
	Slug      string    `json:"slug"`
	Title     string    `json:"title"`
	Brand     string    `json:"brand,omitempty"`
	Category  string    `json:"category"`
	Status    string    `json:"status"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func viewProductRow(p catalog.Row) productRowView {
	return productRowView{ID: p.ID, Slug: p.Slug, Title: p.Title, Brand: p.Brand, Category: p.CategoryID, Status: string(p.Status), Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
}

// overseeProduct handles GET /v1/admin/products/{id}, in any status.
func (a *API) overseeProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "product-not-found")
	if err != nil {
		return err
	}
	p, err := a.DB.Read().Catalog.Load(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version, viewWholeProduct(p))
}

// productRequest is a product as staff write it; stock and moments are not theirs to write.
type productRequest struct {
	Slug        string              `json:"slug"` // made of the title if it is empty
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Brand       string              `json:"brand"`    // an id, or empty
	Category    string              `json:"category"` // an id
	Status      string              `json:"status"`   // draft if it is empty
	TaxClass    string              `json:"tax_class"`
	SEO         seoRequest          `json:"seo"`
	Options     []catalog.OptionDef `json:"options"`
	Tags        []string            `json:"tags"`
	Attributes  []valuesRequest     `json:"attributes"`
	Variants    []variantRequest    `json:"variants"`
	Media       []mediaRequest      `json:"media"`
}

type valuesRequest struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

type variantRequest struct {
	SKU     string           `json:"sku"`
	Title   string           `json:"title"`
	Barcode string           `json:"barcode"`
	Options []catalog.Option `json:"options"`
	WeightG int64            `json:"weight_g"`
	Size    sizeView         `json:"size_mm"`
	Prices  []priceRequest   `json:"prices"`
}

type priceRequest struct {
	Minor     int64  `json:"minor"`
	Currency  string `json:"currency"`
	CompareAt int64  `json:"compare_at"`
}

type mediaRequest struct {
	Kind   string `json:"kind"`
	URL    string `json:"url"`
	Alt    string `json:"alt"`
	SKU    string `json:"sku"`
	Width  int64  `json:"width"`
	Height int64  `json:"height"`
}

// product makes the product of a request; what is wrong with it in itself the
// catalogue says.
func (in productRequest) product() (p catalog.Product, err error) {
	p = catalog.Product{Slug: cmp.Or(in.Slug, catalog.Slugify(in.Title)), Title: in.Title, Description: in.Description, Status: catalog.Status(cmp.Or(in.Status, string(catalog.Draft))),
		TaxClass: cmp.Or(in.TaxClass, "standard"), SEO: catalog.SEO(in.SEO), Options: in.Options, Tags: in.Tags}
	if p.CategoryID, err = text("category", in.Category, 1, 36); err != nil {
		return p, err
	}
	if p.BrandID, err = text("brand", in.Brand, 0, 36); err != nil {
		return p, err
	}
	for _, a := range in.Attributes {
		for _, v := range a.Values {
			p.Attributes = append(p.Attributes, catalog.Attribute{Name: a.Name, Text: v})
		}
	}
	for i, v := range in.Variants {
		x := catalog.Variant{SKU: v.SKU, Title: v.Title, Barcode: v.Barcode, Options: v.Options, WeightG: v.WeightG, LengthMM: v.Size.Length, WidthMM: v.Size.Width, HeightMM: v.Size.Height, Position: int64(i)}
		for _, pr := range v.Prices {
			price := catalog.Price{CompareAt: pr.CompareAt}
			price.Minor, price.Currency = pr.Minor, pr.Currency
			x.Prices = append(x.Prices, price)
		}
		p.Variants = append(p.Variants, x)
	}
	for _, m := range in.Media {
		p.Media = append(p.Media, catalog.Media{Kind: cmp.Or(m.Kind, "image"), URL: m.URL, Alt: m.Alt, SKU: m.SKU, Width: m.Width, Height: m.Height})
	}
	return p, nil
}

// addProduct handles POST /v1/admin/products.
func (a *API) addProduct(w http.ResponseWriter, r *http.Request) error {
	var in productRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	p, err := in.product()
	if err != nil {
		return err
	}
	e, err := a.editor(r)
	if err != nil {
		return err
	}
	if p, err = e.CreateProduct(r.Context(), who(r).Actor(), p); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/products/"+p.ID)
	return encodeVersion(w, r, http.StatusCreated, p.Version, viewWholeProduct(p))
}

// putProduct handles PUT /v1/admin/products/{id}.
func (a *API) putProduct(w http.ResponseWriter, r *http.Request) error {
	var in productRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "product-not-found")
	if err != nil {
		return err
	}
	p, err := in.product()
	if err != nil {
		return err
	}
	p.ID, p.Version = id, version
	if p, err = a.Editor.UpdateProduct(r.Context(), who(r).Actor(), p); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version, viewWholeProduct(p))
}

// archiveProduct handles POST /v1/admin/products/{id}/archive.
func (a *API) archiveProduct(w http.ResponseWriter, r *http.Request) error {
	id, version, err := thing(r, "product-not-found")
	if err != nil {
		return err
	}
	p, err := a.Editor.ArchiveProduct(r.Context(), who(r).Actor(), id, version)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version, viewWholeProduct(p))
}
