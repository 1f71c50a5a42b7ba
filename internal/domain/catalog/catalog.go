// Package catalog holds what the shop sells: brands, the category tree,
// products with variants, attributes, prices and media, and the Store that keeps them.
package catalog

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// Noun is a kind of thing that has a slug.
type Noun string

// What has a slug.
const (
	NounProduct    Noun = "product"
	NounCategory   Noun = "category"
	NounBrand      Noun = "brand"
	NounCollection Noun = "collection"
)

// Store keeps the catalogue.
type Store interface {
	Reader
	Writer
	TreeStore
	BrandStore
	PriceStore
	CollectionStore
	TextStore
	TaskStore
	OfficeStore
	MediaStore
}

// Reader finds products. The error's code is "product-not-found".
type Reader interface {
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
	// Find returns products in any status that have one of the ids or slugs, or
	// own one of the SKUs, in order of id; with everything in them.
	Find(ctx context.Context, ids, slugs, skus []string) ([]Product, error)
	// BySlug returns the product in any status; with everything in it.
	BySlug(ctx context.Context, slug string) (Product, error)
	// Sellables returns those of the SKUs that are active and have a price in the
	// currency of terms: the price that holds at that very moment for that group.
	Sellables(ctx context.Context, terms Terms, skus []string) ([]Sellable, error)
	// CategoriesOf returns the category of an active product sold in currency, all
	// above it and the collections it is in.
	CategoriesOf(ctx context.Context, productID, currency string) ([]string, error)
	// Page returns up to n products in any status with id > after, for indexing and export.
	Page(ctx context.Context, after string, n int) ([]Product, error)
	// Revisions lists up to n products in any status with id > after, without what is in them.
	Revisions(ctx context.Context, after string, n int) ([]Revision, error)
	// Stamp returns the latest change, zero if there are no products.
	Stamp(ctx context.Context) (Stamp, error)
	// Renamed returns the slug that the noun which had this one before has now, "" if there is none.
	Renamed(ctx context.Context, noun Noun, slug string) (string, error)
}

// MediaStore knows who names a picture or film.
type MediaStore interface {
	// MediaNamed returns those of urls that a product, category, brand or
	// collection in any status names.
	MediaNamed(ctx context.Context, urls []string) ([]string, error)
}

// Writer changes products.
type Writer interface {
	// Put inserts the product, or replaces the one with its id whose version is
	// one less, whole: variants missing from it are removed unless they have stock
	// history, then refused with code "variant-in-use". Stock is not touched. A
	// slug that it had before leads to it from then on, and one that led to
	// another product is its own. Errors have the codes "changed-meanwhile" if
	// the version is another, "slug-taken", "sku-taken", "category-not-found".
	Put(ctx context.Context, p Product) error
	// Insert adds products that are new, with new slugs and SKUs, as Put would one
	// by one. Variants are in stock as they say; it is for the caller to import
	// what makes that true.
	Insert(ctx context.Context, list []Product) error
}

// TreeStore keeps the category tree.
type TreeStore interface {
	// Categories returns the whole tree, parents before children, in order of position.
	Categories(ctx context.Context) ([]Category, error)
	// PutCategory inserts the category or changes the one with its id, with its
	// attribute declarations; the place in the tree is for MoveCategory to change.
	// Where c has a version, the one before must be one less. Errors have the
	// codes "slug-taken", "category-not-found" for the parent, "category-too-deep",
	// "changed-meanwhile".
	PutCategory(ctx context.Context, c Category) error
	// MoveCategory puts the category of that version below another ("" for a
	// root). What is listed follows by tasks. Errors have the codes
	// "category-not-found", "category-cycle", "category-too-deep", "changed-meanwhile".
	MoveCategory(ctx context.Context, id, parentID string, version int64) error
	// DeleteCategory removes a category without products and without categories
	// below it. Errors have the codes "category-not-empty" and "changed-meanwhile".
	DeleteCategory(ctx context.Context, id string, version int64) error
}

// BrandStore keeps brands. Errors have the codes "brand-not-found",
// "brand-taken" if another has the name, "slug-taken", "changed-meanwhile".
type BrandStore interface {
	// Brands returns up to n brands in order of name, those behind after ("" for the first).
	Brands(ctx context.Context, after string, n int) ([]Brand, error)
	// Brand returns the brand with that id or slug.
	Brand(ctx context.Context, idOrSlug string) (Brand, error)
	// PutBrand inserts the brand if its version is 1, or changes the one whose version is one less.
	PutBrand(ctx context.Context, b Brand) error
	// DeleteBrand removes a brand that no product has; the code is "brand-in-use" else.
	DeleteBrand(ctx context.Context, id string, version int64) error
}

// Stamp names the product that was changed last.
type Stamp struct {
	LastID    string // id of the product changed last
	UpdatedAt time.Time
}

// ChangedMeanwhile says that somebody else was faster.
func ChangedMeanwhile(what string) error {
	return fault.ChangedMeanwhile(what)
}
