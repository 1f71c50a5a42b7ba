package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/platform/fault"
)

// carts keeps cart, cart_item and cart_code.
type carts struct{ h handle }

var (
	cartInsert = statement("cart.insert", `INSERT INTO cart (id, token_hash, customer_id, email, currency, channel, status, version, created_at, updated_at, expires_at)
		VALUES (:id, :token_hash, :customer_id, :email, :currency, :channel, 'open', 1, :created_at, :created_at, :expires_at)`)
	cartGet = statement("cart.get", `SELECT id, customer_id, email, currency, channel, status, version, created_at, updated_at, expires_at
		FROM cart WHERE id = :id AND token_hash = :token_hash AND expires_at > :at_time`)
	cartItems = statement("cart_item.of_cart", `SELECT sku, qty, seen_minor, for_later FROM cart_item WHERE cart_id = :id ORDER BY sku`)
	cartCodes = statement("cart_code.of_cart", `SELECT code FROM cart_code WHERE cart_id = :id ORDER BY added_at, code`)
	cartTouch = statement("cart.touch", `UPDATE cart SET version = version + 1, updated_at = :at_time, expires_at = :expires_at
		WHERE id = :id AND token_hash = :token_hash AND status = 'open' AND expires_at > :at_time RETURNING version INTO :new_version`)
	cartOrder = statement("cart.order", `UPDATE cart SET status = 'ordered', updated_at = :at_time
		WHERE id = :id AND token_hash = :token_hash AND status = 'open' AND version = :version AND expires_at > :at_time`)

	cartItemUpdate = statement("cart_item.update", `UPDATE cart_item SET qty = :qty, seen_minor = :seen, for_later = :for_later WHERE cart_id = :id AND sku = :sku`)
	cartItemInsert = statement("cart_item.insert", `INSERT INTO cart_item (cart_id, sku, qty, seen_minor, for_later, added_at) VALUES (:id, :sku, :qty, :seen, :for_later, :at_time)`)
	cartContact    = statement("cart.contact", `UPDATE cart SET email = :email WHERE id = :id`)
	cartItemDelete = statement("cart_item.delete", `DELETE FROM cart_item WHERE cart_id = :id AND sku = :sku`)
	cartCodeInsert = statement("cart_code.insert", `INSERT INTO cart_code (cart_id, code, added_at) VALUES (:id, :code, :at_time)`)
	cartCodeDelete = statement("cart_code.delete", `DELETE FROM cart_code WHERE cart_id = :id AND code = :code`)

	cartAbandoned = statement("cart.abandoned", `SELECT id, customer_id, email, currency, channel, status, version, created_at, updated_at, expires_at FROM cart c
		WHERE CASE WHEN status = 'open' AND (email IS NOT NULL OR customer_id IS NOT NULL) THEN updated_at END < :before_time
		AND CASE WHEN status = 'open' AND (email IS NOT NULL OR customer_id IS NOT NULL) THEN updated_at END >= :after_time
		AND (CASE WHEN status = 'open' AND (email IS NOT NULL OR customer_id IS NOT NULL) THEN updated_at END > :after_time OR id > :after_id)
		AND EXISTS (SELECT 1 FROM cart_item i WHERE i.cart_id = c.id AND i.for_later = 0)
		ORDER BY CASE WHEN status = 'open' AND (email IS NOT NULL OR customer_id IS NOT NULL) THEN updated_at END, id FETCH FIRST :n ROWS ONLY`)
	cartExpired = statement("cart.expired", `SELECT id FROM cart WHERE expires_at < :at_time ORDER BY expires_at, id FETCH FIRST :n ROWS ONLY`)
	cartDelete  = statement("cart.delete", `DELETE FROM cart WHERE id = :id`)
)

func (s carts) Insert(ctx context.Context, c cart.Cart, tokenHash []byte) error {
	_, err := s.h.exec(ctx, cartInsert, bind("id", c.ID), bind("token_hash", tokenHash), bind("customer_id", c.CustomerID), bind("email", c.Email), bind("currency", c.Currency), bind("channel", c.Channel),
		bind("created_at", c.CreatedAt), bind("expires_at", c.ExpiresAt))
	if err != nil {
		return fail(err, "insert cart %s", c.ID)
	}
	for _, it := range c.Items {
		if err := s.insertItem(ctx, c.ID, it, c.CreatedAt); err != nil {
			return err
		}
	}
	return nil
}

func (s carts) insertItem(ctx context.Context, id string, it cart.Item, now time.Time) error {
	_, err := s.h.exec(ctx, cartItemInsert, bind("id", id), bind("sku", it.SKU), bind("qty", it.Qty), bind("seen", null(it.Seen)), bind("for_later", bit(it.Later)), bind("at_time", now))
	if codeOf(err) == 2291 {
		return fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", it.SKU).Because(err)
	}
	if err != nil {
		return fail(err, "put %s into cart %s", it.SKU, id)
	}
	return nil
}

func (s carts) Get(ctx context.Context, id string, tokenHash []byte, now time.Time) (c cart.Cart, err error) {
	c, err = scanCart(s.h.row(ctx, cartGet, bind("id", id), bind("token_hash", tokenHash), bind("at_time", now)))
	if errors.Is(err, sql.ErrNoRows) {
		return c, cart.NotFound(id)
	}
	if err != nil {
		return c, fail(err, "select cart %s", id)
	}
	if c.Items, err = s.items(ctx, id); err != nil {
		return c, err
	}
	c.Codes, err = collect(ctx, s.h, cartCodes, func(r scanner) (code string, err error) { return code, r.Scan(&code) }, bind("id", id))
	if err != nil {
		return c, fail(err, "select codes of cart %s", id)
	}
	return c, nil
}

func (s carts) Shown(ctx context.Context, id string, tokenHash []byte, now time.Time) (cart.Cart, error) {
	return s.Get(ctx, id, tokenHash, now)
}

func scanCart(r scanner) (c cart.Cart, err error) {
	err = r.Scan(&c.ID, &c.CustomerID, &c.Email, &c.Currency, &c.Channel, &c.Status, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.ExpiresAt)
	return c, err
}

func (s carts) items(ctx context.Context, id string) ([]cart.Item, error) {
	list, err := collect(ctx, s.h, cartItems, func(r scanner) (it cart.Item, err error) {
		var seen sql.NullInt64
		err = r.Scan(&it.SKU, &it.Qty, &seen, &it.Later)
		it.Seen = seen.Int64
		return it, err
	}, bind("id", id))
	return list, fail(err, "select items of cart %s", id)
}

func (s carts) SetContact(ctx context.Context, id, email string) error {
	_, err := s.h.exec(ctx, cartContact, bind("id", id), bind("email", email))
	return fail(err, "write down whose cart %s is", id)
}

func (s carts) Abandoned(ctx context.Context, before time.Time, after cart.Cart, n int) ([]cart.Cart, error) {
	if after.UpdatedAt.IsZero() {
		after.UpdatedAt, after.ID = time.Unix(0, 0).UTC(), "0"
	}
	list, err := collect(ctx, s.h, cartAbandoned, scanCart, bind("before_time", before), bind("after_time", after.UpdatedAt), bind("after_id", after.ID), bind("n", n))
	if err != nil {
		return nil, fail(err, "select abandoned carts")
	}
	for i := range list {
		if list[i].Items, err = s.items(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s carts) Touch(ctx context.Context, id string, tokenHash []byte, now, expires time.Time) (version int64, err error) {
	n, err := s.h.exec(ctx, cartTouch, bind("id", id), bind("token_hash", tokenHash), bind("at_time", now), bind("expires_at", expires),
		bind("new_version", sql.Out{Dest: &version}))
	if err != nil {
		return 0, fail(err, "touch cart %s", id)
	}
	if n == 0 {
		return 0, s.whyNot(ctx, id, tokenHash, now)
	}
	return version, nil
}

func (s carts) Order(ctx context.Context, id string, tokenHash []byte, version int64, now time.Time) error {
	n, err := s.h.exec(ctx, cartOrder, bind("id", id), bind("token_hash", tokenHash), bind("version", version), bind("at_time", now))
	if err != nil {
		return fail(err, "order cart %s", id)
	}
	if n == 0 {
		return s.whyNot(ctx, id, tokenHash, now)
	}
	return nil
}

// whyNot finds out why a conditional change of a cart changed nothing.
func (s carts) whyNot(ctx context.Context, id string, tokenHash []byte, now time.Time) error {
	c, err := s.Get(ctx, id, tokenHash, now)
	switch {
	case err != nil:
		return err
	case c.Status == cart.Ordered:
		return cart.AlreadyOrdered(id)
	case c.Status == cart.Merged:
		return cart.WasMerged(id)
	default:
		return fault.New(fault.Conflict, "cart-changed", "The cart %s was changed meanwhile; look at it and try again.", id)
	}
}

func (s carts) SetItem(ctx context.Context, id string, it cart.Item, now time.Time) error {
	n, err := s.h.exec(ctx, cartItemUpdate, bind("id", id), bind("sku", it.SKU), bind("qty", it.Qty), bind("seen", null(it.Seen)), bind("for_later", bit(it.Later)))
	if err != nil {
		return fail(err, "put %s into cart %s", it.SKU, id)
	}
	if n == 0 {
		return s.insertItem(ctx, id, it, now)
	}
	return nil
}

func (s carts) RemoveItem(ctx context.Context, id, sku string) (bool, error) {
	n, err := s.h.exec(ctx, cartItemDelete, bind("id", id), bind("sku", sku))
	if err != nil {
		return false, fail(err, "take %s out of cart %s", sku, id)
	}
	return n > 0, nil
}

func (s carts) AddCode(ctx context.Context, id, code string, now time.Time) error {
	_, err := s.h.exec(ctx, cartCodeInsert, bind("id", id), bind("code", code), bind("at_time", now))
	if err != nil && codeOf(err) != 1 {
		return fail(err, "add code to cart %s", id)
	}
	return nil
}

func (s carts) RemoveCode(ctx context.Context, id, code string) (bool, error) {
	n, err := s.h.exec(ctx, cartCodeDelete, bind("id", id), bind("code", code))
	if err != nil {
		return false, fail(err, "remove code from cart %s", id)
	}
	return n > 0, nil
}

func (s carts) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	return purge(ctx, s.h, cartExpired, cartDelete, bind("at_time", before), n)
}

// purge deletes by id what old lists.
func purge(ctx context.Context, h handle, old, del *Statement, before sql.NamedArg, n int) (int64, error) {
	ids, err := collect(ctx, h, old, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, before, bind("n", n))
	if err != nil {
		return 0, fail(err, "select %s", old.Name)
	}
	var deleted int64
	for _, id := range ids {
		k, err := h.exec(ctx, del, bind("id", id))
		if err != nil {
			return deleted, fail(err, "%s", del.Name)
		}
		deleted += k
	}
	return deleted, nil
}
