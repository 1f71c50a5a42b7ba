package httpapi

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/service/stockkeeping"
)

type takeView struct {
	ID       string     `json:"id"`
	Location string     `json:"location"`
	State    string     `json:"state"`
	Note     string     `json:"note,omitempty"`
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt *time.Time `json:"closed_at,omitempty"`
}

func viewTake(t inventory.Take) takeView {
	v := takeView{ID: t.ID, Location: t.Location, State: string(t.State), Note: t.Note, OpenedAt: t.Opened}
	if !t.Closed.IsZero() {
		v.ClosedAt = &t.Closed
	}
	return v
}

// listTakes handles GET /v1/admin/stock-takes?limit&cursor, newest first.
func (a *API) listTakes(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "takes", a.DB.Read().Stock.ListTakes, viewTake, func(t inventory.Take) string { return t.ID })
}

// openTake handles POST /v1/admin/stock-takes.
func (a *API) openTake(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Location string `json:"location"` // an id; main if it is empty
		Note     string `json:"note"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	at, err := location("location", in.Location)
	if err != nil {
		return err
	}
	note, err := text("note", in.Note, 0, 400)
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	t, err := a.Stock.OpenTake(r.Context(), by, at, note)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/stock-takes/"+t.ID)
	return encode(w, r, http.StatusCreated, viewTake(t))
}

// showTake handles GET /v1/admin/stock-takes/{id}.
func (a *API) showTake(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "take-not-found")
	if err != nil {
		return err
	}
	t, err := a.DB.Read().Stock.Take(r.Context(), id)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewTake(t))
}

type takeLineView struct {
	SKU     string `json:"sku"`
	Opened  int64  `json:"opened"`            // what was known when the take began
	Known   *int64 `json:"known,omitempty"`   // what was known when somebody counted
	Counted *int64 `json:"counted,omitempty"` // nobody has counted yet if it is absent
	Applied bool   `json:"applied"`
}

func viewTakeLine(l inventory.TakeLine) takeLineView {
	v := takeLineView{SKU: l.SKU, Opened: l.Opened, Applied: l.Applied}
	if l.Done {
		v.Known, v.Counted = &l.Known, &l.Counted
	}
	return v
}

// listTakeLines handles GET /v1/admin/stock-takes/{id}/lines?limit&cursor, by SKU.
func (a *API) listTakeLines(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "take-not-found")
	if err != nil {
		return err
	}
	if _, err := a.DB.Read().Stock.Take(r.Context(), id); err != nil {
		return err
	}
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "take-lines", of(a.DB.Read().Stock.TakeLines, id), viewTakeLine, func(l inventory.TakeLine) string { return l.SKU })
}

// countTake handles PUT /v1/admin/stock-takes/{id}/lines/{sku}.
func (a *API) countTake(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Counted int64 `json:"counted"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, err := pathID(r, "take-not-found")
	if err != nil {
		return err
	}
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	l, err := a.Stock.Count(r.Context(), by, id, sku, in.Counted)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewTakeLine(l))
}

// endTake ends a stock take in one way or another.
func (a *API) endTake(w http.ResponseWriter, r *http.Request, end func(ctx context.Context, by stockkeeping.By, id string) (inventory.Take, error)) error {
	id, err := pathID(r, "take-not-found")
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	t, err := end(r.Context(), by, id)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewTake(t))
}

// closeTake handles POST /v1/admin/stock-takes/{id}/close.
func (a *API) closeTake(w http.ResponseWriter, r *http.Request) error {
	return a.endTake(w, r, a.Stock.CloseTake)
}

// cancelTake handles POST /v1/admin/stock-takes/{id}/cancel.
func (a *API) cancelTake(w http.ResponseWriter, r *http.Request) error {
	return a.endTake(w, r, a.Stock.CancelTake)
}
