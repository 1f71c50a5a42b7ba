// Package recommending learns from what is bought and looked at, and suggests.
package recommending

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// Service recommends.
type Service struct {
	DB  store.DB
	Now func() time.Time
}

// Suggestion is a product and why it is shown.
type Suggestion struct {
	Card catalog.Card
	Kind recommend.Kind
}

// Ask says what suggestions are wanted for: a product, a category (with those
// below it), or neither. Kind "" takes what fits best and fills up with the next.
type Ask struct {
	Kind                            recommend.Kind
	ProductID, CategoryID, Currency string
	Visitor                         []byte // SHA-256 of the visitor's token, if one was sent
	Limit                           int    // 1 to 50
}

// candidates is how many products of a category are compared with one.
const candidates = 100

// For returns up to Limit suggestions that are sold in the currency, the best
// first, none twice and never the product itself. The codes of errors are
// "product-not-found" and "visitor-missing".
func (s *Service) For(ctx context.Context, ask Ask) ([]Suggestion, error) {
	var product catalog.Product
	var err error
	if ask.ProductID != "" {
		if product, err = s.DB.Read().Catalog.Get(ctx, ask.ProductID); err != nil {
			return nil, err
		}
		ask.CategoryID = cmp.Or(ask.CategoryID, product.CategoryID)
	}
	if ask.Kind == recommend.Recent && ask.Visitor == nil {
		return nil, fault.New(fault.Invalid, "visitor-missing", "Send the header Visitor-Id to be told what you have looked at.")
	}
	seen := map[string]bool{product.ID: true, "": true}
	var out []Suggestion
	for _, kind := range kinds(ask, product) {
		ids, err := s.ids(ctx, kind, ask, product)
		if err != nil {
			return nil, fmt.Errorf("recommend %s: %w", kind, err)
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return seen[id] })
		cards, err := s.DB.Read().Catalog.Cards(ctx, ask.Currency, ids)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			if len(out) == ask.Limit {
				return out, nil
			}
			seen[c.ID] = true
			out = append(out, Suggestion{c, kind})
		}
		if len(out) == ask.Limit {
			return out, nil
		}
	}
	return out, nil
}

// kinds lists what is looked for, in turn.
func kinds(ask Ask, product catalog.Product) []recommend.Kind {
	switch {
	case ask.Kind != "":
		return []recommend.Kind{ask.Kind}
	case product.ID != "":
		return []recommend.Kind{recommend.Together, recommend.Similar, recommend.Popular}
	case ask.Visitor != nil && ask.CategoryID == "":
		return []recommend.Kind{recommend.Recent, recommend.Popular}
	}
	return []recommend.Kind{recommend.Popular}
}

func (s *Service) ids(ctx context.Context, kind recommend.Kind, ask Ask, product catalog.Product) ([]string, error) {
	read, n := s.DB.Read().Recommend, ask.Limit+1 // one may be the product itself
	switch kind {
	case recommend.Together:
		if product.ID == "" {
			return nil, nil
		}
		return read.Together(ctx, product.ID, 2*n)
	case recommend.Similar:
		return s.similar(ctx, ask, product)
	case recommend.Recent:
		return read.Recent(ctx, ask.Visitor, 2*n)
	}
	return read.Popular(ctx, cmp.Or(ask.CategoryID, catalog.All), 2*n)
}

// similar compares the product with the newest of its category.
func (s *Service) similar(ctx context.Context, ask Ask, product catalog.Product) ([]string, error) {
	if product.ID == "" {
		return nil, nil
	}
	cards, err := s.DB.Read().Catalog.List(ctx, catalog.Filter{CategoryID: product.CategoryID, Currency: ask.Currency, MaxMinor: money.Max, Sort: catalog.Newest, Limit: candidates})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range cards {
		ids = append(ids, c.ID)
	}
	attributes, err := s.DB.Read().Recommend.Traits(ctx, ids)
	if err != nil {
		return nil, err
	}
	price, _ := product.MinPrice(ask.Currency)
	own := recommend.Traits{Brand: product.Brand, Price: price.Amount, Attributes: product.Attributes}
	like := map[string]float64{}
	for _, c := range cards {
		like[c.ID] = recommend.Likeness(own, recommend.Traits{Brand: c.Brand, Price: c.Price.Amount, Attributes: attributes[c.ID]})
	}
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(like[b], like[a]) })
	return ids[:min(len(ids), 2*ask.Limit+1)], nil
}

// Seen remembers that a visitor looked at a product.
func (s *Service) Seen(ctx context.Context, visitor []byte, key string) error {
	p, err := s.DB.Read().Catalog.Get(ctx, key)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Recommend.Seen(ctx, visitor, p.ID, s.Now()) })
}

// Forget deletes what a visitor has looked at.
func (s *Service) Forget(ctx context.Context, visitor []byte) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		_, err := tx.Recommend.Forget(ctx, visitor)
		return err
	})
}
