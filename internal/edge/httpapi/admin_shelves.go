package httpapi

import (
	"cmp"
	"net/http"

	"tradewind/internal/domain/catalog"
)

type wholeBrandView struct {
	ID      string `json:"id"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Logo    string `json:"logo"`
	Version int64  `json:"version"`
}

func viewWholeBrand(b catalog.Brand) wholeBrandView {
	return wholeBrandView{ID: b.ID, Slug: b.Slug, Name: b.Title, Logo: b.Logo, Version: b.Version}
}

// overseeBrands handles GET /v1/admin/brands?limit&cursor, in order of name.
func (a *API) overseeBrands(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "brands", a.DB.Read().Catalog.Brands, viewWholeBrand, func(b catalog.Brand) string { return b.Title })
}

// overseeBrand handles GET /v1/admin/brands/{id}.
func (a *API) overseeBrand(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "brand-not-found")
	if err != nil {
		return err
	}
	b, err := a.DB.Read().Catalog.Brand(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, b.Version, viewWholeBrand(b))
}

type brandRequest struct {
	Slug string `json:"slug"` // made of the name if it is empty
	Name string `json:"name"`
	Logo string `json:"logo"`
}

func (in brandRequest) brand() catalog.Brand {
	return catalog.Brand{Slug: cmp.Or(in.Slug, catalog.Slugify(in.Name)), Title: in.Name, Logo: in.Logo}
}

// addBrand handles POST /v1/admin/brands.
func (a *API) addBrand(w http.ResponseWriter, r *http.Request) error {
	var in brandRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	e, err := a.editor(r)
	if err != nil {
		return err
	}
	b, err := e.CreateBrand(r.Context(), who(r).Actor(), in.brand())
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/brands/"+b.ID)
	return encodeVersion(w, r, http.StatusCreated, b.Version, viewWholeBrand(b))
}

// putBrand handles PUT /v1/admin/brands/{id}.
func (a *API) putBrand(w http.ResponseWriter, r *http.Request) error {
	var in brandRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "brand-not-found")
	if err != nil {
		return err
	}
	b := in.brand()
	b.ID, b.Version = id, version
	if b, err = a.Editor.UpdateBrand(r.Context(), who(r).Actor(), b); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, b.Version, viewWholeBrand(b))
}

// deleteBrand handles DELETE /v1/admin/brands/{id}.
func (a *API) deleteBrand(w http.ResponseWriter, r *http.Request) error {
	id, version, err := thing(r, "brand-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Editor.DeleteBrand(r.Context(), who(r).Actor(), id, version))
}
