package sqlstore

import (
	"context"
	"time"

	"tradewind/internal/domain/user"
)

const unverifiedSince = `CASE WHEN status = 'active' AND verified_at IS NULL THEN updated_at END`

var (
	customerUnverified = statement("customer.unverified", customerColumns+`
		WHERE `+unverifiedSince+` < :before_time AND `+unverifiedSince+` >= :after_time AND (`+unverifiedSince+` > :after_time OR id > :after_id)
		AND NOT EXISTS (SELECT 1 FROM customer_address a WHERE a.customer_id = customer.id)
		ORDER BY `+unverifiedSince+`, id FETCH FIRST :n ROWS ONLY`)
	customerDrop = statement("customer.delete_unverified", `DELETE FROM customer WHERE id = :id AND status = 'active' AND verified_at IS NULL AND updated_at < :before_time
		AND NOT EXISTS (SELECT 1 FROM customer_address a WHERE a.customer_id = customer.id)`)
)

func (s customers) Unverified(ctx context.Context, before time.Time, after user.Customer, n int) ([]user.Customer, error) {
	if after.UpdatedAt.IsZero() {
		after.UpdatedAt, after.ID = time.Unix(0, 0).UTC(), "0"
	}
	list, err := collect(ctx, s.h, customerUnverified, scanCustomer, bind("before_time", before), bind("after_time", after.UpdatedAt), bind("after_id", after.ID), bind("n", n))
	return list, fail(err, "select accounts that nobody verified")
}

func (s customers) DeleteUnverified(ctx context.Context, id string, before time.Time) (bool, error) {
	n, err := s.h.exec(ctx, customerDrop, bind("id", id), bind("before_time", before))
	return n > 0, fail(err, "delete customer %s", id)
}
