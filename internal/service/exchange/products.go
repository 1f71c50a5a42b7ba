package exchange

import (
	"context"
	"io"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

// products are taken in by the importer of the catalogue, which reads exports
// of Shopify too.
type products struct{}

func (products) called() string { return "products" }

var productColumns = []column[merchandising.Line]{
	{name: "id", at: func(p *merchandising.Line) any { return &p.ID }},
	{name: "slug", at: func(p *merchandising.Line) any { return &p.Slug }},
	{name: "title", at: func(p *merchandising.Line) any { return &p.Title }, need: true},
	{name: "description", at: func(p *merchandising.Line) any { return &p.Description }},
	{name: "brand", at: func(p *merchandising.Line) any { return &p.Brand }},
	{name: "category", at: func(p *merchandising.Line) any { return &p.Category }},
	{name: "status", at: func(p *merchandising.Line) any { return &p.Status }},
	{name: "tax_class", at: func(p *merchandising.Line) any { return &p.TaxClass }},
	{name: "seo_title", at: func(p *merchandising.Line) any { return &p.SEOTitle }},
	{name: "seo_description", at: func(p *merchandising.Line) any { return &p.SEOText }},
	{name: "tags", at: func(p *merchandising.Line) any { return &p.Tags }},
	{name: "options", at: func(p *merchandising.Line) any { return &p.Options }},
	{name: "attributes", at: func(p *merchandising.Line) any { return &p.Attributes }},
	{name: "variants", at: func(p *merchandising.Line) any { return &p.Variants }, need: true},
	{name: "media", at: func(p *merchandising.Line) any { return &p.Media }},
	{name: "created_at", at: func(p *merchandising.Line) any { return &p.CreatedAt }},
	{name: "published_at", at: func(p *merchandising.Line) any { return &p.PublishedAt }},
}

var productTable = table[merchandising.Line]{name: "products",
	columns: func(bool) []column[merchandising.Line] { return productColumns },
	source: func(s *Service, o Export) func(ctx context.Context) ([]merchandising.Line, error) {
		next, paths := productPages(s), &paths{read: s.DB.Read()}
		return func(ctx context.Context) (lines []merchandising.Line, err error) {
			for len(lines) == 0 {
				list, err := next(ctx)
				if err != nil || len(list) == 0 {
					return nil, err
				}
				for _, p := range list {
					if p.UpdatedAt.Before(o.Since) {
						continue
					}
					path, err := paths.of(ctx, p.CategoryID)
					if err != nil {
						return nil, err
					}
					lines = append(lines, merchandising.LineOf(p, path))
				}
			}
			return lines, nil
		}
	}}

// productPages reads all products, a page at a time.
func productPages(s *Service) func(ctx context.Context) ([]catalog.Product, error) {
	after := ""
	return func(ctx context.Context) ([]catalog.Product, error) {
		list, err := s.DB.Read().Catalog.Page(ctx, after, page)
		if len(list) > 0 {
			after = list[len(list)-1].ID
		}
		return list, err
	}
}

// paths are the categories by their titles from the root down.
type paths struct {
	read store.Stores
	byID map[string][]string
}

// of reads the tree anew if it does not know the category.
func (p *paths) of(ctx context.Context, id string) ([]string, error) {
	if path, ok := p.byID[id]; ok {
		return path, nil
	}
	list, err := p.read.Catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	tree := catalog.NewTree(list)
	p.byID = make(map[string][]string, len(list))
	for _, c := range list {
		for _, above := range tree.Path(c.ID) {
			p.byID[c.ID] = append(p.byID[c.ID], above.Title)
		}
	}
	return p.byID[id], nil
}

func (products) export(ctx context.Context, s *Service, w writer, o Export) (int64, error) {
	return productTable.export(ctx, s, w, o)
}

func (products) load(ctx context.Context, l *loading, from io.Reader) error {
	im := &merchandising.Importer{DB: l.s.DB, Now: l.s.Now, NewID: l.s.NewID, Category: l.in.Category}
	next, err := records(l, from)
	if err != nil {
		return err
	}
	l.kept = im.Keep
	return load(ctx, l, next, func(ctx context.Context, tx store.Stores, rows []merchandising.Record) ([]Outcome, error) {
		changes, err := im.Write(ctx, tx, rows)
		outcomes := make([]Outcome, len(changes))
		for i, c := range changes {
			outcomes[i] = Outcome{Key: c.Slug, New: c.New, Differences: c.Differences}
		}
		return outcomes, err
	})
}

// records reads the products of a file in any of its formats.
func records(l *loading, from io.Reader) (func() (merchandising.Record, place, error), error) {
	if l.run.Format == Shopify {
		source, err := merchandising.NewShopify(from, l.in.Currency)
		return func() (merchandising.Record, place, error) {
			rec, err := source.Next()
			return checked(rec, place{line: rec.Line}, err)
		}, err
	}
	r, err := newReader(l.run.Format, from)
	if err != nil {
		return nil, err
	}
	if err := r.header(fieldsOf(productColumns, &merchandising.Line{})); err != nil {
		return nil, err
	}
	return func() (rec merchandising.Record, p place, err error) {
		var line merchandising.Line
		p, err = r.row(fieldsOf(productColumns, &line))
		if err == nil {
			rec, err = line.Record(p.line)
		}
		return checked(rec, p, err)
	}, nil
}

func checked(rec merchandising.Record, p place, err error) (merchandising.Record, place, error) {
	if err == nil {
		if bad := rec.Check(); bad != nil {
			bad.Column, err = p.columns[bad.Field], bad
		}
	}
	return rec, p, err
}
