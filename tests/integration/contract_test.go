package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tradewind/api"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/app"
	"tradewind/internal/edge/httpapi"
)

type agreement struct {
	doc    *openapi3.T
	router routers.Router
}

// contract is api/openapi.yaml, read and found to be sound, its examples included.
var contract = sync.OnceValues(func() (agreement, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		return agreement{}, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return agreement{}, err
	}
	router, err := gorillamux.NewRouter(doc)
	return agreement{doc, router}, err
})

func theContract(t testing.TB) agreement {
	t.Helper()
	c, err := contract()
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return c
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Errorf("answer %d %.200s: %v", a.status, a.body, err)
	}
}

// code returns the code of a problem document, or "".
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p) // not a problem: no code
	return p.Code
}

// clumsy marks a request that the contract does not allow, and that is made all the same.
const clumsy = "Test-Clumsy"

// ask makes a request with a JSON body ("" for none) and headers in pairs, and
// holds both it and its answer against the contract. It may be called from any goroutine.
func (s *shop) ask(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return answer{}
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return s.send(t, req, []byte(body))
}

func (s *shop) send(t testing.TB, req *http.Request, body []byte) answer {
	t.Helper()
	fail := func(format string, args ...any) answer {
		t.Errorf("%s %s: %s", req.Method, req.URL.RequestURI(), fmt.Sprintf(format, args...))
		return answer{}
	}
	c := theContract(t)
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return fail("the contract knows no such operation: %v", err)
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{SkipSettingDefaults: true, IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, RejectWhenRequestBodyNotSpecified: true}}
	if req.Header.Get(clumsy) == "" {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			return fail("the request breaks the contract: %v", err)
		}
	}
	req.Header.Del(clumsy)
	if req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body)); len(body) == 0 {
		req.Body = http.NoBody
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fail("%v", err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return fail("read answer: %v", err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: resp.StatusCode,
		Header: resp.Header, Body: io.NopCloser(bytes.NewReader(got)), Options: in.Options})
	if err != nil {
		return fail("the answer %d breaks the contract: %v\n%s", resp.StatusCode, err, got)
	}
	a := answer{resp.StatusCode, resp.Header, got}
	if a.status >= 400 && !slices.Contains(codesOf(c.doc, route.Operation, a.status), a.code()) {
		return fail("the contract lists no code %q for %d", a.code(), a.status)
	}
	if word := leaks(got); word != nil {
		return fail("the answer speaks of %q: %s", word, got)
	}
	return a
}

// driverWords must not be in any answer.
var driverWords = regexp.MustCompile(`(?i)\bsql|ORA-\d|sqlite|oraemu|goroutine \d|\.go:\d|panic`)

// random is what tokens look like, in which chance writes any word.
var random = regexp.MustCompile(`[A-Za-z0-9_-]{40,}`)

// leaks finds one of the driverWords in an answer.
func leaks(text []byte) []byte { return driverWords.Find(random.ReplaceAll(text, nil)) }

// codesOf lists the codes that x-problems allow for a status.
func codesOf(doc *openapi3.T, op *openapi3.Operation, status int) []string {
	var out []string
	for _, ext := range []map[string]any{doc.Extensions, op.Extensions} {
		byStatus, _ := ext["x-problems"].(map[string]any)
		list, _ := byStatus[strconv.Itoa(status)].([]any)
		for _, code := range list {
			out = append(out, fmt.Sprint(code))
		}
	}
	return out
}

func TestTheContractListsEveryRouteAndNoOther(t *testing.T) {
	var ours, listed []string
	for _, r := range (&httpapi.API{}).Routes() {
		as := r.Access.String()
		if as == "guest" {
			as = "public" // the tokens of guests are parameters
		}
		ours = append(ours, strings.TrimSpace(r.Method+" "+r.Path+" "+as+" "+r.Access.Permission()))
	}
	for path, item := range theContract(t).doc.Paths.Map() {
		for method, op := range item.Operations() {
			permission, _ := op.Extensions["x-permission"].(string)
			listed = append(listed, strings.TrimSpace(method+" "+path+" "+scheme(op)+" "+permission))
		}
	}
	slices.Sort(ours)
	slices.Sort(listed)
	if !slices.Equal(ours, listed) {
		t.Errorf("routes %v\ncontract %v", ours, listed)
	}
}

// scheme is who may make an operation: public, customer or staff.
func scheme(op *openapi3.Operation) string {
	if op.Security != nil {
		for _, need := range *op.Security {
			for name := range need {
				return name
			}
		}
	}
	return "public"
}

// example is a request of the contract and the status that it expects.
type example struct {
	name, method, path string
	op                 *openapi3.Operation
	params             openapi3.Parameters
	status             int
}

// examples finds them as the contract's description says: every example of an
// answer has a request of the same name.
func examples(doc *openapi3.T) []example {
	var out []example
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, resp := range op.Responses.Map() {
				names := map[string]bool{}
				for _, media := range resp.Value.Content {
					for name, ex := range media.Examples {
						names[name] = true
						if p, ok := ex.Value.Value.(map[string]any); ok && status == "4XX" {
							status = fmt.Sprint(p["status"])
						}
					}
				}
				list, _ := resp.Value.Extensions["x-example-of"].([]any)
				for _, name := range list {
					names[fmt.Sprint(name)] = true
				}
				code, _ := strconv.Atoi(status)
				for name := range names {
					out = append(out, example{name, method, path, op, append(slices.Clone(item.Parameters), op.Parameters...), code})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b example) int {
		return strings.Compare(a.path+a.method+a.name, b.path+b.method+b.name)
	})
	return out
}

// request puts the request of an example together, with real ids and tokens
// in place of those of x-stand-ins.
func (e example) request(t *testing.T, base string, real *strings.Replacer) (*http.Request, []byte) {
	t.Helper()
	path, query, header := e.path, url.Values{}, http.Header{}
	for _, ref := range e.params {
		p := ref.Value
		value := p.Example
		if named, ok := p.Examples[e.name]; ok {
			value = named.Value.Value
		}
		if value == nil {
			continue
		}
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		for _, v := range list {
			text := real.Replace(fmt.Sprint(v))
			switch p.In {
			case "path":
				path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(text), 1)
			case "query":
				query.Add(p.Name, text)
			case "header":
				header.Set(p.Name, text)
			}
		}
	}
	var body []byte
	if e.op.RequestBody != nil {
		kind, value := e.body(t)
		raw, isText := value.(string) // a file
		if fields, ok := value.(map[string]any); ok && kind == "application/x-www-form-urlencoded" {
			raw, isText = form(fields), true
		}
		if !isText {
			b, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			raw = string(b)
		}
		body = []byte(real.Replace(raw))
		header.Set("Content-Type", kind)
	}
	if header.Get(sandboxpay.SignatureHeader) != "" {
		header.Set(sandboxpay.SignatureHeader, sign(body))
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	req, err := http.NewRequest(e.method, base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	return req, body
}

func form(fields map[string]any) string {
	values := url.Values{}
	for name, v := range fields {
		values.Set(name, fmt.Sprint(v))
	}
	return values.Encode()
}

// body returns the example of a body and its media type.
func (e example) body(t *testing.T) (kind string, value any) {
	t.Helper()
	for kind, media := range e.op.RequestBody.Value.Content {
		if ex, ok := media.Examples[e.name]; ok {
			return kind, ex.Value.Value
		}
	}
	t.Fatalf("no example of a body is called %s", e.name)
	return "", nil
}

// Files are texts to the contract.
func init() {
	for _, kind := range []string{"application/x-ndjson", "text/csv"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.PlainBodyDecoder)
	}
}

func TestEveryExampleOfTheContractIsTrue(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Sandbox.Delay = 3600e9 })
	doc := theContract(t).doc
	standIns, _ := doc.Extensions["x-stand-ins"].(map[string]any)
	all := examples(doc)
	covered := map[string]bool{}
	for _, e := range all {
		covered[e.method+" "+e.path] = true
		t.Run(e.method+" "+e.path+" "+e.name, func(t *testing.T) {
			real, tok := s.stage(t, e, standIns)
			req, body := e.request(t, s.base, real)
			if tok != "" {
				req.Header.Set("Authorization", "Bearer "+tok)
			}
			if got := s.send(t, req, body); got.status != e.status {
				t.Errorf("%s %s %s = %d, want %d\n%s", e.method, e.path, body, got.status, e.status, got.body)
			}
		})
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !covered[method+" "+path] {
				t.Errorf("%s %s has no example", method, path)
			}
		}
	}
}
