package merchandising

import (
	"context"
	"fmt"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// met are the products that a batch of records is about, as they were before it.
type met struct {
	byID, bySlug, bySKU map[string]*catalog.Product
}

// meet asks once for all products that have an id, a slug or a SKU of records.
func meet(ctx context.Context, tx store.Stores, records []Record) (met, error) {
	var ids, slugs, skus []string
	for _, rec := range records {
		if rec.ID != "" {
			ids = append(ids, rec.ID)
		}
		slugs, skus = append(slugs, rec.Slug), append(skus, rec.skus()...)
	}
	found, err := tx.Catalog.Find(ctx, ids, slugs, skus)
	m := met{map[string]*catalog.Product{}, map[string]*catalog.Product{}, map[string]*catalog.Product{}}
	for i := range found {
		p := &found[i]
		m.byID[p.ID], m.bySlug[p.Slug] = p, p
		for _, v := range p.Variants {
			m.bySKU[v.SKU] = p
		}
	}
	return m, err
}

// product returns what the record is about, or nil: what owns one of its SKUs,
// else what has its slug, else what has its id.
func (m met) product(rec Record) (*catalog.Product, error) {
	var owner *catalog.Product
	for _, sku := range rec.skus() {
		p := m.bySKU[sku]
		if p != nil && owner != nil && p != owner {
			return nil, fault.New(fault.Conflict, "sku-taken", "The SKUs of %s belong to several products: %s and %s.", rec.Slug, owner.Slug, p.Slug)
		}
		if p != nil {
			owner = p
		}
	}
	for _, p := range []*catalog.Product{m.bySlug[rec.Slug], m.byID[rec.ID]} {
		if owner == nil {
			owner = p
		}
	}
	return owner, nil
}

// names are what no two records of one batch may share.
func (r *Record) names() []string {
	names := []string{"/" + r.Slug} // "/" is not in a SKU of ours
	if r.ID != "" {
		names = append(names, "#"+r.ID)
	}
	return append(names, r.skus()...)
}

func (r *Record) skus() []string {
	skus := make([]string, len(r.Variants))
	for i, v := range r.Variants {
		skus[i] = v.SKU
	}
	return skus
}

// Write puts records into the catalogue within tx and returns what became of
// each. Call Keep when the transaction has been committed.
func (im *Importer) Write(ctx context.Context, tx store.Stores, records []Record) (changes []Change, err error) {
	tree := im.tree
	if im.tree = nil; tree == nil { // it comes back when all went well
		if tree, err = newForest(ctx, tx, im.NewID); err != nil {
			return nil, err
		}
	}
	for len(records) > 0 {
		n := distinct(records)
		some, err := im.writeDistinct(ctx, tx, tree, records[:n])
		if err != nil {
			return nil, err
		}
		changes, records = append(changes, some...), records[n:]
	}
	im.grown = tree
	return changes, nil
}

// Keep says that the transaction of the last Write has been committed: the
// category tree is not read again for the next.
func (im *Importer) Keep() { im.tree = im.grown }

// distinct is how many of the first records have nothing in common by which they
// could be about the same product.
func distinct(records []Record) int {
	seen := map[string]bool{}
	for i, rec := range records {
		for _, name := range rec.names() {
			if seen[name] && i > 0 {
				return i
			}
		}
		for _, name := range rec.names() {
			seen[name] = true
		}
	}
	return len(records)
}

// writeDistinct writes what is new all at once; what is as the file says costs no write.
func (im *Importer) writeDistinct(ctx context.Context, tx store.Stores, tree *forest, records []Record) ([]Change, error) {
	m, err := meet(ctx, tx, records)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(records))
	var fresh []Record
	for i, rec := range records {
		old, err := m.product(rec)
		if err != nil {
			return nil, err
		}
		if old == nil {
			fresh = append(fresh, rec)
			changes[i] = Change{Line: rec.Line, Slug: rec.Slug, New: true}
			continue
		}
		if changes[i], err = im.put(ctx, tx, tree, rec, *old); err != nil {
			return nil, err
		}
	}
	return changes, im.add(ctx, tx, tree, fresh)
}

// add writes new products all at once, with their stock.
func (im *Importer) add(ctx context.Context, tx store.Stores, tree *forest, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	now := im.Now()
	var products []catalog.Product
	var moves []inventory.Movement
	for _, rec := range records {
		path := rec.Category
		if len(path) == 0 {
			path = []string{im.Category}
		}
		category, err := tree.grow(ctx, tx, path)
		if err != nil {
			return err
		}
		p, err := im.product(rec, category, nil, tree)
		if err != nil {
			return err
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
	}
	if err := tx.Catalog.Insert(ctx, products); err != nil {
		return err
	}
	if err := tx.Stock.Import(ctx, moves, nil); err != nil {
		return err
	}
	switch {
	case im.Silent:
		return nil
	case len(products) == 1:
		return tx.Outbox.Add(ctx, catalog.EventChanged(products[0]))
	}
	return tx.Outbox.Add(ctx, catalog.EventAdded(im.NewID(), products, now))
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
