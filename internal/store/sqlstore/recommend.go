package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/platform/fault"
)

// recommendations keeps bought_together, popularity and recent_view.
type recommendations struct{ h handle }

var (
	togetherBest   = statement("bought_together.best", `SELECT other_id FROM bought_together WHERE product_id = :product_id ORDER BY times DESC, other_id DESC FETCH FIRST :n ROWS ONLY`)
	togetherOnce   = statement("bought_together.once", `SELECT product_id, other_id FROM bought_together WHERE CASE WHEN times = 1 THEN last_at END < :at_time FETCH FIRST :n ROWS ONLY`)
	togetherDelete = statement("bought_together.delete", `DELETE FROM bought_together WHERE product_id = :product_id AND other_id = :other_id AND times = 1`)

	listedIn = listStatement("listing.of_products", `SELECT product_id, category_id FROM listing WHERE product_id IN (:list)`)

	popularLock   = statement("popularity.lock", `SELECT category_id, score FROM popularity WHERE product_id = :product_id FOR UPDATE`)
	popularUpdate = statement("popularity.update", `UPDATE popularity SET score = :score WHERE category_id = :category_id AND product_id = :product_id`)
	popularInsert = statement("popularity.insert", `INSERT INTO popularity (category_id, product_id, score) VALUES (:category_id, :product_id, :score)`)
	popularBest   = statement("popularity.best", `SELECT product_id FROM popularity WHERE category_id = :category_id ORDER BY score DESC, product_id DESC FETCH FIRST :n ROWS ONLY`)

	viewUpdate = statement("recent_view.update", `UPDATE recent_view SET viewed_at = :at_time WHERE visitor_hash = :visitor AND product_id = :product_id`)
	viewInsert = statement("recent_view.insert", `INSERT INTO recent_view (visitor_hash, product_id, viewed_at) VALUES (:visitor, :product_id, :at_time)`)
	viewNewest = statement("recent_view.newest", `SELECT product_id FROM recent_view WHERE visitor_hash = :visitor ORDER BY viewed_at DESC, product_id DESC FETCH FIRST :n ROWS ONLY`)
	viewDelete = statement("recent_view.delete", `DELETE FROM recent_view WHERE visitor_hash = :visitor AND product_id = :product_id`)
	viewForget = statement("recent_view.forget", `DELETE FROM recent_view WHERE visitor_hash = :visitor`)
	viewOld    = statement("recent_view.old", `SELECT visitor_hash, product_id FROM recent_view WHERE viewed_at < :at_time ORDER BY viewed_at, visitor_hash, product_id FETCH FIRST :n ROWS ONLY`)

	attributesOfAll = listStatement("product_attribute.of_products", `SELECT product_id, name, value_text, value_milli FROM product_attribute WHERE product_id IN (:list)`)
)

// upsert updates a row or adds it; whoever adds it at the same time comes first.
func (s recommendations) upsert(ctx context.Context, update, insert *Statement, args ...sql.NamedArg) error {
	for _, st := range []*Statement{update, insert, update} {
		n, err := s.h.exec(ctx, st, args...)
		if err != nil && codeOf(err) != codeUnique || n > 0 {
			return err
		}
	}
	return nil
}

func (s recommendations) Listed(ctx context.Context, productIDs []string) (map[string][]string, error) {
	in := map[string][]string{}
	_, err := collectIn(ctx, s.h, listedIn, productIDs, func(r scanner) (none struct{}, err error) { // a row for each currency
		var product, category string
		err = r.Scan(&product, &category)
		if !slices.Contains(in[product], category) {
			in[product] = append(in[product], category)
		}
		return none, err
	})
	return in, fail(err, "select the categories of %d products", len(productIDs))
}

func (s recommendations) Looked(ctx context.Context, viewed []recommend.Viewed, at time.Time) error {
	for _, v := range slices.SortedFunc(slices.Values(viewed), func(a, b recommend.Viewed) int { return strings.Compare(a.ProductID, b.ProductID) }) {
		if err := s.popular(ctx, v.ProductID, v.CategoryIDs, func(old int64) int64 { return recommend.Interest(old, v.Views, at) }); err != nil {
			return fail(err, "count views of %s", v.ProductID)
		}
	}
	return nil
}

// popular counts something in each category of a product. Whoever adds a row at
// the same time comes first; the next look finds it.
func (s recommendations) popular(ctx context.Context, productID string, categoryIDs []string, count func(old int64) int64) error {
	product := bind("product_id", productID)
	left := slices.Sorted(slices.Values(categoryIDs))
	for len(left) > 0 {
		scores := map[string]int64{}
		_, err := collect(ctx, s.h, popularLock, func(r scanner) (none struct{}, err error) {
			var category string
			var score int64
			err = r.Scan(&category, &score)
			scores[category] = score
			return none, err
		}, product)
		if err != nil {
			return err
		}
		var again []string
		for _, category := range left {
			st, score := popularUpdate, scores[category]
			if score == 0 {
				st = popularInsert
			}
			_, err := s.h.exec(ctx, st, product, bind("category_id", category), bind("score", count(score)))
			if codeOf(err) == codeUnique {
				again = append(again, category)
			} else if err != nil {
				return err
			}
		}
		left = again
	}
	return nil
}

func (s recommendations) ids(ctx context.Context, st *Statement, args ...sql.NamedArg) ([]string, error) {
	return collect(ctx, s.h, st, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, args...)
}

func (s recommendations) Together(ctx context.Context, productID string, n int) ([]string, error) {
	ids, err := s.ids(ctx, togetherBest, bind("product_id", productID), bind("n", n))
	return ids, fail(err, "select what is bought with %s", productID)
}

func (s recommendations) Popular(ctx context.Context, categoryID string, n int) ([]string, error) {
	ids, err := s.ids(ctx, popularBest, bind("category_id", categoryID), bind("n", n))
	return ids, fail(err, "select what is popular in %s", categoryID)
}

func (s recommendations) Traits(ctx context.Context, productIDs []string) (map[string][]catalog.Attribute, error) {
	out := map[string][]catalog.Attribute{}
	err := attributesOfAll.each(productIDs, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var id string
			var a catalog.Attribute
			var milli sql.NullInt64
			if err := r.Scan(&id, &a.Name, &a.Text, &milli); err != nil {
				return none, err
			}
			if milli.Valid {
				a.Milli = &milli.Int64
			}
			out[id] = append(out[id], a)
			return none, nil
		}, list...)
		return err
	})
	return out, fail(err, "select attributes of %d products", len(productIDs))
}

func (s recommendations) Seen(ctx context.Context, visitor []byte, productID string, at time.Time) error {
	who := bind("visitor", visitor)
	err := s.upsert(ctx, viewUpdate, viewInsert, who, bind("product_id", productID), bind("at_time", at))
	if codeOf(err) == codeNoParent {
		return fault.New(fault.NotFound, "product-not-found", "There is no product %s.", productID)
	}
	if err != nil {
		return fail(err, "remember that %s was looked at", productID)
	}
	seen, err := s.ids(ctx, viewNewest, who, bind("n", recommend.MaxRecent+10))
	if err != nil {
		return fail(err, "select recent views")
	}
	for _, id := range seen[min(len(seen), recommend.MaxRecent):] {
		if _, err := s.h.exec(ctx, viewDelete, who, bind("product_id", id)); err != nil {
			return fail(err, "forget that %s was looked at", id)
		}
	}
	return nil
}

func (s recommendations) Recent(ctx context.Context, visitor []byte, n int) ([]string, error) {
	ids, err := s.ids(ctx, viewNewest, bind("visitor", visitor), bind("n", n))
	return ids, fail(err, "select recent views")
}

func (s recommendations) Forget(ctx context.Context, visitor []byte) (int64, error) {
	n, err := s.h.exec(ctx, viewForget, bind("visitor", visitor))
	return n, fail(err, "forget a visitor")
}

func (s recommendations) Purge(ctx context.Context, before time.Time, n int) (deleted int64, err error) {
	type view struct {
		visitor []byte
		product string
	}
	old, err := collect(ctx, s.h, viewOld, func(r scanner) (v view, err error) { return v, r.Scan(&v.visitor, &v.product) }, bind("at_time", before), bind("n", n))
	if err != nil {
		return 0, fail(err, "select old views")
	}
	for _, v := range old {
		k, err := s.h.exec(ctx, viewDelete, bind("visitor", v.visitor), bind("product_id", v.product))
		if err != nil {
			return deleted, fail(err, "delete an old view")
		}
		deleted += k
	}
	once, err := collect(ctx, s.h, togetherOnce, func(r scanner) (p pair, err error) { return p, r.Scan(&p.product, &p.other) }, bind("at_time", before), bind("n", n-len(old)))
	if err != nil {
		return deleted, fail(err, "select old pairs")
	}
	for _, p := range once {
		k, err := s.h.exec(ctx, togetherDelete, bind("product_id", p.product), bind("other_id", p.other))
		if err != nil {
			return deleted, fail(err, "delete an old pair")
		}
		deleted += k
	}
	return deleted, nil
}
