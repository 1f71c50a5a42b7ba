package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
)

// aftersales keeps order_note, shipment, shipment_line, order_return and return_line.
type aftersales struct{ h handle }

var (
	noteInsert = statement("order_note.insert", `INSERT INTO order_note (order_id, id, author, body, for_shopper, written_at)
		VALUES (:order_id, :id, :author, :body, :for_shopper, :written_at)`)
	noteOfOrder = statement("order_note.of_order", `SELECT id, author, body, for_shopper, written_at FROM order_note
		WHERE order_id = :order_id AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)

	shipmentInsert = statement("shipment.insert", `INSERT INTO shipment (order_id, id, carrier, tracking, tracking_url, shipped_at)
		VALUES (:order_id, :id, :carrier, :tracking, :tracking_url, :shipped_at)`)
	shipmentLineInsert = statement("shipment_line.insert", `INSERT INTO shipment_line (order_id, shipment_id, line_no, qty) VALUES (:order_id, :id, :line_no, :qty)`)
	shipmentOfOrder    = statement("shipment.of_order", `SELECT s.id, s.carrier, s.tracking, s.tracking_url, s.shipped_at, s.delivered_at, l.line_no, l.qty
		FROM shipment s JOIN shipment_line l ON l.order_id = s.order_id AND l.shipment_id = s.id
		WHERE s.order_id = :order_id ORDER BY s.id, l.line_no`)
	shipmentGet     = statement("shipment.get", `SELECT delivered_at FROM shipment WHERE order_id = :order_id AND id = :id`)
	shipmentArrived = statement("shipment.arrived", `UPDATE shipment SET delivered_at = :at_time WHERE order_id = :order_id AND id = :id AND delivered_at IS NULL`)

	returnInsert = statement("order_return.insert", `INSERT INTO order_return (order_id, id, status, reason, requested_at, updated_at)
		VALUES (:order_id, :id, :status, :reason, :at_time, :at_time)`)
	returnLineInsert = statement("return_line.insert", `INSERT INTO return_line (order_id, return_id, line_no, qty) VALUES (:order_id, :id, :line_no, :qty)`)
	returnOfOrder    = statement("order_return.of_order", `SELECT r.id, r.status, r.reason, r.answer, r.refund_id, r.requested_at, r.updated_at, l.line_no, l.qty, l.received, l.restocked
		FROM order_return r JOIN return_line l ON l.order_id = r.order_id AND l.return_id = r.id
		WHERE r.order_id = :order_id ORDER BY r.id, l.line_no`)
	returnGet  = statement("order_return.get", `SELECT status FROM order_return WHERE order_id = :order_id AND id = :id`)
	returnMove = statement("order_return.move", `UPDATE order_return SET status = :status, answer = :answer, refund_id = :refund_id, updated_at = :at_time
		WHERE order_id = :order_id AND id = :id AND status = :was`)
	returnLineUpdate = statement("return_line.update", `UPDATE return_line SET received = :received, restocked = :restocked
		WHERE order_id = :order_id AND return_id = :id AND line_no = :line_no`)
	returnIn = statement("order_return.in_state", `SELECT order_id, id, status, reason, answer, refund_id, requested_at, updated_at FROM order_return
		WHERE status = :status AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)
)

func (s aftersales) AddNote(ctx context.Context, n order.Note) error {
	_, err := s.h.exec(ctx, noteInsert, bind("order_id", n.OrderID), bind("id", n.ID), bind("author", n.Author), bind("body", n.Body),
		bind("for_shopper", bit(n.ForShopper)), bind("written_at", n.WrittenAt))
	return fail(err, "write a note about order %s", n.OrderID)
}

func (s aftersales) Notes(ctx context.Context, orderID, after string, n int) ([]order.Note, error) {
	if after == "" {
		after = "0"
	}
	list, err := collect(ctx, s.h, noteOfOrder, func(r scanner) (x order.Note, err error) {
		x.OrderID = orderID
		return x, r.Scan(&x.ID, &x.Author, &x.Body, &x.ForShopper, &x.WrittenAt)
	}, bind("order_id", orderID), bind("after_id", after), bind("n", n))
	return list, fail(err, "select notes about order %s", orderID)
}

func (s aftersales) InsertShipment(ctx context.Context, sh order.Shipment) error {
	if _, err := s.h.exec(ctx, shipmentInsert, bind("order_id", sh.OrderID), bind("id", sh.ID), bind("carrier", sh.Carrier), bind("tracking", sh.Tracking),
		bind("tracking_url", sh.TrackingURL), bind("shipped_at", sh.ShippedAt)); err != nil {
		return fail(err, "insert shipment of order %s", sh.OrderID)
	}
	for _, l := range sh.Lines {
		if _, err := s.h.exec(ctx, shipmentLineInsert, bind("order_id", sh.OrderID), bind("id", sh.ID), bind("line_no", l.LineNo), bind("qty", l.Qty)); err != nil {
			return fail(err, "insert line %d of a shipment of order %s", l.LineNo, sh.OrderID)
		}
	}
	return nil
}

func (s aftersales) Shipments(ctx context.Context, orderID string) ([]order.Shipment, error) {
	var out []order.Shipment
	_, err := collect(ctx, s.h, shipmentOfOrder, func(r scanner) (none struct{}, err error) {
		sh, l := order.Shipment{OrderID: orderID}, order.Pick{}
		var delivered sql.NullTime
		if err := r.Scan(&sh.ID, &sh.Carrier, &sh.Tracking, &sh.TrackingURL, &sh.ShippedAt, &delivered, &l.LineNo, &l.Qty); err != nil {
			return none, err
		}
		sh.DeliveredAt = when(delivered)
		if n := len(out); n == 0 || out[n-1].ID != sh.ID { // a row for each line
			out = append(out, sh)
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, l)
		return none, nil
	}, bind("order_id", orderID))
	return out, fail(err, "select shipments of order %s", orderID)
}

func (s aftersales) Arrived(ctx context.Context, orderID, id string, at time.Time) (bool, error) {
	n, err := s.h.exec(ctx, shipmentArrived, bind("order_id", orderID), bind("id", id), bind("at_time", at))
	if err != nil || n == 1 {
		return n == 1, fail(err, "mark shipment %s delivered", id)
	}
	var delivered sql.NullTime
	err = s.h.row(ctx, shipmentGet, bind("order_id", orderID), bind("id", id)).Scan(&delivered)
	if errors.Is(err, sql.ErrNoRows) {
		return false, fault.New(fault.NotFound, "shipment-not-found", "The order has no shipment %s.", id)
	}
	return false, fail(err, "select shipment %s", id)
}

func (s aftersales) InsertReturn(ctx context.Context, r order.Return) error {
	if _, err := s.h.exec(ctx, returnInsert, bind("order_id", r.OrderID), bind("id", r.ID), bind("status", string(r.Status)), bind("reason", r.Reason), bind("at_time", r.RequestedAt)); err != nil {
		return fail(err, "insert return of order %s", r.OrderID)
	}
	for _, l := range r.Lines {
		if _, err := s.h.exec(ctx, returnLineInsert, bind("order_id", r.OrderID), bind("id", r.ID), bind("line_no", l.LineNo), bind("qty", l.Qty)); err != nil {
			return fail(err, "insert line %d of a return of order %s", l.LineNo, r.OrderID)
		}
	}
	return nil
}

func (s aftersales) Returns(ctx context.Context, orderID string) ([]order.Return, error) {
	var out []order.Return
	_, err := collect(ctx, s.h, returnOfOrder, func(r scanner) (none struct{}, err error) {
		x, l := order.Return{OrderID: orderID}, order.ReturnLine{}
		if err := r.Scan(&x.ID, &x.Status, &x.Reason, &x.Answer, &x.RefundID, &x.RequestedAt, &x.Updated, &l.LineNo, &l.Qty, &l.Received, &l.Restocked); err != nil {
			return none, err
		}
		if n := len(out); n == 0 || out[n-1].ID != x.ID { // a row for each line
			out = append(out, x)
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, l)
		return none, nil
	}, bind("order_id", orderID))
	return out, fail(err, "select returns of order %s", orderID)
}

func (s aftersales) MoveReturn(ctx context.Context, r order.Return, from order.ReturnStatus) error {
	if !from.CanBecome(r.Status) {
		return order.RefuseReturn(from)
	}
	n, err := s.h.exec(ctx, returnMove, bind("order_id", r.OrderID), bind("id", r.ID), bind("status", string(r.Status)), bind("answer", r.Answer),
		bind("refund_id", r.RefundID), bind("at_time", r.Updated), bind("was", string(from)))
	if err != nil {
		return fail(err, "move return %s to %s", r.ID, r.Status)
	}
	if n == 0 {
		var is order.ReturnStatus
		err := s.h.row(ctx, returnGet, bind("order_id", r.OrderID), bind("id", r.ID)).Scan(&is)
		if errors.Is(err, sql.ErrNoRows) {
			return order.ReturnNotFound(r.ID)
		}
		if err != nil {
			return fail(err, "select return %s", r.ID)
		}
		return order.RefuseReturn(is)
	}
	for _, l := range r.Lines {
		if _, err := s.h.exec(ctx, returnLineUpdate, bind("order_id", r.OrderID), bind("id", r.ID), bind("line_no", l.LineNo), bind("received", l.Received), bind("restocked", l.Restocked)); err != nil {
			return fail(err, "count line %d of return %s", l.LineNo, r.ID)
		}
	}
	return nil
}

func (s aftersales) ReturnsIn(ctx context.Context, status order.ReturnStatus, after string, n int) ([]order.Return, error) {
	if after == "" {
		after = "0"
	}
	list, err := collect(ctx, s.h, returnIn, func(r scanner) (x order.Return, err error) {
		return x, r.Scan(&x.OrderID, &x.ID, &x.Status, &x.Reason, &x.Answer, &x.RefundID, &x.RequestedAt, &x.Updated)
	}, bind("status", string(status)), bind("after_id", after), bind("n", n))
	return list, fail(err, "select returns that are %s", status)
}
