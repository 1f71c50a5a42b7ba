package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/telemetry"
)

// state is what middleware keeps about a request.
type state struct {
	ids  telemetry.IDs
	who  user.Principal // set by enter
	body []byte         // as read; for the idempotency hash
}

type stateKey struct{}

func stateOf(r *http.Request) *state {
	s, _ := r.Context().Value(stateKey{}).(*state)
	return s
}

// recorder sees the status of a response.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// staffBody is how many bytes a body of staff may have: a product with its texts.
const staffBody = 1 << 20

// bodyLimit is how many bytes of body a route reads. Bodies are read after
// enter, so that nobody but staff has more than the others.
func (a *API) bodyLimit(route Route) int64 {
	switch {
	case route.Path == importPath:
		return a.Config.ImportLimit
	case route.Path == adminMediaPath:
		return a.Media.Config.FilmBytes
	case route.Access.door == staff:
		return max(a.Config.BodyLimit, staffBody)
	}
	return a.Config.BodyLimit
}

// patient reports whether a route carries files, which take as long as they are.
func patient(route Route) bool {
	return route.Path == importPath || route.Path == exportPath || route.Path == mediaPath || strings.HasPrefix(route.Path, adminMediaPath)
}

// wrap gives a route its room, its limit, its guard, ids, a bound on its body, metrics, a log line and an end
// for errors and panics.
func (a *API) wrap(route Route) http.Handler {
	action := route.Method + " " + route.Path
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		start := time.Now()
		a.Metrics.InFlight.Inc()
		ids := telemetry.NewIDs(r.Header.Get("X-Request-Id"), r.Header.Get("Traceparent"))
		ids.Action = action
		s := &state{ids: *ids}
		ctx, traced := a.Traces.Request(r.Context(), &s.ids, r.Header.Get("Traceparent"), route.Method, route.Path)
		if !patient(route) {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, a.Config.Within)
			defer cancel()
		}
		r = r.WithContext(context.WithValue(telemetry.With(ctx, &s.ids), stateKey{}, s))
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(rw, r.Body, a.bodyLimit(route))
		}
		w := &recorder{ResponseWriter: rw}
		h := w.Header()
		h.Set("X-Request-Id", ids.RequestID)
		h.Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				writeProblem(a.Log, w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			a.Metrics.InFlight.Dec()
			took := time.Since(start)
			a.Metrics.Observe(route.Path, route.Method, w.status, took)
			traced(w.status)
			if a.Config.AccessLog == "all" || a.Config.AccessLog == "errors" && w.status >= 500 {
				a.Log.InfoContext(r.Context(), "request", "method", r.Method, "route", route.Path, "status", w.status, "ms", float64(took.Microseconds())/1000)
			}
		}()
		leave, err := a.crowded(route)
		defer leave()
		if err == nil {
			err = a.admit(route, r)
		}
		if err == nil {
			err = a.enter(route.Access, r, s)
		}
		if err == nil {
			err = elsewhere(w, r, route.handle(w, r))
		}
		if err != nil {
			if w.status != 0 { // the answer had begun: all that is left is to break it off
				if !errors.Is(err, context.Canceled) {
					a.Log.WarnContext(r.Context(), "answer broken off", "route", route.Path, "err", err)
				}
				return
			}
			writeProblem(a.Log, w, r, err)
		}
	})
}
