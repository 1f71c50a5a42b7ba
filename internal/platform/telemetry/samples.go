package telemetry

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Sample is the state of one series of a registry. The value of a histogram is
// how often it observed something; Within counts what was no longer than a bound.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
	Within map[float64]float64 // by bound
}

// Samples reads all series of a registry.
func Samples(g prometheus.Gatherer) ([]Sample, error) {
	families, err := g.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather metrics: %w", err)
	}
	var out []Sample
	for _, f := range families {
		for _, m := range f.GetMetric() {
			s := Sample{Name: f.GetName(), Labels: map[string]string{}}
			for _, l := range m.GetLabel() {
				s.Labels[l.GetName()] = l.GetValue()
			}
			switch {
			case m.GetCounter() != nil:
				s.Value = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				s.Value = m.GetGauge().GetValue()
			case m.GetHistogram() != nil:
				s.Value, s.Within = float64(m.GetHistogram().GetSampleCount()), map[float64]float64{}
				for _, b := range m.GetHistogram().GetBucket() {
					s.Within[b.GetUpperBound()] = float64(b.GetCumulativeCount())
				}
			default:
				continue
			}
			out = append(out, s)
		}
	}
	return out, nil
}
