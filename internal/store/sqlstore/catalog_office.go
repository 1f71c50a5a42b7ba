package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

// Each list of products starts from the index of one filter; the others are
// looked at row by row. The comparison with :any_… keeps them from choosing.
const (
	rowColumns = `SELECT p.id, p.slug, p.title, p.brand_id, (SELECT b.title FROM brand b WHERE b.id = p.brand_id), p.category_id, p.status, p.version, p.created_at, p.updated_at
	FROM product p WHERE `
	rowStatus   = ` AND (:any_status = 1 OR p.status = :status)`
	rowBrand    = ` AND (:any_brand = 1 OR p.brand_id = :brand_id)`
	rowCategory = ` AND (:any_category = 1 OR p.category_id = :category_id)`
	rowNewest   = ` AND p.id < :before_id ORDER BY p.id DESC FETCH FIRST :n ROWS ONLY`
)

var (
	rowsOfSKU      = statement("product.rows_of_sku", rowColumns+`p.id = (SELECT v.product_id FROM variant v WHERE v.sku = :sku)`+rowStatus+rowBrand+rowCategory+rowNewest)
	rowsOfBrand    = statement("product.rows_of_brand", rowColumns+`p.brand_id = :brand_id`+rowStatus+rowCategory+rowNewest).page(25)
	rowsOfCategory = statement("product.rows_of_category", rowColumns+`p.category_id = :category_id`+rowStatus+rowNewest).page(25)
	rowsOfStatus   = statement("product.rows_of_status", rowColumns+`p.status = :status`+rowNewest).page(25)
	rowsNewest     = statement("product.rows", rowColumns+`p.id > '0'`+rowNewest).page(25)
	rowsUpdated    = statement("product.rows_updated", rowColumns+`p.updated_at >= :at_time AND (p.updated_at > :at_time OR p.id > :after_id)`+rowStatus+rowBrand+rowCategory+`
	ORDER BY p.updated_at, p.id FETCH FIRST :n ROWS ONLY`).page(25)

	picksOf = statement("collection_pick.of_collection", `SELECT product_id, kind FROM collection_pick
		WHERE collection_id = :collection_id AND product_id > :after_id ORDER BY product_id FETCH FIRST :n ROWS ONLY`)
	redirectPage = statement("slug_redirect.page", `SELECT noun, slug, target_id FROM slug_redirect WHERE noun = :noun AND slug > :after_slug ORDER BY slug FETCH FIRST :n ROWS ONLY`)

	// Whether a thing of that noun has the slug, and whether there is one of the id.
	slugOwners = map[catalog.Noun][2]*Statement{
		catalog.NounProduct:    {statement("product.has_slug", `SELECT id FROM product WHERE slug = :slug`), statement("product.exists", `SELECT id FROM product WHERE id = :id`)},
		catalog.NounCategory:   {statement("category.has_slug", `SELECT id FROM category WHERE slug = :slug`), statement("category.exists", `SELECT id FROM category WHERE id = :id`)},
		catalog.NounBrand:      {statement("brand.has_slug", `SELECT id FROM brand WHERE slug = :slug`), statement("brand.exists", `SELECT id FROM brand WHERE id = :id`)},
		catalog.NounCollection: {statement("collection.has_slug", `SELECT id FROM collection WHERE slug = :slug`), statement("collection.exists", `SELECT id FROM collection WHERE id = :id`)},
	}
)

func scanRow(r scanner) (p catalog.Row, err error) {
	return p, r.Scan(&p.ID, &p.Slug, &p.Title, &p.BrandID, &p.Brand, &p.CategoryID, &p.Status, &p.Version, &p.CreatedAt, &p.UpdatedAt)
}

func (s catalogs) Rows(ctx context.Context, f catalog.RowFilter) ([]catalog.Row, error) {
	status := []sql.NamedArg{bind("any_status", bit(f.Status == "")), bind("status", string(f.Status))}
	brand := []sql.NamedArg{bind("any_brand", bit(f.BrandID == "")), bind("brand_id", f.BrandID)}
	category := []sql.NamedArg{bind("any_category", bit(f.CategoryID == "")), bind("category_id", f.CategoryID)}
	args := []sql.NamedArg{bind("n", f.Limit)}
	add := func(some ...[]sql.NamedArg) {
		for _, list := range some {
			args = append(args, list...)
		}
	}
	if !f.UpdatedSince.IsZero() && f.SKU == "" {
		after := catalog.Stamp{LastID: "0", UpdatedAt: f.UpdatedSince}
		if f.After != nil {
			after = *f.After
		}
		add(status, brand, category, []sql.NamedArg{bind("at_time", after.UpdatedAt), bind("after_id", after.LastID)})
		return s.rows(ctx, rowsUpdated, args)
	}
	add([]sql.NamedArg{bind("before_id", cmp.Or(f.Before, "g"))}) // no id begins with g
	switch {
	case f.SKU != "":
		add(status, brand, category, []sql.NamedArg{bind("sku", f.SKU)})
		return s.rows(ctx, rowsOfSKU, args)
	case f.BrandID != "":
		add(status, brand[1:], category)
		return s.rows(ctx, rowsOfBrand, args)
	case f.CategoryID != "":
		add(status, category[1:])
		return s.rows(ctx, rowsOfCategory, args)
	case f.Status != "":
		add(status[1:])
		return s.rows(ctx, rowsOfStatus, args)
	}
	return s.rows(ctx, rowsNewest, args)
}

func (s catalogs) rows(ctx context.Context, st *Statement, args []sql.NamedArg) ([]catalog.Row, error) {
	list, err := collect(ctx, s.h, st, scanRow, args...)
	return list, fail(err, "list products")
}

func (s catalogs) Picks(ctx context.Context, collectionID, after string, n int) ([]catalog.Picked, error) {
	list, err := collect(ctx, s.h, picksOf, func(r scanner) (p catalog.Picked, err error) {
		return p, r.Scan(&p.ProductID, &p.Pick)
	}, bind("collection_id", collectionID), bind("after_id", cmp.Or(after, "0")), bind("n", n))
	return list, fail(err, "select what was picked for collection %s", collectionID)
}

func (s catalogs) Redirects(ctx context.Context, noun catalog.Noun, after string, n int) ([]catalog.Redirect, error) {
	list, err := collect(ctx, s.h, redirectPage, func(r scanner) (x catalog.Redirect, err error) {
		return x, r.Scan(&x.Noun, &x.Slug, &x.TargetID)
	}, bind("noun", string(noun)), bind("after_slug", cmp.Or(after, " ")), bind("n", n))
	return list, fail(err, "select redirects of %s", noun)
}

func (s catalogs) Redirect(ctx context.Context, r catalog.Redirect) error {
	switch err := s.h.row(ctx, slugOwners[r.Noun][0], bind("slug", r.Slug)).Scan(new(string)); {
	case err == nil:
		return slugTaken(r.Slug)
	case !errors.Is(err, sql.ErrNoRows):
		return fail(err, "look for the slug %s", r.Slug)
	}
	switch there, err := s.Has(ctx, r.Noun, r.TargetID); {
	case err != nil:
		return err
	case !there:
		return fault.New(fault.NotFound, "redirect-target", "There is no %s %s for the slug to lead to.", r.Noun, r.TargetID)
	}
	return s.reslug(ctx, r.Noun, r.TargetID, r.Slug, "")
}

func (s catalogs) Has(ctx context.Context, noun catalog.Noun, id string) (bool, error) {
	err := s.h.row(ctx, slugOwners[noun][1], bind("id", id)).Scan(new(string))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, fail(err, "look for %s %s", noun, id)
}

func (s catalogs) EndRedirect(ctx context.Context, noun catalog.Noun, slug string) (bool, error) {
	n, err := s.h.exec(ctx, redirectDelete, bind("noun", string(noun)), bind("slug", slug))
	return n > 0, fail(err, "end the redirect of %s", slug)
}
