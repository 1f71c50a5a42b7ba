package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/shopping"
)

// cartTokenOf reads the token of a cart; a customer who is signed in needs none
// for their own.
func (a *API) cartTokenOf(r *http.Request, id string) (string, error) {
	if mine := who(r).CustomerID; mine != "" && r.Header.Get(cartToken) == "" {
		return a.Shopping.TokenFor(r.Context(), mine, id)
	}
	return tokenOf(r, cartToken)
}

// ownCart handles GET /v1/account/cart.
func (a *API) ownCart(w http.ResponseWriter, r *http.Request) error {
	v, err := a.Shopping.Own(r.Context(), who(r).CustomerID)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewCart(v))
}

// mergeCart handles POST /v1/account/cart with a body {"cart_id": "…"} and the
// token of that cart. Doing it again changes nothing.
func (a *API) mergeCart(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		CartID string `json:"cart_id"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if !uuidShaped(in.CartID) {
		return fault.Field("bad-id", "cart_id", "it is not the id of a cart")
	}
	tok, err := tokenOf(r, cartToken)
	if err != nil {
		return err
	}
	v, err := a.Shopping.Merge(r.Context(), who(r).CustomerID, shopping.Access{ID: in.CartID, Token: tok})
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewCart(v))
}

type ownOrderView struct {
	ID       string       `json:"id"`
	Number   int64        `json:"number"`
	Status   string       `json:"status"`
	Total    money.Amount `json:"total"`
	PlacedAt time.Time    `json:"placed_at"`
}

func viewOwnOrder(o order.Order) ownOrderView {
	return ownOrderView{o.ID, o.Number, string(o.Status), o.TotalAmount(), o.PlacedAt}
}

// listOwnOrders handles GET /v1/account/orders?limit&cursor, newest first.
func (a *API) listOwnOrders(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "limit", "cursor")
	f := order.Filter{CustomerID: who(r).CustomerID, Limit: int(q.number("limit", 24, 1, 100)) + 1}
	if q.cursor("own-orders", &f.Before); q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Orders.Search(r.Context(), f)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, f.Limit-1, viewOwnOrder, func(o order.Order) string { return cursorOf("own-orders", o.ID) }))
}
