package httpapi

import (
	"cmp"
	"net/http"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

// wholeCategoryView is a category as staff edit it.
type wholeCategoryView struct {
	ID          string              `json:"id"`
	Parent      string              `json:"parent"` // an id, or empty for a root
	Slug        string              `json:"slug"`
	Title       string              `json:"title"`
	Position    int64               `json:"position"`
	Status      string              `json:"status"`
	Description string              `json:"description"`
	Image       string              `json:"image"`
	SEO         seoRequest          `json:"seo"`
	Attributes  []wholeAttributeDef `json:"attributes"`
	Version     int64               `json:"version"`
}

type wholeAttributeDef struct {
	Name string `json:"name"`
	attributeRequest
}

// attributeRequest declares an attribute; bounds are decimals, such as "2.5".
type attributeRequest struct {
	Label    string   `json:"label"`
	Kind     string   `json:"kind"`
	Unit     string   `json:"unit"`
	Min      string   `json:"min"`
	Max      string   `json:"max"`
	Choices  []string `json:"choices"`
	Required bool     `json:"required"`
	Facet    bool     `json:"facet"`
	Position int64    `json:"position"`
}

func viewWholeCategory(c catalog.Category) wholeCategoryView {
	v := wholeCategoryView{ID: c.ID, Parent: c.ParentID, Slug: c.Slug, Title: c.Title, Position: c.Position, Status: string(c.Status), Description: c.Description, Image: c.Image,
		SEO: seoRequest(c.SEO), Attributes: []wholeAttributeDef{}, Version: c.Version}
	for _, d := range c.Attributes {
		v.Attributes = append(v.Attributes, wholeAttributeDef{d.Name, attributeRequest{Label: d.Label, Kind: string(d.Kind), Unit: d.Unit, Min: decimal(d.Min), Max: decimal(d.Max),
			Choices: append([]string{}, d.Choices...), Required: d.Required, Facet: d.Facet, Position: d.Position}})
	}
	return v
}

// overseeCategories handles GET /v1/admin/categories: the whole tree, hidden
// ones too, parents before children.
func (a *API) overseeCategories(w http.ResponseWriter, r *http.Request) error {
	list, err := a.DB.Read().Catalog.Categories(r.Context())
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, len(list), viewWholeCategory, nil))
}

// category returns the category of that id.
func (a *API) category(r *http.Request, id string) (catalog.Category, error) {
	list, err := a.DB.Read().Catalog.Categories(r.Context())
	if err != nil {
		return catalog.Category{}, err
	}
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
	}
	return catalog.Category{}, fault.New(fault.NotFound, "category-not-found", "There is no category %s.", clean(id))
}

// overseeCategory handles GET /v1/admin/categories/{id}.
func (a *API) overseeCategory(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "category-not-found")
	if err != nil {
		return err
	}
	c, err := a.category(r, id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCategory(c))
}

// categoryRequest is a category without its place and its declarations.
type categoryRequest struct {
	Slug        string     `json:"slug"` // made of the title if it is empty
	Title       string     `json:"title"`
	Position    int64      `json:"position"`
	Status      string     `json:"status"` // active if it is empty
	Description string     `json:"description"`
	Image       string     `json:"image"`
	SEO         seoRequest `json:"seo"`
}

func (in categoryRequest) category() (catalog.Category, error) {
	return catalog.Category{Slug: cmp.Or(in.Slug, catalog.Slugify(in.Title)), Title: in.Title, Position: in.Position, Status: catalog.Visibility(cmp.Or(in.Status, string(catalog.Shown))),
		Description: in.Description, Image: in.Image, SEO: catalog.SEO(in.SEO)}, whole("position", in.Position, 0, 999_999_999)
}

// addCategory handles POST /v1/admin/categories.
func (a *API) addCategory(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		categoryRequest
		Parent string `json:"parent"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	c, err := in.category()
	if err != nil {
		return err
	}
	if c.ParentID, err = text("parent", in.Parent, 0, 36); err != nil {
		return err
	}
	e, err := a.editor(r)
	if err != nil {
		return err
	}
	if c, err = e.CreateCategory(r.Context(), who(r).Actor(), c); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/categories/"+c.ID)
	return encodeVersion(w, r, http.StatusCreated, c.Version, viewWholeCategory(c))
}

// putCategory handles PUT /v1/admin/categories/{id}. Place and declarations stay.
func (a *API) putCategory(w http.ResponseWriter, r *http.Request) error {
	var in categoryRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "category-not-found")
	if err != nil {
		return err
	}
	c, err := in.category()
	if err != nil {
		return err
	}
	c.ID, c.Version = id, version
	if c, err = a.Editor.UpdateCategory(r.Context(), who(r).Actor(), c); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCategory(c))
}

// moveCategory handles PUT /v1/admin/categories/{id}/parent.
func (a *API) moveCategory(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Parent string `json:"parent"` // empty for a root
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "category-not-found")
	if err != nil {
		return err
	}
	parent, err := text("parent", in.Parent, 0, 36)
	if err != nil {
		return err
	}
	if err := a.Editor.MoveCategory(r.Context(), who(r).Actor(), id, parent, version); err != nil {
		return err
	}
	c, err := a.category(r, id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCategory(c))
}

// deleteCategory handles DELETE /v1/admin/categories/{id}.
func (a *API) deleteCategory(w http.ResponseWriter, r *http.Request) error {
	id, version, err := thing(r, "category-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Editor.DeleteCategory(r.Context(), who(r).Actor(), id, version))
}

// def makes the declaration of a request.
func (in attributeRequest) def(name string) (d catalog.AttributeDef, err error) {
	d = catalog.AttributeDef{Name: name, Label: cmp.Or(in.Label, name), Kind: catalog.AttributeKind(in.Kind), Unit: in.Unit, Choices: in.Choices, Required: in.Required, Facet: in.Facet, Position: in.Position}
	for _, bound := range []struct {
		field, from string
		to          **int64
	}{{"min", in.Min, &d.Min}, {"max", in.Max, &d.Max}} {
		if bound.from == "" {
			continue
		}
		n, err := catalog.ParseMilli(bound.from)
		if err != nil {
			return d, fault.Field("bad-number", bound.field, "%q is not a number with at most three decimals", clean(bound.from))
		}
		*bound.to = &n
	}
	return d, whole("position", in.Position, 0, 999_999_999)
}

// declareAttribute handles PUT /v1/admin/categories/{id}/attributes/{name}.
func (a *API) declareAttribute(w http.ResponseWriter, r *http.Request) error {
	var in attributeRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "category-not-found")
	if err != nil {
		return err
	}
	name, err := pathText(r, "name", 60)
	if err != nil {
		return err
	}
	d, err := in.def(name)
	if err != nil {
		return err
	}
	c, err := a.Editor.DeclareAttribute(r.Context(), who(r).Actor(), id, version, d)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCategory(c))
}

// removeAttribute handles DELETE /v1/admin/categories/{id}/attributes/{name}.
func (a *API) removeAttribute(w http.ResponseWriter, r *http.Request) error {
	id, version, err := thing(r, "category-not-found")
	if err != nil {
		return err
	}
	name, err := pathText(r, "name", 60)
	if err != nil {
		return err
	}
	c, err := a.Editor.RemoveAttribute(r.Context(), who(r).Actor(), id, version, name)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewWholeCategory(c))
}
