package sqlstore

import (
	"context"
	"maps"
	"slices"

	"tradewind/internal/domain/inventory"
)

var (
	stockBound = statement("stock.bound", `SELECT COUNT(sku), MAX(sku) FROM
		(SELECT DISTINCT sku FROM stock WHERE sku > :after_sku ORDER BY sku FETCH FIRST :n ROWS ONLY)`)
	stockWithin    = statement("stock.within", `SELECT sku, location_id, bucket_no, on_hand, reserved, incoming FROM stock WHERE sku > :after_sku AND sku <= :last_sku`)
	movementWithin = statement("stock_movement.within", `SELECT sku, location_id, bucket_no, SUM(on_hand_delta), SUM(incoming_delta),
			SUM(CASE WHEN reason IN ('transfer_out', 'transfer_in') THEN on_hand_delta ELSE 0 END)
		FROM stock_movement WHERE sku > :after_sku AND sku <= :last_sku GROUP BY sku, location_id, bucket_no`)
	inboundWithin = statement("inbound_line.within", `SELECT l.sku, i.to_id, SUM(l.qty - l.received - l.missing),
			SUM(CASE WHEN i.from_id IS NULL THEN 0 ELSE l.qty - l.received END)
		FROM inbound_line l JOIN inbound i ON i.id = l.inbound_id
		WHERE l.sku > :after_sku AND l.sku <= :last_sku AND i.state IN ('sent', 'received') GROUP BY l.sku, i.to_id`)
	reservationStrays = statement("reservation.strays", `SELECT DISTINCT r.order_id FROM reservation r WHERE r.state = 'held'
		AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id)
		AND NOT EXISTS (SELECT 1 FROM stock_hold h WHERE h.id = r.order_id AND h.state = 'open')`).long()
	reservationSums = statement("reservation.sums", `SELECT sku, location_id, bucket_no, SUM(qty) FROM reservation
		WHERE state = 'held' AND location_id <> 'none' GROUP BY sku, location_id, bucket_no`).long()
	bundleWrong = statement("bundle_item.wrong", `SELECT b.sku FROM bundle_item b WHERE
			NOT EXISTS (SELECT 1 FROM stock_policy y WHERE y.sku = b.sku AND y.tracking = 'bundle')
			OR EXISTS (SELECT 1 FROM bundle_item c WHERE c.sku = b.component_sku)
			OR EXISTS (SELECT 1 FROM stock s WHERE s.sku = b.sku)
		UNION SELECT y.sku FROM stock_policy y WHERE y.tracking = 'bundle' AND NOT EXISTS (SELECT 1 FROM bundle_item b WHERE b.sku = y.sku)`).long()
)

func (s stocks) HeldNow(ctx context.Context) (map[inventory.Place]int64, error) {
	held := map[inventory.Place]int64{}
	_, err := collect(ctx, s.h, reservationSums, func(r scanner) (none struct{}, err error) {
		var p inventory.Place
		var qty int64
		if err := r.Scan(&p.SKU, &p.Location, &p.Bucket, &qty); err != nil {
			return none, err
		}
		held[p] = qty
		return none, nil
	})
	return held, fail(err, "sum reservations")
}

func (s stocks) Check(ctx context.Context, after string, n int, held map[inventory.Place]int64) (bad []inventory.Discrepancy, last string, looked int64, err error) {
	if after == "" {
		after = " " // below every SKU
	}
	if err := s.h.row(ctx, stockBound, bind("after_sku", after), bind("n", n)).Scan(&looked, &last); err != nil {
		return nil, "", 0, fail(err, "select stock after %s", after)
	}
	bound := last
	if looked == 0 {
		bound = "\U0010FFFF" // above every SKU: the ledger may know some that have no stock
	}
	at, gone, err := s.books(ctx, after, bound)
	if err != nil {
		return nil, "", 0, err
	}
	if err := s.coming(ctx, after, bound, at, gone); err != nil {
		return nil, "", 0, err
	}
	for p, qty := range held {
		if p.SKU > after && p.SKU <= bound {
			entry(at, p).Held = qty
			delete(held, p)
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(at), inventory.Place.Compare) {
		d := *at[p]
		if d.OnHand != d.LedgerOnHand || d.Incoming != d.LedgerIncoming || d.Incoming != d.Coming || d.Reserved != d.Held {
			bad = append(bad, d)
		}
	}
	for _, sku := range slices.Sorted(maps.Keys(gone)) {
		if gone[sku] != 0 {
			bad = append(bad, inventory.Discrepancy{Place: inventory.Place{SKU: sku}, Unbalanced: gone[sku]})
		}
	}
	return bad, last, looked, nil
}

// books reads counters and ledger of a range of SKUs; gone is by how much the
// ledger of transfers is below zero.
func (s stocks) books(ctx context.Context, after, bound string) (at map[inventory.Place]*inventory.Discrepancy, gone map[string]int64, err error) {
	at, gone = map[inventory.Place]*inventory.Discrepancy{}, map[string]int64{}
	_, err = collect(ctx, s.h, stockWithin, func(r scanner) (none struct{}, err error) {
		var d inventory.Discrepancy
		err = r.Scan(&d.SKU, &d.Location, &d.Bucket, &d.OnHand, &d.Reserved, &d.Incoming)
		at[d.Place] = &d
		return none, err
	}, bind("after_sku", after), bind("last_sku", bound))
	if err != nil {
		return nil, nil, fail(err, "select stock after %s", after)
	}
	_, err = collect(ctx, s.h, movementWithin, func(r scanner) (none struct{}, err error) {
		var p inventory.Place
		var onHand, incoming, transferred int64
		if err := r.Scan(&p.SKU, &p.Location, &p.Bucket, &onHand, &incoming, &transferred); err != nil {
			return none, err
		}
		if transferred != 0 {
			gone[p.SKU] -= transferred
		}
		d := entry(at, p)
		d.LedgerOnHand, d.LedgerIncoming = onHand, incoming
		return none, nil
	}, bind("after_sku", after), bind("last_sku", bound))
	return at, gone, fail(err, "sum the stock ledger")
}

// coming adds what is on its way to at, and takes what transfers account for out of gone.
func (s stocks) coming(ctx context.Context, after, bound string, at map[inventory.Place]*inventory.Discrepancy, gone map[string]int64) error {
	_, err := collect(ctx, s.h, inboundWithin, func(r scanner) (none struct{}, err error) {
		var p inventory.Place
		var outstanding, left int64
		if err := r.Scan(&p.SKU, &p.Location, &outstanding, &left); err != nil {
			return none, err
		}
		entry(at, p).Coming = outstanding // incoming goods are counted in the first bucket
		gone[p.SKU] -= left
		return none, nil
	}, bind("after_sku", after), bind("last_sku", bound))
	return fail(err, "sum goods on their way")
}

func (s stocks) Strays(ctx context.Context) ([]string, error) {
	ids, err := collect(ctx, s.h, reservationStrays, func(r scanner) (id string, err error) { return id, r.Scan(&id) })
	return ids, fail(err, "select stray reservations")
}

func entry(at map[inventory.Place]*inventory.Discrepancy, p inventory.Place) *inventory.Discrepancy {
	d, ok := at[p]
	if !ok {
		d = &inventory.Discrepancy{Place: p}
		at[p] = d
	}
	return d
}

func (s stocks) WrongBundles(ctx context.Context) ([]string, error) {
	wrong, err := collect(ctx, s.h, bundleWrong, func(r scanner) (sku string, err error) { return sku, r.Scan(&sku) })
	return wrong, fail(err, "check bundles")
}
