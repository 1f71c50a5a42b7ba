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

var (
	seriesLock   = statement("invoice_series.lock", `SELECT last_number FROM invoice_series WHERE series = :series FOR UPDATE`)
	seriesInsert = statement("invoice_series.insert", `INSERT INTO invoice_series (series, last_number) VALUES (:series, 0)`)
	seriesUpdate = statement("invoice_series.update", `UPDATE invoice_series SET last_number = :last_number WHERE series = :series`)
	seriesGaps   = statement("invoice_series.gaps", `SELECT s.series FROM invoice_series s
		WHERE s.last_number <> (SELECT COUNT(*) FROM invoice i WHERE i.series = s.series)
		OR s.last_number <> (SELECT COALESCE(MAX(i.invoice_number), 0) FROM invoice i WHERE i.series = s.series) ORDER BY s.series`).long()

	invoiceInsert = statement("invoice.insert", `INSERT INTO invoice (series, invoice_number, kind, order_id, cause_id, currency, total_minor, tax_minor, issued_at)
		VALUES (:series, :invoice_number, :kind, :order_id, :cause_id, :currency, :total, :tax, :issued_at)`)
	invoiceOfOrder = statement("invoice.of_order", `SELECT series, invoice_number, kind, order_id, cause_id, currency, total_minor, tax_minor, issued_at
		FROM invoice WHERE order_id = :order_id ORDER BY cause_id`)
)

// Issue takes hold of the series before it looks for the document, so that two
// workers with one cause come one after the other.
func (s aftersales) Issue(ctx context.Context, v order.Invoice) (order.Invoice, error) {
	last, err := s.series(ctx, v.Series)
	if err != nil {
		return v, fail(err, "take hold of invoice series %s", v.Series)
	}
	have, err := s.Invoices(ctx, v.OrderID)
	if err != nil {
		return v, err
	}
	for _, h := range have {
		if h.CauseID == v.CauseID {
			return h, nil
		}
	}
	v.Number = last + 1
	if _, err := s.h.exec(ctx, invoiceInsert, bind("series", v.Series), bind("invoice_number", v.Number), bind("kind", v.Kind), bind("order_id", v.OrderID),
		bind("cause_id", v.CauseID), bind("currency", v.Currency), bind("total", v.Total), bind("tax", v.Tax), bind("issued_at", v.IssuedAt)); err != nil {
		return v, fail(err, "insert invoice %s %d", v.Series, v.Number)
	}
	_, err = s.h.exec(ctx, seriesUpdate, bind("series", v.Series), bind("last_number", v.Number))
	return v, fail(err, "move invoice series %s", v.Series)
}

func (s aftersales) IssueAll(ctx context.Context, list []order.Invoice) error {
	of := map[string][]order.Invoice{}
	for _, v := range list {
		of[v.Series] = append(of[v.Series], v)
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		last, err := s.series(ctx, name)
		if err != nil {
			return fail(err, "take hold of invoice series %s", name)
		}
		papers := of[name]
		for i := range papers {
			last++
			papers[i].Number = last
		}
		type V = order.Invoice
		if _, err := s.h.bulk(ctx, invoiceInsert, bind("series", name), column("invoice_number", papers, func(v V) int64 { return v.Number }), column("kind", papers, func(v V) string { return v.Kind }),
			column("order_id", papers, func(v V) string { return v.OrderID }), column("cause_id", papers, func(v V) string { return v.CauseID }),
			column("currency", papers, func(v V) string { return v.Currency }), column("total", papers, func(v V) int64 { return v.Total }), column("tax", papers, func(v V) int64 { return v.Tax }),
			column("issued_at", papers, func(v V) time.Time { return v.IssuedAt })); err != nil {
			return fail(err, "insert %d invoices of %s", len(papers), name)
		}
		if _, err := s.h.exec(ctx, seriesUpdate, bind("series", name), bind("last_number", last)); err != nil {
			return fail(err, "move invoice series %s", name)
		}
	}
	return nil
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
	list, err := collect(ctx, s.h, invoiceOfOrder, func(r scanner) (v order.Invoice, err error) {
		return v, r.Scan(&v.Series, &v.Number, &v.Kind, &v.OrderID, &v.CauseID, &v.Currency, &v.Total, &v.Tax, &v.IssuedAt)
	}, bind("order_id", orderID))
	return list, fail(err, "select invoices of order %s", orderID)
}

func (s aftersales) InvoiceGaps(ctx context.Context) ([]string, error) {
	list, err := collect(ctx, s.h, seriesGaps, func(r scanner) (name string, err error) { return name, r.Scan(&name) })
	return list, fail(err, "look for gaps among invoices")
}
