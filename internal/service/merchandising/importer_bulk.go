package merchandising

import (
	"context"
	"fmt"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/store"
)

// strangers splits records into those whose SKUs and slugs nobody has, and that
// share none among themselves, and the others. One whose slug somebody has
// makes the whole batch fail, and is found when it is written record by record.
func strangers(ctx context.Context, tx store.Stores, records []Record) (fresh, known []Record, err error) {
	var skus []string
	for _, rec := range records {
		for _, v := range rec.Variants {
			skus = append(skus, v.SKU)
		}
	}
	owners, err := tx.Catalog.BySKUs(ctx, skus)
	if err != nil {
		return nil, nil, err
	}
	taken := map[string]bool{} // SKUs and slugs, which are no SKUs: "/" is not in one
	for _, p := range owners {
		taken["/"+p.Slug] = true
		for _, v := range p.Variants {
			taken[v.SKU] = true
		}
	}
	for _, rec := range records {
		names := []string{"/" + rec.Slug}
		for _, v := range rec.Variants {
			names = append(names, v.SKU)
		}
		free := true
		for _, name := range names {
			free = free && !taken[name]
			taken[name] = true
		}
		if free {
			fresh = append(fresh, rec)
		} else {
			known = append(known, rec)
		}
	}
	return fresh, known, nil
}

// add writes new products all at once, with their stock.
func (im *Importer) add(ctx context.Context, tx store.Stores, tree *forest, records []Record) ([]Change, error) {
	now := im.Now()
	var changes []Change
	var products []catalog.Product
	var moves []inventory.Movement
	for _, rec := range records {
		path := rec.Category
		if len(path) == 0 {
			path = []string{im.Category}
		}
		category, err := tree.grow(ctx, tx, path)
		if err != nil {
			return nil, err
		}
		p, err := im.product(rec, category, nil, tree)
		if err != nil {
			return nil, err
		}
		for i, v := range rec.Variants {
			if v.Stock == nil {
				continue
			}
			p.Variants[i].OnHand, p.Variants[i].Available = *v.Stock, *v.Stock
			moves = append(moves, inventory.Movement{Place: inventory.Place{SKU: v.SKU, Location: inventory.Main}, Reason: inventory.Adjust, OnHandDelta: *v.Stock,
				Reference: "import", MovedAt: now})
		}
		products = append(products, p)
		changes = append(changes, Change{Line: rec.Line, Slug: rec.Slug, New: true})
	}
	if err := tx.Catalog.Insert(ctx, products); err != nil {
		return nil, err
	}
	if err := tx.Stock.Import(ctx, moves, nil); err != nil {
		return nil, err
	}
	if im.Silent {
		return changes, nil
	}
	for _, p := range products {
		if err := tx.Outbox.Add(ctx, catalog.EventChanged(p)); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// record tells the audit of a batch.
func (im *Importer) record(ctx context.Context, tx store.Stores, records []Record) error {
	e := audit.Entry{Actor: "import", Action: "catalog.import", Subject: "catalog", At: im.Now(),
		Details: map[string]any{"from_line": records[0].Line, "to_line": records[len(records)-1].Line, "products": len(records)}}
	if err := tx.Audit.Add(ctx, e); err != nil {
		return fmt.Errorf("record the import: %w", err)
	}
	return nil
}
