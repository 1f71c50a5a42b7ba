package verify

import (
	"context"
	"fmt"
	"slices"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
)

// order checks one order: its sums, its units, its payment, what it holds.
func (s *Service) order(ctx context.Context, r *Report, o order.Order, book map[string]Taken) error {
	sums(r, o)
	units(r, o)
	if o.CustomerID != "" {
		if _, err := s.DB.Read().Customers.Load(ctx, o.CustomerID); fault.KindOf(err) == fault.NotFound {
			r.add("order", o.ID, "it belongs to the customer %s, of whom nothing is known", o.CustomerID)
		} else if err != nil {
			return err
		}
	}
	p, err := s.DB.Read().Payments.ByOrder(ctx, o.ID)
	if fault.KindOf(err) == fault.NotFound {
		r.add("order", o.ID, "there is no payment")
		return nil
	}
	if err != nil {
		return err
	}
	if !fits(o, p) {
		r.add("order", o.ID, "the order is %s but its payment is %s", o.Status, p.Status)
	}
	if p.Amount != o.TotalAmount() {
		r.add("order", o.ID, "the order costs %s but its payment is of %s", o.TotalAmount(), p.Amount)
	}
	if o.Status.Sold() {
		r.Paid++
	}
	if err := s.goods(ctx, r, o); err != nil {
		return err
	}
	if err := s.pickLists(ctx, r, o); err != nil {
		return err
	}
	refunds, err := s.DB.Read().Payments.Refunds(ctx, p.ID)
	if err != nil {
		return err
	}
	back := moneyBack(r, o, p, refunds)
	return s.attempts(ctx, r, o, p, back, book)
}

// fits reports whether an order in its state may have a payment in that state.
func fits(o order.Order, p payment.Payment) bool {
	switch {
	case o.Status == order.Placed:
		return p.Status == payment.Due
	case o.Status.Sold():
		return p.Status == payment.Captured || p.Status == payment.Refunded
	case o.Status == order.Cancelled && p.Status != payment.Void: // it was paid before
		return p.Status == payment.Refunded || p.Status == payment.Captured
	}
	return p.Status == payment.Void
}

// units checks that the state of an order is what its units say.
func units(r *Report, o order.Order) {
	unsent, shipped := order.Remaining(o.Lines)
	var moved int64
	for _, l := range o.Lines {
		moved += l.Cancelled + l.Shipped + l.Returned
		if l.Cancelled < 0 || l.Shipped < 0 || l.Returned < 0 || l.Cancelled+l.Shipped > l.Qty || l.Returned > l.Shipped {
			r.add("order", o.ID, "line %d has %d units, %d cancelled, %d sent and %d returned", l.No, l.Qty, l.Cancelled, l.Shipped, l.Returned)
		}
	}
	wrong := false
	if len(o.Lines) == 0 {
		return // sums tells
	}
	switch o.Status {
	case order.Placed, order.Expired:
		wrong = moved > 0
	case order.Paid:
		wrong = unsent == 0
	case order.Shipped, order.Delivered:
		wrong = unsent > 0 || shipped == 0
	case order.Cancelled:
		wrong = shipped > 0
	}
	if wrong {
		r.add("order", o.ID, "the order is %s with %d units to send and %d sent", o.Status, unsent, shipped)
	}
}

// gone is money of a payment that went back, and that may have gone, in minor units.
type gone struct{ done, due int64 }

// moneyBack adds up the refunds of a payment and compares them with its counter.
func moneyBack(r *Report, o order.Order, p payment.Payment, refunds []payment.Refund) (back gone) {
	for i, x := range refunds {
		madeGood := slices.ContainsFunc(refunds[i:], func(y payment.Refund) bool {
			return y.Status != payment.RefundFailed && y.Amount.Minor >= x.Amount.Minor
		})
		switch {
		case x.Status == payment.RefundFailed && madeGood:
		case x.Status == payment.RefundFailed:
			r.add("refund", o.ID, "the provider refused to give back %s (refund %s)", x.Amount, x.ID)
		case x.Cause == payment.Late:
		case x.Status == payment.RefundDone:
			back.done += x.Amount.Minor
		default:
			back.due += x.Amount.Minor
		}
	}
	if back.done+back.due != p.Refunded {
		r.add("refund", o.ID, "%d minor units went back or are due, the payment counts %d", back.done+back.due, p.Refunded)
	}
	if (p.Status == payment.Refunded) != (p.Status != payment.Due && p.Status != payment.Void && p.Amount.Minor > 0 && back.done == p.Amount.Minor) {
		r.add("refund", o.ID, "the payment is %s with %d of %s given back", p.Status, back.done, p.Amount)
	}
	return back
}

// attempts compares the attempts of a payment with its state and the provider's book.
func (s *Service) attempts(ctx context.Context, r *Report, o order.Order, p payment.Payment, back gone, book map[string]Taken) error {
	captured := 0
	for no := int64(1); no <= p.Attempts; no++ {
		a, err := s.DB.Read().Payments.Attempt(ctx, p.ID, no)
		if fault.KindOf(err) == fault.NotFound {
			r.add("payment", o.ID, "attempt %d of %d is missing", no, p.Attempts)
			continue
		}
		if err != nil {
			return err
		}
		if a.Status == payment.AttemptCaptured {
			captured++
		}
		if book == nil || a.Provider == "none" {
			continue
		}
		ref := fmt.Sprintf("%s/%d", p.ID, no)
		taken := book[ref]
		delete(book, ref)
		if taken.Times > 1 {
			r.add("payment", o.ID, "attempt %d was charged %d times", no, taken.Times)
		} else if least, most, known := keeps(a, p, back); known && (taken.Kept < least || taken.Kept > most) {
			r.add("payment", o.ID, "attempt %d is %s here, but the provider holds %d of %s", no, a.Status, taken.Kept, p.Amount)
		}
	}
	keptMoney := o.Status.Sold() && p.Status != payment.Refunded || o.Status == order.Cancelled && p.Status == payment.Captured
	switch {
	case keptMoney && captured != 1:
		r.add("payment", o.ID, "the order is paid with %d captured attempts", captured)
	case !keptMoney && captured > 0:
		r.add("payment", o.ID, "the order is %s and the money of %d attempts has not gone back", o.Status, captured)
	}
	return nil
}

// keeps says how much money of an attempt the provider may hold for the shop;
// it is not known while the attempt is open.
func keeps(a payment.Attempt, p payment.Payment, back gone) (least, most int64, known bool) {
	switch a.Status {
	case payment.AttemptCaptured:
		return p.Amount.Minor - back.done - back.due, p.Amount.Minor - back.done, true
	case payment.Declined, payment.AttemptVoid, payment.AttemptRefunded:
		return 0, 0, true
	}
	return 0, 0, false
}

// sums adds the order up again.
func sums(r *Report, o order.Order) {
	var subtotal, discount, total int64
	for _, l := range o.Lines {
		subtotal += l.Unit * l.Qty
		discount += l.Discount
		total += l.Total
	}
	want := o.Subtotal - o.Discount + o.Shipping + o.Rounding
	if !o.TaxInclusive {
		want += o.Tax
	}
	if len(o.Lines) == 0 || subtotal != o.Subtotal || discount != o.Discount || want != o.Total || total > o.Total-o.Rounding {
		r.add("order", o.ID, "the lines do not add up to the total")
	}
}

// invoices looks for gaps among the numbers of invoices.
func (s *Service) invoices(ctx context.Context, r *Report) error {
	series, err := s.DB.Read().AfterSales.InvoiceGaps(ctx)
	for _, name := range series {
		r.add("invoice", name, "the numbers of the series have gaps")
	}
	return err
}
