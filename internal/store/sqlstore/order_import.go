package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
)

var (
	orderImport = statement("orders.import", `INSERT INTO orders (id, order_number, region, cart_id, token_hash, customer_id, email, email_key, status, version, currency, subtotal_minor, discount_minor,
			shipping_minor, tax_minor, rounding_minor, total_minor, tax_inclusive, shipping_method, ship_to, placed_at, pay_by)
		VALUES (:id, :order_number, :region, :cart_id, :token_hash, :customer_id, :email, :email_key, :status, :version, :currency, :subtotal, :discount,
			:shipping, :tax, :rounding, :total, :tax_inclusive, :shipping_method, :ship_to, :placed_at, :pay_by)`)
	orderLineImport = statement("order_line.import", `INSERT INTO order_line (order_id, line_no, region, placed_at, sku, title, qty, unit_minor, discount_minor, tax_minor, tax_ppm, total_minor,
			cancelled, shipped, returned)
		VALUES (:order_id, :line_no, :region, :placed_at, :sku, :title, :qty, :unit, :discount, :tax, :tax_ppm, :total, :cancelled, :shipped, :returned)`)
	shipmentImport = statement("shipment.import", `INSERT INTO shipment (order_id, id, carrier, tracking, tracking_url, shipped_at, delivered_at)
		VALUES (:order_id, :id, :carrier, :tracking, :tracking_url, :shipped_at, :delivered_at)`)
	returnImport = statement("order_return.import", `INSERT INTO order_return (order_id, id, status, reason, answer, refund_id, requested_at, updated_at)
		VALUES (:order_id, :id, :status, :reason, :answer, :refund_id, :requested_at, :updated_at)`)
	returnLineImport = statement("return_line.import", `INSERT INTO return_line (order_id, return_id, line_no, qty, received, restocked)
		VALUES (:order_id, :id, :line_no, :qty, :received, :restocked)`)
)

func (s orders) Import(ctx context.Context, list []order.Record) error {
	shipTo := make([]string, len(list))
	for i, o := range list {
		if placed, ok := ident.Time(o.ID); !ok || !placed.Equal(o.PlacedAt.Truncate(time.Millisecond)) {
			return fmt.Errorf("import order %s: its id is not of the moment in which it was placed, %v", o.ID, o.PlacedAt)
		}
		text, err := json.Marshal(o.ShipTo)
		if err != nil {
			return fmt.Errorf("encode address of order %s: %w", o.ID, err)
		}
		shipTo[i] = string(text)
	}
	if err := s.forgetPurge(ctx, list); err != nil {
		return err
	}
	type R = order.Record
	_, err := s.h.bulk(ctx, orderImport, column("id", list, func(o R) string { return o.ID }), column("order_number", list, func(o R) int64 { return o.Number }),
		column("region", list, func(o R) string { return o.Region }), column("cart_id", list, func(o R) string { return o.CartID }),
		column("token_hash", list, func(o R) []byte { return o.TokenHash }), column("customer_id", list, func(o R) string { return o.CustomerID }),
		column("email", list, func(o R) string { return o.Email }), column("email_key", list, func(o R) string { return order.EmailKey(o.Email) }),
		column("status", list, func(o R) order.Status { return o.Status }), column("version", list, func(o R) int64 { return o.Version }),
		column("currency", list, func(o R) string { return o.Currency }), column("subtotal", list, func(o R) int64 { return o.Subtotal }),
		column("discount", list, func(o R) int64 { return o.Discount }), column("shipping", list, func(o R) int64 { return o.Shipping }),
		column("tax", list, func(o R) int64 { return o.Tax }), column("rounding", list, func(o R) int64 { return o.Rounding }),
		column("total", list, func(o R) int64 { return o.Total }), column("tax_inclusive", list, func(o R) int64 { return bit(o.TaxInclusive) }),
		column("shipping_method", list, func(o R) string { return o.ShippingMethod }), bind("ship_to", shipTo),
		column("placed_at", list, func(o R) time.Time { return o.PlacedAt }), column("pay_by", list, func(o R) time.Time { return o.PayBy }))
	if err != nil {
		return fail(err, "import %d orders", len(list))
	}
	if err := s.importLines(ctx, list); err != nil {
		return err
	}
	if err := s.importHistory(ctx, list); err != nil {
		return err
	}
	if err := s.importShipments(ctx, list); err != nil {
		return err
	}
	return s.importReturns(ctx, list)
}

func (s orders) importLines(ctx context.Context, list []order.Record) error {
	type R struct {
		o *order.Record
		order.Line
	}
	lines := make([]R, 0, 3*len(list))
	for i := range list {
		for _, l := range list[i].Lines {
			lines = append(lines, R{&list[i], l})
		}
	}
	_, err := s.h.bulk(ctx, orderLineImport, column("order_id", lines, func(l R) string { return l.o.ID }), column("line_no", lines, func(l R) int64 { return l.No }),
		column("region", lines, func(l R) string { return l.o.Region }), column("placed_at", lines, func(l R) time.Time { return l.o.PlacedAt }),
		column("sku", lines, func(l R) string { return l.SKU }), column("title", lines, func(l R) string { return l.Title }), column("qty", lines, func(l R) int64 { return l.Qty }),
		column("unit", lines, func(l R) int64 { return l.Unit }), column("discount", lines, func(l R) int64 { return l.Discount }), column("tax", lines, func(l R) int64 { return l.Tax }),
		column("tax_ppm", lines, func(l R) int64 { return l.TaxPPM }), column("total", lines, func(l R) int64 { return l.Total }),
		column("cancelled", lines, func(l R) int64 { return l.Cancelled }), column("shipped", lines, func(l R) int64 { return l.Shipped }),
		column("returned", lines, func(l R) int64 { return l.Returned }))
	return fail(err, "import lines of %d orders", len(list))
}

func (s orders) importHistory(ctx context.Context, list []order.Record) error {
	changes := flat(list, func(o order.Record) []order.Change { return o.History })
	for i := range changes {
		if changes[i].Event == "" {
			changes[i].Event = string(changes[i].To)
		}
	}
	type R = order.Change
	_, err := s.h.bulk(ctx, orderHistoryInsert, column("order_id", changes, func(c R) string { return c.OrderID }), column("version", changes, func(c R) int64 { return c.Version }),
		column("was", changes, func(c R) order.Status { return c.From }), column("becomes", changes, func(c R) order.Status { return c.To }),
		column("event", changes, func(c R) string { return c.Event }), column("actor", changes, func(c R) string { return c.Actor }),
		column("note", changes, func(c R) string { return c.Note }), column("changed_at", changes, func(c R) time.Time { return c.At }))
	if err != nil {
		return fail(err, "import history of %d orders", len(list))
	}
	notes := flat(list, func(o order.Record) []order.Note { return o.Notes })
	type N = order.Note
	_, err = s.h.bulk(ctx, noteInsert, column("order_id", notes, func(n N) string { return n.OrderID }), column("id", notes, func(n N) string { return n.ID }),
		column("author", notes, func(n N) string { return n.Author }), column("body", notes, func(n N) string { return n.Body }),
		column("for_shopper", notes, func(n N) int64 { return bit(n.ForShopper) }), column("written_at", notes, func(n N) time.Time { return n.WrittenAt }))
	return fail(err, "import notes about %d orders", len(list))
}

func (s orders) importShipments(ctx context.Context, list []order.Record) error {
	parcels := flat(list, func(o order.Record) []order.Shipment { return o.Shipments })
	type R = order.Shipment
	_, err := s.h.bulk(ctx, shipmentImport, column("order_id", parcels, func(p R) string { return p.OrderID }), column("id", parcels, func(p R) string { return p.ID }),
		column("carrier", parcels, func(p R) string { return p.Carrier }), column("tracking", parcels, func(p R) string { return p.Tracking }),
		column("tracking_url", parcels, func(p R) string { return p.TrackingURL }), column("shipped_at", parcels, func(p R) time.Time { return p.ShippedAt }),
		column("delivered_at", parcels, func(p R) time.Time { return p.DeliveredAt }))
	if err != nil {
		return fail(err, "import shipments of %d orders", len(list))
	}
	type L struct {
		p *order.Shipment
		order.Pick
	}
	var lines []L
	for i := range parcels {
		for _, l := range parcels[i].Lines {
			lines = append(lines, L{&parcels[i], l})
		}
	}
	_, err = s.h.bulk(ctx, shipmentLineInsert, column("order_id", lines, func(l L) string { return l.p.OrderID }), column("id", lines, func(l L) string { return l.p.ID }),
		column("line_no", lines, func(l L) int64 { return l.LineNo }), column("qty", lines, func(l L) int64 { return l.Qty }))
	return fail(err, "import lines of shipments")
}

func (s orders) importReturns(ctx context.Context, list []order.Record) error {
	backs := flat(list, func(o order.Record) []order.Return { return o.Returns })
	type R = order.Return
	_, err := s.h.bulk(ctx, returnImport, column("order_id", backs, func(r R) string { return r.OrderID }), column("id", backs, func(r R) string { return r.ID }),
		column("status", backs, func(r R) order.ReturnStatus { return r.Status }), column("reason", backs, func(r R) string { return r.Reason }),
		column("answer", backs, func(r R) string { return r.Answer }), column("refund_id", backs, func(r R) string { return r.RefundID }),
		column("requested_at", backs, func(r R) time.Time { return r.RequestedAt }), column("updated_at", backs, func(r R) time.Time { return r.Updated }))
	if err != nil {
		return fail(err, "import returns of %d orders", len(list))
	}
	type L struct {
		r *order.Return
		order.ReturnLine
	}
	var lines []L
	for i := range backs {
		for _, l := range backs[i].Lines {
			lines = append(lines, L{&backs[i], l})
		}
	}
	_, err = s.h.bulk(ctx, returnLineImport, column("order_id", lines, func(l L) string { return l.r.OrderID }), column("id", lines, func(l L) string { return l.r.ID }),
		column("line_no", lines, func(l L) int64 { return l.LineNo }), column("qty", lines, func(l L) int64 { return l.Qty }),
		column("received", lines, func(l L) int64 { return l.Received }), column("restocked", lines, func(l L) int64 { return l.Restocked }))
	return fail(err, "import lines of returns")
}
