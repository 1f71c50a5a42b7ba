package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/order"
)

const invoiceColumns = `SELECT series, invoice_number, kind, order_id, cause_id, currency, total_minor, tax_minor, issued_at FROM invoice`

var (
	seriesLock   = statement("invoice_series.lock", `SELECT last_number FROM invoice_series WHERE series = :series FOR UPDATE`)
	seriesInsert = statement("invoice_series.insert", `INSERT INTO invoice_series (series, last_number) VALUES (:series, 0)`)
	seriesUpdate = statement("invoice_series.update", `UPDATE invoice_series SET last_number = :last_number WHERE series = :series`)
	seriesGaps   = statement("invoice_series.gaps", `SELECT s.series FROM invoice_series s
		WHERE s.last_number <> (SELECT COUNT(*) FROM invoice i WHERE i.series = s.series)
		OR s.last_number <> (SELECT COALESCE(MAX(i.invoice_number), 0) FROM invoice i WHERE i.series = s.series) ORDER BY s.series`).long()

	invoiceInsert = statement("invoice.insert", `INSERT INTO invoice (series, invoice_number, kind, order_id, cause_id, currency, total_minor, tax_minor, issued_at)
		VALUES (:series, :invoice_number, :kind, :order_id, :cause_id, :currency, :total, :tax, :issued_at)`)
	invoiceOfOrder  = statement("invoice.of_order", invoiceColumns+` WHERE order_id = :order_id ORDER BY cause_id`)
	invoiceOfOrders = listStatement("invoice.of_orders", invoiceColumns+` WHERE order_id IN (:list)`)
)

// Issue takes hold of the series before it looks for the documents, so that two
// workers with one cause come one after the other.
func (s aftersales) Issue(ctx context.Context, list ...order.Invoice) ([]order.Invoice, error) {
	last, err := s.holdSeries(ctx, list)
	if err != nil {
		return nil, err
	}
	have, err := collectIn(ctx, s.h, invoiceOfOrders, ordersOf(list), scanInvoice)
	if err != nil {
		return nil, fail(err, "select invoices of %d orders", len(list))
	}
	type cause struct{ order, id string }
	known := map[cause]order.Invoice{}
	for _, v := range have {
		known[cause{v.OrderID, v.CauseID}] = v
	}
	next := maps.Clone(last)
	var fresh []order.Invoice
	out := slices.Clone(list)
	for i, v := range list {
		of := cause{v.OrderID, v.CauseID}
		if _, there := known[of]; !there {
			next[v.Series]++
			v.Number = next[v.Series]
			known[of], fresh = v, append(fresh, v)
		}
		out[i] = known[of]
	}
	return out, s.issue(ctx, fresh, last, next)
}

func (s aftersales) IssueAll(ctx context.Context, list []order.Invoice) error {
	last, err := s.holdSeries(ctx, list)
	if err != nil {
		return err
	}
	next := maps.Clone(last)
	for i := range list {
		next[list[i].Series]++
		list[i].Number = next[list[i].Series]
	}
	return s.issue(ctx, list, last, next)
}

// issue writes documents that have their numbers, and moves their series on.
func (s aftersales) issue(ctx context.Context, papers []order.Invoice, last, next map[string]int64) error {
	if len(papers) == 0 {
		return nil
	}
	type V = order.Invoice
	if _, err := s.h.bulk(ctx, invoiceInsert, column("series", papers, func(v V) string { return v.Series }), column("invoice_number", papers, func(v V) int64 { return v.Number }),
		column("kind", papers, func(v V) string { return v.Kind }), column("order_id", papers, func(v V) string { return v.OrderID }), column("cause_id", papers, func(v V) string { return v.CauseID }),
		column("currency", papers, func(v V) string { return v.Currency }), column("total", papers, func(v V) int64 { return v.Total }), column("tax", papers, func(v V) int64 { return v.Tax }),
		column("issued_at", papers, func(v V) time.Time { return v.IssuedAt })); err != nil {
		return fail(err, "insert %d invoices", len(papers))
	}
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if next[name] == last[name] {
			continue
		}
		if _, err := s.h.exec(ctx, seriesUpdate, bind("series", name), bind("last_number", next[name])); err != nil {
			return fail(err, "move invoice series %s", name)
		}
	}
	return nil
}

// holdSeries locks the series of the documents, in the order of their names so
// that nobody waits in a circle, and returns their last numbers.
func (s aftersales) holdSeries(ctx context.Context, list []order.Invoice) (map[string]int64, error) {
	last := map[string]int64{}
	for _, v := range list {
		last[v.Series] = 0
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		n, err := s.series(ctx, name)
		if err != nil {
			return nil, fail(err, "take hold of invoice series %s", name)
		}
		last[name] = n
	}
	return last, nil
}

// ordersOf are the orders that the documents are of, each once.
func ordersOf(list []order.Invoice) (ids []string) {
	for _, v := range list {
		ids = append(ids, v.OrderID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// series locks a series and starts it if it is new.
func (s aftersales) series(ctx context.Context, name string) (last int64, err error) {
	err = s.h.row(ctx, seriesLock, bind("series", name)).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := s.h.exec(ctx, seriesInsert, bind("series", name)); err != nil && codeOf(err) != codeUnique {
			return 0, err
		}
		err = s.h.row(ctx, seriesLock, bind("series", name)).Scan(&last)
	}
	return last, err
}

func (s aftersales) Invoices(ctx context.Context, orderID string) ([]order.Invoice, error) {
	list, err := collect(ctx, s.h, invoiceOfOrder, scanInvoice, bind("order_id", orderID))
	return list, fail(err, "select invoices of order %s", orderID)
}

func scanInvoice(r scanner) (v order.Invoice, err error) {
	return v, r.Scan(&v.Series, &v.Number, &v.Kind, &v.OrderID, &v.CauseID, &v.Currency, &v.Total, &v.Tax, &v.IssuedAt)
}

func (s aftersales) InvoiceGaps(ctx context.Context) ([]string, error) {
	list, err := collect(ctx, s.h, seriesGaps, func(r scanner) (name string, err error) { return name, r.Scan(&name) })
	return list, fail(err, "look for gaps among invoices")
}
