package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// figures are what one run measured.
type figures struct {
	PerSecond     float64
	P50, P95, P99 time.Duration
	CPU           time.Duration // of the server, per iteration
	Errors        int
	FirstError    error

	took []time.Duration // each iteration, sorted
	time time.Duration   // that was measured
	used time.Duration   // of the server's processor
}

// target is what is asked: at several addresses it is asked in turns, and may
// be several processes.
type target struct {
	addrs []string
	pids  []int
}

// iteration does one round on its own connection.
type iteration func(c *conn, worker, i int) error

// run calls iterate in a closed loop on conns connections for the time, after
// a warm-up of a fifth of it.
func run(t target, conns int, d time.Duration, iterate iteration) (figures, error) {
	var f figures
	type result struct {
		took []time.Duration
		errs int
		err  error
	}
	results := make([]result, conns)
	lines := make([]*conn, conns)
	for i := range lines {
		c, err := dial(t.addrs[i%len(t.addrs)])
		if err != nil {
			return f, err
		}
		defer func() { c.net.Close() }()
		lines[i] = c
	}
	began := time.Now()
	measureFrom, until := began.Add(d/5), began.Add(d/5+d)
	var wait sync.WaitGroup
	for w := range conns {
		wait.Go(func() {
			r, c := &results[w], lines[w]
			for i := 0; ; i++ {
				start := time.Now()
				if start.After(until) {
					return
				}
				if err := iterate(c, w, i); err != nil {
					if r.errs++; r.err == nil {
						r.err = err
					}
					if c.net.Close(); c.open() != nil {
						return
					}
					continue
				}
				if start.After(measureFrom) {
					r.took = append(r.took, time.Since(start))
				}
			}
		})
	}
	time.Sleep(time.Until(measureFrom))
	cpuBefore := cpuOf(t.pids...)
	time.Sleep(time.Until(until))
	cpu := cpuOf(t.pids...) - cpuBefore
	wait.Wait()
	f.time, f.used = d, cpu
	for _, r := range results {
		f.took = append(f.took, r.took...)
		f.Errors += r.errs
		if f.FirstError == nil {
			f.FirstError = r.err
		}
	}
	if len(f.took) == 0 {
		return f, errors.Join(fmt.Errorf("nothing was answered within %v", d), f.FirstError)
	}
	f.sum()
	return f, nil
}

// sum makes rates and quantiles of what was measured.
func (f *figures) sum() {
	slices.Sort(f.took)
	n := len(f.took)
	at := func(q float64) time.Duration { return f.took[min(n-1, int(q*float64(n)))] }
	f.PerSecond = float64(n) / f.time.Seconds()
	f.P50, f.P95, f.P99 = at(.5), at(.95), at(.99)
	f.CPU = f.used / time.Duration(n)
}

// and adds another measurement of the same.
func (f *figures) and(more figures) {
	f.took, f.time, f.used, f.Errors = append(f.took, more.took...), f.time+more.time, f.used+more.used, f.Errors+more.Errors
	if f.FirstError == nil {
		f.FirstError = more.FirstError
	}
	f.sum()
}

// cpuOf returns the processor time of processes, user and system: fields 14 and
// 15 of /proc/PID/stat, in ticks of 10 ms (proc(5)).
func cpuOf(pids ...int) (all time.Duration) {
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		all += time.Duration(user+system) * 10 * time.Millisecond
	}
	return all
}

// rssOf returns the resident memory of a process in bytes, and its peak.
func rssOf(pid int) (now, peak int64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
			now = kb << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			peak = kb << 10
		}
	}
	return now, peak
}
