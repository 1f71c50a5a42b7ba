package pricing

import (
	"cmp"
	"slices"

	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// offer applies one offer to what the earlier ones left, or says why it does not hold.
func (q *Quote) offer(in Input, a *Applied) error {
	weights := make([]int64, len(q.Lines)) // what is left of each line that it is for
	goods := promotion.Goods{Currency: in.Currency}
	for i, l := range q.Lines {
		if !l.Gift && a.Terms.Covers(l.ProductID, l.CategoryIDs) {
			weights[i] = l.Gross - l.Discount
			goods.Worth += weights[i]
			goods.Qty += l.Qty
		}
	}
	if a.Problem = a.Check(in.Now, in.Shopper, goods); a.Problem != nil {
		return nil
	}
	switch a.Kind {
	case promotion.FreeShipping:
		a.FreeShipping = true
		return nil
	case promotion.Gift:
		return q.gift(in, a)
	case promotion.BuyGet:
		return q.buyGet(a)
	}
	minor, err := takesOff(a.Offer, goods.Worth)
	if err != nil {
		return err
	}
	if a.Budget.Minor > 0 { // the rest of the budget is given, not more
		minor = min(minor, a.Budget.Minor-a.Spent)
	}
	return q.spread(a, minor, weights)
}

// takesOff is what a percentage, an amount or a tier takes from goods of that worth.
func takesOff(o promotion.Offer, worth int64) (int64, error) {
	percent, amount := o.Terms.PercentPPM, o.Terms.AmountOff
	switch o.Kind {
	case promotion.Percent:
		amount = 0
	case promotion.Amount:
		percent = 0
	case promotion.Tiered:
		percent, amount = 0, 0
		for _, t := range o.Terms.Tiers {
			if worth >= t.From {
				percent, amount = t.PercentPPM, t.AmountOff
			}
		}
	}
	off, err := money.Scale(worth, percent, ppm)
	return min(off+amount, worth), err
}

// spread takes minor off the lines in proportion to weights.
func (q *Quote) spread(a *Applied, minor int64, weights []int64) error {
	if minor <= 0 {
		return nil
	}
	parts, err := money.Allocate(money.Of(minor, q.Currency), weights)
	if err != nil {
		return err
	}
	for i, part := range parts {
		q.reduce(a, i, part.Minor, "promotion")
	}
	return nil
}

// reduce takes minor off one line.
func (q *Quote) reduce(a *Applied, i int, minor int64, kind string) {
	if minor <= 0 {
		return
	}
	l := &q.Lines[i]
	l.Discount += minor
	l.Reasons = append(l.Reasons, Reason{Kind: kind, Text: a.Name() + ": " + money.Of(minor, q.Currency).String() + " off", Minor: -minor})
	a.Minor += minor
	q.Discount += minor
}

// buyGet reduces the cheapest units: of every Buy + Get that the cart has, Get.
func (q *Quote) buyGet(a *Applied) error {
	var at []int // lines it is for, the cheapest first
	var qty int64
	for i, l := range q.Lines {
		if !l.Gift && a.Terms.Covers(l.ProductID, l.CategoryIDs) {
			at, qty = append(at, i), qty+l.Qty
		}
	}
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(q.Lines[i].Unit.Minor, q.Lines[j].Unit.Minor) })
	sets := qty / (a.Terms.Buy + a.Terms.Get)
	if a.Terms.MostSets > 0 {
		sets = min(sets, a.Terms.MostSets)
	}
	if sets == 0 {
		a.Problem = fault.New(fault.Conflict, "promotion-min-qty", "%s needs at least %d pieces.", a.Name(), a.Terms.Buy+a.Terms.Get)
		return nil
	}
	left := sets * a.Terms.Get
	budget := int64(money.Max)
	if a.Budget.Minor > 0 {
		budget = a.Budget.Minor - a.Spent
	}
	for _, i := range at {
		l := q.Lines[i]
		n := min(left, l.Qty)
		off, err := money.Scale(l.Unit.Minor*n, a.Terms.PercentPPM, ppm)
		if err != nil {
			return err
		}
		q.reduce(a, i, min(off, l.Gross-l.Discount, budget-a.Minor), "promotion")
		left -= n
	}
	return nil
}

// gift adds a line that costs nothing.
func (q *Quote) gift(in Input, a *Applied) error {
	l, ok := in.Gifts[a.Terms.GiftSKU]
	for _, have := range q.Lines { // what is bought, or given already, is not given too
		if have.SKU == l.SKU {
			l.Qty -= have.Qty
		}
	}
	if !ok || l.Qty < a.Terms.GiftQty {
		a.Problem = fault.New(fault.Conflict, "gift-out-of-stock", "The gift of %s is out of stock.", a.Name())
		return nil
	}
	l.Qty, l.Gift = a.Terms.GiftQty, true
	if worth, err := l.Unit.Times(l.Qty); err != nil || a.Budget.Minor > 0 && worth.Minor > a.Budget.Minor-a.Spent {
		a.Problem = promotion.UsedUp(a.Name())
		return nil
	}
	if err := q.add(l); err != nil {
		return err
	}
	i := len(q.Lines) - 1
	q.reduce(a, i, q.Lines[i].Gross, "gift")
	return nil
}
