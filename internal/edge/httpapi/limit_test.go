package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/adapter/memory"
	"tradewind/internal/platform/telemetry"
)

// limited is a shop that lets a client look 60 times a minute, 20 at once, and
// buy 120 times, 30 at once.
func limited(t *testing.T) (h http.Handler, pass func(time.Duration)) {
	s := open(t)
	now := noon
	a := *s.api
	a.Config.LimitBrowsing, a.Config.LimitCheckout, a.Config.TrustedProxies = 60, 120, "10.0.0.0/8"
	a.Metrics = telemetry.NewHTTP(prometheus.NewRegistry())
	a.Shared = memory.New(func() time.Time { return now })
	return a.Handler(), func(d time.Duration) { now = now.Add(d) }
}

func askFrom(h http.Handler, ip, method, path string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
	r.RemoteAddr = ip + ":1234"
	h.ServeHTTP(w, r)
	return w
}

func TestAClientThatAsksTooOftenWaits(t *testing.T) {
	h, pass := limited(t)
	const ip = "192.0.2.1"
	for i := range 20 {
		if w := askFrom(h, ip, "GET", "/v1/categories"); w.Code != 200 {
			t.Fatalf("request %d = %d %s", i, w.Code, w.Body)
		}
	}
	w := askFrom(h, ip, "GET", "/v1/products")
	if w.Code != 429 || codeIn(w) != "too-many-requests" || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("above the limit = %d %s, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
	for path, method := range map[string]string{"/v1/nowhere": "GET", "/openapi.yaml": "GET", "/v1/categories": "DELETE"} {
		if w := askFrom(h, ip, method, path); w.Code != 429 {
			t.Errorf("%s %s = %d, want it limited too", method, path, w.Code)
		}
	}
	if w := askFrom(h, "192.0.2.2", "GET", "/v1/categories"); w.Code != 200 {
		t.Errorf("somebody else = %d", w.Code)
	}
	seconds, _ := strconv.Atoi(w.Header().Get("Retry-After"))
	pass(time.Duration(seconds) * time.Second)
	if w := askFrom(h, ip, "GET", "/v1/categories"); w.Code != 200 {
		t.Errorf("after waiting as told = %d", w.Code)
	}
}

func TestWhoLooksTooOftenCanStillBuy(t *testing.T) {
	h, _ := limited(t)
	const ip = "192.0.2.1"
	for range 21 {
		askFrom(h, ip, "GET", "/v1/categories")
	}
	for i := range 30 {
		if w := askFrom(h, ip, "GET", "/v1/carts/none"); w.Code != 404 {
			t.Fatalf("request %d of the cart = %d %s", i, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/v1/carts/none", "/v1/account"} {
		if w := askFrom(h, ip, "GET", path); w.Code != 429 {
			t.Errorf("%s above the limit = %d", path, w.Code)
		}
	}
}

func TestWebhooksAndStaffAreNotLimited(t *testing.T) {
	h, _ := limited(t)
	for range 100 {
		if w := askFrom(h, "192.0.2.1", "POST", "/v1/webhooks/sandboxpay"); w.Code == 429 {
			t.Fatal("a webhook was refused")
		}
		if w := askFrom(h, "192.0.2.1", "GET", "/v1/admin/orders"); w.Code == 429 {
			t.Fatal("staff were refused")
		}
	}
}

// Whoever changes addresses within reach, or makes them up, is one client.
func TestAClientIsWhereItComesFrom(t *testing.T) {
	h, _ := limited(t)
	ask := func(remote, forwarded string) int {
		r, w := httptest.NewRequest("GET", "/v1/categories", nil), httptest.NewRecorder()
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		h.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 20 {
		n := strconv.Itoa(i)
		if a, b := ask("[2001:db8::"+n+"]:1", ""), ask("192.0.2.1:"+n, "198.51.100."+n); a != 200 || b != 200 {
			t.Fatalf("request %d = %d, %d", i, a, b)
		}
	}
	if got := ask("[2001:db8::ffff]:1", ""); got != 429 {
		t.Errorf("the same network of IPv6 = %d", got)
	}
	if got := ask("192.0.2.1:1", "203.0.113.1"); got != 429 {
		t.Errorf("a client that names another = %d", got)
	}
	if got := ask("10.0.0.1:1", "192.0.2.1"); got != 429 {
		t.Errorf("the same client through the proxy = %d", got)
	}
	if got := ask("10.0.0.1:1", "192.0.2.9"); got != 200 {
		t.Errorf("another one through the proxy = %d", got)
	}
}

// A provider ends the sessions of many people from one address.
func TestAProviderThatEndsManySessionsIsNotLimitedLikeAShopper(t *testing.T) {
	h, _ := limited(t)
	const ip = "192.0.2.1"
	for _, path := range []string{logoutPath, adminLogoutPath} {
		for i := range 150 {
			if w := askFrom(h, ip, "POST", path); w.Code == 429 {
				t.Fatalf("logout %d at %s was refused", i, path)
			}
		}
	}
	if w := askFrom(h, ip, "GET", "/v1/categories"); w.Code != 200 {
		t.Errorf("who looks from there = %d", w.Code)
	}
	refused := false
	for range 20 * 60 {
		refused = refused || askFrom(h, ip, "POST", logoutPath).Code == 429
	}
	if !refused {
		t.Error("logouts have no bound")
	}
}
