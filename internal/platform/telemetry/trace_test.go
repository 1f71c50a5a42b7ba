package telemetry

import (
	"context"
	"errors"
	"flag"
	"math"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func record(t *testing.T, sample float64) (*Traces, *tracetest.SpanRecorder) {
	t.Helper()
	seen := tracetest.NewSpanRecorder()
	traces := newTraces(seen, sample, "order")
	t.Cleanup(func() { _ = traces.Close(context.Background()) })
	return traces, seen
}

func named(t *testing.T, seen *tracetest.SpanRecorder, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	for _, s := range seen.Ended() {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("no span %q among %d", name, len(seen.Ended()))
	return nil
}

func TestWhoAsksForTracesGetsSoManyASecond(t *testing.T) {
	traces, seen := record(t, 0)
	at := time.Unix(1000, 0)
	traces.now = func() time.Time { return at }
	flood := func() {
		for range 3 * flagged {
			ids := NewIDs("", parent)
			_, done := traces.Request(t.Context(), ids, parent, "GET", "/v1/shop")
			done(200)
			if ids.TraceID != parent[3:35] {
				t.Fatalf("the log says trace %s", ids.TraceID)
			}
		}
	}
	for i := range 2 {
		if flood(); len(seen.Ended()) != flagged*(i+1) {
			t.Errorf("%d requests are traced in %d seconds, want %d", len(seen.Ended()), i+1, flagged*(i+1))
		}
		at = at.Add(time.Second)
	}
}

func TestARequestGoesOnInTheTraceOfWhoSentIt(t *testing.T) {
	traces, seen := record(t, 0) // the flag of the traceparent counts
	ids := NewIDs("r-1", parent)
	ctx, done := traces.Request(t.Context(), ids, parent, "POST", "/v1/checkout")
	ctx = With(ctx, ids)
	Past(ctx, "sql", "orders.insert", 3*time.Millisecond, nil)
	calling, over := Begin(ctx, "http POST provider")
	told := Traceparent(calling)
	over(errors.New("550 ada@example.com is unknown"))
	done(503)

	request, statement, call := named(t, seen, "POST /v1/checkout"), named(t, seen, "sql orders.insert"), named(t, seen, "http POST provider")
	if got := request.SpanContext().TraceID().String(); got != parent[3:35] || got != ids.TraceID {
		t.Errorf("the trace is %s, the log says %s, the caller's is %s", got, ids.TraceID, parent[3:35])
	}
	if got := request.Parent().SpanID().String(); got != parent[36:52] {
		t.Errorf("the parent is %s", got)
	}
	if ids.SpanID != request.SpanContext().SpanID().String() {
		t.Error("the log names another span")
	}
	if request.Status().Code != codes.Error {
		t.Error("a 503 is no error")
	}
	for _, below := range []sdktrace.ReadOnlySpan{statement, call} {
		if below.Parent().SpanID() != request.SpanContext().SpanID() {
			t.Errorf("%s is not below the request", below.Name())
		}
	}
	if took := statement.EndTime().Sub(statement.StartTime()); took != 3*time.Millisecond {
		t.Errorf("the statement took %v", took)
	}
	if call.Status().Description != "failed" { // nobody's address goes to where traces are kept
		t.Errorf("the call says %q", call.Status().Description)
	}
	if want := "00-" + ids.TraceID + "-" + call.SpanContext().SpanID().String() + "-01"; told != want {
		t.Errorf("the provider was told %s, want %s", told, want)
	}
}

func TestWhatIsDoneLaterBelongsToTheTraceOfWhoAskedForIt(t *testing.T) {
	traces, seen := record(t, 0)
	ctx, done := traces.Work(t.Context(), parent, "deliver order.paid")
	if got := Of(ctx); got == nil || got.TraceID != parent[3:35] || got.Action != "deliver order.paid" {
		t.Errorf("ids of the work: %+v", got)
	}
	done(nil)
	if got := named(t, seen, "deliver order.paid"); got.Parent().SpanID().String() != parent[36:52] {
		t.Error("the work is not below who asked for it")
	}
}

func TestATraceThatBeginsHereHasTheIDOfTheAnswer(t *testing.T) {
	traces, seen := record(t, 1)
	ids := NewIDs("", "nonsense")
	named1 := ids.TraceID
	_, done := traces.Request(t.Context(), ids, "nonsense", "GET", "/v1/products")
	done(200)
	s := named(t, seen, "GET /v1/products")
	if s.SpanContext().TraceID().String() != named1 || ids.RequestID != named1 || !ids.Sampled {
		t.Errorf("trace %s, request %s, named %s", s.SpanContext().TraceID(), ids.RequestID, named1)
	}
	if s.Parent().IsValid() {
		t.Error("it has a parent")
	}
}

func TestWhatIsNotSampledIsNotMade(t *testing.T) {
	traces, seen := record(t, 1)
	not := parent[:53] + "00"
	ids := NewIDs("", not)
	ctx, done := traces.Request(t.Context(), ids, not, "GET", "/")
	Past(ctx, "sql", "x", time.Millisecond, nil)
	done(200)
	if n := len(seen.Ended()); n != 0 {
		t.Errorf("%d spans of a request that is not sampled", n)
	}
	if got := Traceparent(ctx); !strings.HasSuffix(got, "-00") || got[3:35] != parent[3:35] {
		t.Errorf("others are told %q", got)
	}
}

func TestWithoutTracesIdsGoOn(t *testing.T) {
	var none *Traces
	ids := NewIDs("", parent)
	ctx, done := none.Request(t.Context(), ids, parent, "GET", "/")
	done(200)
	if got, want := Traceparent(With(ctx, ids)), "00-"+parent[3:35]+"-"+ids.SpanID+"-01"; got != want {
		t.Errorf("others are told %s, want %s", got, want)
	}
	if got := Traceparent(t.Context()); got != "" {
		t.Errorf("a context without ids is part of %q", got)
	}
	if err := none.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSettingsOfTraces(t *testing.T) {
	tests := map[string]struct {
		change func(*TraceConfig)
		want   string
	}{
		"the defaults":          {func(*TraceConfig) {}, ""},
		"an address":            {func(c *TraceConfig) { c.Endpoint = "https://apm.example/v1/traces" }, ""},
		"an address of nothing": {func(c *TraceConfig) { c.Endpoint = "collector:4318" }, "trace.endpoint"},
		"more than all":         {func(c *TraceConfig) { c.Sample = 1.5 }, "trace.sample"},
		"not a number":          {func(c *TraceConfig) { c.Sample = math.NaN() }, "trace.sample"},
		"no time":               {func(c *TraceConfig) { c.Timeout = 0 }, "trace.timeout"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var c TraceConfig
			c.Flags(flag.NewFlagSet("", flag.PanicOnError))
			tc.change(&c)
			err := c.Validate()
			if (err == nil) != (tc.want == "") || err != nil && !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("Validate: %v, want an error about %q", err, tc.want)
			}
		})
	}
}
