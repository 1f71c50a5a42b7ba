package merchandising

import (
	"cmp"
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

// CreateBrand adds b; its version is the shop's to choose, and so is an id that is
// missing. Errors have the codes "brand-invalid", "brand-taken" and "slug-taken".
func (e *Editor) CreateBrand(ctx context.Context, by string, b catalog.Brand) (catalog.Brand, error) {
	b.ID, b.Version = cmp.Or(b.ID, e.NewID()), 1
	if err := b.Check(); err != nil {
		return b, err
	}
	return add(ctx, e, b, func(tx store.Stores) error {
		if err := tx.Catalog.PutBrand(ctx, b); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "brand.create", b.ID, nil, brandFields(b))
	})
}

// UpdateBrand changes the brand of b's id, if its version is b's. Lists are
// filtered by its new name at once; the search index follows. Errors have the
// codes of CreateBrand and "brand-not-found".
func (e *Editor) UpdateBrand(ctx context.Context, by string, b catalog.Brand) (catalog.Brand, error) {
	if err := b.Check(); err != nil {
		return b, err
	}
	expected := b.Version
	b.Version++
	return b, e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := e.brandAt(ctx, tx, b.ID, expected)
		if err != nil {
			return err
		}
		if err := tx.Catalog.PutBrand(ctx, b); err != nil {
			return err
		}
		if old.Title != b.Title {
			if err := tx.Catalog.AddTask(ctx, catalog.Task{ID: e.NewID(), Kind: catalog.OfBrand, TargetID: b.ID, Force: true, DueAt: e.Now()}); err != nil {
				return err
			}
		}
		return e.record(ctx, tx, by, "brand.update", b.ID, brandFields(old), brandFields(b))
	})
}

// DeleteBrand removes a brand that no product has. Errors have the codes
// "brand-not-found" and "brand-in-use".
func (e *Editor) DeleteBrand(ctx context.Context, by, id string, version int64) error {
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := e.brandAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := tx.Catalog.DeleteBrand(ctx, id, version); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "brand.delete", id, brandFields(old), nil)
	})
}

func (e *Editor) brandAt(ctx context.Context, tx store.Stores, id string, version int64) (catalog.Brand, error) {
	b, err := tx.Catalog.Brand(ctx, id)
	if err == nil && b.Version != version {
		err = catalog.ChangedMeanwhile("brand " + b.Slug)
	}
	return b, err
}
