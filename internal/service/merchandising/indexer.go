package merchandising

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Indexer writes products into the search index.
type Indexer struct {
	DB    store.DB
	Index search.Index
	// Relister moves products into and out of collections of what is in stock.
	Relister *Relister
	// Pause is how long Ensure leaves another process alone that rebuilds.
	Pause time.Duration
}

// page is how many products are read at once for a rebuild.
const page = 200

// Refresh writes the product as it is now, or removes it if it is no longer sold.
func (ix *Indexer) Refresh(ctx context.Context, productID string) error {
	p, err := ix.DB.Read().Catalog.Load(ctx, productID)
	if err != nil {
		return err
	}
	if p.Status != catalog.Active {
		return ix.Index.Delete(ctx, p.ID, p.Version)
	}
	tree, err := ix.tree(ctx)
	if err != nil {
		return err
	}
	return ix.Index.Put(ctx, []search.Doc{doc(p, tree)})
}

// Added writes products that are new or that the index lacks, all at once.
func (ix *Indexer) Added(ctx context.Context, ids []string) error {
	products, err := ix.DB.Read().Catalog.Find(ctx, ids, nil, nil)
	if err != nil {
		return err
	}
	tree, err := ix.tree(ctx)
	if err != nil {
		return err
	}
	var docs []search.Doc
	for _, p := range products {
		if p.Status == catalog.Active {
			docs = append(docs, doc(p, tree))
		}
	}
	if len(docs) == 0 {
		return nil
	}
	return ix.Index.Put(ctx, docs)
}

// StockChanged refreshes the products of SKUs that sold out or came back.
func (ix *Indexer) StockChanged(ctx context.Context, skus []string) error {
	products, err := ix.DB.Read().Catalog.BySKUs(ctx, skus)
	if err != nil {
		return err
	}
	tree, err := ix.tree(ctx)
	if err != nil {
		return err
	}
	var docs []search.Doc
	for _, p := range products {
		if p.Status == catalog.Active {
			docs = append(docs, doc(p, tree))
		}
	}
	if len(docs) > 0 {
		if err := ix.Index.Put(ctx, docs); err != nil {
			return err
		}
	}
	return ix.Relister.StockTurned(ctx, products)
}

// StockMoved refreshes the products of SKUs that staff have moved, and of the
// bundles that they are in.
func (ix *Indexer) StockMoved(ctx context.Context, skus []string) error {
	bundles, err := ix.DB.Read().Stock.BundlesWith(ctx, skus)
	if err != nil {
		return err
	}
	return ix.StockChanged(ctx, append(slices.Clone(skus), bundles...))
}

// StockReturned is StockMoved for what an order had taken.
func (ix *Indexer) StockReturned(ctx context.Context, orderID string) error {
	taken, err := ix.DB.Read().Stock.Reserved(ctx, orderID)
	if err != nil {
		return err
	}
	skus := make([]string, len(taken))
	for i, r := range taken {
		skus[i] = r.SKU
	}
	return ix.StockMoved(ctx, skus)
}

// Rebuild writes the whole catalogue into the index, a page at a time, or what
// an interrupted Rebuild has left to do.
func (ix *Indexer) Rebuild(ctx context.Context) error {
	tree, err := ix.tree(ctx)
	if err != nil {
		return err
	}
	return ix.Index.Rebuild(ctx, func(after string) ([]search.Doc, error) {
		for {
			products, err := ix.DB.Read().Catalog.Page(ctx, after, page)
			if err != nil || len(products) == 0 {
				return nil, err
			}
			after = products[len(products)-1].ID
			var docs []search.Doc
			for _, p := range products {
				if p.Status == catalog.Active {
					docs = append(docs, doc(p, tree))
				}
			}
			if len(docs) > 0 {
				return docs, nil
			}
		}
	})
}

// Anew is Rebuild from the first product on, whatever was left to do: for a
// database that is not the one it was.
func (ix *Indexer) Anew(ctx context.Context) error {
	if err := ix.Index.Forget(ctx); err != nil {
		return err
	}
	return ix.Rebuild(ctx)
}

// Ensure rebuilds an index that is empty while the catalogue is not, or waits
// until another process has, and says whether that was necessary. Should the
// other die, this one goes on with what is left.
func (ix *Indexer) Ensure(ctx context.Context) (rebuilt bool, err error) {
	for {
		n, err := ix.Index.Size(ctx)
		if err != nil || n > 0 {
			return rebuilt, err
		}
		stamp, err := ix.DB.Read().Catalog.Stamp(ctx)
		if err != nil || stamp.LastID == "" {
			return rebuilt, err
		}
		rebuilt = true
		switch err := ix.Rebuild(ctx); fault.Code(err) {
		case search.RebuildRunning, search.RebuildTaken:
			if err := wait(ctx, ix.Pause); err != nil {
				return rebuilt, err
			}
		case search.RebuiltMeanwhile:
			return rebuilt, nil
		default:
			return rebuilt, err
		}
	}
}

func (ix *Indexer) tree(ctx context.Context) (*catalog.Tree, error) {
	list, err := ix.DB.Read().Catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	return catalog.NewTree(list), nil
}

// doc is the product as the index sees it.
func doc(p catalog.Product, tree *catalog.Tree) search.Doc {
	d := search.Doc{ID: p.ID, Slug: p.Slug, Title: p.Title, Brand: p.Brand, Description: p.Description, CreatedAt: p.CreatedAt, Version: p.Version,
		Image: p.Cover().URL, ImageAlt: p.Cover().Alt,
		Prices: map[string]int64{}, CompareAt: map[string]int64{}}
	for _, c := range tree.Path(p.CategoryID) {
		d.Categories = append(d.Categories, search.Ref{ID: c.ID, Slug: c.Slug, Title: c.Title})
	}
	defs := tree.Declared(p.CategoryID)
	for _, a := range p.Attributes {
		def := defs[a.Name]
		if def.Label == "" {
			def.Label = a.Name
		}
		d.Attributes = append(d.Attributes, search.Attr{Name: a.Name, Label: def.Label, Unit: def.Unit, Text: a.Text, Milli: a.Milli, Facet: def.Facet})
	}
	currencies := map[string]bool{}
	for _, v := range p.Variants {
		d.SKUs = append(d.SKUs, v.SKU)
		if v.Barcode != "" {
			d.Barcodes = append(d.Barcodes, v.Barcode)
		}
		d.InStock = d.InStock || v.Available > 0
		for _, pr := range v.Prices {
			currencies[pr.Currency] = true
		}
	}
	for c := range currencies {
		best, _ := p.MinPrice(c)
		d.Prices[c] = best.Minor
		if best.CompareAt > 0 {
			d.CompareAt[c] = best.CompareAt
		}
	}
	return d
}
