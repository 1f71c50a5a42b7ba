package httpapi

import (
	"context"
	"net/http"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

type brandView struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
	Logo string `json:"logo,omitempty"`
}

func viewBrand(b catalog.Brand) brandView {
	return brandView{ID: b.ID, Slug: b.Slug, Name: b.Title, Logo: mediaURL(b.Logo)}
}

// listBrands handles GET /v1/brands, in order of name.
func (a *API) listBrands(r *http.Request) (any, error) {
	const order = "name"
	q := queryOf(r.URL, "limit", "cursor")
	limit := int(q.number("limit", 24, 1, 100))
	var after struct{ Name string }
	q.cursor(order, &after)
	if q.err != nil {
		return nil, q.err
	}
	brands, err := a.DB.Read().Catalog.Brands(r.Context(), after.Name, limit+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	out := listView[brandView]{Items: make([]brandView, 0, limit)}
	if len(brands) > limit {
		brands = brands[:limit]
		after.Name = brands[limit-1].Title
		out.Next = cursorOf(order, after)
	}
	for _, b := range brands {
		out.Items = append(out.Items, viewBrand(b))
	}
	return out, nil
}

// getBrand handles GET /v1/brands/{key}, by id or slug.
func (a *API) getBrand(r *http.Request) (any, error) {
	if q := queryOf(r.URL); q.err != nil {
		return nil, q.err
	}
	key, err := keyOf(r)
	if err != nil {
		return nil, fault.New(fault.NotFound, "brand-not-found", "There is no such brand.").Because(err)
	}
	b, err := a.DB.Read().Catalog.Brand(r.Context(), key)
	if err != nil {
		return nil, a.renamed(r.Context(), catalog.NounBrand, key, err)
	}
	return viewBrand(b), nil
}

type collectionView struct {
	ID          string   `json:"id"`
	Slug        string   `json:"slug"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Image       string   `json:"image,omitempty"`
	SEO         *seoView `json:"seo,omitempty"`
}

func viewCollection(c catalog.Collection) collectionView {
	return collectionView{ID: c.ID, Slug: c.Slug, Title: c.Title, Description: c.Description, Image: mediaURL(c.Image), SEO: viewSEO(c.SEO)}
}

// listCollections handles GET /v1/collections: all that are shown, in order of slug.
func (a *API) listCollections(r *http.Request) (any, error) {
	q := queryOf(r.URL, "locale")
	if q.locale(a.languages); q.err != nil {
		return nil, q.err
	}
	list, err := a.DB.Read().Catalog.Collections(r.Context(), "", catalog.MaxCollections)
	if err != nil {
		return nil, err
	}
	texts, err := layered(localeOf(r.Context()), func(locale string) (map[string]catalog.Texts, error) {
		return a.DB.Read().Catalog.AllTexts(r.Context(), catalog.NounCollection, locale)
	})
	if err != nil {
		return nil, err
	}
	out := listView[collectionView]{Items: []collectionView{}}
	for _, c := range list {
		if c.Status == catalog.Shown {
			out.Items = append(out.Items, viewCollection(texts[c.ID].Collection(c)))
		}
	}
	return out, nil
}

// getCollection handles GET /v1/collections/{key}, by id or slug.
func (a *API) getCollection(r *http.Request) (any, error) {
	q := queryOf(r.URL, "locale")
	if q.locale(a.languages); q.err != nil {
		return nil, q.err
	}
	key, err := keyOf(r)
	if err != nil {
		return nil, fault.New(fault.NotFound, "collection-not-found", "There is no such collection.").Because(err)
	}
	c, err := a.shownCollection(r.Context(), key)
	if err != nil {
		return nil, err
	}
	texts, err := a.texts(r.Context(), catalog.NounCollection, c.ID)
	if err != nil {
		return nil, err
	}
	return viewCollection(texts[c.ID].Collection(c)), nil
}

// shownCollection returns the collection with that id or slug; a hidden one is
// not found, like one that never was.
func (a *API) shownCollection(ctx context.Context, key string) (catalog.Collection, error) {
	c, err := a.DB.Read().Catalog.Collection(ctx, key)
	if err == nil && c.Status != catalog.Shown {
		return catalog.Collection{}, fault.New(fault.NotFound, "collection-not-found", "There is no collection %s.", clean(key))
	}
	return c, a.renamed(ctx, catalog.NounCollection, key, err)
}
