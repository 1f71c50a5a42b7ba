package watching

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/domain/measure"
	"tradewind/internal/platform/telemetry"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sink keeps what it is told, unless it is away.
type sink struct {
	away bool
	got  []measure.Point
}

func (s *sink) Post(_ context.Context, points []measure.Point) ([]measure.Point, error) {
	if s.away {
		return points, errors.New("away")
	}
	s.got = append(s.got, points...)
	return nil, nil
}

// of adds up what was told of a measure where the dimension has the value.
func (s *sink) of(name, dimension, value string) (sum float64, n int) {
	for _, p := range s.got {
		if p.Name == name && p.Dimensions[dimension] == value {
			sum, n = sum+p.Value, n+1
		}
	}
	return sum, n
}

type desk struct {
	*Reporter
	sink     *sink
	at       time.Time
	business *telemetry.Business
	http     *telemetry.HTTP
	pending  prometheus.Gauge
}

func newDesk() *desk {
	d := &desk{sink: &sink{}, at: noon}
	reg := prometheus.NewRegistry()
	d.business, d.http = telemetry.NewBusiness(reg), telemetry.NewHTTP(reg)
	d.pending = prometheus.NewGauge(prometheus.GaugeOpts{Name: "tradewind_outbox_pending"})
	reg.MustRegister(d.pending)
	d.Reporter = &Reporter{Read: func() ([]telemetry.Sample, error) { return telemetry.Samples(reg) }, Sink: d.sink, Now: func() time.Time { return d.at },
		Dimensions: map[string]string{"service": "all", "replica": "one"}, Looks: true}
	return d
}

func (d *desk) report(t *testing.T, fails bool) {
	t.Helper()
	if err := d.Report(t.Context()); (err != nil) != fails {
		t.Fatal(err)
	}
	d.at = d.at.Add(time.Minute)
}

func TestCountersAreToldAsWhatWasAdded(t *testing.T) {
	d := newDesk()
	d.business.Paid.Add(3)
	d.business.Earned("EUR", 12900)
	d.business.Earned("USD", 500)
	d.report(t, false)
	d.business.Paid.Inc()
	d.business.Earned("EUR", 100)
	d.report(t, false)
	d.report(t, false)
	if sum, n := d.sink.of("orders_paid", "service", "all"); sum != 4 || n != 3 {
		t.Errorf("%g orders in %d points", sum, n)
	}
	if eur, _ := d.sink.of("revenue", "currency", "EUR"); eur != 13000 {
		t.Errorf("%g cents", eur)
	}
	if usd, _ := d.sink.of("revenue", "currency", "USD"); usd != 500 {
		t.Errorf("%g cents", usd)
	}
}

func TestTheLongestBeginningOfARouteNamesItsJourney(t *testing.T) {
	for route, want := range map[string]string{"/v1/products": "browse", "/v1/products/{key}": "browse", "/v1/productsearch": "", "/v1/search": "search", "/v1/carts/{id}/items/{sku}": "cart",
		"/v1/carts/{id}/quote": "checkout", "/v1/checkout": "checkout", "/v1/orders/{id}/timeline": "checkout", "/v1/orders/{id}/payment": "payment", "/v1/webhooks/{provider}": "payment",
		"/v1/admin/orders": "", "/v1/account": "", "": ""} {
		if got := Of(route); got != want {
			t.Errorf("%s is of %q, want %q", route, got, want)
		}
	}
}

func TestRequestsAreToldByWhatShoppersDo(t *testing.T) {
	d := newDesk()
	d.http.Observe("/v1/products/{key}", "GET", 200, 600*time.Millisecond)
	d.http.Observe("/v1/products", "GET", 503, time.Millisecond)
	d.http.Observe("/v1/checkout", "POST", 201, 600*time.Millisecond)
	d.http.Observe("/v1/orders/{id}/payment", "POST", 402, 3*time.Second)
	d.http.Observe("/v1/carts", "POST", 201, time.Millisecond)
	d.http.Observe("/v1/carts", "POST", 422, time.Millisecond)
	d.http.Observe("/v1/admin/orders", "GET", 500, time.Minute)
	d.report(t, false)
	for _, want := range []struct {
		name, kind string
		n          float64
	}{{"requests", "browse", 2}, {"requests", "cart", 2}, {"requests", "checkout", 1}, {"requests", "payment", 1}, {"requests_failed", "browse", 1}, {"requests_failed", "checkout", 0},
		{"requests_slow", "browse", 1}, {"requests_slow", "checkout", 0}, {"requests_slow", "payment", 1}} {
		if got, _ := d.sink.of(want.name, "kind", want.kind); got != want.n {
			t.Errorf("%s of %s: %g, want %g", want.name, want.kind, got, want.n)
		}
	}
	if carts, _ := d.sink.of("carts_begun", "service", "all"); carts != 1 {
		t.Errorf("%g carts", carts)
	}
	for _, p := range d.sink.got {
		for name, value := range p.Dimensions {
			if value == "" {
				t.Errorf("%s has no %s", p.Name, name)
			}
		}
	}
}

func TestWhatWasNotToldIsToldLaterUnlessItIsTooOld(t *testing.T) {
	d := newDesk()
	d.sink.away = true
	d.business.Paid.Inc()
	d.report(t, true)
	d.business.Paid.Inc()
	d.report(t, true)
	d.sink.away = false
	d.report(t, false)
	if sum, n := d.sink.of("orders_paid", "service", "all"); sum != 2 || n != 3 || d.Dropped.Load() != 0 {
		t.Errorf("%g orders in %d points, %d dropped", sum, n, d.Dropped.Load())
	}
	if first := d.sink.got[0]; !first.At.Equal(noon) {
		t.Errorf("the first is of %v", first.At)
	}
	d.sink.away = true
	d.business.Paid.Add(100)
	d.report(t, true)
	d.at = d.at.Add(measure.MaxAge)
	d.sink.away = false
	d.report(t, false)
	if sum, _ := d.sink.of("orders_paid", "service", "all"); sum != 2 || d.Dropped.Load() == 0 {
		t.Errorf("%g orders, %d points dropped", sum, d.Dropped.Load())
	}
}

func TestWhatWaitsHasABound(t *testing.T) {
	d := newDesk()
	d.sink.away = true
	for range 800 {
		if err := d.Report(t.Context()); err == nil {
			t.Fatal("it is not away")
		}
	}
	if n := len(d.waiting); n != maxWaiting {
		t.Errorf("%d points wait", n)
	}
}

func TestAProcessThatDoesNotLookAtTheDatabaseTellsNothingOfIt(t *testing.T) {
	d := newDesk()
	d.pending.Set(7)
	d.Looks = false
	d.report(t, false)
	if _, n := d.sink.of("outbox_pending", "service", "all"); n != 0 {
		t.Error("it tells")
	}
	d.Looks = true
	d.report(t, false)
	if v, n := d.sink.of("outbox_pending", "service", "all"); n != 1 || v != 7 {
		t.Errorf("%g in %d points", v, n)
	}
}
