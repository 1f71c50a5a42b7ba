package telemetry

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tradewind/internal/platform/fault"
)

// scope names who made a span.
const scope = "tradewind"

// TraceConfig says where spans go. Flags fills in the defaults: nowhere.
type TraceConfig struct {
	Endpoint      string
	Authorization string // secret
	Sample        float64
	Timeout       time.Duration
}

// Flags declares the settings. The secret is declared by who hides it.
func (c *TraceConfig) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Endpoint, "trace.endpoint", "", "where spans are sent by OTLP over HTTP, such as http://collector:4318/v1/traces or the address of an APM domain; empty for nowhere")
	fs.Float64Var(&c.Sample, "trace.sample", 0.05, "which part of the requests is traced, 0 to 1; requests that come with a traceparent follow its flag, up to 50 a second")
	fs.DurationVar(&c.Timeout, "trace.timeout", 10*time.Second, "how long a batch of spans may take to be sent, repeats included, before it is dropped")
}

// Validate says what is wrong with a setting and what would work.
func (c TraceConfig) Validate() error {
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("trace.endpoint is %q; write an address such as http://collector:4318/v1/traces", c.Endpoint)
	}
	if !(c.Sample >= 0 && c.Sample <= 1) {
		return fmt.Errorf("trace.sample is %v; choose between 0 (none) and 1 (all)", c.Sample)
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > 5*time.Minute {
		return fmt.Errorf("trace.timeout is %v; choose between 100ms and 5m, such as 10s", c.Timeout)
	}
	return nil
}

// Traces makes spans and sends them in the background: never more than 2,048
// wait, what comes beyond is dropped. A nil *Traces makes none.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	now      func() time.Time

	mu     sync.Mutex
	second int64 // in which as many requests asked to be traced
	asked  int
}

// flagged is how many requests a second are traced because their traceparent
// says so: anybody can write one, and spans that nobody wants push out others.
const flagged = 50

// bounded is the traceparent of a request, without its flag where it is too much.
func (t *Traces) bounded(traceparent string) string {
	if parent, ok := parentOf(traceparent); !ok || !parent.IsSampled() {
		return traceparent
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now().Unix(); now != t.second {
		t.second, t.asked = now, 0
	}
	if t.asked++; t.asked <= flagged {
		return traceparent
	}
	return traceparent[:53] + "00"
}

// OpenTraces returns nil where no endpoint is set. It does not ask whether
// anybody listens there: traces are no reason to keep a shop closed.
func OpenTraces(ctx context.Context, c TraceConfig, service string) (*Traces, error) {
	if c.Endpoint == "" {
		return nil, nil
	}
	o := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(c.Endpoint), otlptracehttp.WithTimeout(c.Timeout)}
	if c.Authorization != "" {
		o = append(o, otlptracehttp.WithHeaders(map[string]string{"Authorization": c.Authorization}))
	}
	out, err := otlptracehttp.New(ctx, o...)
	if err != nil {
		return nil, fmt.Errorf("trace.endpoint: %w", err)
	}
	return newTraces(sdktrace.NewBatchSpanProcessor(out, sdktrace.WithExportTimeout(c.Timeout)), c.Sample, service), nil
}

func newTraces(p sdktrace.SpanProcessor, sample float64, service string) *Traces {
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(sample))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "tradewind-"+service), attribute.String("service.namespace", "tradewind"))))
	return &Traces{provider: provider, tracer: provider.Tracer(scope), now: time.Now}
}

// Close sends what waits, until ctx ends.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Request begins the span of an incoming request and puts its ids into ids. The
// function it returns ends the span with the status of the answer.
func (t *Traces) Request(ctx context.Context, ids *IDs, traceparent, method, route string) (context.Context, func(status int)) {
	if t == nil {
		return ctx, func(int) {}
	}
	ctx, span := t.begin(ctx, ids, t.bounded(traceparent), trace.SpanKindServer, method+" "+route)
	span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route), attribute.String("tradewind.request_id", ids.RequestID))
	return ctx, func(status int) {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Work begins the span of something done in the background, in the trace of who
// asked for it, and gives its log lines and statements their ids. The function
// it returns ends it.
func (t *Traces) Work(ctx context.Context, traceparent, name string) (context.Context, func(err error)) {
	ids := NewIDs("", traceparent)
	ids.Action = name
	ctx = With(ctx, ids)
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.begin(ctx, ids, traceparent, trace.SpanKindConsumer, name)
	return ctx, func(err error) { end(span, err) }
}

func (t *Traces) begin(ctx context.Context, ids *IDs, traceparent string, kind trace.SpanKind, name string) (context.Context, trace.Span) {
	if parent, ok := parentOf(traceparent); ok {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	} else if id, err := trace.TraceIDFromHex(ids.TraceID); err == nil {
		// The trace has been named already, in the answer and the log.
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: id}))
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind))
	is := span.SpanContext()
	ids.TraceID, ids.SpanID, ids.Sampled = is.TraceID().String(), is.SpanID().String(), is.IsSampled()
	return ctx, span
}

func parentOf(traceparent string) (trace.SpanContext, bool) {
	if _, ok := traceOf(traceparent); !ok {
		return trace.SpanContext{}, false
	}
	traceID, err := trace.TraceIDFromHex(traceparent[3:35])
	spanID, wrong := trace.SpanIDFromHex(traceparent[36:52])
	c := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, Remote: true, TraceFlags: trace.TraceFlags(hexDigit(traceparent[54]) & 1)})
	return c, err == nil && wrong == nil && c.IsValid()
}

// hexDigit is the value of a digit that traceOf let pass, else 0.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0
}

// Past records a call that is over, to a database, a cache or another service,
// as a span below that of ctx, if that is traced. Kind is such as "db" and what
// is the name of the statement or command.
func Past(ctx context.Context, kind, what string, took time.Duration, err error) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return
	}
	now := time.Now()
	_, span := parent.TracerProvider().Tracer(scope).Start(ctx, kind+" "+what, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(now.Add(-took)), trace.WithAttributes(attribute.String("tradewind.call", kind)))
	if err != nil && !errors.Is(err, context.Canceled) {
		span.SetStatus(codes.Error, said(err))
	}
	span.End(trace.WithTimestamp(now))
}

// Begin begins a span for a call to another service; the function it returns
// ends it. The context it returns is the one to make the call with.
func Begin(ctx context.Context, name string) (context.Context, func(err error)) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, func(error) {}
	}
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(err error) { end(span, err) }
}

func end(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, said(err))
	}
	span.End()
}

// said is what a span tells of an error: its code, and never the words of
// others, which may hold an address or more. Those are in the log.
func said(err error) string {
	if code := fault.Code(err); code != "" {
		return code
	}
	return "failed"
}

// Traceparent is what ctx is part of, as another process is told (W3C Trace
// Context), or "" if it is part of nothing.
func Traceparent(ctx context.Context) string {
	if is := trace.SpanContextFromContext(ctx); is.IsValid() {
		return fmt.Sprintf("00-%s-%s-%s", is.TraceID(), is.SpanID(), is.TraceFlags())
	}
	if ids := Of(ctx); ids != nil && ids.TraceID != "" {
		return "00-" + ids.TraceID + "-" + ids.SpanID + map[bool]string{true: "-01", false: "-00"}[ids.Sampled]
	}
	return ""
}
