package watching

import (
	"fmt"
	"slices"
	"strings"

	"tradewind/internal/platform/telemetry"
)

// how series of a metric become one number.
type how int

const (
	counted how = iota // the sum of counters, told as what was added since
	summed             // the sum of gauges
	largest            // the largest of gauges
)

// Selection is some series of a metric.
type Selection struct {
	Of     string            // the metric's name in the registry
	Where  map[string]string // labels that a series must have
	How    how
	Slower float64 // of a histogram, only what took longer than this bound of a bucket
}

// requests are those to be told apart by what the shopper is doing.
const requests = "tradewind_http_request_duration_seconds"

// withKinds adds the label kind, the journey, to requests of shoppers.
func withKinds(samples []telemetry.Sample) {
	for _, s := range samples {
		if s.Name != requests {
			continue
		}
		if kind := Of(s.Labels["route"]); kind != "" {
			s.Labels["kind"] = kind
		}
	}
}

func (s Selection) has(x telemetry.Sample) bool {
	if x.Name != s.Of {
		return false
	}
	for name, value := range s.Where {
		if x.Labels[name] != value {
			return false
		}
	}
	return true
}

func (s Selection) value(x telemetry.Sample) float64 {
	if s.Slower > 0 {
		return x.Value - x.Within[s.Slower]
	}
	return x.Value
}

// by returns one number for each value of a label, or one under "" if label is
// "". There is none for what no series is about.
func (s Selection) by(label string, samples []telemetry.Sample) map[string]float64 {
	out := map[string]float64{}
	for _, x := range samples {
		if !s.has(x) {
			continue
		}
		of := ""
		if label != "" {
			of = x.Labels[label]
		}
		if was, ok := out[of]; ok && s.How == largest {
			out[of] = max(was, s.value(x))
		} else {
			out[of] = was + s.value(x)
		}
	}
	return out
}

// most bounds how many series a person is told of.
const most = 5

// above names the series that are above a bound, for people.
func (s Selection) above(bound float64, samples []telemetry.Sample) (list []string) {
	for _, x := range samples {
		if !s.has(x) || s.value(x) <= bound || len(list) == most {
			continue
		}
		labels := make([]string, 0, len(x.Labels))
		for name, value := range x.Labels {
			labels = append(labels, name+"="+value)
		}
		slices.Sort(labels)
		list = append(list, fmt.Sprintf("%s{%s} is %g", x.Name, strings.Join(labels, ","), s.value(x)))
	}
	return list
}
