package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Carts of customers who are signed in.
var (
	cartIsOf = statement("cart.is_of", `SELECT id FROM cart WHERE id = :id AND customer_id = :customer_id AND status <> 'merged' AND expires_at > :at_time`)
	cartOpen = statement("cart.open_of", `SELECT id FROM cart WHERE customer_id = :customer_id AND status = 'open' AND expires_at > :at_time
		ORDER BY id DESC FETCH FIRST 1 ROWS ONLY`)
	cartOpenIn = statement("cart.open_of_in", `SELECT id FROM cart WHERE customer_id = :customer_id AND status = 'open' AND currency = :currency AND expires_at > :at_time
		ORDER BY id DESC FETCH FIRST 1 ROWS ONLY`)
	cartMerge = statement("cart.merge", `UPDATE cart SET status = 'merged', customer_id = :customer_id, version = version + 1, updated_at = :at_time
		WHERE id = :id AND token_hash = :token_hash AND customer_id IS NULL AND status = 'open' AND expires_at > :at_time`)
)

func (s carts) IsOf(ctx context.Context, id, customer string, now time.Time) (bool, error) {
	found, err := s.firstID(ctx, cartIsOf, bind("id", id), bind("customer_id", customer), bind("at_time", now))
	return found != "", fail(err, "select cart %s", id)
}

func (s carts) OpenOf(ctx context.Context, customer, currency string, now time.Time) (string, error) {
	st, args := cartOpen, []sql.NamedArg{bind("customer_id", customer), bind("at_time", now)}
	if currency != "" {
		st, args = cartOpenIn, append(args, bind("currency", currency))
	}
	id, err := s.firstID(ctx, st, args...)
	return id, fail(err, "select the cart of customer %s", customer)
}

// firstID returns "" if there is no row.
func (s carts) firstID(ctx context.Context, st *Statement, args ...sql.NamedArg) (id string, err error) {
	err = s.h.row(ctx, st, args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

func (s carts) Merge(ctx context.Context, id string, tokenHash []byte, customer string, now time.Time) (bool, error) {
	n, err := s.h.exec(ctx, cartMerge, bind("id", id), bind("token_hash", tokenHash), bind("customer_id", customer), bind("at_time", now))
	return n > 0, fail(err, "merge cart %s", id)
}
