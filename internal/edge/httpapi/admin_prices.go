package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
)

type scheduleView struct {
	ID        string       `json:"id"`
	SKU       string       `json:"sku"`
	Price     money.Amount `json:"price"`
	CompareAt int64        `json:"compare_at,omitempty"`
	Group     string       `json:"group,omitempty"` // a customer group; everybody if it is absent
	StartsAt  time.Time    `json:"starts_at"`
	EndsAt    *time.Time   `json:"ends_at,omitempty"`
	Note      string       `json:"note,omitempty"`
}

func viewSchedule(s catalog.Schedule) scheduleView {
	v := scheduleView{ID: s.ID, SKU: s.SKU, Price: s.Price, CompareAt: s.CompareAt, Group: s.Group, StartsAt: s.StartsAt, Note: s.Note}
	if !s.EndsAt.IsZero() {
		v.EndsAt = &s.EndsAt
	}
	return v
}

// listSchedules handles GET /v1/admin/variants/{sku}/price-schedules: those that are not over.
func (a *API) listSchedules(w http.ResponseWriter, r *http.Request) error {
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	list, err := a.DB.Read().Catalog.Schedules(r.Context(), sku, a.Now())
	if err == nil && len(list) == 0 {
		err = a.variantExists(r, sku)
	}
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, len(list), viewSchedule, nil))
}

// schedulePrice handles POST /v1/admin/variants/{sku}/price-schedules.
func (a *API) schedulePrice(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Price     money.Amount `json:"price"`
		CompareAt int64        `json:"compare_at"`
		Group     string       `json:"group"`
		StartsAt  time.Time    `json:"starts_at"`
		EndsAt    time.Time    `json:"ends_at"`
		Note      string       `json:"note"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	e, err := a.editor(r)
	if err != nil {
		return err
	}
	s, err := e.SchedulePrice(r.Context(), who(r).Actor(), catalog.Schedule{SKU: sku, Price: in.Price, CompareAt: in.CompareAt, Group: in.Group,
		StartsAt: in.StartsAt.UTC().Truncate(time.Microsecond), EndsAt: in.EndsAt.UTC().Truncate(time.Microsecond), Note: in.Note})
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, viewSchedule(s))
}

// endSchedule handles DELETE /v1/admin/price-schedules/{id}.
func (a *API) endSchedule(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "schedule-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Editor.EndPrice(r.Context(), who(r).Actor(), id))
}

type repricedView struct {
	SKU  string    `json:"sku"`
	From priceView `json:"from"`
	To   priceView `json:"to"`
}

func viewRepriced(x merchandising.Repriced) repricedView {
	price := func(p catalog.Price) priceView {
		v := priceView{Amount: p.Amount}
		if p.CompareAt > 0 {
			v.CompareAt = &p.CompareAt
		}
		return v
	}
	return repricedView{x.SKU, price(x.From), price(x.To)}
}

// previewed is how many prices a preview shows.
const previewed = 100

// changePrices handles POST /v1/admin/price-changes?dry_run: what it would do
// to the first prices, or the change itself, which is made soon.
func (a *API) changePrices(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "dry_run")
	dry := q.choice("dry_run", "false", "true", "false") == "true"
	if q.err != nil {
		return q.err
	}
	var in catalog.PriceChange
	if err := decode(r, &in); err != nil {
		return err
	}
	if dry {
		list, err := a.Editor.PreviewPrices(r.Context(), in, previewed)
		if err != nil {
			return err
		}
		return encode(w, r, http.StatusOK, pageOf(list, len(list), viewRepriced, nil))
	}
	e, err := a.editor(r)
	if err != nil {
		return err
	}
	id, err := e.ChangePrices(r.Context(), who(r).Actor(), in)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusAccepted, priceChangeView{id, in})
}

type priceChangeView struct {
	ID string `json:"id"`
	catalog.PriceChange
}

// showPriceChange handles GET /v1/admin/price-changes/{id}.
func (a *API) showPriceChange(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "price-change-not-found")
	if err != nil {
		return err
	}
	c, err := a.DB.Read().Catalog.PriceChange(r.Context(), id)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, priceChangeView{id, c})
}
