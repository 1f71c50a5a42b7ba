package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

// stocks keeps stock, stock_movement and reservation.
type stocks struct{ h handle }

var (
	stockLevel = statement("stock.level", `SELECT sku, on_hand, reserved FROM stock WHERE sku = :sku`)

	stockLevels = listStatement("stock.levels", `SELECT sku, on_hand, reserved FROM stock WHERE sku IN (:list)`)

	stockReserve = statement("stock.reserve", `UPDATE stock SET reserved = reserved + :qty WHERE sku = :sku AND on_hand - reserved >= :qty`)
	stockRelease = statement("stock.release", `UPDATE stock SET reserved = reserved - :qty WHERE sku = :sku`)
	stockSell    = statement("stock.sell", `UPDATE stock SET on_hand = on_hand - :qty, reserved = reserved - :qty WHERE sku = :sku`)
	stockLock    = statement("stock.lock", `SELECT on_hand, reserved FROM stock WHERE sku = :sku FOR UPDATE`)
	stockRestock = statement("stock.restock", `UPDATE stock SET on_hand = on_hand + :qty WHERE sku = :sku`)
	stockSet     = statement("stock.set", `UPDATE stock SET on_hand = :on_hand WHERE sku = :sku`)
	stockInsert  = statement("stock.insert", `INSERT INTO stock (sku, on_hand, reserved) VALUES (:sku, 0, 0)`)

	movementInsert = statement("stock_movement.insert", `INSERT INTO stock_movement (id, sku, reason, on_hand_delta, reserved_delta, reference, moved_at)
		VALUES (:id, :sku, :reason, :on_hand_delta, :reserved_delta, :reference, :moved_at)`)

	reservationInsert = statement("reservation.insert", `INSERT INTO reservation (order_id, sku, qty, state) VALUES (:order_id, :sku, :qty, 'held')`)
	reservationHeld   = statement("reservation.held", `SELECT sku, qty FROM reservation WHERE order_id = :order_id AND state = 'held' ORDER BY sku`)
	reservationEnd    = statement("reservation.end", `UPDATE reservation SET state = :state WHERE order_id = :order_id AND sku = :sku AND state = 'held'`)

	stockPage     = statement("stock.page", `SELECT sku, on_hand, reserved FROM stock WHERE sku > :after_sku ORDER BY sku FETCH FIRST :n ROWS ONLY`)
	movementSums  = statement("stock_movement.sums", `SELECT sku, SUM(on_hand_delta), SUM(reserved_delta) FROM stock_movement WHERE sku > :after_sku AND sku <= :last_sku GROUP BY sku`)
	reservedInUse = statement("reservation.sums", `SELECT sku, SUM(qty) FROM reservation WHERE state = 'held' AND sku > :after_sku AND sku <= :last_sku GROUP BY sku`)
)

func (s stocks) Levels(ctx context.Context, skus []string) ([]inventory.Level, error) {
	out := make([]inventory.Level, 0, len(skus))
	err := stockLevels.each(skus, func(st *Statement, list []sql.NamedArg) error {
		rows, err := collect(ctx, s.h, st, func(r scanner) (l inventory.Level, err error) {
			return l, r.Scan(&l.SKU, &l.OnHand, &l.Reserved)
		}, list...)
		out = append(out, rows...)
		return err
	})
	if err != nil {
		return nil, fail(err, "select stock levels")
	}
	return out, nil
}

func (s stocks) level(ctx context.Context, sku string) (l inventory.Level, err error) {
	return l, s.h.row(ctx, stockLevel, bind("sku", sku)).Scan(&l.SKU, &l.OnHand, &l.Reserved)
}

func (s stocks) Reserve(ctx context.Context, orderID string, lines []inventory.Line, now time.Time) error {
	for _, l := range merged(lines) {
		n, err := s.h.exec(ctx, stockReserve, bind("sku", l.SKU), bind("qty", l.Qty))
		if err != nil {
			return fail(err, "reserve %d of %s", l.Qty, l.SKU)
		}
		if n == 0 {
			return s.outOfStock(ctx, l)
		}
		if _, err := s.h.exec(ctx, reservationInsert, bind("order_id", orderID), bind("sku", l.SKU), bind("qty", l.Qty)); err != nil {
			return fail(err, "record reservation of %s", l.SKU)
		}
		if err := s.record(ctx, l.SKU, inventory.Reserve, 0, l.Qty, orderID, now); err != nil {
			return err
		}
	}
	return nil
}

// merged adds up lines of one SKU and sorts them.
func merged(lines []inventory.Line) []inventory.Line {
	out := slices.Clone(lines)
	slices.SortFunc(out, func(a, b inventory.Line) int { return strings.Compare(a.SKU, b.SKU) })
	n := 0
	for _, l := range out {
		if n > 0 && out[n-1].SKU == l.SKU {
			out[n-1].Qty += l.Qty
			continue
		}
		out[n] = l
		n++
	}
	return out[:n]
}

func (s stocks) outOfStock(ctx context.Context, l inventory.Line) error {
	level, err := s.level(ctx, l.SKU)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fail(err, "select stock of %s", l.SKU)
	}
	e := fault.New(fault.Conflict, "out-of-stock", "There are not %d of %s left, only %d.", l.Qty, l.SKU, max(0, level.Available()))
	e.Fields = map[string]string{"sku": l.SKU}
	return e
}

func (s stocks) record(ctx context.Context, sku string, why inventory.Reason, onHand, reserved int64, reference string, now time.Time) error {
	_, err := s.h.exec(ctx, movementInsert, bind("id", newID()), bind("sku", sku), bind("reason", string(why)),
		bind("on_hand_delta", onHand), bind("reserved_delta", reserved), bind("reference", reference), bind("moved_at", now))
	if err != nil {
		return fail(err, "record %s of %s", why, sku)
	}
	return nil
}

func (s stocks) Release(ctx context.Context, orderID string, now time.Time) (int64, error) {
	return s.end(ctx, orderID, "released", stockRelease, inventory.Release, now)
}

func (s stocks) Sell(ctx context.Context, orderID string, now time.Time) (int64, error) {
	return s.end(ctx, orderID, "sold", stockSell, inventory.Sale, now)
}

func (s stocks) held(ctx context.Context, orderID string) ([]inventory.Line, error) {
	held, err := collect(ctx, s.h, reservationHeld, func(r scanner) (l inventory.Line, err error) {
		return l, r.Scan(&l.SKU, &l.Qty)
	}, bind("order_id", orderID))
	if err != nil {
		return nil, fail(err, "select reservations of %s", orderID)
	}
	return held, nil
}

// end closes the order's held reservations. The row of the reservation decides:
// whoever changes its state moves the stock, once.
func (s stocks) end(ctx context.Context, orderID, state string, move *Statement, why inventory.Reason, now time.Time) (units int64, err error) {
	held, err := s.held(ctx, orderID)
	if err != nil {
		return 0, err
	}
	for _, l := range held {
		n, err := s.h.exec(ctx, reservationEnd, bind("order_id", orderID), bind("sku", l.SKU), bind("state", state))
		if err != nil {
			return 0, fail(err, "end reservation of %s", l.SKU)
		}
		if n == 0 {
			continue
		}
		if _, err := s.h.exec(ctx, move, bind("sku", l.SKU), bind("qty", l.Qty)); err != nil {
			return 0, fail(err, "%s %d of %s", why, l.Qty, l.SKU)
		}
		onHand := int64(0)
		if why == inventory.Sale {
			onHand = -l.Qty
		}
		if err := s.record(ctx, l.SKU, why, onHand, -l.Qty, orderID, now); err != nil {
			return 0, err
		}
		units += l.Qty
	}
	return units, nil
}

func (s stocks) Restock(ctx context.Context, orderID string, lines []inventory.Line, why inventory.Reason, now time.Time) error {
	for _, l := range merged(lines) {
		if _, err := s.h.exec(ctx, stockRestock, bind("sku", l.SKU), bind("qty", l.Qty)); err != nil {
			return fail(err, "restock %d of %s", l.Qty, l.SKU)
		}
		if err := s.record(ctx, l.SKU, why, l.Qty, 0, orderID, now); err != nil {
			return err
		}
	}
	return nil
}

func (s stocks) SetOnHand(ctx context.Context, sku string, qty int64, reference string, now time.Time) error {
	var onHand, reserved int64
	err := s.h.row(ctx, stockLock, bind("sku", sku)).Scan(&onHand, &reserved)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err = s.h.exec(ctx, stockInsert, bind("sku", sku)); codeOf(err) == 1 {
			err = s.h.row(ctx, stockLock, bind("sku", sku)).Scan(&onHand, &reserved)
		}
	}
	switch {
	case codeOf(err) == 2291:
		return fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", sku).Because(err)
	case err != nil:
		return fail(err, "take hold of stock of %s", sku)
	case qty < reserved:
		return fault.New(fault.Conflict, "stock-below-reserved", "%d of %s are held by orders; the stock cannot be set to %d.", reserved, sku, qty)
	case qty == onHand:
		return nil
	}
	if _, err := s.h.exec(ctx, stockSet, bind("sku", sku), bind("on_hand", qty)); err != nil {
		return fail(err, "set stock of %s", sku)
	}
	return s.record(ctx, sku, inventory.Adjust, qty-onHand, 0, reference, now)
}

func (s stocks) HeldBy(ctx context.Context, orderID string) (units int64, err error) {
	held, err := s.held(ctx, orderID)
	for _, l := range held {
		units += l.Qty
	}
	return units, err
}

func (s stocks) Check(ctx context.Context, after string, n int) (bad []inventory.Discrepancy, last string, looked int64, err error) {
	if after == "" {
		after = " " // below every SKU
	}
	levels, err := collect(ctx, s.h, stockPage, func(r scanner) (d inventory.Discrepancy, err error) {
		return d, r.Scan(&d.SKU, &d.OnHand, &d.Reserved)
	}, bind("after_sku", after), bind("n", n))
	if err != nil {
		return nil, "", 0, fail(err, "select stock after %s", after)
	}
	looked = int64(len(levels))
	at := map[string]*inventory.Discrepancy{}
	for i := range levels {
		at[levels[i].SKU] = &levels[i]
	}
	bound := "\U0010FFFF" // above every SKU: the ledger may know some that have no stock
	if len(levels) > 0 {
		last = levels[len(levels)-1].SKU
		bound = last
	}
	within := []sql.NamedArg{bind("after_sku", after), bind("last_sku", bound)}
	read := func(st *Statement, put func(d *inventory.Discrepancy, a, b int64), columns int) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var sku string
			var a, b int64
			dest := []any{&sku, &a, &b}
			if err := r.Scan(dest[:columns]...); err != nil {
				return none, err
			}
			d, ok := at[sku]
			if !ok {
				d = &inventory.Discrepancy{SKU: sku}
				at[sku] = d
			}
			put(d, a, b)
			return none, nil
		}, within...)
		return err
	}
	if err := read(movementSums, func(d *inventory.Discrepancy, a, b int64) { d.LedgerOnHand, d.LedgerReserved = a, b }, 3); err != nil {
		return nil, "", 0, fail(err, "sum the stock ledger")
	}
	if err := read(reservedInUse, func(d *inventory.Discrepancy, a, _ int64) { d.Held = a }, 2); err != nil {
		return nil, "", 0, fail(err, "sum reservations")
	}
	for _, sku := range slices.Sorted(maps.Keys(at)) {
		d := *at[sku]
		if d.OnHand != d.LedgerOnHand || d.Reserved != d.LedgerReserved || d.Reserved != d.Held {
			bad = append(bad, d)
		}
	}
	return bad, last, looked, nil
}
