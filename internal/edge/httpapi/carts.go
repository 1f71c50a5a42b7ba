package httpapi

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/quoting"
	"tradewind/internal/service/shopping"
)

type itemRequest struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

type startRequest struct {
	Currency string        `json:"currency"`
	Channel  string        `json:"channel"` // such as web or app
	Items    []itemRequest `json:"items"`
}

// startCart handles POST /v1/carts. The answer holds the cart's token.
func (a *API) startCart(w http.ResponseWriter, r *http.Request) error {
	var in startRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if in.Currency == "" {
		in.Currency = a.Config.Currency
	}
	channel, err := text("channel", in.Channel, 0, 20)
	if err != nil {
		return err
	}
	items := make([]cart.Item, len(in.Items))
	for i, it := range in.Items {
		sku, err := text("items.sku", it.SKU, 1, 64)
		if err != nil {
			return err
		}
		items[i] = cart.Item{SKU: sku, Qty: it.Qty}
	}
	req, err := idem(r, "POST /v1/carts "+who(r).CustomerID)
	if err != nil {
		return err
	}
	if n := len(req.Key); n > 0 && n < 16 { // the key is all that keeps two strangers' first requests apart
		return fault.Field("bad-idempotency-key", "Idempotency-Key", "for a new cart choose at least 16 characters that nobody else would choose, such as a UUID")
	}
	v, token, err := a.Shopping.Start(r.Context(), shopping.StartCart{Currency: clean(in.Currency), Channel: channel, Items: items, Once: req, CustomerID: who(r).CustomerID})
	if err != nil {
		return err
	}
	out := viewCart(v)
	if len(out.Items) > 0 {
		a.tellCart(r, out)
	}
	out.Token = token
	w.Header().Set("Location", "/v1/carts/"+v.Cart.ID)
	return encode(w, r, http.StatusCreated, out)
}

// access reads which cart is meant and the token for it; a customer who is
// signed in needs none for their own.
func (a *API) access(r *http.Request) (shopping.Access, error) {
	id, err := pathID(r, "cart-not-found")
	if err != nil {
		return shopping.Access{}, err
	}
	token, err := a.cartTokenOf(r, id)
	if err != nil {
		return shopping.Access{}, err
	}
	req, err := idem(r, "cart "+id)
	return shopping.Access{ID: id, Token: token, CustomerID: who(r).CustomerID, Once: req}, err
}

// getCart handles GET /v1/carts/{id}.
func (a *API) getCart(w http.ResponseWriter, r *http.Request) error {
	in, err := a.access(r)
	if err != nil {
		return err
	}
	v, err := a.Shopping.Get(r.Context(), in)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewCart(v))
}

// putItem handles PUT /v1/carts/{id}/items/{sku} with a body {"qty": n}.
func (a *API) putItem(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Qty   *int64 `json:"qty"`
		Later bool   `json:"later"` // keep it for later
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if body.Qty == nil {
		return fault.Field("missing-field", "qty", "it is required")
	}
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	in, err := a.access(r)
	if err != nil {
		return err
	}
	v, err := a.Shopping.SetItem(r.Context(), in, cart.Item{SKU: sku, Qty: *body.Qty, Later: body.Later})
	if err != nil {
		return err
	}
	out := viewCart(v)
	a.tellCart(r, out)
	return encode(w, r, http.StatusOK, out)
}

// refreshCart handles POST /v1/carts/{id}/refresh: the shopper has seen the new prices.
func (a *API) refreshCart(w http.ResponseWriter, r *http.Request) error {
	in, err := a.access(r)
	if err != nil {
		return err
	}
	v, err := a.Shopping.Refresh(r.Context(), in)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewCart(v))
}

// putContact handles PUT /v1/carts/{id}/contact.
func (a *API) putContact(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Email string `json:"email"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	address, err := email("email", body.Email)
	if err != nil {
		return err
	}
	in, err := a.access(r)
	if err != nil {
		return err
	}
	v, err := a.Shopping.Contact(r.Context(), in, address)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewCart(v))
}

// changeCart handles the operations on a cart that need a name from the path
// alone: DELETE …/items/{sku}, PUT and DELETE …/codes/{code}.
func (a *API) changeCart(name string, most int, change func(ctx context.Context, in shopping.Access, value string) (shopping.View, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		value, err := pathText(r, name, most)
		if err != nil {
			return err
		}
		in, err := a.access(r)
		if err != nil {
			return err
		}
		v, err := change(r.Context(), in, value)
		if err != nil {
			return err
		}
		return encode(w, r, http.StatusOK, viewCart(v))
	}
}

// getQuote handles GET /v1/carts/{id}/quote?country&region&postcode&shipping.
func (a *API) getQuote(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "country", "region", "postcode", "shipping")
	to := quoting.Destination{Country: q.text("country", 2), Subdivision: q.text("region", 12), Postcode: q.text("postcode", 12), Method: q.text("shipping", 40)}
	if q.err != nil {
		return q.err
	}
	if err := country("country", to.Country); err != nil {
		return err
	}
	in, err := a.access(r)
	if err != nil {
		return err
	}
	quote, err := a.Shopping.Quote(r.Context(), in, to)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewQuote(quote))
}

// country checks the shape of an ISO 3166-1 alpha-2 code.
func country(field, c string) error {
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return fault.Field("bad-country", field, "send an ISO 3166-1 code such as DE")
	}
	return nil
}

type cartView struct {
	ID        string         `json:"id"`
	Token     string         `json:"token,omitempty"`
	Status    string         `json:"status"`
	Version   int64          `json:"version"`
	Items     []cartItemView `json:"items"`
	Codes     []string       `json:"codes"`
	Email     string         `json:"email,omitempty"`
	Subtotal  money.Amount   `json:"subtotal"` // of what can be bought and is not kept for later
	ExpiresAt time.Time      `json:"expires_at"`
}

type cartItemView struct {
	SKU       string        `json:"sku"`
	Qty       int64         `json:"qty"`
	Title     string        `json:"title,omitempty"`
	Slug      string        `json:"slug,omitempty"`
	Image     string        `json:"image,omitempty"`
	Price     *money.Amount `json:"price,omitempty"` // of one; absent if it can no longer be bought
	Total     *money.Amount `json:"total,omitempty"`
	PriceWas  *money.Amount `json:"price_was,omitempty"` // that the shopper was shown last, if it is another
	Later     bool          `json:"later,omitempty"`
	Available int64         `json:"available"`
}

func viewCart(v shopping.View) cartView {
	out := cartView{ID: v.Cart.ID, Status: string(v.Cart.Status), Email: v.Cart.Email, Version: v.Cart.Version, Items: make([]cartItemView, len(v.Cart.Items)),
		Codes: v.Cart.Codes, Subtotal: money.Of(0, v.Cart.Currency), ExpiresAt: v.Cart.ExpiresAt}
	if out.Codes == nil {
		out.Codes = []string{}
	}
	for i, it := range v.Cart.Items {
		iv := cartItemView{SKU: it.SKU, Qty: it.Qty, Later: it.Later}
		if s := v.Items[i]; s.SKU != "" {
			iv.Title, iv.Slug, iv.Image, iv.Price, iv.Available = s.Title, s.Slug, mediaURL(s.Image), &s.Price, max(0, s.Available)
			if it.Seen > 0 && it.Seen != s.Price.Minor {
				was := money.Of(it.Seen, v.Cart.Currency)
				iv.PriceWas = &was
			}
			if total, err := s.Price.Times(it.Qty); err == nil { // what overflows has no total; the quote says why
				iv.Total = &total
				if sum, err := out.Subtotal.Add(total); err == nil && !it.Later {
					out.Subtotal = sum
				}
			}
		}
		out.Items[i] = iv
	}
	return out
}

type quoteView struct {
	Currency     string            `json:"currency"`
	Lines        []quoteLineView   `json:"lines"`
	Codes        []quoteCodeView   `json:"codes"`
	Shipping     []shipping.Option `json:"shipping_options"`
	Method       string            `json:"shipping"`
	Subtotal     int64             `json:"subtotal"`
	Discount     int64             `json:"discount"`
	ShippingCost int64             `json:"shipping_cost"`
	Tax          int64             `json:"tax"`
	TaxInclusive bool              `json:"tax_inclusive"`
	Rounding     int64             `json:"rounding,omitempty"`
	Total        int64             `json:"total"`
}

type quoteLineView struct {
	SKU      string       `json:"sku"`
	Title    string       `json:"title"`
	Qty      int64        `json:"qty"`
	Unit     int64        `json:"unit"`
	Gross    int64        `json:"gross"`
	Discount int64        `json:"discount"`
	Tax      int64        `json:"tax"`
	TaxPPM   int64        `json:"tax_ppm"`
	Total    int64        `json:"total"`
	Gift     bool         `json:"gift,omitempty"`
	Reasons  []reasonView `json:"reasons,omitempty"`
}

type reasonView struct {
	Kind  string `json:"kind"`
	Text  string `json:"text"`
	Minor int64  `json:"minor"`
}

type quoteCodeView struct {
	Code         string `json:"code,omitempty"` // absent where the shop gives it by itself
	Title        string `json:"title"`
	Discount     int64  `json:"discount"`
	FreeShipping bool   `json:"free_shipping,omitempty"`
	Problem      string `json:"problem,omitempty"` // the code of the reason why it does not hold
	Detail       string `json:"detail,omitempty"`
}

func viewQuote(q pricing.Quote) quoteView {
	v := quoteView{Currency: q.Currency, Lines: make([]quoteLineView, len(q.Lines)), Codes: make([]quoteCodeView, len(q.Offers)), Shipping: q.Options, Method: q.Method,
		Subtotal: q.Subtotal, Discount: q.Discount, ShippingCost: q.Shipping, Tax: q.Tax, TaxInclusive: q.Inclusive, Rounding: q.Rounding, Total: q.Total}
	for i, l := range q.Lines {
		v.Lines[i] = quoteLineView{SKU: l.SKU, Title: l.Title, Qty: l.Qty, Unit: l.Unit.Minor, Gross: l.Gross, Discount: l.Discount, Tax: l.Tax, TaxPPM: l.TaxPPM, Total: l.Total, Gift: l.Gift}
		for _, why := range l.Reasons {
			v.Lines[i].Reasons = append(v.Lines[i].Reasons, reasonView(why))
		}
	}
	for i, c := range q.Offers {
		v.Codes[i] = quoteCodeView{Code: c.Code.Code, Title: c.Title, Discount: c.Minor, FreeShipping: c.FreeShipping}
		if c.Problem != nil {
			v.Codes[i].Problem = fault.Code(c.Problem)
			if e, ok := c.Problem.(*fault.Error); ok {
				v.Codes[i].Detail = e.Detail
			}
		}
	}
	return v
}
