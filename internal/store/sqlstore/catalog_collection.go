package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	collectionPage   = statement("collection.page", collectionColumns+` WHERE slug > :after_slug ORDER BY slug FETCH FIRST :n ROWS ONLY`)
	collectionByID   = statement("collection.by_id", collectionColumns+` WHERE id = :id`)
	collectionBySlug = statement("collection.by_slug", collectionColumns+` WHERE slug = :slug`)
	collectionRules  = statement("collection.rules", `SELECT id, rule_doc FROM collection WHERE status = 'active' ORDER BY id`)
	collectionLock   = statement("collection.lock", `SELECT slug, version FROM collection WHERE id = :id FOR UPDATE`)
	collectionUpdate = statement("collection.update", `UPDATE collection SET slug = :slug, title = :title, description = :description, image = :image, status = :status,
		seo_title = :seo_title, seo_description = :seo_description, rule_doc = :rule_doc, version = :version WHERE id = :id`)
	collectionInsert = statement("collection.insert", `INSERT INTO collection (id, slug, title, description, image, status, seo_title, seo_description, rule_doc, version)
		VALUES (:id, :slug, :title, :description, :image, :status, :seo_title, :seo_description, :rule_doc, :version)`)
	collectionDelete = statement("collection.delete", `DELETE FROM collection WHERE id = :id AND version = :version`)

	pickOfProduct = statement("collection_pick.of_product", `SELECT collection_id, kind FROM collection_pick WHERE product_id = :product_id`)
	pickDelete    = statement("collection_pick.delete", `DELETE FROM collection_pick WHERE product_id = :product_id AND collection_id = :collection_id`)
	pickInsert    = statement("collection_pick.insert", `INSERT INTO collection_pick (product_id, collection_id, kind) VALUES (:product_id, :collection_id, :kind)`)

	productInStock = statement("product.in_stock", `SELECT v.sku FROM variant v WHERE v.product_id = :product_id AND `+variantInStock+` FETCH FIRST 1 ROWS ONLY`)
)

const collectionColumns = `SELECT id, slug, title, description, image, status, seo_title, seo_description, rule_doc, version FROM collection`

func scanCollection(r scanner) (c catalog.Collection, err error) {
	var rule string
	if err := r.Scan(&c.ID, &c.Slug, &c.Title, &c.Description, &c.Image, &c.Status, &c.SEO.Title, &c.SEO.Description, &rule, &c.Version); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(rule), &c.Rule)
}

func (s catalogs) Collections(ctx context.Context, after string, n int) ([]catalog.Collection, error) {
	if after == "" {
		after = " " // below every slug
	}
	list, err := collect(ctx, s.h, collectionPage, scanCollection, bind("after_slug", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select collections after %s", after)
	}
	return list, nil
}

func (s catalogs) Collection(ctx context.Context, idOrSlug string) (catalog.Collection, error) {
	c, err := scanCollection(s.h.row(ctx, collectionByID, bind("id", idOrSlug)))
	if errors.Is(err, sql.ErrNoRows) {
		c, err = scanCollection(s.h.row(ctx, collectionBySlug, bind("slug", idOrSlug)))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "collection-not-found", "There is no collection %s.", idOrSlug)
	}
	if err != nil {
		return c, fail(err, "select collection %s", idOrSlug)
	}
	return c, nil
}

func (s catalogs) PutCollection(ctx context.Context, c catalog.Collection) error {
	rule, err := json.Marshal(c.Rule)
	if err != nil {
		return fmt.Errorf("encode the rule of %s: %w", c.Slug, err)
	}
	var slug string
	var version int64
	err = s.h.row(ctx, collectionLock, bind("id", c.ID)).Scan(&slug, &version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fail(err, "take hold of collection %s", c.Slug)
	}
	if version != c.Version-1 {
		return catalog.ChangedMeanwhile("collection " + c.Slug)
	}
	st := collectionUpdate
	if version == 0 {
		st = collectionInsert
	}
	_, err = s.h.exec(ctx, st, bind("id", c.ID), bind("slug", c.Slug), bind("title", c.Title), bind("description", c.Description), bind("image", c.Image),
		bind("status", string(c.Status)), bind("seo_title", c.SEO.Title), bind("seo_description", c.SEO.Description), bind("rule_doc", string(rule)), bind("version", c.Version))
	switch {
	case codeOf(err) == codeUnique && constraintOf(err) == "collection_slug_uk":
		return slugTaken(c.Slug)
	case codeOf(err) == codeUnique:
		return catalog.ChangedMeanwhile("collection " + c.Slug)
	case err != nil:
		return fail(err, "write collection %s", c.Slug)
	}
	return s.reslug(ctx, catalog.NounCollection, c.ID, slug, c.Slug)
}

func (s catalogs) DeleteCollection(ctx context.Context, id string, version int64) error {
	n, err := s.h.exec(ctx, collectionDelete, bind("id", id), bind("version", version))
	if err != nil {
		return fail(err, "delete collection %s", id)
	}
	if n == 0 {
		return catalog.ChangedMeanwhile("collection")
	}
	return s.forget(ctx, catalog.NounCollection, id)
}

func (s catalogs) PickProduct(ctx context.Context, collectionID, productID string, pick catalog.Pick) error {
	if err := s.hold(ctx, productID); err != nil {
		return err
	}
	of := []sql.NamedArg{bind("product_id", productID), bind("collection_id", collectionID)}
	if _, err := s.h.exec(ctx, pickDelete, of...); err != nil {
		return fail(err, "clear the pick of %s in %s", productID, collectionID)
	}
	if pick == catalog.ByRule {
		return nil
	}
	_, err := s.h.exec(ctx, pickInsert, append(of, bind("kind", string(pick)))...)
	if codeOf(err) == codeNoParent {
		return fault.New(fault.NotFound, "collection-not-found", "There is no collection %s.", collectionID).Because(err)
	}
	return fail(err, "pick %s in %s", productID, collectionID)
}

func (s catalogs) PicksOf(ctx context.Context, productID string) (map[string]catalog.Pick, error) {
	picks := map[string]catalog.Pick{}
	_, err := collect(ctx, s.h, pickOfProduct, func(r scanner) (none struct{}, err error) {
		var id string
		var pick catalog.Pick
		err = r.Scan(&id, &pick)
		picks[id] = pick
		return none, err
	}, bind("product_id", productID))
	return picks, fail(err, "select the picks of %s", productID)
}

func (s catalogs) RulesOfStock(ctx context.Context) (bool, error) {
	rules, err := s.rules(ctx)
	for _, c := range rules {
		if c.Rule.OfStock() {
			return true, err
		}
	}
	return false, err
}

// rules returns the collections that are shown: id and rule only.
func (s catalogs) rules(ctx context.Context) ([]catalog.Collection, error) {
	list, err := collect(ctx, s.h, collectionRules, func(r scanner) (c catalog.Collection, err error) {
		var rule string
		if err := r.Scan(&c.ID, &rule); err != nil {
			return c, err
		}
		return c, json.Unmarshal([]byte(rule), &c.Rule)
	})
	if err != nil {
		return nil, fail(err, "select the rules of collections")
	}
	return list, nil
}

// collectionsOf returns the ids of those that the product is in; above are the
// ids of its categories.
func (s catalogs) collectionsOf(ctx context.Context, p catalog.Product, above []string) (in []string, err error) {
	rules, err := s.rules(ctx)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	picks, err := s.PicksOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	facts := catalog.Facts{Categories: above}
	var sku string
	if err := s.h.row(ctx, productInStock, bind("product_id", p.ID)).Scan(&sku); err == nil {
		facts.InStock = true
	} else if !errors.Is(err, sql.ErrNoRows) {
		return nil, fail(err, "look for stock of %s", p.ID)
	}
	return belonging(rules, picks, p, facts), nil
}

// belonging lists the collections that the product is in, by its picks and their rules.
func belonging(rules []catalog.Collection, picks map[string]catalog.Pick, p catalog.Product, facts catalog.Facts) (in []string) {
	for _, c := range rules {
		if pick := picks[c.ID]; pick == catalog.Pinned || pick == catalog.ByRule && c.Rule.Holds(p, facts) {
			in = append(in, c.ID)
		}
	}
	return in
}
