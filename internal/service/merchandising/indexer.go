package merchandising

import (
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/search"
	"tradewind/internal/store"
)

// Indexer writes products into the search index.
type Indexer struct {
	DB    store.DB
	Index search.Index
	// Relister moves products into and out of collections of what is in stock.
	Relister *Relister
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

// StockMoved refreshes those products of an order that are sold out now or
// have just come back: as many are available as this order has given back.
func (ix *Indexer) StockMoved(ctx context.Context, orderID string) error {
	o, err := ix.DB.Read().Orders.Load(ctx, orderID)
	if err != nil {
		return err
	}
	qty := map[string]int64{}
	skus := make([]string, 0, len(o.Lines))
	for _, l := range o.Lines {
		if qty[l.SKU] == 0 {
			skus = append(skus, l.SKU)
		}
		qty[l.SKU] += l.Qty
	}
	levels, err := ix.DB.Read().Stock.Levels(ctx, skus)
	if err != nil {
		return err
	}
	var turned []string
	for _, l := range levels {
		if soldOut(l) || o.Status != order.Placed && l.Available() <= qty[l.SKU] {
			turned = append(turned, l.SKU)
		}
	}
	if len(turned) == 0 {
		return nil
	}
	products, err := ix.DB.Read().Catalog.BySKUs(ctx, turned)
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
	if err := ix.Index.Put(ctx, docs); err != nil {
		return err
	}
	return ix.Relister.StockTurned(ctx, products)
}

func soldOut(l inventory.Level) bool { return l.Available() <= 0 }

// Rebuild writes the whole catalogue into the index, a page at a time.
func (ix *Indexer) Rebuild(ctx context.Context) error {
	tree, err := ix.tree(ctx)
	if err != nil {
		return err
	}
	after := ""
	return ix.Index.Rebuild(ctx, func() ([]search.Doc, error) {
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

// Ensure rebuilds an index that is empty while the catalogue is not.
func (ix *Indexer) Ensure(ctx context.Context) error {
	n, err := ix.Index.Size(ctx)
	if err != nil || n > 0 {
		return err
	}
	stamp, err := ix.DB.Read().Catalog.Stamp(ctx)
	if err != nil || stamp.LastID == "" {
		return err
	}
	return ix.Rebuild(ctx)
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
	if len(p.Media) > 0 {
		d.Image, d.ImageAlt = p.Media[0].URL, p.Media[0].Alt
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
