package httpapi

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// treeFor is how old the tree may be where answers are not remembered; a change
// is seen as soon as the version of the catalogue tells of it.
const treeFor = time.Second

// tree is the category tree, read again when the catalogue has changed or it is
// older than keep.
type tree struct {
	read   func() store.Stores
	keep   time.Duration
	now    func() time.Time
	shared shared.Cache

	mu      sync.Mutex
	until   time.Time
	version string
	current map[string]*categories // by locale
}

// categories is the tree, whole and as the public sees it.
type categories struct{ all, shown *catalog.Tree }

// get returns the tree in the language of the answer.
func (t *tree) get(ctx context.Context) (*categories, error) {
	version := t.shared.Version(ctx, shared.Catalogue)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.version != version || !t.now().Before(t.until) {
		t.current, t.until, t.version = map[string]*categories{}, t.now().Add(t.keep), version
	}
	locale := localeOf(ctx)
	if c, ok := t.current[locale]; ok {
		return c, nil
	}
	list, err := t.read().Catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := layered(locale, func(locale string) (map[string]catalog.Texts, error) {
		return t.read().Catalog.AllTexts(ctx, catalog.NounCategory, locale)
	})
	if err != nil {
		return nil, err
	}
	for i, c := range list {
		list[i] = texts[c.ID].Category(c)
	}
	all := catalog.NewTree(list)
	c := &categories{all: all, shown: all.Visible()}
	t.current[locale] = c
	return c, nil
}

// find returns the category with that id or slug, if it is shown. If the slug
// is one that a category had before, the error is a moved with the new one.
func (t *tree) find(ctx context.Context, key string) (catalog.Category, error) {
	c, err := t.get(ctx)
	if err != nil {
		return catalog.Category{}, err
	}
	if found, ok := c.shown.Find(key); ok {
		return found, nil
	}
	slug, err := t.read().Catalog.Renamed(ctx, catalog.NounCategory, key)
	if err != nil {
		return catalog.Category{}, err
	}
	if _, ok := c.shown.Find(slug); ok {
		return catalog.Category{}, moved{catalog.NounCategory, slug}
	}
	return catalog.Category{}, fault.New(fault.NotFound, "category-not-found", "There is no category %s.", clean(key))
}
