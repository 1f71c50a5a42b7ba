package httpapi

import (
	"net/http"
	"strings"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
)

// cookieName names the cookie of customers or staff. With __Host- a browser
// takes it from this host over https alone (RFC 6265bis, 4.1.3.2).
func (a *API) cookieName(d door) string {
	name := "tradewind-session"
	if d == staff || d == enrolling {
		name = "tradewind-staff"
	}
	if a.https() {
		return "__Host-" + name
	}
	return name
}

func (a *API) https() bool { return strings.HasPrefix(a.Config.URL, "https://") }

type signedView struct {
	Token         string    `json:"token,omitempty"` // absent if it went into a cookie
	ExpiresAt     time.Time `json:"expires_at"`
	EnrolsOnly    bool      `json:"enrols_only,omitempty"`
	RecoveryCodes []string  `json:"recovery_codes,omitempty"`
}

// viewSigned gives a session to the client in the way it asked for: "cookie",
// out of reach of scripts, or "bearer", in the answer.
func (a *API) viewSigned(w http.ResponseWriter, d door, as string, in account.Signed) signedView {
	v := signedView{ExpiresAt: in.ExpiresAt, EnrolsOnly: in.EnrolsOnly}
	if as == "bearer" {
		v.Token = in.Token
	} else {
		http.SetCookie(w, a.cookie(d, in.Token, int(in.ExpiresAt.Sub(a.Now()).Seconds())))
	}
	return v
}

// hand answers with a session that has just begun.
func (a *API) hand(w http.ResponseWriter, r *http.Request, d door, as string, in account.Signed) error {
	return encode(w, r, http.StatusOK, a.viewSigned(w, d, as, in))
}

// drop makes the browser forget its session.
func (a *API) drop(w http.ResponseWriter, d door) {
	http.SetCookie(w, a.cookie(d, "", -1))
}

func (a *API) cookie(d door, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: a.cookieName(d), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: a.https(), SameSite: http.SameSiteLaxMode}
}

// wayOf checks how the client wants its session.
func wayOf(as string) (string, error) {
	switch as {
	case "", "cookie":
		return "cookie", nil
	case "bearer":
		return "bearer", nil
	}
	return "", fault.Field("bad-choice", "as", "%q is not one of cookie, bearer", clean(as))
}
