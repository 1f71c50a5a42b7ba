package merchandising

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

// Relister does the catalogue's tasks: products whose place in lists follows
// from something else that changed are listed anew, and the index is told. A
// task goes on where it stopped, whoever takes it up.
type Relister struct {
	DB    store.DB
	Now   func() time.Time
	NewID func() string
}

// Bounds of the work in one transaction and of the tasks taken up in one run.
const (
	relistChunk = 50
	relistTasks = 20
)

// settle is how long after a change of the rules its products are gone over
// again. Who wrote a product at that moment may not have seen the change;
// transactions end sooner than this.
const settle = time.Minute

// Run does what is due. A task that fails leaves the others alone.
func (r *Relister) Run(ctx context.Context) error {
	for {
		tasks, err := r.DB.Read().Catalog.DueTasks(ctx, r.Now(), relistTasks)
		if err != nil || len(tasks) == 0 {
			return err
		}
		var failed error
		for _, t := range tasks {
			failed = errors.Join(failed, r.finish(ctx, t))
		}
		if failed != nil || ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
	}
}

// finish does a task to its end, or until somebody else does it.
func (r *Relister) finish(ctx context.Context, t catalog.Task) error {
	for ctx.Err() == nil {
		next, mine, err := r.Step(ctx, t)
		if err != nil || !mine || next == "" {
			return err
		}
		t.After = next
	}
	return ctx.Err()
}

// Step does one chunk of t in one transaction. It returns how far the task has
// got, "" at its end; mine is false if somebody else has done the chunk.
func (r *Relister) Step(ctx context.Context, t catalog.Task) (next string, mine bool, err error) {
	err = r.DB.InTx(ctx, func(tx store.Stores) error {
		next = ""
		ids, err := tx.Catalog.Targets(ctx, t, relistChunk)
		if err != nil {
			return err
		}
		if len(ids) == relistChunk {
			next = ids[len(ids)-1]
		}
		if mine, err = tx.Catalog.Advance(ctx, t, next); err != nil || !mine {
			return err
		}
		if t.Kind == catalog.OfCategory && t.After == "" {
			if err := r.descend(ctx, tx, t); err != nil {
				return err
			}
		}
		return r.each(ctx, tx, t, ids)
	})
	return next, mine, err
}

// each does what t says to the products with those ids.
func (r *Relister) each(ctx context.Context, tx store.Stores, t catalog.Task, ids []string) error {
	var change catalog.PriceChange
	if t.Change != "" {
		var err error
		if change, err = tx.Catalog.PriceChange(ctx, t.Change); err != nil {
			return err
		}
	}
	prices := 0
	for _, id := range ids {
		force := t.Force
		if t.Change != "" {
			n, err := reprice(ctx, tx, change, id)
			if err != nil {
				return err
			}
			prices += n
			force = n > 0
		}
		if err := relist(ctx, tx, id, r.Now(), force); err != nil {
			return err
		}
	}
	if prices == 0 {
		return nil
	}
	return tx.Audit.Add(ctx, audit.Entry{Actor: "clock", Action: "price.changed", Subject: t.Change, At: r.Now(), Details: map[string]any{"prices": prices, "last_product": ids[len(ids)-1]}})
}

// Reprice gives products the prices that hold from now on, chunk by chunk,
// until no schedule begins or ends before now.
func (r *Relister) Reprice(ctx context.Context) error {
	for before := []string(nil); ; {
		ids, err := r.DB.Read().Catalog.PricesDue(ctx, r.Now(), relistChunk)
		if err != nil || len(ids) == 0 {
			return err
		}
		if slices.Equal(ids, before) {
			return fmt.Errorf("the prices of %v stay due", ids)
		}
		before = ids
		err = r.DB.InTx(ctx, func(tx store.Stores) error {
			for _, id := range ids {
				if err := relist(ctx, tx, id, r.Now(), false); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// descend adds a task for each category right below that of t.
func (r *Relister) descend(ctx context.Context, tx store.Stores, t catalog.Task) error {
	below, err := tx.Catalog.Below(ctx, t.TargetID)
	if err != nil {
		return err
	}
	for _, id := range below {
		if err := tx.Catalog.AddTask(ctx, catalog.Task{ID: r.NewID(), Kind: catalog.OfCategory, TargetID: id, Change: t.Change, Force: t.Force, DueAt: t.DueAt}); err != nil {
			return err
		}
	}
	return nil
}

// relist lists one product anew and tells of it.
func relist(ctx context.Context, tx store.Stores, id string, now time.Time, force bool) error {
	p, changed, err := tx.Catalog.Relist(ctx, id, now, force)
	if err != nil || !changed && !force {
		return err
	}
	return tx.Outbox.Add(ctx, catalog.EventChanged(p))
}

// StockTurned lists products anew that are sold out now or have come back,
// where a collection is about that. Whoever moves stock without an event of an
// order may call it too.
func (r *Relister) StockTurned(ctx context.Context, products []catalog.Product) error {
	ofStock, err := r.DB.Read().Catalog.RulesOfStock(ctx)
	if err != nil || !ofStock {
		return err
	}
	for _, p := range products {
		if err := r.DB.InTx(ctx, func(tx store.Stores) error { return relist(ctx, tx, p.ID, r.Now(), false) }); err != nil {
			return err
		}
	}
	return nil
}

// Relist lists one product anew within tx, where its prices changed, and tells of it.
func Relist(ctx context.Context, tx store.Stores, id string, now time.Time) error {
	return relist(ctx, tx, id, now, false)
}
