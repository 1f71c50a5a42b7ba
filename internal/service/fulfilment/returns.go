package fulfilment

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// RequestReturn asks for units to be sent back. See says that the order is the
// shopper's; it is called in the transaction.
type RequestReturn struct {
	OrderID, Reason string
	Lines           []order.Pick
	Actor           string
	See             func(ctx context.Context, tx store.Stores) error
	Once            idempotency.Request

	within time.Duration // how long after it was sent a parcel may be returned
}

// RequestReturn writes down that the shopper wants to send units back. Units
// that other open returns speak of cannot be asked for again. Errors have the
// codes "order-not-found", "units-exceeded", "line-not-found", "return-too-late"
// and "nothing-shipped".
func (s *Service) RequestReturn(ctx context.Context, in RequestReturn) (order.Return, error) {
	if err := order.CheckPicks(in.Lines); err != nil {
		return order.Return{}, err
	}
	var err error
	if in.within, err = s.returnWithin(ctx); err != nil {
		return order.Return{}, err
	}
	r, err := once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (order.Return, error) {
		if err := in.See(ctx, tx); err != nil {
			return order.Return{}, err
		}
		w, err := s.hold(ctx, tx, in.OrderID, in.Actor, 0)
		if err != nil {
			return order.Return{}, err
		}
		return s.request(ctx, &w, in)
	})
	if err != nil {
		return r, fmt.Errorf("request return of order %s: %w", in.OrderID, err)
	}
	return r, nil
}

func (s *Service) request(ctx context.Context, w *work, in RequestReturn) (r order.Return, err error) {
	if err := s.inTime(ctx, w, in.within); err != nil {
		return r, err
	}
	others, err := w.tx.AfterSales.Returns(ctx, w.o.ID)
	if err != nil {
		return r, err
	}
	expected := map[int64]int64{} // units by line that are on their way back
	for _, other := range others {
		for _, l := range other.Lines {
			if other.Status.Open() {
				expected[l.LineNo] += l.Qty
			}
		}
	}
	r = order.Return{ID: s.NewID(), OrderID: w.o.ID, Status: order.Requested, Reason: in.Reason, RequestedAt: w.now, Updated: w.now}
	for _, p := range in.Lines {
		l, err := order.Find(w.o.Lines, p.LineNo)
		if err != nil {
			return r, err
		}
		if p.Qty > l.Returnable()-expected[p.LineNo] {
			return r, order.Exceeded(*l, p.Qty)
		}
		r.Lines = append(r.Lines, order.ReturnLine{LineNo: p.LineNo, Qty: p.Qty})
	}
	if err := w.tx.AfterSales.InsertReturn(ctx, r); err != nil {
		return r, err
	}
	if err := w.step(ctx, w.o.Status, "return-requested", in.Reason); err != nil {
		return r, err
	}
	return r, w.audit(ctx, "return.request", map[string]any{"return": r.ID, "lines": in.Lines, "reason": in.Reason})
}

func (s *Service) returnWithin(ctx context.Context) (time.Duration, error) {
	if s.ReturnWithin == nil {
		return s.Config.ReturnWithin, nil
	}
	return s.ReturnWithin(ctx)
}

// inTime refuses what was sent too long ago, or not at all. Staff may always.
func (s *Service) inTime(ctx context.Context, w *work, within time.Duration) error {
	sent, err := w.tx.AfterSales.Shipments(ctx, w.o.ID)
	if err != nil {
		return err
	}
	if len(sent) == 0 {
		return fault.New(fault.Conflict, "nothing-shipped", "Nothing of this order was sent yet; it may be cancelled instead.")
	}
	last := sent[len(sent)-1].ShippedAt
	if !staff(w.actor) && w.now.Sub(last) > within {
		return fault.New(fault.Conflict, "return-too-late", "The last parcel was sent on %s; returns were possible until %s.",
			last.Format("2006-01-02"), last.Add(within).Format("2006-01-02"))
	}
	return nil
}

func staff(actor string) bool { return len(actor) > 6 && actor[:6] == "staff:" }

// AnswerReturn takes a return that was requested, or approved, a step on.
type AnswerReturn struct {
	OrderID, ReturnID string
	To                order.ReturnStatus // Approved, Rejected or Withdrawn
	Answer, Actor     string
	See               func(ctx context.Context, tx store.Stores) error // may be nil for staff
}

// AnswerReturn approves, rejects or withdraws a return. Errors have the codes
// "return-not-found" and "return-already-…".
func (s *Service) AnswerReturn(ctx context.Context, in AnswerReturn) (r order.Return, err error) {
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if in.See != nil {
			if err := in.See(ctx, tx); err != nil {
				return err
			}
		}
		w, err := s.hold(ctx, tx, in.OrderID, in.Actor, 0)
		if err != nil {
			return err
		}
		if r, err = find(ctx, w, in.ReturnID); err != nil {
			return err
		}
		from := r.Status
		r.Status, r.Answer, r.Updated = in.To, in.Answer, w.now
		if err := tx.AfterSales.MoveReturn(ctx, r, from); err != nil {
			return err
		}
		if err := w.step(ctx, w.o.Status, "return-"+string(in.To), in.Answer); err != nil {
			return err
		}
		return w.audit(ctx, "return."+string(in.To), map[string]any{"return": r.ID, "answer": in.Answer})
	})
	if err != nil {
		return r, fmt.Errorf("answer return %s: %w", in.ReturnID, err)
	}
	return r, nil
}

func find(ctx context.Context, w work, id string) (order.Return, error) {
	all, err := w.tx.AfterSales.Returns(ctx, w.o.ID)
	for _, r := range all {
		if r.ID == id {
			return r, err
		}
	}
	if err == nil {
		err = order.ReturnNotFound(id)
	}
	return order.Return{}, err
}

// Receive says what came back of an approved return.
type Receive struct {
	OrderID, ReturnID string
	Lines             []ReceivedLine // lines that are not named did not come
	Shipping          int64          // minor units of shipping that are paid back too
	Answer, Actor     string
	Once              idempotency.Request
}

// ReceivedLine is units of one line that came back; those restocked can be sold again.
type ReceivedLine struct {
	LineNo    int64 `json:"line"`
	Received  int64 `json:"received"`
	Restocked int64 `json:"restocked"`
}

// Receive takes goods back: what can be sold again goes on the shelf, and what
// the units cost goes back to the shopper, to the cent. Errors have the codes of
// AnswerReturn, "bad-quantity", "line-not-found" and "shipping-exceeds".
func (s *Service) Receive(ctx context.Context, in Receive) (order.Return, error) {
	r, err := once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (order.Return, error) {
		w, err := s.hold(ctx, tx, in.OrderID, in.Actor, 0)
		if err != nil {
			return order.Return{}, err
		}
		r, err := find(ctx, w, in.ReturnID)
		if err != nil {
			return r, err
		}
		if !r.Status.CanBecome(order.Received) {
			return r, order.RefuseReturn(r.Status)
		}
		return r, s.receive(ctx, &w, &r, in)
	})
	if err != nil {
		return r, fmt.Errorf("receive return %s: %w", in.ReturnID, err)
	}
	return r, nil
}

func (s *Service) receive(ctx context.Context, w *work, r *order.Return, in Receive) error {
	total, tax, goods, err := w.takeBack(ctx, r, in.Lines)
	if err != nil {
		return err
	}
	freight, freightTax := w.o.ShippingShare()
	if in.Shipping < 0 || in.Shipping > freight {
		return fault.Field("shipping-exceeds", "shipping", "%d is not between 0 and %d, what was paid for shipping", in.Shipping, freight)
	}
	if in.Shipping > 0 {
		part, err := money.Scale(freightTax, in.Shipping, freight)
		if err != nil {
			return err
		}
		total, tax = total+in.Shipping, tax+part
	}
	if len(goods) > 0 {
		if err := w.tx.Stock.Restock(ctx, w.o.ID, goods, inventory.Return, w.now); err != nil {
			return err
		}
	}
	back := payment.Refund{Cause: payment.Return, CauseID: r.ID, Amount: money.Of(total, w.o.Currency), Tax: tax, Reason: r.Reason}
	if err := s.payBack(ctx, w, back); err != nil {
		return err
	}
	r.Status, r.Answer, r.Updated = order.Received, in.Answer, w.now
	if err := w.tx.AfterSales.MoveReturn(ctx, *r, order.Approved); err != nil {
		return err
	}
	if err := w.step(ctx, w.o.Status, "return-received", in.Answer); err != nil {
		return err
	}
	return w.audit(ctx, "return.received", map[string]any{"return": r.ID, "lines": in.Lines, "amount": back.Amount})
}

// takeBack counts what came back, in r and in the order, and adds up its worth.
func (w *work) takeBack(ctx context.Context, r *order.Return, came []ReceivedLine) (total, tax int64, goods []inventory.Line, err error) {
	any := false
	for _, c := range came {
		var rl *order.ReturnLine
		for i := range r.Lines {
			if r.Lines[i].LineNo == c.LineNo {
				rl = &r.Lines[i]
			}
		}
		switch {
		case rl == nil:
			return 0, 0, nil, fault.New(fault.NotFound, "line-not-found", "The return does not speak of line %d.", c.LineNo)
		case rl.Received != 0 || c.Received < 0 || c.Received > rl.Qty || c.Restocked < 0 || c.Restocked > c.Received:
			return 0, 0, nil, fault.Field("bad-quantity", "lines", "of line %d at most %d may come back, once, and at most as many be restocked", c.LineNo, rl.Qty)
		case c.Received == 0:
			continue
		}
		any = true
		l, err := order.Find(w.o.Lines, c.LineNo)
		if err != nil {
			return 0, 0, nil, err
		}
		worth, taxed, err := l.Share(c.Received)
		if err != nil {
			return 0, 0, nil, err
		}
		if err := w.count(ctx, order.Units{LineNo: c.LineNo, Returned: c.Received}); err != nil {
			return 0, 0, nil, err
		}
		rl.Received, rl.Restocked = c.Received, c.Restocked
		total, tax = total+worth, tax+taxed
		if c.Restocked > 0 {
			goods = append(goods, inventory.Line{SKU: l.SKU, Qty: c.Restocked})
		}
	}
	if !any {
		return 0, 0, nil, fault.Field("bad-quantity", "lines", "name at least one line of which something came back")
	}
	return total, tax, goods, nil
}

// Refunded moves a return on once its money has gone back. It is called for
// every refund that is done, and does nothing for those of other causes.
func (s *Service) Refunded(ctx context.Context, refundID string) error {
	r, err := s.DB.Read().Payments.GetRefund(ctx, refundID)
	if err != nil || r.Cause != payment.Return {
		return err
	}
	due, err := s.DB.Read().Payments.Get(ctx, r.PaymentID)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		w, err := s.hold(ctx, tx, due.OrderID, "clock", 0)
		if err != nil {
			return err
		}
		back, err := find(ctx, w, r.CauseID)
		if err != nil || back.Status == order.Refunded {
			return err
		}
		back.Status, back.RefundID, back.Updated = order.Refunded, r.ID, w.now
		if err := tx.AfterSales.MoveReturn(ctx, back, order.Received); err != nil {
			return err
		}
		return w.step(ctx, w.o.Status, "return-refunded", "")
	})
}
