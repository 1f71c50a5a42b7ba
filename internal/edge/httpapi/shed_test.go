package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestWhoPaysIsTurnedAwayLast fills the shop step by step.
func TestWhoPaysIsTurnedAwayLast(t *testing.T) {
	s := open(t)
	s.api.Config.InFlight = 20
	defer func() { s.api.Config.InFlight = 0; s.api.inFlight.Store(0) }()
	status := func(method, path string) int {
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s is not told when to come again", path)
		}
		return w.Code
	}
	for _, step := range []struct {
		busy                       int64
		products, staff, cart, pay bool // whether they are let in
	}{{0, true, true, true, true}, {11, true, true, true, true}, {12, false, true, true, true}, {14, false, true, true, true}, {15, false, false, true, true}, {18, false, false, false, true}, {19, false, false, false, true}, {20, false, false, false, false}} {
		s.api.inFlight.Store(step.busy)
		for _, c := range []struct {
			method, path string
			want         bool
		}{{"GET", "/v1/categories", step.products}, {"GET", "/v1/admin/orders", step.staff}, {"GET", "/v1/carts/x", step.cart}, {"GET", "/v1/orders/x", step.pay}, {"POST", "/v1/webhooks/sandboxpay", step.pay}} {
			if got := status(c.method, c.path); (got != http.StatusServiceUnavailable) != c.want {
				t.Errorf("with %d inside, %s is answered %d", step.busy, c.path, got)
			}
		}
		if got := s.api.inFlight.Load(); got != step.busy {
			t.Fatalf("%d requests are said to be inside, want %d", got, step.busy)
		}
	}
}
