package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	brandPage    = statement("brand.page", brandColumns+` WHERE title > :after_title ORDER BY title FETCH FIRST :n ROWS ONLY`)
	brandByID    = statement("brand.by_id", brandColumns+` WHERE id = :id`)
	brandBySlug  = statement("brand.by_slug", brandColumns+` WHERE slug = :slug`)
	brandByTitle = statement("brand.by_title", brandColumns+` WHERE title = :title`)
	brandLock    = statement("brand.lock", `SELECT slug, version FROM brand WHERE id = :id FOR UPDATE`)
	brandUpdate  = statement("brand.update", `UPDATE brand SET slug = :slug, title = :title, logo = :logo, version = :version WHERE id = :id`)
	brandInsert  = statement("brand.insert", `INSERT INTO brand (id, slug, title, logo, version) VALUES (:id, :slug, :title, :logo, :version)`)
	brandDelete  = statement("brand.delete", `DELETE FROM brand WHERE id = :id AND version = :version`)
)

const brandColumns = `SELECT id, slug, title, logo, version FROM brand`

func scanBrand(r scanner) (b catalog.Brand, err error) {
	return b, r.Scan(&b.ID, &b.Slug, &b.Title, &b.Logo, &b.Version)
}

func (s catalogs) Brands(ctx context.Context, after string, n int) ([]catalog.Brand, error) {
	if after == "" {
		after = " " // below every name
	}
	list, err := collect(ctx, s.h, brandPage, scanBrand, bind("after_title", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select brands after %s", after)
	}
	return list, nil
}

func (s catalogs) Brand(ctx context.Context, idOrSlug string) (catalog.Brand, error) {
	b, err := scanBrand(s.h.row(ctx, brandByID, bind("id", idOrSlug)))
	if errors.Is(err, sql.ErrNoRows) {
		b, err = scanBrand(s.h.row(ctx, brandBySlug, bind("slug", idOrSlug)))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return b, brandNotFound(idOrSlug)
	}
	if err != nil {
		return b, fail(err, "select brand %s", idOrSlug)
	}
	return b, nil
}

func brandNotFound(key string) error {
	return fault.New(fault.NotFound, "brand-not-found", "There is no brand %s.", key)
}

func (s catalogs) PutBrand(ctx context.Context, b catalog.Brand) error {
	var slug string
	var version int64
	err := s.h.row(ctx, brandLock, bind("id", b.ID)).Scan(&slug, &version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fail(err, "take hold of brand %s", b.Slug)
	}
	if version != b.Version-1 {
		return catalog.ChangedMeanwhile("brand " + b.Slug)
	}
	st := brandUpdate
	if version == 0 {
		st = brandInsert
	}
	_, err = s.h.exec(ctx, st, bind("id", b.ID), bind("slug", b.Slug), bind("title", b.Title), bind("logo", b.Logo), bind("version", b.Version))
	switch {
	case codeOf(err) == codeUnique && constraintOf(err) == "brand_slug_uk":
		return slugTaken(b.Slug)
	case codeOf(err) == codeUnique && constraintOf(err) == "brand_title_uk":
		return fault.New(fault.Conflict, "brand-taken", "There is a brand %s already.", b.Title)
	case codeOf(err) == codeUnique:
		return catalog.ChangedMeanwhile("brand " + b.Slug)
	case err != nil:
		return fail(err, "write brand %s", b.Slug)
	}
	return s.reslug(ctx, catalog.NounBrand, b.ID, slug, b.Slug)
}

func (s catalogs) DeleteBrand(ctx context.Context, id string, version int64) error {
	n, err := s.h.exec(ctx, brandDelete, bind("id", id), bind("version", version))
	if codeOf(err) == codeHasChild {
		return fault.New(fault.Conflict, "brand-in-use", "Products have this brand; give them another first.").Because(err)
	}
	if err != nil {
		return fail(err, "delete brand %s", id)
	}
	if n == 0 {
		return catalog.ChangedMeanwhile("brand")
	}
	return s.forget(ctx, catalog.NounBrand, id)
}

// brandNamed returns the id of the brand with that name, which it makes if
// there is none. Where somebody makes it at the same time, theirs is taken.
func (s catalogs) brandNamed(ctx context.Context, title string) (id string, err error) {
	for range 2 {
		b, err := scanBrand(s.h.row(ctx, brandByTitle, bind("title", title)))
		if err == nil {
			return b.ID, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", fail(err, "select brand %s", title)
		}
		b = catalog.Brand{ID: newID(), Title: title, Slug: cmp.Or(catalog.Slugify(title), "brand"), Version: 1}
		err = s.PutBrand(ctx, b)
		if fault.Code(err) == "slug-taken" { // by a brand that is spelled otherwise
			b.Slug = clipRunes(b.Slug, 100) + b.ID[len(b.ID)-13:]
			err = s.PutBrand(ctx, b)
		}
		if fault.Code(err) != "brand-taken" {
			return b.ID, err
		}
	}
	return "", fault.New(fault.Unavailable, "busy", "The shop is busy. Please try again.")
}

func clipRunes(s string, most int) string {
	r := []rune(s)
	return string(r[:min(len(r), most)])
}
