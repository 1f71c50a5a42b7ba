package httpapi

import (
	"net/http"
	"strings"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/settlement"
)

type placeRequest struct {
	CartID   string        `json:"cart_id"`
	Email    string        `json:"email"`
	ShipTo   order.Address `json:"ship_to"`
	Shipping string        `json:"shipping"`
	Total    *money.Amount `json:"total"` // what the shopper saw; another total is refused
}

func (in placeRequest) command() (checkout.PlaceOrder, error) {
	cmd := checkout.PlaceOrder{CartID: in.CartID, Expect: in.Total}
	if !uuidShaped(in.CartID) {
		return cmd, fault.Field("bad-id", "cart_id", "it is not the id of a cart")
	}
	var err error
	if cmd.Email, err = email("email", in.Email); err != nil {
		return cmd, err
	}
	for _, f := range []struct {
		name        string
		from        string
		to          *string
		least, most int
	}{
		{"ship_to.name", in.ShipTo.Name, &cmd.ShipTo.Name, 1, 120},
		{"ship_to.line1", in.ShipTo.Line1, &cmd.ShipTo.Line1, 1, 120},
		{"ship_to.line2", in.ShipTo.Line2, &cmd.ShipTo.Line2, 0, 120},
		{"ship_to.city", in.ShipTo.City, &cmd.ShipTo.City, 1, 120},
		{"ship_to.region", in.ShipTo.Region, &cmd.ShipTo.Region, 0, 120},
		{"ship_to.postcode", in.ShipTo.Postcode, &cmd.ShipTo.Postcode, 0, 12},
		{"ship_to.country", in.ShipTo.Country, &cmd.ShipTo.Country, 2, 2},
		{"shipping", in.Shipping, &cmd.Method, 0, 40},
	} {
		if *f.to, err = text(f.name, f.from, f.least, f.most); err != nil {
			return cmd, err
		}
	}
	return cmd, country("ship_to.country", cmd.ShipTo.Country)
}

// placeOrder handles POST /v1/checkout. The same cart twice gives 409 unless
// the Idempotency-Key is the same: then the answer is the same.
func (a *API) placeOrder(w http.ResponseWriter, r *http.Request) error {
	var in placeRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	cmd, err := in.command()
	if err != nil {
		return err
	}
	if cmd.CartToken, err = a.cartTokenOf(r, cmd.CartID); err != nil {
		return err
	}
	cmd.CustomerID = who(r).CustomerID
	if cmd.Once, err = idem(r, "checkout "+cmd.CartID); err != nil {
		return err
	}
	placed, tok, err := a.Checkout.Place(r.Context(), cmd)
	if err != nil {
		return err
	}
	v := viewOrder(placed)
	v.Token = tok
	if placed.LaterCart != "" {
		v.LaterCart = &laterView{placed.LaterCart, a.Shopping.Tokens.Token("cart", placed.LaterCart)}
	}
	w.Header().Set("Location", "/v1/orders/"+placed.ID)
	return encode(w, r, http.StatusCreated, v)
}

// getOrder handles GET /v1/orders/{id}.
func (a *API) getOrder(w http.ResponseWriter, r *http.Request) error {
	id, tok, err := a.orderAccess(r)
	if err != nil {
		return err
	}
	o, err := a.DB.Read().Orders.Get(r.Context(), id, token.Hash(tok))
	if err != nil {
		return err
	}
	p, last, err := a.Settle.Status(r.Context(), id)
	if err != nil {
		return err
	}
	v := viewOrder(o)
	v.Payment = viewPayment(p, last)
	return encode(w, r, http.StatusOK, v)
}

// orderAccess reads which order is meant and the token for it; a customer who is
// signed in needs none for their own.
func (a *API) orderAccess(r *http.Request) (id, tok string, err error) {
	if id, err = pathID(r, "order-not-found"); err != nil {
		return "", "", err
	}
	if mine := who(r).CustomerID; mine != "" && r.Header.Get(orderToken) == "" {
		tok, err = a.Checkout.TokenFor(r.Context(), mine, id)
		return id, tok, err
	}
	if tok, err = tokenOf(r, orderToken); err == nil {
		tok, err = a.Checkout.TokenOf(id, tok)
	}
	return id, tok, err
}

// askLinks handles POST /v1/orders/links.
func (a *API) askLinks(w http.ResponseWriter, r *http.Request) error {
	return a.asked(w, r, a.Accounts.AskOrders)
}

// payOrder handles POST /v1/orders/{id}/payment; 202 says that the provider is away and will be asked later.
func (a *API) payOrder(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Method    string `json:"method"`
		ReturnURL string `json:"return_url"`
		Later     bool   `json:"later"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, tok, err := a.orderAccess(r)
	if err != nil {
		return err
	}
	cmd := settlement.Pay{OrderID: id, Token: tok, Later: in.Later}
	if cmd.Method, err = text("method", in.Method, 1, 200); err != nil {
		return err
	}
	if cmd.ReturnURL, err = text("return_url", in.ReturnURL, 0, 1000); err != nil {
		return err
	}
	if cmd.ReturnURL != "" && !strings.HasPrefix(cmd.ReturnURL, "https://") && !strings.HasPrefix(cmd.ReturnURL, "http://") {
		return fault.Field("bad-url", "return_url", "it must be an http or https address")
	}
	if cmd.Once, err = idem(r, "payment "+id); err != nil {
		return err
	}
	out, err := a.Settle.Collect(r.Context(), cmd)
	if fault.Code(err) == "payment-declined" {
		a.Metrics.Declined.Inc()
	}
	if err != nil {
		return err
	}
	v := viewOrder(out.Order)
	v.Payment = viewPayment(out.Payment, out.Attempt)
	status := http.StatusOK
	if len(out.Attempt.Kept) > 0 {
		status = http.StatusAccepted
	}
	return encode(w, r, status, v)
}

// cancelOrder handles POST /v1/orders/{id}/cancel; the body, {"reason": "…"}, may be left out.
func (a *API) cancelOrder(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `json:"reason"`
	}
	body, err := read(r)
	if err == nil && len(body) > 0 {
		err = unmarshal(r, body, &in)
	}
	if err != nil {
		return err
	}
	id, tok, err := a.orderAccess(r)
	if err != nil {
		return err
	}
	reason, err := text("reason", in.Reason, 0, 400)
	if err != nil {
		return err
	}
	req, err := idem(r, "cancel "+id)
	if err != nil {
		return err
	}
	o, err := a.Checkout.Cancel(r.Context(), id, tok, reason, req)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewOrder(o))
}

type orderView struct {
	ID           string          `json:"id"`
	Number       int64           `json:"number"`
	Token        string          `json:"token,omitempty"`
	Status       string          `json:"status"`
	Email        string          `json:"email"`
	Currency     string          `json:"currency"`
	Lines        []orderLineView `json:"lines"`
	Subtotal     int64           `json:"subtotal"`
	Discount     int64           `json:"discount"`
	ShippingCost int64           `json:"shipping_cost"`
	Tax          int64           `json:"tax"`
	TaxInclusive bool            `json:"tax_inclusive"`
	Rounding     int64           `json:"rounding,omitempty"`
	Total        int64           `json:"total"`
	Shipping     string          `json:"shipping"`
	ShipTo       order.Address   `json:"ship_to"`
	PlacedAt     time.Time       `json:"placed_at"`
	PayBy        time.Time       `json:"pay_by"`
	Payment      *paymentView    `json:"payment,omitempty"`
	LaterCart    *laterView      `json:"later_cart,omitempty"`
}

// laterView is the cart that keeps what was not to be bought now.
type laterView struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

type orderLineView struct {
	Line      int64  `json:"line"`
	SKU       string `json:"sku"`
	Title     string `json:"title"`
	Qty       int64  `json:"qty"`
	Unit      int64  `json:"unit"`
	Discount  int64  `json:"discount"`
	Tax       int64  `json:"tax"`
	TaxPPM    int64  `json:"tax_ppm"`
	Total     int64  `json:"total"`
	Cancelled int64  `json:"cancelled,omitempty"`
	Shipped   int64  `json:"shipped,omitempty"`
	Returned  int64  `json:"returned,omitempty"`
}

type paymentView struct {
	Status    string       `json:"status"`
	Amount    money.Amount `json:"amount"`
	Refunded  int64        `json:"refunded,omitempty"`
	Attempt   string       `json:"attempt,omitempty"`
	ActionURL string       `json:"action_url,omitempty"`
	Reason    string       `json:"reason,omitempty"`
}

func viewOrder(o order.Order) orderView {
	v := orderView{ID: o.ID, Number: o.Number, Status: string(o.Status), Email: o.Email, Currency: o.Currency, Lines: make([]orderLineView, len(o.Lines)),
		Subtotal: o.Subtotal, Discount: o.Discount, ShippingCost: o.Shipping, Tax: o.Tax, TaxInclusive: o.TaxInclusive, Rounding: o.Rounding, Total: o.Total,
		Shipping: o.ShippingMethod, ShipTo: o.ShipTo, PlacedAt: o.PlacedAt, PayBy: o.PayBy}
	for i, l := range o.Lines {
		v.Lines[i] = orderLineView{Line: l.No, SKU: l.SKU, Title: l.Title, Qty: l.Qty, Unit: l.Unit, Discount: l.Discount, Tax: l.Tax, TaxPPM: l.TaxPPM, Total: l.Total,
			Cancelled: l.Cancelled, Shipped: l.Shipped, Returned: l.Returned}
	}
	return v
}

func viewPayment(p payment.Payment, a payment.Attempt) *paymentView {
	v := &paymentView{Status: string(p.Status), Amount: p.Amount, Refunded: p.Refunded, Attempt: string(a.Status), Reason: a.Reason}
	if a.Status == payment.RequiresAction {
		v.ActionURL = a.ActionURL
	}
	return v
}
