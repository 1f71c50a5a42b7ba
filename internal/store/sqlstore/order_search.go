package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
)

// Lists of orders are newest first: by id, which begins with the time of
// placing. So the bounds of time and the cursor are bounds of the id.
const (
	orderRow = `SELECT o.id, o.order_number, o.region, o.cart_id, o.customer_id, o.email, o.status, o.version, o.currency, o.subtotal_minor, o.discount_minor, o.shipping_minor,
	o.tax_minor, o.rounding_minor, o.total_minor, o.tax_inclusive, o.shipping_method, o.ship_to, o.placed_at, o.pay_by FROM orders o`
	orderWithin = ` AND o.id >= :from_id AND o.id < :before_id`
	orderNewest = ` ORDER BY o.id DESC FETCH FIRST :n ROWS ONLY`
	// orderInState keeps the index by status out of lists that have a better one.
	orderInState = ` AND COALESCE(o.status, ' ') = :status`
	// orderWithSKU shows an order once, however many of its lines have the SKU.
	orderWithSKU = ` JOIN order_line l ON l.order_id = o.id WHERE l.sku = :sku AND l.order_id >= :from_id AND l.order_id < :before_id
		AND NOT EXISTS (SELECT 1 FROM order_line k WHERE k.order_id = l.order_id AND k.sku = l.sku AND k.line_no < l.line_no)`
	orderNewestLine = ` ORDER BY l.order_id DESC FETCH FIRST :n ROWS ONLY`
)

// orderLists has a statement for each way to look, alone and within one state.
var orderLists = map[string][2]*Statement{
	"number": {
		statement("orders.by_number", orderRow+` WHERE o.order_number = :order_number`+orderWithin+orderNewest),
		statement("orders.by_number_in_state", orderRow+` WHERE o.order_number = :order_number`+orderWithin+orderInState+orderNewest),
	},
	"email": {
		statement("orders.of_email", orderRow+` WHERE o.email_key = :email_key`+orderWithin+orderNewest),
		statement("orders.of_email_in_state", orderRow+` WHERE o.email_key = :email_key`+orderWithin+orderInState+orderNewest),
	},
	"customer": {
		statement("orders.of_customer", orderRow+` WHERE o.customer_id = :customer_id`+orderWithin+orderNewest),
		statement("orders.of_customer_in_state", orderRow+` WHERE o.customer_id = :customer_id`+orderWithin+orderInState+orderNewest),
	},
	"sku": {
		statement("orders.with_sku", orderRow+orderWithSKU+orderNewestLine),
		statement("orders.with_sku_in_state", orderRow+orderWithSKU+orderInState+orderNewestLine),
	},
	"": {
		statement("orders.newest", orderRow+` WHERE o.id >= :from_id AND o.id < :before_id`+orderNewest),
		statement("orders.newest_in_state", orderRow+` WHERE o.status = :status`+orderWithin+orderNewest),
	},
}

func (s orders) Search(ctx context.Context, f order.Filter) ([]order.Order, error) {
	how, args := "", []sql.NamedArg{bind("from_id", lowestID(f.From, "0")), bind("before_id", before(f)), bind("n", f.Limit)}
	switch {
	case f.CustomerID != "":
		how, args = "customer", append(args, bind("customer_id", f.CustomerID))
	case f.Number != 0:
		how, args = "number", append(args, bind("order_number", f.Number))
	case f.Email != "":
		how, args = "email", append(args, bind("email_key", order.EmailKey(f.Email)))
	case f.SKU != "":
		how, args = "sku", append(args, bind("sku", f.SKU))
	}
	st := orderLists[how][0]
	if f.Status != "" {
		st, args = orderLists[how][1], append(args, bind("status", string(f.Status)))
	}
	list, err := collect(ctx, s.h, st, scanOrder, args...)
	if err != nil {
		return nil, fail(err, "search orders")
	}
	return list, nil
}

// before is the upper bound, exclusive: the cursor or the end of the time.
func before(f order.Filter) string {
	end := lowestID(f.Until, "g") // above every id
	if f.Before != "" {
		return min(f.Before, end)
	}
	return end
}

func lowestID(t time.Time, open string) string {
	if t.IsZero() {
		return open
	}
	return ident.First(t)
}
