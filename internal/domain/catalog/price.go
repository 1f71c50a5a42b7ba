package catalog

import (
	"context"
	"time"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Price is what a variant costs in one currency as long as no schedule says
// otherwise. CompareAt, if above zero, is the former price in the same minor units.
type Price struct {
	money.Amount
	CompareAt int64
	Sale      *Sale `json:",omitempty"` // what holds for everybody now instead; filled when read
}

// Sale is a price that a schedule puts in place of the base price.
type Sale struct{ Minor, CompareAt int64 }

// Now is the price that holds for everybody.
func (p Price) Now() Price {
	if p.Sale == nil {
		return p
	}
	return Price{Amount: money.Of(p.Sale.Minor, p.Currency), CompareAt: p.Sale.CompareAt}
}

// MinPrice returns the lowest price of any variant in currency that holds now,
// with that variant's former price. ok is false if none is sold in it.
func (p Product) MinPrice(currency string) (best Price, ok bool) {
	for _, v := range p.Variants {
		for _, pr := range v.Prices {
			if now := pr.Now(); pr.Currency == currency && (!ok || now.Minor < best.Minor) {
				best, ok = now, true
			}
		}
	}
	return best, ok
}

// Schedule is a price of a SKU for a time, for everybody or for one customer
// group. A group's goes before that for everybody, which goes before the base price.
type Schedule struct {
	ID, SKU          string
	Price            money.Amount
	CompareAt        int64     // minor units, 0 for none
	Group            string    // "" for everybody
	StartsAt, EndsAt time.Time // EndsAt is exclusive; zero has no end
	Note             string
}

// Check reports what is wrong with s by itself. The error's code is "schedule-invalid".
func (s Schedule) Check() error {
	var err error
	switch {
	case !money.Known(s.Price.Currency):
		err = wrong("currency", "%q is not an ISO 4217 code such as EUR", s.Price.Currency)
	case s.Price.Minor < 0 || s.Price.Minor > money.Max:
		err = wrong("price", "it must be from 0 to %d", int64(money.Max))
	case s.CompareAt != 0 && (s.CompareAt <= s.Price.Minor || s.CompareAt > money.Max):
		err = wrong("compare_at", "the former price must be above the price")
	case s.StartsAt.IsZero():
		err = wrong("starts_at", "a schedule needs a beginning")
	case !s.EndsAt.IsZero() && !s.EndsAt.After(s.StartsAt):
		err = wrong("ends_at", "the end must be after the beginning")
	case s.Group == "*" || utf8.RuneCountInString(s.Group) > 36:
		err = wrong("customer_group", "%q is not the id of a group", s.Group)
	}
	return coded("schedule-invalid", first(err, length("note", s.Note, 0, 200), legible(s.Note, s.Group, s.SKU)))
}

func (s Schedule) holds(at time.Time) bool {
	return !at.Before(s.StartsAt) && (s.EndsAt.IsZero() || at.Before(s.EndsAt))
}

// Effective is base with the Sale that schedules make of it for everybody at a
// moment, and the next moment at which that may change, zero if never.
// Schedules of other currencies or of groups do not matter.
func Effective(base Price, schedules []Schedule, at time.Time) (p Price, next time.Time) {
	base.Sale = nil
	for _, s := range schedules {
		if s.Group != "" || s.Price.Currency != base.Currency {
			continue
		}
		if s.holds(at) {
			base.Sale = &Sale{Minor: s.Price.Minor, CompareAt: s.CompareAt}
		}
		for _, moment := range []time.Time{s.StartsAt, s.EndsAt} {
			if moment.After(at) && (next.IsZero() || moment.Before(next)) {
				next = moment
			}
		}
	}
	return base, next
}

// Terms are what a price depends on besides the SKU.
type Terms struct {
	Currency, Group string // Group is "" for somebody of no group
	At              time.Time
}

// PriceChange is a change of many base prices in one currency: of a category
// and what is below it, of a brand, or of a list of SKUs; one of these is set.
type PriceChange struct {
	ID         string   `json:"-"`
	CategoryID string   `json:"category_id,omitempty"`
	BrandID    string   `json:"brand_id,omitempty"`
	SKUs       []string `json:"skus,omitempty"`
	Currency   string   `json:"currency"`
	PercentPPM int64    `json:"percent_ppm,omitempty"` // parts per million; -100,000 is ten percent off
	Add        int64    `json:"add,omitempty"`         // minor units, added after the percentage
	Step       int64    `json:"step,omitempty"`        // round to the nearest multiple of it, in minor units; 0 does not round
	Offset     int64    `json:"offset,omitempty"`      // added to the multiple: step 100 and offset -1 end in .99
	Compare    bool     `json:"compare,omitempty"`     // show the price of before as the former price where the new one is lower
}

// MaxChangeSKUs is how many SKUs a change may list.
const MaxChangeSKUs = 1000

// Check reports what is wrong with c by itself. The error's code is "price-change-invalid".
func (c PriceChange) Check() error {
	scopes := 0
	for _, set := range []bool{c.CategoryID != "", c.BrandID != "", len(c.SKUs) > 0} {
		if set {
			scopes++
		}
	}
	var err error
	switch {
	case scopes != 1:
		err = wrong("scope", "name a category, a brand or SKUs, and only one of these")
	case len(c.SKUs) > MaxChangeSKUs:
		err = wrong("skus", "at most %d SKUs are possible", MaxChangeSKUs)
	case !money.Known(c.Currency):
		err = wrong("currency", "%q is not an ISO 4217 code such as EUR", c.Currency)
	case c.PercentPPM < -1_000_000 || c.PercentPPM > 10_000_000:
		err = wrong("percent_ppm", "between -1000000 (everything off) and 10000000 is possible")
	case c.Add < -money.Max || c.Add > money.Max:
		err = wrong("add", "it is too large")
	case c.Step < 0 || c.Step > 1_000_000_000:
		err = wrong("step", "between 0 (no rounding) and 1000000000 is possible")
	case c.Offset != 0 && (c.Offset <= -c.Step || c.Offset >= c.Step):
		err = wrong("offset", "it must be smaller than the step")
	}
	return coded("price-change-invalid", err)
}

// Of is what the change makes of a price: at least zero, rounded half up. The
// error's code is "amount-overflow".
func (c PriceChange) Of(p Price) (Price, error) {
	minor, err := money.Scale(p.Minor, 1_000_000+c.PercentPPM, 1_000_000)
	if err != nil {
		return p, err
	}
	minor = max(0, minor+c.Add)
	if c.Step > 0 {
		n := minor - c.Offset + c.Step/2
		minor = n - n%c.Step + c.Offset
		if minor < 0 {
			minor += c.Step
		}
	}
	if minor > money.Max {
		return p, fault.New(fault.Invalid, "amount-overflow", "The amount is larger than %d minor units.", int64(money.Max))
	}
	next := p
	next.Minor = minor
	switch {
	case c.Compare && minor < p.Minor:
		next.CompareAt = p.Minor
	case next.CompareAt <= minor:
		next.CompareAt = 0
	}
	return next, nil
}

// PriceStore keeps schedules and changes of prices.
type PriceStore interface {
	// Schedules returns those of a SKU that are not over, in order of their beginning.
	Schedules(ctx context.Context, sku string, now time.Time) ([]Schedule, error)
	// AddSchedule adds one and returns the id of the product, whose row it holds
	// from then on; Relist it. Errors have the codes "sku-not-found",
	// "price-not-found" if there is no base price in that currency, and
	// "price-overlap" if another of the same SKU, currency and group overlaps it.
	AddSchedule(ctx context.Context, s Schedule) (productID string, err error)
	// EndSchedule ends one that holds and removes one that has not begun; it
	// returns what it was, and the product as AddSchedule does. Errors have the
	// codes "schedule-not-found" and "schedule-over".
	EndSchedule(ctx context.Context, id string, now time.Time) (s Schedule, productID string, err error)
	// PricesDue returns the ids of up to n products, in order, of which a price is to change by now.
	PricesDue(ctx context.Context, now time.Time, n int) ([]string, error)
	// AddPriceChange keeps a change, for tasks to make.
	AddPriceChange(ctx context.Context, c PriceChange) error
	// PriceChange returns a change that was added; the code is "price-change-not-found".
	PriceChange(ctx context.Context, id string) (PriceChange, error)
	// SetBase makes the base price of a SKU, once for each change: it reports
	// false and does nothing where this change has been made already. The caller
	// holds the product and relists it.
	SetBase(ctx context.Context, changeID, sku string, old, next Price) (bool, error)
	// Hold takes hold of the product until the end of the transaction and returns it.
	Hold(ctx context.Context, id string) (Product, error)
}
