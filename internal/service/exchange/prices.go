package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

// priceRow is the base price of a SKU in a currency, or, with a beginning, a
// price for a time.
type priceRow struct {
	SKU, Currency, Price, CompareAt string // decimals
	Group, Note                     string
	StartsAt, EndsAt                time.Time
}

var priceColumns = []column[priceRow]{
	{name: "sku", at: func(p *priceRow) any { return &p.SKU }, need: true},
	{name: "currency", at: func(p *priceRow) any { return &p.Currency }, need: true},
	{name: "price", at: func(p *priceRow) any { return &p.Price }, need: true},
	{name: "compare_at", at: func(p *priceRow) any { return &p.CompareAt }},
	{name: "customer_group", at: func(p *priceRow) any { return &p.Group }},
	{name: "starts_at", at: func(p *priceRow) any { return &p.StartsAt }},
	{name: "ends_at", at: func(p *priceRow) any { return &p.EndsAt }},
	{name: "note", at: func(p *priceRow) any { return &p.Note }},
}

var prices = table[priceRow]{name: "prices",
	columns: func(bool) []column[priceRow] { return priceColumns },
	source: func(s *Service, o Export) func(ctx context.Context) ([]priceRow, error) {
		next, now := productPages(s), s.Now()
		return func(ctx context.Context) (rows []priceRow, err error) {
			for len(rows) == 0 {
				list, err := next(ctx)
				if err != nil || len(list) == 0 {
					return nil, err
				}
				for _, p := range list {
					if p.UpdatedAt.Before(o.Since) {
						continue
					}
					for _, v := range p.Variants {
						more, err := pricesOf(ctx, s.DB.Read(), v, now)
						if err != nil {
							return nil, err
						}
						rows = append(rows, more...)
					}
				}
			}
			return rows, nil
		}
	},
	sink: func(l *loading) sink[priceRow] {
		return func(ctx context.Context, tx store.Stores, rows []priceRow) ([]Outcome, error) {
			return putPrices(ctx, tx, l, rows)
		}
	}}

func pricesOf(ctx context.Context, tx store.Stores, v catalog.Variant, now time.Time) (rows []priceRow, err error) {
	for _, p := range v.Prices {
		row := priceRow{SKU: v.SKU, Currency: p.Currency, Price: p.Decimal()}
		if p.CompareAt > 0 {
			row.CompareAt = money.Of(p.CompareAt, p.Currency).Decimal()
		}
		rows = append(rows, row)
	}
	schedules, err := tx.Catalog.Schedules(ctx, v.SKU, now)
	for _, s := range schedules {
		row := priceRow{SKU: v.SKU, Currency: s.Price.Currency, Price: s.Price.Decimal(), Group: s.Group, Note: s.Note, StartsAt: s.StartsAt, EndsAt: s.EndsAt}
		if s.CompareAt > 0 {
			row.CompareAt = money.Of(s.CompareAt, s.Price.Currency).Decimal()
		}
		rows = append(rows, row)
	}
	return rows, err
}

// amounts reads the decimals of a row.
func (r priceRow) amounts() (p catalog.Price, err error) {
	if p.Amount, err = money.Parse(r.Price, r.Currency); err != nil {
		return p, &RowError{Field: "price", Message: err.Error()}
	}
	if r.CompareAt != "" {
		former, err := money.Parse(r.CompareAt, r.Currency)
		if err != nil {
			return p, &RowError{Field: "compare_at", Message: err.Error()}
		}
		p.CompareAt = former.Minor
	}
	return p, nil
}

// priced is a product of a batch whose prices a file speaks of.
type priced struct {
	catalog.Product
	changed bool
}

// putPrices writes each product once, however many of its prices change.
func putPrices(ctx context.Context, tx store.Stores, l *loading, rows []priceRow) ([]Outcome, error) {
	var skus []string
	for _, r := range rows {
		skus = append(skus, r.SKU)
	}
	found, err := tx.Catalog.Find(ctx, nil, nil, skus)
	if err != nil {
		return nil, err
	}
	owners := map[string]*priced{}
	var all []*priced
	for _, p := range found {
		owner := &priced{Product: p}
		all = append(all, owner)
		for _, v := range p.Variants {
			owners[v.SKU] = owner
		}
	}
	outcomes := make([]Outcome, len(rows))
	for i, r := range rows {
		owner := owners[r.SKU]
		if owner == nil {
			return nil, fault.Field("sku-not-found", "sku", "there is no variant %s", r.SKU)
		}
		price, err := r.amounts()
		if err != nil {
			return nil, err
		}
		outcomes[i].Key = r.SKU + " " + r.Currency
		if r.StartsAt.IsZero() {
			outcomes[i] = owner.set(r, price, outcomes[i])
		}
	}
	for _, owner := range all { // before the schedules, which need a base price
		if !owner.changed {
			continue
		}
		next := owner.Revised(l.now)
		if err := next.Check(); err != nil {
			return nil, err
		}
		if err := tx.Catalog.Put(ctx, next); err != nil {
			return nil, err
		}
		if err := tx.Outbox.Add(ctx, catalog.EventChanged(next)); err != nil {
			return nil, err
		}
	}
	for i, r := range rows {
		if r.StartsAt.IsZero() {
			continue
		}
		if outcomes[i].New, err = schedule(ctx, tx, l, r); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// set makes the base price what the row says.
func (p *priced) set(r priceRow, price catalog.Price, o Outcome) Outcome {
	v := &p.Variants[slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return v.SKU == r.SKU })]
	i := slices.IndexFunc(v.Prices, func(have catalog.Price) bool { return have.Currency == r.Currency })
	switch {
	case i < 0:
		o.New, p.changed = true, true
		v.Prices = append(v.Prices, price)
		slices.SortFunc(v.Prices, func(a, b catalog.Price) int { return strings.Compare(a.Currency, b.Currency) })
	case v.Prices[i].Minor != price.Minor || v.Prices[i].CompareAt != price.CompareAt:
		o.Differences = []string{fmt.Sprintf("price: %s (was %d) -> %s (was %d)", v.Prices[i].Amount, v.Prices[i].CompareAt, price.Amount, price.CompareAt)}
		v.Prices[i], p.changed = price, true
	}
	return o
}

// schedule adds a price for a time, unless there is the same one; one that is over is left out.
func schedule(ctx context.Context, tx store.Stores, l *loading, r priceRow) (added bool, err error) {
	price, err := r.amounts()
	if err != nil {
		return false, err
	}
	if !r.EndsAt.IsZero() && !r.EndsAt.After(l.now) {
		return false, nil
	}
	s := catalog.Schedule{ID: l.s.NewID(), SKU: r.SKU, Price: price.Amount, CompareAt: price.CompareAt, Group: r.Group, Note: r.Note, StartsAt: r.StartsAt, EndsAt: r.EndsAt}
	if err := s.Check(); err != nil {
		return false, err
	}
	have, err := tx.Catalog.Schedules(ctx, r.SKU, l.now)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(have, func(h catalog.Schedule) bool {
		same := s
		same.ID, same.StartsAt, same.EndsAt = h.ID, h.StartsAt, h.EndsAt
		return h == same && h.StartsAt.Equal(s.StartsAt) && h.EndsAt.Equal(s.EndsAt)
	}) {
		return false, nil
	}
	product, err := tx.Catalog.AddSchedule(ctx, s)
	if err != nil {
		return false, err
	}
	return true, merchandising.Relist(ctx, tx, product, l.now)
}
