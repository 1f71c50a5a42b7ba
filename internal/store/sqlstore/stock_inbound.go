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
	inboundInsert = statement("inbound.insert", `INSERT INTO inbound (id, from_id, to_id, state, supplier, note, expected_at, created_at)
		VALUES (:id, :from_id, :to_id, 'draft', :supplier, :note, :expected_at, :created_at)`)
	inboundGet    = statement("inbound.get", inboundColumns+` WHERE id = :id`)
	inboundLock   = statement("inbound.lock", inboundColumns+` WHERE id = :id FOR UPDATE`)
	inboundUpdate = statement("inbound.update", `UPDATE inbound SET state = :state, version = version + 1 WHERE id = :id`)
	// The COALESCE keeps SQLite to the index, as in outbox.due.
	inboundOpen = statement("inbound.open", inboundColumns+` WHERE CASE WHEN state IN ('draft', 'sent') THEN id END < COALESCE(:before_id, ' ')
		ORDER BY CASE WHEN state IN ('draft', 'sent') THEN id END DESC FETCH FIRST :n ROWS ONLY`).page(50)

	inboundLineInsert = statement("inbound_line.insert", `INSERT INTO inbound_line (inbound_id, sku, qty) VALUES (:id, :sku, :qty)`)
	inboundLineUpdate = statement("inbound_line.update", `UPDATE inbound_line SET received = :received, missing = :missing WHERE inbound_id = :id AND sku = :sku`)
	inboundLines      = statement("inbound_line.of", `SELECT sku, qty, received, missing FROM inbound_line WHERE inbound_id = :id ORDER BY sku`)
)

const inboundColumns = `SELECT id, from_id, to_id, state, version, supplier, note, expected_at, created_at FROM inbound`

func scanInbound(r scanner) (in inventory.Inbound, err error) {
	var expected sql.NullTime
	err = r.Scan(&in.ID, &in.From, &in.To, &in.State, &in.Version, &in.Supplier, &in.Note, &expected, &in.Created)
	in.Expected = when(expected)
	return in, err
}

func (s stocks) InsertInbound(ctx context.Context, in inventory.Inbound) error {
	_, err := s.h.exec(ctx, inboundInsert, bind("id", in.ID), bind("from_id", in.From), bind("to_id", in.To), bind("supplier", in.Supplier),
		bind("note", in.Note), bind("expected_at", in.Expected), bind("created_at", in.Created))
	switch {
	case codeOf(err) == codeNoParent:
		return inventory.NoLocation(cmp.Or(in.From, in.To)).(*fault.Error).Because(err)
	case err != nil:
		return fail(err, "insert inbound %s", in.ID)
	}
	for _, l := range in.Lines {
		_, err := s.h.exec(ctx, inboundLineInsert, bind("id", in.ID), bind("sku", l.SKU), bind("qty", l.Qty))
		if codeOf(err) == codeNoParent {
			return fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", l.SKU).Because(err)
		}
		if err != nil {
			return fail(err, "insert line %s of inbound %s", l.SKU, in.ID)
		}
	}
	return nil
}

func (s stocks) LockInbound(ctx context.Context, id string) (inventory.Inbound, error) {
	return s.inbound(ctx, inboundLock, id)
}

func (s stocks) Inbound(ctx context.Context, id string) (inventory.Inbound, error) {
	return s.inbound(ctx, inboundGet, id)
}

func (s stocks) inbound(ctx context.Context, st *Statement, id string) (inventory.Inbound, error) {
	in, err := scanInbound(s.h.row(ctx, st, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return in, fault.New(fault.NotFound, "inbound-not-found", "There are no goods on their way under %s.", id)
	}
	if err != nil {
		return in, fail(err, "select inbound %s", id)
	}
	in.Lines, err = collect(ctx, s.h, inboundLines, func(r scanner) (l inventory.InboundLine, err error) {
		return l, r.Scan(&l.SKU, &l.Qty, &l.Received, &l.Missing)
	}, bind("id", id))
	return in, fail(err, "select lines of inbound %s", id)
}

func (s stocks) SaveInbound(ctx context.Context, in inventory.Inbound) error {
	if _, err := s.h.exec(ctx, inboundUpdate, bind("id", in.ID), bind("state", string(in.State))); err != nil {
		return fail(err, "write inbound %s", in.ID)
	}
	for _, l := range in.Lines {
		if l.Received == 0 && l.Missing == 0 {
			continue
		}
		if _, err := s.h.exec(ctx, inboundLineUpdate, bind("id", in.ID), bind("sku", l.SKU), bind("received", l.Received), bind("missing", l.Missing)); err != nil {
			return fail(err, "write line %s of inbound %s", l.SKU, in.ID)
		}
	}
	return nil
}

func (s stocks) OpenInbounds(ctx context.Context, before string, n int) ([]inventory.Inbound, error) {
	page, err := collect(ctx, s.h, inboundOpen, scanInbound, bind("before_id", cmp.Or(before, "g")), bind("n", n))
	return page, fail(err, "select goods on their way")
}
