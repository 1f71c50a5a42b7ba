package merchandising

import (
	"context"
	"slices"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// SchedulePrice gives a SKU another price for a time. Carts and checkouts have
// it from its first moment to its last; lists and search follow within seconds.
// Errors have the codes "schedule-invalid", "sku-not-found", "price-not-found"
// and "price-overlap".
func (e *Editor) SchedulePrice(ctx context.Context, by string, in catalog.Schedule) (catalog.Schedule, error) {
	in.ID = e.NewID()
	if err := in.Check(); err != nil {
		return in, err
	}
	return add(ctx, e, in, func(tx store.Stores) error {
		product, err := tx.Catalog.AddSchedule(ctx, in)
		if err != nil {
			return err
		}
		if err := relist(ctx, tx, product, e.Now(), false); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, e.entry(by, "price.schedule", product, scheduleDetails(in)))
	})
}

// EndPrice ends a scheduled price that holds, and takes back one that has not
// begun. Errors have the codes "schedule-not-found" and "schedule-over".
func (e *Editor) EndPrice(ctx context.Context, by, id string) error {
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		was, product, err := tx.Catalog.EndSchedule(ctx, id, e.Now())
		if err != nil {
			return err
		}
		if err := relist(ctx, tx, product, e.Now(), false); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, e.entry(by, "price.end", product, scheduleDetails(was)))
	})
}

func scheduleDetails(s catalog.Schedule) map[string]any {
	d := map[string]any{"schedule": s.ID, "sku": s.SKU, "price": s.Price, "from": s.StartsAt}
	if !s.EndsAt.IsZero() {
		d["until"] = s.EndsAt
	}
	if s.Group != "" {
		d["group"] = s.Group
	}
	return d
}

// Repriced is what a change of prices does to one SKU.
type Repriced struct {
	SKU      string
	From, To catalog.Price
}

// mostPreviewed bounds a preview.
const mostPreviewed = 500

// PreviewPrices says what ChangePrices would do to the first prices it would
// come to, up to n of at most 500, and changes nothing. The error's code is
// "price-change-invalid", "category-not-found", "brand-not-found" or "sku-not-found".
func (e *Editor) PreviewPrices(ctx context.Context, c catalog.PriceChange, n int) ([]Repriced, error) {
	n = min(n, mostPreviewed)
	tx := e.DB.Read()
	tasks, err := e.scope(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	var out []Repriced
	for len(tasks) > 0 && len(out) < n {
		t := tasks[0]
		ids, err := tx.Catalog.Targets(ctx, t, relistChunk)
		if err != nil {
			return nil, err
		}
		if t.Kind == catalog.OfCategory && t.After == "" {
			below, err := tx.Catalog.Below(ctx, t.TargetID)
			if err != nil {
				return nil, err
			}
			for _, id := range below {
				tasks = append(tasks, catalog.Task{Kind: t.Kind, TargetID: id})
			}
		}
		for _, id := range ids {
			p, err := tx.Catalog.Load(ctx, id)
			if err != nil {
				return nil, err
			}
			out = append(out, repriced(c, p)...)
		}
		if tasks[0].After = ""; len(ids) == relistChunk {
			tasks[0].After = ids[len(ids)-1]
		} else {
			tasks = tasks[1:]
		}
	}
	return out[:min(n, len(out))], nil
}

// repriced is what c does to the prices of p. What is archived stays as it is,
// and so does a price that would be too large to be kept.
func repriced(c catalog.PriceChange, p catalog.Product) (out []Repriced) {
	if p.Status == catalog.Archived {
		return nil
	}
	for _, v := range p.Variants {
		if len(c.SKUs) > 0 && !slices.Contains(c.SKUs, v.SKU) {
			continue
		}
		for _, price := range v.Prices {
			if price.Currency != c.Currency {
				continue
			}
			price.Sale = nil
			if next, err := c.Of(price); err == nil && next != price {
				out = append(out, Repriced{v.SKU, price, next})
			}
		}
	}
	return out
}

// scope makes the tasks that go over the products of a change.
func (e *Editor) scope(ctx context.Context, tx store.Stores, c catalog.PriceChange) ([]catalog.Task, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	task := catalog.Task{ID: e.NewID(), Change: c.ID, DueAt: e.Now()}
	switch {
	case c.CategoryID != "":
		list, err := tx.Catalog.Categories(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(have catalog.Category) bool { return have.ID == c.CategoryID }) {
			return nil, fault.New(fault.NotFound, "category-not-found", "There is no category %s.", c.CategoryID)
		}
		task.Kind, task.TargetID = catalog.OfCategory, c.CategoryID
		return []catalog.Task{task}, nil
	case c.BrandID != "":
		b, err := tx.Catalog.Brand(ctx, c.BrandID)
		task.Kind, task.TargetID = catalog.OfBrand, b.ID
		return []catalog.Task{task}, err
	}
	products, err := tx.Catalog.BySKUs(ctx, c.SKUs)
	if err != nil {
		return nil, err
	}
	owned := map[string]bool{}
	var tasks []catalog.Task
	for _, p := range products {
		for _, v := range p.Variants {
			owned[v.SKU] = true
		}
		task.ID, task.Kind, task.TargetID = e.NewID(), catalog.OfProduct, p.ID
		tasks = append(tasks, task)
	}
	for _, sku := range c.SKUs {
		if !owned[sku] {
			return nil, fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", sku)
		}
	}
	return tasks, nil
}

// ChangePrices changes many base prices: it returns as soon as the change is
// kept, and the Relister makes it in chunks, each SKU once, whatever breaks off
// in between. Errors are those of PreviewPrices.
func (e *Editor) ChangePrices(ctx context.Context, by string, c catalog.PriceChange) (id string, err error) {
	c.ID = e.NewID()
	return add(ctx, e, c.ID, func(tx store.Stores) error {
		tasks, err := e.scope(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := tx.Catalog.AddPriceChange(ctx, c); err != nil {
			return err
		}
		for _, t := range tasks {
			if err := tx.Catalog.AddTask(ctx, t); err != nil {
				return err
			}
		}
		return tx.Audit.Add(ctx, e.entry(by, "price.change", c.ID, c))
	})
}

// reprice makes a change to one product and reports how many prices it changed.
func reprice(ctx context.Context, tx store.Stores, c catalog.PriceChange, id string) (n int, err error) {
	p, err := tx.Catalog.Hold(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, r := range repriced(c, p) {
		made, err := tx.Catalog.SetBase(ctx, c.ID, r.SKU, r.From, r.To)
		if err != nil {
			return n, err
		}
		if made {
			n++
		}
	}
	return n, nil
}
