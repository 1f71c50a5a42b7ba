// Package quoting gathers what a quote depends on and prices a cart. It reads
// through whatever view of the database its caller has.
package quoting

import (
	"context"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Destination is where the goods go and how.
type Destination struct {
	Country  string // ISO 3166-1 alpha-2
	Postcode string
	Method   string // "" takes the first method offered
}

// Items pairs the items of a cart with what they are; those that can no longer
// be sold have a zero Sellable.
func Items(ctx context.Context, tx store.Stores, c cart.Cart) ([]catalog.Sellable, error) {
	out := make([]catalog.Sellable, len(c.Items))
	if len(c.Items) == 0 {
		return out, nil
	}
	skus := make([]string, len(c.Items))
	for i, it := range c.Items {
		skus[i] = it.SKU
	}
	found, err := tx.Catalog.Sellables(ctx, c.Currency, skus)
	if err != nil {
		return nil, err
	}
	for i, it := range c.Items {
		for _, f := range found {
			if f.SKU == it.SKU {
				out[i] = f
			}
		}
	}
	return out, nil
}

// Quote prices the cart. Errors are those of pricing.Of, and "sku-not-sold" if
// an item can no longer be bought.
func Quote(ctx context.Context, tx store.Stores, c cart.Cart, to Destination, now time.Time) (pricing.Quote, error) {
	in := pricing.Input{Currency: c.Currency, Postcode: to.Postcode, Method: to.Method, Now: now}
	sellables, err := Items(ctx, tx, c)
	if err != nil {
		return pricing.Quote{}, err
	}
	if in.Zone, err = tx.Taxes.Zone(ctx, to.Country); err != nil {
		return pricing.Quote{}, err
	}
	if in.Rates, err = tx.Shipping.Rates(ctx, to.Country, c.Currency); err != nil {
		return pricing.Quote{}, err
	}
	if in.Codes, err = codes(ctx, tx, c.Codes); err != nil {
		return pricing.Quote{}, err
	}
	byCategory := false
	for _, p := range in.Codes {
		byCategory = byCategory || p.CategoryID != ""
	}
	for i, it := range c.Items {
		v := sellables[i]
		if v.SKU == "" {
			e := fault.New(fault.Conflict, "sku-not-sold", "%s can no longer be bought in %s; remove it from the cart.", it.SKU, c.Currency)
			e.Fields = map[string]string{"sku": it.SKU}
			return pricing.Quote{}, e
		}
		line := pricing.Line{SKU: v.SKU, Title: v.Title, TaxClass: v.TaxClass, WeightG: v.WeightG, Unit: v.Price, Qty: it.Qty}
		if byCategory {
			if line.CategoryIDs, err = tx.Catalog.CategoriesOf(ctx, v.ProductID, c.Currency); err != nil {
				return pricing.Quote{}, err
			}
		}
		in.Lines = append(in.Lines, line)
	}
	return pricing.Of(in)
}

// codes loads the promotions of a cart; one that was deleted since is left out.
func codes(ctx context.Context, tx store.Stores, codes []string) ([]promotion.Promotion, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	return tx.Promotions.ByCodes(ctx, codes)
}
