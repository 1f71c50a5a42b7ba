package catalog

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
