package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// decode reads the body, a single JSON object of known fields, into in.
func decode(r *http.Request, in any) error {
	body, err := read(r)
	if err != nil {
		return err
	}
	return unmarshal(r, body, in)
}

func unmarshal(r *http.Request, body []byte, in any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fault.New(fault.Unsupported, "not-json", "Send the body as application/json.")
	}
	if !utf8.Valid(body) {
		return badJSON("The body is not valid UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil {
		return jsonError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badJSON("There is something after the JSON object.")
	}
	return plainObject(body)
}

// plainObject refuses what encoding/json lets pass in a body that it can read:
// null in place of an object, and names that stand twice in one, of which only the last
// would count. Names are compared as encoding/json does, without regard to case.
func plainObject(body []byte) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, _ := dec.Token(); t != json.Delim('{') {
		return fault.Field("wrong-type", "body", "send an object")
	}
	open := []map[string]bool{{}} // the objects around; nil for a list
	value := false                // whether a value comes next in the object
	for len(open) > 0 {
		t, err := dec.Token()
		if err != nil {
			return jsonError(err)
		}
		names := open[len(open)-1]
		name, isText := t.(string)
		switch {
		case t == json.Delim('{'), t == json.Delim('['):
			next := map[string]bool(nil)
			if t == json.Delim('{') {
				next = map[string]bool{}
			}
			open, value = append(open, next), false
		case t == json.Delim('}'), t == json.Delim(']'):
			open, value = open[:len(open)-1], false
		case names != nil && !value && isText:
			if name = strings.ToLower(name); names[name] {
				return fault.Field("repeated-field", clean(name), "it stands twice")
			}
			names[name], value = true, true
		default:
			value = false
		}
	}
	return nil
}

// read returns the body, which middleware has bounded, and keeps it for the
// idempotency hash.
func read(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.New(fault.TooLarge, "body-too-large", "The body is larger than %d bytes.", tooLarge.Limit)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "body-broken", "The body could not be read to its end.").Because(err)
	}
	if s := stateOf(r); s != nil {
		s.body = body
	}
	return body, nil
}

func badJSON(format string, args ...any) error {
	return fault.New(fault.Invalid, "bad-json", format, args...)
}

func jsonError(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := e.Field
		if field == "" {
			field = "body"
		}
		return fault.Field("wrong-type", field, "a JSON %s does not fit here; send a %s", e.Value, jsonType(e.Type.Kind().String()))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badJSON("The body is not JSON: %s at byte %d.", e.Error(), e.Offset)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.Field("unknown-field", strings.Trim(name, `"`), "there is no such field")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badJSON("The body ends before the JSON does.")
	}
	return badJSON("The body is not the JSON that is expected here.").(*fault.Error).Because(err)
}

func jsonType(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"):
		return "whole number"
	case kind == "struct" || kind == "ptr" || kind == "map":
		return "object"
	case kind == "slice":
		return "list"
	}
	return kind
}

// idem reads the Idempotency-Key header. scope says what the key is for and
// whose it is; the hash covers method, path, query, who asks, tokens and body.
func idem(r *http.Request, scope string) (idempotency.Request, error) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return idempotency.Request{}, nil
	}
	if len(key) < 8 || len(key) > 200 || !printable(key) {
		return idempotency.Request{}, fault.Field("bad-idempotency-key", "Idempotency-Key", "choose 8 to 200 printable ASCII characters, such as a UUID")
	}
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get(cartToken), r.Header.Get(orderToken), who(r).CustomerID, who(r).StaffID} {
		io.WriteString(h, part)
		h.Write([]byte{0})
	}
	if s := stateOf(r); s != nil {
		h.Write(s.body)
	}
	return idempotency.Request{Scope: scope, Key: key, Hash: h.Sum(nil)}, nil
}

// The headers by which guests show that a cart or an order is theirs.
const (
	cartToken  = "Cart-Token"
	orderToken = "Order-Token"
)

// tokenOf reads a token; the shape is checked so that junk never reaches the database.
func tokenOf(r *http.Request, header string) (string, error) {
	t := r.Header.Get(header)
	if t == "" {
		return "", fault.New(fault.Unauthorized, "token-missing", "Send the token in the header %s.", header)
	}
	if len(t) > 200 || !printable(t) {
		return "", fault.New(fault.Unauthorized, "token-malformed", "The header %s does not hold a token of this shop.", header)
	}
	return t, nil
}

// pathID reads an id from the path; anything that is not one is nowhere to be found.
func pathID(r *http.Request, code string) (string, error) {
	id := mux.Vars(r)["id"]
	if !uuidShaped(id) {
		return "", fault.New(fault.NotFound, code, "There is no %s here.", clean(id))
	}
	return id, nil
}

func uuidShaped(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// pathText reads a text of up to max characters from the path.
func pathText(r *http.Request, name string, max int) (string, error) {
	raw, err := url.PathUnescape(mux.Vars(r)[name])
	if err != nil {
		return "", fault.Field("bad-text", name, "the path is not correctly escaped")
	}
	return text(name, raw, 1, max)
}

// text checks a text of a request: length in characters, no control characters.
func text(field, s string, least, most int) (string, error) {
	s = strings.TrimSpace(s)
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s):
		return "", fault.Field("bad-text", field, "it is not valid UTF-8")
	case n < least && n == 0:
		return "", fault.Field("missing-field", field, "it is required")
	case n < least || n > most:
		return "", fault.Field("bad-text", field, "it has %d characters; %d to %d are possible", n, least, most)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", fault.Field("bad-text", field, "control characters are not possible here")
	}
	return s, nil
}

// secretText checks a password's shape and leaves the rest as it is: spaces at
// the ends belong to it.
func secretText(field, s string) (string, error) {
	switch {
	case s == "":
		return "", fault.Field("missing-field", field, "it is required")
	case !utf8.ValidString(s) || len(s) > 4*user.MaxPassword:
		return "", fault.Field("bad-text", field, "at most %d characters are possible", user.MaxPassword)
	}
	return s, nil
}

// paragraph checks a text that may have several lines.
func paragraph(field, s string, least, most int) (string, error) {
	flat := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(s)
	if _, err := text(field, flat, least, most); err != nil {
		return "", err
	}
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")), nil
}

// email checks the shape of an address (RFC 5321 lengths, RFC 5322 syntax without a name).
func email(field, s string) (string, error) {
	s, err := text(field, s, 3, 254)
	if err != nil {
		return "", err
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
		return "", fault.Field("bad-email", field, "it is not an e-mail address such as ada@example.com")
	}
	return s, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// clean makes a piece of a request fit to be repeated in an answer.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
