package sqlstore

import (
	"cmp"
	"context"

	"tradewind/internal/domain/inventory"
)

var (
	stockAt = statement("stock.at", `SELECT sku, location_id, SUM(on_hand), SUM(reserved), SUM(incoming), COUNT(*) FROM stock
		WHERE location_id = :location_id AND sku > :after_sku GROUP BY location_id, sku ORDER BY sku FETCH FIRST :n ROWS ONLY`).page(50)
	stockLow = statement("stock.low_at", `SELECT g.sku, (SELECT SUM(s.on_hand) FROM stock s WHERE s.sku = g.sku AND s.location_id = :location_id),
			(SELECT SUM(s.reserved) FROM stock s WHERE s.sku = g.sku AND s.location_id = :location_id),
			(SELECT SUM(s.incoming) FROM stock s WHERE s.sku = g.sku AND s.location_id = :location_id),
			(SELECT COUNT(*) FROM stock s WHERE s.sku = g.sku AND s.location_id = :location_id)
		FROM stock_signal g WHERE CASE WHEN g.low = 1 OR g.sold_out = 1 THEN g.sku END > :after_sku
			AND EXISTS (SELECT 1 FROM stock s WHERE s.sku = g.sku AND s.location_id = :location_id)
		ORDER BY CASE WHEN g.low = 1 OR g.sold_out = 1 THEN g.sku END FETCH FIRST :n ROWS ONLY`).page(50)
	stockOf = statement("stock.of", `SELECT sku, location_id, SUM(on_hand), SUM(reserved), SUM(incoming), COUNT(*) FROM stock
		WHERE sku = :sku GROUP BY sku, location_id ORDER BY location_id`)
	movementPage = statement("stock_movement.page", `SELECT id, sku, location_id, bucket_no, reason, on_hand_delta, incoming_delta, note, actor, reference, moved_at
		FROM stock_movement WHERE sku = :sku AND id < :before_id ORDER BY id DESC FETCH FIRST :n ROWS ONLY`).page(50)
)

func scanLevelAt(r scanner) (l inventory.LevelAt, err error) {
	return l, r.Scan(&l.SKU, &l.Location, &l.OnHand, &l.Reserved, &l.Incoming, &l.Buckets)
}

func (s stocks) LevelsAt(ctx context.Context, location, after string, n int) ([]inventory.LevelAt, error) {
	page, err := collect(ctx, s.h, stockAt, scanLevelAt, bind("location_id", location), bind("after_sku", cmp.Or(after, " ")), bind("n", n))
	return page, fail(err, "select stock at %s", location)
}

func (s stocks) LowAt(ctx context.Context, location, after string, n int) ([]inventory.LevelAt, error) {
	page, err := collect(ctx, s.h, stockLow, func(r scanner) (l inventory.LevelAt, err error) {
		l.Location = location
		return l, r.Scan(&l.SKU, &l.OnHand, &l.Reserved, &l.Incoming, &l.Buckets)
	}, bind("location_id", location), bind("after_sku", cmp.Or(after, " ")), bind("n", n))
	return page, fail(err, "select what is low at %s", location)
}

func (s stocks) LevelsOf(ctx context.Context, sku string) ([]inventory.LevelAt, error) {
	all, err := collect(ctx, s.h, stockOf, scanLevelAt, bind("sku", sku))
	return all, fail(err, "select stock of %s", sku)
}

func (s stocks) Movements(ctx context.Context, sku, before string, n int) ([]inventory.Movement, error) {
	page, err := collect(ctx, s.h, movementPage, func(r scanner) (m inventory.Movement, err error) {
		return m, r.Scan(&m.ID, &m.SKU, &m.Location, &m.Bucket, &m.Reason, &m.OnHandDelta, &m.IncomingDelta, &m.Note, &m.Actor, &m.Reference, &m.MovedAt)
	}, bind("sku", sku), bind("before_id", cmp.Or(before, "g")), bind("n", n)) // no id begins with g
	return page, fail(err, "select movements of %s", sku)
}
