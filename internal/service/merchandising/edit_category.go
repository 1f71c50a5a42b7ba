package merchandising

import (
	"cmp"
	"context"
	"slices"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// CreateCategory adds c below its parent; its version is the shop's to choose,
// and so is an id that is missing. Errors have the codes "category-invalid", "slug-taken",
// "category-not-found" for the parent and "category-too-deep".
func (e *Editor) CreateCategory(ctx context.Context, by string, c catalog.Category) (catalog.Category, error) {
	c.ID, c.Version = cmp.Or(c.ID, e.NewID()), 1
	if c.Status == "" {
		c.Status = catalog.Shown
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	return add(ctx, e, c, func(tx store.Stores) error {
		if err := tx.Catalog.PutCategory(ctx, c); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, catalog.EventCategoryChanged(c.ID, c.Version, e.Now())); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "category.create", c.ID, nil, categoryFields(c))
	})
}

// UpdateCategory changes everything of the category but its place, which
// MoveCategory changes; without Attributes its declarations stay. Errors have the codes of CreateCategory and "category-not-found".
func (e *Editor) UpdateCategory(ctx context.Context, by string, c catalog.Category) (catalog.Category, error) {
	return e.changeCategory(ctx, by, c.ID, c.Version, func(old catalog.Category) (catalog.Category, error) {
		c.ParentID, c.Version = old.ParentID, old.Version
		if c.Attributes == nil {
			c.Attributes = old.Attributes
		}
		return c, nil
	})
}

// DeclareAttribute declares an attribute of the category or changes the one of
// that name. Products that are there already are held against it when they are
// next changed. The code of the error is "category-invalid" where d is not sound.
func (e *Editor) DeclareAttribute(ctx context.Context, by, categoryID string, version int64, d catalog.AttributeDef) (catalog.Category, error) {
	return e.changeCategory(ctx, by, categoryID, version, func(c catalog.Category) (catalog.Category, error) {
		c.Attributes = slices.Clone(c.Attributes)
		i := slices.IndexFunc(c.Attributes, func(have catalog.AttributeDef) bool { return have.Name == d.Name })
		if i < 0 {
			c.Attributes = append(c.Attributes, d)
		} else {
			c.Attributes[i] = d
		}
		return c, nil
	})
}

// RemoveAttribute ends the declaration of an attribute; products keep their
// values as text. The code of the error is "attribute-not-found".
func (e *Editor) RemoveAttribute(ctx context.Context, by, categoryID string, version int64, name string) (catalog.Category, error) {
	return e.changeCategory(ctx, by, categoryID, version, func(c catalog.Category) (catalog.Category, error) {
		kept := slices.DeleteFunc(slices.Clone(c.Attributes), func(have catalog.AttributeDef) bool { return have.Name == name })
		if len(kept) == len(c.Attributes) {
			return c, fault.New(fault.NotFound, "attribute-not-found", "The category declares no attribute %s.", name)
		}
		c.Attributes = kept
		return c, nil
	})
}

// changeCategory writes what change makes of a category. Products below it are
// indexed anew if the index shows something that changed.
func (e *Editor) changeCategory(ctx context.Context, by, id string, version int64, change func(catalog.Category) (catalog.Category, error)) (catalog.Category, error) {
	var next catalog.Category
	err := e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := categoryAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if next, err = change(old); err != nil {
			return err
		}
		if err := next.Check(); err != nil {
			return err
		}
		next.Version++
		if err := tx.Catalog.PutCategory(ctx, next); err != nil {
			return err
		}
		from, to := categoryFields(old), categoryFields(next)
		changed, err := deltas(from, to)
		if err != nil {
			return err
		}
		if indexed(changed) {
			if err := tx.Catalog.AddTask(ctx, catalog.Task{ID: e.NewID(), Kind: catalog.OfCategory, TargetID: id, Force: true, DueAt: e.Now()}); err != nil {
				return err
			}
		}
		if err := tx.Outbox.Add(ctx, catalog.EventCategoryChanged(id, next.Version, e.Now())); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, e.entry(by, "category.update", id, changed))
	})
	return next, err
}

// indexed reports whether the search index has a changed field in its documents.
func indexed(changed map[string]delta) bool {
	for field := range changed {
		switch field {
		case "position", "status", "description", "image", "seo":
		default:
			return true
		}
	}
	return false
}

// categoryAt loads the category if it has that version.
func categoryAt(ctx context.Context, tx store.Stores, id string, version int64) (catalog.Category, error) {
	list, err := tx.Catalog.Categories(ctx)
	if err != nil {
		return catalog.Category{}, err
	}
	i := slices.IndexFunc(list, func(c catalog.Category) bool { return c.ID == id })
	if i < 0 {
		return catalog.Category{}, fault.New(fault.NotFound, "category-not-found", "There is no category %s.", id)
	}
	if list[i].Version != version {
		return catalog.Category{}, catalog.ChangedMeanwhile("category " + list[i].Slug)
	}
	return list[i], nil
}

// MoveCategory puts the category below another, or makes it a root if parentID
// is "". The move itself is short; products below are listed in their new
// places by the Relister, soon. Errors have the codes "category-not-found",
// "category-cycle" and "category-too-deep".
func (e *Editor) MoveCategory(ctx context.Context, by, id, parentID string, version int64) error {
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := categoryAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := tx.Catalog.MoveCategory(ctx, id, parentID, version); err != nil {
			return err
		}
		now := e.Now()
		for _, t := range []catalog.Task{{Force: true, DueAt: now}, {DueAt: now.Add(settle)}} {
			t.ID, t.Kind, t.TargetID = e.NewID(), catalog.OfCategory, id
			if err := tx.Catalog.AddTask(ctx, t); err != nil {
				return err
			}
		}
		if err := tx.Outbox.Add(ctx, catalog.EventCategoryChanged(id, version+1, now)); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "category.move", id, map[string]any{"parent": old.ParentID}, map[string]any{"parent": parentID})
	})
}

// DeleteCategory removes an empty category. Errors have the codes
// "category-not-found" and "category-not-empty".
func (e *Editor) DeleteCategory(ctx context.Context, by, id string, version int64) error {
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := categoryAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := tx.Catalog.DeleteCategory(ctx, id, version); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, catalog.EventCategoryChanged(id, version+1, e.Now())); err != nil {
			return err
		}
		return e.record(ctx, tx, by, "category.delete", id, categoryFields(old), nil)
	})
}
