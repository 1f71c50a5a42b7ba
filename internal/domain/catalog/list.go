package catalog

import (
	"time"

	"tradewind/internal/platform/money"
)

// Card is a product as a list shows it.
type Card struct {
	ID, Slug, Title, Brand string
	Price                  Price
	Image, ImageAlt        string
	InStock                bool
	CreatedAt              time.Time
}

// Sort is the order of a list.
type Sort string

// The orders a list may have; ties are broken by product id.
const (
	Newest    Sort = "newest"
	PriceUp   Sort = "price"
	PriceDown Sort = "-price"
	ByTitle   Sort = "title"
)

// Filter narrows a list of active products.
type Filter struct {
	CategoryID         string // All, a category (everything below it too), or a collection
	Currency           string
	Brand              string // its name; "" for any
	MinMinor, MaxMinor int64  // price range, inclusive
	Attributes         []AttributeFilter
	Sort               Sort
	Limit              int     // 1 to 100
	After              *Cursor // nil for the first page
}

// MaxAttributeFilters and MaxAttributeValues bound what one list request may ask.
const (
	MaxAttributeFilters = 3
	MaxAttributeValues  = 4
)

// AttributeFilter keeps products that have one of Values, or a number within
// [MinMilli, MaxMilli] where the range is not empty.
type AttributeFilter struct {
	Name               string
	Values             []string
	MinMilli, MaxMilli int64
}

// Cursor is the sort key of the last row of a page.
type Cursor struct {
	ID        string
	Minor     int64
	TitleKey  string
	CreatedAt time.Time
}

// Revision says which version of a product there is.
type Revision struct {
	ID      string
	Version int64
	Status  Status
}

// Sellable is what cart and checkout need of a variant, in one currency.
type Sellable struct {
	SKU, ProductID, Slug, Title string // Title is the product's with the variant's
	TaxClass                    string
	WeightG                     int64
	Price                       money.Amount
	Available                   int64
	Image                       string
}
