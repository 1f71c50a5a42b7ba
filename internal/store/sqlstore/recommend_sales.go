package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/recommend"
)

var (
	togetherUpdate = statement("bought_together.update", `UPDATE bought_together SET times = times + :n, last_at = :at_time WHERE product_id = :product_id AND other_id = :other_id`)
	togetherInsert = statement("bought_together.insert", `INSERT INTO bought_together (product_id, other_id, times, last_at) VALUES (:product_id, :other_id, :n, :at_time)`)

	soldBySKU = listStatement("variant.sold", `SELECT v.sku, v.product_id, l.category_id
		FROM variant v LEFT JOIN listing l ON l.product_id = v.product_id AND l.currency = :currency WHERE v.sku IN (:list)`)
)

// pair is two products of one order.
type pair struct{ product, other string }

// Bought counts in the order of the products, so that two who count at once do
// not wait for each other in a circle.
func (s recommendations) Bought(ctx context.Context, sales []recommend.Sale) error {
	type count struct {
		times int64
		last  time.Time
	}
	pairs := map[pair]count{}
	for _, sale := range sales {
		for _, p := range pairsOf(sale.Products) {
			c := pairs[p]
			c.times++
			if sale.At.After(c.last) {
				c.last = sale.At
			}
			pairs[p] = c
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(pairs), func(a, b pair) int {
		return cmp.Or(strings.Compare(a.product, b.product), strings.Compare(a.other, b.other))
	}) {
		if err := s.upsert(ctx, togetherUpdate, togetherInsert, bind("product_id", p.product), bind("other_id", p.other), bind("n", pairs[p].times), bind("at_time", pairs[p].last)); err != nil {
			return fail(err, "count %s bought with %s", p.product, p.other)
		}
	}
	return s.sold(ctx, sales)
}

// pairsOf are all pairs, both ways, of the first products of an order.
func pairsOf(sold []recommend.Sold) (pairs []pair) {
	ids := make([]string, len(sold))
	for i, p := range sold {
		ids[i] = p.ProductID
	}
	slices.Sort(ids)
	ids = ids[:min(len(ids), recommend.MaxTogether)]
	for _, a := range ids {
		for _, b := range ids {
			if a != b {
				pairs = append(pairs, pair{a, b})
			}
		}
	}
	return pairs
}

// sold makes the products more popular in their categories.
func (s recommendations) sold(ctx context.Context, sales []recommend.Sale) error {
	type part struct {
		units int64
		at    time.Time
	}
	of, in := map[string][]part{}, map[string][]string{}
	for _, sale := range sales {
		for _, p := range sale.Products {
			of[p.ProductID] = append(of[p.ProductID], part{p.Units, sale.At})
			in[p.ProductID] = append(in[p.ProductID], p.CategoryIDs...)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		slices.Sort(in[id])
		err := s.popular(ctx, id, slices.Compact(in[id]), func(score int64) int64 {
			for _, p := range of[id] {
				score = recommend.Score(score, p.units, p.at)
			}
			return score
		})
		if err != nil {
			return fail(err, "count sales of %s", id)
		}
	}
	return nil
}

func (s recommendations) Products(ctx context.Context, currency string, skus []string) (map[string]recommend.Sold, error) {
	of := map[string]recommend.Sold{}
	err := soldBySKU.each(skus, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) { // a row for each category
			var sku, product, category string
			if err := r.Scan(&sku, &product, &category); err != nil {
				return none, err
			}
			p := of[sku]
			p.ProductID = product
			if category != "" && !slices.Contains(p.CategoryIDs, category) {
				p.CategoryIDs = append(p.CategoryIDs, category)
			}
			of[sku] = p
			return none, nil
		}, append(list, bind("currency", currency))...)
		return err
	})
	return of, fail(err, "select products of %d SKUs", len(skus))
}
