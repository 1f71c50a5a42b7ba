package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/order"
)

// Orders of customers who are signed in.
var (
	orderIsOf  = statement("orders.is_of", `SELECT id FROM orders`+orderByID+` AND customer_id = :customer_id`)
	orderClaim = statement("orders.claim", `UPDATE orders SET customer_id = :customer_id WHERE email_key = :email_key AND customer_id IS NULL`)
)

func (s orders) IsOf(ctx context.Context, id, customer string) (bool, error) {
	var found string
	err := s.h.row(ctx, orderIsOf, ofOrder(id, bind("customer_id", customer))...).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return found != "", fail(err, "select order %s", id)
}

func (s orders) Claim(ctx context.Context, customer, email string) (int64, error) {
	n, err := s.h.exec(ctx, orderClaim, bind("customer_id", customer), bind("email_key", order.EmailKey(email)))
	return n, fail(err, "claim orders for customer %s", customer)
}
