package sqlstore

import (
	"context"
	"fmt"

	"tradewind/internal/domain/inventory"
)

var (
	reservationOver = statement("reservation.over", `SELECT r.order_id, o.status, SUM(CASE WHEN EXISTS (SELECT 1 FROM stock_movement m
			WHERE m.sku = r.sku AND m.reason = 'sale' AND m.reference = r.order_id) THEN 0 ELSE 1 END)
		FROM reservation r JOIN orders o ON o.id = r.order_id
		WHERE r.state = 'held' AND o.status <> 'placed' GROUP BY r.order_id, o.status`).long()
	reservationSettle = statement("reservation.settle", `UPDATE reservation SET state = :state WHERE order_id = :order_id AND state = 'held'`)
	stockRecount      = statement("stock.recount", `UPDATE stock SET on_hand = :on_hand, reserved = :reserved, incoming = :incoming
		WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no`)
	stockRestore = statement("stock.restore", `INSERT INTO stock (sku, location_id, bucket_no, on_hand, reserved, incoming)
		VALUES (:sku, :location_id, :bucket_no, :on_hand, :reserved, :incoming)`)
)

func (s stocks) Unsettled(ctx context.Context) ([]inventory.Unsettled, error) {
	list, err := collect(ctx, s.h, reservationOver, func(r scanner) (u inventory.Unsettled, err error) {
		var unsold int64
		err = r.Scan(&u.OrderID, &u.Status, &unsold)
		u.Sold = unsold == 0
		return u, err
	})
	return list, fail(err, "select orders that are over and hold stock")
}

func (s stocks) Settle(ctx context.Context, orderID string, to inventory.State) (int64, error) {
	n, err := s.h.exec(ctx, reservationSettle, bind("order_id", orderID), bind("state", string(to)))
	return n, fail(err, "settle reservations of %s", orderID)
}

func (s stocks) Recount(ctx context.Context, d inventory.Discrepancy) error {
	incoming := d.Incoming
	if d.LedgerIncoming == d.Coming {
		incoming = d.Coming
	}
	for _, st := range []*Statement{stockRecount, stockRestore} {
		n, err := s.h.exec(ctx, st, bind("sku", d.SKU), bind("location_id", d.Location), bind("bucket_no", d.Bucket),
			bind("on_hand", d.LedgerOnHand), bind("reserved", d.Held), bind("incoming", incoming))
		if err != nil {
			return fail(err, "recount %s", d.SKU)
		}
		if n == 1 {
			return nil
		}
	}
	return fmt.Errorf("recount %s at %s/%d: no row was written", d.SKU, d.Location, d.Bucket)
}
