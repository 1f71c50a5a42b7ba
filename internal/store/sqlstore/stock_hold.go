package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

var (
	holdInsert = statement("stock_hold.insert", `INSERT INTO stock_hold (id, state, until_at, note, actor, created_at) VALUES (:id, 'open', :until_at, :note, :actor, :created_at)`)
	holdGet    = statement("stock_hold.get", `SELECT id, state, until_at, note, actor, created_at FROM stock_hold WHERE id = :id`)
	holdEnd    = statement("stock_hold.end", `UPDATE stock_hold SET state = :state WHERE id = :id AND state = 'open' AND until_at > :at_time`)
	holdExpire = statement("stock_hold.expire", `UPDATE stock_hold SET state = 'expired' WHERE id = :id AND state = 'open' AND until_at <= :at_time`)
	holdDue    = statement("stock_hold.due", `SELECT id FROM stock_hold WHERE CASE WHEN state = 'open' THEN until_at END <= :at_time
		ORDER BY CASE WHEN state = 'open' THEN until_at END FETCH FIRST :n ROWS ONLY`).page(200)

	holdOpen = statement("stock_hold.open", `SELECT id, state, until_at, note, actor, created_at FROM stock_hold
		WHERE CASE WHEN state = 'open' THEN until_at END >= :at_time AND (CASE WHEN state = 'open' THEN until_at END > :at_time OR CASE WHEN state = 'open' THEN id END > :after_id)
		ORDER BY CASE WHEN state = 'open' THEN until_at END, CASE WHEN state = 'open' THEN id END FETCH FIRST :n ROWS ONLY`).page(50)

	signalList = listStatement("stock_signal.list", `SELECT v.sku, COALESCE(y.tracking, 'counted'), COALESCE(y.backorder_limit, 0), COALESCE(y.safety, 0),
			(SELECT SUM(s.on_hand - s.reserved) FROM stock s JOIN location l ON l.id = s.location_id WHERE s.sku = v.sku AND l.active = 1),
			y.low_level, COALESCE(g.sold_out, 0), COALESCE(g.low, 0), COALESCE(g.version, 0)
		FROM variant v LEFT JOIN stock_policy y ON y.sku = v.sku LEFT JOIN stock_signal g ON g.sku = v.sku WHERE v.sku IN (:list)`)
	signalUpdate = statement("stock_signal.update", `UPDATE stock_signal SET sold_out = :sold_out, low = :low, version = version + 1 WHERE sku = :sku AND version = :version`)
	signalInsert = statement("stock_signal.insert", `INSERT INTO stock_signal (sku, sold_out, low, version) VALUES (:sku, :sold_out, :low, 1)`)
)

func (s stocks) InsertHold(ctx context.Context, h inventory.Hold) error {
	_, err := s.h.exec(ctx, holdInsert, bind("id", h.ID), bind("until_at", h.Until), bind("note", h.Note), bind("actor", h.Actor), bind("created_at", h.Created))
	return fail(err, "insert hold %s", h.ID)
}

func scanHold(r scanner) (h inventory.Hold, err error) {
	return h, r.Scan(&h.ID, &h.State, &h.Until, &h.Note, &h.Actor, &h.Created)
}

func (s stocks) OpenHolds(ctx context.Context, after inventory.Hold, n int) ([]inventory.Hold, error) {
	if after.ID == "" {
		after.ID, after.Until = "0", time.Unix(0, 0).UTC()
	}
	page, err := collect(ctx, s.h, holdOpen, scanHold, bind("at_time", after.Until), bind("after_id", after.ID), bind("n", n))
	return page, fail(err, "select open holds")
}

func (s stocks) Hold(ctx context.Context, id string) (inventory.Hold, error) {
	h, err := scanHold(s.h.row(ctx, holdGet, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return h, fault.New(fault.NotFound, "hold-not-found", "There is no hold %s.", id)
	}
	return h, fail(err, "select hold %s", id)
}

func (s stocks) EndHold(ctx context.Context, id string, to inventory.HoldState, now time.Time) error {
	args := []sql.NamedArg{bind("id", id), bind("at_time", now)}
	st := holdExpire
	if to != inventory.HoldExpired {
		st, args = holdEnd, append(args, bind("state", string(to)))
	}
	n, err := s.h.exec(ctx, st, args...)
	if err != nil || n > 0 {
		return fail(err, "end hold %s", id)
	}
	h, err := s.Hold(ctx, id)
	switch {
	case err != nil:
		return err
	case h.State != inventory.HoldOpen:
		return fault.New(fault.Conflict, "hold-ended", "The hold is %s already.", h.State)
	case to == inventory.HoldExpired:
		return fault.New(fault.Conflict, "hold-not-expired", "The hold lasts until %s.", h.Until.Format(time.RFC3339))
	}
	return fault.New(fault.Conflict, "hold-expired", "The hold ended at %s; make a new one.", h.Until.Format(time.RFC3339))
}

func (s stocks) DueHolds(ctx context.Context, now time.Time, n int) ([]string, error) {
	ids, err := collect(ctx, s.h, holdDue, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, bind("at_time", now), bind("n", n))
	return ids, fail(err, "select holds whose time has come")
}

func (s stocks) Signals(ctx context.Context, skus []string, low int64) ([]inventory.Signal, error) {
	var all []inventory.Signal
	var bundled []string
	lows := map[string]int64{}
	err := signalList.each(skus, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var g inventory.Signal
			var u units
			var own sql.NullInt64
			if err := r.Scan(&g.SKU, &u.Tracking, &u.Backorder, &u.Safety, &u.free, &own, &g.WasSoldOut, &g.WasLow, &g.Version); err != nil {
				return none, err
			}
			if g.Promisable = u.promisable(); u.Tracking == inventory.AsBundle {
				bundled = append(bundled, g.SKU)
			}
			if lows[g.SKU] = low; own.Valid {
				lows[g.SKU] = own.Int64
			}
			all = append(all, g)
			return none, nil
		}, list...)
		return err
	})
	if err != nil {
		return nil, fail(err, "select signals")
	}
	whole, err := s.whole(ctx, bundled)
	if err != nil {
		return nil, err
	}
	var differ []inventory.Signal
	for _, g := range all {
		if n, ok := whole[g.SKU]; ok {
			g.Promisable = n
		}
		g.SoldOut, g.Low = g.Promisable <= 0, g.Promisable < lows[g.SKU]
		if g.SoldOut != g.WasSoldOut || g.Low != g.WasLow {
			differ = append(differ, g)
		}
	}
	slices.SortFunc(differ, func(a, b inventory.Signal) int { return strings.Compare(a.SKU, b.SKU) })
	return differ, nil
}

func (s stocks) Say(ctx context.Context, g inventory.Signal) (bool, error) {
	args := []sql.NamedArg{bind("sku", g.SKU), bind("sold_out", bit(g.SoldOut)), bind("low", bit(g.Low))}
	var n int64
	var err error
	if g.Version == 0 {
		n, err = s.h.exec(ctx, signalInsert, args...)
	} else {
		n, err = s.h.exec(ctx, signalUpdate, append(args, bind("version", g.Version))...)
	}
	if codeOf(err) == codeUnique {
		return false, nil
	}
	return n == 1, fail(err, "record signal of %s", g.SKU)
}
