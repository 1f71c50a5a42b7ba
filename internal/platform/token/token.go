// Package token makes the opaque tokens by which guests hold carts and orders.
// A token is derived from a secret and an id, so it can be told again without
// being kept; the database holds its hash alone. One that ends says so itself.
package token

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Maker derives tokens from Secret.
type Maker struct{ Secret []byte }

// NewMaker refuses a secret shorter than 32 bytes.
func NewMaker(secret []byte) (Maker, error) {
	if len(secret) < 32 {
		return Maker{}, fmt.Errorf("the token secret has %d bytes; it needs at least 32", len(secret))
	}
	return Maker{secret}, nil
}

// Token returns the token of the thing of that kind and id: 32 random-looking
// bytes in URL-safe base64, 43 characters.
func (m Maker) Token(kind, id string) string {
	mac := hmac.New(sha256.New, m.Secret)
	mac.Write([]byte(kind + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Until is a token of the thing that itself says until when, to the second.
func (m Maker) Until(kind, id string, end time.Time) string {
	seconds := strconv.FormatInt(end.Unix(), 36)
	return seconds + "." + m.Token(kind+" until "+seconds, id)
}

// End returns until when a token works that Until has made for the thing; ok is
// false for any other.
func (m Maker) End(kind, id, tok string) (end time.Time, ok bool) {
	text, _, _ := strings.Cut(tok, ".")
	seconds, err := strconv.ParseInt(text, 36, 64)
	if err != nil {
		return end, false
	}
	end = time.Unix(seconds, 0).UTC()
	return end, hmac.Equal([]byte(m.Until(kind, id, end)), []byte(tok))
}

// Hash returns what is kept of a token: its SHA-256, 32 bytes.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Random returns a token of 256 bits that nothing can be derived from, in
// URL-safe base64, 43 characters.
func Random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// Key derives 32 bytes for another purpose from the secret (HKDF, RFC 5869).
func (m Maker) Key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, m.Secret, nil, purpose, 32)
	if err != nil {
		panic(err) // only more bytes than HKDF can give
	}
	return key
}
