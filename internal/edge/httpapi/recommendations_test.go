package httpapi

import (
	"strings"
	"testing"
)

const browser = "5f2c1a86-90f4-4d0e-9a51-3f7ee5c0a111"

func TestAVisitorIsShownOnlyWhatTheyLookedAt(t *testing.T) {
	s := open(t)
	if got := s.ask(t, "PUT", "/v1/recently-viewed/almanac-mug", "", visitorID, browser); got.Code != 204 {
		t.Fatalf("PUT = %d %s", got.Code, got.Body)
	}
	recent := func(id string) string {
		got := s.ask(t, "GET", "/v1/recommendations?kind=recent", "", visitorID, id)
		if got.Code != 200 || got.Header().Get("Cache-Control") != "private, no-store" {
			t.Fatalf("GET = %d %v", got.Code, got.Header())
		}
		return got.Body.String()
	}
	if body := recent(browser); !strings.Contains(body, "almanac-mug") {
		t.Errorf("the visitor is shown %s", body)
	}
	if body := recent("another-browser-0001"); strings.Contains(body, "almanac-mug") {
		t.Errorf("somebody else is shown %s", body)
	}
	if got := s.ask(t, "DELETE", "/v1/recently-viewed", "", visitorID, browser); got.Code != 204 {
		t.Fatalf("DELETE = %d %s", got.Code, got.Body)
	}
	if body := recent(browser); strings.Contains(body, "almanac-mug") {
		t.Errorf("after forgetting: %s", body)
	}
}

func TestRecommendationsThatCannotBe(t *testing.T) {
	s := open(t)
	for target, want := range map[string]string{
		"GET /v1/recommendations?kind=odd":                        "bad-choice",
		"GET /v1/recommendations?kind=similar":                    "missing-field",
		"GET /v1/recommendations?kind=recent":                     "visitor-missing",
		"GET /v1/recommendations?product=no-such":                 "product-not-found",
		"GET /v1/recommendations?category=no-such":                "category-not-found",
		"GET /v1/recommendations?limit=51":                        "bad-number",
		"PUT /v1/recently-viewed/almanac-mug":                     "visitor-missing",
		"DELETE /v1/recently-viewed":                              "visitor-missing",
		"PUT /v1/recently-viewed/almanac-mug Visitor-Id short":    "bad-visitor",
		"PUT /v1/recently-viewed/no-such Visitor-Id " + browser:   "product-not-found",
		"PUT /v1/recently-viewed/%00 Visitor-Id " + browser:       "product-not-found",
		"GET /v1/recommendations?kind=together&product=%ff":       "bad-text",
		"GET /v1/recommendations?visitor=" + browser + "&limit=1": "unknown-parameter",
	} {
		f := strings.Fields(target)
		got := s.ask(t, f[0], f[1], "", f[2:]...)
		if !strings.Contains(got.Body.String(), `"code":"`+want+`"`) {
			t.Errorf("%s = %d %s, want %s", target, got.Code, got.Body, want)
		}
	}
}
