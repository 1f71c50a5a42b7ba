package exchange

import (
	"cmp"
	"context"
	"slices"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// collectionRow is a collection, or, with a product, that product's place by
// hand in the collection with that slug. Rules and places name categories,
// brands and products by slug.
type collectionRow struct {
	ID, Slug, Title            string
	Status, Description, Image string
	SEOTitle, SEOText          string
	Rule                       catalog.Rule
	Product, Pick              string
}

var collectionColumns = []column[collectionRow]{
	{name: "id", at: func(c *collectionRow) any { return &c.ID }},
	{name: "slug", at: func(c *collectionRow) any { return &c.Slug }, need: true},
	{name: "title", at: func(c *collectionRow) any { return &c.Title }},
	{name: "status", at: func(c *collectionRow) any { return &c.Status }},
	{name: "description", at: func(c *collectionRow) any { return &c.Description }},
	{name: "image", at: func(c *collectionRow) any { return &c.Image }},
	{name: "seo_title", at: func(c *collectionRow) any { return &c.SEOTitle }},
	{name: "seo_description", at: func(c *collectionRow) any { return &c.SEOText }},
	{name: "rule", at: func(c *collectionRow) any { return &c.Rule }},
	{name: "product", at: func(c *collectionRow) any { return &c.Product }},
	{name: "pick", at: func(c *collectionRow) any { return &c.Pick }},
}

var collections = table[collectionRow]{name: "collections",
	columns: func(bool) []column[collectionRow] { return collectionColumns },
	source: func(s *Service, _ Export) func(ctx context.Context) ([]collectionRow, error) {
		return (&collectionSource{s: s}).next
	},
	sink: func(l *loading) sink[collectionRow] {
		return func(ctx context.Context, tx store.Stores, rows []collectionRow) (outcomes []Outcome, err error) {
			for _, r := range rows {
				put := putCollection
				if r.Product != "" {
					put = putPick
				}
				o, err := put(ctx, tx, l, r)
				if err != nil {
					return nil, err
				}
				outcomes = append(outcomes, o)
			}
			return outcomes, nil
		}
	}}

// collectionSource gives a collection and then its places by hand, a page at a time.
type collectionSource struct {
	s     *Service
	now   catalog.Collection // whose places are read
	after string             // and how far
}

func (x *collectionSource) next(ctx context.Context) (rows []collectionRow, err error) {
	read := x.s.DB.Read()
	if x.now.ID != "" {
		picks, err := read.Catalog.Picks(ctx, x.now.ID, x.after, page)
		if err != nil {
			return nil, err
		}
		if len(picks) > 0 {
			x.after = picks[len(picks)-1].ProductID
			return picksOf(ctx, read, x.now.Slug, picks)
		}
	}
	list, err := read.Catalog.Collections(ctx, x.now.Slug, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	x.now, x.after = list[0], ""
	row, err := collectionOf(ctx, read, list[0])
	return []collectionRow{row}, err
}

func picksOf(ctx context.Context, tx store.Stores, collection string, picks []catalog.Picked) (rows []collectionRow, err error) {
	ids, pick := make([]string, len(picks)), map[string]catalog.Pick{}
	for i, p := range picks {
		ids[i], pick[p.ProductID] = p.ProductID, p.Pick
	}
	found, err := tx.Catalog.Find(ctx, ids, nil, nil) // in order of id, as picks
	for _, p := range found {
		rows = append(rows, collectionRow{Slug: collection, Product: p.Slug, Pick: string(pick[p.ID])})
	}
	return rows, err
}

func collectionOf(ctx context.Context, tx store.Stores, c catalog.Collection) (collectionRow, error) {
	r := collectionRow{ID: c.ID, Slug: c.Slug, Title: c.Title, Status: string(c.Status), Description: c.Description, Image: c.Image, SEOTitle: c.SEO.Title, SEOText: c.SEO.Description}
	var err error
	r.Rule, err = renamed(c.Rule, func(of catalog.Subject, key string) (string, error) {
		_, slug, err := meant(ctx, tx, of, key)
		return cmp.Or(slug, key), err // what was deleted has its id only
	})
	return r, err
}

// renamed is rule with other names for the categories and brands it looks at.
func renamed(rule catalog.Rule, name func(of catalog.Subject, key string) (string, error)) (catalog.Rule, error) {
	rule.Conditions = slices.Clone(rule.Conditions)
	for i, c := range rule.Conditions {
		if c.Subject != catalog.ByCategory && c.Subject != catalog.ByBrand {
			continue
		}
		values := slices.Clone(c.Values)
		for j, key := range values {
			var err error
			if values[j], err = name(c.Subject, key); err != nil {
				return rule, err
			}
		}
		rule.Conditions[i].Values = values
	}
	return rule, nil
}

// meant returns id and slug of the category or brand with that id or slug, ""
// where there is none.
func meant(ctx context.Context, tx store.Stores, of catalog.Subject, key string) (id, slug string, err error) {
	if of == catalog.ByBrand {
		b, err := tx.Catalog.Brand(ctx, key)
		if fault.KindOf(err) == fault.NotFound {
			err = nil
		}
		return b.ID, b.Slug, err
	}
	list, err := tx.Catalog.Categories(ctx)
	c, _ := catalog.NewTree(list).Find(key)
	return c.ID, c.Slug, err
}

// putCollection changes the collection with the slug of the row, else with its
// id, and makes it if there is none.
func putCollection(ctx context.Context, tx store.Stores, l *loading, r collectionRow) (o Outcome, err error) {
	o.Key = r.Slug
	next := catalog.Collection{ID: r.ID, Slug: r.Slug, Title: r.Title, Description: r.Description, Image: r.Image, Status: catalog.Visibility(cmp.Or(r.Status, string(catalog.Shown))),
		SEO: catalog.SEO{Title: r.SEOTitle, Description: r.SEOText}}
	next.Rule, err = renamed(r.Rule, func(of catalog.Subject, key string) (string, error) {
		id, _, err := meant(ctx, tx, of, key)
		if err == nil && id == "" {
			if id = key; checkID(key) != nil {
				err = fault.Field("collection-invalid", "rule", "there is no %s %.120s", of, key)
			}
		}
		return id, err
	})
	if err != nil {
		return o, err
	}
	old, err := tx.Catalog.Collection(ctx, r.Slug)
	if fault.KindOf(err) == fault.NotFound && r.ID != "" {
		old, err = tx.Catalog.Collection(ctx, r.ID)
	}
	if o.New = fault.KindOf(err) == fault.NotFound; o.New {
		if err := checkID(r.ID); err != nil {
			return o, err
		}
		_, err := l.editor(tx).CreateCollection(ctx, l.in.Actor, next)
		return o, err
	}
	if err != nil {
		return o, err
	}
	was, err := collectionOf(ctx, tx, old)
	if err != nil {
		return o, err
	}
	next.ID, next.Version = old.ID, old.Version
	is, err := collectionOf(ctx, tx, next)
	if err != nil {
		return o, err
	}
	if o.Differences, err = differences(collectionColumns, &was, &is); err != nil || len(o.Differences) == 0 {
		return o, err
	}
	_, err = l.editor(tx).UpdateCollection(ctx, l.in.Actor, next)
	return o, err
}

// putPick sets a product's place by hand; an empty pick leaves it to the rule.
func putPick(ctx context.Context, tx store.Stores, l *loading, r collectionRow) (o Outcome, err error) {
	o.Key = r.Slug + " " + r.Product
	c, err := tx.Catalog.Collection(ctx, r.Slug)
	if err != nil {
		return o, err
	}
	p, err := tx.Catalog.BySlug(ctx, r.Product)
	if err != nil {
		return o, err
	}
	picks, err := tx.Catalog.PicksOf(ctx, p.ID)
	if err != nil || picks[c.ID] == catalog.Pick(r.Pick) {
		return o, err
	}
	if was := picks[c.ID]; was == catalog.ByRule {
		o.New = true
	} else {
		o.Differences = []string{"pick: " + string(was) + " -> " + r.Pick}
	}
	return o, l.editor(tx).PickProduct(ctx, l.in.Actor, c.ID, p.ID, catalog.Pick(r.Pick))
}
