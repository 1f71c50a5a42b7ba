package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"tradewind/internal/domain/analytics"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// The bounds of a question for figures.
const (
	figureDays = 30
	maxFigures = 366 * 24 * time.Hour
)

// listFigures handles GET /v1/admin/figures?from&until: what days sold, from the
// tables of reports, by day and currency.
func (a *API) listFigures(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "from", "until")
	from, until := q.moment("from"), q.moment("until")
	if until.IsZero() {
		until = a.Now()
	}
	if from.IsZero() {
		from = until.AddDate(0, 0, -figureDays)
	}
	if q.err == nil && (from.After(until) || until.Sub(from) > maxFigures) {
		q.fail(fault.Field("bad-time", "from", "from is %s and until %s; ask for a year at most, from the earlier day", from.Format(time.DateOnly), until.Format(time.DateOnly)))
	}
	if q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Analytics.Figures(r.Context(), analytics.DayOf(from), analytics.DayOf(until))
	if err != nil {
		return err
	}
	views := make([]figureView, 0, len(list))
	for _, f := range list {
		views = append(views, viewFigure(f))
	}
	return encode(w, r, http.StatusOK, map[string]any{"items": views})
}

type figureView struct {
	Day      string       `json:"day"`
	Orders   int64        `json:"orders"`
	Buyers   int64        `json:"buyers"`
	Units    int64        `json:"units"`
	Gross    money.Amount `json:"gross"`
	Discount money.Amount `json:"discount"`
	Tax      money.Amount `json:"tax"`
	Captured money.Amount `json:"captured"`
	Refunded money.Amount `json:"refunded"`
}

func viewFigure(f analytics.Figure) figureView {
	of := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: f.Currency} }
	d := strconv.FormatInt(int64(f.Day), 10)
	return figureView{Day: d[:4] + "-" + d[4:6] + "-" + d[6:], Orders: f.Orders, Buyers: f.Buyers, Units: f.Units,
		Gross: of(f.Gross), Discount: of(f.Discount), Tax: of(f.Tax), Captured: of(f.Captured), Refunded: of(f.Refunded)}
}
