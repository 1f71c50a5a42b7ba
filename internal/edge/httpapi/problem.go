package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/telemetry"
)

// problem is an RFC 9457 document. Code is stable; clients match on it.
type problem struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Code      string            `json:"code"`
	Detail    string            `json:"detail,omitempty"`
	Fields    map[string]string `json:"fields,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
}

// statusOf is the one map from kinds of errors to status codes.
var statusOf = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthorized:    http.StatusUnauthorized,
	fault.PaymentDeclined: http.StatusPaymentRequired,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unsupported:     http.StatusUnsupportedMediaType,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Stale:           http.StatusPreconditionFailed,
	fault.Unconditional:   http.StatusPreconditionRequired,
	fault.Misdirected:     http.StatusMisdirectedRequest,
}

// statusClosed is what the log shows for a client that went away (as nginx does).
const statusClosed = 499

// writeProblem turns an error into the response.
func writeProblem(log *slog.Logger, w http.ResponseWriter, r *http.Request, err error) {
	p := problem{Type: "/problems/internal", Status: http.StatusInternalServerError, Code: "internal", RequestID: telemetry.RequestID(r.Context())}
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && e.Kind != fault.Internal:
		p.Type, p.Status, p.Code, p.Detail, p.Fields = "/problems/"+e.Code, statusOf[e.Kind], e.Code, e.Detail, e.Fields
		if e.Code == codeWrongMethod { // to the program it is Invalid like others
			p.Status = http.StatusMethodNotAllowed
		}
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
		}
		if e.Kind == fault.Unavailable {
			w.Header().Set("Retry-After", "1")
		}
		if e.Kind == fault.Unavailable && e.Code != codeBusy { // of those there are too many to log, and a metric
			log.WarnContext(r.Context(), "request could not be served", "method", r.Method, "path", r.URL.Path, "err", err)
		}
	case errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Code, p.Type = http.StatusServiceUnavailable, "too-slow", "/problems/too-slow"
		p.Detail = "The shop took too long. Please try again."
		w.Header().Set("Retry-After", "1")
		log.WarnContext(r.Context(), "request was too slow", "method", r.Method, "path", r.URL.Path, "err", err)
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		p.Status, p.Code, p.Type = statusClosed, "request-cancelled", "/problems/request-cancelled"
	default:
		log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	p.Title = http.StatusText(p.Status)
	body, _ := json.Marshal(p) // strings and ints only: cannot fail
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // a client that is gone cannot be told
}

func noRoute(_ http.ResponseWriter, r *http.Request) error {
	return fault.New(fault.NotFound, "no-such-path", "There is nothing at %s.", clean(r.URL.Path))
}

const codeWrongMethod = "wrong-method"

// wrongMethod answers where the path is known and the method is not, and says
// which would do (RFC 9110, 15.5.6).
func wrongMethod(router *mux.Router) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var allow []string
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE"} {
			try := *r
			try.Method = method
			if match := (mux.RouteMatch{}); router.Match(&try, &match) && match.MatchErr == nil {
				allow = append(allow, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		return fault.New(fault.Invalid, codeWrongMethod, "This path does not answer %s.", clean(r.Method))
	}
}
