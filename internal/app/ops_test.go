package app

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/store/sqlstore"
)

func TestReadinessFollowsTheDatabaseAndTheEnd(t *testing.T) {
	c, _, err := Load("serve", []string{"-db.path=" + filepath.Join(t.TempDir(), "t.db"), "-token.secret-file=" + filepath.Join(t.TempDir(), "s"), "-fts.path=" + filepath.Join(t.TempDir(), "f"), "-sandboxpay.journal="}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := c.OpenDB(t.Context(), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var draining atomic.Bool
	ops := opsHandler(prometheus.NewRegistry(), db.Ping, &draining, false, false)
	status := func(path string) int {
		w := httptest.NewRecorder()
		ops.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if strings.Contains(strings.ToLower(w.Body.String()), "sql") {
			t.Errorf("%s says %s", path, w.Body)
		}
		return w.Code
	}
	if got := status("/readyz"); got != http.StatusOK {
		t.Errorf("open: /readyz = %d", got)
	}
	draining.Store(true)
	if got := status("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("going down: /readyz = %d", got)
	}
	draining.Store(false)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := status("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("without its database: /readyz = %d", got)
	}
	if got := status("/healthz"); got != http.StatusOK {
		t.Errorf("without its database: /healthz = %d; the process itself is well", got)
	}
	if got := status("/debug/pprof/"); got != http.StatusNotFound {
		t.Errorf("/debug/pprof/ = %d though it is off", got)
	}
}
