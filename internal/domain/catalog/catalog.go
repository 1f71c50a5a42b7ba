// Package catalog holds what the shop sells: the category tree, products with
// variants, attributes, prices and media, and the Store that keeps them.
package catalog

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// All is the category id under which listings of the whole shop are kept.
const All = "all"

// Category is a node of the tree. ParentID is "" for a root.
type Category struct {
	ID, ParentID, Slug, Title string
	Position                  int64
	Attributes                []AttributeDef // those declared on this very category
}

// AttributeKind says what values an attribute takes.
type AttributeKind string

// The kinds of attributes.
const (
	Text    AttributeKind = "text"
	Number  AttributeKind = "number" // with a unit; kept in thousandths
	Boolean AttributeKind = "boolean"
	Choice  AttributeKind = "choice"
)

// AttributeDef declares an attribute for products of a category and of those below it.
type AttributeDef struct {
	Name, Label string
	Kind        AttributeKind
	Unit        string
	Facet       bool
	Position    int64
}

// Status is where a product is in its life.
type Status string

// The states of a product; only Active ones are sold and listed.
const (
	Draft    Status = "draft"
	Active   Status = "active"
	Archived Status = "archived"
)

// Product is an article with at least one variant.
type Product struct {
	ID, Slug, Title, Description, Brand string
	CategoryID                          string
	Status                              Status
	TaxClass                            string
	Version                             int64
	CreatedAt, UpdatedAt                time.Time
	Attributes                          []Attribute
	Variants                            []Variant
	Media                               []Media
}

// Attribute is one value of a product. Several with one name make a multi-valued
// attribute. Milli is the value in thousandths of the unit; set for numbers only.
type Attribute struct {
	Name, Text string
	Milli      *int64
}

// Variant is what is in fact bought: one SKU of a product.
type Variant struct {
	SKU, Title, Barcode string
	Options             []Option
	WeightG             int64 // grams
	Position            int64
	Prices              []Price
	OnHand              int64 // filled when read: at the main location
	Available           int64 // filled when read: how many can still be promised
}

// Option is a choice that sets a variant apart, such as Size = M.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Price is what a variant costs in one currency. CompareAt, if above zero, is
// the former price in the same minor units.
type Price struct {
	money.Amount
	CompareAt int64
}

// Media is a picture or a video of a product, by URL or by object key.
type Media struct {
	Kind     string // image or video
	URL, Alt string
	SKU      string // of the variant it shows, or ""
}

// MinPrice returns the lowest price of any variant in currency, with that
// variant's former price. ok is false if none is sold in it.
func (p Product) MinPrice(currency string) (best Price, ok bool) {
	for _, v := range p.Variants {
		for _, pr := range v.Prices {
			if pr.Currency == currency && (!ok || pr.Minor < best.Minor) {
				best, ok = pr, true
			}
		}
	}
	return best, ok
}

// TitleKey is the form of a title that lists are sorted by: lower case.
func TitleKey(title string) string { return strings.ToLower(title) }

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
	CategoryID         string // All, or a category: everything below it too
	Currency           string
	Brand              string // "" for any
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

// Sellable is what cart and checkout need of a variant, in one currency.
type Sellable struct {
	SKU, ProductID, Slug, Title string // Title is the product's with the variant's
	TaxClass                    string
	WeightG                     int64
	Price                       money.Amount
	Available                   int64
	Image                       string
}

// Store keeps the catalogue. Errors have the codes "product-not-found",
// "category-not-found" and "slug-taken".
type Store interface {
	// Categories returns the whole tree, parents before children, in order of position.
	Categories(ctx context.Context) ([]Category, error)
	// PutCategory inserts the category or changes the one with its id, with its attribute declarations.
	PutCategory(ctx context.Context, c Category) error

	// List returns a page of active products.
	List(ctx context.Context, f Filter) ([]Card, error)
	// Cards returns those of the active products that are sold in currency, in the
	// order of ids.
	Cards(ctx context.Context, currency string, ids []string) ([]Card, error)
	// Get returns the active product with that id or slug.
	Get(ctx context.Context, idOrSlug string) (Product, error)
	// Load returns the product with that id in any status.
	Load(ctx context.Context, id string) (Product, error)
	// BySKUs returns products in any status that own one of the SKUs; with everything in them.
	BySKUs(ctx context.Context, skus []string) ([]Product, error)
	// BySlug returns the product in any status; with everything in it.
	BySlug(ctx context.Context, slug string) (Product, error)
	// Sellables returns those of the SKUs that are active and have a price in currency.
	Sellables(ctx context.Context, currency string, skus []string) ([]Sellable, error)
	// CategoriesOf returns the category of an active product sold in currency and all above it.
	CategoriesOf(ctx context.Context, productID, currency string) ([]string, error)
	// Put inserts the product or replaces the one with its id, whole: variants
	// missing from it are removed unless they have stock history, then refused
	// with code "variant-in-use". Stock is not touched.
	Put(ctx context.Context, p Product) error
	// Page returns up to n products in any status with id > after, for indexing and export.
	Page(ctx context.Context, after string, n int) ([]Product, error)
	// Stamp returns the latest change, zero if there are no products.
	Stamp(ctx context.Context) (Stamp, error)
}

// Stamp names the product that was changed last.
type Stamp struct {
	LastID    string // id of the product changed last
	UpdatedAt time.Time
}

// ParseMilli reads a decimal with up to three decimals as thousandths, the form
// in which number attributes are kept: "17.3" is 17300. The error's code is "bad-number".
func ParseMilli(s string) (int64, error) {
	digits := strings.TrimPrefix(s, "-")
	whole, frac, _ := strings.Cut(digits, ".")
	n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", max(0, 3-len(frac))), 10, 63)
	if err != nil || whole == "" || len(frac) > 3 || strings.HasSuffix(digits, ".") || n > 999_999_999_999_999_999 {
		return 0, fault.New(fault.Invalid, "bad-number", "%q is not a number with at most three decimals.", s)
	}
	if digits != s {
		return -int64(n), nil
	}
	return int64(n), nil
}
