package catalog

import (
	"slices"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// All is the category id under which listings of the whole shop are kept.
const All = "all"

// MaxDepth is how many levels the tree has at most.
const MaxDepth = 20

// Visibility says whether a category is shown.
type Visibility string

// Shown categories are in the public tree. Hidden ones, and those below them,
// are not; their products are sold and listed above all the same.
const (
	Shown  Visibility = "active"
	Hidden Visibility = "hidden"
)

// Category is a node of the tree. ParentID is "" for a root.
type Category struct {
	ID, ParentID, Slug, Title string
	Position                  int64
	Status                    Visibility // "" is put as Shown
	Description, Image        string
	SEO                       SEO
	Version                   int64          // counts changes; 0 is put as 1
	Attributes                []AttributeDef // those declared on this very category
}

// SEO is what search engines are told in place of title and description; "" for the same.
type SEO struct{ Title, Description string }

func (s SEO) check() error {
	return first(
		length("seo_title", s.Title, 0, 200),
		length("seo_description", s.Description, 0, 400))
}

// Check reports what the catalogue would refuse of c by itself. The error's code is "category-invalid".
func (c Category) Check() error {
	err := first(
		length("slug", c.Slug, 1, 120),
		length("title", c.Title, 1, 200),
		length("description", c.Description, 0, 100_000),
		length("image", c.Image, 0, 1000),
		c.SEO.check(),
		legible(c.Slug, c.Title, c.Description, c.Image, c.SEO.Title, c.SEO.Description),
		sluggish(c.Slug))
	if err == nil && c.Status != Shown && c.Status != Hidden {
		err = wrong("status", "%q is not active or hidden", c.Status)
	}
	names := map[string]bool{}
	for _, d := range c.Attributes {
		if err == nil && names[d.Name] {
			err = wrong("attributes", "%s is declared twice", d.Name)
		}
		names[d.Name] = true
		err = first(err, d.check())
	}
	return coded("category-invalid", err)
}

// Brand is a maker. Its name, the Title, is what lists are filtered by.
type Brand struct {
	ID, Slug, Title string
	Logo            string // address or object key of a picture, as Media.URL
	Version         int64
}

// Check reports what the catalogue would refuse of b by itself. The error's code is "brand-invalid".
func (b Brand) Check() error {
	return coded("brand-invalid", first(
		length("slug", b.Slug, 1, 120),
		length("title", b.Title, 1, 120),
		length("logo", b.Logo, 0, 1000),
		legible(b.Slug, b.Title, b.Logo),
		sluggish(b.Slug)))
}

// Tree is the category tree with its look-ups. It is never changed once made.
type Tree struct {
	List   []Category // parents before children
	byID   map[string]int
	bySlug map[string]int
}

// NewTree makes a tree of a list in which parents come before children.
func NewTree(list []Category) *Tree {
	t := &Tree{List: list, byID: make(map[string]int, len(list)), bySlug: make(map[string]int, len(list))}
	for i, c := range list {
		t.byID[c.ID], t.bySlug[c.Slug] = i, i
	}
	return t
}

// Find returns the category with that id or slug.
func (t *Tree) Find(key string) (Category, bool) {
	i, ok := t.byID[key]
	if !ok {
		i, ok = t.bySlug[key]
	}
	if !ok {
		return Category{}, false
	}
	return t.List[i], true
}

// Path returns the categories from the root down to the one with that id.
func (t *Tree) Path(id string) []Category {
	var up []Category
	for range MaxDepth {
		i, ok := t.byID[id]
		if !ok {
			break
		}
		up = append(up, t.List[i])
		id = t.List[i].ParentID
	}
	slices.Reverse(up)
	return up
}

// Declared returns the attributes that hold for products of the category: its
// own and those declared above, the nearest declaration of a name winning.
func (t *Tree) Declared(id string) map[string]AttributeDef {
	defs := map[string]AttributeDef{}
	for _, c := range t.Path(id) {
		for _, d := range c.Attributes {
			defs[d.Name] = d
		}
	}
	return defs
}

// Visible returns the tree without what is hidden and what is below that.
func (t *Tree) Visible() *Tree {
	hidden := map[string]bool{}
	var list []Category
	for _, c := range t.List {
		if hidden[c.ID] = c.Status == Hidden || hidden[c.ParentID]; !hidden[c.ID] {
			list = append(list, c)
		}
	}
	return NewTree(list)
}

// length refuses text of fewer or more characters.
func length(field, text string, least, most int) error {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return wrong(field, "%d characters are needed to %d possible; here are %d", least, most, n)
	}
	return nil
}

// wrong is an error about a field; coded gives it the code of its noun.
func wrong(field, format string, args ...any) error {
	return fault.Field("invalid", field, format, args...)
}

func coded(code string, err error) error {
	if e, ok := err.(*fault.Error); ok && e.Code == "invalid" {
		named := *e
		named.Code = code
		return &named
	}
	return err
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
