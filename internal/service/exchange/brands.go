package exchange

import (
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// brandColumns are those of a brand itself.
var brandColumns = []column[catalog.Brand]{
	{name: "id", at: func(b *catalog.Brand) any { return &b.ID }},
	{name: "slug", at: func(b *catalog.Brand) any { return &b.Slug }, need: true},
	{name: "name", at: func(b *catalog.Brand) any { return &b.Title }, need: true},
	{name: "logo", at: func(b *catalog.Brand) any { return &b.Logo }},
}

var brands = table[catalog.Brand]{name: "brands",
	columns: func(bool) []column[catalog.Brand] { return brandColumns },
	source: func(s *Service, _ Export) func(ctx context.Context) ([]catalog.Brand, error) {
		after := ""
		return func(ctx context.Context) ([]catalog.Brand, error) {
			list, err := s.DB.Read().Catalog.Brands(ctx, after, page)
			if len(list) > 0 {
				after = list[len(list)-1].Title
			}
			return list, err
		}
	},
	sink: func(l *loading) sink[catalog.Brand] {
		return func(ctx context.Context, tx store.Stores, rows []catalog.Brand) (outcomes []Outcome, err error) {
			for _, r := range rows {
				o, err := putBrand(ctx, tx, l, r)
				if err != nil {
					return nil, err
				}
				outcomes = append(outcomes, o)
			}
			return outcomes, nil
		}
	}}

// putBrand changes the brand with the slug of the row, else with its id, and
// makes it if there is none.
func putBrand(ctx context.Context, tx store.Stores, l *loading, r catalog.Brand) (o Outcome, err error) {
	o.Key = r.Slug
	old, err := tx.Catalog.Brand(ctx, r.Slug)
	if fault.KindOf(err) == fault.NotFound && r.ID != "" {
		old, err = tx.Catalog.Brand(ctx, r.ID)
	}
	if o.New = fault.KindOf(err) == fault.NotFound; o.New {
		if err := checkID(r.ID); err != nil {
			return o, err
		}
		_, err := l.editor(tx).CreateBrand(ctx, l.in.Actor, r)
		return o, err
	}
	if err != nil {
		return o, err
	}
	r.ID, r.Version = old.ID, old.Version
	if o.Differences, err = differences(brandColumns, &old, &r); err != nil || len(o.Differences) == 0 {
		return o, err
	}
	_, err = l.editor(tx).UpdateBrand(ctx, l.in.Actor, r)
	return o, err
}
