// Package promotion holds promotion codes: what they give, when they hold, and
// their budgets.
package promotion

import (
	"context"
	"strings"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Kind is what a promotion gives.
type Kind string

// The kinds of promotions.
const (
	Percent      Kind = "percent"
	Amount       Kind = "amount"
	FreeShipping Kind = "free_shipping"
)

// Promotion is a code and what it gives.
type Promotion struct {
	ID, Code, Title  string
	Kind             Kind
	PercentPPM       int64        // Percent: parts per million of the goods
	Amount           money.Amount // Amount: at most this; its currency limits the code to it
	MinSpend         int64        // goods worth at least this many minor units
	CategoryID       string       // only goods of this category and below; "" for all
	MaxUses          int64        // budget; 0 = without limit
	Used             int64
	StartsAt, EndsAt time.Time // zero = open
}

// Normal is the form in which codes are kept and compared: upper case without
// blanks around it.
func Normal(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

// Check reports why the promotion does not hold now for goods worth spend minor
// units of currency: codes "promotion-not-started", "promotion-ended",
// "promotion-used-up", "promotion-other-currency", "promotion-min-spend".
func (p Promotion) Check(now time.Time, currency string, spend int64) error {
	switch {
	case !p.StartsAt.IsZero() && now.Before(p.StartsAt):
		return fault.New(fault.Conflict, "promotion-not-started", "The code %s is not valid yet.", p.Code)
	case !p.EndsAt.IsZero() && !now.Before(p.EndsAt):
		return fault.New(fault.Conflict, "promotion-ended", "The code %s has ended.", p.Code)
	case p.MaxUses > 0 && p.Used >= p.MaxUses:
		return UsedUp(p.Code)
	case p.Amount.Currency != "" && p.Amount.Currency != currency:
		return fault.New(fault.Conflict, "promotion-other-currency", "The code %s is for orders in %s.", p.Code, p.Amount.Currency)
	case spend < p.MinSpend:
		return fault.New(fault.Conflict, "promotion-min-spend", "The code %s needs goods worth at least %s.", p.Code, money.Of(p.MinSpend, currency))
	}
	return nil
}

// UsedUp is the error of a code without budget.
func UsedUp(code string) error {
	return fault.New(fault.Conflict, "promotion-used-up", "The code %s has been used up.", code)
}

// Use is a code redeemed by an order, with what it took off.
type Use struct {
	PromotionID, Code string
	Minor             int64
}

// Store keeps promotions.
type Store interface {
	// ByCodes returns those of the (normal) codes that exist.
	ByCodes(ctx context.Context, codes []string) ([]Promotion, error)
	Put(ctx context.Context, p Promotion) error
	// Redeem takes one use of each budget for the order, in order of promotion
	// id. The error's code is "promotion-used-up".
	Redeem(ctx context.Context, orderID string, uses []Use, now time.Time) error
	// Return gives the order's uses back to their budgets and says how many.
	Return(ctx context.Context, orderID string) (int64, error)
	// Overspent returns the codes whose counter is above the budget or differs from their uses.
	Overspent(ctx context.Context) ([]string, error)
}
