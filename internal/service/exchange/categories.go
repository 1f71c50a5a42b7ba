package exchange

import (
	"cmp"
	"context"
	"slices"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// categoryRow is a category with what it declares. Its parent is named by slug
// and stands before it in the file.
type categoryRow struct {
	ID, Slug, Title, Parent string
	Position                int64
	Status                  string
	Description, Image      string
	SEOTitle, SEOText       string
	Attributes              []attributeRow
}

// attributeRow declares an attribute; bounds are decimals.
type attributeRow struct {
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	Kind     string   `json:"kind"`
	Unit     string   `json:"unit,omitempty"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Required bool     `json:"required,omitempty"`
	Facet    bool     `json:"facet,omitempty"`
	Position int64    `json:"position,omitempty"`
}

var categoryColumns = []column[categoryRow]{
	{name: "id", at: func(c *categoryRow) any { return &c.ID }},
	{name: "slug", at: func(c *categoryRow) any { return &c.Slug }, need: true},
	{name: "title", at: func(c *categoryRow) any { return &c.Title }, need: true},
	{name: "parent", at: func(c *categoryRow) any { return &c.Parent }},
	{name: "position", at: func(c *categoryRow) any { return &c.Position }},
	{name: "status", at: func(c *categoryRow) any { return &c.Status }},
	{name: "description", at: func(c *categoryRow) any { return &c.Description }},
	{name: "image", at: func(c *categoryRow) any { return &c.Image }},
	{name: "seo_title", at: func(c *categoryRow) any { return &c.SEOTitle }},
	{name: "seo_description", at: func(c *categoryRow) any { return &c.SEOText }},
	{name: "attributes", at: func(c *categoryRow) any { return &c.Attributes }},
}

var categories = table[categoryRow]{name: "categories",
	columns: func(bool) []column[categoryRow] { return categoryColumns },
	source: func(s *Service, _ Export) func(ctx context.Context) ([]categoryRow, error) {
		done := false
		return func(ctx context.Context) (rows []categoryRow, err error) {
			if done {
				return nil, nil
			}
			done = true
			list, err := s.DB.Read().Catalog.Categories(ctx)
			tree := catalog.NewTree(list)
			for _, c := range list {
				rows = append(rows, categoryOf(c, tree))
			}
			return rows, err
		}
	},
	sink: func(l *loading) sink[categoryRow] {
		return func(ctx context.Context, tx store.Stores, rows []categoryRow) (outcomes []Outcome, err error) {
			for _, r := range rows {
				o, err := putCategory(ctx, tx, l, r)
				if err != nil {
					return nil, err
				}
				outcomes = append(outcomes, o)
			}
			return outcomes, nil
		}
	}}

func categoryOf(c catalog.Category, tree *catalog.Tree) categoryRow {
	parent, _ := tree.Find(c.ParentID)
	r := categoryRow{ID: c.ID, Slug: c.Slug, Title: c.Title, Parent: parent.Slug, Position: c.Position, Status: string(c.Status), Description: c.Description, Image: c.Image,
		SEOTitle: c.SEO.Title, SEOText: c.SEO.Description}
	for _, d := range c.Attributes {
		r.Attributes = append(r.Attributes, attributeRow{Name: d.Name, Label: d.Label, Kind: string(d.Kind), Unit: d.Unit, Min: boundText(d.Min), Max: boundText(d.Max),
			Choices: d.Choices, Required: d.Required, Facet: d.Facet, Position: d.Position})
	}
	return r
}

func boundText(milli *int64) string {
	if milli == nil {
		return ""
	}
	return catalog.MilliText(*milli)
}

// putCategory changes the category with the slug of the row, else with its id,
// and makes it if there is none. Without attributes its declarations stay.
func putCategory(ctx context.Context, tx store.Stores, l *loading, r categoryRow) (o Outcome, err error) {
	o.Key = r.Slug
	list, err := tx.Catalog.Categories(ctx)
	if err != nil {
		return o, err
	}
	next, err := r.category()
	if err != nil {
		return o, err
	}
	if r.Parent != "" {
		i := slices.IndexFunc(list, func(c catalog.Category) bool { return c.Slug == r.Parent })
		if i < 0 {
			return o, fault.Field("category-not-found", "parent", "there is no category %.120s", r.Parent)
		}
		next.ParentID = list[i].ID
	}
	i := slices.IndexFunc(list, func(c catalog.Category) bool { return c.Slug == r.Slug })
	if i < 0 {
		i = slices.IndexFunc(list, func(c catalog.Category) bool { return c.ID == r.ID })
	}
	e := l.editor(tx)
	if o.New = i < 0; o.New {
		if err := checkID(r.ID); err != nil {
			return o, err
		}
		_, err := e.CreateCategory(ctx, l.in.Actor, next)
		return o, err
	}
	old := list[i]
	was := categoryOf(old, catalog.NewTree(list))
	r.ID, r.Status = was.ID, string(next.Status)
	if r.Attributes == nil {
		r.Attributes = was.Attributes
	}
	if o.Differences, err = differences(categoryColumns, &was, &r); err != nil || len(o.Differences) == 0 {
		return o, err
	}
	if next.ID, next.Version = old.ID, old.Version; next.ParentID != old.ParentID {
		if err := e.MoveCategory(ctx, l.in.Actor, old.ID, next.ParentID, old.Version); err != nil {
			return o, err
		}
		next.Version++
	}
	_, err = e.UpdateCategory(ctx, l.in.Actor, next)
	return o, err
}

func (r categoryRow) category() (catalog.Category, error) {
	c := catalog.Category{ID: r.ID, Slug: r.Slug, Title: r.Title, Position: r.Position, Status: catalog.Visibility(cmp.Or(r.Status, string(catalog.Shown))),
		Description: r.Description, Image: r.Image, SEO: catalog.SEO{Title: r.SEOTitle, Description: r.SEOText}}
	if r.Attributes != nil {
		c.Attributes = []catalog.AttributeDef{}
	}
	for _, a := range r.Attributes {
		d := catalog.AttributeDef{Name: a.Name, Label: a.Label, Kind: catalog.AttributeKind(a.Kind), Unit: a.Unit, Choices: a.Choices, Required: a.Required, Facet: a.Facet, Position: a.Position}
		for _, bound := range []struct {
			text string
			to   **int64
		}{{a.Min, &d.Min}, {a.Max, &d.Max}} {
			if bound.text == "" {
				continue
			}
			n, err := catalog.ParseMilli(bound.text)
			if err != nil {
				return c, &RowError{Field: "attributes", Message: err.Error()}
			}
			*bound.to = &n
		}
		c.Attributes = append(c.Attributes, d)
	}
	return c, nil
}
