package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
)

var (
	orderMany     = listStatement("orders.many", orderColumns+` WHERE id IN (:list) AND placed_at >= :placed_from AND placed_at < :placed_until`)
	orderLineMany = listStatement("order_line.of_orders", `SELECT order_id, line_no, sku, title, qty, unit_minor, discount_minor, tax_minor, tax_ppm, total_minor, cancelled, shipped, returned
		FROM order_line WHERE order_id IN (:list) AND placed_at >= :placed_from AND placed_at < :placed_until`)
)

// ofOrders adds between which moments the orders of a list were placed, which
// their ids say, and by it the partitions.
func ofOrders(list []sql.NamedArg) []sql.NamedArg {
	var from, until time.Time
	for i, a := range list {
		at, _ := ident.Time(a.Value.(string))
		if i == 0 || at.Before(from) {
			from = at
		}
		if at.Add(time.Millisecond).After(until) {
			until = at.Add(time.Millisecond)
		}
	}
	return append(list, bind("placed_from", from), bind("placed_until", until))
}

func (s orders) LoadAll(ctx context.Context, ids []string) ([]order.Order, error) {
	of := map[string]*order.Order{}
	err := orderMany.each(ids, func(st *Statement, list []sql.NamedArg) error {
		some, err := collect(ctx, s.h, st, scanOrder, ofOrders(list)...)
		for i := range some {
			of[some[i].ID] = &some[i]
		}
		return err
	})
	if err != nil {
		return nil, fail(err, "select %d orders", len(ids))
	}
	err = orderLineMany.each(ids, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var id string
			var l order.Line
			if err := r.Scan(&id, &l.No, &l.SKU, &l.Title, &l.Qty, &l.Unit, &l.Discount, &l.Tax, &l.TaxPPM, &l.Total, &l.Cancelled, &l.Shipped, &l.Returned); err != nil {
				return none, err
			}
			if o := of[id]; o != nil {
				o.Lines = append(o.Lines, l)
			}
			return none, nil
		}, ofOrders(list)...)
		return err
	})
	if err != nil {
		return nil, fail(err, "select lines of %d orders", len(ids))
	}
	out := make([]order.Order, len(ids))
	for i, id := range ids {
		o := of[id]
		if o == nil {
			return nil, order.NotFound(id)
		}
		slices.SortFunc(o.Lines, func(a, b order.Line) int { return cmp.Compare(a.No, b.No) })
		out[i] = *o
	}
	return out, nil
}
