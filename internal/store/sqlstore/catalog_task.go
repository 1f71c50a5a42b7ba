package sqlstore

import (
	"context"
	"time"

	"tradewind/internal/domain/catalog"
)

var (
	taskInsert = statement("catalog_task.insert", `INSERT INTO catalog_task (id, kind, target_id, after_id, change_id, forced, due_at)
		VALUES (:id, :kind, :target_id, :after_id, :change_id, :forced, :due_at)`)
	taskDue = statement("catalog_task.due", `SELECT id, kind, target_id, after_id, change_id, forced, due_at FROM catalog_task
		WHERE due_at <= :at_time ORDER BY due_at, id FETCH FIRST :n ROWS ONLY`)
	taskAdvance = statement("catalog_task.advance", `UPDATE catalog_task SET after_id = :next_id WHERE id = :id AND after_id = :after_id`)
	taskDelete  = statement("catalog_task.delete", `DELETE FROM catalog_task WHERE id = :id AND after_id = :after_id`)

	categoryBelow = statement("category.below", `SELECT id FROM category WHERE parent_id = :parent_id ORDER BY position, id`)

	taskTargets = map[catalog.TaskKind]*Statement{
		catalog.OfProduct:  statement("product.id_of_id", `SELECT id FROM product WHERE id = :target_id AND id > :after_id FETCH FIRST :n ROWS ONLY`),
		catalog.OfCategory: statement("product.ids_of_category", `SELECT id FROM product WHERE category_id = :target_id AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`),
		catalog.OfBrand:    statement("product.ids_of_brand", `SELECT id FROM product WHERE brand_id = :target_id AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`),
		catalog.OfAll:      statement("product.ids", `SELECT id FROM product WHERE :target_id IS NOT NULL AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`),
	}

	productBump = statement("product.bump", `UPDATE product SET version = version + 1, updated_at = :at_time WHERE id = :id`)
)

// firstKey is below every id: ” would be NULL.
const firstKey = "0"

func orFirst(id string) string {
	if id == "" {
		return firstKey
	}
	return id
}

func scanID(r scanner) (id string, err error) { return id, r.Scan(&id) }

func (s catalogs) AddTask(ctx context.Context, t catalog.Task) error {
	_, err := s.h.exec(ctx, taskInsert, bind("id", t.ID), bind("kind", string(t.Kind)), bind("target_id", t.TargetID), bind("after_id", orFirst(t.After)),
		bind("change_id", t.Change), bind("forced", bit(t.Force)), bind("due_at", t.DueAt))
	return fail(err, "add a task for %s %s", t.Kind, t.TargetID)
}

func (s catalogs) DueTasks(ctx context.Context, now time.Time, n int) ([]catalog.Task, error) {
	due, err := collect(ctx, s.h, taskDue, func(r scanner) (t catalog.Task, err error) {
		err = r.Scan(&t.ID, &t.Kind, &t.TargetID, &t.After, &t.Change, &t.Force, &t.DueAt)
		if t.After == firstKey {
			t.After = ""
		}
		return t, err
	}, bind("at_time", now), bind("n", n))
	if err != nil {
		return nil, fail(err, "select due tasks of the catalogue")
	}
	return due, nil
}

func (s catalogs) Advance(ctx context.Context, t catalog.Task, after string) (bool, error) {
	id, from := bind("id", t.ID), bind("after_id", orFirst(t.After))
	var n int64
	var err error
	if after == "" {
		n, err = s.h.exec(ctx, taskDelete, id, from)
	} else {
		n, err = s.h.exec(ctx, taskAdvance, id, from, bind("next_id", after))
	}
	if err != nil {
		return false, fail(err, "move task %s on", t.ID)
	}
	return n > 0, nil
}

func (s catalogs) Below(ctx context.Context, categoryID string) ([]string, error) {
	ids, err := collect(ctx, s.h, categoryBelow, scanID, bind("parent_id", categoryID))
	if err != nil {
		return nil, fail(err, "select categories below %s", categoryID)
	}
	return ids, nil
}

func (s catalogs) Targets(ctx context.Context, t catalog.Task, n int) ([]string, error) {
	ids, err := collect(ctx, s.h, taskTargets[t.Kind], scanID, bind("target_id", t.TargetID), bind("after_id", orFirst(t.After)), bind("n", n))
	if err != nil {
		return nil, fail(err, "select products of task %s", t.ID)
	}
	return ids, nil
}

func (s catalogs) Relist(ctx context.Context, id string, now time.Time, force bool) (p catalog.Product, changed bool, err error) {
	if p, err = s.Hold(ctx, id); err != nil {
		return p, false, err
	}
	repriced, err := s.reprice(ctx, &p, now)
	if err != nil {
		return p, false, err
	}
	relisted, err := s.putListing(ctx, p)
	if changed = repriced || relisted; err != nil || !changed && !force {
		return p, changed, err
	}
	if _, err := s.h.exec(ctx, productBump, bind("id", id), bind("at_time", now)); err != nil {
		return p, false, fail(err, "revise product %s", id)
	}
	p.Version, p.UpdatedAt = p.Version+1, now
	return p, changed, nil
}

func (s catalogs) Misplaced(ctx context.Context, after string, n int) (ids []string, last string, err error) {
	page, err := s.Page(ctx, after, n)
	if err != nil || len(page) == 0 {
		return nil, "", err
	}
	for _, p := range page {
		want, err := s.displayOf(ctx, p)
		if err != nil {
			return nil, "", err
		}
		have, err := s.displayed(ctx, p.ID)
		if err != nil {
			return nil, "", err
		}
		if !have.equal(want) {
			ids = append(ids, p.ID)
		}
	}
	return ids, page[len(page)-1].ID, nil
}
