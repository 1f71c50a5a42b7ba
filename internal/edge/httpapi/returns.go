package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/store"
)

// requestReturn handles POST /v1/orders/{id}/returns.
func (a *API) requestReturn(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines  []order.Pick `json:"lines"`
		Reason string       `json:"reason"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, tok, err := a.orderAccess(r)
	if err != nil {
		return err
	}
	reason, err := text("reason", in.Reason, 1, 400)
	if err != nil {
		return err
	}
	req, err := idem(r, "return "+id)
	if err != nil {
		return err
	}
	back, err := a.Fulfil.RequestReturn(r.Context(), fulfilment.RequestReturn{OrderID: id, Reason: reason, Lines: in.Lines, Actor: "shopper", See: sees(id, tok), Once: req})
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, viewReturn(back))
}

// sees asks for the order with the shopper's token.
func sees(id, tok string) func(context.Context, store.Stores) error {
	return func(ctx context.Context, tx store.Stores) error {
		_, err := tx.Orders.Get(ctx, id, token.Hash(tok))
		return err
	}
}

// withdrawReturn handles DELETE /v1/orders/{id}/returns/{return}.
func (a *API) withdrawReturn(w http.ResponseWriter, r *http.Request) error {
	id, tok, err := a.orderAccess(r)
	if err != nil {
		return err
	}
	ret := mux.Vars(r)["return"]
	if !uuidShaped(ret) {
		return order.ReturnNotFound(clean(ret))
	}
	back, err := a.Fulfil.AnswerReturn(r.Context(), fulfilment.AnswerReturn{OrderID: id, ReturnID: ret, To: order.Withdrawn, Actor: "shopper", See: sees(id, tok)})
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewReturn(back))
}

// showTimeline handles GET /v1/orders/{id}/timeline: what a shopper may know of
// what happened to an order of theirs.
func (a *API) showTimeline(w http.ResponseWriter, r *http.Request) error {
	id, tok, err := a.orderAccess(r)
	if err != nil {
		return err
	}
	read := a.DB.Read()
	if _, err := read.Orders.Get(r.Context(), id, token.Hash(tok)); err != nil {
		return err
	}
	v, err := timelineOf(r.Context(), read, id, func(n order.Note, _ *noteView) bool { return n.ForShopper })
	if err != nil {
		return err
	}
	for i := range v.History { // who it was is the shop's own business, and so is what staff wrote
		v.History[i].Actor, v.History[i].Note = "", ""
	}
	return encode(w, r, http.StatusOK, v)
}

// notesShown bounds the notes of a timeline.
const notesShown = 100

// timelineOf gathers what happened to an order, with those notes that show
// allows; it may add to what is seen of them.
func timelineOf(ctx context.Context, read store.Stores, id string, show func(order.Note, *noteView) bool) (timelineView, error) {
	v := timelineView{History: []changeView{}, Shipments: []shipmentView{}, Returns: []returnView{}, Invoices: []invoiceView{}, Notes: []noteView{}}
	history, err := read.Orders.History(ctx, id)
	if err != nil {
		return v, err
	}
	for _, c := range history {
		v.History = append(v.History, changeView{Status: string(c.To), Event: c.Event, Actor: c.Actor, Note: c.Note, At: c.At})
	}
	sent, err := read.AfterSales.Shipments(ctx, id)
	if err != nil {
		return v, err
	}
	for _, sh := range sent {
		v.Shipments = append(v.Shipments, viewShipment(sh))
	}
	back, err := read.AfterSales.Returns(ctx, id)
	if err != nil {
		return v, err
	}
	for _, x := range back {
		v.Returns = append(v.Returns, viewReturn(x))
	}
	invoices, err := read.AfterSales.Invoices(ctx, id)
	if err != nil {
		return v, err
	}
	for _, x := range invoices {
		v.Invoices = append(v.Invoices, invoiceView{Kind: x.Kind, Series: x.Series, Number: x.Number, Total: x.Total, Tax: x.Tax, IssuedAt: x.IssuedAt})
	}
	notes, err := read.AfterSales.Notes(ctx, id, "", notesShown)
	for _, n := range notes {
		if nv := (noteView{ID: n.ID, Body: n.Body, WrittenAt: n.WrittenAt}); show(n, &nv) {
			v.Notes = append(v.Notes, nv)
		}
	}
	return v, err
}

type timelineView struct {
	History   []changeView   `json:"history"`
	Shipments []shipmentView `json:"shipments"`
	Returns   []returnView   `json:"returns"`
	Invoices  []invoiceView  `json:"invoices"`
	Notes     []noteView     `json:"notes"`
}

type changeView struct {
	Status string    `json:"status"`
	Event  string    `json:"event"`
	Actor  string    `json:"actor,omitempty"`
	Note   string    `json:"note,omitempty"`
	At     time.Time `json:"at"`
}

type shipmentView struct {
	ID          string       `json:"id"`
	Carrier     string       `json:"carrier"`
	Tracking    string       `json:"tracking,omitempty"`
	TrackingURL string       `json:"tracking_url,omitempty"`
	ShippedAt   time.Time    `json:"shipped_at"`
	DeliveredAt *time.Time   `json:"delivered_at,omitempty"`
	Lines       []order.Pick `json:"lines"`
}

type returnView struct {
	ID          string           `json:"id"`
	Status      string           `json:"status"`
	Reason      string           `json:"reason,omitempty"`
	Answer      string           `json:"answer,omitempty"`
	RequestedAt time.Time        `json:"requested_at"`
	Lines       []returnLineView `json:"lines"`
}

type returnLineView struct {
	Line      int64 `json:"line"`
	Qty       int64 `json:"qty"`
	Received  int64 `json:"received"`
	Restocked int64 `json:"restocked"`
}

type invoiceView struct {
	Kind     string    `json:"kind"`
	Series   string    `json:"series"`
	Number   int64     `json:"number"`
	Total    int64     `json:"total"`
	Tax      int64     `json:"tax"`
	IssuedAt time.Time `json:"issued_at"`
}

type noteView struct {
	ID         string    `json:"id"`
	Author     string    `json:"author,omitempty"`
	Body       string    `json:"body"`
	ForShopper *bool     `json:"for_shopper,omitempty"`
	WrittenAt  time.Time `json:"written_at"`
}

func viewShipment(sh order.Shipment) shipmentView {
	v := shipmentView{ID: sh.ID, Carrier: sh.Carrier, Tracking: sh.Tracking, TrackingURL: sh.TrackingURL, ShippedAt: sh.ShippedAt, Lines: sh.Lines}
	if !sh.DeliveredAt.IsZero() {
		v.DeliveredAt = &sh.DeliveredAt
	}
	return v
}

func viewReturn(r order.Return) returnView {
	v := returnView{ID: r.ID, Status: string(r.Status), Reason: r.Reason, Answer: r.Answer, RequestedAt: r.RequestedAt, Lines: make([]returnLineView, len(r.Lines))}
	for i, l := range r.Lines {
		v.Lines[i] = returnLineView{Line: l.LineNo, Qty: l.Qty, Received: l.Received, Restocked: l.Restocked}
	}
	return v
}
