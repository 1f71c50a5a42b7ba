package sqlstore

import (
	"context"

	"tradewind/internal/domain/order"
)

var (
	refundPurge  = statement("refund.purge", `DELETE FROM refund WHERE payment_id = :payment_id`)
	attemptPurge = statement("payment_attempt.purge", `DELETE FROM payment_attempt WHERE payment_id = :payment_id`)
	paymentPurge = statement("payment.purge", `DELETE FROM payment WHERE id = :payment_id`)
)

// purge deletes what was paid for orders that are being purged.
func (s payments) purge(ctx context.Context, list []order.Purged) error {
	ids := column("payment_id", list, func(p order.Purged) string { return p.PaymentID })
	for _, st := range []*Statement{refundPurge, attemptPurge, paymentPurge} {
		if _, err := s.h.bulk(ctx, st, ids); err != nil {
			return fail(err, "purge payments of %d orders", len(list))
		}
	}
	return nil
}
