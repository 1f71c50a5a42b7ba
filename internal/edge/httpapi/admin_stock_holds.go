package httpapi

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/stockkeeping"
)

type holdView struct {
	ID        string      `json:"id"`
	State     string      `json:"state"`
	Until     time.Time   `json:"until"`
	Note      string      `json:"note,omitempty"`
	Actor     string      `json:"actor"`
	CreatedAt time.Time   `json:"created_at"`
	Taken     []takenView `json:"taken,omitempty"` // not in lists
}

// takenView is what was taken from one place.
type takenView struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Qty      int64  `json:"qty"`
}

func viewHold(h inventory.Hold) holdView {
	return holdView{ID: h.ID, State: string(h.State), Until: h.Until, Note: h.Note, Actor: h.Actor, CreatedAt: h.Created}
}

type holdCursor struct {
	ID    string
	Until time.Time
}

// listHolds handles GET /v1/admin/holds?limit&cursor: open ones, in the order in which they end.
func (a *API) listHolds(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "limit", "cursor")
	limit := int(q.number("limit", 24, 1, 100))
	var at holdCursor
	if q.cursor("holds", &at); q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Stock.OpenHolds(r.Context(), inventory.Hold{ID: at.ID, Until: at.Until}, limit+1)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, limit, viewHold, func(h inventory.Hold) string { return cursorOf("holds", holdCursor{h.ID, h.Until}) }))
}

// addHold handles POST /v1/admin/holds.
func (a *API) addHold(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines []struct {
			SKU string `json:"sku"`
			Qty int64  `json:"qty"`
		} `json:"lines"`
		Until time.Time `json:"until"`
		Note  string    `json:"note"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if len(in.Lines) == 0 || len(in.Lines) > mostLines {
		return fault.Field("too-many-values", "lines", "1 to %d lines are possible", mostLines)
	}
	var lines []inventory.Line
	for _, l := range in.Lines {
		sku, err := text("lines.sku", l.SKU, 1, 64)
		if err != nil {
			return err
		}
		if err := whole("lines.qty", l.Qty, 1, 999_999); err != nil {
			return err
		}
		lines = append(lines, inventory.Line{SKU: sku, Qty: l.Qty})
	}
	note, err := text("note", in.Note, 0, 400)
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	h, err := a.Stock.Hold(r.Context(), by, lines, in.Until.UTC().Truncate(time.Microsecond), note)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/holds/"+h.ID)
	return encode(w, r, http.StatusCreated, viewHold(h))
}

// showHold handles GET /v1/admin/holds/{id}.
func (a *API) showHold(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "hold-not-found")
	if err != nil {
		return err
	}
	h, err := a.DB.Read().Stock.Hold(r.Context(), id)
	if err != nil {
		return err
	}
	taken, err := a.DB.Read().Stock.Reserved(r.Context(), id)
	if err != nil {
		return err
	}
	v := viewHold(h)
	for _, x := range taken {
		v.Taken = append(v.Taken, takenView{x.SKU, x.Location, x.Qty})
	}
	return encode(w, r, http.StatusOK, v)
}

func (a *API) endHold(w http.ResponseWriter, r *http.Request, end func(ctx context.Context, by stockkeeping.By, id string) error) error {
	id, err := pathID(r, "hold-not-found")
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	return done(w, end(r.Context(), by, id))
}

// releaseHold handles POST /v1/admin/holds/{id}/release.
func (a *API) releaseHold(w http.ResponseWriter, r *http.Request) error {
	return a.endHold(w, r, a.Stock.ReleaseHold)
}

// sellHold handles POST /v1/admin/holds/{id}/sell: the goods go over the counter.
func (a *API) sellHold(w http.ResponseWriter, r *http.Request) error {
	return a.endHold(w, r, a.Stock.SellHold)
}
