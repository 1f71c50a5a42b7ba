package monitoring

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/domain/measure"
)

const compartment = "ocid1.compartment.oc1..shop"

func defaults() (c Config) {
	c.Flags(flag.NewFlagSet("", flag.PanicOnError))
	return c
}

func open(t *testing.T) (*ocitest.Server, *Sink) {
	t.Helper()
	server := ocitest.New(t)
	c := defaults()
	c.Compartment, c.Group, c.Endpoint, c.Timeout = compartment, "test", server.URL, 200*time.Millisecond
	s, err := Open(c, ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	s.retry = oci.Retry{Attempts: 4, First: time.Millisecond, Longest: 4 * time.Millisecond}
	return server, s
}

func points(series, each int, newest time.Time) (out []measure.Point) {
	for n := range each {
		for i := range series {
			out = append(out, measure.Point{Name: "orders_paid", Unit: "count", Value: float64(i), At: newest.Add(time.Duration(n-each) * time.Minute),
				Dimensions: map[string]string{"service": "all", "replica": fmt.Sprint(i)}})
		}
	}
	return out
}

func TestAPointArrivesWithAllThatBelongsToIt(t *testing.T) {
	server, s := open(t)
	at := time.Now().UTC().Truncate(time.Millisecond)
	later, err := s.Post(t.Context(), []measure.Point{{Name: "revenue", Unit: "minor units", Value: 129900, At: at, Dimensions: map[string]string{"service": "worker", "currency": "EUR"}}})
	if err != nil || len(later) != 0 {
		t.Fatalf("%v, %v", later, err)
	}
	got := server.Metrics()
	if len(got) != 1 {
		t.Fatalf("%d points", len(got))
	}
	p := got[0]
	if p.Namespace != "tradewind" || p.Compartment != compartment || p.Group != "test" || p.Name != "revenue" || p.Unit != "minor units" || p.Value != 129900 ||
		!p.At.Equal(at) || len(p.Dimensions) != 2 || p.Dimensions["currency"] != "EUR" {
		t.Errorf("%+v", p)
	}
}

func TestNoRequestIsAboutMoreSeriesThanTheServiceTakes(t *testing.T) {
	server, s := open(t)
	all := points(120, 3, time.Now())
	if later, err := s.Post(t.Context(), all); err != nil || len(later) != 0 {
		t.Fatalf("%d left, %v", len(later), err)
	}
	seen := map[string]bool{}
	for _, p := range server.Metrics() {
		seen[fmt.Sprint(p.Dimensions, p.At)] = true
	}
	if len(seen) != len(all) || len(server.Metrics()) != len(all) {
		t.Errorf("%d of %d points arrived, %d different ones", len(server.Metrics()), len(all), len(seen))
	}
}

func TestWhatTheServiceDidNotTakeIsToldLater(t *testing.T) {
	server, s := open(t)
	all := points(120, 1, time.Now())
	server.Spoil(ocitest.Throttle("PostMetricData", 2))
	if later, err := s.Post(t.Context(), all); err != nil || len(later) != 0 {
		t.Fatalf("throttled for a moment: %d left, %v", len(later), err)
	}
	server.Spoil(ocitest.Mishap{Operation: "PostMetricData", Times: 4, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "away"}})
	later, err := s.Post(t.Context(), all)
	if err == nil || len(later) != len(all) || later[0].Dimensions["replica"] != "0" {
		t.Fatalf("away: %d left, %v", len(later), err)
	}
	if n := server.Calls("PostMetricData"); n != 3+2+4 {
		t.Errorf("%d calls: who does not answer is asked for the rest, too", n)
	}
	if later, err = s.Post(t.Context(), later); err != nil || len(later) != 0 || len(server.Metrics()) != 2*len(all) {
		t.Errorf("back again: %d left, %d arrived, %v", len(later), len(server.Metrics()), err)
	}
}

func TestASeriesThatIsRefusedIsNamedAndTheOthersArrive(t *testing.T) {
	server, s := open(t)
	bad := points(1, 1, time.Now().Add(-3*time.Hour))
	bad[0].Name = "too_old"
	later, err := s.Post(t.Context(), append(bad, points(2, 1, time.Now())...))
	if err == nil || !strings.Contains(err.Error(), "too_old") || len(later) != 0 || len(server.Metrics()) != 2 {
		t.Errorf("%d left, %d arrived, %v", len(later), len(server.Metrics()), err)
	}
	if later, err = s.Post(t.Context(), bad); err == nil || len(later) != 0 {
		t.Errorf("all of them refused: %d left, %v", len(later), err)
	}
}

func TestAStrangerIsToldLaterToo(t *testing.T) {
	server := ocitest.New(t)
	c := defaults()
	c.Compartment, c.Endpoint = compartment, server.URL
	s, err := Open(c, common.NewRawConfigurationProvider(ocitest.Tenancy, "ocid1.user.oc1..stranger", ocitest.Region, ocitest.Fingerprint, ocitest.KeyPEM(), nil))
	if err != nil {
		t.Fatal(err)
	}
	later, err := s.Post(t.Context(), points(1, 1, time.Now()))
	if err == nil || len(later) != 1 || !strings.Contains(err.Error(), "NotAuthenticated") {
		t.Errorf("%d left, %v", len(later), err)
	}
}

func TestMetricsGoWhereTheyAreTaken(t *testing.T) {
	c := defaults()
	c.Compartment = compartment
	s, err := Open(c, ocitest.Provider())
	if err != nil || s.client.Host != "https://telemetry-ingestion.eu-frankfurt-1.oraclecloud.com" {
		t.Errorf("%s, %v", s.client.Host, err)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	if err := defaults().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(c *Config){
		"oci.monitoring.compartment":    func(c *Config) { c.Compartment = "shop" },
		"oci.monitoring.namespace":      func(c *Config) { c.Namespace = "OCI_shop" },
		"oci.monitoring.resource-group": func(c *Config) { c.Group = "a b" },
		"oci.monitoring.every":          func(c *Config) { c.Every = time.Second },
		"oci.monitoring.timeout":        func(c *Config) { c.Timeout = 0 },
		"oci.monitoring.endpoint":       func(c *Config) { c.Endpoint = "monitoring" },
	} {
		c := defaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
