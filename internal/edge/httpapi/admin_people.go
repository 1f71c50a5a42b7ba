package httpapi

import (
	"cmp"
	"net/http"
	"regexp"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
)

type customerView struct {
	ID         string     `json:"id"`
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Status     string     `json:"status"`
	Group      string     `json:"group"`
	Locale     string     `json:"locale"`
	Notes      string     `json:"notes,omitempty"`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
	Version    int64      `json:"version"`
	CreatedAt  time.Time  `json:"created_at"`
}

func viewCustomer(c user.Customer) customerView {
	v := customerView{ID: c.ID, Email: c.Email, Name: c.Name, Status: string(c.Status), Group: c.Group, Locale: c.Locale, Notes: c.Notes, Version: c.Version, CreatedAt: c.CreatedAt}
	if !c.VerifiedAt.IsZero() {
		v.VerifiedAt = &c.VerifiedAt
	}
	return v
}

// listCustomers handles GET /v1/admin/customers?email&group&status&limit&cursor.
func (a *API) listCustomers(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "email", "group", "status", "limit", "cursor")
	f := user.CustomerFilter{EmailPrefix: q.text("email", 254), Group: q.text("group", 40), Limit: int(q.number("limit", 24, 1, 100))}
	f.Status = user.CustomerStatus(q.choice("status", "", string(user.Active), string(user.Locked), string(user.Closed)))
	order := "id"
	if f.EmailPrefix != "" {
		order = "email"
	}
	q.cursor("customers-"+order, &f.After)
	if q.err != nil {
		return q.err
	}
	f.Limit++ // one more says that there is a next page
	list, err := a.DB.Read().Customers.List(r.Context(), f)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, f.Limit-1, viewCustomer, func(c user.Customer) string {
		if order == "email" {
			return cursorOf("customers-email", user.EmailKey(c.Email))
		}
		return cursorOf("customers-id", c.ID)
	}))
}

// getCustomer handles GET /v1/admin/customers/{id}.
func (a *API) getCustomer(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "customer-not-found")
	if err != nil {
		return err
	}
	c, err := a.DB.Read().Customers.Load(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewCustomer(c))
}

// putCustomer handles PUT /v1/admin/customers/{id}.
func (a *API) putCustomer(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Group  string `json:"group"`
		Status string `json:"status"`
		Notes  string `json:"notes"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := account.CustomerChange{Status: user.CustomerStatus(in.Status)}
	if cmd.ID, err = pathID(r, "customer-not-found"); err != nil {
		return err
	}
	if cmd.Version, err = ifMatch(r); err != nil {
		return err
	}
	if cmd.Group, err = name("group", in.Group); err != nil {
		return err
	}
	if cmd.Notes, err = text("notes", in.Notes, 0, 2000); err != nil {
		return err
	}
	if cmd.Status != user.Active && cmd.Status != user.Locked {
		return fault.Field("bad-choice", "status", "%q is not one of active, locked", clean(in.Status))
	}
	c, err := a.Accounts.ChangeCustomer(r.Context(), who(r), cmd)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, c.Version, viewCustomer(c))
}

// addCustomer handles POST /v1/admin/customers.
func (a *API) addCustomer(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email  string `json:"email"`
		Name   string `json:"name"`
		Group  string `json:"group"`
		Locale string `json:"locale"`
		Notes  string `json:"notes"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	var cmd account.NewCustomer
	if cmd.Email, err = email("email", in.Email); err != nil {
		return err
	}
	if cmd.Name, err = text("name", in.Name, 1, 120); err != nil {
		return err
	}
	if cmd.Group, err = name("group", cmp.Or(in.Group, "standard")); err != nil {
		return err
	}
	if cmd.Locale, err = locale(in.Locale); err != nil {
		return err
	}
	if cmd.Notes, err = text("notes", in.Notes, 0, 2000); err != nil {
		return err
	}
	c, err := a.Accounts.AddCustomer(r.Context(), who(r), cmd)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/customers/"+c.ID)
	return encodeVersion(w, r, http.StatusCreated, c.Version, viewCustomer(c))
}

// closeCustomer handles DELETE /v1/admin/customers/{id}.
func (a *API) closeCustomer(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "customer-not-found")
	if err != nil {
		return err
	}
	version, err := ifMatch(r)
	if err != nil {
		return err
	}
	return done(w, a.Accounts.CloseCustomer(r.Context(), who(r), id, version))
}

// endCustomerSessions handles DELETE /v1/admin/customers/{id}/sessions.
func (a *API) endCustomerSessions(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "customer-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Accounts.EndSessionsOf(r.Context(), who(r), user.Owner{CustomerID: id}))
}

// endStaffSessions handles DELETE /v1/admin/staff/{id}/sessions.
func (a *API) endStaffSessions(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "staff-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Accounts.EndSessionsOf(r.Context(), who(r), user.Owner{StaffID: id}))
}

type staffView struct {
	ID           string    `json:"id"`
	Email        string    `json:"email"`
	Name         string    `json:"name"`
	Status       string    `json:"status"`
	Roles        []string  `json:"roles"`
	SecondFactor bool      `json:"second_factor"`
	Version      int64     `json:"version"`
	CreatedAt    time.Time `json:"created_at"`
}

func viewStaff(m user.Staff) staffView {
	return staffView{m.ID, m.Email, m.Name, string(m.Status), m.Roles, !m.TOTPSince.IsZero(), m.Version, m.CreatedAt}
}

// listStaff handles GET /v1/admin/staff?limit&cursor.
func (a *API) listStaff(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "staff", a.DB.Read().Staff.Page, viewStaff, func(m user.Staff) string { return m.ID })
}

// addStaff handles POST /v1/admin/staff.
func (a *API) addStaff(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email    string   `json:"email"`
		Name     string   `json:"name"`
		Password string   `json:"password"`
		Roles    []string `json:"roles"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := account.NewStaff{Roles: in.Roles}
	if cmd.Email, err = email("email", in.Email); err != nil {
		return err
	}
	if cmd.Name, err = text("name", in.Name, 1, 120); err != nil {
		return err
	}
	if cmd.Password, err = secretText("password", in.Password); err != nil {
		return err
	}
	if err := fewNames("roles", in.Roles); err != nil {
		return err
	}
	m, err := a.Accounts.AddStaff(r.Context(), who(r), cmd)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/staff/"+m.ID)
	return encodeVersion(w, r, http.StatusCreated, m.Version, viewStaff(m))
}

// getStaff handles GET /v1/admin/staff/{id}.
func (a *API) getStaff(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "staff-not-found")
	if err != nil {
		return err
	}
	m, err := a.DB.Read().Staff.Load(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, m.Version, viewStaff(m))
}

// putStaff handles PUT /v1/admin/staff/{id}.
func (a *API) putStaff(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name   string   `json:"name"`
		Status string   `json:"status"`
		Roles  []string `json:"roles"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := account.StaffChange{Status: user.StaffStatus(in.Status), Roles: in.Roles}
	if cmd.ID, err = pathID(r, "staff-not-found"); err != nil {
		return err
	}
	if cmd.Version, err = ifMatch(r); err != nil {
		return err
	}
	if cmd.Name, err = text("name", in.Name, 1, 120); err != nil {
		return err
	}
	if cmd.Status != user.StaffActive && cmd.Status != user.StaffDisabled {
		return fault.Field("bad-choice", "status", "%q is not one of active, disabled", clean(in.Status))
	}
	if err := fewNames("roles", in.Roles); err != nil {
		return err
	}
	m, err := a.Accounts.ChangeStaff(r.Context(), who(r), cmd)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, m.Version, viewStaff(m))
}

var nameShape = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// name checks a name that programs use, such as that of a role or a group.
func name(field, s string) (string, error) {
	if len(s) > 40 || !nameShape.MatchString(s) {
		return "", fault.Field("bad-name", field, "write up to 40 small letters, digits and single dashes, such as read-only")
	}
	return s, nil
}

func fewNames(field string, names []string) error {
	if len(names) > 50 {
		return fault.Field("too-many-values", field, "at most 50 are possible")
	}
	for _, s := range names {
		if _, err := name(field, s); err != nil {
			return err
		}
	}
	return nil
}
