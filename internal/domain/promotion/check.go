package promotion

import (
	"slices"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Goods is what of a cart an offer is for: units and their worth in minor units.
type Goods struct {
	Currency   string
	Qty, Worth int64
}

// Check reports why the offer does not hold now. Its codes are
// "promotion-not-started", "promotion-ended", "promotion-used-up",
// "promotion-other-currency", "promotion-other-customer", "promotion-other-channel",
// "promotion-other-country", "promotion-not-first-order", "promotion-no-goods",
// "promotion-min-spend" and "promotion-min-qty".
func (o Offer) Check(now time.Time, who Shopper, goods Goods) error {
	no := func(code, format string, args ...any) error {
		return fault.New(fault.Conflict, code, "%s "+format, append([]any{o.Name()}, args...)...)
	}
	t := o.Terms
	switch {
	case !o.Active || !o.EndsAt.IsZero() && !now.Before(o.EndsAt):
		return no("promotion-ended", "has ended.")
	case !o.StartsAt.IsZero() && now.Before(o.StartsAt):
		return no("promotion-not-started", "is not valid yet.")
	case o.Budget.Uses > 0 && o.Used >= o.Budget.Uses, o.Budget.Minor > 0 && o.Spent >= o.Budget.Minor, o.Code.MaxUses > 0 && o.Code.Used >= o.Code.MaxUses:
		return UsedUp(o.Name())
	case t.Currency != "" && t.Currency != goods.Currency:
		return no("promotion-other-currency", "is for orders in %s.", t.Currency)
	case len(t.Groups) > 0 && !slices.ContainsFunc(who.Groups, func(g string) bool { return slices.Contains(t.Groups, g) }):
		return no("promotion-other-customer", "is for other customers; sign in if it is yours.")
	case len(t.Channels) > 0 && !slices.Contains(t.Channels, who.Channel):
		return no("promotion-other-channel", "is not for orders made here.")
	case len(t.Countries) > 0 && !slices.Contains(t.Countries, who.Country):
		return no("promotion-other-country", "is not for orders to %s.", who.Country)
	case t.FirstOrder && who.Ordered:
		return no("promotion-not-first-order", "is for a first order only.")
	case goods.Qty == 0:
		return no("promotion-no-goods", "is for goods that are not in the cart.")
	case goods.Worth < t.MinSpend:
		return no("promotion-min-spend", "needs goods worth at least %s.", money.Of(t.MinSpend, goods.Currency))
	case goods.Qty < t.MinQty:
		return no("promotion-min-qty", "needs at least %d pieces.", t.MinQty)
	case t.lowest() > goods.Worth:
		return no("promotion-min-spend", "needs goods worth at least %s.", money.Of(t.lowest(), goods.Currency))
	}
	return nil
}

// lowest is the worth of goods from which the first tier holds; 0 without tiers.
func (t Terms) lowest() int64 {
	if len(t.Tiers) == 0 {
		return 0
	}
	return t.Tiers[0].From
}

// Covers reports whether the terms are for goods of that product and those categories.
func (t Terms) Covers(productID string, categories []string) bool {
	if len(t.CategoryIDs) == 0 && len(t.ProductIDs) == 0 {
		return true
	}
	return slices.Contains(t.ProductIDs, productID) || slices.ContainsFunc(categories, func(c string) bool { return slices.Contains(t.CategoryIDs, c) })
}

// PerCustomer is how often one customer may use it: once for a first order; 0
// is without limit.
func (p Promotion) PerCustomer() int64 {
	if p.Terms.FirstOrder {
		return 1
	}
	return p.Budget.PerCustomer
}

// UsedUp is the error of an offer without budget.
func UsedUp(name string) error {
	return fault.New(fault.Conflict, "promotion-used-up", "%s has been used up.", name)
}

// UsedByYou is the error of an offer that the customer has had as often as possible.
func UsedByYou(name string) error {
	return fault.New(fault.Conflict, "promotion-used-by-you", "You have used %s as often as is possible.", name)
}

// Validate says what is wrong with a promotion, by field, and what would work;
// the code is "promotion-invalid".
func (p Promotion) Validate() error {
	bad := func(field, format string, args ...any) error {
		return fault.Field("promotion-invalid", field, format, args...)
	}
	t := p.Terms
	amounts := t.AmountOff > 0 || t.MinSpend > 0 || p.Budget.Minor > 0 || len(t.Tiers) > 0
	switch {
	case p.Title == "" || len([]rune(p.Title)) > 200:
		return bad("title", "1 to 200 characters are needed")
	case !slices.Contains(Kinds, p.Kind):
		return bad("kind", "%q is not one of %v", p.Kind, Kinds)
	case amounts && !money.Known(t.Currency):
		return bad("terms.currency", "amounts need the ISO 4217 code of their currency, such as EUR")
	case t.PercentPPM < 0 || t.PercentPPM > 1_000_000:
		return bad("terms.percent_ppm", "%d is not between 0 and 1000000", t.PercentPPM)
	case (p.Kind == Percent || p.Kind == BuyGet) && t.PercentPPM == 0:
		return bad("terms.percent_ppm", "say how much is taken off, such as 100000 for a tenth")
	case p.Kind == Amount && t.AmountOff <= 0:
		return bad("terms.amount_off", "say how much is taken off, in minor units")
	case p.Kind == BuyGet && (t.Buy < 1 || t.Get < 1 || t.Buy+t.Get > 1000):
		return bad("terms.buy", "buy and get are at least 1 each and 1000 together at most")
	case p.Kind == Gift && (t.GiftSKU == "" || t.GiftQty < 1 || t.GiftQty > 100):
		return bad("terms.gift_sku", "name the SKU and 1 to 100 pieces")
	case p.Kind == Tiered && len(t.Tiers) == 0 || len(t.Tiers) > 20:
		return bad("terms.tiers", "1 to 20 steps are possible")
	case t.MinSpend < 0 || t.MinQty < 0 || t.MostSets < 0 || t.AmountOff < 0 || p.Budget.Uses < 0 || p.Budget.Minor < 0 || p.Budget.PerCustomer < 0:
		return bad("terms", "numbers below zero are not possible")
	case !p.StartsAt.IsZero() && !p.EndsAt.IsZero() && !p.StartsAt.Before(p.EndsAt):
		return bad("ends_at", "it must be after starts_at")
	case max(len(t.CategoryIDs), len(t.ProductIDs), len(t.Groups), len(t.Channels), len(t.Countries)) > 100:
		return bad("terms", "a list takes at most 100 entries")
	}
	for i, tier := range t.Tiers {
		if tier.From < 0 || i > 0 && tier.From <= t.Tiers[i-1].From || (tier.PercentPPM > 0) == (tier.AmountOff > 0) || tier.PercentPPM > 1_000_000 {
			return bad("terms.tiers", "step %d needs a higher from than the one before, and either a percentage or an amount", i+1)
		}
	}
	return nil
}
