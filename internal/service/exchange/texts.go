package exchange

import (
	"context"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// textRow are all texts of one thing in one other language.
type textRow struct {
	Noun, Slug, Locale string
	Texts              catalog.Texts
}

var textColumns = []column[textRow]{
	{name: "noun", at: func(r *textRow) any { return &r.Noun }, need: true},
	{name: "slug", at: func(r *textRow) any { return &r.Slug }, need: true},
	{name: "locale", at: func(r *textRow) any { return &r.Locale }, need: true},
	{name: "texts", at: func(r *textRow) any { return &r.Texts }, need: true},
}

var texts = table[textRow]{name: "texts",
	columns: func(bool) []column[textRow] { return textColumns },
	source: func(s *Service, o Export) func(ctx context.Context) ([]textRow, error) {
		sources := []func(ctx context.Context) (catalog.Noun, []translated, error){categoriesToTell(s), collectionsToTell(s), productsToTell(s, o.Since)}
		return func(ctx context.Context) (rows []textRow, err error) {
			for len(rows) == 0 && len(sources) > 0 {
				noun, things, err := sources[0](ctx)
				if err != nil {
					return nil, err
				}
				if len(things) == 0 {
					sources = sources[1:]
					continue
				}
				if rows, err = textsOf(ctx, s.DB.Read(), noun, things); err != nil {
					return nil, err
				}
			}
			return rows, nil
		}
	},
	sink: func(l *loading) sink[textRow] {
		return func(ctx context.Context, tx store.Stores, rows []textRow) ([]Outcome, error) {
			return putTexts(ctx, tx, l, rows)
		}
	}}

// translated is a thing that has texts.
type translated struct {
	id, slug string
	version  int64
}

func categoriesToTell(s *Service) func(ctx context.Context) (catalog.Noun, []translated, error) {
	done := false
	return func(ctx context.Context) (catalog.Noun, []translated, error) {
		if done {
			return catalog.NounCategory, nil, nil
		}
		done = true
		list, err := s.DB.Read().Catalog.Categories(ctx)
		return catalog.NounCategory, toTell(list, func(c catalog.Category) translated { return translated{c.ID, c.Slug, c.Version} }), err
	}
}

func collectionsToTell(s *Service) func(ctx context.Context) (catalog.Noun, []translated, error) {
	after := ""
	return func(ctx context.Context) (catalog.Noun, []translated, error) {
		list, err := s.DB.Read().Catalog.Collections(ctx, after, page)
		if len(list) > 0 {
			after = list[len(list)-1].Slug
		}
		return catalog.NounCollection, toTell(list, func(c catalog.Collection) translated { return translated{c.ID, c.Slug, c.Version} }), err
	}
}

func productsToTell(s *Service, since time.Time) func(ctx context.Context) (catalog.Noun, []translated, error) {
	next := productPages(s)
	return func(ctx context.Context) (catalog.Noun, []translated, error) {
		for {
			list, err := next(ctx)
			if err != nil || len(list) == 0 {
				return catalog.NounProduct, nil, err
			}
			if list = slices.DeleteFunc(list, func(p catalog.Product) bool { return p.UpdatedAt.Before(since) }); len(list) > 0 {
				return catalog.NounProduct, toTell(list, func(p catalog.Product) translated { return translated{p.ID, p.Slug, p.Version} }), nil
			}
		}
	}
}

func toTell[T any](list []T, as func(T) translated) []translated {
	out := make([]translated, len(list))
	for i, x := range list {
		out[i] = as(x)
	}
	return out
}

func textsOf(ctx context.Context, tx store.Stores, noun catalog.Noun, things []translated) (rows []textRow, err error) {
	ids := make([]string, len(things))
	for i, x := range things {
		ids[i] = x.id
	}
	found, err := tx.Catalog.TextsIn(ctx, noun, ids)
	for _, x := range things {
		for _, locale := range slices.Sorted(maps.Keys(found[x.id])) {
			rows = append(rows, textRow{string(noun), x.slug, locale, found[x.id][locale]})
		}
	}
	return rows, err
}

// putTexts replaces the texts of each thing in the language of the row; other
// languages stay.
func putTexts(ctx context.Context, tx store.Stores, l *loading, rows []textRow) ([]Outcome, error) {
	things, err := spokenOf(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(rows))
	for i, r := range rows {
		o := &outcomes[i]
		o.Key = r.Noun + " " + r.Slug + " " + r.Locale
		x := things[r.Noun+" "+r.Slug]
		if x == nil {
			return nil, fault.Field("texts-invalid", "slug", "there is no %.20s %.120s", r.Noun, r.Slug)
		}
		had, err := tx.Catalog.Texts(ctx, catalog.Noun(r.Noun), r.Locale, []string{x.id})
		if err != nil {
			return nil, err
		}
		was := had[x.id]
		if maps.Equal(was, r.Texts) {
			continue
		}
		if o.New = len(was) == 0; !o.New {
			if o.Differences, err = differences(textColumns, &textRow{r.Noun, r.Slug, r.Locale, was}, &r); err != nil {
				return nil, err
			}
		}
		if err := l.editor(tx).Translate(ctx, l.in.Actor, catalog.Noun(r.Noun), x.id, x.version, r.Locale, r.Texts); err != nil {
			return nil, err
		}
		x.version++
	}
	return outcomes, nil
}

// spokenOf finds what rows speak of, by noun and slug.
func spokenOf(ctx context.Context, tx store.Stores, rows []textRow) (map[string]*translated, error) {
	out := map[string]*translated{}
	var products []string
	var tree *catalog.Tree
	for _, r := range rows {
		switch catalog.Noun(r.Noun) {
		case catalog.NounProduct:
			products = append(products, r.Slug)
		case catalog.NounCategory:
			if tree == nil {
				list, err := tx.Catalog.Categories(ctx)
				if err != nil {
					return nil, err
				}
				tree = catalog.NewTree(list)
			}
			if c, ok := tree.Find(r.Slug); ok && c.Slug == r.Slug {
				out[r.Noun+" "+r.Slug] = &translated{c.ID, c.Slug, c.Version}
			}
		case catalog.NounCollection:
			c, err := tx.Catalog.Collection(ctx, r.Slug)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, err
			}
			if err == nil && c.Slug == r.Slug {
				out[r.Noun+" "+r.Slug] = &translated{c.ID, c.Slug, c.Version}
			}
		default:
			return nil, fault.Field("texts-invalid", "noun", "%.20q is not category, collection or product", r.Noun)
		}
	}
	found, err := tx.Catalog.Find(ctx, nil, products, nil)
	for _, p := range found {
		out[string(catalog.NounProduct)+" "+p.Slug] = &translated{p.ID, p.Slug, p.Version}
	}
	return out, err
}
