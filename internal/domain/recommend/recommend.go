// Package recommend holds what is suggested to shoppers, and why.
package recommend

import (
	"context"
	"math"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
)

// Kind is why a product is suggested.
type Kind string

// The kinds of suggestions.
const (
	Together Kind = "together" // bought in one order with it
	Similar  Kind = "similar"  // of its category and like it
	Popular  Kind = "popular"  // sells well in its category
	Recent   Kind = "recent"   // this visitor has looked at it
)

// Bounds of what is counted and remembered.
const (
	MaxTogether = 12 // products of one order that are counted as pairs
	MaxRecent   = 50 // products remembered for one visitor
)

// A sale is worth many looks. Those who only look, machines among them, make
// nothing more popular than a few sales do.
const (
	ViewWeight   = 0.02 // of a sale
	MostInterest = 3    // sales
)

// HalfLife is how long it takes until a sale counts half as much for popularity.
const HalfLife = 14 * 24 * time.Hour

// epoch is where scores begin; only differences matter.
var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// scale is how many units of a stored score make one doubling.
const scale = 1_000_000

// Score returns the popularity of units sold at a moment, on top of an old score
// (none if it is 0). It is the binary logarithm, in millionths, of the sum of all
// sales, each weighing 2^(time in half-lives): forward decay (Cormode et al.,
// ICDE 2009), by which no score ever has to be aged.
func Score(old, units int64, at time.Time) int64 { return weigh(old, float64(max(units, 1)), at) }

// Interest returns the popularity when so many people looked, on top of an old
// score: each look is ViewWeight of a sale, and looks bring nothing above what
// MostInterest sales at that moment would.
func Interest(old, views int64, at time.Time) int64 {
	return max(old, min(weigh(old, ViewWeight*float64(max(views, 1)), at), weigh(0, MostInterest, at)))
}

func weigh(old int64, weight float64, at time.Time) int64 {
	now := float64(at.Sub(epoch))/float64(HalfLife) + math.Log2(weight)
	if old == 0 {
		return int64(math.Round(now * scale))
	}
	was := float64(old) / scale
	hi, lo := max(was, now), min(was, now)
	return int64(math.Round((hi + math.Log2(1+math.Exp2(lo-hi))) * scale))
}

// Sold is a product of a paid order: units, and the categories it is listed in.
type Sold struct {
	ProductID   string
	CategoryIDs []string
	Units       int64
}

// Sale is what one order had of products, which are distinct.
type Sale struct {
	Products []Sold
	At       time.Time
}

// Viewed is a product that was looked at, and the categories it is listed in.
type Viewed struct {
	ProductID   string
	CategoryIDs []string
	Views       int64
}

// Traits are what a product is like.
type Traits struct {
	ProductID, Brand string
	Price            money.Amount
	Attributes       []catalog.Attribute
}

// Likeness says how much two products have in common: above 0 if anything.
// A shared value counts 2, numbers by how near they are, the brand and a price
// within a factor of two up to 1 each.
func Likeness(a, b Traits) float64 {
	sum := 0.0
	for _, x := range a.Attributes {
		for _, y := range b.Attributes {
			switch {
			case x.Name != y.Name:
			case x.Milli != nil && y.Milli != nil:
				sum += 2 * near(float64(*x.Milli), float64(*y.Milli))
			case x.Text == y.Text:
				sum += 2
			}
		}
	}
	if a.Brand != "" && a.Brand == b.Brand {
		sum++
	}
	if a.Price.Currency == b.Price.Currency {
		sum += near(float64(a.Price.Minor), float64(b.Price.Minor))
	}
	return sum
}

// near is 1 for equal numbers and falls to 0 at a factor of two.
func near(a, b float64) float64 {
	if a == b {
		return 1
	}
	if a <= 0 || b <= 0 {
		return 0
	}
	return max(0, 1-math.Abs(math.Log2(a/b)))
}

// Store keeps what is counted. Visitors are known by the SHA-256 of their token.
type Store interface {
	// Products finds the products of SKUs, by SKU, and the categories in which they
	// are listed in that currency. Their units are 0.
	Products(ctx context.Context, currency string, skus []string) (map[string]Sold, error)
	// Bought counts the products of orders.
	Bought(ctx context.Context, sales []Sale) error
	// Listed finds the categories in which products are listed, those that are in any.
	Listed(ctx context.Context, productIDs []string) (map[string][]string, error)
	// Looked counts that products, which are distinct, were looked at.
	Looked(ctx context.Context, viewed []Viewed, at time.Time) error
	// Together returns the ids of up to n products bought with it, most often first.
	Together(ctx context.Context, productID string, n int) ([]string, error)
	// Popular returns the ids of up to n products of a category, best first.
	Popular(ctx context.Context, categoryID string, n int) ([]string, error)
	// Traits returns those of up to 100 active products.
	Traits(ctx context.Context, productIDs []string) (map[string][]catalog.Attribute, error)
	// Seen remembers that a visitor looked at an active product, and forgets all
	// but the last MaxRecent. The code is "product-not-found".
	Seen(ctx context.Context, visitor []byte, productID string, at time.Time) error
	// Recent returns the ids of up to n products, the last one first.
	Recent(ctx context.Context, visitor []byte, n int) ([]string, error)
	// Forget deletes what a visitor has looked at.
	Forget(ctx context.Context, visitor []byte) (int64, error)
	// Purge deletes up to n views, and pairs that were bought once, before the
	// given time, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}
