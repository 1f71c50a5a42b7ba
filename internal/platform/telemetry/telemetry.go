// Package telemetry carries request and trace ids, logs through slog as JSON,
// and holds the metrics and traces of the program.
package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
)

// IDs name a request: RequestID for people, TraceID and SpanID as W3C Trace
// Context has them (32 and 16 hexadecimal digits). Action is what is being
// done, such as "POST /v1/checkout"; the database is told.
type IDs struct {
	RequestID, TraceID, SpanID string
	Action                     string
	Sampled                    bool // its spans are kept
}

type idsKey struct{}

// With returns a context that carries ids; every line logged with it shows them.
func With(ctx context.Context, ids *IDs) context.Context {
	return context.WithValue(ctx, idsKey{}, ids)
}

// Of returns the ids of ctx, or nil.
func Of(ctx context.Context) *IDs {
	ids, _ := ctx.Value(idsKey{}).(*IDs)
	return ids
}

// RequestID returns the request id of ctx, or "".
func RequestID(ctx context.Context) string {
	if ids := Of(ctx); ids != nil {
		return ids.RequestID
	}
	return ""
}

// NewIDs continues the trace of a traceparent header (W3C Trace Context,
// version 00) or starts one. requestID is kept if it is 1 to 64 printable
// characters without blanks.
func NewIDs(requestID, traceparent string) *IDs {
	var random [24]byte
	_, _ = rand.Read(random[:]) // never fails, by its documentation
	digits := hex.EncodeToString(random[:])
	ids := &IDs{TraceID: digits[:32], SpanID: digits[32:], RequestID: requestID}
	if trace, ok := traceOf(traceparent); ok {
		ids.TraceID, ids.Sampled = trace, hexDigit(traceparent[54])&1 == 1
	}
	if !proper(requestID) {
		ids.RequestID = ids.TraceID
	}
	return ids
}

func proper(id string) bool {
	for i := range len(id) {
		if id[i] < 0x21 || id[i] > 0x7e {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

func traceOf(h string) (string, bool) {
	if len(h) < 55 || h[2] != '-' || h[35] != '-' || h[52] != '-' || h[:2] == "ff" {
		return "", false
	}
	trace := h[3:35]
	zero := true
	for i := range len(trace) {
		c := trace[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return "", false
		}
		zero = zero && c == '0'
	}
	return trace, !zero
}

// NewLog returns a logger that writes JSON lines with the ids of the context.
func NewLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(withIDs{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

type withIDs struct{ slog.Handler }

func (h withIDs) Handle(ctx context.Context, r slog.Record) error {
	if ids := Of(ctx); ids != nil {
		r.AddAttrs(slog.String("request_id", ids.RequestID), slog.String("trace_id", ids.TraceID), slog.String("span_id", ids.SpanID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h withIDs) WithAttrs(a []slog.Attr) slog.Handler { return withIDs{h.Handler.WithAttrs(a)} }
func (h withIDs) WithGroup(n string) slog.Handler      { return withIDs{h.Handler.WithGroup(n)} }
