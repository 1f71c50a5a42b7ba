package httpapi

import (
	"net/http"

	"tradewind/internal/domain/setting"
	"tradewind/internal/service/account"
)

type signInRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Code     string `json:"code"` // of the second factor
	As       string `json:"as"`   // "cookie", which is the default, or "bearer"
}

// command reads what somebody shows at the door. The password is taken as it
// is: whether it is long enough is not for the door to say.
func (a *API) command(r *http.Request, in signInRequest) (cmd account.SignIn, as string, err error) {
	cmd = account.SignIn{Password: in.Password, IP: a.clientIP(r).String(), UserAgent: userAgent(r)}
	if cmd.Email, err = email("email", in.Email); err != nil {
		return cmd, "", err
	}
	if cmd.Code, err = text("code", in.Code, 0, 40); err != nil {
		return cmd, "", err
	}
	if cmd.Password, err = secretText("password", in.Password); err != nil {
		return cmd, "", err
	}
	as, err = wayOf(in.As)
	return cmd, as, err
}

// userAgent is what the browser calls itself, cut to what is kept.
func userAgent(r *http.Request) string {
	return clean(r.Header.Get("User-Agent"))
}

// signInStaff handles POST /v1/admin/sign-in.
func (a *API) signInStaff(w http.ResponseWriter, r *http.Request) error {
	var in signInRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	cmd, as, err := a.command(r, in)
	if err != nil {
		return err
	}
	signed, err := a.Accounts.SignInStaff(r.Context(), cmd)
	if err != nil {
		return err
	}
	return a.hand(w, r, staff, as, signed)
}

type meView struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"`
	EnrolsOnly  bool     `json:"enrols_only,omitempty"`
}

// showMe handles GET /v1/admin/me.
func (a *API) showMe(w http.ResponseWriter, r *http.Request) error {
	p := who(r)
	return encode(w, r, http.StatusOK, meView{p.StaffID, p.Name, p.Permissions, p.EnrolsOnly})
}

// signOutStaff handles POST /v1/admin/sign-out.
func (a *API) signOutStaff(w http.ResponseWriter, r *http.Request) error {
	return a.leave(w, r, staff)
}

// enrol handles POST /v1/admin/second-factor.
func (a *API) enrol(w http.ResponseWriter, r *http.Request) error {
	shop, err := a.Settings.Text(r.Context(), setting.ShopName)
	if err != nil {
		return err
	}
	e, err := a.Accounts.Enrol(r.Context(), who(r), shop)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, map[string]string{"secret": e.Secret, "uri": e.URI})
}

// enrolled handles PUT /v1/admin/second-factor. The session is a new one: what
// could only enrol until now ends here.
func (a *API) enrolled(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Code string `json:"code"`
		As   string `json:"as"`
	}
	err := decode(r, &in)
	if err == nil {
		in.Code, err = text("code", in.Code, 1, 40)
	}
	if err == nil {
		in.As, err = wayOf(in.As)
	}
	if err != nil {
		return err
	}
	signed, codes, err := a.Accounts.Enrolled(r.Context(), who(r), in.Code, userAgent(r))
	if err != nil {
		return err
	}
	v := a.viewSigned(w, staff, in.As, signed)
	v.RecoveryCodes = codes
	return encode(w, r, http.StatusOK, v)
}

// changeStaffPassword handles PUT /v1/admin/password.
func (a *API) changeStaffPassword(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password    string `json:"password"`
		NewPassword string `json:"new_password"`
		Code        string `json:"code"`
	}
	err := decode(r, &in)
	if err == nil {
		_, err = secretText("password", in.Password)
	}
	if err == nil {
		_, err = secretText("new_password", in.NewPassword)
	}
	if err == nil {
		in.Code, err = text("code", in.Code, 1, 40)
	}
	if err != nil {
		return err
	}
	return done(w, a.Accounts.ChangeStaffPassword(r.Context(), who(r),
		account.StaffPassword{Current: in.Password, Next: in.NewPassword, Code: in.Code, IP: a.clientIP(r).String()}))
}
