// Package quoting gathers what a quote depends on and prices a cart. It reads
// through whatever view of the database its caller has.
package quoting

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// Config sets how totals are made. Flags fills in the defaults.
type Config struct {
	Rounding string
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Rounding, "shop.rounding", "", "currencies whose totals are multiples of some minor units, such as CHF=5,SEK=100")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	_, err := c.steps()
	return err
}

// steps reads Rounding: minor units by currency.
func (c Config) steps() (map[string]int64, error) {
	steps := map[string]int64{}
	if c.Rounding == "" {
		return steps, nil
	}
	for part := range strings.SplitSeq(c.Rounding, ",") {
		currency, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || n > 100_000 || !money.Known(currency) {
			return nil, fmt.Errorf("shop.rounding is %q; write currencies with minor units, such as CHF=5,SEK=100", c.Rounding)
		}
		steps[currency] = n
	}
	return steps, nil
}

// roundTo returns the step of a currency; Validate has read the setting before.
func (c Config) roundTo(currency string) int64 {
	steps, err := c.steps()
	if err != nil {
		return 0
	}
	return steps[currency]
}

// Destination is where the goods go and how, and who gets them.
type Destination struct {
	Country     string // ISO 3166-1 alpha-2
	Subdivision string // a state or province that taxes by itself; may be ""
	Postcode    string
	Method      string // "" takes the first method offered
	Email       string // of who buys, once known; decides what one customer gets once
	Groups      []string
}

// Known adds what the shop knows of a customer who is signed in: the group, and
// the address unless another one is given. A guest, "", changes nothing.
func (to Destination) Known(ctx context.Context, tx store.Stores, customer string) (Destination, error) {
	if customer == "" {
		return to, nil
	}
	c, err := tx.Customers.Load(ctx, customer)
	to.Groups = append(to.Groups, c.Group)
	to.Email = cmp.Or(to.Email, c.Email)
	return to, err
}

// Items pairs the items of a cart with what they are and cost now; those that
// can no longer be sold have a zero Sellable.
func Items(ctx context.Context, tx store.Stores, c cart.Cart, groups []string, now time.Time) ([]catalog.Sellable, error) {
	out := make([]catalog.Sellable, len(c.Items))
	if len(c.Items) == 0 {
		return out, nil
	}
	skus := make([]string, len(c.Items))
	for i, it := range c.Items {
		skus[i] = it.SKU
	}
	found, err := sellables(ctx, tx, c.Currency, groups, skus, now)
	if err != nil {
		return nil, err
	}
	for i, it := range c.Items {
		for _, f := range found {
			if f.SKU == it.SKU && (out[i].SKU == "" || f.Price.Minor < out[i].Price.Minor) {
				out[i] = f
			}
		}
	}
	return out, nil
}

// sellables are the SKUs at the prices of each group; who is of several groups
// pays the lowest.
func sellables(ctx context.Context, tx store.Stores, currency string, groups, skus []string, now time.Time) (found []catalog.Sellable, err error) {
	if len(groups) == 0 {
		groups = []string{""}
	}
	for _, g := range groups {
		list, err := tx.Catalog.Sellables(ctx, catalog.Terms{Currency: currency, Group: g, At: now}, skus)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}

// Quote prices the cart. Errors are those of pricing.Of, and "sku-not-sold" if
// an item can no longer be bought.
func (c Config) Quote(ctx context.Context, tx store.Stores, basket cart.Cart, to Destination, now time.Time) (pricing.Quote, error) {
	in := pricing.Input{Currency: basket.Currency, Postcode: to.Postcode, Method: to.Method, RoundTo: c.roundTo(basket.Currency), Now: now}
	basket.Items = basket.Wanted()
	sellables, err := Items(ctx, tx, basket, to.Groups, now)
	if err != nil {
		return pricing.Quote{}, err
	}
	if in.Zone, err = tx.Taxes.Zone(ctx, to.Country, to.Subdivision); err != nil {
		return pricing.Quote{}, err
	}
	if in.Rates, err = tx.Shipping.Rates(ctx, to.Country, basket.Currency); err != nil {
		return pricing.Quote{}, err
	}
	if in.Offers, err = offers(ctx, tx, basket.Codes, now); err != nil {
		return pricing.Quote{}, err
	}
	if in.Shopper, err = shopper(ctx, tx, in.Offers, to, basket.Channel); err != nil {
		return pricing.Quote{}, err
	}
	if in.Gifts, err = gifts(ctx, tx, in.Offers, basket.Currency, now); err != nil {
		return pricing.Quote{}, err
	}
	byCategory := slices.ContainsFunc(in.Offers, func(o promotion.Offer) bool { return len(o.Terms.CategoryIDs) > 0 })
	for i, it := range basket.Items {
		v := sellables[i]
		if v.SKU == "" {
			e := fault.New(fault.Conflict, "sku-not-sold", "%s can no longer be bought in %s; remove it from the cart.", it.SKU, basket.Currency)
			e.Fields = map[string]string{"sku": it.SKU}
			return pricing.Quote{}, e
		}
		l := line(v, it.Qty)
		if byCategory {
			if l.CategoryIDs, err = tx.Catalog.CategoriesOf(ctx, v.ProductID, basket.Currency); err != nil {
				return pricing.Quote{}, err
			}
		}
		in.Lines = append(in.Lines, l)
	}
	return pricing.Of(in)
}

func line(v catalog.Sellable, qty int64) pricing.Line {
	return pricing.Line{SKU: v.SKU, ProductID: v.ProductID, Title: v.Title, TaxClass: v.TaxClass, WeightG: v.WeightG, Unit: v.Price, Qty: qty}
}

// offers are those of the cart's codes, and those that need none. A promotion
// that is asked for by a code and holds by itself too counts once.
func offers(ctx context.Context, tx store.Stores, codes []string, now time.Time) ([]promotion.Offer, error) {
	all, err := tx.Promotions.Automatic(ctx, now)
	if err != nil || len(codes) == 0 {
		return all, err
	}
	asked, err := tx.Promotions.ByCodes(ctx, codes)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []promotion.Offer
	for _, o := range append(asked, all...) {
		if !seen[o.ID] {
			seen[o.ID] = true
			out = append(out, o)
		}
	}
	return out, nil
}

// recentOrders is how many orders of a customer are looked at for one that counts.
const recentOrders = 20

func shopper(ctx context.Context, tx store.Stores, offers []promotion.Offer, to Destination, channel string) (promotion.Shopper, error) {
	who := promotion.Shopper{Key: order.EmailKey(to.Email), Groups: to.Groups, Channel: channel, Country: to.Country}
	if who.Key == "" || !slices.ContainsFunc(offers, func(o promotion.Offer) bool { return o.Terms.FirstOrder }) {
		return who, nil
	}
	before, err := tx.Orders.Search(ctx, order.Filter{Email: who.Key, Limit: recentOrders})
	who.Ordered = slices.ContainsFunc(before, func(o order.Order) bool { return o.Status == order.Placed || o.Status.Sold() })
	return who, err
}

// gifts are the goods that offers may put into the cart, and how many there are.
func gifts(ctx context.Context, tx store.Stores, offers []promotion.Offer, currency string, now time.Time) (map[string]pricing.Line, error) {
	var skus []string
	for _, o := range offers {
		if o.Kind == promotion.Gift {
			skus = append(skus, o.Terms.GiftSKU)
		}
	}
	if len(skus) == 0 {
		return nil, nil
	}
	found, err := tx.Catalog.Sellables(ctx, catalog.Terms{Currency: currency, At: now}, skus)
	out := map[string]pricing.Line{}
	for _, v := range found {
		out[v.SKU] = line(v, v.Available)
	}
	return out, err
}
