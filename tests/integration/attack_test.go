package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"tradewind/internal/app"
	"tradewind/internal/service/account/accounttest"
)

// TestEveryRouteOfStaffUnderAttack takes each example of what staff do and
// spoils it in every way that fits: by who asks, by what they saw, by the body.
// What is spoiled is refused and changes nothing, so that the example still works.
func TestEveryRouteOfStaffUnderAttack(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Sandbox.Delay = 3600e9 })
	doc := theContract(t).doc
	standIns, _ := doc.Extensions["x-stand-ins"].(map[string]any)
	now := time.Now().UTC().Truncate(time.Microsecond)
	_, customer, err := accounttest.Customer(t.Context(), s.db, now)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range examples(doc) {
		permission, _ := e.op.Extensions["x-permission"].(string)
		if permission == "" || e.status >= 300 || seen[e.method+e.path] {
			continue
		}
		seen[e.method+e.path] = true
		t.Run(e.method+" "+e.path, func(t *testing.T) {
			real, tok := s.stage(t, e, standIns)
			req, body := e.request(t, s.base, real)
			req.Header.Set("Authorization", "Bearer "+tok)
			if e.op.RequestBody != nil || slices.ContainsFunc(e.params, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "Idempotency-Key" }) {
				req.Header.Set("Idempotency-Key", "attack-"+e.op.OperationID)
			}
			_, other, err := accounttest.Staff(t.Context(), s.db, now, "nothing:read", otherThan(permission))
			if err != nil {
				t.Fatal(err)
			}
			for name, a := range attacks(e, req, body, customer, other) {
				s.refuses(t, name, req, a)
			}
			first := s.again(t, req, body)
			if first.status != e.status {
				t.Errorf("after all that, %s %s = %d, want %d\n%s", e.method, e.path, first.status, e.status, first.body)
			}
			if e.method == http.MethodPost && req.Header.Get("Idempotency-Key") != "" && takesKeys(e) {
				second := s.again(t, req, body)
				if id := regexp.MustCompile(`"id":"[^"]*"`).Find(first.body); second.status != first.status || !bytes.Contains(second.body, id) {
					t.Errorf("asked again under its key: %d %s, want %d %s", second.status, second.body, first.status, first.body)
				}
			}
		})
	}
}

// unversioned lists what staff write without naming a version, and why.
var unversioned = map[string]string{
	"DELETE /v1/admin/customers/{id}/sessions":                 "signs out whoever is signed in",
	"DELETE /v1/admin/staff/{id}/sessions":                     "signs out whoever is signed in",
	"DELETE /v1/admin/redirects/{noun}/{slug}":                 "one value, written whole",
	"PUT /v1/admin/redirects/{noun}/{slug}":                    "one value, written whole",
	"PUT /v1/admin/collections/{id}/products/{product}":        "one value, written whole",
	"DELETE /v1/admin/collections/{id}/products/{product}":     "one value, written whole",
	"PUT /v1/admin/promotions/{id}/codes/{code}":               "one value, written whole",
	"DELETE /v1/admin/promotions/{id}/codes/{code}":            "one value, written whole",
	"DELETE /v1/admin/dead-letters/{id}":                       "it is given up once, whatever became of it",
	"DELETE /v1/admin/dead-jobs/{kind}/{id}":                   "it is given up once, whatever became of it",
	"DELETE /v1/admin/price-schedules/{id}":                    "it does not change until it is ended",
	"PUT /v1/admin/stock/{sku}/locations/{location}/buckets":   "says how many, whatever there were",
	"PUT /v1/admin/stock-takes/{id}/lines/{sku}":               "the last count is believed",
	"PUT /v1/admin/orders/{id}/shipments/{shipment}/delivered": "a parcel arrives once",
	"PUT /v1/admin/orders/{id}/returns/{return}":               "a return moves on by its states",
}

func TestWhatStaffWriteNamesAVersion(t *testing.T) {
	for path, item := range theContract(t).doc.Paths.Map() {
		for method, op := range item.Operations() {
			permission, _ := op.Extensions["x-permission"].(string)
			if permission == "" || method != http.MethodPut && method != http.MethodPatch && method != http.MethodDelete {
				continue
			}
			named := slices.ContainsFunc(append(slices.Clone(item.Parameters), op.Parameters...), func(p *openapi3.ParameterRef) bool { return p.Value.Name == "If-Match" })
			if why := unversioned[method+" "+path]; named == (why != "") {
				t.Errorf("%s %s names a version: %t, though %q", method, path, named, why)
			}
		}
	}
}

// attack is a request that is spoiled, and how it may be answered.
type attack struct {
	header map[string]string // "" takes one away
	path   func(string) string
	body   []byte // nil: as it was
	status []int
	code   string // "" for any
}

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func attacks(e example, req *http.Request, body []byte, customer, other string) map[string]attack {
	out := map[string]attack{
		"nobody":             {header: map[string]string{"Authorization": ""}, status: []int{401}, code: "sign-in-required"},
		"a customer":         {header: map[string]string{"Authorization": "Bearer " + customer}, status: []int{401}, code: "sign-in-required"},
		"another permission": {header: map[string]string{"Authorization": "Bearer " + other}, status: []int{403}, code: "permission-missing"},
	}
	if req.Header.Get("If-Match") != "" {
		out["without If-Match"] = attack{header: map[string]string{"If-Match": ""}, status: []int{428}, code: "precondition-required"}
		for _, tag := range []string{`"99"`, `W/"1"`, `*`, `"0"`, `1`} {
			out["If-Match "+tag] = attack{header: map[string]string{"If-Match": tag}, status: []int{412}, code: "changed-meanwhile"}
		}
	}
	if anID.MatchString(req.URL.Path) && !(e.method == http.MethodPut && strings.Contains(e.path, "/redirects/")) { // any slug will do there
		out["a guessed id"] = attack{path: func(p string) string { return anID.ReplaceAllString(p, "00000000-0000-7000-8000-ffffffffffff") }, status: []int{404, 400}}
		out["no id at all"] = attack{path: func(p string) string { return anID.ReplaceAllString(p, "1%27%20OR%201=1--") }, status: []int{404, 400}}
	}
	if body != nil && e.op.RequestBody != nil && e.op.RequestBody.Value.Content["application/json"] != nil { // files have tests of their own
		maps.Copy(out, spoiled(body))
	}
	return out
}

// spoiled are bodies made of a good one.
func spoiled(body []byte) map[string]attack {
	bad := []int{400}
	out := map[string]attack{
		"no JSON":     {body: []byte(`{"`), status: bad, code: "bad-json"},
		"a list":      {body: []byte(`[]`), status: bad, code: "wrong-type"},
		"oversize":    {body: []byte(`{"x":"` + strings.Repeat("x", 2<<20) + `"}`), status: []int{413}, code: "body-too-large"},
		"form fields": {header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: []int{415}, code: "not-json"},
	}
	var good map[string]json.RawMessage
	if json.Unmarshal(body, &good) != nil {
		return out
	}
	with := func(field, value string) []byte {
		changed := maps.Clone(good)
		changed[field] = json.RawMessage(value)
		text, _ := json.Marshal(changed)
		return text
	}
	for _, field := range []string{"created_at", "is_admin", "on_hand", "used", "actor"} {
		if _, has := good[field]; !has {
			out["mass assignment of "+field] = attack{body: with(field, "1"), status: bad, code: "unknown-field"}
		}
	}
	for field, value := range good {
		for _, wrong := range []string{`{"a":{"b":1}}`, `[[1]]`, `1e400`, `-1.5`, `"\u0000"`} {
			if !sameKind(wrong, string(value)) || wrong == `1e400` || wrong == `-1.5` {
				out["wrong "+field+" "+wrong] = attack{body: with(field, wrong), status: bad}
			}
		}
	}
	return out
}

func sameKind(a, b string) bool { return a[0] == b[0] }

// refuses makes the request as the attack has it and holds the answer against what it may be.
func (s *shop) refuses(t *testing.T, name string, good *http.Request, a attack) {
	t.Helper()
	req := good.Clone(t.Context())
	if a.path != nil {
		req.URL.Path = a.path(req.URL.Path)
		req.URL.RawPath = ""
	}
	for key, value := range a.header {
		if req.Header.Del(key); value != "" {
			req.Header.Set(key, value)
		}
	}
	body, err := good.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if req.Body = body; a.body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(a.body)), int64(len(a.body))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	got := answer{resp.StatusCode, resp.Header, text}
	if err != nil || !slices.Contains(a.status, got.status) || a.code != "" && got.code() != a.code || leaks(text) != nil {
		t.Errorf("%s: %d %.300s, %v; want %v %s", name, got.status, text, err, a.status, a.code)
	}
}

// again makes the request as it is.
func (s *shop) again(t *testing.T, req *http.Request, body []byte) answer {
	t.Helper()
	return s.send(t, req.Clone(t.Context()), body)
}

func takesKeys(e example) bool {
	return slices.ContainsFunc(e.params, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "Idempotency-Key" })
}

// otherThan is the permission next to one: write where read is asked for, and the other way round.
func otherThan(permission string) string {
	area, what, _ := strings.Cut(permission, ":")
	return fmt.Sprint(area, ":", map[string]string{"read": "write", "write": "read"}[what])
}
