// Package pricing turns a cart into a quote: a pure function of lines, codes,
// a tax zone and a shipping option, exact to the cent.
package pricing

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// ppm is the denominator of rates: parts per million.
const ppm = 1_000_000

// StandardClass is the tax class of shipping, and of goods that declare none.
const StandardClass = "standard"

// Zone is where goods are taxed. In an inclusive zone prices contain the tax;
// in others it comes on top.
type Zone struct {
	Country   string
	Region    string // the sales region that the country belongs to, such as eu; RestOfWorld if it names none
	Inclusive bool
	RatePPM   map[string]int64 // tax class to rate in parts per million
}

// RestOfWorld is the sales region of countries that name none.
const RestOfWorld = "rest"

// rate falls back to the standard class, then to no tax.
func (z Zone) rate(class string) int64 {
	if r, ok := z.RatePPM[class]; ok {
		return r
	}
	return z.RatePPM[StandardClass]
}

// Line is what the shopper wants, at the price of now.
type Line struct {
	SKU, Title  string
	CategoryIDs []string // the product's category and those above it
	TaxClass    string
	WeightG     int64 // grams of one piece
	Unit        money.Amount
	Qty         int64
}

// Input is everything a quote depends on.
type Input struct {
	Currency string
	Lines    []Line
	Codes    []promotion.Promotion
	Zone     Zone
	Rates    []shipping.Rate
	Postcode string
	Method   string // the shipping method chosen; "" takes the first option
	Now      time.Time
}

// QuotedLine is a line with its share of everything. All amounts are minor
// units of the quote's currency: Total = Gross - Discount, plus Tax where tax
// comes on top.
type QuotedLine struct {
	Line
	Gross, Discount, Tax, TaxPPM, Total int64
	Reasons                             []string // in words: what was taken off and why
}

// Code is a promotion code of the cart: what it took off, or why it did not.
type Code struct {
	PromotionID, Code, Title string
	Minor                    int64
	FreeShipping             bool
	Problem                  error
}

// Quote is what an order would cost now. Total = Subtotal - Discount + Shipping,
// plus Tax unless Inclusive. Tax contains ShippingTax.
type Quote struct {
	Currency                                 string
	Region                                   string // the sales region of the zone
	Lines                                    []QuotedLine
	Codes                                    []Code
	Options                                  []shipping.Option
	Method                                   string
	Subtotal, Discount, Shipping, Tax, Total int64
	ShippingTax                              int64
	Inclusive                                bool
	WeightG                                  int64
}

// Of quotes the input. Errors have the codes "cart-empty", "not-shippable",
// "unknown-shipping-method" and "amount-overflow". Codes that do not hold are
// reported in the quote, not as an error.
func Of(in Input) (Quote, error) {
	q := Quote{Currency: in.Currency, Region: in.Zone.Region, Inclusive: in.Zone.Inclusive}
	if len(in.Lines) == 0 {
		return q, fault.New(fault.Conflict, "cart-empty", "The cart is empty.")
	}
	for _, l := range in.Lines {
		gross, err := l.Unit.Times(l.Qty)
		if err != nil {
			return q, err
		}
		q.Lines = append(q.Lines, QuotedLine{Line: l, Gross: gross.Minor})
		q.Subtotal += gross.Minor
		q.WeightG += l.WeightG * l.Qty
		if q.Subtotal > money.Max {
			return q, fault.New(fault.Invalid, "amount-overflow", "The cart is worth more than an order can hold.")
		}
	}
	free, err := q.discount(in)
	if err != nil {
		return q, err
	}
	if err := q.ship(in, free); err != nil {
		return q, err
	}
	return q, q.tax(in.Zone)
}

// discount applies the codes: percentages first, then amounts, each to what the
// earlier ones left, spread over the lines it is for.
func (q *Quote) discount(in Input) (freeShipping bool, err error) {
	codes := slices.Clone(in.Codes)
	slices.SortStableFunc(codes, func(a, b promotion.Promotion) int { return order(a.Kind) - order(b.Kind) })
	for _, p := range codes {
		c := Code{PromotionID: p.ID, Code: p.Code, Title: p.Title}
		weights, eligible := make([]int64, len(q.Lines)), int64(0)
		for i, l := range q.Lines {
			if p.CategoryID == "" || slices.Contains(l.CategoryIDs, p.CategoryID) {
				weights[i] = l.Gross - l.Discount
				eligible += weights[i]
			}
		}
		c.Problem = p.Check(in.Now, in.Currency, eligible)
		if c.Problem == nil && eligible == 0 && p.Kind != promotion.FreeShipping {
			c.Problem = fault.New(fault.Conflict, "promotion-no-goods", "The code %s is for goods that are not in the cart.", p.Code)
		}
		if c.Problem == nil {
			switch p.Kind {
			case promotion.FreeShipping:
				freeShipping, c.FreeShipping = true, true
			case promotion.Percent:
				c.Minor, err = money.Scale(eligible, p.PercentPPM, ppm)
			case promotion.Amount:
				c.Minor = min(p.Amount.Minor, eligible)
			}
			if err != nil {
				return false, err
			}
			if err := q.spread(c, weights); err != nil {
				return false, err
			}
		}
		q.Codes = append(q.Codes, c)
	}
	return freeShipping, nil
}

func order(k promotion.Kind) int {
	return slices.Index([]promotion.Kind{promotion.Percent, promotion.Amount, promotion.FreeShipping}, k)
}

func (q *Quote) spread(c Code, weights []int64) error {
	if c.Minor == 0 {
		return nil
	}
	parts, err := money.Allocate(money.Of(c.Minor, q.Currency), weights)
	if err != nil {
		return err
	}
	for i, part := range parts {
		if part.Minor > 0 {
			q.Lines[i].Discount += part.Minor
			q.Lines[i].Reasons = append(q.Lines[i].Reasons, c.Code+": "+part.String()+" off")
		}
	}
	q.Discount += c.Minor
	return nil
}

func (q *Quote) ship(in Input, free bool) error {
	q.Options = shipping.Options(in.Rates, q.WeightG, in.Postcode, q.Subtotal-q.Discount)
	if free {
		for i := range q.Options {
			q.Options[i].Price.Minor = 0
		}
	}
	if len(q.Options) == 0 {
		return fault.New(fault.Conflict, "not-shippable", "No shipping method carries this cart (%d g) to %s %s in %s.", q.WeightG, in.Zone.Country, in.Postcode, in.Currency)
	}
	chosen := q.Options[0]
	if in.Method != "" {
		i := slices.IndexFunc(q.Options, func(o shipping.Option) bool { return o.Method == in.Method })
		if i < 0 {
			return fault.Field("unknown-shipping-method", "shipping", "%q is not offered; choose one of %v", in.Method, methods(q.Options))
		}
		chosen = q.Options[i]
	}
	q.Method, q.Shipping = chosen.Method, chosen.Price.Minor
	return nil
}

func methods(options []shipping.Option) []string {
	var names []string
	for _, o := range options {
		names = append(names, o.Method)
	}
	return names
}

func (q *Quote) tax(z Zone) error {
	for i := range q.Lines {
		l := &q.Lines[i]
		l.TaxPPM = z.rate(l.TaxClass)
		net := l.Gross - l.Discount
		tax, err := taxOn(net, l.TaxPPM, z.Inclusive)
		if err != nil {
			return err
		}
		l.Tax, l.Total = tax, net
		if !z.Inclusive {
			l.Total += tax
		}
		q.Tax += tax
	}
	shipTax, err := taxOn(q.Shipping, z.rate(StandardClass), z.Inclusive)
	if err != nil {
		return err
	}
	q.ShippingTax = shipTax
	q.Tax += shipTax
	q.Total = q.Subtotal - q.Discount + q.Shipping
	if !z.Inclusive {
		q.Total += q.Tax
	}
	if q.Total > money.Max {
		return fault.New(fault.Invalid, "amount-overflow", "The cart is worth more than an order can hold.")
	}
	return nil
}

// taxOn returns the tax contained in, or to be added to, minor units.
func taxOn(minor, rate int64, inclusive bool) (int64, error) {
	if inclusive {
		return money.Scale(minor, rate, ppm+rate)
	}
	return money.Scale(minor, rate, ppm)
}

// Store keeps tax zones. The error's code is "unknown-country".
type Store interface {
	Zone(ctx context.Context, country string) (Zone, error)
	PutZone(ctx context.Context, z Zone) error
}
