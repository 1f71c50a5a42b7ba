package merchandising

import (
	"context"
	"fmt"
	"strings"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

// forest finds categories by their path of titles and plants those that are missing.
type forest struct {
	byPath  map[string]string // titles in lower case, joined, to id
	slugs   map[string]bool
	tree    *catalog.Tree     // as it was when it was read
	planted map[string]string // those planted since: id to parent's
	ofStock bool              // a collection's rule looks at stock
	newID   func() string
}

// declared returns the attributes that hold for the category; one that was
// planted since declares none.
func (f *forest) declared(category string) map[string]catalog.AttributeDef {
	for parent, ok := f.planted[category]; ok; parent, ok = f.planted[category] {
		category = parent
	}
	return f.tree.Declared(category)
}

func newForest(ctx context.Context, tx store.Stores, newID func() string) (*forest, error) {
	list, err := tx.Catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	ofStock, err := tx.Catalog.RulesOfStock(ctx)
	if err != nil {
		return nil, err
	}
	f := &forest{ofStock: ofStock, byPath: map[string]string{}, slugs: map[string]bool{}, tree: catalog.NewTree(list), planted: map[string]string{}, newID: newID}
	paths := map[string]string{} // id to path
	for _, c := range list {
		path := step(paths[c.ParentID], c.Title)
		paths[c.ID], f.byPath[path], f.slugs[c.Slug] = path, c.ID, true
	}
	return f, nil
}

func step(path, title string) string {
	return path + "\x00" + strings.ToLower(strings.TrimSpace(title))
}

// grow returns the id of the category at the end of titles.
func (f *forest) grow(ctx context.Context, tx store.Stores, titles []string) (id string, err error) {
	path := ""
	for _, title := range titles {
		path = step(path, title)
		parent := id
		if have, ok := f.byPath[path]; ok {
			id = have
			continue
		}
		c := catalog.Category{ID: f.newID(), ParentID: parent, Slug: f.slug(title), Title: strings.TrimSpace(title), Version: 1}
		if err := tx.Catalog.PutCategory(ctx, c); err != nil {
			return "", err
		}
		id, f.byPath[path], f.slugs[c.Slug], f.planted[c.ID] = c.ID, c.ID, true, parent
	}
	return id, nil
}

// slug makes a slug that no category has.
func (f *forest) slug(title string) string {
	base := catalog.Slugify(title)
	if base == "" {
		base = "category"
	}
	slug := base
	for n := 2; f.slugs[slug]; n++ {
		slug = clip(base, 110) + fmt.Sprintf("-%d", n)
	}
	return slug
}
