package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"tradewind/internal/domain/analytics"
)

type named = sql.NamedArg

func compare(a, b string) int { return strings.Compare(a, b) }

func scanLine(r scanner) (l analytics.Line, err error) {
	err = r.Scan(&l.OrderID, &l.No, &l.Day, &l.PlacedAt, &l.Region, &l.Currency, &l.Status, &l.Buyer, &l.SKU, &l.Qty, &l.Cancelled, &l.Shipped, &l.Returned, &l.Unit, &l.Discount, &l.Tax, &l.Total)
	utc(&l.PlacedAt)
	return l, err
}

func scanStarPay(r scanner) (p analytics.Payment, err error) {
	err = r.Scan(&p.ID, &p.OrderID, &p.Kind, &p.Cause, &p.Day, &p.At, &p.Amount.Currency, &p.Amount.Minor, &p.Provider)
	utc(&p.At)
	return p, err
}

func scanUse(r scanner) (u analytics.PromotionUse, err error) {
	return u, r.Scan(&u.OrderID, &u.PromotionID, &u.Day, &u.Amount.Currency, &u.Amount.Minor)
}

func scanMove(r scanner) (m analytics.Movement, err error) {
	err = r.Scan(&m.SKU, &m.ID, &m.Day, &m.MovedAt, &m.LocationID, &m.Reason, &m.OnHand, &m.Incoming)
	utc(&m.MovedAt)
	return m, err
}

func scanStarEvent(r scanner) (e analytics.Event, err error) {
	err = r.Scan(&e.ID, &e.Day, &e.At, &e.Kind, &e.ProductID, &e.Visitor, &e.Results, &e.Units)
	utc(&e.At)
	return e, err
}

func (s stars) LinesOf(ctx context.Context, day analytics.Day, after analytics.Line, n int) ([]analytics.Line, error) {
	list, err := collect(ctx, s.h, starLinePage, scanLine, bind("day", int64(day)), bind("order_id", least(after.OrderID)), bind("line_no", after.No), bind("n", n))
	return list, fail(err, "select lines of %d", day)
}

func (s stars) PaymentsOf(ctx context.Context, day analytics.Day, after string, n int) ([]analytics.Payment, error) {
	list, err := collect(ctx, s.h, starPayPage, scanStarPay, bind("day", int64(day)), bind("after", least(after)), bind("n", n))
	return list, fail(err, "select payments of %d", day)
}

func (s stars) UsesOf(ctx context.Context, day analytics.Day, after analytics.PromotionUse, n int) ([]analytics.PromotionUse, error) {
	list, err := collect(ctx, s.h, starUsePage, scanUse, bind("day", int64(day)), bind("order_id", least(after.OrderID)), bind("promotion_id", least(after.PromotionID)), bind("n", n))
	return list, fail(err, "select uses of promotions of %d", day)
}

func (s stars) MovementsOf(ctx context.Context, day analytics.Day, after analytics.Movement, n int) ([]analytics.Movement, error) {
	list, err := collect(ctx, s.h, starMovePage, scanMove, bind("day", int64(day)), bind("sku", least(after.SKU)), bind("id", least(after.ID)), bind("n", n))
	return list, fail(err, "select movements of %d", day)
}

func (s stars) EventsOf(ctx context.Context, day analytics.Day, after string, n int) ([]analytics.Event, error) {
	list, err := collect(ctx, s.h, starEventPage, scanStarEvent, bind("day", int64(day)), bind("after", least(after)), bind("n", n))
	return list, fail(err, "select events of %d", day)
}

func (s stars) Products(ctx context.Context, after string, n int) ([]analytics.Product, error) {
	list, err := collect(ctx, s.h, starProductPage, func(r scanner) (p analytics.Product, err error) {
		return p, r.Scan(&p.SKU, &p.ProductID, &p.Title, &p.BrandID, &p.CategoryID, &p.Status)
	}, bind("after", least(after)), bind("n", n))
	return list, fail(err, "select products")
}

// least is before every key; an empty text is none in Oracle.
func least(key string) string {
	if key == "" {
		return " "
	}
	return key
}
