package fulfilment

import (
	"context"
	"fmt"
	"slices"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// Ship says that a parcel is on its way.
type Ship struct {
	OrderID                        string
	Version                        int64        // of the order as staff saw it; 0 for any
	Lines                          []order.Pick // empty for everything that is left
	Carrier, Tracking, TrackingURL string
	Actor                          string
	Once                           idempotency.Request
}

// Ship records a parcel. With the last unit the order is shipped. Errors have
// the codes of CancelUnits, and "nothing-to-ship".
func (s *Service) Ship(ctx context.Context, in Ship) (order.Order, error) {
	o, err := once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (order.Order, error) {
		w, err := s.hold(ctx, tx, in.OrderID, in.Actor, in.Version)
		if err != nil {
			return w.o, err
		}
		sh, err := s.parcel(ctx, &w, in)
		if err != nil {
			return w.o, err
		}
		return w.o, s.settleLists(ctx, &w, picking.Shipped, sh.ID)
	})
	if err != nil {
		return o, fmt.Errorf("ship order %s: %w", in.OrderID, err)
	}
	return o, nil
}

// parcel sends units of the order, whether they stand on a pick list or not.
func (s *Service) parcel(ctx context.Context, w *work, in Ship) (sh order.Shipment, err error) {
	switch w.o.Status {
	case order.Paid:
	case order.Placed:
		return sh, fault.New(fault.Conflict, "order-not-paid", "The order is not paid yet; nothing of it may be sent.")
	default:
		return sh, order.Refuse(w.o.Status)
	}
	picks := in.Lines
	if len(picks) == 0 {
		picks = everything(w.o.Lines)
	}
	if len(picks) == 0 {
		return sh, fault.New(fault.Conflict, "nothing-to-ship", "Everything of this order is sent or cancelled.")
	}
	if err := order.CheckPicks(picks); err != nil {
		return sh, err
	}
	for _, p := range picks {
		if err := w.count(ctx, order.Units{LineNo: p.LineNo, Shipped: p.Qty}); err != nil {
			return sh, err
		}
	}
	sh = order.Shipment{ID: s.NewID(), OrderID: w.o.ID, Carrier: in.Carrier, Tracking: in.Tracking, TrackingURL: in.TrackingURL, ShippedAt: w.now, Lines: picks}
	if err := w.tx.AfterSales.InsertShipment(ctx, sh); err != nil {
		return sh, err
	}
	to, event := order.Paid, "part-shipped"
	if unsent, _ := order.Remaining(w.o.Lines); unsent == 0 {
		to, event = order.Shipped, ""
	}
	if err := w.step(ctx, to, event, in.Carrier+" "+in.Tracking); err != nil {
		return sh, err
	}
	return sh, w.audit(ctx, "order.ship", map[string]any{"shipment": sh.ID, "carrier": in.Carrier, "tracking": in.Tracking, "lines": picks})
}

func everything(lines []order.Line) (picks []order.Pick) {
	for _, l := range lines {
		if n := l.Unsent(); n > 0 {
			picks = append(picks, order.Pick{LineNo: l.No, Qty: n})
		}
	}
	return picks
}

// Deliver says that a parcel has arrived; a second time nothing happens. With
// the last parcel of a shipped order the order is delivered. The code of the
// error is "shipment-not-found".
func (s *Service) Deliver(ctx context.Context, orderID, shipmentID, actor string) (o order.Order, err error) {
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		w, err := s.hold(ctx, tx, orderID, actor, 0)
		if err != nil {
			return err
		}
		defer func() { o = w.o }()
		first, err := tx.AfterSales.Arrived(ctx, orderID, shipmentID, w.now)
		if err != nil || !first {
			return err
		}
		all, err := tx.AfterSales.Shipments(ctx, orderID)
		if err != nil {
			return err
		}
		to, event := w.o.Status, "part-delivered"
		onTheWay := slices.ContainsFunc(all, func(sh order.Shipment) bool { return sh.DeliveredAt.IsZero() })
		if w.o.Status == order.Shipped && !onTheWay {
			to, event = order.Delivered, ""
		}
		if err := w.step(ctx, to, event, ""); err != nil {
			return err
		}
		return w.audit(ctx, "order.deliver", map[string]any{"shipment": shipmentID})
	})
	if err != nil {
		return o, fmt.Errorf("deliver shipment %s of order %s: %w", shipmentID, orderID, err)
	}
	return o, nil
}
