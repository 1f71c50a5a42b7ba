package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"tradewind/internal/domain/catalog"
)

var (
	listingDelete = statement("listing.delete", `DELETE FROM listing WHERE product_id = :product_id`)
	listingInsert = statement("listing.insert", `INSERT INTO listing (category_id, currency, product_id, minor, title_key, created_at)
		VALUES (:category_id, :currency, :product_id, :minor, :title_key, :created_at)`)
	listingOfProduct = statement("listing.of_product", `SELECT category_id, currency, minor, title_key FROM listing WHERE product_id = :product_id`)

	cardDelete = statement("product_card.delete", `DELETE FROM product_card WHERE product_id = :product_id`)
	cardInsert = statement("product_card.insert", `INSERT INTO product_card (product_id, currency, minor, compare_at_minor, slug, title, brand_id, image, image_alt, created_at)
		VALUES (:product_id, :currency, :minor, :compare_at_minor, :slug, :title, :brand_id, :image, :image_alt, :created_at)`)
	cardOfProduct = statement("product_card.of_product", `SELECT currency, minor, compare_at_minor, slug, title, brand_id, image, image_alt FROM product_card WHERE product_id = :product_id`)

	categoryAbove = statement("category.above", `WITH up (id, parent_id, depth) AS (
			SELECT c.id, c.parent_id, 1 FROM category c WHERE c.id = :id
			UNION ALL
			SELECT c.id, c.parent_id, u.depth + 1 FROM category c JOIN up u ON c.id = u.parent_id WHERE u.depth < 50)
		SELECT id FROM up ORDER BY depth`)
)

// display is how lists have one product: the places where it is, and what they
// show of it. An active product is under each category above it, each
// collection it is in and under catalog.All, once for each currency it has a
// price in; others are nowhere.
type display struct {
	shelves []shelf
	cards   []card
}

// shelf is a row of listing without what is the product's for good.
type shelf struct {
	category, currency string
	minor              int64
	titleKey           string
}

// card is a row of product_card likewise.
type card struct {
	currency                         string
	minor, compareAt                 int64
	slug, title, brandID, image, alt string
}

// displayIn is how an active product is to be listed in places and under catalog.All.
func displayIn(p catalog.Product, places []string) (d display) {
	places = append(places, catalog.All)
	for _, currency := range p.Currencies() {
		lowest, _ := p.MinPrice(currency)
		for _, place := range places {
			d.shelves = append(d.shelves, shelf{place, currency, lowest.Minor, catalog.TitleKey(p.Title)})
		}
		c := card{currency: currency, minor: lowest.Minor, compareAt: lowest.CompareAt, slug: p.Slug, title: p.Title, brandID: p.BrandID, image: p.Cover().URL, alt: p.Cover().Alt}
		d.cards = append(d.cards, c)
	}
	return d
}

func (d display) equal(other display) bool {
	return sameShelves(d.shelves, other.shelves) && sameCards(d.cards, other.cards)
}

func sameShelves(a, b []shelf) bool {
	return slices.Equal(slices.SortedFunc(slices.Values(a), shelf.compare), slices.SortedFunc(slices.Values(b), shelf.compare))
}

func (l shelf) compare(other shelf) int {
	return cmp.Or(strings.Compare(l.category, other.category), strings.Compare(l.currency, other.currency))
}

func sameCards(a, b []card) bool {
	order := func(x, y card) int { return strings.Compare(x.currency, y.currency) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

func (s catalogs) above(ctx context.Context, categoryID string) ([]string, error) {
	ids, err := collect(ctx, s.h, categoryAbove, scanID, bind("id", categoryID))
	if err != nil {
		return nil, fail(err, "select categories above %s", categoryID)
	}
	return ids, nil
}

// displayOf is how the product is to be listed.
func (s catalogs) displayOf(ctx context.Context, p catalog.Product) (display, error) {
	if p.Status != catalog.Active {
		return display{}, nil
	}
	places, err := s.above(ctx, p.CategoryID)
	if err != nil {
		return display{}, err
	}
	in, err := s.collectionsOf(ctx, p, places)
	if err != nil {
		return display{}, err
	}
	return displayIn(p, append(places, in...)), nil
}

// displayed is how the product is listed.
func (s catalogs) displayed(ctx context.Context, productID string) (d display, err error) {
	id := bind("product_id", productID)
	if d.shelves, err = collect(ctx, s.h, listingOfProduct, func(r scanner) (l shelf, err error) {
		return l, r.Scan(&l.category, &l.currency, &l.minor, &l.titleKey)
	}, id); err != nil {
		return d, fail(err, "select the listing of %s", productID)
	}
	d.cards, err = collect(ctx, s.h, cardOfProduct, func(r scanner) (c card, err error) {
		var compare sql.NullInt64
		err = r.Scan(&c.currency, &c.minor, &compare, &c.slug, &c.title, &c.brandID, &c.image, &c.alt)
		c.compareAt = compare.Int64
		return c, err
	}, id)
	return d, fail(err, "select the cards of %s", productID)
}

// putListing lists the product as it is to be and reports whether it was listed
// otherwise. The caller holds the product's row.
func (s catalogs) putListing(ctx context.Context, p catalog.Product) (changed bool, err error) {
	want, err := s.displayOf(ctx, p)
	if err != nil {
		return false, err
	}
	have, err := s.displayed(ctx, p.ID)
	if err != nil {
		return false, err
	}
	id := bind("product_id", p.ID)
	if !sameShelves(have.shelves, want.shelves) {
		changed = true
		if _, err := s.h.exec(ctx, listingDelete, id); err != nil {
			return false, fail(err, "clear listing of %s", p.ID)
		}
		if err := s.insertShelves(ctx, parts([]catalog.Product{p}, func(catalog.Product) []shelf { return want.shelves })); err != nil {
			return false, err
		}
	}
	if !sameCards(have.cards, want.cards) {
		changed = true
		if _, err := s.h.exec(ctx, cardDelete, id); err != nil {
			return false, fail(err, "clear cards of %s", p.ID)
		}
		if err := s.insertCards(ctx, parts([]catalog.Product{p}, func(catalog.Product) []card { return want.cards })); err != nil {
			return false, err
		}
	}
	return changed, nil
}
