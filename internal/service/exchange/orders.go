package exchange

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/store"
)

var orderColumns = []column[orderRow]{
	{name: "id", at: func(o *orderRow) any { return &o.ID }, need: true},
	{name: "number", at: func(o *orderRow) any { return &o.Number }, need: true},
	{name: "placed_at", at: func(o *orderRow) any { return &o.PlacedAt }, need: true},
	{name: "status", at: func(o *orderRow) any { return &o.Status }, need: true},
	{name: "version", at: func(o *orderRow) any { return &o.Version }, need: true},
	{name: "region", at: func(o *orderRow) any { return &o.Region }, need: true},
	{name: "email", at: func(o *orderRow) any { return &o.Email }, need: true},
	{name: "customer_id", at: func(o *orderRow) any { return &o.CustomerID }},
	{name: "cart_id", at: func(o *orderRow) any { return &o.CartID }, need: true},
	{name: "currency", at: func(o *orderRow) any { return &o.Currency }, need: true},
	{name: "subtotal_minor", at: func(o *orderRow) any { return &o.Subtotal }},
	{name: "discount_minor", at: func(o *orderRow) any { return &o.Discount }},
	{name: "shipping_minor", at: func(o *orderRow) any { return &o.Shipping }},
	{name: "tax_minor", at: func(o *orderRow) any { return &o.Tax }},
	{name: "rounding_minor", at: func(o *orderRow) any { return &o.Rounding }},
	{name: "total_minor", at: func(o *orderRow) any { return &o.Total }, need: true},
	{name: "tax_inclusive", at: func(o *orderRow) any { return &o.TaxInclusive }},
	{name: "shipping_method", at: func(o *orderRow) any { return &o.ShippingMethod }, need: true},
	{name: "ship_to", at: func(o *orderRow) any { return &o.ShipTo }, need: true},
	{name: "pay_by", at: func(o *orderRow) any { return &o.PayBy }, need: true},
	{name: "lines", at: func(o *orderRow) any { return &o.Lines }, need: true},
	{name: "history", at: func(o *orderRow) any { return &o.History }, need: true},
	{name: "payment", at: func(o *orderRow) any { return &o.Payment }, need: true},
	{name: "invoices", at: func(o *orderRow) any { return &o.Invoices }},
	{name: "shipments", at: func(o *orderRow) any { return &o.Shipments }},
	{name: "returns", at: func(o *orderRow) any { return &o.Returns }},
	{name: "notes", at: func(o *orderRow) any { return &o.Notes }},
	{name: "promotions", at: func(o *orderRow) any { return &o.Promotions }},
	{name: "stock", at: func(o *orderRow) any { return &o.Stock }},
	{name: "bundles", at: func(o *orderRow) any { return &o.Bundles }},
}

var orders = table[orderRow]{name: "orders",
	columns: func(bool) []column[orderRow] { return orderColumns },
	source: func(s *Service, o Export) func(ctx context.Context) ([]orderRow, error) {
		after := ""
		if !o.Since.IsZero() {
			after = ident.First(o.Since)
		}
		return func(ctx context.Context) ([]orderRow, error) {
			read := s.DB.Read()
			list, err := read.Orders.Page(ctx, after, page)
			if err != nil || len(list) == 0 {
				return nil, err
			}
			after = list[len(list)-1].ID
			return orderRows(ctx, read, list)
		}
	},
	sink: func(l *loading) sink[orderRow] {
		return func(ctx context.Context, tx store.Stores, rows []orderRow) ([]Outcome, error) {
			return putOrders(ctx, tx, l, rows)
		}
	}}

func orderRows(ctx context.Context, read store.Stores, list []order.Order) ([]orderRow, error) {
	codes, err := locationCodes(ctx, read)
	if err != nil {
		return nil, err
	}
	rows := make([]orderRow, len(list))
	for i, o := range list {
		if rows[i], err = orderOf(ctx, read, o, codes); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// OrderLines are the lines that the orders are in an export as JSONL, each with
// its line feed.
func OrderLines(ctx context.Context, read store.Stores, list []order.Order) ([][]byte, error) {
	rows, err := orderRows(ctx, read, list)
	if err != nil {
		return nil, err
	}
	lines := make([][]byte, len(rows))
	for i := range rows {
		var line bytes.Buffer
		w := newJSONLWriter(&line)
		if err := errors.Join(w.row(fieldsOf(orderColumns, &rows[i])), w.flush()); err != nil {
			return nil, err
		}
		lines[i] = line.Bytes()
	}
	return lines, nil
}

// CheckOrderLine says what keeps a line of OrderLines from being imported again.
func CheckOrderLine(line []byte) error {
	var row orderRow
	if _, err := newJSONLReader(bytes.NewReader(line)).row(fieldsOf(orderColumns, &row)); err != nil {
		return err
	}
	return row.check()
}

// check refuses what no shop could have written; what is left is checked by the
// database, and by verify.
func (r orderRow) check() error {
	invalid := func(field, format string, args ...any) error {
		return fault.Field("order-invalid", field, format, args...)
	}
	id, err := uuid.Parse(r.ID)
	placed, ok := ident.Time(r.ID)
	switch {
	case err != nil || id.String() != r.ID || !ok:
		return invalid("id", "%.60q is not an id such as 01890a5d-ac96-774b-bcce-b302099a8057", r.ID)
	case !placed.Equal(r.PlacedAt.Truncate(time.Millisecond)):
		return invalid("placed_at", "the id is of %s", placed.Format(time.RFC3339Nano))
	case len(r.Lines) == 0 || len(r.History) == 0:
		return invalid("lines", "an order has lines and a history")
	case r.History[len(r.History)-1].Version != r.Version:
		return invalid("history", "it ends with version %d, and the order has %d", r.History[len(r.History)-1].Version, r.Version)
	case r.Payment.ID == "":
		return invalid("payment", "an order has a payment")
	}
	return nil
}

// putOrders adds the orders that are not there, with all that became of them,
// as they are. Nobody is told: no event, no mail. An order that is there is left alone.
func putOrders(ctx context.Context, tx store.Stores, l *loading, rows []orderRow) ([]Outcome, error) {
	ids, err := locationIDs(ctx, tx)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(rows))
	var p past
	for i, r := range rows {
		if err := r.check(); err != nil {
			return nil, err
		}
		outcomes[i].Key = r.ID
		_, err := tx.Orders.Load(ctx, r.ID)
		if outcomes[i].New = fault.KindOf(err) == fault.NotFound; !outcomes[i].New {
			if err != nil {
				return nil, err
			}
			continue
		}
		if r.CustomerID != "" {
			if _, err := tx.Customers.Load(ctx, r.CustomerID); err != nil {
				return nil, err
			}
		}
		if err := p.add(r, ids, l.s.Tokens); err != nil {
			return nil, err
		}
		l.entries = append(l.entries, audit.Entry{Actor: l.in.Actor, Action: "order.import", Subject: r.ID, At: l.now, Details: map[string]any{"number": r.Number, "import": l.run.ID}})
	}
	if len(p.orders) == 0 {
		return outcomes, nil
	}
	return outcomes, p.write(ctx, tx)
}

// write takes things in the order in which a checkout does: orders, payments,
// promotions, stock.
func (p *past) write(ctx context.Context, tx store.Stores) error {
	if err := tx.Orders.Import(ctx, p.orders); err != nil {
		return err
	}
	if err := tx.Payments.Import(ctx, p.payments); err != nil {
		return err
	}
	if err := tx.AfterSales.ImportInvoices(ctx, p.invoices); err != nil {
		return err
	}
	for i, o := range p.orders {
		if err := tx.Promotions.Import(ctx, o.ID, p.uses[i], o.PlacedAt); err != nil {
			return err
		}
		if err := tx.Stock.ImportBundles(ctx, o.ID, p.bundles[i]); err != nil {
			return err
		}
	}
	if err := tx.Stock.Import(ctx, nil, p.taken); err != nil {
		return err
	}
	highest := slices.MaxFunc(p.orders, func(a, b order.Record) int { return int(a.Number - b.Number) }).Number
	for { // an order of tomorrow must not draw a number of yesterday
		n, err := tx.Orders.NextNumber(ctx)
		if err != nil || n >= highest {
			return err
		}
	}
}
