// Package search holds the query model and the Index port: what shoppers ask
// and what an engine answers, whichever engine it is.
package search

import (
	"context"
	"time"
)

// Doc is a product as the index sees it. Version rejects writes that come late.
type Doc struct {
	ID, Slug, Title, Brand, Description string
	Categories                          []Ref // from the root down to the product's own
	Attributes                          []Attr
	SKUs, Barcodes                      []string
	Prices                              map[string]int64 // currency to the lowest price in minor units
	CompareAt                           map[string]int64
	Image, ImageAlt                     string
	InStock                             bool
	CreatedAt                           time.Time
	Version                             int64
}

// Ref names a category.
type Ref struct{ ID, Slug, Title string }

// Attr is an attribute value. Label and Unit come from its declaration; Facet
// says whether it is counted and can be filtered by. Milli is set for numbers: thousandths of the unit.
type Attr struct {
	Name, Label, Unit, Text string
	Milli                   *int64
	Facet                   bool
}

// Sort is the order of results.
type Sort string

// The orders of results; ties are broken by product id.
const (
	Relevance Sort = "relevance"
	Newest    Sort = "newest"
	PriceUp   Sort = "price"
	PriceDown Sort = "-price"
)

// Query is what a shopper asks. An empty Text finds everything that passes the
// filters. Products without a price in Currency are not found; without a
// Currency all are, but cannot be filtered or sorted by price.
type Query struct {
	Text               string
	Currency           string
	CategoryID         string // "" for any; products below it are included
	Brands             []string
	MinMinor, MaxMinor int64 // inclusive; MaxMinor 0 means no limit
	Attributes         []AttrFilter
	InStock            bool // only what can be bought now
	Sort               Sort
	Limit              int     // 1 to 200
	After              *Cursor // nil for the first page
	Facets             bool    // count facets
}

// AttrFilter keeps products with one of Values, or a number within the range,
// both ends inclusive. The range is empty if MinMilli is above MaxMilli, or if
// both are 0 beside Values. A name may be filtered by once.
type AttrFilter struct {
	Name               string
	Values             []string
	MinMilli, MaxMilli int64
}

// Cursor is the place of the last hit of a page: its score or sort key, as the
// index wants to see it again, and its id.
type Cursor struct {
	Key int64
	ID  string
}

// Hit is one product found. Cursor continues after it.
type Hit struct {
	ID, Slug, Title, Brand string
	Image, ImageAlt        string
	Minor, CompareAt       int64 // in the currency of the query
	InStock                bool
	Cursor                 Cursor
}

// Facet counts the values of one attribute, of "brand", "category" or "price"
// over all hits. The facet's own choice does not narrow its counts
// (disjunctive facets); the choices made in other facets do.
type Facet struct {
	Name, Label, Unit string
	Values            []FacetValue
}

// FacetValue is a value and how many products have it. Value is what to send
// as filter; Label is what to show. For ranges, Min and Max are inclusive, in
// minor units for price and thousandths for others, and Value is "15.6..17.3".
// An index may leave out values and facets that few products have, never those
// that were chosen.
type FacetValue struct {
	Value, Label string
	Count        int64
	Min, Max     int64
}

// Result answers a Query. Total counts every hit; Relaxed says which words
// were left out to find something ("" if none). Degraded says that something
// else than an index has answered: without facets, and Total counts the hits of
// this page and those before it only.
type Result struct {
	Hits    []Hit
	Total   int64
	Facets  []Facet
	Relaxed string

	Degraded bool
}

// Version says which version of a product the index has.
type Version struct {
	ID      string
	Version int64
}

// The codes of a rebuild that gives way to another one.
const (
	RebuiltMeanwhile = "rebuilt-meanwhile" // the other has ended
	RebuildRunning   = "rebuild-running"   // the other had begun before, or ended a moment ago without a word
	RebuildTaken     = "rebuild-taken"     // the other goes on with what this one had begun, and then seemed dead
)

// Index finds products. It holds copies: losing it loses no truth.
type Index interface {
	// Put adds or replaces documents; one with a lower Version than the index has is skipped.
	Put(ctx context.Context, docs []Doc) error
	// Delete removes a document unless the index has a higher version of it.
	Delete(ctx context.Context, id string, version int64) error
	// Search answers q. Errors have the code "bad-query".
	Search(ctx context.Context, q Query) (Result, error)
	// Rebuild replaces the whole content by what next yields until it returns no
	// documents; next gives what follows the document with the id after, "" at
	// first. Searches see the old content until it ends. An index may go on where
	// an earlier Rebuild was interrupted, also that of another process, and ask for
	// the rest only; what was put and deleted since then counts. The error has the
	// code RebuiltMeanwhile, RebuildRunning or RebuildTaken if another process
	// rebuilds.
	Rebuild(ctx context.Context, next func(after string) ([]Doc, error)) error
	// Forget lets the next Rebuild begin with the first document: what interrupted
	// ones have read is not true any more, as after a backup was restored. The error
	// has the code RebuildRunning if another process rebuilds.
	Forget(ctx context.Context) error
	// Size returns the number of documents.
	Size(ctx context.Context) (int64, error)
	// Versions lists up to n documents with ids after that one, by id.
	Versions(ctx context.Context, after string, n int) ([]Version, error)
	Close() error
}
