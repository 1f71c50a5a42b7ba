// Package pricing turns a cart into a quote: a pure function of lines, codes,
// a tax zone and a shipping option, exact to the cent.
package pricing

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
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
	Country, Subdivision string // ISO 3166-1, and a part of it or WholeCountry
	Region               string // the sales region that the country belongs to, such as eu; RestOfWorld if it names none
	Inclusive            bool
	RatePPM              map[string]int64 // tax class to rate in parts per million
	Version              int64            // counts changes; filled by ZonePage and HoldZone
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
	SKU, ProductID, Title string
	CategoryIDs           []string // the product's category and those above it
	TaxClass              string
	WeightG               int64 // grams of one piece
	Unit                  money.Amount
	Qty                   int64
	Gift                  bool // put in by a promotion, for nothing
}

// Input is everything a quote depends on.
type Input struct {
	Currency string
	Lines    []Line
	Offers   []promotion.Offer // those of the cart's codes, and the automatic ones
	Gifts    map[string]Line   // what can be given away now, by SKU; Qty is how many there are
	Shopper  promotion.Shopper
	Zone     Zone
	Rates    []shipping.Rate
	Postcode string
	Method   string // the shipping method chosen; "" takes the first option
	RoundTo  int64  // totals are multiples of this many minor units, as cash wants in some countries; 0 for any
	Now      time.Time
}

// Reason is why a line costs what it does. Minor is what it changes, negative
// where it takes off; tax that the price contains changes nothing.
type Reason struct {
	Kind  string // promotion, gift or tax
	Text  string // in words
	Minor int64
}

// QuotedLine is a line with its share of everything. All amounts are minor
// units of the quote's currency: Total = Gross - Discount, plus Tax where tax
// comes on top.
type QuotedLine struct {
	Line
	Gross, Discount, Tax, TaxPPM, Total int64
	Reasons                             []Reason
}

// Applied is an offer and what it took off, or why it did not. Automatic offers
// that do not hold are not spoken of.
type Applied struct {
	promotion.Offer
	Minor        int64
	FreeShipping bool
	Problem      error
}

// Quote is what an order would cost now. Total = Subtotal - Discount + Shipping
// + Rounding, plus Tax unless Inclusive. Tax contains ShippingTax.
type Quote struct {
	Currency                                 string
	Region                                   string // the sales region of the zone
	Lines                                    []QuotedLine
	Offers                                   []Applied
	Options                                  []shipping.Option
	Method                                   string
	Subtotal, Discount, Shipping, Tax, Total int64
	ShippingTax, Rounding                    int64
	Inclusive                                bool
	WeightG                                  int64
}

// Of quotes the input. Offers are applied by priority, each to what the earlier
// ones left. One that is exclusive stands against all the others together: the
// shopper gets what costs least, gifts counted in. Errors have the codes
// "cart-empty", "not-shippable", "unknown-shipping-method" and
// "amount-overflow". Codes that do not hold are reported in the quote, not as
// an error.
func Of(in Input) (Quote, error) {
	if len(in.Lines) == 0 {
		return Quote{}, fault.New(fault.Conflict, "cart-empty", "The cart is empty.")
	}
	offers := slices.Clone(in.Offers)
	slices.SortStableFunc(offers, func(a, b promotion.Offer) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(slices.Index(promotion.Kinds, a.Kind), slices.Index(promotion.Kinds, b.Kind)), cmp.Compare(a.ID, b.ID))
	})
	best, err := with(in, offers, func(o promotion.Offer) bool { return !o.Exclusive })
	if err != nil {
		return best, err
	}
	for _, alone := range offers {
		if !alone.Exclusive {
			continue
		}
		q, err := with(in, offers, func(o promotion.Offer) bool { return o.ID == alone.ID && o.Code.Code == alone.Code.Code })
		if err != nil {
			return q, err
		}
		if q.Total-q.given() < best.Total-best.given() {
			best = q
		}
	}
	return best, nil
}

// given is what the gifts in the quote are worth.
func (q *Quote) given() (minor int64) {
	for _, l := range q.Lines {
		if l.Gift {
			minor += l.Gross
		}
	}
	return minor
}

// with quotes the input with those of its offers that take part; codes of
// others are reported as not to be combined.
func with(in Input, offers []promotion.Offer, takesPart func(promotion.Offer) bool) (Quote, error) {
	q := Quote{Currency: in.Currency, Region: in.Zone.Region, Inclusive: in.Zone.Inclusive}
	for _, l := range in.Lines {
		if err := q.add(l); err != nil {
			return q, err
		}
	}
	free := false
	for _, o := range offers {
		a := Applied{Offer: o}
		if takesPart(o) {
			if err := q.offer(in, &a); err != nil {
				return q, err
			}
		} else {
			a.Problem = fault.New(fault.Conflict, "promotion-not-combinable", "%s cannot be combined with the others; the cart has what costs you least.", o.Name())
		}
		free = free || a.FreeShipping
		if a.Problem == nil || o.Code.Code != "" {
			q.Offers = append(q.Offers, a)
		}
	}
	if err := q.ship(in, free); err != nil {
		return q, err
	}
	if err := q.tax(in.Zone); err != nil {
		return q, err
	}
	return q, q.round(in.RoundTo)
}

// add puts a line into the quote.
func (q *Quote) add(l Line) error {
	gross, err := l.Unit.Times(l.Qty)
	if err != nil {
		return err
	}
	q.Lines = append(q.Lines, QuotedLine{Line: l, Gross: gross.Minor})
	q.Subtotal += gross.Minor
	q.WeightG += l.WeightG * l.Qty
	if q.Subtotal > money.Max {
		return overflow()
	}
	return nil
}

func overflow() error {
	return fault.New(fault.Invalid, "amount-overflow", "The cart is worth more than an order can hold.")
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
		if tax > 0 {
			l.Reasons = append(l.Reasons, taxReason(*l, z.Inclusive))
		}
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
		return overflow()
	}
	return nil
}

func taxReason(l QuotedLine, inclusive bool) Reason {
	rate := strconv.FormatFloat(float64(l.TaxPPM)/10_000, 'f', -1, 64) + " % tax"
	if inclusive {
		return Reason{Kind: "tax", Text: rate + " included"}
	}
	return Reason{Kind: "tax", Text: rate, Minor: l.Tax}
}

// round makes the total a multiple of step, the nearest one, half away from zero.
func (q *Quote) round(step int64) error {
	if step <= 1 {
		return nil
	}
	steps, err := money.Scale(q.Total, 1, step)
	if err != nil {
		return err
	}
	q.Rounding = steps*step - q.Total
	q.Total += q.Rounding
	return nil
}

// taxOn returns the tax contained in, or to be added to, minor units.
func taxOn(minor, rate int64, inclusive bool) (int64, error) {
	if inclusive {
		return money.Scale(minor, rate, ppm+rate)
	}
	return money.Scale(minor, rate, ppm)
}

// Store keeps tax zones.
type Store interface {
	// Zone returns the zone of the part of a country that taxes by itself, or
	// that of the whole country. The error's code is "unknown-country".
	Zone(ctx context.Context, country, subdivision string) (Zone, error)
	// Zones returns those of countries above after, reading at most n rates.
	Zones(ctx context.Context, after string, n int) ([]Zone, error)
	// ZonePage returns up to n zones behind that of a country and a part of it.
	ZonePage(ctx context.Context, country, subdivision string, n int) ([]Zone, error)
	// ExactZone returns just that zone; the error's code is "tax-zone-not-found".
	ExactZone(ctx context.Context, country, subdivision string) (Zone, error)
	// HoldZone is ExactZone, and keeps the zone until the transaction ends.
	HoldZone(ctx context.Context, country, subdivision string) (Zone, error)
	// PutZone adds the zone or replaces it with all its rates.
	PutZone(ctx context.Context, z Zone) error
	// RemoveZone deletes a zone: the shop no longer sells there.
	RemoveZone(ctx context.Context, country, subdivision string) (bool, error)
}

// WholeCountry is the subdivision of a zone that has no other.
const WholeCountry = "*"

// Subdivision is the form in which parts of a country are kept and compared:
// upper case, such as CA for California; "" is the whole country.
func Subdivision(s string) string {
	return cmp.Or(strings.ToUpper(strings.TrimSpace(s)), WholeCountry)
}
