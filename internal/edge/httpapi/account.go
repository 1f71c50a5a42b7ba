package httpapi

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
)

// accountRoutes lists what customers do about themselves.
func (a *API) accountRoutes() []Route {
	return []Route{
		{"POST", "/v1/account/register", Public, a.register},
		{"POST", "/v1/account/verify", Public, a.verifyEmail},
		{"POST", "/v1/account/sign-in", Public, a.signIn},
		{"POST", "/v1/account/sign-out", Customer, a.signOut},
		{"POST", "/v1/account/password-reset", Public, a.askReset},
		{"PUT", "/v1/account/password-reset", Public, a.resetPassword},
		{"PUT", "/v1/account/password", Customer, a.changePassword},
		{"POST", "/v1/account/email", Customer, a.askEmail},
		{"PUT", "/v1/account/email", Public, a.changeEmail},
		{"POST", "/v1/account/close", Customer, a.closeAccount},

		{"GET", "/v1/account", Customer, a.getProfile},
		{"PUT", "/v1/account", Customer, a.putProfile},
		{"GET", "/v1/account/sessions", Customer, a.listSessions},
		{"DELETE", "/v1/account/sessions", Customer, a.endOtherSessions},
		{"DELETE", "/v1/account/sessions/{id}", Customer, a.endSession},
		{"GET", "/v1/account/orders", Customer, a.listOwnOrders},
		{"GET", "/v1/account/cart", Customer, a.ownCart},
		{"POST", "/v1/account/cart", Customer, a.mergeCart},
		{"GET", "/v1/account/addresses", Customer, a.listAddresses},
		{"POST", "/v1/account/addresses", Customer, a.addAddress},
		{"PUT", "/v1/account/addresses/{id}", Customer, a.putAddress},
		{"DELETE", "/v1/account/addresses/{id}", Customer, a.deleteAddress},
	}
}

// askedView is the one answer to requests that end in a mail: it is the same
// whether there will be one or not.
var askedView = map[string]string{"status": "if the address can be used for this, a mail is on its way"}

// register handles POST /v1/account/register.
func (a *API) register(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email    string `json:"email"`
		Name     string `json:"name"`
		Password string `json:"password"`
		Locale   string `json:"locale"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	cmd := account.Register{IP: a.clientIP(r).String()}
	if cmd.Email, err = email("email", in.Email); err != nil {
		return err
	}
	if cmd.Name, err = text("name", in.Name, 1, 120); err != nil {
		return err
	}
	if cmd.Password, err = secretText("password", in.Password); err != nil {
		return err
	}
	if cmd.Locale, err = locale(in.Locale); err != nil {
		return err
	}
	if err := a.Accounts.Register(r.Context(), cmd); err != nil {
		return err
	}
	return encode(w, r, http.StatusAccepted, askedView)
}

var localeShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$`)

// locale checks the shape of a language tag (BCP 47); none is English.
func locale(s string) (string, error) {
	if s == "" {
		return "en", nil
	}
	if !localeShape.MatchString(s) || len(s) > 20 {
		return "", fault.Field("bad-locale", "locale", "it is not a language tag such as de or en-GB")
	}
	return s, nil
}

// linkRequest is what a page behind a mailed link sends.
type linkRequest struct {
	Token    string `json:"token"`
	Password string `json:"password"`
	As       string `json:"as"`
}

func (in linkRequest) check() error {
	if _, err := text("token", in.Token, 1, 200); err != nil {
		return err
	}
	_, err := secretText("password", in.Password)
	return err
}

// verifyEmail handles POST /v1/account/verify.
func (a *API) verifyEmail(w http.ResponseWriter, r *http.Request) error {
	var in linkRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	as, err := wayOf(in.As)
	if err != nil {
		return err
	}
	signed, err := a.Accounts.Verify(r.Context(), in.Token, in.Password, a.clientIP(r).String(), userAgent(r))
	if err != nil {
		return err
	}
	return a.hand(w, r, customer, as, signed)
}

// signIn handles POST /v1/account/sign-in.
func (a *API) signIn(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
		As       string `json:"as"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	cmd, as, err := a.command(r, signInRequest{Email: in.Email, Password: in.Password, As: in.As})
	if err != nil {
		return err
	}
	signed, err := a.Accounts.SignIn(r.Context(), cmd)
	if err != nil {
		return err
	}
	return a.hand(w, r, customer, as, signed)
}

// signOut handles POST /v1/account/sign-out.
func (a *API) signOut(w http.ResponseWriter, r *http.Request) error {
	return a.leave(w, r, customer)
}

// askReset handles POST /v1/account/password-reset.
func (a *API) askReset(w http.ResponseWriter, r *http.Request) error {
	return a.asked(w, r, a.Accounts.AskReset)
}

// asked handles a request for a mail to an address, of which the answer tells nothing.
func (a *API) asked(w http.ResponseWriter, r *http.Request, ask func(ctx context.Context, email, ip string) error) error {
	var in struct {
		Email string `json:"email"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	address, err := email("email", in.Email)
	if err != nil {
		return err
	}
	if err := ask(r.Context(), address, a.clientIP(r).String()); err != nil {
		return err
	}
	return encode(w, r, http.StatusAccepted, askedView)
}

// resetPassword handles PUT /v1/account/password-reset.
func (a *API) resetPassword(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := (linkRequest{Token: in.Token, Password: in.Password}).check(); err != nil {
		return err
	}
	return done(w, a.Accounts.Reset(r.Context(), in.Token, in.Password, a.clientIP(r).String()))
}

// done answers with nothing where nothing is to be said.
func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// changePassword handles PUT /v1/account/password.
func (a *API) changePassword(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password    string `json:"password"`
		NewPassword string `json:"new_password"`
	}
	err := decode(r, &in)
	if err == nil {
		_, err = secretText("password", in.Password)
	}
	if err == nil {
		_, err = secretText("new_password", in.NewPassword)
	}
	if err != nil {
		return err
	}
	return done(w, a.Accounts.ChangePassword(r.Context(), who(r), in.Password, in.NewPassword, a.clientIP(r).String()))
}

// askEmail handles POST /v1/account/email.
func (a *API) askEmail(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	err := decode(r, &in)
	if err == nil {
		in.Email, err = email("email", in.Email)
	}
	if err == nil {
		_, err = secretText("password", in.Password)
	}
	if err != nil {
		return err
	}
	if err := a.Accounts.AskEmail(r.Context(), who(r), in.Email, in.Password, a.clientIP(r).String()); err != nil {
		return err
	}
	return encode(w, r, http.StatusAccepted, askedView)
}

// changeEmail handles PUT /v1/account/email.
func (a *API) changeEmail(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token string `json:"token"`
	}
	err := decode(r, &in)
	if err == nil {
		_, err = text("token", in.Token, 1, 200)
	}
	if err != nil {
		return err
	}
	return done(w, a.Accounts.ChangeEmail(r.Context(), in.Token))
}

// closeAccount handles POST /v1/account/close.
func (a *API) closeAccount(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string `json:"password"`
	}
	err := decode(r, &in)
	if err == nil {
		_, err = secretText("password", in.Password)
	}
	if err == nil {
		err = a.Accounts.Close(r.Context(), who(r), in.Password, a.clientIP(r).String())
	}
	if err != nil {
		return err
	}
	a.drop(w, customer)
	return done(w, nil)
}

type profileView struct {
	ID         string    `json:"id"`
	Email      string    `json:"email"`
	Name       string    `json:"name"`
	Locale     string    `json:"locale"`
	VerifiedAt time.Time `json:"verified_at"`
	CreatedAt  time.Time `json:"created_at"`
}

func viewProfile(c user.Customer) profileView {
	return profileView{c.ID, c.Email, c.Name, c.Locale, c.VerifiedAt, c.CreatedAt}
}

// getProfile handles GET /v1/account.
func (a *API) getProfile(w http.ResponseWriter, r *http.Request) error {
	c, err := a.Accounts.Profile(r.Context(), who(r))
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewProfile(c))
}

// putProfile handles PUT /v1/account. What is not listed here customers do not
// write: an unknown field is refused.
func (a *API) putProfile(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name   string `json:"name"`
		Locale string `json:"locale"`
	}
	err := decode(r, &in)
	if err == nil {
		in.Name, err = text("name", in.Name, 1, 120)
	}
	if err == nil {
		in.Locale, err = locale(in.Locale)
	}
	if err != nil {
		return err
	}
	c, err := a.Accounts.SetProfile(r.Context(), who(r), in.Name, in.Locale)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, viewProfile(c))
}
