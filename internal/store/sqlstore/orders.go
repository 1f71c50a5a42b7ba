package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
)

// orders keeps orders, order_line and order_history.
type orders struct{ h handle }

// Whoever has an order's id has the millisecond in which it was placed, and by
// it the partition: every statement by id says so.
const (
	orderByID     = ` WHERE id = :id AND placed_at >= :placed_from AND placed_at < :placed_until`
	orderLineByID = ` WHERE order_id = :id AND placed_at >= :placed_from AND placed_at < :placed_until`
	orderColumns  = `SELECT id, order_number, region, cart_id, customer_id, email, status, version, currency, subtotal_minor, discount_minor, shipping_minor,
	tax_minor, rounding_minor, total_minor, tax_inclusive, shipping_method, ship_to, placed_at, pay_by FROM orders`
)

var (
	orderNumber = statement("orders.next_number", `SELECT order_number_seq.NEXTVAL FROM dual`)

	orderInsert = statement("orders.insert", `INSERT INTO orders (id, order_number, region, cart_id, token_hash, customer_id, email, email_key, status, version, currency, subtotal_minor, discount_minor,
			shipping_minor, tax_minor, rounding_minor, total_minor, tax_inclusive, shipping_method, ship_to, placed_at, pay_by)
		VALUES (:id, :order_number, :region, :cart_id, :token_hash, :customer_id, :email, :email_key, :status, 1, :currency, :subtotal, :discount,
			:shipping, :tax, :rounding, :total, :tax_inclusive, :shipping_method, :ship_to, :placed_at, :pay_by)`)
	orderLineInsert = statement("order_line.insert", `INSERT INTO order_line (order_id, line_no, region, placed_at, sku, title, qty, unit_minor, discount_minor, tax_minor, tax_ppm, total_minor)
		VALUES (:order_id, :line_no, :region, :placed_at, :sku, :title, :qty, :unit, :discount, :tax, :tax_ppm, :total)`)
	orderHistoryInsert = statement("order_history.insert", `INSERT INTO order_history (order_id, version, from_status, to_status, event, actor, note, changed_at)
		VALUES (:order_id, :version, :was, :becomes, :event, :actor, :note, :changed_at)`)
	orderHistory = statement("order_history.of_order", `SELECT version, from_status, to_status, event, actor, note, changed_at
		FROM order_history WHERE order_id = :order_id ORDER BY version FETCH FIRST :n ROWS ONLY`)

	orderGet  = statement("orders.get", orderColumns+orderByID+` AND token_hash = :token_hash`)
	orderLoad = statement("orders.load", orderColumns+orderByID)
	orderLock = statement("orders.lock", orderColumns+orderByID+` FOR UPDATE`)
	orderPage = statement("orders.page", orderColumns+` WHERE id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)

	orderLines = statement("order_line.of_order", `SELECT line_no, sku, title, qty, unit_minor, discount_minor, tax_minor, tax_ppm, total_minor, cancelled, shipped, returned
		FROM order_line`+orderLineByID+` ORDER BY line_no`)
	orderLineCount = statement("order_line.count", `UPDATE order_line SET cancelled = cancelled + :cancelled, shipped = shipped + :shipped, returned = returned + :returned`+
		orderLineByID+` AND line_no = :line_no AND cancelled + :cancelled + shipped + :shipped <= qty AND returned + :returned <= shipped + :shipped`)

	orderMove = statement("orders.move", `UPDATE orders SET status = :becomes, version = version + 1`+orderByID+` AND status = :was RETURNING version INTO :new_version`)

	orderWait  = statement("orders.wait", `UPDATE orders SET pay_by = :pay_by`+orderByID+` AND status = 'placed' AND pay_by < :pay_by`)
	orderHurry = statement("orders.hurry", `UPDATE orders SET pay_by = :pay_by`+orderByID+` AND status = 'placed' AND pay_by > :pay_by`)

	orderUnpaid = statement("orders.unpaid", `SELECT id FROM orders WHERE CASE WHEN status = 'placed' THEN pay_by END < :at_time
		ORDER BY CASE WHEN status = 'placed' THEN pay_by END FETCH FIRST :n ROWS ONLY`)
)

// historyMost bounds how much of an order's history is shown.
const historyMost = 1000

// ofOrder binds an order's id with the time in it. No order has an id without a time.
func ofOrder(id string, more ...sql.NamedArg) []sql.NamedArg {
	placed, _ := ident.Time(id)
	return append(more, bind("id", id), bind("placed_from", placed), bind("placed_until", placed.Add(time.Millisecond)))
}

func (s orders) NextNumber(ctx context.Context) (n int64, err error) {
	if err := s.h.row(ctx, orderNumber).Scan(&n); err != nil {
		return 0, fail(err, "draw an order number")
	}
	return n, nil
}

func (s orders) Insert(ctx context.Context, o order.Order, tokenHash []byte) error {
	shipTo, err := json.Marshal(o.ShipTo)
	if err != nil {
		return fmt.Errorf("encode address of order %s: %w", o.ID, err)
	}
	if placed, ok := ident.Time(o.ID); !ok || !placed.Equal(o.PlacedAt.Truncate(time.Millisecond)) {
		return fmt.Errorf("insert order %s: its id is not of the moment in which it was placed, %v", o.ID, o.PlacedAt)
	}
	_, err = s.h.exec(ctx, orderInsert, bind("id", o.ID), bind("order_number", o.Number), bind("region", o.Region), bind("cart_id", o.CartID), bind("token_hash", tokenHash),
		bind("customer_id", o.CustomerID), bind("email", o.Email), bind("email_key", order.EmailKey(o.Email)), bind("status", string(o.Status)), bind("currency", o.Currency), bind("subtotal", o.Subtotal), bind("discount", o.Discount),
		bind("shipping", o.Shipping), bind("tax", o.Tax), bind("rounding", o.Rounding), bind("total", o.Total), bind("tax_inclusive", bit(o.TaxInclusive)),
		bind("shipping_method", o.ShippingMethod), bind("ship_to", string(shipTo)), bind("placed_at", o.PlacedAt), bind("pay_by", o.PayBy))
	if codeOf(err) == 1 && constraintOf(err) == "orders_cart_uk" {
		return cart.AlreadyOrdered(o.CartID)
	}
	if err != nil {
		return fail(err, "insert order %s", o.ID)
	}
	for i, l := range o.Lines {
		if _, err := s.h.exec(ctx, orderLineInsert, bind("order_id", o.ID), bind("line_no", i+1), bind("region", o.Region), bind("placed_at", o.PlacedAt), bind("sku", l.SKU), bind("title", l.Title), bind("qty", l.Qty),
			bind("unit", l.Unit), bind("discount", l.Discount), bind("tax", l.Tax), bind("tax_ppm", l.TaxPPM), bind("total", l.Total)); err != nil {
			return fail(err, "insert line %d of order %s", i+1, o.ID)
		}
	}
	return s.history(ctx, order.Change{OrderID: o.ID, To: o.Status, Actor: "shopper", At: o.PlacedAt}, 1)
}

func (s orders) history(ctx context.Context, c order.Change, version int64) error {
	if c.Event == "" {
		c.Event = string(c.To)
	}
	if _, err := s.h.exec(ctx, orderHistoryInsert, bind("order_id", c.OrderID), bind("version", version), bind("was", string(c.From)), bind("becomes", string(c.To)),
		bind("event", c.Event), bind("actor", c.Actor), bind("note", c.Note), bind("changed_at", c.At)); err != nil {
		return fail(err, "record history of order %s", c.OrderID)
	}
	return nil
}

func scanOrder(r scanner) (o order.Order, err error) {
	var shipTo string
	if err := r.Scan(&o.ID, &o.Number, &o.Region, &o.CartID, &o.CustomerID, &o.Email, &o.Status, &o.Version, &o.Currency, &o.Subtotal, &o.Discount, &o.Shipping,
		&o.Tax, &o.Rounding, &o.Total, &o.TaxInclusive, &o.ShippingMethod, &shipTo, &o.PlacedAt, &o.PayBy); err != nil {
		return o, err
	}
	return o, json.Unmarshal([]byte(shipTo), &o.ShipTo)
}

func (s orders) Get(ctx context.Context, id string, tokenHash []byte) (order.Order, error) {
	o, err := s.one(ctx, id, true, orderGet, ofOrder(id, bind("token_hash", tokenHash))...)
	if fault.KindOf(err) == fault.NotFound {
		err = s.orPurged(ctx, id, tokenHash, err)
	}
	return o, err
}

func (s orders) Load(ctx context.Context, id string) (order.Order, error) {
	return s.one(ctx, id, true, orderLoad, ofOrder(id)...)
}

func (s orders) Lock(ctx context.Context, id string) (order.Order, error) {
	return s.one(ctx, id, false, orderLock, ofOrder(id)...)
}

func (s orders) one(ctx context.Context, id string, lines bool, st *Statement, args ...sql.NamedArg) (order.Order, error) {
	o, err := scanOrder(s.h.row(ctx, st, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return o, order.NotFound(id)
	}
	if err != nil {
		return o, fail(err, "select order %s", id)
	}
	if lines {
		o.Lines, err = s.Lines(ctx, o.ID)
	}
	return o, err
}

func (s orders) Lines(ctx context.Context, id string) ([]order.Line, error) {
	lines, err := collect(ctx, s.h, orderLines, func(r scanner) (l order.Line, err error) {
		return l, r.Scan(&l.No, &l.SKU, &l.Title, &l.Qty, &l.Unit, &l.Discount, &l.Tax, &l.TaxPPM, &l.Total, &l.Cancelled, &l.Shipped, &l.Returned)
	}, ofOrder(id)...)
	if err != nil {
		return nil, fail(err, "select lines of order %s", id)
	}
	return lines, nil
}

func (s orders) Page(ctx context.Context, after string, n int) ([]order.Order, error) {
	if after == "" {
		after = "0"
	}
	page, err := collect(ctx, s.h, orderPage, scanOrder, bind("after_id", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select orders after %s", after)
	}
	for i := range page {
		if page[i].Lines, err = s.Lines(ctx, page[i].ID); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func (s orders) Move(ctx context.Context, c order.Change) (version int64, err error) {
	if !order.May(c.Actor, c.From, c.To) {
		return 0, order.Refuse(c.From)
	}
	return s.change(ctx, c)
}

func (s orders) Record(ctx context.Context, c order.Change) (version int64, err error) {
	c.To = c.From
	return s.change(ctx, c)
}

// change counts the version of an order in state c.From up and writes its history.
func (s orders) change(ctx context.Context, c order.Change) (version int64, err error) {
	n, err := s.h.exec(ctx, orderMove, ofOrder(c.OrderID, bind("was", string(c.From)), bind("becomes", string(c.To)), bind("new_version", sql.Out{Dest: &version}))...)
	if err != nil {
		return 0, fail(err, "move order %s to %s", c.OrderID, c.To)
	}
	if n == 0 {
		o, err := s.one(ctx, c.OrderID, false, orderLoad, ofOrder(c.OrderID)...)
		if err != nil {
			return 0, err
		}
		return 0, order.Refuse(o.Status)
	}
	return version, s.history(ctx, c, version)
}

func (s orders) Wait(ctx context.Context, id string, until time.Time) error {
	_, err := s.h.exec(ctx, orderWait, ofOrder(id, bind("pay_by", until))...)
	return fail(err, "let order %s wait", id)
}

func (s orders) Hurry(ctx context.Context, id string, until time.Time) error {
	_, err := s.h.exec(ctx, orderHurry, ofOrder(id, bind("pay_by", until))...)
	return fail(err, "let order %s wait no longer", id)
}

func (s orders) Count(ctx context.Context, id string, u order.Units) error {
	n, err := s.h.exec(ctx, orderLineCount, ofOrder(id, bind("line_no", u.LineNo), bind("cancelled", u.Cancelled), bind("shipped", u.Shipped), bind("returned", u.Returned))...)
	if err != nil {
		return fail(err, "count units of line %d of order %s", u.LineNo, id)
	}
	if n == 1 {
		return nil
	}
	lines, err := s.Lines(ctx, id)
	if err != nil {
		return err
	}
	l, err := order.Find(lines, u.LineNo)
	if err != nil {
		return err
	}
	return order.Exceeded(*l, u.Cancelled+u.Shipped+u.Returned)
}

func (s orders) History(ctx context.Context, id string) ([]order.Change, error) {
	list, err := collect(ctx, s.h, orderHistory, func(r scanner) (c order.Change, err error) {
		c.OrderID = id
		return c, r.Scan(&c.Version, &c.From, &c.To, &c.Event, &c.Actor, &c.Note, &c.At)
	}, bind("order_id", id), bind("n", historyMost))
	if err != nil {
		return nil, fail(err, "select history of order %s", id)
	}
	return list, nil
}

func (s orders) Unpaid(ctx context.Context, now time.Time, n int) ([]string, error) {
	ids, err := collect(ctx, s.h, orderUnpaid, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, bind("at_time", now), bind("n", n))
	if err != nil {
		return nil, fail(err, "select unpaid orders")
	}
	return ids, nil
}
