package httpapi

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// FuzzHandler reads any bytes as an HTTP request and lets the whole API answer it.
func FuzzHandler(f *testing.F) {
	s := open(f)
	id, tok := s.start(f, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /v1/products?category=mugs&sort=-price&limit=3&attr.volume=250..400 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
		"GET /v1/search?q=lamp&facets=true&in_stock=true&brand=Northing&brand=Cove HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
		"GET /v1/products/almanac-mug HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 55\r\n\r\n{\"currency\":\"EUR\",\"items\":[{\"sku\":\"GOLD-0\",\"qty\":9999}]}",
		"PUT /v1/carts/" + id + "/items/MU01-ALMA-SAND HTTP/1.1\r\nHost: a\r\nCart-Token: " + tok + "\r\nIdempotency-Key: 12345678\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"qty\":2}",
		"PUT /v1/carts/" + id + "/codes/WELCOME10 HTTP/1.1\r\nHost: a\r\nCart-Token: " + tok + "\r\n\r\n",
		"GET /v1/carts/" + id + "/quote?country=DE&postcode=1 HTTP/1.1\r\nHost: a\r\nCart-Token: " + tok + "\r\n\r\n",
		"POST /v1/checkout HTTP/1.1\r\nHost: a\r\nCart-Token: " + tok + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"POST /v1/webhooks/sandboxpay HTTP/1.1\r\nHost: a\r\nSandbox-Signature: t=1,v1=00\r\nContent-Length: 2\r\n\r\n{}",
		"DELETE /v1/orders/00000000-0000-7000-8000-000000000001 HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil || r.URL.Path == "" && r.URL.Opaque == "" {
			return
		}
		s.do(t, r)
	})
}

// FuzzBody reads any bytes as each of the bodies that the API takes.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"currency":"EUR","items":[{"sku":"A","qty":1}]}`, `{"cart_id":"x","email":"a@b.c","ship_to":{"name":"x","country":"DE"},"total":{"minor":1,"currency":"EUR"}}`, `{"a":1,"A":2}`, `null`, `{"items":[[[[]]]]}`, "{\"currency\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, in := range []any{&startRequest{}, &placeRequest{}} {
			r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			err := decode(r, in)
			if err != nil && fault.KindOf(err) == fault.Internal {
				t.Fatalf("decode %q = %v, which nobody classified", body, err)
			}
			if place, ok := in.(*placeRequest); ok && err == nil {
				if cmd, err := place.command(); err == nil && (strings.ContainsAny(cmd.Email, "\r\n\x00") || len(cmd.ShipTo.Country) != 2) {
					t.Fatalf("command of %q is %+v", body, cmd)
				}
			}
		}
	})
}

// FuzzQuery reads any text as the query of a list and of a search.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "q=lamp&limit=3", "attr.volume=1..2&attr.material=oak", "cursor=" + cursorOf("newest", catalog.Cursor{ID: "x"}), "price_min=1&price_max=2", "brand=a&brand=b", "%zz", "limit=9999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q := queryOf(&url.URL{RawQuery: raw}, "q", "brand", "price_min", "price_max", "limit", "cursor", "attr.")
		limit := q.number("limit", 24, 1, 100)
		least, most := q.prices()
		attributes := q.attributes()
		text := q.text("q", 200)
		var after catalog.Cursor
		q.cursor("newest", &after)
		var hit search.Cursor
		q.cursor("relevance", &hit)
		if q.err != nil {
			if fault.KindOf(q.err) != fault.Invalid {
				t.Fatalf("%q = %v", raw, q.err)
			}
			return
		}
		if limit < 1 || limit > 100 || least > most || len(attributes) > catalog.MaxAttributeFilters || len([]rune(text)) > 200 {
			t.Fatalf("%q is read as limit %d, prices %d to %d, %d attributes", raw, limit, least, most, len(attributes))
		}
		for _, a := range attributes {
			if len(a.values) == 0 && a.least > a.most || len(a.values) > catalog.MaxAttributeValues {
				t.Fatalf("%q has an empty filter %+v", raw, a)
			}
		}
	})
}

// FuzzClean repeats any text in an answer without anything that could act there.
func FuzzClean(f *testing.F) {
	f.Add("a\r\nb\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if got := clean(s); len([]rune(got)) > 81 || strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("clean(%q) = %q", s, got)
		}
	})
}
