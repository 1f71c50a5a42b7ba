package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

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
		if e.Kind == fault.Unavailable {
			w.Header().Set("Retry-After", "1")
			log.WarnContext(r.Context(), "request could not be served", "method", r.Method, "path", r.URL.Path, "err", err)
		}
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

func wrongMethod(w http.ResponseWriter, r *http.Request) error {
	return &fault.Error{Kind: fault.Invalid, Code: "wrong-method", Detail: "This path does not answer " + clean(r.Method) + "."}
}
