package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
)

// An order of a part has an id of its month, so a part is a stretch of the
// primary key; the time says the partition.
var (
	orderRegions = statement("orders.regions", `SELECT DISTINCT region FROM orders
		WHERE id >= :first_id AND id < :until_id AND placed_at >= :placed_from AND placed_at < :placed_until ORDER BY region`).long()
	orderInPart = statement("orders.in_part", orderColumns+` WHERE id > :after_id AND id < :until_id
		AND placed_at >= :placed_from AND placed_at < :placed_until AND region = :region ORDER BY id FETCH FIRST :n ROWS ONLY`)
	orderDelete = statement("orders.delete", `DELETE FROM orders`+orderByID)
	orderThere  = listStatement("orders.there", `SELECT id FROM orders WHERE id IN (:list) AND placed_at >= :placed_from AND placed_at < :placed_until
		UNION SELECT order_id FROM purged_order WHERE order_id IN (:list)`)

	purgedInsert = statement("purged_order.insert", `INSERT INTO purged_order (order_id, order_number, token_hash, archive, payment_id, attempts, currency, kept_minor, purged_at)
		SELECT id, order_number, token_hash, :archive, :payment_id, :attempts, currency, :kept, :purged_at FROM orders`+orderByID)
	purgedOf   = statement("purged_order.of_holder", `SELECT order_number FROM purged_order WHERE order_id = :id AND token_hash = :token_hash`)
	purgedPage = statement("purged_order.page", `SELECT order_id, order_number, archive, payment_id, attempts, currency, kept_minor, purged_at FROM purged_order
		WHERE order_id > :after_id ORDER BY order_id FETCH FIRST :n ROWS ONLY`)
	purgedDelete = statement("purged_order.delete", `DELETE FROM purged_order WHERE order_id = :order_id`)
)

func (s orders) Regions(ctx context.Context, month time.Time) ([]string, error) {
	until := order.Part{Month: month}.Until()
	list, err := collect(ctx, s.h, orderRegions, func(r scanner) (region string, err error) { return region, r.Scan(&region) },
		bind("first_id", ident.First(month)), bind("until_id", ident.First(until)), bind("placed_from", month), bind("placed_until", until))
	return list, fail(err, "select regions of %s", month.Format("2006-01"))
}

func (s orders) InPart(ctx context.Context, p order.Part, after string, n int) ([]order.Order, error) {
	if after == "" {
		after = ident.First(p.Month)
	}
	list, err := collect(ctx, s.h, orderInPart, scanOrder, bind("after_id", after), bind("until_id", ident.First(p.Until())), bind("placed_from", p.Month),
		bind("placed_until", p.Until()), bind("region", p.Region), bind("n", n))
	if err != nil {
		return nil, fail(err, "select orders of %s after %s", p.Name(), after)
	}
	for i := range list {
		if list[i].Lines, err = s.Lines(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Purge deletes from the leaves to the root. Notes, shipments and whatever else
// hangs on nothing but the order go with it (ON DELETE CASCADE).
func (s orders) Purge(ctx context.Context, list []order.Purged) error {
	type P = order.Purged
	moment := func(p P) time.Time { t, _ := ident.Time(p.ID); return t }
	key := []sql.NamedArg{column("id", list, func(p P) string { return p.ID }), column("placed_from", list, moment),
		column("placed_until", list, func(p P) time.Time { return moment(p).Add(time.Millisecond) })}
	kept, err := s.h.bulk(ctx, purgedInsert, append(key, column("archive", list, func(p P) string { return p.Archive }), column("payment_id", list, func(p P) string { return p.PaymentID }),
		column("attempts", list, func(p P) int64 { return p.Attempts }), column("kept", list, func(p P) int64 { return p.Kept }),
		column("purged_at", list, func(p P) time.Time { return p.At }))...)
	if err != nil {
		return fail(err, "remember %d purged orders", len(list))
	}
	if err := payments(s).purge(ctx, list); err != nil {
		return err
	}
	if err := stocks(s).purge(ctx, list); err != nil {
		return err
	}
	gone, err := s.h.bulk(ctx, orderDelete, key...)
	if err != nil {
		return fail(err, "purge %d orders", len(list))
	}
	if n := int64(len(list)); kept != n || gone != n {
		return fmt.Errorf("purge %d orders: %d are remembered and %d deleted", n, kept, gone)
	}
	return nil
}

func (s orders) Purged(ctx context.Context, after string, n int) ([]order.Purged, error) {
	if after == "" {
		after = "0"
	}
	list, err := collect(ctx, s.h, purgedPage, func(r scanner) (p order.Purged, err error) {
		return p, r.Scan(&p.ID, &p.Number, &p.Archive, &p.PaymentID, &p.Attempts, &p.Currency, &p.Kept, &p.At)
	}, bind("after_id", after), bind("n", n))
	return list, fail(err, "select purged orders after %s", after)
}

func (s orders) Absent(ctx context.Context, ids []string) (absent []string, err error) {
	there := map[string]bool{}
	err = orderThere.each(ids, func(st *Statement, list []sql.NamedArg) error {
		some, err := collect(ctx, s.h, st, scanID, ofOrders(list)...)
		for _, id := range some {
			there[id] = true
		}
		return err
	})
	absent = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return there[id] })
	return absent, fail(err, "look for %d orders", len(ids))
}

// orPurged is otherwise, unless the holder's order was purged.
func (s orders) orPurged(ctx context.Context, id string, tokenHash []byte, otherwise error) error {
	var number int64
	err := s.h.row(ctx, purgedOf, bind("id", id), bind("token_hash", tokenHash)).Scan(&number)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return otherwise
	case err != nil:
		return fail(err, "look for purged order %s", id)
	}
	return order.Archived(number)
}

// forgetPurge is for orders that come back.
func (s orders) forgetPurge(ctx context.Context, list []order.Record) error {
	_, err := s.h.bulk(ctx, purgedDelete, column("order_id", list, func(o order.Record) string { return o.ID }))
	return fail(err, "forget that %d orders were purged", len(list))
}
