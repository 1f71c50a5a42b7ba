package httpapi

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// tree is the category tree, read again when it is older than keep.
type tree struct {
	read func() store.Stores
	keep time.Duration
	now  func() time.Time

	mu      sync.Mutex
	until   time.Time
	current *categories
}

// categories is the tree with its look-ups. It is never changed once made.
type categories struct {
	list  []catalog.Category
	byKey map[string]int // id and slug
}

func (t *tree) get(ctx context.Context) (*categories, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.now().Before(t.until) {
		return t.current, nil
	}
	list, err := t.read().Catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	c := &categories{list: list, byKey: make(map[string]int, 2*len(list))}
	for i, cat := range list {
		c.byKey[cat.ID], c.byKey[cat.Slug] = i, i
	}
	t.current, t.until = c, t.now().Add(t.keep)
	return c, nil
}

func (t *tree) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = nil
}

// idOf returns the id of the category with that id or slug.
func (t *tree) idOf(ctx context.Context, key string) (string, error) {
	c, err := t.get(ctx)
	if err != nil {
		return "", err
	}
	i, ok := c.byKey[key]
	if !ok {
		return "", fault.New(fault.NotFound, "category-not-found", "There is no category %s.", clean(key))
	}
	return c.list[i].ID, nil
}

// path returns the categories from the root down to the one with that id.
func (c *categories) path(id string) []catalog.Category {
	var up []catalog.Category
	for range 50 { // a bound against a circle
		i, ok := c.byKey[id]
		if !ok {
			break
		}
		up = append([]catalog.Category{c.list[i]}, up...)
		id = c.list[i].ParentID
	}
	return up
}

// attributes returns the declarations that hold for products of the category.
func (c *categories) attributes(id string) map[string]catalog.AttributeDef {
	defs := map[string]catalog.AttributeDef{}
	for _, cat := range c.path(id) {
		for _, d := range cat.Attributes {
			defs[d.Name] = d
		}
	}
	return defs
}
