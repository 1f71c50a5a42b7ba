// Package shipping holds the table of shipping rates and the rule that picks
// from it.
package shipping

import (
	"context"
	"strings"

	"tradewind/internal/platform/money"
)

// Rate is a row of the shipping table: what a method costs to a country in a
// currency up to a weight.
type Rate struct {
	ID, Country, Method, Title string
	MaxWeightG                 int64 // grams, inclusive
	Price                      money.Amount
	FreeFrom                   int64 // goods worth at least this many minor units ship free; 0 = never
	PostcodePrefix             string
	Position                   int64
	Version                    int64 // counts changes; filled by RatePage and HoldRate
}

// Option is a method that can be chosen, with its price.
type Option struct {
	Method string       `json:"method"`
	Title  string       `json:"title"`
	Price  money.Amount `json:"price"`
}

// Options returns the methods that carry weightG grams to postcode, each once,
// at its first matching rate in order of position: rates of heavier steps come
// later. goods is the value after discounts, in minor units.
func Options(rates []Rate, weightG int64, postcode string, goods int64) []Option {
	var out []Option
	seen := map[string]bool{}
	code := strings.ToUpper(strings.ReplaceAll(postcode, " ", ""))
	for _, r := range rates {
		if seen[r.Method] || weightG > r.MaxWeightG || !strings.HasPrefix(code, r.PostcodePrefix) {
			continue
		}
		seen[r.Method] = true
		price := r.Price
		if r.FreeFrom > 0 && goods >= r.FreeFrom {
			price.Minor = 0
		}
		out = append(out, Option{Method: r.Method, Title: r.Title, Price: price})
	}
	return out
}

// Store keeps the shipping table.
type Store interface {
	// Rates returns the rates to country in currency in order of position.
	Rates(ctx context.Context, country, currency string) ([]Rate, error)
	// PutRate adds the rate or changes the one with its id.
	PutRate(ctx context.Context, r Rate) error
	// RatePage returns up to n rates with id > after, to a country or, if it is "", all.
	RatePage(ctx context.Context, country, after string, n int) ([]Rate, error)
	// Rate returns a rate; the error's code is "shipping-rate-not-found".
	Rate(ctx context.Context, id string) (Rate, error)
	// HoldRate is Rate, and keeps the rate until the transaction ends.
	HoldRate(ctx context.Context, id string) (Rate, error)
	// RemoveRate deletes a rate.
	RemoveRate(ctx context.Context, id string) error
}
