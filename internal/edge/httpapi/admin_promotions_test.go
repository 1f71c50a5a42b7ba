package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCodesCannotBeGuessedAndWork(t *testing.T) {
	s := open(t)
	ada := s.staff(t, "promotions:read", "promotions:write")
	id, tag := s.makes(t, "/v1/admin/promotions", `{"title":"Friends","kind":"percent","active":true,"terms":{"percent_ppm":500000}}`, ada...)
	target := "/v1/admin/promotions/" + id
	make := func(key string) []string {
		t.Helper()
		w := s.ask(t, "POST", target+"/codes", `{"count":200,"prefix":"vip","max_uses":1}`, append([]string{"Idempotency-Key", key + id}, ada...)...)
		var list struct{ Items []string }
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Items) != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return list.Items
	}
	codes := make("first-")
	if again := make("first-"); again[0] != codes[0] {
		t.Error("asked again under its key, the shop makes other codes")
	}
	seen, letters := map[string]bool{}, map[byte]int{}
	for _, c := range append(codes, make("second-")...) {
		if !regexp.MustCompile(`^VIP-[A-HJKMNP-TV-Z2-9]{14}$`).MatchString(c) || seen[c] {
			t.Fatalf("%s is twice there, or can be misread", c)
		}
		seen[c] = true
		for i := 4; i < len(c); i++ {
			letters[c[i]]++
		}
	}
	for l, n := range letters { // 5600 letters of 30: each about 187 times
		if n < 120 || n > 270 {
			t.Errorf("%c stands %d times", l, n)
		}
	}
	cart, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	discount := func() string {
		t.Helper()
		w := s.ask(t, "GET", "/v1/carts/"+cart+"/quote?country=DE", "", "Cart-Token", tok)
		return w.Body.String()
	}
	s.ask(t, "PUT", "/v1/carts/"+cart+"/codes/"+codes[0], "", "Cart-Token", tok)
	if q := discount(); !strings.Contains(q, codes[0]+": ") {
		t.Errorf("the code takes nothing off: %s", q)
	}
	if w := s.ask(t, "PUT", target, `{"title":"Friends","kind":"percent","active":false,"terms":{"percent_ppm":500000}}`, append([]string{"If-Match", tag}, ada...)...); w.Code != http.StatusOK {
		t.Fatalf("stop: %d %s", w.Code, w.Body)
	}
	if q := discount(); strings.Contains(q, codes[0]+": ") {
		t.Errorf("stopped, it takes off still: %s", q)
	}
	if w := s.ask(t, "DELETE", target+"/codes/"+codes[1], "", ada...); w.Code != http.StatusNoContent {
		t.Errorf("remove a code: %d %s", w.Code, w.Body)
	}
	if w := s.ask(t, "DELETE", target+"/codes/"+codes[1], "", ada...); codeIn(w) != "code-not-found" {
		t.Errorf("remove it again: %d %s", w.Code, w.Body)
	}
}

func TestPromotionsThatCannotBe(t *testing.T) {
	s := open(t)
	ada := s.staff(t, "promotions:write")
	for terms, want := range map[string]string{
		`{"percent_ppm":100000,"category_ids":["nowhere"]}`:                             "promotion-target",
		`{"percent_ppm":100000,"product_ids":["00000000-0000-7000-8000-00000000dead"]}`: "promotion-target",
		`{"percent_ppm":100000,"gift_sku":"NO-SUCH"}`:                                   "promotion-target",
		`{"percent_ppm":0}`:                    "promotion-invalid",
		`{"percent_ppm":1000001}`:              "promotion-invalid",
		`{"percent_ppm":100000,"min_spend":5}`: "promotion-invalid", // of which currency
		`{"percent_ppm":100000,"min_spend":9223372036854775807,"currency":"EUR"}`:                            "promotion-invalid",
		`{"percent_ppm":100000,"used":5}`:                                                                    "unknown-field",
		`{"percent_ppm":100000,"channels":["` + strings.Repeat("x", 201) + `"]}`:                             "promotion-invalid",
		`{"percent_ppm":100000,"countries":[` + strings.TrimSuffix(strings.Repeat(`"DE",`, 101), ",") + `]}`: "promotion-invalid",
	} {
		if w := s.ask(t, "POST", "/v1/admin/promotions", `{"title":"No","kind":"percent","active":true,"terms":`+terms+`}`, ada...); codeIn(w) != want {
			t.Errorf("%.100s = %d %s, want %s", terms, w.Code, w.Body, want)
		}
	}
	automatic, _ := s.makes(t, "/v1/admin/promotions", `{"title":"For all","kind":"free_shipping","automatic":true,"terms":{"min_spend":900000000,"currency":"EUR"}}`, ada...)
	if w := s.ask(t, "PUT", "/v1/admin/promotions/"+automatic+"/codes/FORALL", `{"max_uses":1}`, ada...); codeIn(w) != "promotion-automatic" {
		t.Errorf("an automatic promotion takes a code: %d %s", w.Code, w.Body)
	}
}

func TestATariffHoldsFromTheNextQuoteOn(t *testing.T) {
	s := open(t)
	ada := s.staff(t, "settings:read", "settings:write")
	cart, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	quote := func() string {
		return s.ask(t, "GET", "/v1/carts/"+cart+"/quote?country=IS", "", "Cart-Token", tok).Body.String()
	}
	if q := quote(); !strings.Contains(q, "unknown-country") {
		t.Fatalf("the shop sells to Iceland already: %s", q)
	}
	w := s.ask(t, "POST", "/v1/admin/tax-zones", `{"country":"IS","region":"eu","inclusive":false,"rates":{"standard":240000}}`, ada...)
	if w.Code != http.StatusCreated {
		t.Fatalf("zone: %d %s", w.Code, w.Body)
	}
	tag := w.Header().Get("ETag")
	if w := s.ask(t, "POST", "/v1/admin/tax-zones", `{"country":"IS","region":"eu","rates":{}}`, ada...); codeIn(w) != "tax-zone-taken" {
		t.Errorf("added twice: %d %s", w.Code, w.Body)
	}
	rate, rateTag := s.makes(t, "/v1/admin/shipping-rates", `{"country":"IS","method":"ship","title":"By ship","max_weight_g":5000,"price":{"minor":777,"currency":"EUR"}}`, ada...)
	if q := quote(); !strings.Contains(q, `777`) || !strings.Contains(q, `"tax_ppm":240000`) {
		t.Errorf("the quote is %s", q)
	}
	for path, seen := range map[string]string{"/v1/admin/tax-zones/IS/*": tag, "/v1/admin/shipping-rates/" + rate: rateTag} {
		body := `{"region":"eu","rates":{"standard":%d}}`
		if strings.Contains(path, "rates") {
			body = `{"country":"IS","method":"ship","title":"By ship","max_weight_g":5000,"price":{"minor":%d,"currency":"EUR"}}`
		}
		var won, told atomic.Int64
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				switch w := s.ask(t, "PUT", path, fmt.Sprintf(body, 100+i), append([]string{"If-Match", seen}, ada...)...); w.Code {
				case http.StatusOK:
					won.Add(1)
				case http.StatusPreconditionFailed:
					told.Add(1)
				default:
					t.Errorf("PUT %s = %d %s", path, w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || told.Load() != 7 {
			t.Errorf("%s: %d won and %d were told", path, won.Load(), told.Load())
		}
		if w := s.ask(t, "DELETE", path, "", append([]string{"If-Match", seen}, ada...)...); w.Code != http.StatusPreconditionFailed {
			t.Errorf("DELETE %s with an old tag = %d", path, w.Code)
		}
		now := s.ask(t, "GET", path, "", ada...).Header().Get("ETag")
		if w := s.ask(t, "DELETE", path, "", append([]string{"If-Match", now}, ada...)...); w.Code != http.StatusNoContent {
			t.Errorf("DELETE %s = %d %s", path, w.Code, w.Body)
		}
	}
	if q := quote(); !strings.Contains(q, "unknown-country") {
		t.Errorf("without its zone the shop sells there still: %s", q)
	}
}
