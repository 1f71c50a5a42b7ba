package httpapi

import (
	"cmp"
	"net/http"

	"tradewind/internal/domain/catalog"
)

type wholeCollectionView struct {
	ID          string       `json:"id"`
	Slug        string       `json:"slug"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Image       string       `json:"image"`
	Status      string       `json:"status"`
	SEO         seoRequest   `json:"seo"`
	Rule        catalog.Rule `json:"rule"`
	Version     int64        `json:"version"`
}

func viewWholeCollection(c catalog.Collection) wholeCollectionView {
	if c.Rule.Conditions == nil {
		c.Rule.Conditions = []catalog.Condition{}
	}
	return wholeCollectionView{ID: c.ID, Slug: c.Slug, Title: c.Title, Description: c.Description, Image: c.Image, Status: string(c.Status), SEO: seoRequest(c.SEO), Rule: c.Rule, Version: c.Version}
}

// overseeCollections handles GET /v1/admin/collections?limit&cursor, hidden
// ones too, in order of slug.
func (a *API) overseeCollections(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "collections", a.DB.Read().Catalog.Collections, viewWholeCollection, func(c catalog.Collection) string { return c.Slug })
}

// overseeCollection handles GET /v1/admin/collections/{id}.
func (a *API) overseeCollection(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "collection-not-found")
	if err != nil {
		return err
	}
	c, err := a.DB.Read().Catalog.Collection(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCollection(c))
}

type collectionRequest struct {
	Slug        string       `json:"slug"` // made of the title if it is empty
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Image       string       `json:"image"`
	Status      string       `json:"status"` // active if it is empty
	SEO         seoRequest   `json:"seo"`
	Rule        catalog.Rule `json:"rule"`
}

func (in collectionRequest) collection() catalog.Collection {
	return catalog.Collection{Slug: cmp.Or(in.Slug, catalog.Slugify(in.Title)), Title: in.Title, Description: in.Description, Image: in.Image,
		Status: catalog.Visibility(cmp.Or(in.Status, string(catalog.Shown))), SEO: catalog.SEO(in.SEO), Rule: in.Rule}
}

// addCollection handles POST /v1/admin/collections.
func (a *API) addCollection(w http.ResponseWriter, r *http.Request) error {
	var in collectionRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	e, err := a.editor(r)
	if err != nil {
		return err
	}
	c, err := e.CreateCollection(r.Context(), who(r).Actor(), in.collection())
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/collections/"+c.ID)
	return encodeVersion(w, r, http.StatusCreated, c.Version, viewWholeCollection(c))
}

// putCollection handles PUT /v1/admin/collections/{id}.
func (a *API) putCollection(w http.ResponseWriter, r *http.Request) error {
	var in collectionRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "collection-not-found")
	if err != nil {
		return err
	}
	c := in.collection()
	c.ID, c.Version = id, version
	if c, err = a.Editor.UpdateCollection(r.Context(), who(r).Actor(), c); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCollection(c))
}

// deleteCollection handles DELETE /v1/admin/collections/{id}.
func (a *API) deleteCollection(w http.ResponseWriter, r *http.Request) error {
	id, version, err := thing(r, "collection-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Editor.DeleteCollection(r.Context(), who(r).Actor(), id, version))
}

type pickView struct {
	Product string `json:"product"`
	Pick    string `json:"pick"`
}

// listPicks handles GET /v1/admin/collections/{id}/products?limit&cursor: what
// was picked by hand.
func (a *API) listPicks(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "collection-not-found")
	if err != nil {
		return err
	}
	if _, err := a.DB.Read().Catalog.Collection(r.Context(), id); err != nil {
		return err
	}
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "picks", of(a.DB.Read().Catalog.Picks, id),
		func(p catalog.Picked) pickView { return pickView{p.ProductID, string(p.Pick)} }, func(p catalog.Picked) string { return p.ProductID })
}

// pickProduct handles PUT /v1/admin/collections/{id}/products/{product}.
func (a *API) pickProduct(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Pick string `json:"pick"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	return a.pick(w, r, catalog.Pick(cmp.Or(in.Pick, "nothing")))
}

// unpickProduct handles DELETE /v1/admin/collections/{id}/products/{product}:
// the rule decides again.
func (a *API) unpickProduct(w http.ResponseWriter, r *http.Request) error {
	return a.pick(w, r, catalog.ByRule)
}

func (a *API) pick(w http.ResponseWriter, r *http.Request, pick catalog.Pick) error {
	id, err := pathID(r, "collection-not-found")
	if err != nil {
		return err
	}
	product, err := pathUUID(r, "product", "product-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Editor.PickProduct(r.Context(), who(r).Actor(), id, product, pick))
}
