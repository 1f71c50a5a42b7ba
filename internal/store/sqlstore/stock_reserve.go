package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

var (
	// stockShelves reads what an order needs to know of its SKUs: one query for
	// all of them, so that the usual line costs two writes and nothing else.
	stockShelves = listStatement("stock.shelves", `SELECT s.sku, s.location_id, s.bucket_no, s.on_hand, s.reserved, l.priority,
			COALESCE(y.tracking, 'counted'), COALESCE(y.backorder_limit, 0), COALESCE(y.safety, 0)
		FROM stock s JOIN location l ON l.id = s.location_id LEFT JOIN stock_policy y ON y.sku = s.sku
		WHERE s.sku IN (:list) AND l.active = 1`)

	stockReserve = statement("stock.reserve", `UPDATE stock SET reserved = reserved + :qty
		WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no AND on_hand - reserved + :slack >= :qty`)
	stockPromise = statement("stock.promise", `UPDATE stock SET reserved = reserved + :qty
		WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no AND on_hand - reserved + :slack >= :qty
		RETURNING reserved - on_hand INTO :owed`)
	stockTry = statement("stock.try", `SELECT on_hand FROM stock WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no FOR UPDATE NOWAIT`)

	stockRelease = statement("stock.release", `UPDATE stock SET reserved = reserved - :qty WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no`)
	stockSell    = statement("stock.sell", `UPDATE stock SET on_hand = on_hand - :qty, reserved = reserved - :qty
		WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no`)

	reservationInsert = statement("reservation.insert", `INSERT INTO reservation (order_id, sku, location_id, bucket_no, qty, backordered, state, held_at)
		VALUES (:order_id, :sku, :location_id, :bucket_no, :qty, :backordered, 'held', :held_at)`)
	reservationOf = statement("reservation.of_order", `SELECT sku, location_id, bucket_no, qty, backordered, state FROM reservation
		WHERE order_id = :order_id ORDER BY sku, location_id, bucket_no`)
	reservationSKUs = listStatement("reservation.skus", `SELECT sku FROM reservation WHERE order_id IN (:list)`)
	reservationEnd  = statement("reservation.end", `UPDATE reservation SET state = :state
		WHERE order_id = :order_id AND sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no AND state = 'held'`)
	bundleTaken = statement("reservation_bundle.insert", `INSERT INTO reservation_bundle (order_id, sku, component_sku, qty) VALUES (:order_id, :sku, :component_sku, :qty)`)
)

// ware is a SKU as it can be promised.
type ware struct {
	policy  inventory.Policy
	shelves []inventory.Shelf
}

func (s stocks) wares(ctx context.Context, skus []string) (map[string]*ware, error) {
	found := make(map[string]*ware, len(skus))
	err := stockShelves.each(skus, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var sh inventory.Shelf
			var p inventory.Policy
			if err := r.Scan(&sh.SKU, &sh.Location, &sh.Bucket, &sh.OnHand, &sh.Reserved, &sh.Priority, &p.Tracking, &p.Backorder, &p.Safety); err != nil {
				return none, err
			}
			w := found[sh.SKU]
			if w == nil {
				w = &ware{policy: p}
				found[sh.SKU] = w
			}
			w.shelves = append(w.shelves, sh)
			return none, nil
		}, list...)
		return err
	})
	return found, fail(err, "select shelves")
}

func (s stocks) Reserve(ctx context.Context, orderID string, lines []inventory.Line, now time.Time) error {
	demand, wares, err := s.demand(ctx, orderID, lines)
	if err != nil {
		return err
	}
	for _, l := range demand {
		w := wares[l.SKU]
		if w == nil {
			w = &ware{}
		}
		if err := s.take(ctx, orderID, l, w, now); err != nil {
			return err
		}
	}
	return nil
}

// demand opens the bundles among the lines. A SKU with stock is none, so most
// orders need no second look.
func (s stocks) demand(ctx context.Context, orderID string, lines []inventory.Line) ([]inventory.Line, map[string]*ware, error) {
	demand := inventory.Demand(lines, nil)
	wares, err := s.wares(ctx, skusOf(demand))
	if err != nil {
		return nil, nil, err
	}
	unknown := slices.DeleteFunc(skusOf(demand), func(sku string) bool { return wares[sku] != nil })
	if len(unknown) == 0 {
		return demand, wares, nil
	}
	bundles, err := s.Bundles(ctx, unknown)
	if err != nil {
		return nil, nil, err
	}
	for _, sku := range slices.Sorted(maps.Keys(bundles)) {
		for _, c := range bundles[sku] {
			if _, err := s.h.exec(ctx, bundleTaken, bind("order_id", orderID), bind("sku", sku), bind("component_sku", c.SKU), bind("qty", c.Qty)); err != nil {
				return nil, nil, fail(err, "record bundle %s", sku)
			}
		}
	}
	demand = inventory.Demand(demand, bundles)
	unknown = slices.DeleteFunc(skusOf(demand), func(sku string) bool { return wares[sku] != nil })
	more, err := s.wares(ctx, unknown)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(wares, more)
	for _, sku := range unknown {
		if wares[sku] != nil {
			continue
		}
		p, err := s.Policy(ctx, sku)
		if err != nil {
			return nil, nil, err
		}
		wares[sku] = &ware{policy: p}
	}
	return demand, wares, nil
}

func skusOf(lines []inventory.Line) []string {
	skus := make([]string, len(lines))
	for i, l := range lines {
		skus[i] = l.SKU
	}
	return skus
}

// take holds the line on the shelves of w. A shelf that others emptied since
// it was read makes it read again: then somebody else has got on.
func (s stocks) take(ctx context.Context, orderID string, l inventory.Line, w *ware, now time.Time) error {
	if w.policy.Tracking == inventory.NotCounted {
		return s.hold(ctx, orderID, inventory.Reservation{Place: inventory.Place{SKU: l.SKU, Location: inventory.Nowhere}, Qty: l.Qty}, now)
	}
	var taken []inventory.Reservation
	for left := l.Qty; left > 0; {
		picks, ok := inventory.Plan(w.shelves, w.policy, left, rand.IntN(inventory.MaxBuckets))
		if !ok {
			return s.outOfStock(ctx, l)
		}
		for _, pick := range picks {
			held, err := s.pick(ctx, pick, taken)
			if err != nil {
				return err
			}
			if held.Qty == 0 {
				break
			}
			taken = together(taken, held)
			left -= pick.Qty
		}
		if left > 0 {
			fresh, err := s.wares(ctx, []string{l.SKU})
			if err != nil {
				return err
			}
			if w = fresh[l.SKU]; w == nil {
				w = &ware{}
			}
		}
	}
	for _, r := range taken {
		if err := s.hold(ctx, orderID, r, now); err != nil {
			return err
		}
	}
	return nil
}

// pick reserves on one row, if it still has what was planned. A row below one
// that is held already is not waited for: the holder might be waiting for ours.
func (s stocks) pick(ctx context.Context, p inventory.Pick, taken []inventory.Reservation) (r inventory.Reservation, err error) {
	key := []sql.NamedArg{bind("sku", p.SKU), bind("location_id", p.Location), bind("bucket_no", p.Bucket)}
	if slices.ContainsFunc(taken, func(t inventory.Reservation) bool { return t.Compare(p.Place) > 0 }) {
		if err := s.h.row(ctx, stockTry, key...).Scan(new(int64)); err != nil {
			return r, fail(err, "go back to stock of %s", p.SKU)
		}
	}
	args := append(key, bind("qty", p.Qty), bind("slack", p.Slack))
	var owed, n int64
	if p.Slack > 0 {
		n, err = s.h.exec(ctx, stockPromise, append(args, bind("owed", sql.Out{Dest: &owed}))...)
	} else {
		n, err = s.h.exec(ctx, stockReserve, args...)
	}
	if err != nil || n == 0 {
		return r, fail(err, "reserve %d of %s", p.Qty, p.SKU)
	}
	return inventory.Reservation{Place: p.Place, Qty: p.Qty, Backordered: min(p.Qty, max(0, owed))}, nil
}

// together adds up what is taken from one place.
func together(taken []inventory.Reservation, r inventory.Reservation) []inventory.Reservation {
	for i := range taken {
		if taken[i].Place == r.Place {
			taken[i].Qty += r.Qty
			taken[i].Backordered += r.Backordered
			return taken
		}
	}
	return append(taken, r)
}

func (s stocks) hold(ctx context.Context, orderID string, r inventory.Reservation, now time.Time) error {
	_, err := s.h.exec(ctx, reservationInsert, bind("order_id", orderID), bind("sku", r.SKU), bind("location_id", r.Location), bind("bucket_no", r.Bucket),
		bind("qty", r.Qty), bind("backordered", r.Backordered), bind("held_at", now))
	return fail(err, "record reservation of %s", r.SKU)
}

func (s stocks) outOfStock(ctx context.Context, l inventory.Line) error {
	units, err := s.Promisable(ctx, []string{l.SKU})
	if err != nil {
		return err
	}
	e := fault.New(fault.Conflict, "out-of-stock", "There are not %d of %s left, only %d.", l.Qty, l.SKU, units[l.SKU])
	e.Fields = map[string]string{"sku": l.SKU}
	return e
}

func (s stocks) Release(ctx context.Context, orderID string, now time.Time) (int64, error) {
	return s.end(ctx, orderID, inventory.Released, stockRelease, now)
}

func (s stocks) Sell(ctx context.Context, orderID string, now time.Time) (int64, error) {
	return s.end(ctx, orderID, inventory.Sold, stockSell, now)
}

func (s stocks) Reserved(ctx context.Context, orderID string) ([]inventory.Reservation, error) {
	all, err := collect(ctx, s.h, reservationOf, func(r scanner) (v inventory.Reservation, err error) {
		return v, r.Scan(&v.SKU, &v.Location, &v.Bucket, &v.Qty, &v.Backordered, &v.State)
	}, bind("order_id", orderID))
	if err != nil {
		return nil, fail(err, "select reservations of %s", orderID)
	}
	return all, nil
}

func (s stocks) ReservedSKUs(ctx context.Context, orderIDs []string) ([]string, error) {
	skus, err := collectIn(ctx, s.h, reservationSKUs, orderIDs, func(r scanner) (sku string, err error) { return sku, r.Scan(&sku) })
	slices.Sort(skus)
	return slices.Compact(skus), fail(err, "select what %d orders have taken", len(orderIDs))
}

// end closes the order's held reservations. The row of the reservation decides:
// whoever changes its state moves the stock, once.
func (s stocks) end(ctx context.Context, orderID string, to inventory.State, move *Statement, now time.Time) (units int64, err error) {
	all, err := s.Reserved(ctx, orderID)
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		if r.State != inventory.Held {
			continue
		}
		key := []sql.NamedArg{bind("sku", r.SKU), bind("location_id", r.Location), bind("bucket_no", r.Bucket)}
		n, err := s.h.exec(ctx, reservationEnd, append(slices.Clone(key), bind("order_id", orderID), bind("state", string(to)))...)
		if err != nil {
			return 0, fail(err, "end reservation of %s", r.SKU)
		}
		if n == 0 {
			continue
		}
		units += r.Qty
		if r.Location == inventory.Nowhere {
			continue
		}
		if _, err := s.h.exec(ctx, move, append(key, bind("qty", r.Qty))...); err != nil {
			return 0, fail(err, "end %d of %s as %s", r.Qty, r.SKU, to)
		}
		if to == inventory.Sold {
			m := inventory.Movement{Place: r.Place, Reason: inventory.Sale, OnHandDelta: -r.Qty, Reference: orderID, MovedAt: now}
			if err := s.record(ctx, m); err != nil {
				return 0, err
			}
		}
	}
	return units, nil
}

func (s stocks) Restock(ctx context.Context, orderID string, lines []inventory.Line, why inventory.Reason, now time.Time) error {
	bundles, err := s.BundledBy(ctx, orderID)
	if err != nil {
		return err
	}
	all, err := s.Reserved(ctx, orderID)
	if err != nil {
		return err
	}
	from := map[string]string{} // SKU to the first location that it was taken from
	for _, r := range slices.Backward(all) {
		from[r.SKU] = r.Location
	}
	for _, l := range inventory.Demand(lines, bundles) {
		at := inventory.Place{SKU: l.SKU, Location: cmp.Or(from[l.SKU], inventory.Main)}
		if at.Location == inventory.Nowhere {
			continue
		}
		if err := s.Move(ctx, inventory.Movement{Place: at, Reason: why, OnHandDelta: l.Qty, Reference: orderID, MovedAt: now}); err != nil {
			return err
		}
	}
	return nil
}

func (s stocks) HeldBy(ctx context.Context, orderID string) (units int64, err error) {
	all, err := s.Reserved(ctx, orderID)
	for _, r := range all {
		if r.State == inventory.Held {
			units += r.Qty
		}
	}
	return units, err
}
