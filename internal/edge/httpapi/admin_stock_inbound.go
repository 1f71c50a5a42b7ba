package httpapi

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/stockkeeping"
)

type inboundView struct {
	ID        string            `json:"id"`
	From      string            `json:"from,omitempty"` // a location; goods of a supplier have none
	To        string            `json:"to"`
	State     string            `json:"state"`
	Supplier  string            `json:"supplier,omitempty"`
	Note      string            `json:"note,omitempty"`
	Expected  *time.Time        `json:"expected_at,omitempty"`
	CreatedAt time.Time         `json:"created_at"`
	Version   int64             `json:"version"`
	Lines     []inboundLineView `json:"lines,omitempty"` // not in lists
}

type inboundLineView struct {
	SKU      string `json:"sku"`
	Qty      int64  `json:"qty"`
	Received int64  `json:"received"`
	Missing  int64  `json:"missing"`
}

func viewInbound(in inventory.Inbound) inboundView {
	v := inboundView{ID: in.ID, From: in.From, To: in.To, State: string(in.State), Supplier: in.Supplier, Note: in.Note, CreatedAt: in.Created, Version: in.Version}
	if !in.Expected.IsZero() {
		v.Expected = &in.Expected
	}
	for _, l := range in.Lines {
		v.Lines = append(v.Lines, inboundLineView(l))
	}
	return v
}

// listInbound handles GET /v1/admin/inbound?limit&cursor: what is drafted or under way, newest first.
func (a *API) listInbound(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "inbound", a.DB.Read().Stock.OpenInbounds, viewInbound, func(in inventory.Inbound) string { return in.ID })
}

// mostLines bounds goods on their way and holds.
const mostLines = 500

// draftInbound handles POST /v1/admin/inbound: a delivery, or, with from, a transfer.
func (a *API) draftInbound(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		From     string    `json:"from"`
		To       string    `json:"to"`
		Supplier string    `json:"supplier"`
		Note     string    `json:"note"`
		Expected time.Time `json:"expected_at"`
		Lines    []struct {
			SKU string `json:"sku"`
			Qty int64  `json:"qty"`
		} `json:"lines"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	goods := inventory.Inbound{Expected: in.Expected.UTC().Truncate(time.Microsecond)}
	for _, f := range []struct {
		name, from  string
		to          *string
		least, most int
	}{{"from", in.From, &goods.From, 0, 36}, {"to", in.To, &goods.To, 1, 36}, {"supplier", in.Supplier, &goods.Supplier, 0, 120}, {"note", in.Note, &goods.Note, 0, 400}} {
		if *f.to, err = text(f.name, f.from, f.least, f.most); err != nil {
			return err
		}
	}
	if len(in.Lines) > mostLines {
		return fault.Field("too-many-values", "lines", "at most %d lines are possible", mostLines)
	}
	for _, l := range in.Lines {
		sku, err := text("lines.sku", l.SKU, 1, 64)
		if err != nil {
			return err
		}
		goods.Lines = append(goods.Lines, inventory.InboundLine{SKU: sku, Qty: l.Qty})
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if goods, err = a.Stock.Draft(r.Context(), by, goods); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/inbound/"+goods.ID)
	return encode(w, r, http.StatusCreated, viewInbound(goods))
}

// showInbound handles GET /v1/admin/inbound/{id}.
func (a *API) showInbound(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "inbound-not-found")
	if err != nil {
		return err
	}
	in, err := a.DB.Read().Stock.Inbound(r.Context(), id)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewInbound(in))
}

// stepInbound moves goods on their way on.
func (a *API) stepInbound(w http.ResponseWriter, r *http.Request, step func(ctx context.Context, by stockkeeping.By, id string) (inventory.Inbound, error)) error {
	id, err := pathID(r, "inbound-not-found")
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	in, err := step(r.Context(), by, id)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewInbound(in))
}

// sendInbound handles POST /v1/admin/inbound/{id}/send.
func (a *API) sendInbound(w http.ResponseWriter, r *http.Request) error {
	return a.stepInbound(w, r, a.Stock.Send)
}

// cancelInbound handles POST /v1/admin/inbound/{id}/cancel.
func (a *API) cancelInbound(w http.ResponseWriter, r *http.Request) error {
	return a.stepInbound(w, r, a.Stock.Cancel)
}

// receiveInbound handles POST /v1/admin/inbound/{id}/receive.
func (a *API) receiveInbound(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines []struct {
			SKU      string `json:"sku"`
			Received int64  `json:"received"`
			Missing  int64  `json:"missing"`
		} `json:"lines"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if len(in.Lines) == 0 || len(in.Lines) > mostLines {
		return fault.Field("too-many-values", "lines", "1 to %d lines are possible", mostLines)
	}
	var arrivals []inventory.Arrival
	for _, l := range in.Lines {
		for field, n := range map[string]int64{"lines.received": l.Received, "lines.missing": l.Missing} {
			if err := whole(field, n, 0, 999_999_999); err != nil {
				return err
			}
		}
		arrivals = append(arrivals, inventory.Arrival{SKU: l.SKU, Received: l.Received, Missing: l.Missing})
	}
	return a.stepInbound(w, r, func(ctx context.Context, by stockkeeping.By, id string) (inventory.Inbound, error) {
		return a.Stock.Receive(ctx, by, id, arrivals)
	})
}
