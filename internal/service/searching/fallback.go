package searching

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// Fallback is an index of which searches are answered by the database while
// it is away: by category, brand, price and attributes, and of the text what
// titles begin with. Those answers are marked Degraded. Writes go to the index
// or fail, and are repeated by the outbox.
type Fallback struct {
	search.Index
	DB  store.DB
	Log *slog.Logger

	degraded atomic.Int64
	mu       sync.Mutex
	told     time.Time
}

// Degraded returns how many answers came from the database.
func (f *Fallback) Degraded() int64 { return f.degraded.Load() }

// Search implements search.Index.
func (f *Fallback) Search(ctx context.Context, q search.Query) (search.Result, error) {
	r, err := f.Index.Search(ctx, q)
	if err == nil || fault.KindOf(err) == fault.Invalid || ctx.Err() != nil {
		return r, err
	}
	f.tell(ctx, err)
	if r, err = f.browse(ctx, q); err == nil {
		f.degraded.Add(1)
	}
	return r, err
}

// tell logs that the index is away, once a minute.
func (f *Fallback) tell(ctx context.Context, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.told) > time.Minute {
		f.told = time.Now()
		f.Log.WarnContext(ctx, "the database answers searches", "err", err)
	}
}

// browse answers q from lists. The cursor of a hit is its id: the rest of what
// continues a list is looked up, so that pages of both kinds can follow each other.
func (f *Fallback) browse(ctx context.Context, q search.Query) (search.Result, error) {
	r := search.Result{Degraded: true}
	filter, ok := filterOf(q)
	if !ok {
		return r, nil
	}
	read := f.DB.Read().Catalog
	if q.After != nil {
		at, err := read.Load(ctx, q.After.ID)
		if fault.KindOf(err) == fault.NotFound {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		lowest, _ := at.MinPrice(q.Currency)
		filter.After = &catalog.Cursor{ID: at.ID, Minor: lowest.Minor, TitleKey: catalog.TitleKey(at.Title), CreatedAt: at.CreatedAt}
	}
	start := catalog.TitleKey(strings.Join(strings.Fields(q.Text), " "))
	cards, err := f.list(ctx, filter, q, start)
	if word, _, more := strings.Cut(start, " "); err == nil && len(cards) == 0 && more && q.After == nil {
		r.Relaxed = strings.TrimSpace(start[len(word):])
		cards, err = f.list(ctx, filter, q, word)
	}
	for _, c := range cards {
		r.Hits = append(r.Hits, search.Hit{ID: c.ID, Slug: c.Slug, Title: c.Title, Brand: c.Brand, Image: c.Image, ImageAlt: c.ImageAlt,
			Minor: c.Price.Minor, CompareAt: c.Price.CompareAt, InStock: c.InStock, Cursor: search.Cursor{ID: c.ID}})
	}
	r.Total = int64(len(r.Hits))
	return r, err
}

// filterOf is what lists can do of q; false if nothing can pass.
func filterOf(q search.Query) (catalog.Filter, bool) {
	f := catalog.Filter{CategoryID: cmp.Or(q.CategoryID, catalog.All), Currency: q.Currency, MinMinor: q.MinMinor, MaxMinor: cmp.Or(q.MaxMinor, int64(money.Max)),
		Sort: catalog.Newest}
	switch {
	case strings.TrimSpace(q.Text) != "":
		f.Sort = catalog.ByTitle // in which what begins alike is together
	case q.Sort == search.PriceUp:
		f.Sort = catalog.PriceUp
	case q.Sort == search.PriceDown:
		f.Sort = catalog.PriceDown
	}
	for _, a := range q.Attributes {
		if len(f.Attributes) == catalog.MaxAttributeFilters || len(a.Values) > catalog.MaxAttributeValues {
			return f, false
		}
		least, most := a.MinMilli, a.MaxMilli
		if !a.HasRange() {
			least, most = 1, 0
		}
		f.Attributes = append(f.Attributes, catalog.AttributeFilter{Name: a.Name, Values: a.Values, MinMilli: least, MaxMilli: most})
	}
	return f, q.Currency != ""
}

// most products a degraded answer looks at to find those that are in stock.
const mostPages = 5

// list returns a page of products whose titles begin with start, of any of the
// query's brands.
func (f *Fallback) list(ctx context.Context, filter catalog.Filter, q search.Query, start string) ([]catalog.Card, error) {
	brands := q.Brands
	if len(brands) == 0 {
		brands = []string{""}
	}
	var all []catalog.Card
	for _, brand := range brands {
		filter := filter
		filter.Brand = brand
		cards, err := f.ofBrand(ctx, filter, q, start)
		if err != nil {
			return nil, err
		}
		all = append(all, cards...)
	}
	if len(brands) > 1 {
		slices.SortFunc(all, order(filter.Sort))
	}
	return all[:min(len(all), q.Limit)], nil
}

func (f *Fallback) ofBrand(ctx context.Context, filter catalog.Filter, q search.Query, start string) (out []catalog.Card, err error) {
	filter.Limit = q.Limit
	if start != "" && filter.After == nil {
		filter.After = &catalog.Cursor{TitleKey: start} // no id is before ""
	}
	for range mostPages {
		cards, err := f.DB.Read().Catalog.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			if !strings.HasPrefix(catalog.TitleKey(c.Title), start) {
				return out, nil
			}
			if c.InStock || !q.InStock {
				out = append(out, c)
			}
			if len(out) == q.Limit {
				return out, nil
			}
		}
		if len(cards) < filter.Limit {
			return out, nil
		}
		last := cards[len(cards)-1]
		filter.After = &catalog.Cursor{ID: last.ID, Minor: last.Price.Minor, TitleKey: catalog.TitleKey(last.Title), CreatedAt: last.CreatedAt}
	}
	return out, nil
}

// order is that of lists.
func order(by catalog.Sort) func(a, b catalog.Card) int {
	return func(a, b catalog.Card) int {
		switch by {
		case catalog.PriceUp:
			return cmp.Or(cmp.Compare(a.Price.Minor, b.Price.Minor), cmp.Compare(a.ID, b.ID))
		case catalog.PriceDown:
			return cmp.Or(cmp.Compare(b.Price.Minor, a.Price.Minor), cmp.Compare(b.ID, a.ID))
		case catalog.ByTitle:
			return cmp.Or(cmp.Compare(catalog.TitleKey(a.Title), catalog.TitleKey(b.Title)), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	}
}
