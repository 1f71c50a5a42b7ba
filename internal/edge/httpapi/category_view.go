package httpapi

import (
	"tradewind/internal/domain/catalog"
)

type categoryView struct {
	ID          string          `json:"id"`
	Slug        string          `json:"slug"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Image       string          `json:"image,omitempty"`
	SEO         *seoView        `json:"seo,omitempty"`
	Attributes  []attributeDef  `json:"attributes,omitempty"`
	Children    []*categoryView `json:"children,omitempty"`
}

type attributeDef struct {
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	Kind     string   `json:"kind"`
	Unit     string   `json:"unit,omitempty"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Required bool     `json:"required,omitempty"`
}

func viewCategory(c catalog.Category) *categoryView {
	v := &categoryView{ID: c.ID, Slug: c.Slug, Title: c.Title, Description: c.Description, Image: mediaURL(c.Image), SEO: viewSEO(c.SEO)}
	for _, d := range c.Attributes {
		v.Attributes = append(v.Attributes, attributeDef{Name: d.Name, Label: d.Label, Kind: string(d.Kind), Unit: d.Unit,
			Min: decimal(d.Min), Max: decimal(d.Max), Choices: d.Choices, Required: d.Required})
	}
	return v
}

func decimal(milli *int64) string {
	if milli == nil {
		return ""
	}
	return catalog.MilliText(*milli)
}

// viewCategories nests the tree.
func viewCategories(tree *catalog.Tree) listView[*categoryView] {
	out := listView[*categoryView]{Items: []*categoryView{}}
	byID := map[string]*categoryView{}
	for _, c := range tree.List {
		v := viewCategory(c)
		byID[c.ID] = v
		if parent, ok := byID[c.ParentID]; ok {
			parent.Children = append(parent.Children, v)
		} else {
			out.Items = append(out.Items, v)
		}
	}
	return out
}

// categoryPage is a category with the way down to it and what is right below it.
type categoryPage struct {
	*categoryView
	Path []refView `json:"path"`
}

func viewCategoryPage(tree *catalog.Tree, c catalog.Category) categoryPage {
	v := categoryPage{categoryView: viewCategory(c)}
	for _, up := range tree.Path(c.ID) {
		v.Path = append(v.Path, refView{up.ID, up.Slug, up.Title})
	}
	for _, below := range tree.List {
		if below.ParentID == c.ID {
			v.Children = append(v.Children, viewCategory(below))
		}
	}
	return v
}
