package promotion

import (
	"context"
	"time"
)

// MaxAutomatic bounds how many automatic promotions can hold at once.
const MaxAutomatic = 50

// Store keeps promotions. Errors have the codes "promotion-not-found",
// "code-taken" and "changed-meanwhile".
type Store interface {
	// ByCodes returns the offers of those of the (normal) codes that exist.
	ByCodes(ctx context.Context, codes []string) ([]Offer, error)
	// Automatic returns the active automatic promotions that have not ended, at
	// most MaxAutomatic, by priority.
	Automatic(ctx context.Context, now time.Time) ([]Offer, error)
	Get(ctx context.Context, id string) (Promotion, error)
	// Page returns up to n promotions with id > after.
	Page(ctx context.Context, after string, n int) ([]Promotion, error)
	// Insert adds a promotion, Update changes the one with its id if it still has
	// the version before. Where a budget is set that counts, the counters are made
	// of the uses there are.
	Insert(ctx context.Context, p Promotion) error
	Update(ctx context.Context, p Promotion) error

	// PutCode adds a code or changes its limit.
	PutCode(ctx context.Context, c Code) error
	// RemoveCode deletes a code; orders that used it stay as they are.
	RemoveCode(ctx context.Context, promotionID, code string) (bool, error)
	// Codes returns up to n codes of a promotion above after.
	Codes(ctx context.Context, promotionID, after string, n int) ([]Code, error)

	// AddCodes adds codes that nobody has yet, all or none.
	AddCodes(ctx context.Context, promotionID string, codes []string, maxUses int64) error
	// Redemptions returns up to n uses of a promotion, the latest orders first: those with
	// an id below before, "" for the latest.
	Redemptions(ctx context.Context, promotionID, before string, n int) ([]Redeemed, error)

	// Redeem takes the uses from their budgets for the order, in order of
	// promotion id: all or none. Errors have the codes "promotion-used-up" and
	// "promotion-used-by-you".
	Redeem(ctx context.Context, orderID string, uses []Use, now time.Time) error
	// Uses returns what the order has redeemed, in order of promotion id.
	Uses(ctx context.Context, orderID string) ([]Use, error)
	// Import records uses by an order of the past and counts them, whatever budgets say.
	Import(ctx context.Context, orderID string, uses []Use, at time.Time) error
	// Return gives the order's uses back to their budgets and says how many.
	Return(ctx context.Context, orderID string) (int64, error)
	// Miscounted returns the names of up to n promotions, codes and customers with
	// id of the promotion > after whose counters are above their budgets or differ
	// from the recorded uses, and the last promotion looked at ("" at the end).
	Miscounted(ctx context.Context, after string, n int) (names []string, last string, err error)
	// IDs returns up to n ids of promotions above after.
	IDs(ctx context.Context, after string, n int) ([]string, error)
	// Recount makes the counters of a promotion, its codes and customers what the
	// recorded uses say, and says how many were wrong. Nobody may redeem meanwhile.
	Recount(ctx context.Context, id string) (int64, error)
}
