package user

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// The second factor of staff: RFC 6238 with what every authenticator app takes,
// SHA-1, steps of 30 seconds and six digits.
const (
	totpStep   = 30
	totpDigits = 6
	totpSkew   = 1 // steps that a clock may be off, each way (RFC 6238, 5.2)

	// TOTPSecretBytes is how long a secret is (RFC 4226, 4, R6).
	TOTPSecretBytes = 20
)

// totpCode is the code of a step (RFC 4226, 5.3).
func totpCode(secret []byte, step int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// TOTPCode is the code that an app shows at a moment.
func TOTPCode(secret []byte, at time.Time) string {
	return totpCode(secret, at.Unix()/totpStep, totpDigits)
}

// TOTPMatches returns the step of which code is the code, if it is one of now.
// To be used once, the step must then be taken: see StaffStore.UseStep.
func TOTPMatches(secret []byte, code string, now time.Time) (step int64, ok bool) {
	current := now.Unix() / totpStep
	for step := current - totpSkew; step <= current+totpSkew; step++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, step, totpDigits)), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// TOTPText is the secret as people type it into an app.
func TOTPText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// TOTPURI is the secret as an app reads it from a picture (Key Uri Format of
// Google Authenticator).
func TOTPURI(secret []byte, shop, email string) string {
	q := url.Values{"secret": {TOTPText(secret)}, "issuer": {shop}}
	return "otpauth://totp/" + url.PathEscape(shop) + ":" + url.PathEscape(email) + "?" + q.Encode()
}
