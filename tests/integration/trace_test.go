package integration

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"tradewind/internal/app"
)

// collected is an OTLP collector that keeps what it is sent.
type collected struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*tracepb.Span
	names map[string]bool // of services
	wrong []string
}

func collect(t *testing.T, authorization string) *collected {
	c := &collected{names: map[string]bool{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		var in collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &in)
		}
		if got := r.Header.Get("Authorization"); err != nil || got != authorization || r.URL.Path != "/v1/traces" {
			c.wrong = append(c.wrong, fmt.Sprintf("%s with authorization %q: %v", r.URL.Path, got, err))
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, from := range in.ResourceSpans {
			for _, a := range from.Resource.Attributes {
				if a.Key == "service.name" {
					c.names[a.Value.GetStringValue()] = true
				}
			}
			for _, s := range from.ScopeSpans {
				c.spans = append(c.spans, s.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

// below returns the spans of a trace, by name and the name of their parent.
func (c *collected) below(trace string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := map[string]string{}
	for _, s := range c.spans {
		names[string(s.SpanId)] = s.Name
	}
	out := map[string]string{}
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace {
			out[s.Name] = names[string(s.ParentSpanId)]
		}
	}
	return out
}

// An order is one trace, from the request through the statements and the
// provider to the mail that a worker sends afterwards.
func TestAPaymentIsOneTraceFromTheBrowserToTheMail(t *testing.T) {
	const trace, browser = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	c := collect(t, "dataKey of-the-tests")
	s := openShop(t, func(x *app.Config) {
		x.Trace.Endpoint, x.Trace.Authorization, x.Trace.Sample = c.URL+"/v1/traces", "dataKey of-the-tests", 0
	})
	o := s.placed(t, "MU01-ALMA-SAND")
	s.payment(t, o, "tok_ok", "Traceparent", "00-"+trace+"-"+browser+"-01").expect(t, 200)
	eventually(t, "the confirmation is in the mail folder", func() bool { _, n := s.mails(t); return n == 1 })
	if err := s.stop(); err != nil { // which sends what waits
		t.Fatal(err)
	}
	got, pay := c.below(trace), "POST /v1/orders/{id}/payment"
	if len(c.wrong) > 0 || !c.names["tradewind-all"] {
		t.Errorf("the collector was sent nonsense: %v; services %v", c.wrong, c.names)
	}
	provider := "http POST " + strings.TrimPrefix(s.ProviderURL, "http://")
	for name, parent := range map[string]string{pay: "", "sql payment_attempt.insert": pay, provider: pay, "deliver order.paid": pay} {
		if above, ok := got[name]; !ok || above != parent {
			t.Errorf("span %q is below %q (there: %v)", name, above, ok)
		}
	}
	if t.Failed() {
		t.Logf("spans: %v", got)
	}
	if strings.Contains(s.log.String(), "of-the-tests") {
		t.Error("the log tells the key of the collector")
	}
}
