package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

var (
	stockRowsOf = listStatement("stock.rows_of", `SELECT sku, location_id, bucket_no FROM stock WHERE sku IN (:list)`)
	stockImport = statement("stock.import", `INSERT INTO stock (sku, location_id, bucket_no, on_hand, reserved, incoming)
		VALUES (:sku, :location_id, :bucket_no, :on_hand_delta, :reserved_delta, :incoming_delta)`)
	stockAddAll = statement("stock.add_all", `UPDATE stock SET on_hand = on_hand + :on_hand_delta, reserved = reserved + :reserved_delta, incoming = incoming + :incoming_delta
		WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no`)
	reservationImport = statement("reservation.import", `INSERT INTO reservation (order_id, sku, location_id, bucket_no, qty, backordered, state, held_at)
		VALUES (:order_id, :sku, :location_id, :bucket_no, :qty, :backordered, :state, :held_at)`)
)

// counted is what an import comes to at one place.
type counted struct {
	inventory.Place
	onHand, reserved, incoming int64
	open                       bool // the counter is wanted even if nothing changes
}

func (s stocks) Import(ctx context.Context, moves []inventory.Movement, taken []inventory.Taken) error {
	if err := s.importCounters(ctx, moves, taken); err != nil {
		return err
	}
	moves = slices.DeleteFunc(slices.Clone(moves), func(m inventory.Movement) bool { return m.OnHandDelta == 0 && m.IncomingDelta == 0 })
	ids := make([]string, len(moves))
	for i := range ids {
		ids[i] = newID()
	}
	type M = inventory.Movement
	_, err := s.h.bulk(ctx, movementInsert, bind("id", ids), column("sku", moves, func(m M) string { return m.SKU }), column("location_id", moves, func(m M) string { return m.Location }),
		column("bucket_no", moves, func(m M) int64 { return m.Bucket }), column("reason", moves, func(m M) inventory.Reason { return m.Reason }),
		column("on_hand_delta", moves, func(m M) int64 { return m.OnHandDelta }), column("incoming_delta", moves, func(m M) int64 { return m.IncomingDelta }),
		column("note", moves, func(m M) string { return m.Note }), column("reference", moves, func(m M) string { return m.Reference }),
		column("actor", moves, func(m M) string { return m.Actor }), column("moved_at", moves, func(m M) time.Time { return m.MovedAt }))
	if err != nil {
		return fail(err, "import %d movements", len(moves))
	}
	type T = inventory.Taken
	_, err = s.h.bulk(ctx, reservationImport, column("order_id", taken, func(t T) string { return t.OrderID }), column("sku", taken, func(t T) string { return t.SKU }),
		column("location_id", taken, func(t T) string { return t.Location }), column("bucket_no", taken, func(t T) int64 { return t.Bucket }),
		column("qty", taken, func(t T) int64 { return t.Qty }), column("backordered", taken, func(t T) int64 { return t.Backordered }),
		column("state", taken, func(t T) inventory.State { return t.State }), column("held_at", taken, func(t T) time.Time { return t.HeldAt }))
	return fail(err, "import %d reservations", len(taken))
}

// importCounters adds up the whole import first: what came and went again costs
// nothing. Rows are taken in order of key.
func (s stocks) importCounters(ctx context.Context, moves []inventory.Movement, taken []inventory.Taken) error {
	sums := map[inventory.Place]*counted{}
	at := func(p inventory.Place) *counted {
		if sums[p] == nil {
			sums[p] = &counted{Place: p}
		}
		return sums[p]
	}
	for _, m := range moves {
		c := at(m.Place)
		c.onHand += m.OnHandDelta
		c.incoming += m.IncomingDelta
		c.open = c.open || m.OnHandDelta == 0 && m.IncomingDelta == 0
	}
	for _, t := range taken {
		if t.State == inventory.Held && t.Location != inventory.Nowhere {
			at(t.Place).reserved += t.Qty
		}
	}
	var skus []string
	var all []*counted
	for _, p := range slices.SortedFunc(maps.Keys(sums), inventory.Place.Compare) {
		if c := sums[p]; c.open || c.onHand != 0 || c.reserved != 0 || c.incoming != 0 {
			all = append(all, c)
			skus = append(skus, p.SKU)
		}
	}
	known, err := s.rowsOf(ctx, slices.Compact(skus))
	if err != nil {
		return err
	}
	var old, fresh []*counted
	for _, c := range all {
		if known[c.Place] {
			old = append(old, c)
		} else {
			fresh = append(fresh, c)
		}
	}
	if _, err := s.h.bulk(ctx, stockAddAll, countedBinds(old)...); err != nil {
		return fail(err, "count %d imported changes of stock", len(old))
	}
	return s.importRows(ctx, fresh)
}

func (s stocks) rowsOf(ctx context.Context, skus []string) (map[inventory.Place]bool, error) {
	known := map[inventory.Place]bool{}
	err := stockRowsOf.each(skus, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var p inventory.Place
			err = r.Scan(&p.SKU, &p.Location, &p.Bucket)
			known[p] = true
			return none, err
		}, list...)
		return err
	})
	return known, fail(err, "select stock rows")
}

// importRows opens counters. The first of a shop make its location.
func (s stocks) importRows(ctx context.Context, fresh []*counted) error {
	_, err := s.h.batch(ctx, stockImport, countedBinds(fresh)...)
	if codeOf(err) == codeNoParent && constraintOf(err) == "stock_location_fk" {
		main := inventory.Location{ID: inventory.Main, Code: inventory.Main, Name: "Main", Active: true}
		if err := s.PutLocation(ctx, main); err != nil && fault.Code(err) != "location-code-taken" {
			return err
		}
		_, err = s.h.bulk(ctx, stockImport, countedBinds(fresh)...)
	}
	return fail(err, "open stock of %d places", len(fresh))
}

func countedBinds(list []*counted) []sql.NamedArg {
	type C = *counted
	return []sql.NamedArg{column("sku", list, func(c C) string { return c.SKU }), column("location_id", list, func(c C) string { return c.Location }),
		column("bucket_no", list, func(c C) int64 { return c.Bucket }), column("on_hand_delta", list, func(c C) int64 { return c.onHand }),
		column("reserved_delta", list, func(c C) int64 { return c.reserved }), column("incoming_delta", list, func(c C) int64 { return c.incoming })}
}
