package sandboxpay

import (
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
)

// tolerance is how far a notice's clock may be from ours, so that a copy of an
// old one is of no use to whoever found it.
const tolerance = 5 * time.Minute

// Notice implements payment.Provider. A signature that is missing, wrong or
// more than five minutes away from now is a "bad-signature"; a body that is
// signed but makes no sense is a "bad-notice".
func (c *Client) Notice(header map[string]string, body []byte, now time.Time) (payment.Notice, error) {
	if err := c.checkSignature(signatureIn(header), body, now); err != nil {
		return payment.Notice{}, err
	}
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return payment.Notice{}, badNotice("it is not the JSON of an event").Because(err)
	}
	if e.ID == "" || e.Created <= 0 {
		return payment.Notice{}, badNotice("it has no id or no time")
	}
	st, err := stateOf(e.Charge)
	if err != nil {
		return payment.Notice{}, badNotice("its charge makes no sense").Because(err)
	}
	return payment.Notice{ID: e.ID, State: st, At: time.Unix(e.Created, 0).UTC()}, nil
}

// checkSignature accepts any of several v1 signatures, so that the provider may
// change its secret without a gap.
func (c *Client) checkSignature(value string, body []byte, now time.Time) error {
	var t string
	var given [][]byte
	for part := range strings.SplitSeq(value, ",") {
		switch name, v, _ := strings.Cut(part, "="); strings.TrimSpace(name) {
		case "t":
			t = v
		case "v1":
			if sig, err := hex.DecodeString(v); err == nil {
				given = append(given, sig)
			}
		}
	}
	unix, err := strconv.ParseInt(t, 10, 64)
	if err != nil || len(given) == 0 {
		return badSignature("has no %s header of the form t=...,v1=...", SignatureHeader)
	}
	want := mac(c.secret, t, body)
	matches := false
	for _, sig := range given {
		matches = hmac.Equal(sig, want) || matches
	}
	if !matches {
		return badSignature("was not signed with our secret; check sandboxpay.webhook-secret")
	}
	if age := now.Sub(time.Unix(unix, 0)); age > tolerance || age < -tolerance {
		return badSignature("was signed more than %v away from our clock", tolerance)
	}
	return nil
}

func signatureIn(header map[string]string) string {
	if v, ok := header[SignatureHeader]; ok {
		return v
	}
	for name, v := range header {
		if strings.EqualFold(name, SignatureHeader) {
			return v
		}
	}
	return ""
}

func badSignature(format string, args ...any) error {
	return fault.New(fault.Unauthorized, "bad-signature", "The notice "+format+".", args...)
}

func badNotice(why string) *fault.Error {
	return fault.New(fault.Invalid, "bad-notice", "The notice cannot be read: %s.", why)
}
