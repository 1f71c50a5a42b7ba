// Package promotion holds what the shop gives away: percentages, amounts, free
// shipping, goods; to whom, when, with which codes, and how much of it at most.
package promotion

import (
	"strings"
	"time"
)

// Kind is what a promotion gives.
type Kind string

// The kinds of promotions.
const (
	Percent      Kind = "percent"
	Amount       Kind = "amount"
	FreeShipping Kind = "free_shipping"
	BuyGet       Kind = "buy_get" // of every Buy + Get units the Get cheapest are reduced by PercentPPM
	Tiered       Kind = "tiered"  // the highest of Tiers that the goods reach
	Gift         Kind = "gift"    // GiftQty of GiftSKU for nothing
)

// Kinds lists them in the order in which they are applied within a priority:
// percentages take from whole prices, amounts from what is left.
var Kinds = []Kind{BuyGet, Percent, Tiered, Amount, Gift, FreeShipping}

// Promotion is what is given and under which terms. One without codes of its
// own, Automatic, holds for every cart that meets its terms.
type Promotion struct {
	ID, Title            string
	Kind                 Kind
	Automatic, Active    bool
	Priority             int64 // lower comes first
	Exclusive            bool  // never together with another one
	Terms                Terms
	Budget               Budget
	StartsAt, EndsAt     time.Time // EndsAt is exclusive; zero is open
	Version              int64
	CreatedAt, UpdatedAt time.Time

	// Used and Spent are counted only where Budget limits them; see Store.Use.
	Used, Spent int64
}

// Terms say what is given and for which carts. The zero value of a condition
// does not limit. Amounts are minor units of Currency.
type Terms struct {
	Currency   string `json:"currency,omitempty"`    // carts in this currency only; needed wherever amounts are named
	PercentPPM int64  `json:"percent_ppm,omitempty"` // parts per million of the goods
	AmountOff  int64  `json:"amount_off,omitempty"`
	Buy        int64  `json:"buy,omitempty"`
	Get        int64  `json:"get,omitempty"`
	MostSets   int64  `json:"most_sets,omitempty"` // of buy_get in one cart; 0 for any
	Tiers      []Tier `json:"tiers,omitempty"`     // by From, ascending
	GiftSKU    string `json:"gift_sku,omitempty"`
	GiftQty    int64  `json:"gift_qty,omitempty"`

	MinSpend    int64    `json:"min_spend,omitempty"` // goods it is for are worth at least this
	MinQty      int64    `json:"min_qty,omitempty"`   // and are at least so many units
	CategoryIDs []string `json:"category_ids,omitempty"`
	ProductIDs  []string `json:"product_ids,omitempty"` // goods of any of these categories or products; all if both are empty
	Groups      []string `json:"groups,omitempty"`      // customers of any of these groups
	Channels    []string `json:"channels,omitempty"`    // carts of any of these channels, such as web or app
	Countries   []string `json:"countries,omitempty"`   // sent to any of these
	FirstOrder  bool     `json:"first_order,omitempty"` // the customer has not ordered before
}

// Tier is a step of a tiered promotion: from goods worth From on, a percentage
// or an amount.
type Tier struct {
	From       int64 `json:"from"`
	PercentPPM int64 `json:"percent_ppm,omitempty"`
	AmountOff  int64 `json:"amount_off,omitempty"`
}

// Budget limits a promotion: in all, in money, and for one customer. Zero is
// without limit. Codes have their own limit of uses besides.
type Budget struct {
	Uses        int64 `json:"uses,omitempty"`
	Minor       int64 `json:"minor,omitempty"`
	PerCustomer int64 `json:"per_customer,omitempty"`
}

// Limited reports whether uses have to be counted on the promotion's own row,
// where orders wait for each other.
func (b Budget) Limited() bool { return b.Uses > 0 || b.Minor > 0 }

// Code is a word by which a promotion is asked for. MaxUses 0 is without limit.
type Code struct {
	Code, PromotionID string
	MaxUses, Used     int64
}

// Offer is a promotion as it meets a cart: by a code, or by itself.
type Offer struct {
	Promotion
	Code Code // empty if Automatic
}

// Name is how the offer is called towards the shopper.
func (o Offer) Name() string {
	if o.Code.Code != "" {
		return o.Code.Code
	}
	return o.Title
}

// Shopper is what is known of who buys. Key is the customer's e-mail address in
// the form of order.EmailKey, "" for a guest who has not told it yet.
type Shopper struct {
	Key     string
	Groups  []string
	Ordered bool // has ordered before
	Channel string
	Country string
}

// Normal is the form in which codes are kept and compared: upper case without
// blanks around it.
func Normal(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

// Redeemed is what an order had of a promotion.
type Redeemed struct {
	OrderID, Code string
	Minor         int64
	At            time.Time
}

// Use is a promotion redeemed by an order, with what it took off.
type Use struct {
	PromotionID, Code string
	CustomerKey       string
	Minor             int64
	Name              string // for the error that names it
}
