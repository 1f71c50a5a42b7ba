package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/user"
)

type sessionView struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current"`
	OpenedBy   string    `json:"opened_by"` // "password" or "provider"
	UserAgent  string    `json:"user_agent"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"` // exact to a minute
	ExpiresAt  time.Time `json:"expires_at"`
}

func viewSessions(list []user.Session, current string) listView[sessionView] {
	out := listView[sessionView]{Items: make([]sessionView, len(list))}
	for i, s := range list {
		out.Items[i] = sessionView{s.ID, s.ID == current, openedBy(s), s.UserAgent, s.CreatedAt, s.LastUsedAt, s.ExpiresAt}
	}
	return out
}

func openedBy(s user.Session) string {
	if s.LinkID != "" {
		return "provider"
	}
	return "password"
}

// listSessions handles GET /v1/account/sessions and its twin of staff.
func (a *API) listSessions(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Accounts.Sessions(r.Context(), who(r))
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewSessions(list, who(r).SessionID))
}

// endOtherSessions handles DELETE /v1/account/sessions and its twin of staff:
// all but the one at hand, which sign-out ends.
func (a *API) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	return done(w, a.Accounts.SignOutElsewhere(r.Context(), who(r)))
}

// endSession handles DELETE /v1/account/sessions/{id} and its twin of staff.
func (a *API) endSession(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "session-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Accounts.EndSession(r.Context(), who(r), id))
}

type addressView struct {
	ID              string `json:"id,omitempty"`
	Name            string `json:"name"`
	Line1           string `json:"line1"`
	Line2           string `json:"line2,omitempty"`
	City            string `json:"city"`
	Region          string `json:"region,omitempty"`
	Postcode        string `json:"postcode,omitempty"`
	Country         string `json:"country"`
	Phone           string `json:"phone,omitempty"`
	DefaultShipping bool   `json:"default_shipping"`
	DefaultBilling  bool   `json:"default_billing"`
}

func viewAddress(x user.Address) addressView {
	return addressView{x.ID, x.Name, x.Line1, x.Line2, x.City, x.Region, x.Postcode, x.Country, x.Phone, x.DefaultShipping, x.DefaultBilling}
}

type addressRequest struct {
	Name            string `json:"name"`
	Line1           string `json:"line1"`
	Line2           string `json:"line2"`
	City            string `json:"city"`
	Region          string `json:"region"`
	Postcode        string `json:"postcode"`
	Country         string `json:"country"`
	Phone           string `json:"phone"`
	DefaultShipping bool   `json:"default_shipping"`
	DefaultBilling  bool   `json:"default_billing"`
}

func (in addressRequest) address() (user.Address, error) {
	out := user.Address{DefaultShipping: in.DefaultShipping, DefaultBilling: in.DefaultBilling}
	for _, f := range []struct {
		name        string
		from        string
		to          *string
		least, most int
	}{
		{"name", in.Name, &out.Name, 1, 120},
		{"line1", in.Line1, &out.Line1, 1, 120},
		{"line2", in.Line2, &out.Line2, 0, 120},
		{"city", in.City, &out.City, 1, 120},
		{"region", in.Region, &out.Region, 0, 120},
		{"postcode", in.Postcode, &out.Postcode, 0, 12},
		{"country", in.Country, &out.Country, 2, 2},
		{"phone", in.Phone, &out.Phone, 0, 40},
	} {
		var err error
		if *f.to, err = text(f.name, f.from, f.least, f.most); err != nil {
			return out, err
		}
	}
	return out, country("country", out.Country)
}

// listAddresses handles GET /v1/account/addresses.
func (a *API) listAddresses(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Accounts.Addresses(r.Context(), who(r))
	if err != nil {
		return err
	}
	out := listView[addressView]{Items: make([]addressView, len(list))}
	for i, x := range list {
		out.Items[i] = viewAddress(x)
	}
	return encode(w, r, http.StatusOK, out)
}

// addAddress handles POST /v1/account/addresses.
func (a *API) addAddress(w http.ResponseWriter, r *http.Request) error {
	return a.saveAddress(w, r, "", http.StatusCreated)
}

// putAddress handles PUT /v1/account/addresses/{id}.
func (a *API) putAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "address-not-found")
	if err != nil {
		return err
	}
	return a.saveAddress(w, r, id, http.StatusOK)
}

func (a *API) saveAddress(w http.ResponseWriter, r *http.Request, id string, status int) error {
	var in addressRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	x, err := in.address()
	if err != nil {
		return err
	}
	x.ID = id
	if x, err = a.Accounts.PutAddress(r.Context(), who(r), x); err != nil {
		return err
	}
	if id == "" {
		w.Header().Set("Location", "/v1/account/addresses/"+x.ID)
	}
	return encode(w, r, status, viewAddress(x))
}

// deleteAddress handles DELETE /v1/account/addresses/{id}.
func (a *API) deleteAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "address-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Accounts.DeleteAddress(r.Context(), who(r), id))
}
