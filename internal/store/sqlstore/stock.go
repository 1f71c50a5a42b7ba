package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

// stocks keeps location, stock, stock_policy, stock_signal, bundle_item,
// stock_movement, reservation, stock_hold, inbound and stock_take, and what
// belongs to them; the files named stock_ are its rooms.
type stocks struct{ h handle }

var (
	stockLevels = listStatement("stock.levels", `SELECT sku, SUM(on_hand), SUM(reserved), SUM(incoming) FROM stock WHERE sku IN (:list) GROUP BY sku`)

	stockLockAt = statement("stock.lock_at", `SELECT sku, location_id, bucket_no, on_hand, reserved FROM stock
		WHERE sku = :sku AND location_id = :location_id ORDER BY bucket_no FOR UPDATE`)
	stockAdd = statement("stock.add", `UPDATE stock SET on_hand = on_hand + :on_hand_delta, incoming = incoming + :incoming_delta
		WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no`)
	stockInsert = statement("stock.insert", `INSERT INTO stock (sku, location_id, bucket_no) VALUES (:sku, :location_id, :bucket_no)`)
	stockCut    = statement("stock.delete", `DELETE FROM stock WHERE sku = :sku AND location_id = :location_id AND bucket_no = :bucket_no
		AND on_hand = 0 AND reserved = 0 AND incoming = 0`)
	stockOwner = statement("variant.lock", `SELECT sku FROM variant WHERE sku = :sku FOR UPDATE`)

	movementInsert = statement("stock_movement.insert", `INSERT INTO stock_movement (id, sku, location_id, bucket_no, reason, on_hand_delta, incoming_delta, note, reference, actor, moved_at)
		VALUES (:id, :sku, :location_id, :bucket_no, :reason, :on_hand_delta, :incoming_delta, :note, :reference, :actor, :moved_at)`)
)

func (s stocks) Levels(ctx context.Context, skus []string) ([]inventory.Level, error) {
	out := make([]inventory.Level, 0, len(skus))
	err := stockLevels.each(skus, func(st *Statement, list []sql.NamedArg) error {
		rows, err := collect(ctx, s.h, st, func(r scanner) (l inventory.Level, err error) {
			return l, r.Scan(&l.SKU, &l.OnHand, &l.Reserved, &l.Incoming)
		}, list...)
		out = append(out, rows...)
		return err
	})
	if err != nil {
		return nil, fail(err, "select stock levels")
	}
	return out, nil
}

func (s stocks) SetOnHand(ctx context.Context, sku string, qty int64, reference string, now time.Time) error {
	m := inventory.Movement{Place: inventory.Place{SKU: sku, Location: inventory.Main}, Reason: inventory.Adjust, Reference: reference, MovedAt: now}
	return s.Set(ctx, m, qty)
}

func (s stocks) Set(ctx context.Context, m inventory.Movement, qty int64) error {
	rows, err := s.opened(ctx, m.Place)
	if err != nil {
		return err
	}
	m.OnHandDelta = qty
	for _, r := range rows {
		m.OnHandDelta -= r.OnHand
	}
	return s.apply(ctx, m, rows)
}

func (s stocks) Move(ctx context.Context, m inventory.Movement) error {
	rows, err := s.opened(ctx, m.Place)
	if err != nil {
		return err
	}
	return s.apply(ctx, m, rows)
}

// opened returns the buckets of the SKU at the location, at least one, and keeps them.
func (s stocks) opened(ctx context.Context, p inventory.Place) ([]inventory.Shelf, error) {
	rows, err := s.lockAt(ctx, p)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	if err := s.open(ctx, p); err != nil {
		return nil, err
	}
	return s.lockAt(ctx, p)
}

// lockAt returns the buckets of the SKU at the location and keeps them.
func (s stocks) lockAt(ctx context.Context, p inventory.Place) ([]inventory.Shelf, error) {
	rows, err := collect(ctx, s.h, stockLockAt, func(r scanner) (sh inventory.Shelf, err error) {
		return sh, r.Scan(&sh.SKU, &sh.Location, &sh.Bucket, &sh.OnHand, &sh.Reserved)
	}, bind("sku", p.SKU), bind("location_id", p.Location))
	if err != nil {
		return nil, fail(err, "take hold of stock of %s", p.SKU)
	}
	return rows, nil
}

// apply makes the movement on rows, which are locked. What comes goes to the
// first bucket; what goes comes out of whichever buckets have it free. A count
// is believed even where it finds less than what is held.
func (s stocks) apply(ctx context.Context, m inventory.Movement, rows []inventory.Shelf) error {
	if m.OnHandDelta >= 0 {
		m.Bucket = rows[0].Bucket
		return s.add(ctx, m)
	}
	free, held := int64(0), int64(0)
	for _, r := range rows {
		free += max(0, r.Free())
		held += r.Reserved
	}
	need := -m.OnHandDelta
	if need > free && m.Reason != inventory.Count {
		return fault.New(fault.Conflict, "stock-below-reserved", "%d of %s are held by orders and only %d are free here; %d cannot be taken away.", held, m.SKU, free, need)
	}
	for i, r := range rows {
		n := min(need, max(0, r.Free()))
		if i == len(rows)-1 {
			n = need
		}
		if n == 0 && m.IncomingDelta == 0 {
			continue
		}
		part := m
		part.Bucket, part.OnHandDelta = r.Bucket, -n
		m.IncomingDelta = 0 // with the first part
		if err := s.add(ctx, part); err != nil {
			return err
		}
		need -= n
	}
	return nil
}

// add changes one row and writes the ledger.
func (s stocks) add(ctx context.Context, m inventory.Movement) error {
	if m.OnHandDelta == 0 && m.IncomingDelta == 0 {
		return nil
	}
	n, err := s.h.exec(ctx, stockAdd, bind("sku", m.SKU), bind("location_id", m.Location), bind("bucket_no", m.Bucket),
		bind("on_hand_delta", m.OnHandDelta), bind("incoming_delta", m.IncomingDelta))
	if err != nil {
		return fail(err, "%s %d of %s", m.Reason, m.OnHandDelta, m.SKU)
	}
	if n == 0 {
		return fault.New(fault.Internal, "stock-row-gone", "The stock of %s at %s is gone.", m.SKU, m.Location)
	}
	return s.record(ctx, m)
}

func (s stocks) record(ctx context.Context, m inventory.Movement) error {
	_, err := s.h.exec(ctx, movementInsert, bind("id", newID()), bind("sku", m.SKU), bind("location_id", m.Location), bind("bucket_no", m.Bucket),
		bind("reason", string(m.Reason)), bind("on_hand_delta", m.OnHandDelta), bind("incoming_delta", m.IncomingDelta), bind("note", m.Note),
		bind("reference", m.Reference), bind("actor", m.Actor), bind("moved_at", m.MovedAt))
	if err != nil {
		return fail(err, "record %s of %s", m.Reason, m.SKU)
	}
	return nil
}

// open makes the row of a SKU at a location. It holds the variant's row, so
// that the SKU does not become a bundle at the same time.
func (s stocks) open(ctx context.Context, p inventory.Place) error {
	tracking, err := s.lockVariant(ctx, p.SKU)
	if err != nil {
		return err
	}
	if tracking == inventory.AsBundle {
		return fault.New(fault.Conflict, "sku-is-bundle", "%s is a bundle and has no stock of its own; change the stock of its components.", p.SKU)
	}
	insert := func() error {
		_, err := s.h.exec(ctx, stockInsert, bind("sku", p.SKU), bind("location_id", p.Location), bind("bucket_no", p.Bucket))
		return err
	}
	err = insert()
	if codeOf(err) == codeNoParent && p.Location == inventory.Main {
		main := inventory.Location{ID: inventory.Main, Code: inventory.Main, Name: "Main", Active: true}
		if err := s.PutLocation(ctx, main); err != nil && fault.Code(err) != "location-code-taken" {
			return err
		}
		err = insert()
	}
	switch codeOf(err) {
	case codeUnique: // somebody else has just opened it
		return nil
	case codeNoParent:
		return inventory.NoLocation(p.Location)
	}
	return fail(err, "open stock of %s", p.SKU)
}

// lockVariant keeps the variant's row and tells how its stock is tracked: asked
// afterwards, since whoever had the row may have changed just that.
func (s stocks) lockVariant(ctx context.Context, sku string) (inventory.Tracking, error) {
	err := s.h.row(ctx, stockOwner, bind("sku", sku)).Scan(&sku)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", sku)
	}
	if err != nil {
		return "", fail(err, "take hold of variant %s", sku)
	}
	p, err := s.Policy(ctx, sku)
	return p.Tracking, err
}

func (s stocks) Spread(ctx context.Context, sku, location string, n int64, now time.Time) error {
	if n < 1 || n > inventory.MaxBuckets {
		return fault.New(fault.Invalid, "bucket-count", "Stock can be spread over 1 to %d buckets, not %d.", inventory.MaxBuckets, n)
	}
	at := inventory.Place{SKU: sku, Location: location}
	for b := range n {
		at.Bucket = b
		if err := s.open(ctx, at); err != nil {
			return err
		}
	}
	rows, err := s.lockAt(ctx, at)
	if err != nil {
		return err
	}
	p, err := s.Policy(ctx, sku)
	if err != nil {
		return err
	}
	free := int64(0)
	for _, r := range rows {
		free += r.Free()
	}
	parts := inventory.Divide(free, p.Safety, n)
	for i, r := range rows {
		want := int64(0)
		if i < len(parts) {
			want = parts[i]
		}
		m := inventory.Movement{Place: r.Place, Reason: inventory.Spread, OnHandDelta: want - r.Free(), MovedAt: now}
		if err := s.add(ctx, m); err != nil {
			return err
		}
		if int64(i) < n {
			continue
		}
		if _, err := s.h.exec(ctx, stockCut, bind("sku", sku), bind("location_id", location), bind("bucket_no", r.Bucket)); err != nil {
			return fail(err, "close bucket %d of %s", r.Bucket, sku)
		}
	}
	return nil
}
