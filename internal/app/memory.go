package app

import (
	"context"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
)

// roomAbove is what the heap may grow by, above what is alive, before the
// collector runs: half of it, and at least as much again as small shops use.
const roomAbove = 24 << 20

// memoryLimit keeps the soft limit of the heap well above what is alive. Close
// below it the collector would run all the time: a catalogue of a hundred
// thousand products has more in its search index than a small shop in all.
type memoryLimit struct {
	least int64 // the setting; 0 leaves the limit alone
	now   int64
}

// adjust moves the limit after the heap that the last collection left.
func (m *memoryLimit) adjust(context.Context) error {
	if m.least == 0 {
		return nil
	}
	sample := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtimemetrics.Read(sample)
	if want := m.limitFor(int64(sample[0].Value.Uint64())); want != m.now {
		m.now = want
		debug.SetMemoryLimit(want)
	}
	return nil
}

// limitFor is the limit for a live heap, in steps of 8 MiB.
func (m *memoryLimit) limitFor(live int64) int64 {
	const step = 8 << 20
	return max(m.least, (live+live/2+roomAbove)/step*step+step)
}
