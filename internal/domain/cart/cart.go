// Package cart holds what shoppers have put aside to buy. Whoever holds a
// cart's token holds the cart.
package cart

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// The bounds of a cart.
const (
	MaxLines = 100
	MaxQty   = 9_999
	MaxCodes = 5
)

// Web is the channel of carts that name none.
const Web = "web"

// Cart is a list of SKUs in one currency, and promotion codes.
type Cart struct {
	ID, Currency         string
	CustomerID           string // "" for a guest's
	Email                string // of the shopper, if told; for reminders
	Channel              string // where it was begun, such as web or app
	Status               Status
	Version              int64
	Items                []Item // in order of SKU
	Codes                []string
	CreatedAt, UpdatedAt time.Time
	ExpiresAt            time.Time
}

// Status is where a cart is in its life.
type Status string

// The states of a cart.
const (
	Open    Status = "open"
	Ordered Status = "ordered"
	Merged  Status = "merged" // into another cart of the customer
)

// Item is a SKU and how many of it. Seen is the price of one that the shopper
// was shown last, in minor units; 0 if none was. What is kept for Later is
// neither quoted nor ordered.
type Item struct {
	SKU   string
	Qty   int64
	Seen  int64
	Later bool
}

// Wanted returns the items that are to be bought now.
func (c Cart) Wanted() []Item {
	return slices.DeleteFunc(slices.Clone(c.Items), func(it Item) bool { return it.Later })
}

// PriceChanged says that an item costs more than the shopper was shown.
func PriceChanged(sku string, was, is money.Amount) error {
	e := fault.New(fault.Conflict, "price-changed", "%s costs %s now, not %s; refresh the cart and look at it again.", sku, is, was)
	e.Fields = map[string]string{"sku": sku}
	return e
}

// Qty returns how many of sku are in the cart.
func (c Cart) Qty(sku string) int64 {
	for _, it := range c.Items {
		if it.SKU == sku {
			return it.Qty
		}
	}
	return 0
}

// NotFound is the one answer for a cart that does not exist, has expired or
// belongs to somebody else.
func NotFound(id string) error {
	return fault.New(fault.NotFound, "cart-not-found", "There is no cart %s for this token, or it has expired.", id)
}

// AlreadyOrdered is the answer for a cart that has become an order.
func AlreadyOrdered(id string) error {
	return fault.New(fault.Conflict, "cart-already-ordered", "The cart %s has already been ordered.", id)
}

// WasMerged is the answer for a cart whose items went into another one.
func WasMerged(id string) error {
	return fault.New(fault.Conflict, "cart-merged", "The cart %s has become part of your own.", id)
}

// Store keeps carts. tokenHash is the SHA-256 of the cart's token; every look-up
// asks for it beside the id.
type Store interface {
	// Insert adds the cart with its items.
	Insert(ctx context.Context, c Cart, tokenHash []byte) error
	// Get returns the cart in any state; "cart-not-found" if it has expired.
	Get(ctx context.Context, id string, tokenHash []byte, now time.Time) (Cart, error)
	// Shown is Get for who shows the cart and decides nothing by it: it may come
	// from what is remembered of the database.
	Shown(ctx context.Context, id string, tokenHash []byte, now time.Time) (Cart, error)
	// Touch takes hold of an open cart until the transaction ends, counts its
	// version up and moves its expiry. "cart-not-found" or "cart-already-ordered".
	Touch(ctx context.Context, id string, tokenHash []byte, now, expires time.Time) (version int64, err error)
	// Order closes the cart if it is open and still has that version;
	// "cart-already-ordered" or "cart-changed" otherwise.
	Order(ctx context.Context, id string, tokenHash []byte, version int64, now time.Time) error
	// IsOf reports whether an open or ordered cart is the customer's.
	IsOf(ctx context.Context, id, customer string, now time.Time) (bool, error)
	// OpenOf returns the id of the customer's newest open cart, in the currency
	// unless that is ""; "" if there is none.
	OpenOf(ctx context.Context, customer, currency string, now time.Time) (string, error)
	// Merge closes an open cart that is nobody's and makes it the customer's.
	// False if it is not open or somebody's.
	Merge(ctx context.Context, id string, tokenHash []byte, customer string, now time.Time) (bool, error)
	// SetContact writes down the shopper's address.
	SetContact(ctx context.Context, id, email string) error
	// SetItem makes the item what it says, adding it if it is new.
	SetItem(ctx context.Context, id string, it Item, now time.Time) error
	RemoveItem(ctx context.Context, id, sku string) (bool, error)
	AddCode(ctx context.Context, id, code string, now time.Time) error
	RemoveCode(ctx context.Context, id, code string) (bool, error)
	// Abandoned returns up to n open carts with items of shoppers who can be
	// written to, that were last changed before the given time and come after the
	// cart given: the longest untouched first.
	Abandoned(ctx context.Context, before time.Time, after Cart, n int) ([]Cart, error)
	// Purge deletes up to n carts that expired before the given time, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}
