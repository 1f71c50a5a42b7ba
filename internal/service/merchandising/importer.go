package merchandising

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Importer puts the records of a file into the catalogue: it changes the
// product that owns one of the SKUs, or has the slug, and adds it otherwise.
// Running it twice changes nothing the second time.
type Importer struct {
	DB       store.DB
	Now      func() time.Time
	NewID    func() string
	Category string // title of the category of products that name none
	DryRun   bool   // look, change nothing
	Batch    int    // how many products are written in one transaction; 0 for what is usual
	Silent   bool   // tell nobody of new products: the search index is built anew afterwards
	// Each, if not nil, is told what became of every record that could be read.
	Each func(Change)
	// Bad, if not nil, is told what could not be imported.
	Bad func(*RowError)
}

// Change is what an import does to one product. Differences is empty for new
// products and for those that stay as they are.
type Change struct {
	Line        int
	Slug        string
	New         bool
	Differences []string
}

// Summary counts what an import did.
type Summary struct {
	Read, Added, Changed, Unchanged, Failed int
}

// batch is how many products are written in one transaction, unless Batch says otherwise.
const batch = 500

// Run imports everything that source yields. It stops at an error that is not
// about a single record; what was committed until then stays, and running it
// again goes on from there.
func (im *Importer) Run(ctx context.Context, source Source) (Summary, error) {
	var sum Summary
	var records []Record
	for {
		rec, err := source.Next()
		if e, ok := errors.AsType[*RowError](err); ok {
			sum.Read++
			im.bad(&sum, e)
			continue
		}
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return sum, fmt.Errorf("read the file: %w", err)
		}
		if !end {
			sum.Read++
			if e := rec.check(); e != nil {
				im.bad(&sum, e)
				continue
			}
			records = append(records, rec)
		}
		if len(records) == cmp.Or(im.Batch, batch) || end && len(records) > 0 {
			if err := im.write(ctx, records, &sum); err != nil {
				return sum, err
			}
			records = records[:0]
		}
		if end {
			return sum, nil
		}
		if err := ctx.Err(); err != nil {
			return sum, err
		}
	}
}

func (im *Importer) bad(sum *Summary, e *RowError) {
	sum.Failed++
	if im.Bad != nil {
		im.Bad(e)
	}
}

// errDryRun undoes a transaction that was only to look.
var errDryRun = errors.New("dry run")

// write puts a batch in one transaction; if one of it is refused, each in its own.
func (im *Importer) write(ctx context.Context, records []Record, sum *Summary) error {
	changes, err := im.transact(ctx, records)
	if err == nil {
		for _, c := range changes {
			im.count(sum, c)
		}
		return nil
	}
	if len(records) > 1 {
		for i := range records {
			if err := im.write(ctx, records[i:i+1], sum); err != nil {
				return err
			}
		}
		return nil
	}
	e, ok := rowErrorOf(records[0], err)
	if !ok {
		return err
	}
	im.bad(sum, e)
	return nil
}

func (im *Importer) count(sum *Summary, c Change) {
	switch {
	case c.New:
		sum.Added++
	case len(c.Differences) > 0:
		sum.Changed++
	default:
		sum.Unchanged++
	}
	if im.Each != nil {
		im.Each(c)
	}
}

func (im *Importer) transact(ctx context.Context, records []Record) ([]Change, error) {
	var changes []Change
	err := im.DB.InTx(ctx, func(tx store.Stores) error {
		changes = changes[:0]
		tree, err := newForest(ctx, tx, im.NewID)
		if err != nil {
			return err
		}
		known := records
		if len(records) > 1 {
			var fresh []Record
			if fresh, known, err = strangers(ctx, tx, records); err != nil {
				return err
			}
			if changes, err = im.add(ctx, tx, tree, fresh); err != nil {
				return err
			}
		}
		for _, rec := range known {
			c, err := im.put(ctx, tx, tree, rec)
			if err != nil {
				return err
			}
			changes = append(changes, c)
		}
		slices.SortStableFunc(changes, func(a, b Change) int { return a.Line - b.Line })
		if im.DryRun {
			return errDryRun
		}
		written := slices.ContainsFunc(changes, func(c Change) bool { return c.New || len(c.Differences) > 0 })
		if !written {
			return nil
		}
		return im.record(ctx, tx, records)
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return changes, err
}

// put writes one record.
func (im *Importer) put(ctx context.Context, tx store.Stores, tree *forest, rec Record) (Change, error) {
	c := Change{Line: rec.Line, Slug: rec.Slug}
	old, err := im.find(ctx, tx, rec)
	if err != nil {
		return c, err
	}
	path := rec.Category
	if len(path) == 0 && old == nil {
		path = []string{im.Category}
	}
	category := ""
	if len(path) > 0 {
		if category, err = tree.grow(ctx, tx, path); err != nil {
			return c, err
		}
	}
	next, err := im.product(rec, category, old, tree)
	if err != nil {
		return c, err
	}
	if c.New = old == nil; !c.New {
		c.Differences = differences(*old, next, rec)
		if len(c.Differences) == 0 {
			return c, nil
		}
	}
	if err := tx.Catalog.Put(ctx, next); err != nil {
		return c, err
	}
	for _, v := range rec.Variants {
		if v.Stock != nil {
			if err := tx.Stock.SetOnHand(ctx, v.SKU, *v.Stock, "import", im.Now()); err != nil {
				return c, err
			}
		}
	}
	if tree.ofStock { // the product was put before its stock
		if err := relist(ctx, tx, next.ID, im.Now(), true); err != nil {
			return c, err
		}
		return c, nil
	}
	return c, tx.Outbox.Add(ctx, catalog.EventChanged(next))
}

// find returns the product that the record is about, or nil.
func (im *Importer) find(ctx context.Context, tx store.Stores, rec Record) (*catalog.Product, error) {
	skus := make([]string, len(rec.Variants))
	for i, v := range rec.Variants {
		skus[i] = v.SKU
	}
	owners, err := tx.Catalog.BySKUs(ctx, skus)
	if err != nil {
		return nil, err
	}
	if len(owners) > 1 {
		return nil, fault.New(fault.Conflict, "sku-taken", "The SKUs of %s belong to %d products: %s and %s.", rec.Slug, len(owners), owners[0].Slug, owners[1].Slug)
	}
	if len(owners) == 1 {
		return &owners[0], nil
	}
	p, err := tx.Catalog.BySlug(ctx, rec.Slug)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	return &p, err
}

// product is what the record makes of old, or a new product.
func (im *Importer) product(rec Record, category string, old *catalog.Product, tree *forest) (catalog.Product, error) {
	now := im.Now()
	p := catalog.Product{ID: im.NewID(), CreatedAt: now}
	if old != nil {
		p = *old
	}
	if category != "" {
		p.CategoryID = category
	}
	p = rec.apply(p).Revised(now)
	var err error
	if p.Attributes, err = catalog.CheckAttributes(tree.declared(p.CategoryID), p.Attributes, p.Status == catalog.Active); err != nil {
		return p, err
	}
	return p, p.Check()
}
