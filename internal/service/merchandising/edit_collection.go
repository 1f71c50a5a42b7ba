package merchandising

import (
	"cmp"
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// CreateCollection adds c; its version is the shop's to choose, and so is an id
// that is missing. Products come into it soon, by the Relister. Errors have the codes
// "collection-invalid", "slug-taken" and "too-many-collections".
func (e *Editor) CreateCollection(ctx context.Context, by string, c catalog.Collection) (catalog.Collection, error) {
	c.ID, c.Version = cmp.Or(c.ID, e.NewID()), 1
	if c.Status == "" {
		c.Status = catalog.Shown
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	return add(ctx, e, c, func(tx store.Stores) error {
		have, err := tx.Catalog.Collections(ctx, "", catalog.MaxCollections)
		if err != nil {
			return err
		}
		if len(have) == catalog.MaxCollections {
			return fault.New(fault.Conflict, "too-many-collections", "A shop has at most %d collections; delete one first.", catalog.MaxCollections)
		}
		if err := tx.Catalog.PutCollection(ctx, c); err != nil {
			return err
		}
		if err := e.gather(ctx, tx, c.ID); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "collection.create", c.ID, nil, collectionFields(c))
	})
}

// UpdateCollection changes the collection of c's id, if its version is c's.
// Errors have the codes of CreateCollection and "collection-not-found".
func (e *Editor) UpdateCollection(ctx context.Context, by string, c catalog.Collection) (catalog.Collection, error) {
	if err := c.Check(); err != nil {
		return c, err
	}
	expected := c.Version
	c.Version++
	return c, e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := collectionAt(ctx, tx, c.ID, expected)
		if err != nil {
			return err
		}
		if err := tx.Catalog.PutCollection(ctx, c); err != nil {
			return err
		}
		changed, err := deltas(collectionFields(old), collectionFields(c))
		if err != nil {
			return err
		}
		_, rule := changed["rule"]
		_, status := changed["status"]
		if rule || status {
			if err := e.gather(ctx, tx, c.ID); err != nil {
				return err
			}
		}
		return tx.Audit.Add(ctx, e.entry(by, "collection.update", c.ID, changed))
	})
}

// DeleteCollection removes the collection. The code of the error is "collection-not-found".
func (e *Editor) DeleteCollection(ctx context.Context, by, id string, version int64) error {
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := collectionAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := tx.Catalog.DeleteCollection(ctx, id, version); err != nil {
			return err
		}
		if err := e.gather(ctx, tx, id); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "collection.delete", id, collectionFields(old), nil)
	})
}

// PickProduct pins the product in a collection, keeps it out, or leaves it to
// the rule again. Errors have the codes "product-not-found",
// "collection-not-found" and "bad-pick".
func (e *Editor) PickProduct(ctx context.Context, by, collectionID, productID string, pick catalog.Pick) error {
	if pick != catalog.Pinned && pick != catalog.Excluded && pick != catalog.ByRule {
		return fault.Field("bad-pick", "pick", "%q is not pin, exclude or empty", pick)
	}
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Catalog.PickProduct(ctx, collectionID, productID, pick); err != nil {
			return err
		}
		if err := relist(ctx, tx, productID, e.Now(), false); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, e.entry(by, "collection.pick", collectionID, map[string]any{"product": productID, "pick": pick}))
	})
}

// gather lets the Relister go over all products, and over those again that were
// written while the rule changed.
func (e *Editor) gather(ctx context.Context, tx store.Stores, collectionID string) error {
	for _, due := range []catalog.Task{{DueAt: e.Now()}, {DueAt: e.Now().Add(settle)}} {
		due.ID, due.Kind, due.TargetID = e.NewID(), catalog.OfAll, collectionID
		if err := tx.Catalog.AddTask(ctx, due); err != nil {
			return err
		}
	}
	return nil
}

func collectionAt(ctx context.Context, tx store.Stores, id string, version int64) (catalog.Collection, error) {
	c, err := tx.Catalog.Collection(ctx, id)
	if err == nil && c.Version != version {
		err = catalog.ChangedMeanwhile("collection " + c.Slug)
	}
	return c, err
}

func collectionFields(c catalog.Collection) map[string]any {
	return map[string]any{"slug": c.Slug, "title": c.Title, "description": c.Description, "image": c.Image, "status": c.Status, "seo": c.SEO, "rule": c.Rule}
}
