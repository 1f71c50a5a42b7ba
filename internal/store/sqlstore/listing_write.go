package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"tradewind/internal/domain/catalog"
)

var (
	listingDelete = statement("listing.delete", `DELETE FROM listing WHERE product_id = :product_id`)
	listingInsert = statement("listing.insert", `INSERT INTO listing (category_id, currency, product_id, minor, title_key, brand_id, created_at)
		VALUES (:category_id, :currency, :product_id, :minor, :title_key, :brand_id, :created_at)`)
	listingOfProduct = statement("listing.of_product", `SELECT category_id, currency, minor, title_key, brand_id FROM listing WHERE product_id = :product_id`)

	categoryAbove = statement("category.above", `WITH up (id, parent_id, depth) AS (
			SELECT c.id, c.parent_id, 1 FROM category c WHERE c.id = :id
			UNION ALL
			SELECT c.id, c.parent_id, u.depth + 1 FROM category c JOIN up u ON c.id = u.parent_id WHERE u.depth < 50)
		SELECT id FROM up ORDER BY depth`)
)

// shelf is a row of listing without what is the product's for good.
type shelf struct {
	category, currency string
	minor              int64
	titleKey, brandID  string
}

func (s catalogs) above(ctx context.Context, categoryID string) ([]string, error) {
	ids, err := collect(ctx, s.h, categoryAbove, scanID, bind("id", categoryID))
	if err != nil {
		return nil, fail(err, "select categories above %s", categoryID)
	}
	return ids, nil
}

// listingOf is where the product belongs: an active one under each category
// above it, each collection it is in and under catalog.All, once for each
// currency it has a price in.
func (s catalogs) listingOf(ctx context.Context, p catalog.Product) (rows []shelf, err error) {
	if p.Status != catalog.Active {
		return nil, nil
	}
	places, err := s.above(ctx, p.CategoryID)
	if err != nil {
		return nil, err
	}
	in, err := s.collectionsOf(ctx, p, places)
	if err != nil {
		return nil, err
	}
	return shelvesOf(p, append(places, in...)), nil
}

// shelvesOf lists the product in places and under catalog.All.
func shelvesOf(p catalog.Product, places []string) (rows []shelf) {
	places = append(places, catalog.All)
	for _, currency := range p.Currencies() {
		lowest, _ := p.MinPrice(currency)
		for _, place := range places {
			rows = append(rows, shelf{place, currency, lowest.Minor, catalog.TitleKey(p.Title), p.BrandID})
		}
	}
	return rows
}

func (s catalogs) listed(ctx context.Context, productID string) ([]shelf, error) {
	rows, err := collect(ctx, s.h, listingOfProduct, func(r scanner) (l shelf, err error) {
		return l, r.Scan(&l.category, &l.currency, &l.minor, &l.titleKey, &l.brandID)
	}, bind("product_id", productID))
	if err != nil {
		return nil, fail(err, "select the listing of %s", productID)
	}
	return rows, nil
}

func sameListing(a, b []shelf) bool {
	order := func(x, y shelf) int {
		return cmp.Or(cmp.Compare(x.category, y.category), cmp.Compare(x.currency, y.currency))
	}
	a, b = slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order)
	return slices.Equal(a, b)
}

// putListing lists the product where it belongs and reports whether it was
// listed otherwise. The caller holds the product's row.
func (s catalogs) putListing(ctx context.Context, p catalog.Product) (changed bool, err error) {
	want, err := s.listingOf(ctx, p)
	if err != nil {
		return false, err
	}
	have, err := s.listed(ctx, p.ID)
	if err != nil || sameListing(have, want) {
		return false, err
	}
	if len(have) > 0 {
		if _, err := s.h.exec(ctx, listingDelete, bind("product_id", p.ID)); err != nil {
			return false, fail(err, "clear listing of %s", p.ID)
		}
	}
	for _, l := range want {
		if _, err := s.h.exec(ctx, listingInsert, bind("category_id", l.category), bind("currency", l.currency), bind("product_id", p.ID),
			bind("minor", l.minor), bind("title_key", l.titleKey), bind("brand_id", l.brandID), bind("created_at", p.CreatedAt)); err != nil {
			return false, fail(err, "list product %s", p.Slug)
		}
	}
	return true, nil
}
