package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/cart"
)

// listAbandoned handles GET /v1/admin/abandoned-carts?idle&limit&cursor.
func (a *API) listAbandoned(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "idle", "limit", "cursor")
	idle, limit := q.number("idle", 24, 1, 24*365), int(q.number("limit", 24, 1, 100))
	var after cart.Cart
	var at abandonedCursor
	if q.cursor("abandoned", &at) {
		after.ID, after.UpdatedAt = at.ID, at.At
	}
	if q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Carts.Abandoned(r.Context(), a.Now().Add(-time.Duration(idle)*time.Hour), after, limit+1)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, limit, viewAbandoned, func(c cart.Cart) string { return cursorOf("abandoned", abandonedCursor{c.ID, c.UpdatedAt}) }))
}

type abandonedCursor struct {
	ID string
	At time.Time
}

// abandonedView is a cart that was left, without the token that opens it.
type abandonedView struct {
	ID         string        `json:"id"`
	CustomerID string        `json:"customer_id,omitempty"`
	Email      string        `json:"email,omitempty"`
	Currency   string        `json:"currency"`
	Items      []itemRequest `json:"items"`
	UpdatedAt  time.Time     `json:"updated_at"`
}

func viewAbandoned(c cart.Cart) abandonedView {
	v := abandonedView{ID: c.ID, CustomerID: c.CustomerID, Email: c.Email, Currency: c.Currency, UpdatedAt: c.UpdatedAt, Items: []itemRequest{}}
	for _, it := range c.Wanted() {
		v.Items = append(v.Items, itemRequest{SKU: it.SKU, Qty: it.Qty})
	}
	return v
}
