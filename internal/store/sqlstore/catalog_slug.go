package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	redirectUpdate = statement("slug_redirect.update", `UPDATE slug_redirect SET target_id = :target_id WHERE noun = :noun AND slug = :slug`)
	redirectInsert = statement("slug_redirect.insert", `INSERT INTO slug_redirect (noun, slug, target_id) VALUES (:noun, :slug, :target_id)`)
	redirectDelete = statement("slug_redirect.delete", `DELETE FROM slug_redirect WHERE noun = :noun AND slug = :slug`)
	redirectClear  = statement("slug_redirect.clear", `DELETE FROM slug_redirect WHERE noun = :noun AND target_id = :target_id`)

	// The slug of today, by the noun.
	redirected = map[catalog.Noun]*Statement{
		catalog.NounProduct: statement("slug_redirect.product", `SELECT p.slug FROM slug_redirect r JOIN product p ON p.id = r.target_id
			WHERE r.noun = 'product' AND r.slug = :slug AND p.status = 'active'`),
		catalog.NounCategory: statement("slug_redirect.category", `SELECT c.slug FROM slug_redirect r JOIN category c ON c.id = r.target_id
			WHERE r.noun = 'category' AND r.slug = :slug`),
		catalog.NounBrand: statement("slug_redirect.brand", `SELECT b.slug FROM slug_redirect r JOIN brand b ON b.id = r.target_id
			WHERE r.noun = 'brand' AND r.slug = :slug`),
		catalog.NounCollection: statement("slug_redirect.collection", `SELECT c.slug FROM slug_redirect r JOIN collection c ON c.id = r.target_id
			WHERE r.noun = 'collection' AND r.slug = :slug AND c.status = 'active'`),
	}
)

func (s catalogs) Renamed(ctx context.Context, noun catalog.Noun, slug string) (now string, err error) {
	err = s.h.row(ctx, redirected[noun], bind("slug", slug)).Scan(&now)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fail(err, "look for the %s that was %s", noun, slug)
	}
	return now, nil
}

// reslug keeps the old slug as a way to id and ends what led from the new one
// to another. It comes after the row with the new slug is written: that row
// decides whose the slug is.
func (s catalogs) reslug(ctx context.Context, noun catalog.Noun, id, old, slug string) error {
	if old == slug {
		return nil
	}
	kind := bind("noun", string(noun))
	if _, err := s.h.exec(ctx, redirectDelete, kind, bind("slug", slug)); err != nil {
		return fail(err, "take over the slug %s", slug)
	}
	if old == "" {
		return nil
	}
	for _, st := range []*Statement{redirectUpdate, redirectInsert} {
		n, err := s.h.exec(ctx, st, kind, bind("slug", old), bind("target_id", id))
		if err != nil {
			return fail(err, "keep the slug %s", old)
		}
		if n > 0 {
			break
		}
	}
	return nil
}

func slugTaken(slug string) error {
	return fault.New(fault.Conflict, "slug-taken", "The slug %q is taken; choose another.", slug)
}
