package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/adapter/memory"
	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/telemetry"
)

// kept is an API whose clock the test moves and whose answers are remembered.
func kept(now *time.Time, bytes int64) *API {
	return keptIn(memory.New(func() time.Time { return *now }), now, bytes)
}

// keptIn is the same as one of several processes.
func keptIn(common shared.Cache, now *time.Time, bytes int64) *API {
	a := &API{Config: Config{CacheFor: time.Second}, Now: func() time.Time { return *now }, Shared: common, Metrics: telemetry.NewHTTP(prometheus.NewRegistry())}
	a.cache = newCache(bytes, time.Second, a.Now, farCache{common, "edition"})
	return a
}

func get(t *testing.T, h handler, target string) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := h(w, httptest.NewRequest("GET", target, nil)); err != nil {
		t.Fatalf("GET %s: %v", target, err)
	}
	return w.Body.String()
}

func TestAnAnswerIsRepeatedUntilItsTimeIsOver(t *testing.T) {
	now := noon
	a := kept(&now, 1<<20)
	var calls int
	h := a.cached(func(*http.Request) (any, error) { calls++; return calls, nil })
	get(t, h, "/x?a=1")
	if got := get(t, h, "/x?a=1"); got != "1" {
		t.Errorf("at once = %s, want the answer that is remembered", got)
	}
	if got := get(t, h, "/x?a=2"); got != "2" {
		t.Errorf("another query = %s, want an answer of its own", got)
	}
	now = now.Add(time.Second)
	if got := get(t, h, "/x?a=1"); got != "3" {
		t.Errorf("after its time = %s, want a new answer", got)
	}
	a.Forget(t.Context())
	if got := get(t, h, "/x?a=1"); got != "4" {
		t.Errorf("after a change of the catalogue = %s, want a new answer", got)
	}
}

func TestAnAnswerMadeBeforeAChangeIsNotRemembered(t *testing.T) {
	now := noon
	a := kept(&now, 1<<20)
	h := a.cached(func(*http.Request) (any, error) { a.Forget(t.Context()); return 1, nil }) // the change comes while it is made
	get(t, h, "/x")
	if e := a.cache.get("/x?", a.cache.version(t.Context())); e != nil {
		t.Errorf("%s is remembered", e.body)
	}
}

func TestErrorsAreNotRemembered(t *testing.T) {
	now := noon
	a := kept(&now, 1<<20)
	fails := true
	h := a.cached(func(*http.Request) (any, error) {
		if fails {
			return nil, fault.New(fault.NotFound, "gone", "Gone.")
		}
		return 1, nil
	})
	if err := h(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)); fault.Code(err) != "gone" {
		t.Fatalf("= %v", err)
	}
	fails = false
	get(t, h, "/x")
}

func TestTheCacheStaysWithinItsBytes(t *testing.T) {
	now := noon
	a := kept(&now, 10_000)
	h := a.cached(func(r *http.Request) (any, error) { return strings.Repeat("x", 1900), nil })
	for i := range 100 {
		r := httptest.NewRequest("GET", "/x?"+strings.Repeat("a", i), nil)
		if i%2 == 0 {
			r.Header.Set("Accept-Encoding", "gzip")
		}
		if err := h(httptest.NewRecorder(), r); err != nil {
			t.Fatal(err)
		}
	}
	if a.cache.bytes > 10_000 || a.cache.entries.Len() == 0 {
		t.Errorf("%d bytes in %d entries", a.cache.bytes, a.cache.entries.Len())
	}
	sum := int64(0)
	for _, key := range a.cache.entries.Keys() {
		e, _ := a.cache.entries.Peek(key)
		sum += e.held
	}
	if sum != a.cache.bytes || sum == 0 {
		t.Errorf("the entries have %d bytes, the cache counts %d", sum, a.cache.bytes)
	}
}

func TestOneOfManyEqualRequestsDoesTheWork(t *testing.T) {
	now := noon
	a := kept(&now, 1<<20)
	var calls atomic.Int64
	arrived, release := make(chan struct{}), make(chan struct{})
	h := a.cached(func(*http.Request) (any, error) {
		if calls.Add(1) == 1 {
			close(arrived)
		}
		<-release
		return 1, nil
	})
	var all sync.WaitGroup
	ask := func() { get(t, h, "/x") }
	all.Go(ask)
	<-arrived
	for range 20 {
		all.Go(ask)
	}
	close(release)
	all.Wait()
	if n := calls.Load(); n > 2 {
		t.Errorf("the work was done %d times", n)
	}
}

func TestErrorsBecomeStatuses(t *testing.T) {
	s := open(t)
	for name, tc := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"nobody classified it": {errors.New("ORA-00942: table or view does not exist"), 500, "internal"},
		"too slow":             {fmt.Errorf("list products: %w", context.DeadlineExceeded), 503, "too-slow"},
		"busy":                 {fault.New(fault.Unavailable, "busy", "Busy."), 503, "busy"},
		"too many":             {fault.New(fault.TooMany, "slow-down", "Slow down."), 429, "slow-down"},
	} {
		w := httptest.NewRecorder()
		writeProblem(s.api.Log, w, httptest.NewRequest("GET", "/", nil), tc.err)
		if w.Code != tc.status || codeIn(w) != tc.code || strings.Contains(w.Body.String(), "ORA-") {
			t.Errorf("%s = %d %s", name, w.Code, w.Body)
		}
		if (w.Code == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After is %q", name, w.Header().Get("Retry-After"))
		}
	}
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		if statusOf[kind] == 0 {
			t.Errorf("kind %d has no status", kind)
		}
	}
}

func TestAPanicIsAnAnswerToo(t *testing.T) {
	s := open(t)
	w := httptest.NewRecorder()
	s.api.wrap(Route{"GET", "/boom", Public, func(http.ResponseWriter, *http.Request) error { panic("secret of the inside") }}).ServeHTTP(w, httptest.NewRequest("GET", "/boom", nil))
	if w.Code != 500 || codeIn(w) != "internal" || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{URL: "http://localhost:8080", Currency: "EUR", Language: "en", CacheFor: time.Second, BodyLimit: 1 << 16, AccessLog: "all", Within: time.Second}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *Config){
		"shop.currency":        func(c *Config) { c.Currency = "EURO" },
		"shop.language":        func(c *Config) { c.Language = "English" },
		"shop.languages":       func(c *Config) { c.Languages = "de;fr" },
		"http.cache-for":       func(c *Config) { c.CacheFor = -1 },
		"http.cache-bytes":     func(c *Config) { c.CacheBytes = -1 },
		"http.body-limit":      func(c *Config) { c.BodyLimit = 10 },
		"log.access":           func(c *Config) { c.AccessLog = "some" },
		"shop.url":             func(c *Config) { c.URL = "shop.example" },
		"http.limit-browsing":  func(c *Config) { c.LimitBrowsing = -1 },
		"http.limit-checkout":  func(c *Config) { c.LimitBrowsing, c.LimitCheckout = 100, 99 },
		"http.trusted-proxies": func(c *Config) { c.TrustedProxies = "10.0.0.1" },
		"http.within":          func(c *Config) { c.Within = time.Minute },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s wrong = %v", name, err)
		}
	}
}
