package sqlstore

import (
	"context"

	"tradewind/internal/domain/order"
)

var (
	reservationPurge = statement("reservation.purge", `DELETE FROM reservation WHERE order_id = :order_id AND state <> 'held'`)
	bundlePurge      = statement("reservation_bundle.purge", `DELETE FROM reservation_bundle WHERE order_id = :order_id`)
)

// purge deletes what orders that are being purged had taken. What they sold
// stays in the ledger; what they would still hold stays, and is found.
func (s stocks) purge(ctx context.Context, list []order.Purged) error {
	ids := column("order_id", list, func(p order.Purged) string { return p.ID })
	for _, st := range []*Statement{reservationPurge, bundlePurge} {
		if _, err := s.h.bulk(ctx, st, ids); err != nil {
			return fail(err, "purge what %d orders had taken", len(list))
		}
	}
	return nil
}
