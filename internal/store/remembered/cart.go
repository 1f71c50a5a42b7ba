package remembered

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"tradewind/internal/domain/cart"
)

// cartKey names the document of a cart. The number goes up when what is in the
// document changes: programs of two releases share the memory.
func cartKey(id string) string { return "cart 1 " + id }

// carts tells of every change of a cart. What is new nobody has read before, and
// what has expired shows in the document: Insert and Purge change nothing.
type carts struct {
	cart.Store
	changed func(ctx context.Context, id string)
}

func (s carts) Touch(ctx context.Context, id string, tokenHash []byte, now, expires time.Time) (int64, error) {
	defer s.changed(ctx, id)
	return s.Store.Touch(ctx, id, tokenHash, now, expires)
}

func (s carts) Order(ctx context.Context, id string, tokenHash []byte, version int64, now time.Time) error {
	defer s.changed(ctx, id)
	return s.Store.Order(ctx, id, tokenHash, version, now)
}

func (s carts) Merge(ctx context.Context, id string, tokenHash []byte, customer string, now time.Time) (bool, error) {
	defer s.changed(ctx, id)
	return s.Store.Merge(ctx, id, tokenHash, customer, now)
}

func (s carts) SetContact(ctx context.Context, id, email string) error {
	defer s.changed(ctx, id)
	return s.Store.SetContact(ctx, id, email)
}

func (s carts) SetItem(ctx context.Context, id string, it cart.Item, now time.Time) error {
	defer s.changed(ctx, id)
	return s.Store.SetItem(ctx, id, it, now)
}

func (s carts) RemoveItem(ctx context.Context, id, sku string) (bool, error) {
	defer s.changed(ctx, id)
	return s.Store.RemoveItem(ctx, id, sku)
}

func (s carts) AddCode(ctx context.Context, id, code string, now time.Time) error {
	defer s.changed(ctx, id)
	return s.Store.AddCode(ctx, id, code, now)
}

func (s carts) RemoveCode(ctx context.Context, id, code string) (bool, error) {
	defer s.changed(ctx, id)
	return s.Store.RemoveCode(ctx, id, code)
}

// knownCarts shows carts as they are remembered.
type knownCarts struct {
	cart.Store
	m *Memory
}

type shownCart struct {
	Cart      cart.Cart
	TokenHash []byte
}

// Shown implements cart.Store. A token that is not the document's is for the
// database to refuse.
func (s knownCarts) Shown(ctx context.Context, id string, tokenHash []byte, now time.Time) (cart.Cart, error) {
	if s.m.Carts == 0 {
		return s.Store.Shown(ctx, id, tokenHash, now)
	}
	found, err := ask(ctx, s.m, question[shownCart]{of: "cart", key: cartKey(id), asker: string(tokenHash), keep: s.m.Carts,
		holds: func(d shownCart) bool {
			return d.Cart.ID == id && subtle.ConstantTimeCompare(d.TokenHash, tokenHash) == 1 && now.Before(d.Cart.ExpiresAt)
		},
		read: func(ctx context.Context) (shownCart, error) {
			c, err := s.Store.Get(ctx, id, tokenHash, now)
			return shownCart{c, tokenHash}, err
		}})
	c := found.Cart
	c.Items, c.Codes = slices.Clone(c.Items), slices.Clone(c.Codes) // others may have been given the same
	return c, err
}
