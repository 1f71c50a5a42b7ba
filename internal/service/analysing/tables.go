package analysing

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"tradewind/internal/domain/analytics"
)

func readerOf(text []byte) io.Reader { return bytes.NewReader(text) }

func text(name string) Column    { return Column{name, "text"} }
func integer(name string) Column { return Column{name, "integer"} }
func moment(name string) Column  { return Column{name, "moment"} }

func number(n int64) string      { return strconv.FormatInt(n, 10) }
func at(t time.Time) string      { return t.UTC().Format(time.RFC3339Nano) }
func day(d analytics.Day) string { return number(int64(d)) }

// table is one of facts: its columns, and its rows of a day in the order of its key.
type table struct {
	columns []Column
	rows    func(ctx context.Context, s analytics.Store, day analytics.Day, row func([]string) error) error
}

const exportPage = 1000

// each pages through a day: next reads what is after the last of the page before.
func each[T any](next func(after T) ([]T, error), row func([]string) error, of func(T) []string) error {
	var after T
	for {
		list, err := next(after)
		if err != nil {
			return err
		}
		for _, x := range list {
			if err := row(of(x)); err != nil {
				return err
			}
		}
		if len(list) < exportPage {
			return nil
		}
		after = list[len(list)-1]
	}
}

var tables = map[string]table{
	analytics.Lines: {[]Column{text("order_id"), integer("line_no"), integer("day"), moment("placed_at"), text("region"), text("currency"), text("status"), text("buyer"), text("sku"),
		integer("qty"), integer("cancelled"), integer("shipped"), integer("returned"), integer("unit_minor"), integer("discount_minor"), integer("tax_minor"), integer("total_minor")},
		func(ctx context.Context, s analytics.Store, d analytics.Day, row func([]string) error) error {
			return each(func(after analytics.Line) ([]analytics.Line, error) { return s.LinesOf(ctx, d, after, exportPage) }, row, func(l analytics.Line) []string {
				return []string{l.OrderID, number(l.No), day(l.Day), at(l.PlacedAt), l.Region, l.Currency, l.Status, l.Buyer, l.SKU, number(l.Qty), number(l.Cancelled), number(l.Shipped),
					number(l.Returned), number(l.Unit), number(l.Discount), number(l.Tax), number(l.Total)}
			})
		}},
	analytics.Payments: {[]Column{text("id"), text("order_id"), text("kind"), text("cause"), integer("day"), moment("at"), text("currency"), integer("minor"), text("provider")},
		func(ctx context.Context, s analytics.Store, d analytics.Day, row func([]string) error) error {
			return each(func(after analytics.Payment) ([]analytics.Payment, error) {
				return s.PaymentsOf(ctx, d, after.ID, exportPage)
			}, row, func(p analytics.Payment) []string {
				return []string{p.ID, p.OrderID, p.Kind, p.Cause, day(p.Day), at(p.At), p.Amount.Currency, number(p.Amount.Minor), p.Provider}
			})
		}},
	analytics.PromotionUses: {[]Column{text("order_id"), text("promotion_id"), integer("day"), text("currency"), integer("minor")},
		func(ctx context.Context, s analytics.Store, d analytics.Day, row func([]string) error) error {
			return each(func(after analytics.PromotionUse) ([]analytics.PromotionUse, error) {
				return s.UsesOf(ctx, d, after, exportPage)
			}, row, func(u analytics.PromotionUse) []string {
				return []string{u.OrderID, u.PromotionID, day(u.Day), u.Amount.Currency, number(u.Amount.Minor)}
			})
		}},
	analytics.Movements: {[]Column{text("sku"), text("id"), integer("day"), moment("moved_at"), text("location_id"), text("reason"), integer("on_hand_delta"), integer("incoming_delta")},
		func(ctx context.Context, s analytics.Store, d analytics.Day, row func([]string) error) error {
			return each(func(after analytics.Movement) ([]analytics.Movement, error) {
				return s.MovementsOf(ctx, d, after, exportPage)
			}, row, func(m analytics.Movement) []string {
				return []string{m.SKU, m.ID, day(m.Day), at(m.MovedAt), m.LocationID, m.Reason, number(m.OnHand), number(m.Incoming)}
			})
		}},
	analytics.Events: {[]Column{text("id"), integer("day"), moment("at"), text("kind"), text("product_id"), text("visitor"), integer("results"), integer("units")},
		func(ctx context.Context, s analytics.Store, d analytics.Day, row func([]string) error) error {
			return each(func(after analytics.Event) ([]analytics.Event, error) {
				return s.EventsOf(ctx, d, after.ID, exportPage)
			}, row, func(e analytics.Event) []string {
				return []string{e.ID, day(e.Day), at(e.At), e.Kind, e.ProductID, e.Visitor, number(e.Results), number(e.Units)}
			})
		}},
}
