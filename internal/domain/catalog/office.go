package catalog

import (
	"context"
	"time"
)

// Row is a product as a list of staff shows it.
type Row struct {
	ID, Slug, Title, BrandID, Brand, CategoryID string
	Status                                      Status
	Version                                     int64
	CreatedAt, UpdatedAt                        time.Time
}

// RowFilter narrows a list of products in any status; what is zero does not.
type RowFilter struct {
	SKU, BrandID, CategoryID string // CategoryID is the product's own category, not one above it
	Status                   Status
	UpdatedSince             time.Time // the list is in order of the change then, the oldest first
	Before                   string    // continues a list of the newest, with an id below it
	After                    *Stamp    // continues a list in order of the change
	Limit                    int
}

// Redirect says that a slug leads to the thing of that id.
type Redirect struct {
	Noun           Noun
	Slug, TargetID string
}

// Picked is a product's place in a collection by hand.
type Picked struct {
	ProductID string
	Pick      Pick
}

// OfficeStore is what lists of staff read, and the slugs that lead elsewhere.
type OfficeStore interface {
	// Rows returns products, the newest first unless the filter says otherwise.
	Rows(ctx context.Context, f RowFilter) ([]Row, error)
	// Picks returns up to n products of a collection that were picked by hand, behind after.
	Picks(ctx context.Context, collectionID, after string, n int) ([]Picked, error)
	// Has reports whether there is a thing of that noun and id.
	Has(ctx context.Context, noun Noun, id string) (bool, error)
	// Redirects returns up to n slugs of a noun that lead elsewhere, behind after.
	Redirects(ctx context.Context, noun Noun, after string, n int) ([]Redirect, error)
	// Redirect lets a slug lead to a thing. Errors have the codes "slug-taken" if
	// something has the slug, and "redirect-target" if there is no such thing.
	Redirect(ctx context.Context, r Redirect) error
	// EndRedirect lets a slug lead nowhere; it reports false if it did so before.
	EndRedirect(ctx context.Context, noun Noun, slug string) (bool, error)
}
