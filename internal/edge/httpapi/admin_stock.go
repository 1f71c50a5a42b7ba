package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/stockkeeping"
)

// stockRoutes lists what staff do with stock.
func (a *API) stockRoutes() []Route {
	read, write := Staff("stock:read"), Staff("stock:write")
	return []Route{
		{"GET", "/v1/admin/locations", read, a.listLocations},
		{"POST", "/v1/admin/locations", write, a.addLocation},
		{"PUT", "/v1/admin/locations/{location}", write, a.putLocation},
		{"GET", "/v1/admin/locations/{location}/stock", read, a.listLevels},

		{"GET", "/v1/admin/stock/{sku}", read, a.showStock},
		{"GET", "/v1/admin/stock/{sku}/movements", read, a.listMovements},
		{"POST", "/v1/admin/stock/{sku}/adjustments", write, a.adjustStock},
		{"PUT", "/v1/admin/stock/{sku}/locations/{location}/buckets", write, a.spreadStock},
		{"GET", "/v1/admin/stock/{sku}/policy", read, a.showPolicy},
		{"PUT", "/v1/admin/stock/{sku}/policy", write, a.putPolicy},
		{"GET", "/v1/admin/stock/{sku}/bundle", read, a.showBundle},
		{"PUT", "/v1/admin/stock/{sku}/bundle", write, a.putBundle},
		{"DELETE", "/v1/admin/stock/{sku}/bundle", write, a.endBundle},
		{"GET", "/v1/admin/stock-policies", read, a.listPolicies},
		{"POST", "/v1/admin/stock-changes", write, a.changeStock},

		{"GET", "/v1/admin/inbound", read, a.listInbound},
		{"POST", "/v1/admin/inbound", write, a.draftInbound},
		{"GET", "/v1/admin/inbound/{id}", read, a.showInbound},
		{"POST", "/v1/admin/inbound/{id}/send", write, a.sendInbound},
		{"POST", "/v1/admin/inbound/{id}/receive", write, a.receiveInbound},
		{"POST", "/v1/admin/inbound/{id}/cancel", write, a.cancelInbound},

		{"GET", "/v1/admin/stock-takes", read, a.listTakes},
		{"POST", "/v1/admin/stock-takes", write, a.openTake},
		{"GET", "/v1/admin/stock-takes/{id}", read, a.showTake},
		{"GET", "/v1/admin/stock-takes/{id}/lines", read, a.listTakeLines},
		{"PUT", "/v1/admin/stock-takes/{id}/lines/{sku}", write, a.countTake},
		{"POST", "/v1/admin/stock-takes/{id}/close", write, a.closeTake},
		{"POST", "/v1/admin/stock-takes/{id}/cancel", write, a.cancelTake},

		{"GET", "/v1/admin/holds", read, a.listHolds},
		{"POST", "/v1/admin/holds", write, a.addHold},
		{"GET", "/v1/admin/holds/{id}", read, a.showHold},
		{"POST", "/v1/admin/holds/{id}/release", write, a.releaseHold},
		{"POST", "/v1/admin/holds/{id}/sell", write, a.sellHold},
	}
}

// by is who keeps stock in this request, and under which key.
func by(r *http.Request) (stockkeeping.By, error) {
	once, err := idem(r, who(r).Actor())
	return stockkeeping.By{Actor: who(r).Actor(), Once: once}, err
}

const mostPieces = 999_999_999_999

type levelView struct {
	SKU       string `json:"sku,omitempty"`
	Location  string `json:"location,omitempty"` // an id
	OnHand    int64  `json:"on_hand"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available"`
	Incoming  int64  `json:"incoming"`
	Buckets   int64  `json:"buckets"`
}

func viewLevel(l inventory.LevelAt) levelView {
	return levelView{SKU: l.SKU, Location: l.Location, OnHand: l.OnHand, Reserved: l.Reserved, Available: l.Available(), Incoming: l.Incoming, Buckets: l.Buckets}
}

// stockView is the stock of a SKU: where it is, and how much can be promised of it.
type stockView struct {
	SKU        string      `json:"sku"`
	Promisable int64       `json:"promisable"`
	Levels     []levelView `json:"levels"`
}

// stockOf reads the stock of a SKU. One that is no variant's is not found.
func (a *API) stockOf(r *http.Request, sku string) (v stockView, err error) {
	stock := a.DB.Read().Stock
	units, err := stock.Promisable(r.Context(), []string{sku})
	if err != nil {
		return v, err
	}
	levels, err := stock.LevelsOf(r.Context(), sku)
	if err != nil {
		return v, err
	}
	if len(levels) == 0 {
		if err := a.variantExists(r, sku); err != nil {
			return v, err
		}
	}
	v = stockView{SKU: sku, Promisable: units[sku], Levels: []levelView{}}
	for _, l := range levels {
		v.Levels = append(v.Levels, viewLevel(l))
	}
	return v, nil
}

func (a *API) variantExists(r *http.Request, sku string) error {
	products, err := a.DB.Read().Catalog.BySKUs(r.Context(), []string{sku})
	if err == nil && len(products) == 0 {
		err = fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", clean(sku))
	}
	return err
}

// showStock handles GET /v1/admin/stock/{sku}.
func (a *API) showStock(w http.ResponseWriter, r *http.Request) error {
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	v, err := a.stockOf(r, sku)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, v)
}

type movementView struct {
	ID        string    `json:"id"`
	Location  string    `json:"location"`
	Bucket    int64     `json:"bucket"`
	Reason    string    `json:"reason"`
	OnHand    int64     `json:"on_hand"`  // by how much it changed
	Incoming  int64     `json:"incoming"` // likewise
	Note      string    `json:"note,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	Reference string    `json:"reference,omitempty"`
	MovedAt   time.Time `json:"moved_at"`
}

func viewMovement(m inventory.Movement) movementView {
	return movementView{ID: m.ID, Location: m.Location, Bucket: m.Bucket, Reason: string(m.Reason), OnHand: m.OnHandDelta, Incoming: m.IncomingDelta, Note: m.Note, Actor: m.Actor, Reference: m.Reference, MovedAt: m.MovedAt}
}

// listMovements handles GET /v1/admin/stock/{sku}/movements?limit&cursor, newest first.
func (a *API) listMovements(w http.ResponseWriter, r *http.Request) error {
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	q := queryOf(r.URL, "limit", "cursor")
	limit, before := int(q.number("limit", 24, 1, 100)), ""
	if q.cursor("movements", &before); q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Stock.Movements(r.Context(), sku, before, limit+1)
	if err == nil && len(list) == 0 && before == "" {
		err = a.variantExists(r, sku)
	}
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, limit, viewMovement, func(m inventory.Movement) string { return cursorOf("movements", m.ID) }))
}

// adjustStock handles POST /v1/admin/stock/{sku}/adjustments.
func (a *API) adjustStock(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Location string `json:"location"` // an id; main if it is empty
		Delta    int64  `json:"delta"`
		Reason   string `json:"reason"`
		Note     string `json:"note"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := stockkeeping.Adjustment{Delta: in.Delta, Reason: inventory.Reason(clean(in.Reason))}
	if cmd.SKU, err = pathText(r, "sku", 64); err != nil {
		return err
	}
	if cmd.Location, err = location("location", in.Location); err != nil {
		return err
	}
	if cmd.Note, err = text("note", in.Note, 0, 400); err != nil {
		return err
	}
	if err := whole("delta", in.Delta, -mostPieces, mostPieces); err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if _, err := a.Stock.Adjust(r.Context(), by, cmd); err != nil {
		return err
	}
	v, err := a.stockOf(r, cmd.SKU)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, v)
}

// location is the id of a location, Main if it is empty.
func location(field, id string) (string, error) {
	if id == "" {
		return inventory.Main, nil
	}
	return text(field, id, 1, 36)
}

// spreadStock handles PUT /v1/admin/stock/{sku}/locations/{location}/buckets.
func (a *API) spreadStock(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Buckets int64 `json:"buckets"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	at, err := pathText(r, "location", 36)
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if err := a.Stock.Spread(r.Context(), by, sku, at, in.Buckets); err != nil {
		return err
	}
	v, err := a.stockOf(r, sku)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, v)
}

// mostRows bounds a change of many levels.
const mostRows = 1000

// changeStock handles POST /v1/admin/stock-changes: many levels at once. A row
// that is refused leaves the others alone.
func (a *API) changeStock(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Rows []struct {
			SKU      string `json:"sku"`
			Location string `json:"location"` // its code; main if it is empty
			Qty      int64  `json:"qty"`
			Relative bool   `json:"relative"` // qty is added; it is what is there from now on otherwise
		} `json:"rows"`
		Note string `json:"note"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if len(in.Rows) == 0 || len(in.Rows) > mostRows {
		return fault.Field("too-many-values", "rows", "1 to %d rows are possible, not %d", mostRows, len(in.Rows))
	}
	note, err := text("note", in.Note, 0, 400)
	if err != nil {
		return err
	}
	rows := make([]stockkeeping.Row, len(in.Rows))
	for i, x := range in.Rows {
		if _, err := text("rows.sku", x.SKU, 1, 64); err != nil {
			return err
		}
		if _, err := text("rows.location", x.Location, 0, 40); err != nil {
			return err
		}
		if err := whole("rows.qty", x.Qty, -mostPieces, mostPieces); err != nil {
			return err
		}
		rows[i] = stockkeeping.Row{SKU: x.SKU, Location: x.Location, Qty: x.Qty, Relative: x.Relative}
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if len(by.Once.Key) > 180 {
		return fault.Field("bad-idempotency-key", "Idempotency-Key", "choose 8 to 180 printable ASCII characters, such as a UUID")
	}
	results, err := a.Stock.Bulk(r.Context(), by, rows, note)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, listView[stockkeeping.Result]{Items: results})
}
