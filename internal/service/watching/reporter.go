package watching

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/measure"
	"tradewind/internal/platform/telemetry"
)

// maxWaiting bounds how many points wait for a service that does not answer.
const maxWaiting = 5000

// Reporter tells a monitoring service the numbers of the table: of counters what
// was added since it told them last.
type Reporter struct {
	Read       func() ([]telemetry.Sample, error)
	Sink       measure.Sink
	Now        func() time.Time
	Dimensions map[string]string // of all series: who tells
	Looks      bool              // this process looks at the database

	Posted, Dropped atomic.Int64 // points; those that became too old or too many

	mu      sync.Mutex
	told    map[series]float64 // counters
	waiting []measure.Point    // oldest first
}

// series is a measure and the value of its own dimension.
type series struct{ name, of string }

// Report tells what there is. What cannot be told waits for the next time.
func (r *Reporter) Report(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	samples, err := r.Read()
	if err != nil {
		return err
	}
	now := r.Now()
	withKinds(samples)
	r.waiting = append(r.waiting, r.points(samples, now)...)
	r.forget(now)
	all := len(r.waiting)
	r.waiting, err = r.Sink.Post(ctx, r.waiting)
	r.Posted.Add(int64(all - len(r.waiting)))
	return err
}

func (r *Reporter) points(samples []telemetry.Sample, now time.Time) (out []measure.Point) {
	if r.told == nil {
		r.told = map[series]float64{}
	}
	for _, m := range Measures {
		if m.Looks && !r.Looks {
			continue
		}
		for of, value := range m.by(m.By, samples) {
			if m.By != "" && of == "" {
				continue
			}
			p := measure.Point{Name: m.Name, Unit: m.Unit, Value: value, At: now, Dimensions: maps.Clone(r.Dimensions)}
			if m.How == counted {
				key := series{m.Name, of}
				p.Value, r.told[key] = value-r.told[key], value
			}
			if m.By != "" {
				p.Dimensions[dimension(m.By)] = of
			}
			out = append(out, p)
		}
	}
	return out
}

// dimension is what a label is called: service says who tells.
func dimension(label string) string {
	if label == "service" {
		return "dependency"
	}
	return label
}

// forget drops what is too old to be told, and the oldest of too much.
func (r *Reporter) forget(now time.Time) {
	n := max(0, len(r.waiting)-maxWaiting)
	for n < len(r.waiting) && now.Sub(r.waiting[n].At) > measure.MaxAge {
		n++
	}
	r.Dropped.Add(int64(n))
	r.waiting = r.waiting[n:]
}
