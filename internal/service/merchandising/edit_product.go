package merchandising

import (
	"context"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// CreateProduct adds p, whose id, version and moments are the shop's to choose.
// Errors have the codes "product-invalid", "attribute-invalid",
// "variant-duplicate", "slug-taken", "sku-taken", "category-not-found" and
// "brand-not-found".
func (e *Editor) CreateProduct(ctx context.Context, by string, p catalog.Product) (catalog.Product, error) {
	p.ID, p.Version, p.CreatedAt, p.PublishedAt = e.NewID(), 0, e.Now(), time.Time{}
	return e.write(ctx, by, "product.create", func(store.Stores) (old, next catalog.Product, err error) {
		return catalog.Product{}, p, nil
	})
}

// UpdateProduct replaces the product of p's id, if its version is p's, by p:
// everything but stock and the moments. Codes are those of CreateProduct,
// "product-not-found", "variant-in-use", and "product-archived" for a product
// that was archived and shall stay so: orders and reports speak of it as it is.
func (e *Editor) UpdateProduct(ctx context.Context, by string, p catalog.Product) (catalog.Product, error) {
	return e.write(ctx, by, "product.update", func(tx store.Stores) (old, next catalog.Product, err error) {
		if old, err = tx.Catalog.Load(ctx, p.ID); err != nil {
			return old, p, err
		}
		if old.Version != p.Version {
			return old, p, catalog.ChangedMeanwhile("product " + old.Slug)
		}
		if old.Status == catalog.Archived && p.Status == catalog.Archived {
			return old, p, fault.New(fault.Conflict, "product-archived", "The product is archived and stays as it is; make it draft or active to change it.")
		}
		next = p
		next.CreatedAt, next.PublishedAt = old.CreatedAt, old.PublishedAt
		return old, next, nil
	})
}

// ArchiveProduct takes the product out of the shop and keeps it as it is. An
// archived one stays so without a change.
func (e *Editor) ArchiveProduct(ctx context.Context, by, id string, version int64) (catalog.Product, error) {
	return e.write(ctx, by, "product.archive", func(tx store.Stores) (old, next catalog.Product, err error) {
		if old, err = tx.Catalog.Load(ctx, id); err != nil {
			return old, old, err
		}
		if old.Version != version {
			return old, old, catalog.ChangedMeanwhile("product " + old.Slug)
		}
		next = old
		next.Status = catalog.Archived
		return old, next, nil
	})
}

// write puts what change makes of a product, with event and audit, and returns
// it as it is then.
func (e *Editor) write(ctx context.Context, by, action string, change func(tx store.Stores) (old, next catalog.Product, err error)) (catalog.Product, error) {
	return once.Do(ctx, e.DB, e.request, e.Now(), func(tx store.Stores) (written catalog.Product, err error) {
		old, next, err := change(tx)
		if err != nil {
			return written, err
		}
		next = next.Revised(e.Now())
		if next.Status != catalog.Archived { // what leaves the shop goes as it is
			if next, err = e.checked(ctx, tx, next); err != nil {
				return written, err
			}
		}
		if err := tx.Catalog.Put(ctx, next); err != nil {
			return written, err
		}
		if written, err = tx.Catalog.Load(ctx, next.ID); err != nil {
			return written, err
		}
		if err := tx.Outbox.Add(ctx, catalog.EventChanged(written)); err != nil {
			return written, err
		}
		from := map[string]any{}
		if old.ID != "" {
			from = productFields(old)
		}
		return written, e.record(ctx, tx, by, action, written.ID, from, productFields(written))
	})
}

func (e *Editor) checked(ctx context.Context, tx store.Stores, p catalog.Product) (catalog.Product, error) {
	if err := p.Check(); err != nil {
		return p, err
	}
	list, err := tx.Catalog.Categories(ctx)
	if err != nil {
		return p, err
	}
	p.Attributes, err = catalog.CheckAttributes(catalog.NewTree(list).Declared(p.CategoryID), p.Attributes, p.Status == catalog.Active)
	return p, err
}
