package httpapi

import (
	"net/http"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

type locationView struct {
	ID       string `json:"id"`
	Code     string `json:"code"`
	Name     string `json:"name"`
	Country  string `json:"country"`
	Priority int64  `json:"priority"`
	Active   bool   `json:"active"`
	Pickup   bool   `json:"pickup"`
	Version  int64  `json:"version"`
}

func viewLocation(l inventory.Location) locationView { return locationView(l) }

// listLocations handles GET /v1/admin/locations, in the order in which they are sold from.
func (a *API) listLocations(w http.ResponseWriter, r *http.Request) error {
	list, err := a.DB.Read().Stock.Locations(r.Context())
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, len(list), viewLocation, nil))
}

type locationRequest struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Country  string `json:"country"`
	Priority int64  `json:"priority"`
	Active   bool   `json:"active"`
	Pickup   bool   `json:"pickup"`
}

func (in locationRequest) location() (l inventory.Location, err error) {
	l = inventory.Location{Country: in.Country, Priority: in.Priority, Active: in.Active, Pickup: in.Pickup}
	if l.Code, err = name("code", in.Code); err != nil {
		return l, err
	}
	if l.Name, err = text("name", in.Name, 1, 120); err != nil {
		return l, err
	}
	if in.Country != "" && !countryShaped(in.Country) {
		return l, fault.Field("bad-country", "country", "%q is not an ISO 3166-1 alpha-2 code such as DE", clean(in.Country))
	}
	return l, whole("priority", in.Priority, 0, 9999)
}

func countryShaped(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// addLocation handles POST /v1/admin/locations.
func (a *API) addLocation(w http.ResponseWriter, r *http.Request) error {
	var in locationRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	l, err := in.location()
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if l, err = a.Stock.SetLocation(r.Context(), by, l); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusCreated, l.Version, viewLocation(l))
}

// putLocation handles PUT /v1/admin/locations/{location}.
func (a *API) putLocation(w http.ResponseWriter, r *http.Request) error {
	var in locationRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	l, err := in.location()
	if err != nil {
		return err
	}
	if l.ID, err = a.knownLocation(r); err != nil {
		return err
	}
	if l.Version, err = ifMatch(r); err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if l, err = a.Stock.SetLocation(r.Context(), by, l); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, l.Version, viewLocation(l))
}

// knownLocation reads the id of a location that there is from the path.
func (a *API) knownLocation(r *http.Request) (string, error) {
	id, err := pathText(r, "location", 36)
	if err != nil {
		return "", err
	}
	list, err := a.DB.Read().Stock.Locations(r.Context())
	if err != nil {
		return "", err
	}
	for _, l := range list {
		if l.ID == id {
			return id, nil
		}
	}
	return "", inventory.NoLocation(clean(id))
}

// listLevels handles GET /v1/admin/locations/{location}/stock?low&limit&cursor, by SKU.
func (a *API) listLevels(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "low", "limit", "cursor")
	at, err := a.knownLocation(r)
	if err != nil {
		return err
	}
	list := a.DB.Read().Stock.LevelsAt
	if q.choice("low", "false", "true", "false") == "true" {
		list = a.DB.Read().Stock.LowAt
	}
	return listed(w, r, q, "levels", of(list, at), viewLevel, func(l inventory.LevelAt) string { return l.SKU })
}
