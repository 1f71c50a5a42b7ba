package monitoring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oracle/oci-go-sdk/v65/common"
	sdk "github.com/oracle/oci-go-sdk/v65/monitoring"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/measure"
)

// maxStreams is how many series one request may be about.
const maxStreams = 50

// maxPoints bounds what one request holds of them.
const maxPoints = 1000

// Sink posts to Monitoring. It is safe for concurrent use.
type Sink struct {
	*oci.Line
	client sdk.MonitoringClient
	config Config
	retry  oci.Retry
}

var _ measure.Sink = (*Sink)(nil)

// Open signs its requests as identity. It asks nothing of the service: metrics
// are no reason to keep a shop closed.
func Open(c Config, identity common.ConfigurationProvider) (*Sink, error) {
	if !c.Used() {
		return nil, errNowhere
	}
	client, err := sdk.NewMonitoringClientWithConfigurationProvider(identity)
	if err != nil {
		return nil, fmt.Errorf("oci.monitoring: %w", err)
	}
	client.Host = strings.Replace(client.Host, "://telemetry.", "://telemetry-ingestion.", 1)
	if c.Endpoint != "" {
		client.Host = c.Endpoint
	}
	line := oci.NewLine("monitoring")
	client.HTTPClient = line.Client(c.Timeout, 2*c.Timeout)
	return &Sink{Line: line, client: client, config: c, retry: oci.Patient}, nil
}

// request is what is posted at once, and the points in it.
type request struct {
	points []measure.Point
	series []sdk.MetricDataDetails
}

// Post implements measure.Sink. A series of which the service does not want to
// know is named in the error and not told again.
func (s *Sink) Post(ctx context.Context, points []measure.Point) (later []measure.Point, err error) {
	for _, r := range s.requests(points) {
		if later != nil { // it has just failed
			later = append(later, r.points...)
			continue
		}
		out, e := s.client.PostMetricData(oci.Own(ctx), sdk.PostMetricDataRequest{RequestMetadata: s.retry.Policy(nil),
			PostMetricDataDetails: sdk.PostMetricDataDetails{MetricData: r.series, BatchAtomicity: sdk.PostMetricDataDetailsBatchAtomicityNonAtomic}})
		status, _ := oci.Told(e)
		switch {
		case e == nil:
			err = errors.Join(err, refused(out.PostMetricDataResponseDetails))
		case status == 400:
			err = errors.Join(err, fmt.Errorf("Monitoring refuses %d points: %w", len(r.points), e))
		default: // also a policy that is still missing
			later, err = append([]measure.Point{}, r.points...), errors.Join(err, fmt.Errorf("Monitoring was not told: %w", e))
		}
	}
	return later, err
}

// requests parts points, oldest first, into what one request may hold.
func (s *Sink) requests(points []measure.Point) (out []request) {
	var r request
	at := map[string]int{} // of series in r
	for _, p := range points {
		key := keyOf(p)
		i, ok := at[key]
		if !ok && len(r.series) == maxStreams || len(r.points) == maxPoints {
			out, r, at, ok = append(out, r), request{}, map[string]int{}, false
		}
		if !ok {
			i = len(r.series)
			at[key] = i
			r.series = append(r.series, s.seriesOf(p))
		}
		r.points = append(r.points, p)
		r.series[i].Datapoints = append(r.series[i].Datapoints, sdk.Datapoint{Timestamp: &common.SDKTime{Time: p.At}, Value: &p.Value})
	}
	if len(r.points) > 0 {
		out = append(out, r)
	}
	return out
}

func (s *Sink) seriesOf(p measure.Point) sdk.MetricDataDetails {
	m := sdk.MetricDataDetails{Namespace: &s.config.Namespace, CompartmentId: &s.config.Compartment, Name: &p.Name, Dimensions: p.Dimensions}
	if s.config.Group != "" {
		m.ResourceGroup = &s.config.Group
	}
	if p.Unit != "" {
		m.Metadata = map[string]string{"unit": p.Unit}
	}
	return m
}

func keyOf(p measure.Point) string {
	key := p.Name
	for _, name := range slices.Sorted(maps.Keys(p.Dimensions)) {
		key += "\x00" + name + "\x00" + p.Dimensions[name]
	}
	return key
}

func refused(d sdk.PostMetricDataResponseDetails) (err error) {
	for _, f := range d.FailedMetrics {
		name, why := "a series", ""
		if f.MetricData != nil && f.MetricData.Name != nil {
			name = *f.MetricData.Name
		}
		if f.Message != nil {
			why = *f.Message
		}
		err = errors.Join(err, fmt.Errorf("Monitoring refuses %s: %s", name, why))
	}
	return err
}
