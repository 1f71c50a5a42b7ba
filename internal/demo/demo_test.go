package demo

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheCatalogueIsLargeAndItsNamesAreItsOwn(t *testing.T) {
	slugs, skus, codes, depth := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0
	s := source{end: 10_000}
	for {
		r, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		depth = max(depth, len(r.Category))
		if slugs[r.Slug] {
			t.Fatalf("the slug %s stands twice", r.Slug)
		}
		slugs[r.Slug] = true
		for _, v := range r.Variants {
			if skus[v.SKU] || codes[v.Barcode] {
				t.Fatalf("%s or its barcode %s stands twice", v.SKU, v.Barcode)
			}
			skus[v.SKU], codes[v.Barcode] = true, true
			if len(v.Prices) != 2 || v.Prices[0].Minor < 100 {
				t.Errorf("%s costs %v", v.SKU, v.Prices)
			}
		}
		for _, a := range r.Attributes {
			if a.Text == "" {
				t.Errorf("%s has an empty %s", r.Slug, a.Name)
			}
		}
	}
	if Own() < 300 || depth != 3 || len(slugs) != 10_000 {
		t.Errorf("%d products of its own, %d levels, %d slugs", Own(), depth, len(slugs))
	}
}

func TestEveryPictureIsServedAsWellFormedSVG(t *testing.T) {
	for i := range Own() {
		for _, m := range record(i).Media {
			w := httptest.NewRecorder()
			Media().ServeHTTP(w, httptest.NewRequest("GET", m.URL, nil))
			if w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" {
				t.Fatalf("%s: %d", m.URL, w.Code)
			}
			if err := xml.Unmarshal(w.Body.Bytes(), new(struct{})); err != nil {
				t.Fatalf("%s: %v", m.URL, err)
			}
		}
	}
	for _, bad := range []string{"mug-400-0.svg", "mug-1-9.svg", "x-1-0.svg", "mug-1-0.png", "../secret", "mug-1-0", ""} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/media/demo/x", nil)
		r.URL.Path = "/media/demo/" + bad
		Media().ServeHTTP(w, r)
		if w.Code != 404 {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
}

func TestBarcodesHaveTheirCheckDigit(t *testing.T) {
	if got := ean(123); !strings.HasPrefix(got, "200000000123") {
		t.Errorf("ean(123) = %s", got)
	}
	sum := 0
	for i, c := range ean(98765) {
		sum += int(c-'0') * [2]int{1, 3}[i%2]
	}
	if sum%10 != 0 {
		t.Errorf("the digits of %s weigh %d", ean(98765), sum)
	}
}
