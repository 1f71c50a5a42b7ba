package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
)

// Who did what in the past. No money moved, so no provider has it in its book.
const (
	seedStaff    = "staff:demo"
	seedCarrier  = "carrier:demo"
	seedProvider = "none"
)

// teller takes an order through its life, as the services would.
type teller struct {
	sale
	rng *rand.Rand
	at  time.Time // of the step that is told
}

func (b *teller) id() string { return ident.From(b.at, b.rng.Uint64(), b.rng.Uint64()) }

func (b *teller) wait(least, most time.Duration) {
	b.at = b.at.Add(least + time.Duration(b.rng.Int64N(int64(most-least)))).Truncate(time.Microsecond)
}

// step writes the history; to is the state it leads to.
func (b *teller) step(to order.Status, event, actor string) {
	o := &b.order
	o.Version++
	o.History = append(o.History, order.Change{OrderID: o.ID, Version: o.Version, From: o.Status, To: to, Event: event, Actor: actor, At: b.at})
	o.Status = to
}

func (b *teller) audit(actor, action string, details map[string]any) {
	b.entries = append(b.entries, audit.Entry{Actor: actor, Action: action, Subject: b.order.ID, At: b.at, Details: details})
}

func (b *teller) paper(kind, cause string, total, tax int64) {
	o := b.order
	series := fmt.Sprintf("%s-%d", strings.ToUpper(o.Region), b.at.Year())
	if kind == "credit" {
		series = "C-" + series
	}
	b.papers = append(b.papers, order.Invoice{Series: series, Kind: kind, OrderID: o.ID, CauseID: cause, Currency: o.Currency, Total: total, Tax: tax, IssuedAt: b.at})
}

func (b *teller) place(who person, q pricing.Quote, until time.Time) {
	o := &b.order
	o.Order = order.Order{ID: b.id(), CartID: b.id(), CustomerID: who.id, Email: who.email, Region: q.Region, Currency: q.Currency, Subtotal: q.Subtotal, Discount: q.Discount,
		Shipping: q.Shipping, Tax: q.Tax, Rounding: q.Rounding, Total: q.Total, TaxInclusive: q.Inclusive, ShippingMethod: q.Method, ShipTo: who.home,
		PlacedAt: b.at, PayBy: b.at.Add(15 * time.Minute)}
	if b.at.After(until.Add(-openFor)) {
		o.PayBy = until.Add(7 * 24 * time.Hour) // by bank transfer
	}
	o.TokenHash = seedToken(b.rng)
	for i, l := range q.Lines {
		o.Lines = append(o.Lines, order.Line{No: int64(i + 1), SKU: l.SKU, Title: l.Title, Qty: l.Qty, Unit: l.Unit.Minor, Discount: l.Discount, Tax: l.Tax, TaxPPM: l.TaxPPM, Total: l.Total})
		b.taken = append(b.taken, inventory.Taken{OrderID: o.ID, HeldAt: b.at,
			Reservation: inventory.Reservation{Place: inventory.Place{SKU: l.SKU, Location: inventory.Main}, Qty: l.Qty, State: inventory.Held}})
	}
	b.step(order.Placed, "", "shopper")
	o.History[0].From = ""
	b.payment.Payment = payment.Payment{ID: b.id(), OrderID: o.ID, Amount: o.TotalAmount(), Status: payment.Due, CreatedAt: b.at, UpdatedAt: b.at}
	b.audit("shopper", "order.place", map[string]any{"cart": o.CartID, "total": o.TotalAmount()})
}

// openFor is how long before the end of the past an order may wait for its money.
const openFor = 48 * time.Hour

// becomes takes the order as far as it gets until then.
func (b *teller) becomes(until time.Time) error {
	fate := b.rng.IntN(100)
	switch age := until.Sub(b.at); {
	case fate < 10 && age < openFor:
		return nil
	case fate < 4:
		b.wait(time.Minute, 14*time.Minute)
		b.ends(order.Cancelled, "shopper")
		return nil
	case fate < 10:
		b.at = b.order.PayBy
		b.ends(order.Expired, "clock")
		return nil
	}
	b.wait(20*time.Second, 10*time.Minute)
	b.pays()
	if b.wait(4*time.Hour, 40*time.Hour); b.at.After(until) {
		return nil
	}
	b.ships()
	if b.wait(20*time.Hour, 90*time.Hour); b.at.After(until) {
		return nil
	}
	b.arrives()
	if b.wait(24*time.Hour, 15*24*time.Hour); fate < 95 || b.at.After(until) {
		return nil
	}
	return b.comesBack(fate)
}

// ends gives the order up before it is paid.
func (b *teller) ends(how order.Status, actor string) {
	b.step(how, "", actor)
	var units int64
	for i := range b.taken {
		b.taken[i].State = inventory.Released
		units += b.taken[i].Qty
	}
	b.payment.Status, b.payment.UpdatedAt = payment.Void, b.at
	b.audit(actor, "order."+string(how), map[string]any{"note": "", "units_released": units})
}

func (b *teller) pays() {
	p := &b.payment
	p.Status, p.Attempts, p.Provider, p.ProvRef, p.UpdatedAt = payment.Captured, 1, seedProvider, "demo-"+p.ID, b.at
	p.Tries = []payment.Attempt{{PaymentID: p.ID, No: 1, MethodHash: b.order.TokenHash, Provider: seedProvider, ProvRef: p.ProvRef, Status: payment.AttemptCaptured,
		StartedAt: b.order.PlacedAt, Updated: b.at}}
	b.step(order.Paid, "", "shopper")
	for i := range b.taken {
		b.taken[i].State = inventory.Sold
	}
	b.paper("invoice", p.ID, b.order.Total, b.order.Tax)
	b.audit("shopper", "payment.captured", map[string]any{"payment": p.ID, "attempt": 1, "provider": seedProvider, "ref": p.ProvRef, "amount": p.Amount})
}

func (b *teller) ships() {
	o := &b.order
	parcel := order.Shipment{ID: b.id(), OrderID: o.ID, Carrier: "Parcel Post", Tracking: fmt.Sprintf("PP%010d", b.rng.Int64N(1e10)), ShippedAt: b.at}
	for i := range o.Lines {
		o.Lines[i].Shipped = o.Lines[i].Qty
		parcel.Lines = append(parcel.Lines, order.Pick{LineNo: o.Lines[i].No, Qty: o.Lines[i].Qty})
	}
	o.Shipments = []order.Shipment{parcel}
	b.step(order.Shipped, "", seedStaff)
	b.audit(seedStaff, "order.ship", map[string]any{"shipment": parcel.ID, "carrier": parcel.Carrier, "tracking": parcel.Tracking, "lines": parcel.Lines})
}

func (b *teller) arrives() {
	b.order.Shipments[0].DeliveredAt = b.at
	b.step(order.Delivered, "", seedCarrier)
	b.audit(seedCarrier, "order.deliver", map[string]any{"shipment": b.order.Shipments[0].ID})
}

// comesBack returns the first line, and gives its money back; from 98 on with
// what was paid for shipping.
func (b *teller) comesBack(fate int) error {
	o, p := &b.order, &b.payment
	l := &o.Lines[0]
	total, tax, err := l.Share(l.Qty)
	if err != nil {
		return err
	}
	if freight, freightTax := o.ShippingShare(); fate >= 98 {
		total, tax = total+freight, tax+freightTax
	}
	if total == 0 {
		return nil
	}
	back := order.Return{ID: b.id(), OrderID: o.ID, Reason: "It does not suit me", RequestedAt: b.at}
	b.step(order.Delivered, "return-requested", "shopper")
	b.audit("shopper", "return.request", map[string]any{"return": back.ID, "lines": []order.Pick{{LineNo: l.No, Qty: l.Qty}}, "reason": back.Reason})
	b.wait(time.Hour, 3*time.Hour)
	b.step(order.Delivered, "return-approved", seedStaff)
	b.audit(seedStaff, "return.approved", map[string]any{"return": back.ID, "answer": ""})
	b.wait(time.Hour, 5*time.Hour)
	l.Returned = l.Qty
	b.back = []inventory.Movement{{Place: b.taken[0].Place, Reason: inventory.Return, OnHandDelta: l.Qty, Reference: o.ID, MovedAt: b.at}}
	refund := payment.Refund{ID: b.id(), PaymentID: p.ID, AttemptNo: 1, Cause: payment.Return, CauseID: back.ID, Amount: money.Of(total, o.Currency), Tax: tax,
		Status: payment.RefundDone, Reason: back.Reason, Actor: seedStaff, CreatedAt: b.at}
	b.step(order.Delivered, "return-received", seedStaff)
	b.audit(seedStaff, "refund.due", map[string]any{"refund": refund.ID, "payment": p.ID, "attempt": 1, "amount": refund.Amount, "cause": refund.Cause, "reason": refund.Reason})
	b.wait(time.Minute, 9*time.Minute)
	p.Backs, p.Refunded, p.UpdatedAt = []payment.Refund{refund}, total, b.at
	if total == o.Total {
		p.Status, p.Tries[0].Status = payment.Refunded, payment.AttemptRefunded
	}
	b.step(order.Delivered, "return-refunded", "clock")
	b.paper("credit", refund.ID, total, tax)
	b.audit("clock", "refund.done", map[string]any{"refund": refund.ID, "ref": "", "amount": refund.Amount})
	back.Status, back.RefundID, back.Updated = order.Refunded, refund.ID, b.at
	back.Lines = []order.ReturnLine{{LineNo: l.No, Qty: l.Qty, Received: l.Qty, Restocked: l.Qty}}
	o.Returns = []order.Return{back}
	return nil
}
