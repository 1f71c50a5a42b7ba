package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/fulfilment"
)

// listOrders handles GET /v1/admin/orders?number&email&sku&status&from&until&limit&cursor.
func (a *API) listOrders(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "number", "email", "sku", "status", "from", "until", "limit", "cursor")
	f := order.Filter{Number: q.number("number", 0, 1, 999_999_999_999), Email: q.text("email", 254), SKU: q.text("sku", 64), From: q.moment("from"), Until: q.moment("until"),
		Status: order.Status(q.choice("status", "", string(order.Placed), string(order.Paid), string(order.Shipped), string(order.Delivered), string(order.Cancelled), string(order.Expired))),
		Limit:  int(q.number("limit", 24, 1, 100))}
	if q.cursor("orders", &f.Before); q.err != nil {
		return q.err
	}
	f.Limit++ // one more says that there is a next page
	list, err := a.DB.Read().Orders.Search(r.Context(), f)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, f.Limit-1, viewOrderRow, func(o order.Order) string { return cursorOf("orders", o.ID) }))
}

// orderRowView is an order as a list of staff shows it.
type orderRowView struct {
	ID       string       `json:"id"`
	Number   int64        `json:"number"`
	Status   string       `json:"status"`
	Email    string       `json:"email"`
	Region   string       `json:"region"`
	Total    money.Amount `json:"total"`
	PlacedAt time.Time    `json:"placed_at"`
}

func viewOrderRow(o order.Order) orderRowView {
	return orderRowView{ID: o.ID, Number: o.Number, Status: string(o.Status), Email: o.Email, Region: o.Region, Total: o.TotalAmount(), PlacedAt: o.PlacedAt}
}

// overseeOrder handles GET /v1/admin/orders/{id}.
func (a *API) overseeOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "order-not-found")
	if err != nil {
		return err
	}
	o, err := a.DB.Read().Orders.Load(r.Context(), id)
	if err != nil {
		return err
	}
	p, last, err := a.Settle.Status(r.Context(), id)
	if err != nil {
		return err
	}
	v := viewOrder(o)
	v.Payment = viewPayment(p, last)
	return encodeVersion(w, r, http.StatusOK, o.Version, v)
}

// overseeTimeline handles GET /v1/admin/orders/{id}/timeline.
func (a *API) overseeTimeline(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "order-not-found")
	if err != nil {
		return err
	}
	read := a.DB.Read()
	if _, err := read.Orders.Load(r.Context(), id); err != nil {
		return err
	}
	v, err := timelineOf(r.Context(), read, id, func(n order.Note, v *noteView) bool {
		v.Author, v.ForShopper = n.Author, &n.ForShopper
		return true
	})
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, v)
}

// writeNote handles POST /v1/admin/orders/{id}/notes.
func (a *API) writeNote(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Body       string `json:"body"`
		ForShopper bool   `json:"for_shopper"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	n := order.Note{ForShopper: in.ForShopper, Author: who(r).Actor()}
	if n.OrderID, err = pathID(r, "order-not-found"); err != nil {
		return err
	}
	if n.Body, err = paragraph("body", in.Body, 1, 2000); err != nil {
		return err
	}
	if n, err = a.Fulfil.WriteNote(r.Context(), n); err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, noteView{ID: n.ID, Author: n.Author, Body: n.Body, ForShopper: &n.ForShopper, WrittenAt: n.WrittenAt})
}

// cancelByStaff handles POST /v1/admin/orders/{id}/cancel: an order that is not
// paid is cancelled whole; of one that is, the units named.
func (a *API) cancelByStaff(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines  []order.Pick `json:"lines"`
		Reason string       `json:"reason"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := fulfilment.CancelUnits{Lines: in.Lines, Actor: who(r).Actor()}
	if cmd.OrderID, cmd.Version, err = orderVersion(r); err != nil {
		return err
	}
	if cmd.Reason, err = text("reason", in.Reason, 0, 400); err != nil {
		return err
	}
	if cmd.Once, err = idem(r, "staff "+cmd.OrderID); err != nil {
		return err
	}
	var o order.Order
	if len(in.Lines) == 0 {
		o, err = a.Checkout.CancelByStaff(r.Context(), cmd.OrderID, cmd.Actor, cmd.Reason, cmd.Version, cmd.Once)
	} else {
		o, err = a.Fulfil.CancelUnits(r.Context(), cmd)
	}
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, o.Version, viewOrder(o))
}

// orderVersion reads which order is meant and which version of it was seen.
func orderVersion(r *http.Request) (id string, version int64, err error) {
	if id, err = pathID(r, "order-not-found"); err != nil {
		return "", 0, err
	}
	version, err = ifMatch(r)
	return id, version, err
}

// shipOrder handles POST /v1/admin/orders/{id}/shipments.
func (a *API) shipOrder(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines []order.Pick `json:"lines"` // everything that is left if absent
		parcelBody
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	id, version, err := orderVersion(r)
	if err != nil {
		return err
	}
	cmd, err := in.command()
	if err != nil {
		return err
	}
	cmd.OrderID, cmd.Version, cmd.Lines, cmd.Actor = id, version, in.Lines, who(r).Actor()
	if cmd.Once, err = idem(r, "staff "+cmd.OrderID); err != nil {
		return err
	}
	o, err := a.Fulfil.Ship(r.Context(), cmd)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusCreated, o.Version, viewOrder(o))
}

// deliverShipment handles PUT /v1/admin/orders/{id}/shipments/{shipment}/delivered.
func (a *API) deliverShipment(w http.ResponseWriter, r *http.Request) error {
	id, shipment, err := partOf(r, "shipment", "shipment-not-found")
	if err != nil {
		return err
	}
	o, err := a.Fulfil.Deliver(r.Context(), id, shipment, who(r).Actor())
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, o.Version, viewOrder(o))
}

// partOf reads an order's id and that of something of it.
func partOf(r *http.Request, name, code string) (id, part string, err error) {
	if id, err = pathID(r, "order-not-found"); err != nil {
		return "", "", err
	}
	if part, err = pathText(r, name, 36); err != nil || !uuidShaped(part) {
		return "", "", fault.New(fault.NotFound, code, "The order has no %s %s.", name, clean(part))
	}
	return id, part, nil
}

// listRefunds handles GET /v1/admin/orders/{id}/refunds.
func (a *API) listRefunds(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "order-not-found")
	if err != nil {
		return err
	}
	p, err := a.DB.Read().Payments.ByOrder(r.Context(), id)
	if fault.KindOf(err) == fault.NotFound {
		err = order.NotFound(id)
	}
	if err != nil {
		return err
	}
	list, err := a.DB.Read().Payments.Refunds(r.Context(), p.ID)
	if err != nil {
		return err
	}
	out := listView[refundView]{Items: make([]refundView, len(list))}
	for i, x := range list {
		out.Items[i] = viewRefund(x)
	}
	return encode(w, r, http.StatusOK, out)
}

// giveBack handles POST /v1/admin/orders/{id}/refunds.
func (a *API) giveBack(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Amount money.Amount `json:"amount"`
		Reason string       `json:"reason"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := fulfilment.GiveBack{Amount: in.Amount, Actor: who(r).Actor()}
	if cmd.OrderID, err = pathID(r, "order-not-found"); err != nil {
		return err
	}
	if cmd.Reason, err = text("reason", in.Reason, 1, 400); err != nil {
		return err
	}
	if cmd.Once, err = idem(r, "staff "+cmd.OrderID); err != nil {
		return err
	}
	if cmd.Once.Key == "" {
		return fault.Field("missing-idempotency-key", "Idempotency-Key", "money must not go back twice: send a key of your choice")
	}
	x, err := a.Fulfil.GiveBack(r.Context(), cmd)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, viewRefund(x))
}

type refundView struct {
	ID        string       `json:"id"`
	Cause     string       `json:"cause"`
	Status    string       `json:"status"`
	Amount    money.Amount `json:"amount"`
	Tax       int64        `json:"tax"`
	Reason    string       `json:"reason,omitempty"`
	Actor     string       `json:"actor"`
	CreatedAt time.Time    `json:"created_at"`
}

func viewRefund(x payment.Refund) refundView {
	return refundView{ID: x.ID, Cause: string(x.Cause), Status: string(x.Status), Amount: x.Amount, Tax: x.Tax, Reason: x.Reason, Actor: x.Actor, CreatedAt: x.CreatedAt}
}
