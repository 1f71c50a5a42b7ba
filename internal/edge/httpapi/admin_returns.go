package httpapi

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/store"
)

// listReturns handles GET /v1/admin/returns?status&limit&cursor: those that wait
// for an answer, or are in another state.
func (a *API) listReturns(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "status", "limit", "cursor")
	status := q.choice("status", string(order.Requested), string(order.Requested), string(order.Approved), string(order.Rejected), string(order.Withdrawn), string(order.Received), string(order.Refunded))
	return listed(w, r, q, "returns", of(a.DB.Read().AfterSales.ReturnsIn, order.ReturnStatus(status)), viewReturnRow, func(x order.Return) string { return x.ID })
}

type returnRowView struct {
	ID          string    `json:"id"`
	OrderID     string    `json:"order_id"`
	Status      string    `json:"status"`
	Reason      string    `json:"reason,omitempty"`
	Answer      string    `json:"answer,omitempty"`
	RequestedAt time.Time `json:"requested_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func viewReturnRow(x order.Return) returnRowView {
	return returnRowView{ID: x.ID, OrderID: x.OrderID, Status: string(x.Status), Reason: x.Reason, Answer: x.Answer, RequestedAt: x.RequestedAt, UpdatedAt: x.Updated}
}

// returnByStaff handles POST /v1/admin/orders/{id}/returns, for a shopper on the phone.
func (a *API) returnByStaff(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines  []order.Pick `json:"lines"`
		Reason string       `json:"reason"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := fulfilment.RequestReturn{Lines: in.Lines, Actor: who(r).Actor(), See: func(context.Context, store.Stores) error { return nil }}
	if cmd.OrderID, err = pathID(r, "order-not-found"); err != nil {
		return err
	}
	if cmd.Reason, err = text("reason", in.Reason, 0, 400); err != nil {
		return err
	}
	if cmd.Once, err = idem(r, "staff "+cmd.OrderID); err != nil {
		return err
	}
	back, err := a.Fulfil.RequestReturn(r.Context(), cmd)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, viewReturn(back))
}

// answerReturn handles PUT /v1/admin/orders/{id}/returns/{return}.
func (a *API) answerReturn(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Status string `json:"status"`
		Answer string `json:"answer"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := fulfilment.AnswerReturn{To: order.ReturnStatus(in.Status), Actor: who(r).Actor()}
	if cmd.OrderID, cmd.ReturnID, err = partOf(r, "return", "return-not-found"); err != nil {
		return err
	}
	if cmd.Answer, err = text("answer", in.Answer, 0, 400); err != nil {
		return err
	}
	if cmd.To != order.Approved && cmd.To != order.Rejected && cmd.To != order.Withdrawn {
		return fault.Field("bad-choice", "status", "%q is not one of approved, rejected, withdrawn", clean(in.Status))
	}
	back, err := a.Fulfil.AnswerReturn(r.Context(), cmd)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewReturn(back))
}

// receiveReturn handles POST /v1/admin/orders/{id}/returns/{return}/received.
func (a *API) receiveReturn(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines    []fulfilment.ReceivedLine `json:"lines"`
		Shipping int64                     `json:"shipping"` // minor units of shipping to pay back too
		Answer   string                    `json:"answer"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := fulfilment.Receive{Lines: in.Lines, Shipping: in.Shipping, Actor: who(r).Actor()}
	if cmd.OrderID, cmd.ReturnID, err = partOf(r, "return", "return-not-found"); err != nil {
		return err
	}
	if cmd.Answer, err = text("answer", in.Answer, 0, 400); err != nil {
		return err
	}
	if len(in.Lines) > order.MaxPicks {
		return fault.Field("no-units", "lines", "name 1 to %d lines with their quantities", order.MaxPicks)
	}
	if cmd.Once, err = idem(r, "staff "+cmd.OrderID); err != nil {
		return err
	}
	back, err := a.Fulfil.Receive(r.Context(), cmd)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewReturn(back))
}
