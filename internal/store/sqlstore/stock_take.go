package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

var (
	takeInsert = statement("stock_take.insert", `INSERT INTO stock_take (id, location_id, state, note, opened_at) VALUES (:id, :location_id, 'open', :note, :opened_at)`)
	takeLock   = statement("stock_take.lock", takeColumns+` WHERE id = :id FOR UPDATE`)
	takeGet    = statement("stock_take.get", takeColumns+` WHERE id = :id`)
	takeEnd    = statement("stock_take.end", `UPDATE stock_take SET state = :state, closed_at = :closed_at WHERE id = :id`)
	takePage   = statement("stock_take.page", takeColumns+` WHERE id < :before_id ORDER BY id DESC FETCH FIRST :n ROWS ONLY`).page(50)

	takeLinesOpen = statement("stock_take_line.open", `INSERT INTO stock_take_line (take_id, sku, opened)
		SELECT t.id, s.sku, SUM(s.on_hand) FROM stock_take t JOIN stock s ON s.location_id = t.location_id WHERE t.id = :id GROUP BY t.id, s.sku`).long()
	takeLineInsert = statement("stock_take_line.insert", `INSERT INTO stock_take_line (take_id, sku, opened, known, counted) VALUES (:id, :sku, 0, :known, :counted)`)
	takeLineCount  = statement("stock_take_line.count", `UPDATE stock_take_line SET known = :known, counted = :counted WHERE take_id = :id AND sku = :sku AND applied = 0`)
	takeLineApply  = statement("stock_take_line.apply", `UPDATE stock_take_line SET applied = 1 WHERE take_id = :id AND sku = :sku AND applied = 0`)
	takeLineGet    = statement("stock_take_line.get", takeLineColumns+` WHERE take_id = :id AND sku = :sku`)
	takeLinePage   = statement("stock_take_line.page", takeLineColumns+` WHERE take_id = :id AND sku > :after_sku ORDER BY sku FETCH FIRST :n ROWS ONLY`).page(100)
)

const (
	takeColumns     = `SELECT id, location_id, state, note, opened_at, closed_at FROM stock_take`
	takeLineColumns = `SELECT sku, opened, known, counted, applied FROM stock_take_line`
)

func scanTake(r scanner) (t inventory.Take, err error) {
	var closed sql.NullTime
	err = r.Scan(&t.ID, &t.Location, &t.State, &t.Note, &t.Opened, &closed)
	t.Closed = when(closed)
	return t, err
}

func scanTakeLine(r scanner) (l inventory.TakeLine, err error) {
	var known, counted sql.NullInt64
	err = r.Scan(&l.SKU, &l.Opened, &known, &counted, &l.Applied)
	l.Known, l.Counted, l.Done = known.Int64, counted.Int64, counted.Valid
	return l, err
}

func (s stocks) OpenTake(ctx context.Context, t inventory.Take) error {
	_, err := s.h.exec(ctx, takeInsert, bind("id", t.ID), bind("location_id", t.Location), bind("note", t.Note), bind("opened_at", t.Opened))
	if codeOf(err) == codeNoParent {
		return inventory.NoLocation(t.Location)
	}
	if err != nil {
		return fail(err, "open stock take at %s", t.Location)
	}
	_, err = s.h.exec(ctx, takeLinesOpen, bind("id", t.ID))
	return fail(err, "list the stock at %s", t.Location)
}

func (s stocks) LockTake(ctx context.Context, id string) (inventory.Take, error) {
	t, err := s.takeBy(ctx, takeLock, id)
	if err == nil && t.State != inventory.TakeOpen {
		err = fault.New(fault.Conflict, "take-not-open", "The stock take is %s already.", t.State)
	}
	return t, err
}

func (s stocks) Take(ctx context.Context, id string) (inventory.Take, error) {
	return s.takeBy(ctx, takeGet, id)
}

func (s stocks) takeBy(ctx context.Context, st *Statement, id string) (inventory.Take, error) {
	t, err := scanTake(s.h.row(ctx, st, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return t, fault.New(fault.NotFound, "take-not-found", "There is no stock take %s.", id)
	}
	return t, fail(err, "select stock take %s", id)
}

// CountLine keeps the stock rows while it writes down what is known, so that no
// sale comes between.
func (s stocks) CountLine(ctx context.Context, t inventory.Take, sku string, counted int64) (l inventory.TakeLine, err error) {
	rows, err := s.opened(ctx, inventory.Place{SKU: sku, Location: t.Location})
	if err != nil {
		return l, err
	}
	known := int64(0)
	for _, r := range rows {
		known += r.OnHand
	}
	args := []sql.NamedArg{bind("id", t.ID), bind("sku", sku), bind("known", known), bind("counted", counted)}
	n, err := s.h.exec(ctx, takeLineCount, args...)
	if err == nil && n == 0 {
		_, err = s.h.exec(ctx, takeLineInsert, args...)
	}
	if codeOf(err) == codeUnique {
		return l, fault.New(fault.Conflict, "take-line-applied", "The count of %s has been applied already; adjust the stock instead.", sku)
	}
	if err != nil {
		return l, fail(err, "count %s", sku)
	}
	l, err = scanTakeLine(s.h.row(ctx, takeLineGet, bind("id", t.ID), bind("sku", sku)))
	return l, fail(err, "select count of %s", sku)
}

func (s stocks) TakeLines(ctx context.Context, id, after string, n int) ([]inventory.TakeLine, error) {
	page, err := collect(ctx, s.h, takeLinePage, scanTakeLine, bind("id", id), bind("after_sku", cmp.Or(after, " ")), bind("n", n))
	return page, fail(err, "select lines of stock take %s", id)
}

func (s stocks) ApplyLine(ctx context.Context, id, sku string) (bool, error) {
	n, err := s.h.exec(ctx, takeLineApply, bind("id", id), bind("sku", sku))
	return n == 1, fail(err, "apply count of %s", sku)
}

func (s stocks) EndTake(ctx context.Context, t inventory.Take) error {
	_, err := s.h.exec(ctx, takeEnd, bind("id", t.ID), bind("state", string(t.State)), bind("closed_at", t.Closed))
	return fail(err, "end stock take %s", t.ID)
}

func (s stocks) ListTakes(ctx context.Context, before string, n int) ([]inventory.Take, error) {
	page, err := collect(ctx, s.h, takePage, scanTake, bind("before_id", cmp.Or(before, "g")), bind("n", n))
	return page, fail(err, "select stock takes")
}
