package ocitest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signing says what of a request must be signed.
// https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm
type signing int

const (
	whole    signing = iota // a body is signed by its hash
	bodiless                // as uploads of objects: a body, if any, is not signed
	unsigned                // the URL itself is the permission
)

// maxSkew is how far a request's date may be from the Server's clock.
const maxSkew = 5 * time.Minute

func notAuthenticated(why string) error {
	return Failure{http.StatusUnauthorized, "NotAuthenticated", "The required information to complete authentication was not provided or was incorrect: " + why}
}

// verify reports whether r is signed by a key that s knows, by the rules for
// any client: names of headers in any case, x-date in place of date, the request
// target as it was sent.
func (s *Server) verify(r *http.Request, body []byte, rule signing) error {
	if rule == unsigned {
		return nil
	}
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Signature") {
		return notAuthenticated("no signature")
	}
	p := parameters(rest)
	s.mu.Lock()
	key := s.keys[p["keyid"]]
	s.mu.Unlock()
	switch {
	case key == nil:
		return notAuthenticated("unknown key " + p["keyid"])
	case p["algorithm"] != "rsa-sha256":
		return notAuthenticated("algorithm " + p["algorithm"])
	case p["version"] != "" && p["version"] != "1":
		return notAuthenticated("version " + p["version"])
	}
	names := strings.Fields(strings.ToLower(p["headers"]))
	for _, must := range required(r, rule) {
		if !slices.ContainsFunc(must, func(name string) bool { return slices.Contains(names, name) }) {
			return notAuthenticated(strings.Join(must, " or ") + " is not signed")
		}
	}
	text, err := signingText(r, names)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(p["signature"])
	digest := sha256.Sum256([]byte(text))
	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return notAuthenticated("the signature does not fit")
	}
	if err := s.recent(r, names); err != nil {
		return err
	}
	if sum := sha256.Sum256(body); slices.Contains(names, "x-content-sha256") && r.Header.Get("X-Content-Sha256") != base64.StdEncoding.EncodeToString(sum[:]) {
		return notAuthenticated("x-content-sha256 is not that of the body")
	}
	return nil
}

// required lists what must be signed; one of each list will do.
func required(r *http.Request, rule signing) [][]string {
	must := [][]string{{"date", "x-date"}, {"(request-target)"}, {"host"}}
	if rule == whole && (r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch) {
		must = append(must, []string{"content-length"}, []string{"content-type"}, []string{"x-content-sha256"})
	}
	return must
}

func (s *Server) recent(r *http.Request, names []string) error {
	name := "date"
	if slices.Contains(names, "x-date") {
		name = "x-date"
	}
	at, err := http.ParseTime(r.Header.Get(name))
	if err != nil || s.Now().Sub(at).Abs() > maxSkew {
		return notAuthenticated(name + " is not within five minutes: " + r.Header.Get(name))
	}
	return nil
}

// signingText is what the client must have signed.
func signingText(r *http.Request, names []string) (string, error) {
	var lines []string
	for _, name := range names {
		var value string
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.RequestURI
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		default:
			values := r.Header.Values(name)
			if len(values) == 0 {
				return "", notAuthenticated(name + " is signed and missing")
			}
			for i, v := range values {
				values[i] = strings.TrimSpace(v)
			}
			value = strings.Join(values, ", ")
		}
		lines = append(lines, name+": "+value)
	}
	return strings.Join(lines, "\n"), nil
}

// parameters reads name="value" pairs with commas between.
func parameters(text string) map[string]string {
	out := map[string]string{}
	for text != "" {
		name, rest, ok := strings.Cut(text, `="`)
		if !ok {
			break
		}
		value, after, ok := strings.Cut(rest, `"`)
		if !ok {
			break
		}
		out[strings.ToLower(strings.Trim(name, ", \t"))] = value
		text = after
	}
	return out
}

func unescape(s string) (string, error) { return url.PathUnescape(s) }
