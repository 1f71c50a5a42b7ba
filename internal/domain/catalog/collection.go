package catalog

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/platform/money"
)

// Collection is a list of products by rule, such as "gifts under thirty". What
// is in it is kept like what is in a category, and follows products and rule.
type Collection struct {
	ID, Slug, Title    string
	Description, Image string
	Status             Visibility
	SEO                SEO
	Rule               Rule
	Version            int64
}

// Rule says which products belong: those that meet all conditions, or any.
// Without conditions none do, but for those that are pinned.
type Rule struct {
	Any        bool        `json:"any,omitempty"`
	Conditions []Condition `json:"conditions"`
}

// Subject is what a condition looks at.
type Subject string

// What a condition looks at, and the fields it uses. What can change by itself,
// the passing of time, is not among them.
const (
	ByCategory  Subject = "category"  // Values: ids; those below count too
	ByBrand     Subject = "brand"     // Values: ids
	ByTag       Subject = "tag"       // Values
	ByAttribute Subject = "attribute" // Name, and Values or a number from Min to Max in thousandths
	ByPrice     Subject = "price"     // Currency, Min, Max: the lowest price that holds, in minor units
	BySince     Subject = "since"     // Since: created then or later
	ByStock     Subject = "in_stock"  // some variant can be bought now
)

// Condition is met if one of Values is, or the number is within the inclusive
// bounds; a bound that is nil is open.
type Condition struct {
	Subject  Subject   `json:"subject"`
	Name     string    `json:"name,omitempty"`
	Values   []string  `json:"values,omitempty"`
	Currency string    `json:"currency,omitempty"`
	Min      *int64    `json:"min,omitempty"`
	Max      *int64    `json:"max,omitempty"`
	Since    time.Time `json:"since,omitzero"`
}

// Facts are what conditions look at besides the product itself.
type Facts struct {
	Categories []string // the product's and those above it
	InStock    bool
}

// Holds reports whether the product belongs by r.
func (r Rule) Holds(p Product, f Facts) bool {
	if len(r.Conditions) == 0 {
		return false
	}
	meets := func(c Condition) bool { return c.met(p, f) }
	if r.Any {
		return slices.ContainsFunc(r.Conditions, meets)
	}
	return !slices.ContainsFunc(r.Conditions, func(c Condition) bool { return !meets(c) })
}

// OfStock reports whether r looks at stock.
func (r Rule) OfStock() bool {
	return slices.ContainsFunc(r.Conditions, func(c Condition) bool { return c.Subject == ByStock })
}

func (c Condition) met(p Product, f Facts) bool {
	has := func(v string) bool { return slices.Contains(c.Values, v) }
	switch c.Subject {
	case ByCategory:
		return slices.ContainsFunc(f.Categories, has)
	case ByBrand:
		return has(p.BrandID)
	case ByTag:
		return slices.ContainsFunc(p.Tags, has)
	case ByAttribute:
		return slices.ContainsFunc(p.Attributes, func(a Attribute) bool {
			return a.Name == c.Name && (has(a.Text) || c.ranged() && a.Milli != nil && c.within(*a.Milli))
		})
	case ByPrice:
		lowest, ok := p.MinPrice(c.Currency)
		return ok && c.within(lowest.Minor)
	case BySince:
		return !p.CreatedAt.Before(c.Since)
	case ByStock:
		return f.InStock
	}
	return false
}

func (c Condition) ranged() bool { return c.Min != nil || c.Max != nil }

func (c Condition) within(n int64) bool {
	return (c.Min == nil || n >= *c.Min) && (c.Max == nil || n <= *c.Max)
}

// Bounds of collections.
const (
	MaxCollections = 200
	maxConditions  = 20
	maxRuleValues  = 100
)

// Check reports what the catalogue would refuse of c by itself. The error's code is "collection-invalid".
func (c Collection) Check() error {
	err := first(
		length("slug", c.Slug, 1, 120),
		length("title", c.Title, 1, 200),
		length("description", c.Description, 0, 100_000),
		length("image", c.Image, 0, 1000),
		c.SEO.check(),
		legible(c.Slug, c.Title, c.Description, c.Image, c.SEO.Title, c.SEO.Description),
		sluggish(c.Slug))
	if err == nil && c.Status != Shown && c.Status != Hidden {
		err = wrong("status", "%q is not active or hidden", c.Status)
	}
	if err == nil && len(c.Rule.Conditions) > maxConditions {
		err = wrong("rule", "at most %d conditions are possible", maxConditions)
	}
	for _, cond := range c.Rule.Conditions {
		err = first(err, cond.check())
	}
	return coded("collection-invalid", err)
}

func (c Condition) check() error {
	if len(c.Values) > maxRuleValues {
		return wrong("rule", "a condition takes at most %d values", maxRuleValues)
	}
	for _, v := range c.Values {
		if err := first(length("rule", v, 1, 400), legible(v)); err != nil {
			return err
		}
	}
	if c.Min != nil && c.Max != nil && *c.Min > *c.Max {
		return wrong("rule", "the least value is above the greatest")
	}
	ok := false
	switch c.Subject {
	case ByCategory, ByBrand, ByTag:
		ok = len(c.Values) > 0
	case ByAttribute:
		ok = length("rule", c.Name, 1, 60) == nil && (len(c.Values) > 0) != c.ranged()
	case ByPrice:
		ok = money.Known(c.Currency) && c.ranged()
	case BySince:
		ok = !c.Since.IsZero()
	case ByStock:
		ok = true
	}
	if !ok {
		return wrong("rule", "%q with what is given here is no condition; category, brand and tag take values, attribute a name with values or bounds, price a currency with bounds, since a moment, in_stock nothing", c.Subject)
	}
	return nil
}

// Pick is a product's place in a collection by hand.
type Pick string

// Pinned products are in, excluded ones out; for others the rule decides.
const (
	Pinned   Pick = "pin"
	Excluded Pick = "exclude"
	ByRule   Pick = ""
)

// CollectionStore keeps collections. Errors have the codes
// "collection-not-found", "slug-taken", "changed-meanwhile".
type CollectionStore interface {
	// Collections returns up to n collections in order of slug, those behind
	// after ("" for the first), hidden ones too.
	Collections(ctx context.Context, after string, n int) ([]Collection, error)
	// Collection returns the one with that id or slug.
	Collection(ctx context.Context, idOrSlug string) (Collection, error)
	// PutCollection inserts the collection if its version is 1, or changes the one
	// whose version is one less. What is listed follows by tasks.
	PutCollection(ctx context.Context, c Collection) error
	// DeleteCollection removes the collection; what is listed follows by tasks.
	DeleteCollection(ctx context.Context, id string, version int64) error
	// PickProduct sets the product's place by hand; Relist it. Further codes are "product-not-found".
	PickProduct(ctx context.Context, collectionID, productID string, pick Pick) error
	// PicksOf returns the product's places by hand, by collection.
	PicksOf(ctx context.Context, productID string) (map[string]Pick, error)
	// RulesOfStock reports whether a collection's rule looks at stock.
	RulesOfStock(ctx context.Context) (bool, error)
}
