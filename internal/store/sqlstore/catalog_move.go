package sqlstore

import (
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	treeGuardTake   = statement("category_guard.take", `UPDATE category_guard SET moves = moves + 1 WHERE id = 1`)
	treeGuardInsert = statement("category_guard.insert", `INSERT INTO category_guard (id, moves) VALUES (1, 1)`)

	categoryMove   = statement("category.move", `UPDATE category SET parent_id = :parent_id, version = version + 1 WHERE id = :id AND version = :version`)
	categoryDelete = statement("category.delete", `DELETE FROM category WHERE id = :id AND version = :version`)
)

// guard lets one transaction at a time change the shape of the tree.
func (s catalogs) guard(ctx context.Context) error {
	for _, st := range []*Statement{treeGuardTake, treeGuardInsert, treeGuardTake} {
		n, err := s.h.exec(ctx, st)
		if err != nil && codeOf(err) != codeUnique {
			return fail(err, "take hold of the category tree")
		}
		if n > 0 {
			break
		}
	}
	return nil
}

func (s catalogs) MoveCategory(ctx context.Context, id, parentID string, version int64) error {
	if err := s.guard(ctx); err != nil {
		return err
	}
	list, err := s.Categories(ctx)
	if err != nil {
		return err
	}
	if err := catalog.NewTree(list).MayMove(id, parentID); err != nil {
		return err
	}
	n, err := s.h.exec(ctx, categoryMove, bind("id", id), bind("parent_id", parentID), bind("version", version))
	if err != nil {
		return fail(err, "move category %s below %s", id, parentID)
	}
	if n == 0 {
		return catalog.ChangedMeanwhile("category")
	}
	return nil
}

// mayPlant refuses a new category below one at the bottom.
func (s catalogs) mayPlant(ctx context.Context, parentID string) error {
	if parentID == "" {
		return nil
	}
	if err := s.guard(ctx); err != nil {
		return err
	}
	above, err := s.above(ctx, parentID)
	if err == nil && len(above) >= catalog.MaxDepth {
		err = catalog.TooDeep()
	}
	return err
}

func (s catalogs) DeleteCategory(ctx context.Context, id string, version int64) error {
	n, err := s.h.exec(ctx, categoryDelete, bind("id", id), bind("version", version))
	if codeOf(err) == codeHasChild {
		return fault.New(fault.Conflict, "category-not-empty", "The category has products or categories in it; move them first.").Because(err)
	}
	if err != nil {
		return fail(err, "delete category %s", id)
	}
	if n == 0 {
		return catalog.ChangedMeanwhile("category")
	}
	return s.forget(ctx, catalog.NounCategory, id)
}
