package main

import (
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
}

// iteration does one round on its own connection.
type iteration func(c *conn, worker, i int) error

// run calls iterate in a closed loop on conns connections for the time, after
// a warm-up of a fifth of it.
func run(addr string, pid, conns int, d time.Duration, iterate iteration) (figures, error) {
	var f figures
	type result struct {
		took []time.Duration
		errs int
		err  error
	}
	results := make([]result, conns)
	lines := make([]*conn, conns)
	for i := range lines {
		c, err := dial(addr)
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
	cpuBefore := cpuOf(pid)
	time.Sleep(time.Until(until))
	cpu := cpuOf(pid) - cpuBefore
	wait.Wait()
	var all []time.Duration
	for _, r := range results {
		all = append(all, r.took...)
		f.Errors += r.errs
		if f.FirstError == nil {
			f.FirstError = r.err
		}
	}
	if len(all) == 0 {
		return f, fmt.Errorf("nothing was answered: %w", f.FirstError)
	}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[min(len(all)-1, int(q*float64(len(all))))] }
	f.PerSecond = float64(len(all)) / d.Seconds()
	f.P50, f.P95, f.P99 = at(.5), at(.95), at(.99)
	f.CPU = cpu / time.Duration(len(all))
	return f, nil
}

// cpuOf returns the processor time of a process, user and system: fields 14 and
// 15 of /proc/PID/stat, in ticks of 10 ms (proc(5)).
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
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
