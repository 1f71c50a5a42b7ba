package httpapi

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/platform/telemetry"
)

func TestAnAnswerIsMadeInTimeAndAFileTakesItsOwn(t *testing.T) {
	a := &API{Config: Config{Within: 20 * time.Millisecond, AccessLog: "off"}, Log: slog.New(slog.DiscardHandler), Metrics: telemetry.NewHTTP(prometheus.NewRegistry()), inFlight: new(atomic.Int64)}
	wait := func(w http.ResponseWriter, r *http.Request) error {
		left, bounded := r.Context().Deadline()
		if !bounded {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		if until := time.Until(left); until > a.Config.Within {
			t.Errorf("there are %v left", until)
		}
		<-r.Context().Done()
		return r.Context().Err()
	}
	for path, want := range map[string]int{"/v1/products": 503, "/v1/checkout": 503, importPath: 204, exportPath: 204, mediaPath: 204, adminMediaPath + "/uploads/{id}": 204} {
		w := httptest.NewRecorder()
		a.wrap(Route{"GET", path, Public, wait}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != want || want == 503 && codeIn(w) != "too-slow" {
			t.Errorf("%s = %d %s", path, w.Code, w.Body)
		}
	}
}
