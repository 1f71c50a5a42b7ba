package exchange

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// orderRow is an order with all that became of it. Amounts are minor units of
// its currency. The hash of its token and those of payment methods stay here.
type orderRow struct {
	order.Order
	Status     string
	Lines      []lineRow
	History    []changeRow
	Payment    paymentRow
	Invoices   []invoiceRow
	Shipments  []shipmentRow
	Returns    []returnRow
	Notes      []noteRow
	Promotions []useRow
	Stock      []takenRow
	Bundles    map[string][]part
}

type lineRow struct {
	SKU       string `json:"sku"`
	Title     string `json:"title"`
	Qty       int64  `json:"qty"`
	Unit      int64  `json:"unit_minor"`
	Discount  int64  `json:"discount_minor,omitempty"`
	Tax       int64  `json:"tax_minor,omitempty"`
	TaxPPM    int64  `json:"tax_ppm,omitempty"`
	Total     int64  `json:"total_minor"`
	Cancelled int64  `json:"cancelled,omitempty"`
	Shipped   int64  `json:"shipped,omitempty"`
	Returned  int64  `json:"returned,omitempty"`
}

type changeRow struct {
	Version int64     `json:"version"`
	From    string    `json:"from,omitempty"`
	To      string    `json:"to"`
	Event   string    `json:"event"`
	Actor   string    `json:"actor"`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
}

type paymentRow struct {
	ID        string       `json:"id"`
	Minor     int64        `json:"minor"`
	Status    string       `json:"status"`
	Refunded  int64        `json:"refunded_minor,omitempty"`
	Provider  string       `json:"provider,omitempty"`
	Reference string       `json:"reference,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
	UpdatedAt time.Time    `json:"updated_at"`
	Attempts  []attemptRow `json:"attempts,omitempty"`
	Refunds   []refundRow  `json:"refunds,omitempty"`
}

type attemptRow struct {
	No        int64     `json:"no"`
	Provider  string    `json:"provider"`
	Reference string    `json:"reference,omitempty"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason,omitempty"`
	StartedAt time.Time `json:"started_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

type refundRow struct {
	ID        string    `json:"id"`
	Attempt   int64     `json:"attempt"`
	Cause     string    `json:"cause"`
	CauseID   string    `json:"cause_id"`
	Minor     int64     `json:"minor"`
	Tax       int64     `json:"tax_minor,omitempty"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason,omitempty"`
	Actor     string    `json:"actor"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	Reference string    `json:"reference,omitempty"`
}

type invoiceRow struct {
	Series   string    `json:"series"`
	Number   int64     `json:"number"`
	Kind     string    `json:"kind"`
	CauseID  string    `json:"cause_id"`
	Total    int64     `json:"total_minor"`
	Tax      int64     `json:"tax_minor,omitempty"`
	IssuedAt time.Time `json:"issued_at"`
}

type shipmentRow struct {
	ID          string       `json:"id"`
	Carrier     string       `json:"carrier"`
	Tracking    string       `json:"tracking,omitempty"`
	TrackingURL string       `json:"tracking_url,omitempty"`
	ShippedAt   time.Time    `json:"shipped_at"`
	DeliveredAt *time.Time   `json:"delivered_at,omitempty"`
	Lines       []order.Pick `json:"lines"`
}

type returnRow struct {
	ID          string          `json:"id"`
	Status      string          `json:"status"`
	Reason      string          `json:"reason,omitempty"`
	Answer      string          `json:"answer,omitempty"`
	RefundID    string          `json:"refund_id,omitempty"`
	RequestedAt time.Time       `json:"requested_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	Lines       []returnLineRow `json:"lines"`
}

type returnLineRow struct {
	LineNo    int64 `json:"line"`
	Qty       int64 `json:"qty"`
	Received  int64 `json:"received,omitempty"`
	Restocked int64 `json:"restocked,omitempty"`
}

type noteRow struct {
	ID         string    `json:"id"`
	Author     string    `json:"author"`
	Body       string    `json:"body"`
	ForShopper bool      `json:"for_shopper,omitempty"`
	WrittenAt  time.Time `json:"written_at"`
}

type useRow struct {
	PromotionID string `json:"promotion_id"`
	Code        string `json:"code,omitempty"`
	CustomerKey string `json:"customer_key,omitempty"`
	Minor       int64  `json:"minor"`
}

// takenRow is what the order has taken from a location, by its code.
type takenRow struct {
	SKU         string `json:"sku"`
	Location    string `json:"location"`
	Qty         int64  `json:"qty"`
	Backordered int64  `json:"backordered,omitempty"`
	State       string `json:"state"`
}

// locationCodes are the codes of locations by id.
func locationCodes(ctx context.Context, tx store.Stores) (map[string]string, error) {
	ids, err := locationIDs(ctx, tx)
	codes := map[string]string{}
	for code, id := range ids {
		codes[id] = code
	}
	return codes, err
}

func orderOf(ctx context.Context, tx store.Stores, o order.Order, codes map[string]string) (r orderRow, err error) {
	r = orderRow{Order: o, Status: string(o.Status)}
	for _, l := range o.Lines {
		r.Lines = append(r.Lines, lineRow{l.SKU, l.Title, l.Qty, l.Unit, l.Discount, l.Tax, l.TaxPPM, l.Total, l.Cancelled, l.Shipped, l.Returned})
	}
	for _, read := range []func(context.Context, store.Stores) error{r.readHistory, r.readPayment, r.readParcels, r.readReturns, r.readUses} {
		if err := read(ctx, tx); err != nil {
			return r, err
		}
	}
	return r, r.readStock(ctx, tx, codes)
}

func (r *orderRow) readHistory(ctx context.Context, tx store.Stores) error {
	history, err := tx.Orders.History(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, c := range history {
		r.History = append(r.History, changeRow{c.Version, string(c.From), string(c.To), c.Event, c.Actor, c.Note, c.At})
	}
	for after := ""; ; {
		notes, err := tx.AfterSales.Notes(ctx, r.ID, after, page)
		if err != nil {
			return err
		}
		for _, n := range notes {
			r.Notes = append(r.Notes, noteRow{n.ID, n.Author, n.Body, n.ForShopper, n.WrittenAt})
			after = n.ID
		}
		if len(notes) < page {
			return nil
		}
	}
}

func (r *orderRow) readPayment(ctx context.Context, tx store.Stores) error {
	p, err := tx.Payments.ByOrder(ctx, r.ID)
	if err != nil {
		return err
	}
	r.Payment = paymentRow{ID: p.ID, Minor: p.Amount.Minor, Status: string(p.Status), Refunded: p.Refunded, Provider: p.Provider, Reference: p.ProvRef, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
	for no := int64(1); no <= p.Attempts; no++ {
		a, err := tx.Payments.Attempt(ctx, p.ID, no)
		if err != nil {
			return err
		}
		r.Payment.Attempts = append(r.Payment.Attempts, attemptRow{a.No, a.Provider, a.ProvRef, string(a.Status), a.Reason, a.StartedAt, a.Updated})
	}
	refunds, err := tx.Payments.Refunds(ctx, p.ID)
	for _, x := range refunds {
		r.Payment.Refunds = append(r.Payment.Refunds, refundRow{x.ID, x.AttemptNo, string(x.Cause), x.CauseID, x.Amount.Minor, x.Tax, string(x.Status), x.Reason, x.Actor, x.CreatedAt, x.Updated, x.Ref})
	}
	return err
}

func (r *orderRow) readParcels(ctx context.Context, tx store.Stores) error {
	invoices, err := tx.AfterSales.Invoices(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, v := range invoices {
		r.Invoices = append(r.Invoices, invoiceRow{v.Series, v.Number, v.Kind, v.CauseID, v.Total, v.Tax, v.IssuedAt})
	}
	parcels, err := tx.AfterSales.Shipments(ctx, r.ID)
	for _, p := range parcels {
		row := shipmentRow{ID: p.ID, Carrier: p.Carrier, Tracking: p.Tracking, TrackingURL: p.TrackingURL, ShippedAt: p.ShippedAt, Lines: p.Lines}
		if !p.DeliveredAt.IsZero() {
			row.DeliveredAt = &p.DeliveredAt
		}
		r.Shipments = append(r.Shipments, row)
	}
	return err
}

func (r *orderRow) readReturns(ctx context.Context, tx store.Stores) error {
	returns, err := tx.AfterSales.Returns(ctx, r.ID)
	for _, x := range returns {
		row := returnRow{ID: x.ID, Status: string(x.Status), Reason: x.Reason, Answer: x.Answer, RefundID: x.RefundID, RequestedAt: x.RequestedAt, UpdatedAt: x.Updated}
		for _, l := range x.Lines {
			row.Lines = append(row.Lines, returnLineRow(l))
		}
		r.Returns = append(r.Returns, row)
	}
	return err
}

func (r *orderRow) readUses(ctx context.Context, tx store.Stores) error {
	uses, err := tx.Promotions.Uses(ctx, r.ID)
	for _, u := range uses {
		r.Promotions = append(r.Promotions, useRow{u.PromotionID, u.Code, u.CustomerKey, u.Minor})
	}
	return err
}

// readStock adds up the buckets of a location: they are the shop's own business.
func (r *orderRow) readStock(ctx context.Context, tx store.Stores, codes map[string]string) error {
	taken, err := tx.Stock.Reserved(ctx, r.ID)
	if err != nil {
		return err
	}
	sums := map[takenRow]takenRow{}
	for _, t := range taken {
		key := takenRow{SKU: t.SKU, Location: cmp.Or(codes[t.Location], t.Location), State: string(t.State)}
		sum := sums[key]
		key.Qty, key.Backordered = sum.Qty+t.Qty, sum.Backordered+t.Backordered
		sums[takenRow{SKU: key.SKU, Location: key.Location, State: key.State}] = key
	}
	r.Stock = slices.SortedFunc(maps.Values(sums), func(a, b takenRow) int {
		return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.Location, b.Location), cmp.Compare(a.State, b.State))
	})
	bundles, err := tx.Stock.BundledBy(ctx, r.ID)
	for sku, parts := range bundles {
		if r.Bundles == nil {
			r.Bundles = map[string][]part{}
		}
		for _, c := range parts {
			r.Bundles[sku] = append(r.Bundles[sku], part(c))
		}
	}
	return err
}

// past is what a batch of orders comes to, by the stores it goes to.
type past struct {
	orders   []order.Record
	payments []payment.Record
	invoices []order.Invoice
	taken    []inventory.Taken
	uses     [][]promotion.Use                  // by order
	bundles  []map[string][]inventory.Component // by order
}

func (p *past) add(r orderRow, locations map[string]string, tokens token.Maker) error {
	o := order.Record{Order: r.Order, TokenHash: token.Hash(tokens.Token("order", r.ID))}
	o.Status, o.Order.Lines = order.Status(r.Status), nil
	for i, l := range r.Lines {
		o.Order.Lines = append(o.Order.Lines, order.Line{No: int64(i + 1), SKU: l.SKU, Title: l.Title, Qty: l.Qty, Unit: l.Unit, Discount: l.Discount, Tax: l.Tax, TaxPPM: l.TaxPPM,
			Total: l.Total, Cancelled: l.Cancelled, Shipped: l.Shipped, Returned: l.Returned})
	}
	for _, c := range r.History {
		o.History = append(o.History, order.Change{OrderID: r.ID, Version: c.Version, From: order.Status(c.From), To: order.Status(c.To), Event: c.Event, Actor: c.Actor, Note: c.Note, At: c.At})
	}
	for _, n := range r.Notes {
		o.Notes = append(o.Notes, order.Note{ID: n.ID, OrderID: r.ID, Author: n.Author, Body: n.Body, ForShopper: n.ForShopper, WrittenAt: n.WrittenAt})
	}
	for _, s := range r.Shipments {
		sent := order.Shipment{ID: s.ID, OrderID: r.ID, Carrier: s.Carrier, Tracking: s.Tracking, TrackingURL: s.TrackingURL, ShippedAt: s.ShippedAt, Lines: s.Lines}
		if s.DeliveredAt != nil {
			sent.DeliveredAt = *s.DeliveredAt
		}
		o.Shipments = append(o.Shipments, sent)
	}
	for _, x := range r.Returns {
		back := order.Return{ID: x.ID, OrderID: r.ID, Status: order.ReturnStatus(x.Status), Reason: x.Reason, Answer: x.Answer, RefundID: x.RefundID, RequestedAt: x.RequestedAt, Updated: x.UpdatedAt}
		for _, l := range x.Lines {
			back.Lines = append(back.Lines, order.ReturnLine(l))
		}
		o.Returns = append(o.Returns, back)
	}
	p.orders = append(p.orders, o)
	p.payments = append(p.payments, r.paid())
	for _, v := range r.Invoices {
		p.invoices = append(p.invoices, order.Invoice{Series: v.Series, Number: v.Number, Kind: v.Kind, OrderID: r.ID, CauseID: v.CauseID, Currency: r.Currency, Total: v.Total, Tax: v.Tax, IssuedAt: v.IssuedAt})
	}
	return p.addTaken(r, locations)
}

// noMethod stands where the hash of a payment method is not known.
var noMethod = make([]byte, 32)

func (r orderRow) paid() payment.Record {
	x := payment.Record{Payment: payment.Payment{ID: r.Payment.ID, OrderID: r.ID, Amount: money.Of(r.Payment.Minor, r.Currency), Status: payment.Status(r.Payment.Status),
		Attempts: int64(len(r.Payment.Attempts)), Refunded: r.Payment.Refunded, Provider: r.Payment.Provider, ProvRef: r.Payment.Reference, CreatedAt: r.Payment.CreatedAt, UpdatedAt: r.Payment.UpdatedAt}}
	for _, a := range r.Payment.Attempts {
		x.Tries = append(x.Tries, payment.Attempt{PaymentID: x.ID, No: a.No, MethodHash: noMethod, Provider: a.Provider, ProvRef: a.Reference, Status: payment.AttemptStatus(a.Status),
			Reason: a.Reason, StartedAt: a.StartedAt, Updated: a.UpdatedAt})
	}
	for _, b := range r.Payment.Refunds {
		x.Backs = append(x.Backs, payment.Refund{ID: b.ID, PaymentID: x.ID, AttemptNo: b.Attempt, Cause: payment.Cause(b.Cause), CauseID: b.CauseID, Amount: money.Of(b.Minor, r.Currency),
			Tax: b.Tax, Status: payment.RefundStatus(b.Status), Reason: b.Reason, Actor: b.Actor, CreatedAt: b.CreatedAt, Updated: b.UpdatedAt, Ref: b.Reference})
	}
	return x
}

func (p *past) addTaken(r orderRow, locations map[string]string) error {
	for _, t := range r.Stock {
		at := cmp.Or(locations[t.Location], t.Location)
		if at == t.Location && at != inventory.Nowhere && locations[t.Location] == "" {
			return inventory.NoLocation(t.Location)
		}
		p.taken = append(p.taken, inventory.Taken{OrderID: r.ID, HeldAt: r.PlacedAt, Reservation: inventory.Reservation{Place: inventory.Place{SKU: t.SKU, Location: at},
			Qty: t.Qty, Backordered: t.Backordered, State: inventory.State(t.State)}})
	}
	var uses []promotion.Use
	for _, u := range r.Promotions {
		uses = append(uses, promotion.Use{PromotionID: u.PromotionID, Code: u.Code, CustomerKey: u.CustomerKey, Minor: u.Minor})
	}
	bundles := map[string][]inventory.Component{}
	for sku, parts := range r.Bundles {
		for _, c := range parts {
			bundles[sku] = append(bundles[sku], inventory.Component(c))
		}
	}
	p.uses, p.bundles = append(p.uses, uses), append(p.bundles, bundles)
	return nil
}
