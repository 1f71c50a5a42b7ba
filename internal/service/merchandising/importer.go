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

	tree, grown *forest // what is known of the categories; see Keep
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
			if e := rec.Check(); e != nil {
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

// write puts a batch in one transaction; if one of it is refused, each half in its own.
func (im *Importer) write(ctx context.Context, records []Record, sum *Summary) error {
	changes, err := im.transact(ctx, records)
	if err == nil {
		for _, c := range changes {
			im.count(sum, c)
		}
		return nil
	}
	if half := len(records) / 2; half > 0 {
		if err := im.write(ctx, records[:half], sum); err != nil {
			return err
		}
		return im.write(ctx, records[half:], sum)
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
		var err error
		if changes, err = im.Write(ctx, tx, records); err != nil {
			return err
		}
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
		return changes, nil
	}
	if err == nil {
		im.Keep()
	}
	return changes, err
}

// put makes old what the record says.
func (im *Importer) put(ctx context.Context, tx store.Stores, tree *forest, rec Record, old catalog.Product) (c Change, err error) {
	c = Change{Line: rec.Line, Slug: rec.Slug}
	category := ""
	if len(rec.Category) > 0 {
		if category, err = tree.grow(ctx, tx, rec.Category); err != nil {
			return c, err
		}
	}
	next, err := im.product(rec, category, &old, tree)
	if err != nil {
		return c, err
	}
	if c.Differences = differences(old, next, rec); len(c.Differences) == 0 {
		return c, nil
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

// product is what the record makes of old, or a new product.
func (im *Importer) product(rec Record, category string, old *catalog.Product, tree *forest) (catalog.Product, error) {
	now := im.Now()
	p := catalog.Product{ID: rec.ID, CreatedAt: rec.CreatedAt, PublishedAt: rec.PublishedAt}
	switch {
	case old != nil:
		p = *old
	case p.ID == "":
		p.ID = im.NewID()
	}
	if p.CreatedAt.IsZero() {
		p.CreatedAt = now
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
