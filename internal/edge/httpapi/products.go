package httpapi

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// listCategories handles GET /v1/categories: the whole tree, nested.
func (a *API) listCategories(r *http.Request) (any, error) {
	q := queryOf(r.URL, "locale")
	if q.locale(a.languages); q.err != nil {
		return nil, q.err
	}
	c, err := a.tree.get(r.Context())
	if err != nil {
		return nil, err
	}
	return viewCategories(c.shown), nil
}

// getCategory handles GET /v1/categories/{key}, by id or slug.
func (a *API) getCategory(r *http.Request) (any, error) {
	q := queryOf(r.URL, "locale")
	if q.locale(a.languages); q.err != nil {
		return nil, q.err
	}
	key, err := keyOf(r)
	if err != nil {
		return nil, fault.New(fault.NotFound, "category-not-found", "There is no such category.").Because(err)
	}
	c, err := a.tree.find(r.Context(), key)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree.get(r.Context())
	if err != nil {
		return nil, err
	}
	return viewCategoryPage(tree.shown, c), nil
}

// keyOf is the id or slug at the end of the path.
func keyOf(r *http.Request) (string, error) {
	key, err := url.PathUnescape(mux.Vars(r)["key"])
	if err != nil {
		return "", err
	}
	return text("key", key, 1, 120)
}

// listProducts handles GET /v1/products.
func (a *API) listProducts(r *http.Request) (any, error) {
	q := queryOf(r.URL, "category", "collection", "brand", "price_min", "price_max", "currency", "sort", "limit", "cursor", "locale", "attr.")
	f := catalog.Filter{CategoryID: catalog.All, Currency: q.currency(a.Config.Currency), Brand: q.text("brand", 120),
		Sort:  catalog.Sort(q.choice("sort", string(catalog.Newest), string(catalog.Newest), string(catalog.PriceUp), string(catalog.PriceDown), string(catalog.ByTitle))),
		Limit: int(q.number("limit", 24, 1, 100))}
	q.locale(a.languages)
	f.MinMinor, f.MaxMinor = q.prices()
	for _, at := range q.attributes() {
		f.Attributes = append(f.Attributes, catalog.AttributeFilter{Name: at.name, Values: at.values, MinMilli: at.least, MaxMilli: at.most})
	}
	var after catalog.Cursor
	if q.cursor(string(f.Sort), &after) {
		f.After = &after
	}
	category, collection := q.text("category", 120), q.text("collection", 120)
	if category != "" && collection != "" {
		q.fail(fault.Field("bad-choice", "collection", "it cannot be joined by a category; ask for one of them"))
	}
	if q.err == nil && len(q.values["brand"]) > 1 {
		q.fail(fault.Field("repeated-parameter", "brand", "a list takes one brand; search takes several"))
	}
	if q.err != nil {
		return nil, q.err
	}
	if category != "" {
		c, err := a.tree.find(r.Context(), category)
		if err != nil {
			return nil, err
		}
		f.CategoryID = c.ID
	}
	if collection != "" {
		c, err := a.shownCollection(r.Context(), collection)
		if err != nil {
			return nil, err
		}
		f.CategoryID = c.ID
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there is a next page
	cards, err := a.DB.Read().Catalog.List(r.Context(), f)
	if err != nil {
		return nil, err
	}
	out := listView[cardView]{Items: make([]cardView, 0, len(cards))}
	if len(cards) > limit {
		cards = cards[:limit]
		last := cards[limit-1]
		out.Next = cursorOf(string(f.Sort), catalog.Cursor{ID: last.ID, Minor: last.Price.Minor, TitleKey: catalog.TitleKey(last.Title), CreatedAt: last.CreatedAt})
	}
	for _, c := range cards {
		out.Items = append(out.Items, viewCard(c))
	}
	return out, a.translateCards(r.Context(), out.Items)
}

// getProduct handles GET /v1/products/{key}, by id or slug.
func (a *API) getProduct(r *http.Request) (any, error) {
	q := queryOf(r.URL, "currency", "locale")
	currency := q.currency(a.Config.Currency)
	q.locale(a.languages)
	if q.err != nil {
		return nil, q.err
	}
	key, err := keyOf(r)
	if err != nil {
		return nil, fault.New(fault.NotFound, "product-not-found", "There is no such product.").Because(err)
	}
	p, err := a.DB.Read().Catalog.Get(r.Context(), key)
	if err != nil {
		return nil, a.renamed(r.Context(), catalog.NounProduct, key, err)
	}
	tree, err := a.tree.get(r.Context())
	if err != nil {
		return nil, err
	}
	texts, err := a.texts(r.Context(), catalog.NounProduct, p.ID)
	if err != nil {
		return nil, err
	}
	return viewProduct(texts[p.ID].Product(p), tree, currency), nil
}

// searchProducts handles GET /v1/search.
func (a *API) searchProducts(r *http.Request) (any, error) {
	q := queryOf(r.URL, "q", "category", "brand", "price_min", "price_max", "currency", "in_stock", "sort", "limit", "cursor", "facets", "locale", "attr.")
	in := search.Query{Text: q.text("q", 200), Currency: q.currency(a.Config.Currency),
		Sort:    search.Sort(q.choice("sort", string(search.Relevance), string(search.Relevance), string(search.Newest), string(search.PriceUp), string(search.PriceDown))),
		Limit:   int(q.number("limit", 24, 1, 100)),
		InStock: q.choice("in_stock", "false", "true", "false") == "true", Facets: q.choice("facets", "false", "true", "false") == "true"}
	q.locale(a.languages)
	in.MinMinor, in.MaxMinor = q.prices()
	for _, b := range q.values["brand"] {
		b, err := text("brand", b, 1, 120)
		if err != nil {
			q.fail(err)
		}
		in.Brands = append(in.Brands, b)
	}
	if len(in.Brands) > 20 {
		q.fail(fault.Field("too-many-values", "brand", "at most 20 brands are possible"))
	}
	for _, at := range q.attributes() {
		in.Attributes = append(in.Attributes, search.AttrFilter{Name: at.name, Values: at.values, MinMilli: at.least, MaxMilli: at.most})
	}
	var after search.Cursor
	if q.cursor(string(in.Sort), &after) {
		in.After = &after
	}
	category := q.text("category", 120)
	if q.err != nil {
		return nil, q.err
	}
	if category != "" {
		c, err := a.tree.find(r.Context(), category)
		if err != nil {
			return nil, err
		}
		in.CategoryID = c.ID
	}
	limit := in.Limit
	in.Limit++
	found, err := a.Index.Search(r.Context(), in)
	if err != nil {
		return nil, err
	}
	out := viewResult(found, in, limit)
	return out, a.translateCards(r.Context(), out.Items)
}
