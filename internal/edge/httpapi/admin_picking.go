package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/fulfilment"
)

// pickingRoutes lists what the warehouse does with pick lists.
func (a *API) pickingRoutes() []Route {
	read, write := Staff("orders:read"), Staff("orders:write")
	return []Route{
		{"GET", "/v1/admin/pick-lists", read, a.listPickLists},
		{"GET", "/v1/admin/pick-lists/{id}", read, a.showPickList},
		{"POST", "/v1/admin/pick-lists/{id}/start", write, a.startPicking},
		{"POST", "/v1/admin/pick-lists/{id}/packed", write, a.packed},
		{"POST", "/v1/admin/pick-lists/{id}/shipped", write, a.handOver},
	}
}

// pickListRow is a pick list as a list of them shows it.
type pickListRow struct {
	ID        string    `json:"id"`
	OrderID   string    `json:"order_id"`
	Location  string    `json:"location"` // an id
	State     string    `json:"state"`
	Units     int64     `json:"units"`
	Actor     string    `json:"actor"`
	Shipment  string    `json:"shipment,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func viewPickListRow(l picking.List) pickListRow {
	v := pickListRow{ID: l.ID, OrderID: l.OrderID, Location: l.Location, State: string(l.State), Actor: l.Actor, Shipment: l.ShipmentID, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt}
	for _, p := range l.Lines {
		v.Units += p.Qty
	}
	return v
}

// pickListView is a pick list with all that is printed on it.
type pickListView struct {
	pickListRow
	Number   int64          `json:"number"` // of the order
	Shipping string         `json:"shipping"`
	ShipTo   order.Address  `json:"ship_to"`
	Lines    []pickLineView `json:"lines"`
}

type pickLineView struct {
	Line  int64      `json:"line"`
	SKU   string     `json:"sku"`
	Title string     `json:"title"`
	Qty   int64      `json:"qty"`
	Parts []partView `json:"parts,omitempty"` // of a bundle, for all of qty
}

type partView struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

// pickList adds to a list what its order says of it.
func (a *API) pickList(ctx context.Context, l picking.List) (v pickListView, err error) {
	o, err := a.DB.Read().Orders.Load(ctx, l.OrderID)
	if err != nil {
		return v, err
	}
	bundles, err := a.DB.Read().Stock.BundledBy(ctx, l.OrderID)
	if err != nil {
		return v, err
	}
	v = pickListView{pickListRow: viewPickListRow(l), Number: o.Number, Shipping: o.ShippingMethod, ShipTo: o.ShipTo, Lines: []pickLineView{}}
	for _, p := range l.Lines {
		line, err := order.Find(o.Lines, p.LineNo)
		if err != nil {
			return v, err
		}
		shown := pickLineView{Line: p.LineNo, SKU: line.SKU, Title: line.Title, Qty: p.Qty}
		for _, c := range bundles[line.SKU] {
			shown.Parts = append(shown.Parts, partView{c.SKU, c.Qty * p.Qty})
		}
		v.Lines = append(v.Lines, shown)
	}
	return v, nil
}

// listPickLists handles GET /v1/admin/pick-lists?state&location&limit&cursor.
func (a *API) listPickLists(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "state", "location", "limit", "cursor")
	f := picking.Filter{Location: q.text("location", 36), Limit: int(q.number("limit", 24, 1, 100)),
		State: picking.State(q.choice("state", string(picking.Open), string(picking.Open), string(picking.Picking), string(picking.Packed), string(picking.Shipped), string(picking.Withdrawn)))}
	if q.cursor("pick-lists", &f.After); q.err != nil {
		return q.err
	}
	f.Limit++ // one more says that there is a next page
	list, err := a.DB.Read().PickLists.Page(r.Context(), f)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, f.Limit-1, viewPickListRow, func(l picking.List) string { return cursorOf("pick-lists", l.ID) }))
}

// showPickList handles GET /v1/admin/pick-lists/{id}.
func (a *API) showPickList(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "pick-list-not-found")
	if err != nil {
		return err
	}
	l, err := a.DB.Read().PickLists.Get(r.Context(), id)
	return a.answerPickList(w, r, l, err)
}

func (a *API) answerPickList(w http.ResponseWriter, r *http.Request, l picking.List, err error) error {
	if err != nil {
		return err
	}
	v, err := a.pickList(r.Context(), l)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, l.Version, v)
}

// pickingStep reads which list is meant, which version of it was seen, and by whom.
func pickingStep(r *http.Request) (in fulfilment.Step, err error) {
	in.Actor = who(r).Actor()
	if in.ListID, err = pathID(r, "pick-list-not-found"); err != nil {
		return in, err
	}
	if in.Version, err = ifMatch(r); err != nil {
		return in, err
	}
	in.Once, err = idem(r, "staff "+in.ListID)
	return in, err
}

// startPicking handles POST /v1/admin/pick-lists/{id}/start.
func (a *API) startPicking(w http.ResponseWriter, r *http.Request) error {
	in, err := pickingStep(r)
	if err != nil {
		return err
	}
	l, err := a.Fulfil.StartPicking(r.Context(), in)
	return a.answerPickList(w, r, l, err)
}

// packed handles POST /v1/admin/pick-lists/{id}/packed.
func (a *API) packed(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Lines []order.Pick `json:"lines"` // all of the list if absent
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	in, err := pickingStep(r)
	if err != nil {
		return err
	}
	l, err := a.Fulfil.Pack(r.Context(), in, body.Lines)
	return a.answerPickList(w, r, l, err)
}

// parcelBody is what staff say of a parcel that goes out.
type parcelBody struct {
	Carrier     string `json:"carrier"`
	Tracking    string `json:"tracking"`
	TrackingURL string `json:"tracking_url"`
}

func (b parcelBody) command() (cmd fulfilment.Ship, err error) {
	for _, f := range []struct {
		name, from  string
		to          *string
		least, most int
	}{{"carrier", b.Carrier, &cmd.Carrier, 1, 60}, {"tracking", b.Tracking, &cmd.Tracking, 0, 120}, {"tracking_url", b.TrackingURL, &cmd.TrackingURL, 0, 1000}} {
		if *f.to, err = text(f.name, f.from, f.least, f.most); err != nil {
			return cmd, err
		}
	}
	if cmd.TrackingURL != "" && !strings.HasPrefix(cmd.TrackingURL, "https://") {
		return cmd, fault.Field("bad-url", "tracking_url", "it must be an https address")
	}
	return cmd, nil
}

// handOver handles POST /v1/admin/pick-lists/{id}/shipped.
func (a *API) handOver(w http.ResponseWriter, r *http.Request) error {
	var body parcelBody
	if err := decode(r, &body); err != nil {
		return err
	}
	in, err := pickingStep(r)
	if err != nil {
		return err
	}
	parcel, err := body.command()
	if err != nil {
		return err
	}
	l, err := a.Fulfil.HandOver(r.Context(), in, parcel)
	return a.answerPickList(w, r, l, err)
}
