package httpapi

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// nasty is what attackers and clumsy people put where a text belongs.
var nasty = []string{"", " ", "\x00", "a\x00b", "\xff\xfe", "\xc3\x28", "\r\nX-Evil: 1", "\u202e\u2066", "\U0010ffff", "\ufeff", strings.Repeat("a", 41), strings.Repeat("ä", 121), strings.Repeat("\U0001f4a9", 300),
	"'", `" OR 1=1 --`, "'; DROP TABLE orders; --", "${jndi:ldap://x}", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd", "..%2f..%2f", "%", "%00", "%25", "%s%n", "null", "undefined", "NaN", "true", "[]", "{}",
	"-1", "0", "-0", "1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "999999999999999", "1000000000000000", "0x10", "１２", "1_000", "+1", "1.5", "eur", "EURO", "XXX", "*", "?", "#", "&", "a=b", ";", "\\", "/", "//", ".", "..", "a..b", "..", "5..1", "1..", "-", "--", "*:*", `"unclosed`, "NEAR(", "AND OR NOT", "a*"}

// some is all of list, or an eighth of it under the race detector, which makes
// the embedded database many times slower.
func some(list []string) []string {
	if !raced {
		return slices.Clone(list)
	}
	var out []string
	for i := 0; i < len(list); i += 8 {
		out = append(out, list[i])
	}
	return out
}

func TestNothingInAQueryBreaksTheShop(t *testing.T) {
	s := open(t)
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	names := []string{"q", "category", "brand", "price_min", "price_max", "currency", "attr.material", "attr.volume", "attr.", "sort", "limit", "cursor", "in_stock", "facets", "country", "postcode", "shipping", "nosuch", "\x00", "ATTR.x"}
	for _, path := range []string{"/v1/products", "/v1/search", "/v1/products/almanac-mug", "/v1/categories", "/v1/carts/" + id + "/quote"} {
		for _, name := range names {
			for _, v := range some(nasty) {
				s.ask(t, "GET", path+"?"+url.QueryEscape(name)+"="+url.QueryEscape(v), "", "Cart-Token", tok)
			}
		}
		for _, raw := range []string{"%zz", "a=%", "a=%f", ";;;", "a;b=c", "&&&&", "=", "==", "limit=1&limit=2", "brand=a&brand=b", strings.Repeat("attr.a=1&", 50), "attr.a=1&attr.b=2&attr.c=3&attr.d=4", "attr.volume=1..2&attr.volume=3..4", "attr.volume=9..1", "q=" + strings.Repeat("lamp+", 500)} {
			r := httptest.NewRequest("GET", path, nil)
			r.URL.RawQuery = raw
			r.Header.Set("Cart-Token", tok)
			s.do(t, r)
		}
	}
}

func TestNothingInAPathBreaksTheShop(t *testing.T) {
	s := open(t)
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	for _, v := range some(nasty) {
		for _, path := range []string{"/v1/products/%s", "/v1/carts/%s", "/v1/carts/%s/quote", "/v1/carts/" + id + "/items/%s", "/v1/carts/" + id + "/codes/%s", "/v1/orders/%s", "/v1/orders/%s/payment", "/v1/orders/%s/cancel", "/v1/webhooks/%s", "/v1/%s", "/%s", "/media/%s"} {
			for _, escaped := range []string{url.PathEscape(v), v} {
				full := fmt.Sprintf(path, escaped)
				u := &url.URL{Path: full, RawPath: full}
				if plain, err := url.PathUnescape(full); err == nil {
					u.Path = plain
				}
				for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
					r := httptest.NewRequest(method, "/", strings.NewReader(`{"qty":1,"method":"tok_ok"}`))
					r.URL = u
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Cart-Token", tok)
					r.Header.Set("Order-Token", tok)
					s.do(t, r)
				}
			}
		}
	}
}

func TestNothingInABodyBreaksTheShop(t *testing.T) {
	s := open(t)
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	values := []string{`null`, `true`, `-1`, `0`, `1.5`, `1e400`, `9223372036854775807`, `9223372036854775808`, `[]`, `[[]]`, `{}`, `[null]`, `""`, `"\u0000"`, `"\ud800"`, `"a\r\nBcc: x@y.z"`}
	for _, v := range some(nasty) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, string(text))
	}
	bodies := map[string][]string{
		"POST /v1/carts": {`{"currency":%s}`, `{"items":%s}`, `{"items":[%s]}`, `{"items":[{"sku":%s,"qty":1}]}`, `{"items":[{"sku":"MU01-ALMA-SAND","qty":%s}]}`, `{"x":%s}`, `%s`},
		"PUT /v1/carts/" + id + "/items/MU01-ALMA-SAND":         {`{"qty":%s}`, `{"qty":1,"x":%s}`, `%s`},
		"POST /v1/orders/" + id + "/payment":                    {`{"method":%s}`, `{"method":"tok_ok","return_url":%s}`, `%s`},
		"POST /v1/orders/" + id + "/cancel":                     {`{"reason":%s}`, `%s`},
		"POST /v1/webhooks/sandboxpay":                          {`%s`, `{"id":%s}`},
		"POST /v1/checkout":                                     {`%s`},
		"PUT /v1/carts/" + id + "/codes/WELCOME10":              {`%s`},
		"DELETE /v1/carts/" + id + "/items/NO-SUCH":             {`%s`},
		"PATCH /v1/carts/" + id:                                 {`%s`},
		"POST /v1/checkout?x=1":                                 {`{"cart_id":%s}`},
		"POST /v1/orders/00000000-0000-7000-8000-0000000000ff/": {`%s`},
	}
	good := map[string]string{"cart_id": `"00000000-0000-7000-8000-00000000beef"`, "email": `"ada@example.com"`, "name": `"Ada"`, "line1": `"Spreeufer 1"`, "city": `"Berlin"`, "postcode": `"10997"`, "country": `"DE"`, "shipping": `"standard"`, "minor": `1`, "currency": `"EUR"`}
	for field := range good {
		text := fmt.Sprintf(`{"cart_id":%s,"email":%s,"ship_to":{"name":%s,"line1":%s,"city":%s,"postcode":%s,"country":%s},"shipping":%s,"total":{"minor":%s,"currency":%s}}`,
			place(good, field, "cart_id"), place(good, field, "email"), place(good, field, "name"), place(good, field, "line1"), place(good, field, "city"), place(good, field, "postcode"),
			place(good, field, "country"), place(good, field, "shipping"), place(good, field, "minor"), place(good, field, "currency"))
		bodies["POST /v1/checkout"] = append(bodies["POST /v1/checkout"], text)
	}
	for operation, shapes := range bodies {
		method, path, _ := strings.Cut(operation, " ")
		for _, shape := range shapes {
			for _, v := range values {
				s.ask(t, method, path, fmt.Sprintf(shape, v), "Cart-Token", tok, "Order-Token", tok)
			}
		}
	}
}

// place leaves a gap at the field that is to be filled, and good values elsewhere.
func place(good map[string]string, gap, field string) string {
	if gap == field {
		return "%s"
	}
	return good[field]
}

func TestBodiesThatAreRefusedAndWhy(t *testing.T) {
	s := open(t)
	deep := strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
	for name, tc := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"nothing":                     {``, "application/json", 400, "bad-json"},
		"cut off":                     {`{"items":[`, "application/json", 400, "bad-json"},
		"two objects":                 {`{}{}`, "application/json", 400, "bad-json"},
		"something behind":            {`{} x`, "application/json", 400, "bad-json"},
		"null":                        {`null`, "application/json", 400, "wrong-type"},
		"a list":                      {`[]`, "application/json", 400, "wrong-type"},
		"a text":                      {`"x"`, "application/json", 400, "wrong-type"},
		"a field nobody knows":        {`{"item":[]}`, "application/json", 400, "unknown-field"},
		"a field twice":               {`{"currency":"EUR","currency":"USD"}`, "application/json", 400, "repeated-field"},
		"a field twice in two cases":  {`{"currency":"EUR","Currency":"USD"}`, "application/json", 400, "repeated-field"},
		"a field twice inside":        {`{"items":[{"sku":"MU01-ALMA-SAND","qty":1,"qty":9}]}`, "application/json", 400, "repeated-field"},
		"text for a number":           {`{"items":[{"sku":"MU01-ALMA-SAND","qty":"1"}]}`, "application/json", 400, "wrong-type"},
		"a broken number":             {`{"items":[{"sku":"MU01-ALMA-SAND","qty":1.5}]}`, "application/json", 400, "wrong-type"},
		"invalid UTF-8":               {"{\"currency\":\"\xff\"}", "application/json", 400, "bad-json"},
		"UTF-16":                      {"\xfe\xff\x00{\x00}", "application/json", 400, "bad-json"},
		"a byte order mark":           {"\xef\xbb\xbf{}", "application/json", 400, "bad-json"},
		"deeper than anybody needs":   {deep, "application/json", 413, "body-too-large"},
		"deep within the limit":       {strings.Repeat(`[`, 30_000), "application/json", 400, "bad-json"},
		"larger than the limit":       {`{"currency":"` + strings.Repeat("a", 70_000) + `"}`, "application/json", 413, "body-too-large"},
		"a form":                      {`items=1`, "application/x-www-form-urlencoded", 415, "not-json"},
		"no content type":             {`{}`, "", 415, "not-json"},
		"a content type that is none": {`{}`, ";;;", 415, "not-json"},
		"no quantity":                 {`{"items":[{"sku":"MU01-ALMA-SAND","qty":0}]}`, "application/json", 400, "bad-quantity"},
		"a quantity below zero":       {`{"items":[{"sku":"MU01-ALMA-SAND","qty":-1}]}`, "application/json", 400, "bad-quantity"},
		"10 and -5 are not 5":         {`{"items":[{"sku":"MU01-ALMA-SAND","qty":10},{"sku":"MU01-ALMA-SAND","qty":-5}]}`, "application/json", 400, "bad-quantity"},
		"a sum above the largest":     {`{"items":[{"sku":"MU01-ALMA-SAND","qty":9999},{"sku":"MU01-ALMA-SAND","qty":1}]}`, "application/json", 400, "bad-quantity"},
		"a sum that would overflow":   {`{"items":[{"sku":"MU01-ALMA-SAND","qty":1},{"sku":"MU01-ALMA-SAND","qty":9223372036854775807}]}`, "application/json", 400, "bad-quantity"},
		"too many items":              {`{"items":[` + strings.TrimSuffix(strings.Repeat(`{"sku":"A","qty":1},`, 101), ",") + `]}`, "application/json", 400, "too-many-items"},
		"a currency that is none":     {`{"currency":"XXZ"}`, "application/json", 400, "unknown-currency"},
		"a SKU that is none":          {`{"items":[{"sku":"NO-SUCH","qty":1}]}`, "application/json", 404, "sku-not-sold"},
		"a SKU not sold in it":        {`{"currency":"JPY","items":[{"sku":"MU01-ALMA-SAND","qty":1}]}`, "application/json", 404, "sku-not-sold"},
		"an empty SKU":                {`{"items":[{"sku":" ","qty":1}]}`, "application/json", 400, "missing-field"},
		"a NUL in a SKU":              {`{"items":[{"sku":"A\u0000","qty":1}]}`, "application/json", 400, "bad-text"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/v1/carts", strings.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.contentType)
			if w := s.do(t, r); w.Code != tc.status || codeIn(w) != tc.code {
				t.Errorf("= %d %s, want %d %s", w.Code, w.Body, tc.status, tc.code)
			}
		})
	}
}

func TestAmountsBeyondWhatAnOrderCanHoldAreRefusedNotWrapped(t *testing.T) {
	s := open(t)
	var items []string
	for i := range 100 {
		items = append(items, fmt.Sprintf(`{"sku":"GOLD-%d","qty":9999}`, i))
	}
	for name, list := range map[string]string{"a hundred lines": strings.Join(items, ","), "one of two": items[0], "one with tax or postage": `{"sku":"GOLD-0","qty":1}`} {
		id, tok := s.start(t, list)
		if w := s.ask(t, "GET", "/v1/carts/"+id, "", "Cart-Token", tok); w.Code != 200 || strings.Contains(w.Body.String(), ":-") {
			t.Errorf("%s: the cart = %d %.300s", name, w.Code, w.Body)
		}
		for _, country := range []string{"DE", "CA"} {
			if w := s.ask(t, "GET", "/v1/carts/"+id+"/quote?country="+country, "", "Cart-Token", tok); w.Code != 400 && w.Code != 409 {
				t.Errorf("%s to %s = %d %s", name, country, w.Code, w.Body)
			}
		}
	}
	id, tok := s.start(t, strings.Join(items, ","))
	if w := s.ask(t, "PUT", "/v1/carts/"+id+"/items/GOLD-100", `{"qty":1}`, "Cart-Token", tok); codeIn(w) != "cart-full" {
		t.Errorf("item 101 = %d %s", w.Code, w.Body)
	}
}

func TestHeadersThatLieOrRamble(t *testing.T) {
	s := open(t)
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	for _, header := range []string{"Cart-Token", "Order-Token", "Idempotency-Key", "If-None-Match", "Accept-Encoding", "Content-Type", "X-Request-Id", "Traceparent", "Range", "Accept", "If-Modified-Since", "Content-Encoding", "Transfer-Encoding", "X-Forwarded-For", "X-HTTP-Method-Override", "Sandbox-Signature"} {
		for _, v := range append(some(nasty), strings.Repeat("a", 5000), `"`+strings.Repeat("x", 300)+`"`, "gzip;q=0", "gzip;q=zz", "bytes=0-0", "W/*") {
			for _, operation := range []string{"GET /v1/categories", "GET /v1/products?limit=5", "GET /v1/carts/" + id, "PUT /v1/carts/" + id + "/items/MU01-ALMA-SAND", "POST /v1/webhooks/sandboxpay", "GET /v1/orders/" + id} {
				method, path, _ := strings.Cut(operation, " ")
				if method == "PUT" && !strings.Contains("Cart-Token Idempotency-Key Content-Type Content-Encoding", header) {
					continue // the others say nothing about a change, and a change takes time
				}
				r := httptest.NewRequest(method, path, strings.NewReader(`{"qty":1}`))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Cart-Token", tok)
				r.Header[http.CanonicalHeaderKey(header)] = []string{v}
				w := s.do(t, r)
				if got := w.Header().Get("X-Request-Id"); strings.ContainsAny(got, "\r\n\x00 ") {
					t.Errorf("X-Request-Id %q came back", got)
				}
			}
		}
	}
}

func TestTokensAndKeysAreAskedForInTheRightShape(t *testing.T) {
	s := open(t)
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	for name, tc := range map[string]struct {
		token, key string
		status     int
		code       string
	}{
		"no token":             {"", "", 401, "token-missing"},
		"a token with a blank": {"a b", "", 401, "token-malformed"},
		"a token too long":     {strings.Repeat("a", 201), "", 401, "token-malformed"},
		"another token":        {strings.Repeat("a", 43), "", 404, "cart-not-found"},
		"a key too short":      {tok, "1234567", 400, "bad-idempotency-key"},
		"a key with a blank":   {tok, "1234 5678", 400, "bad-idempotency-key"},
		"a key too long":       {tok, strings.Repeat("k", 201), 400, "bad-idempotency-key"},
		"all well":             {tok, strings.Repeat("k", 200), 200, ""},
	} {
		if w := s.ask(t, "PUT", "/v1/carts/"+id+"/items/MU01-ALMA-SAND", `{"qty":2}`, "Cart-Token", tc.token, "Idempotency-Key", tc.key); w.Code != tc.status || codeIn(w) != tc.code {
			t.Errorf("%s = %d %s, want %d %s", name, w.Code, w.Body, tc.status, tc.code)
		}
	}
	if w := s.ask(t, "POST", "/v1/carts", `{}`, "Idempotency-Key", "00000001"); codeIn(w) != "bad-idempotency-key" {
		t.Errorf("a key that strangers share = %d %s; it would hand out somebody else's cart", w.Code, w.Body)
	}
}

func TestAKeyBelongsToOneCart(t *testing.T) {
	s := open(t)
	a, tokA := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	b, tokB := s.start(t, `{"sku":"MU01-ALMA-RUST","qty":1}`)
	for id, tok := range map[string]string{a: tokA, b: tokB} {
		if w := s.ask(t, "PUT", "/v1/carts/"+id+"/items/MU01-ALMA-SLATE", `{"qty":2}`, "Cart-Token", tok, "Idempotency-Key", "the-same-key"); w.Code != 200 || !strings.Contains(w.Body.String(), id) {
			t.Errorf("cart %s under a key that another one used = %d %s", id, w.Code, w.Body)
		}
	}
}

func TestWrongMethodsSayWhichAreRight(t *testing.T) {
	s := open(t)
	for path, want := range map[string]string{
		"/": "GET, HEAD", "/openapi.yaml": "GET, HEAD", "/v1/products": "GET, HEAD", "/v1/carts": "POST", "/v1/checkout": "POST",
		"/v1/carts/x": "GET, HEAD", "/v1/carts/x/items/y": "PUT, DELETE", "/v1/orders/x/payment": "POST", "/v1/webhooks/x": "POST",
	} {
		for _, method := range []string{"PATCH", "TRACE", "OPTIONS", "BREW"} {
			w := s.ask(t, method, path, "")
			if w.Code != 405 || codeIn(w) != "wrong-method" || w.Header().Get("Allow") != want {
				t.Errorf("%s %s = %d %s, Allow %q, want 405 and %q", method, path, w.Code, codeIn(w), w.Header().Get("Allow"), want)
			}
		}
	}
	for _, path := range []string{"/v1", "/v1/", "//", "/v1//products", "/v1/products/", "/v1/products/a/b", "/V1/products", "/v1/carts/", "/v2/products", "/v1/products/../carts", "/.git/config", "/metrics", "/debug/pprof/"} {
		if w := s.ask(t, "GET", path, ""); w.Code != 404 || codeIn(w) != "no-such-path" {
			t.Errorf("GET %s = %d %s", path, w.Code, codeIn(w))
		}
	}
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	s := open(t)
	server := httptest.NewServer(s)
	defer server.Close()
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	for _, path := range []string{"/", "/openapi.yaml", "/v1/categories", "/v1/products", "/v1/products/almanac-mug", "/v1/search?q=mug", "/v1/carts/" + id, "/v1/products/nosuch"} {
		var tags [2]string
		for i, method := range []string{"GET", "HEAD"} {
			req, err := http.NewRequest(method, server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Cart-Token", tok)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || (method == "HEAD") != (len(body) == 0) {
				t.Errorf("%s %s has a body of %d bytes (%v)", method, path, len(body), err)
			}
			tags[i] = fmt.Sprint(resp.StatusCode, resp.Header.Get("ETag"), resp.Header.Get("Content-Type"))
		}
		if tags[0] != tags[1] {
			t.Errorf("%s: GET says %s, HEAD %s", path, tags[0], tags[1])
		}
	}
}

func TestCompressionIsForThoseWhoTakeIt(t *testing.T) {
	s := open(t)
	for accept, want := range map[string]bool{"": false, "gzip": true, "br, gzip;q=0.5": true, "GZIP": true, "gzip;q=0": false, "gzip; q=0.000": false, "identity": false, "br": false} {
		w := s.ask(t, "GET", "/v1/categories", "", "Accept-Encoding", accept)
		body := io.Reader(w.Body)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip is %v, want %v", accept, got, want)
		} else if got {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		if !json.Valid(must(io.ReadAll(body))) {
			t.Errorf("Accept-Encoding %q: the body is not JSON", accept)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary is %q", accept, w.Header().Get("Vary"))
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestARangeIsNotForJSON(t *testing.T) {
	s := open(t)
	whole, part := s.ask(t, "GET", "/v1/categories", ""), s.ask(t, "GET", "/v1/categories", "", "Range", "bytes=0-1")
	if part.Code != 200 || part.Body.String() != whole.Body.String() {
		t.Errorf("with a Range the answer is %d and %d bytes", part.Code, part.Body.Len())
	}
}

func TestCursorsOfOthersAndForgeriesAreRefused(t *testing.T) {
	s := open(t)
	forge := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, cursor := range map[string]string{
		"not base64":       "!!!",
		"not JSON":         forge("{"),
		"of another sort":  forge(`{"s":"price","a":{"ID":"x","Minor":1}}`),
		"no place":         forge(`{"s":"newest"}`),
		"a wrong type":     forge(`{"s":"newest","a":{"ID":7}}`),
		"a list":           forge(`[]`),
		"longer than ours": strings.Repeat("A", 1001),
	} {
		for _, path := range []string{"/v1/products?sort=newest&cursor=", "/v1/search?sort=newest&cursor="} {
			if w := s.ask(t, "GET", path+cursor, ""); w.Code != 400 || codeIn(w) != "bad-cursor" {
				t.Errorf("%s: %s = %d %s", name, path, w.Code, w.Body)
			}
		}
	}
	for _, place := range []string{`{}`, `{"ID":"\u0000","CreatedAt":"0001-01-01T00:00:00Z"}`, `{"ID":"x","CreatedAt":"9999-12-31T23:59:59.999999999+14:00"}`, `{"ID":"x","Minor":-9223372036854775808,"TitleKey":"\u0000\uffff"}`, `{"Key":9223372036854775807,"ID":"` + strings.Repeat("a", 500) + `"}`, `{"ID":"x","CreatedAt":"0000-01-01T00:00:00Z"}`} {
		for _, sort := range []string{"newest", "price", "-price", "title", "relevance"} {
			for _, path := range []string{"/v1/products", "/v1/search"} {
				s.ask(t, "GET", path+"?sort="+sort+"&cursor="+forge(`{"s":"`+sort+`","a":`+place+`}`), "")
			}
		}
	}
}

func TestSearchAndListAgreeOnPriceBounds(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/v1/products", "/v1/search"} {
		for query, code := range map[string]string{"price_max=0": "bad-number", "price_min=5&price_max=4": "bad-range", "attr.volume=9..1": "bad-range", "attr.volume=1..2&attr.volume=5": "bad-range", "price_min=1&price_max=1": ""} {
			if w := s.ask(t, "GET", path+"?"+query, ""); codeIn(w) != code {
				t.Errorf("%s?%s = %d %s, want %q", path, query, w.Code, w.Body, code)
			}
		}
	}
}

// What net/http refuses by itself never reaches a handler; it must be a 4xx and
// tell nothing all the same.
func TestRequestsThatAreNotHTTPAreRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(open(t))
	server.Config.MaxHeaderBytes = 32 << 10
	server.Start()
	defer server.Close()
	for name, raw := range map[string]string{
		"bad escape":            "GET /v1/products/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
		"no host":               "GET / HTTP/1.1\r\n\r\n",
		"huge header":           "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 60<<10) + "\r\n\r\n",
		"space in the header":   "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
		"two lengths":           "POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		"length below zero":     "POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}",
		"a chunk that is none":  "POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
		"control in the target": "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
		"NUL in a header":       "GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
		"connect":               "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		if status, text := speak(t, server, raw); status < 400 || status >= 500 || driverWords.MatchString(text) {
			t.Errorf("%s = %d %.300s", name, status, text)
		}
	}
	for name, raw := range map[string]string{
		"absolute form":  "GET http://elsewhere/v1/categories HTTP/1.1\r\nHost: a\r\n\r\n",
		"an old version": "GET /v1/categories HTTP/1.0\r\n\r\n",
		"empty chunks":   "POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	} {
		if status, text := speak(t, server, raw); status/100 != 2 {
			t.Errorf("%s = %d %.300s", name, status, text)
		}
	}
}

func speak(t *testing.T, server *httptest.Server, raw string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		return 400, "" // hung up on us
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 400, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 10_000)) // what came is enough
	return resp.StatusCode, string(body)
}
