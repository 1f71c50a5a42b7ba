package shopping

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// TokenFor returns the token of a cart for the customer whose it is. The code of
// the error is "cart-not-found".
func (s *Service) TokenFor(ctx context.Context, customer, id string) (string, error) {
	own, err := s.DB.Read().Carts.IsOf(ctx, id, customer, s.Now())
	if err != nil {
		return "", err
	}
	if !own {
		return "", cart.NotFound(id)
	}
	return s.Tokens.Token("cart", id), nil
}

// Own returns the customer's newest open cart. The code of the error is "cart-not-found".
func (s *Service) Own(ctx context.Context, customer string) (View, error) {
	tx, now := s.DB.Read(), s.Now()
	id, err := tx.Carts.OpenOf(ctx, customer, "", now)
	if err != nil {
		return View{}, err
	}
	return s.Get(ctx, Access{ID: id, Token: s.Tokens.Token("cart", id)})
}

// Merge puts what a guest's cart holds into the customer's cart of its currency,
// which is opened if there is none, and closes the guest's. Quantities add up to
// the bound of a cart. Once it is done, doing it again only shows the customer's
// cart. Errors have the codes "cart-not-found" and "cart-already-ordered".
func (s *Service) Merge(ctx context.Context, customer string, guest Access) (out View, err error) {
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		// One merge of a customer at a time: two tabs must not open two carts.
		if _, err := tx.Customers.Lock(ctx, customer); err != nil {
			return err
		}
		hash := token.Hash(guest.Token)
		fresh, err := tx.Carts.Merge(ctx, guest.ID, hash, customer, now)
		if err != nil {
			return err
		}
		from, err := tx.Carts.Get(ctx, guest.ID, hash, now) // it holds still now: only open carts change
		switch {
		case err != nil:
			return err
		case from.CustomerID != customer:
			if from.Status == cart.Ordered {
				return cart.AlreadyOrdered(from.ID)
			}
			return cart.NotFound(from.ID)
		case !fresh && from.Status == cart.Open: // the customer's own
			out, err = view(ctx, tx, from, now)
			return err
		}
		own, err := s.own(ctx, tx, customer, from, now)
		if err != nil {
			return err
		}
		if fresh {
			if err := pour(ctx, tx, from, &own, now); err != nil {
				return err
			}
		}
		out, err = view(ctx, tx, own, now)
		return err
	})
	return out, err
}

// own takes hold of the customer's open cart in the currency of like, or opens one.
func (s *Service) own(ctx context.Context, tx store.Stores, customer string, like cart.Cart, now time.Time) (cart.Cart, error) {
	id, err := tx.Carts.OpenOf(ctx, customer, like.Currency, now)
	if err != nil {
		return cart.Cart{}, err
	}
	if id == "" {
		c := cart.Cart{ID: s.NewID(), CustomerID: customer, Currency: like.Currency, Channel: like.Channel, Status: cart.Open, Version: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(s.Config.KeepFor)}
		return c, tx.Carts.Insert(ctx, c, token.Hash(s.Tokens.Token("cart", c.ID)))
	}
	hash := token.Hash(s.Tokens.Token("cart", id))
	if _, err := tx.Carts.Touch(ctx, id, hash, now, now.Add(s.Config.KeepFor)); err != nil {
		return cart.Cart{}, err
	}
	return tx.Carts.Get(ctx, id, hash, now)
}

// pour adds items and codes of one cart to another, as far as they fit.
func pour(ctx context.Context, tx store.Stores, from cart.Cart, to *cart.Cart, now time.Time) error {
	for _, it := range from.Items {
		it.Qty = min(it.Qty+to.Qty(it.SKU), cart.MaxQty)
		if to.Qty(it.SKU) == 0 && len(to.Items) >= cart.MaxLines {
			continue
		}
		if _, err := place(to, it); err != nil {
			return err
		}
		if err := tx.Carts.SetItem(ctx, to.ID, it, now); err != nil {
			return err
		}
	}
	for _, code := range from.Codes {
		if len(to.Codes) >= cart.MaxCodes || slices.Contains(to.Codes, code) {
			continue
		}
		to.Codes = append(to.Codes, code)
		if err := tx.Carts.AddCode(ctx, to.ID, code, now); err != nil {
			return err
		}
	}
	return nil
}
