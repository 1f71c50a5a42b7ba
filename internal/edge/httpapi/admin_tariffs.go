package httpapi

import (
	"net/http"

	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/tariffs"
)

// tariffRoutes lists what staff do with tax zones and shipping rates.
func (a *API) tariffRoutes() []Route {
	read, write := Staff("settings:read"), Staff("settings:write")
	return []Route{
		{"GET", "/v1/admin/tax-zones", read, a.listZones},
		{"POST", "/v1/admin/tax-zones", write, a.addZone},
		{"GET", "/v1/admin/tax-zones/{country}/{subdivision}", read, a.showZone},
		{"PUT", "/v1/admin/tax-zones/{country}/{subdivision}", write, a.putZone},
		{"DELETE", "/v1/admin/tax-zones/{country}/{subdivision}", write, a.deleteZone},
		{"GET", "/v1/admin/shipping-rates", read, a.listRates},
		{"POST", "/v1/admin/shipping-rates", write, a.addRate},
		{"GET", "/v1/admin/shipping-rates/{id}", read, a.showRate},
		{"PUT", "/v1/admin/shipping-rates/{id}", write, a.putRate},
		{"DELETE", "/v1/admin/shipping-rates/{id}", write, a.deleteRate},
	}
}

func tariffist(r *http.Request) (tariffs.By, error) {
	once, err := idem(r, who(r).Actor())
	return tariffs.By{Actor: who(r).Actor(), Once: once}, err
}

type zoneView struct {
	Country     string           `json:"country"`
	Subdivision string           `json:"subdivision"` // * is the whole country
	Region      string           `json:"region"`
	Inclusive   bool             `json:"inclusive"` // prices contain the tax
	Rates       map[string]int64 `json:"rates"`     // parts per million by tax class
	Version     int64            `json:"version"`
}

func viewZone(z pricing.Zone) zoneView {
	return zoneView{z.Country, z.Subdivision, z.Region, z.Inclusive, z.RatePPM, z.Version}
}

type zoneCursor struct{ Country, Subdivision string }

// listZones handles GET /v1/admin/tax-zones?limit&cursor, by country.
func (a *API) listZones(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "limit", "cursor")
	limit := int(q.number("limit", 24, 1, 100))
	var at zoneCursor
	if q.cursor("tax-zones", &at); q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Taxes.ZonePage(r.Context(), at.Country, at.Subdivision, limit+1)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, limit, viewZone, func(z pricing.Zone) string { return cursorOf("tax-zones", zoneCursor{z.Country, z.Subdivision}) }))
}

type zoneRequest struct {
	Region    string           `json:"region"`
	Inclusive bool             `json:"inclusive"`
	Rates     map[string]int64 `json:"rates"`
}

func (in zoneRequest) zone() pricing.Zone {
	return pricing.Zone{Region: in.Region, Inclusive: in.Inclusive, RatePPM: in.Rates}
}

// addZone handles POST /v1/admin/tax-zones.
func (a *API) addZone(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Country     string `json:"country"`
		Subdivision string `json:"subdivision"`
		zoneRequest
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	by, err := tariffist(r)
	if err != nil {
		return err
	}
	z := in.zone()
	z.Country, z.Subdivision = in.Country, in.Subdivision
	if z, err = a.Tariffs.AddZone(r.Context(), by, z); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusCreated, z.Version, viewZone(z))
}

// pathZone reads which zone is meant.
func pathZone(r *http.Request) (country, subdivision string, err error) {
	if country, err = pathText(r, "country", 2); err != nil {
		return "", "", err
	}
	subdivision, err = pathText(r, "subdivision", 12)
	return country, subdivision, err
}

// showZone handles GET /v1/admin/tax-zones/{country}/{subdivision}.
func (a *API) showZone(w http.ResponseWriter, r *http.Request) error {
	country, subdivision, err := pathZone(r)
	if err != nil {
		return err
	}
	z, err := a.DB.Read().Taxes.ExactZone(r.Context(), country, subdivision)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, z.Version, viewZone(z))
}

// putZone handles PUT /v1/admin/tax-zones/{country}/{subdivision}.
func (a *API) putZone(w http.ResponseWriter, r *http.Request) error {
	var in zoneRequest
	err := decode(r, &in)
	if err != nil {
		return err
	}
	z := in.zone()
	if z.Country, z.Subdivision, err = pathZone(r); err != nil {
		return err
	}
	if z.Version, err = ifMatch(r); err != nil {
		return err
	}
	if z, err = a.Tariffs.ChangeZone(r.Context(), tariffs.By{Actor: who(r).Actor()}, z); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, z.Version, viewZone(z))
}

// deleteZone handles DELETE /v1/admin/tax-zones/{country}/{subdivision}.
func (a *API) deleteZone(w http.ResponseWriter, r *http.Request) (err error) {
	var z pricing.Zone
	if z.Country, z.Subdivision, err = pathZone(r); err != nil {
		return err
	}
	if z.Version, err = ifMatch(r); err != nil {
		return err
	}
	return done(w, a.Tariffs.RemoveZone(r.Context(), tariffs.By{Actor: who(r).Actor()}, z))
}

type rateView struct {
	ID             string       `json:"id"`
	Country        string       `json:"country"`
	Method         string       `json:"method"`
	Title          string       `json:"title"`
	MaxWeightG     int64        `json:"max_weight_g"`
	Price          money.Amount `json:"price"`
	FreeFrom       int64        `json:"free_from"` // minor units of goods; 0 for never
	PostcodePrefix string       `json:"postcode_prefix"`
	Position       int64        `json:"position"`
	Version        int64        `json:"version"`
}

func viewRate(x shipping.Rate) rateView {
	return rateView{x.ID, x.Country, x.Method, x.Title, x.MaxWeightG, x.Price, x.FreeFrom, x.PostcodePrefix, x.Position, x.Version}
}

// listRates handles GET /v1/admin/shipping-rates?country&limit&cursor, by id.
func (a *API) listRates(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "country", "limit", "cursor")
	return listed(w, r, q, "rates", of(a.DB.Read().Shipping.RatePage, q.text("country", 2)), viewRate, func(x shipping.Rate) string { return x.ID })
}

type rateRequest struct {
	Country        string       `json:"country"`
	Method         string       `json:"method"`
	Title          string       `json:"title"`
	MaxWeightG     int64        `json:"max_weight_g"`
	Price          money.Amount `json:"price"`
	FreeFrom       int64        `json:"free_from"`
	PostcodePrefix string       `json:"postcode_prefix"`
	Position       int64        `json:"position"`
}

func (in rateRequest) rate() (shipping.Rate, error) {
	title, err := text("title", in.Title, 1, 120)
	return shipping.Rate{Country: in.Country, Method: in.Method, Title: title, MaxWeightG: in.MaxWeightG, Price: in.Price, FreeFrom: in.FreeFrom, PostcodePrefix: in.PostcodePrefix, Position: in.Position}, err
}

// addRate handles POST /v1/admin/shipping-rates.
func (a *API) addRate(w http.ResponseWriter, r *http.Request) error {
	var in rateRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	x, err := in.rate()
	if err != nil {
		return err
	}
	by, err := tariffist(r)
	if err != nil {
		return err
	}
	if x, err = a.Tariffs.AddRate(r.Context(), by, x); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/shipping-rates/"+x.ID)
	return encodeVersion(w, r, http.StatusCreated, x.Version, viewRate(x))
}

// showRate handles GET /v1/admin/shipping-rates/{id}.
func (a *API) showRate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "shipping-rate-not-found")
	if err != nil {
		return err
	}
	x, err := a.DB.Read().Shipping.Rate(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, x.Version, viewRate(x))
}

// putRate handles PUT /v1/admin/shipping-rates/{id}.
func (a *API) putRate(w http.ResponseWriter, r *http.Request) error {
	var in rateRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	x, err := in.rate()
	if err != nil {
		return err
	}
	if x.ID, x.Version, err = thing(r, "shipping-rate-not-found"); err != nil {
		return err
	}
	if x, err = a.Tariffs.ChangeRate(r.Context(), tariffs.By{Actor: who(r).Actor()}, x); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, x.Version, viewRate(x))
}

// deleteRate handles DELETE /v1/admin/shipping-rates/{id}.
func (a *API) deleteRate(w http.ResponseWriter, r *http.Request) error {
	id, version, err := thing(r, "shipping-rate-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Tariffs.RemoveRate(r.Context(), tariffs.By{Actor: who(r).Actor()}, id, version))
}
