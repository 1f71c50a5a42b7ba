// Package streamtest is the conformance suite of stream.Log: what the shop
// relies on, wherever its facts are kept. It imports stream and fault.
package streamtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
)

// Fixture is an empty log with at least two partitions, whose clock moves only
// when told; a reader who is silent for Lease loses its partitions.
type Fixture struct {
	Log   stream.Log
	Now   func() time.Time
	Pass  func(d time.Duration)
	Lease time.Duration
}

// Run tests a log. open makes one that is empty.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"what is appended is read once, in order of its key":        readOnce,
		"what was not committed comes again, what was does not":     comesAgain,
		"a group begins where it says and goes on where it was":     begins,
		"groups do not know of each other":                          apart,
		"a group that is moved reads again, or no more":             moved,
		"readers of a group share the partitions":                   share,
		"what a silent reader has goes to another":                  silent,
		"who keeps what it reads may take its time":                 kept,
		"many append at once and one reads meanwhile, all in order": busy,
		"what cannot be kept is refused, and nothing else is":       refused,
		"the state tells how far a group is":                        state,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// numbered is message n of a key.
func numbered(key string, n int) stream.Message {
	return stream.Message{Key: key, Value: json.RawMessage(fmt.Sprintf(`{"id":"%s/%d","n":%d}`, key, n, n))}
}

// fill appends messages from to below to of keys k0 to k9, in one batch for each number.
func fill(t *testing.T, l stream.Log, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		var batch []stream.Message
		for k := range 10 {
			batch = append(batch, numbered(fmt.Sprint("k", k), n))
		}
		if err := l.Append(t.Context(), batch); err != nil {
			t.Fatalf("Append: %v", err)
		}
	}
}

func join(t *testing.T, l stream.Log, group string, from stream.Place) stream.Reader {
	t.Helper()
	r, err := l.Join(t.Context(), group, from)
	if err != nil {
		t.Fatalf("Join: %v", err)
	}
	return r
}

// next reads until there is nothing more for now.
func next(t *testing.T, r stream.Reader) (all []stream.Record) {
	t.Helper()
	for empty := 0; empty < 2; {
		some, err := r.Next(t.Context(), 7)
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if len(some) > 7 {
			t.Fatalf("Next returned %d records, want 7 at most", len(some))
		}
		if empty++; len(some) > 0 {
			empty = 0
		}
		all = append(all, some...)
	}
	return all
}

func commit(t *testing.T, r stream.Reader) {
	t.Helper()
	if err := r.Commit(t.Context()); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

func shut(t *testing.T, r stream.Reader) {
	t.Helper()
	if err := r.Close(t.Context()); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// number is the n of a record; its key must be the one it was appended under.
func number(t *testing.T, x stream.Record) int {
	t.Helper()
	var v struct {
		ID string `json:"id"`
		N  int    `json:"n"`
	}
	if err := json.Unmarshal(x.Value, &v); err != nil || v.ID != fmt.Sprintf("%s/%d", x.Key, v.N) {
		t.Fatalf("%s under %s, %v", x.Value, x.Key, err)
	}
	return v.N
}

// expect fails unless records are messages from to below to of every key, each once and in order.
func expect(t *testing.T, records []stream.Record, from, to int) {
	t.Helper()
	at, partition := map[string]int{}, map[string]int{}
	last := map[int]stream.Record{}
	for _, x := range records {
		if p, seen := partition[x.Key]; seen && p != x.Partition {
			t.Errorf("%s is in the partitions %d and %d", x.Key, p, x.Partition)
		}
		partition[x.Key] = x.Partition
		if before, seen := last[x.Partition]; seen && (x.Offset <= before.Offset || x.At.Before(before.At)) {
			t.Errorf("in partition %d, %d of %v comes after %d of %v", x.Partition, x.Offset, x.At, before.Offset, before.At)
		}
		last[x.Partition] = x
		if n := number(t, x); n != from+at[x.Key] {
			t.Errorf("of %s number %d comes, want %d", x.Key, n, from+at[x.Key])
		}
		at[x.Key]++
	}
	if len(records) != 10*(to-from) {
		t.Errorf("%d records were read, want %d", len(records), 10*(to-from))
	}
}

func readOnce(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 8)
	r := join(t, f.Log, "a", stream.Oldest)
	all := next(t, r)
	commit(t, r)
	fill(t, f.Log, 8, 12)
	all = append(all, next(t, r)...)
	expect(t, all, 0, 12)
	if parts := map[int]bool{}; len(all) > 0 {
		for _, x := range all {
			parts[x.Partition] = true
		}
		if len(parts) < 2 {
			t.Error("all keys are in one partition")
		}
	}
	if f.Log.Name() == "" {
		t.Error("the log has no name")
	}
}

func comesAgain(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 3)
	r := join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, r), 0, 3)
	commit(t, r)
	fill(t, f.Log, 3, 5)
	expect(t, next(t, r), 3, 5)
	shut(t, r)
	r = join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, r), 3, 5)
	commit(t, r)
	commit(t, r) // nothing new
	shut(t, r)
	r = join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, r), 5, 5)
}

func begins(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 2)
	f.Pass(time.Hour)
	middle := f.Now()
	fill(t, f.Log, 2, 4)
	latest := join(t, f.Log, "latest", stream.Latest)
	expect(t, next(t, latest), 0, 0)
	fill(t, f.Log, 4, 5)
	expect(t, next(t, latest), 4, 5)
	commit(t, latest)
	shut(t, latest)
	again := join(t, f.Log, "latest", stream.Oldest) // the group is not new
	fill(t, f.Log, 5, 6)
	expect(t, next(t, again), 5, 6)
	since := join(t, f.Log, "since", stream.Place{Since: middle})
	expect(t, next(t, since), 2, 6)
	future := join(t, f.Log, "future", stream.Place{Since: f.Now().Add(time.Hour)})
	expect(t, next(t, future), 0, 0)
}

func apart(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 3)
	for _, group := range []string{"a", "b"} {
		r := join(t, f.Log, group, stream.Oldest)
		expect(t, next(t, r), 0, 3)
		commit(t, r)
	}
}

func moved(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 2)
	f.Pass(time.Hour)
	middle := f.Now()
	fill(t, f.Log, 2, 4)
	r := join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, r), 0, 4)
	if err := f.Log.Reset(t.Context(), "a", stream.Place{Since: middle}); err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(t.Context()); fault.Code(err) != "stream-reader-lost" {
		t.Errorf("the reader before the move commits: %v, want stream-reader-lost", err)
	}
	_ = r.Close(t.Context()) // it has nothing to give
	for place, from := range map[stream.Place]int{{Since: middle}: 2, stream.Oldest: 0, stream.Latest: 4} {
		if err := f.Log.Reset(t.Context(), "a", place); err != nil {
			t.Fatal(err)
		}
		r := join(t, f.Log, "a", stream.Oldest)
		expect(t, next(t, r), from, 4)
		commit(t, r)
		shut(t, r)
	}
	if err := f.Log.Reset(t.Context(), "nobody", stream.Oldest); fault.Code(err) != "stream-group-unknown" {
		t.Errorf("Reset of no group: %v, want stream-group-unknown", err)
	}
}

// turns lets readers read in turn while the clock moves, so that each finds its
// share. It keeps what they read, and commits it.
func turns(t *testing.T, f Fixture, got map[stream.Reader][]stream.Record, rounds int) {
	t.Helper()
	for range rounds {
		f.Pass(f.Lease / 2)
		for r := range got {
			got[r] = append(got[r], next(t, r)...)
			commit(t, r)
		}
	}
}

func share(t *testing.T, f Fixture) {
	a, b := join(t, f.Log, "a", stream.Oldest), join(t, f.Log, "a", stream.Oldest)
	got := map[stream.Reader][]stream.Record{a: nil, b: nil}
	turns(t, f, got, 4)
	fill(t, f.Log, 0, 3)
	turns(t, f, got, 2)
	if len(got[a]) == 0 || len(got[b]) == 0 {
		t.Errorf("one reader has %d records, the other %d", len(got[a]), len(got[b]))
	}
	of := map[int]stream.Reader{}
	for r, records := range got {
		for _, x := range records {
			if other, taken := of[x.Partition]; taken && other != r {
				t.Fatalf("partition %d has two readers", x.Partition)
			}
			of[x.Partition] = r
		}
	}
	expect(t, append(got[a], got[b]...), 0, 3)
	shut(t, b)
	delete(got, b)
	got[a] = nil
	fill(t, f.Log, 3, 5)
	turns(t, f, got, 3)
	expect(t, got[a], 3, 5)
}

func silent(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 3)
	a := join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, a), 0, 3)
	f.Pass(2 * f.Lease)
	b := join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, b), 0, 3)
	if err := a.Commit(t.Context()); fault.Code(err) != "stream-reader-lost" {
		t.Errorf("the silent reader commits: %v, want stream-reader-lost", err)
	}
	commit(t, b)
	if _, err := a.Next(t.Context(), 1); fault.Code(err) != "stream-reader-lost" {
		t.Errorf("the silent reader goes on: %v, want stream-reader-lost", err)
	}
	_ = a.Close(t.Context())
	fill(t, f.Log, 3, 4)
	got := map[stream.Reader][]stream.Record{b: nil}
	turns(t, f, got, 4)
	expect(t, got[b], 3, 4)
}

func kept(t *testing.T, f Fixture) {
	fill(t, f.Log, 0, 3)
	a := join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, a), 0, 3)
	b := join(t, f.Log, "a", stream.Oldest)
	for range 6 {
		f.Pass(f.Lease / 2)
		if err := a.Keep(t.Context()); err != nil {
			t.Fatalf("Keep: %v", err)
		}
		expect(t, next(t, b), 0, 0)
	}
	commit(t, a)
}

func busy(t *testing.T, f Fixture) {
	const each = 15
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for k := range 10 {
		all.Go(func() {
			for n := range each {
				if err := f.Log.Append(ctx, []stream.Message{numbered(fmt.Sprint("k", k), n)}); err != nil {
					t.Errorf("Append: %v", err)
					return
				}
			}
		})
	}
	r := join(t, f.Log, "a", stream.Oldest)
	var got []stream.Record
	for len(got) < 10*each && ctx.Err() == nil && !t.Failed() {
		some, err := r.Next(ctx, 20)
		if err != nil {
			t.Errorf("Next: %v", err)
			break
		}
		got = append(got, some...)
	}
	all.Wait()
	expect(t, got, 0, each)
	commit(t, r)
}

func refused(t *testing.T, f Fixture) {
	good := numbered("k", 0)
	large, long := good, good
	large.Value = json.RawMessage(`{"x":"` + string(make([]byte, stream.MaxValue)) + `"}`)
	long.Key = string(make([]byte, stream.MaxKey+1))
	for name, bad := range map[string]stream.Message{"no key": {Value: good.Value}, "a long key": long, "large": large, "no JSON": {Key: "k", Value: json.RawMessage("{")}, "a list": {Key: "k", Value: json.RawMessage("[]")}, "nothing": {Key: "k"}} {
		if err := f.Log.Append(t.Context(), []stream.Message{good, bad}); fault.Code(err) != "stream-message-invalid" {
			t.Errorf("%s: %v, want stream-message-invalid", name, err)
		}
	}
	for _, name := range []string{"", "A", "a b", "a/b", "ä"} {
		if _, err := f.Log.Join(t.Context(), name, stream.Oldest); fault.Code(err) != "stream-group-invalid" {
			t.Errorf("group %q: %v, want stream-group-invalid", name, err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Log.Append(stopped, []stream.Message{good}); err == nil {
		t.Error("Append for nobody succeeds")
	}
	r := join(t, f.Log, "a", stream.Oldest)
	expect(t, next(t, r), 0, 0)
}

func state(t *testing.T, f Fixture) {
	if _, err := f.Log.State(t.Context(), "nobody"); fault.Code(err) != "stream-group-unknown" {
		t.Errorf("of no group: %v, want stream-group-unknown", err)
	}
	fill(t, f.Log, 0, 3)
	r := join(t, f.Log, "a", stream.Oldest)
	read := next(t, r)
	commit(t, r)
	fill(t, f.Log, 3, 4)
	s, err := f.Log.State(t.Context(), "a")
	if err != nil || len(s.Partitions) < 2 || len(s.Groups) != 1 || s.Groups[0].Name != "a" {
		t.Fatalf("State = %+v, %v", s, err)
	}
	ends := map[int]int64{}
	for _, x := range read {
		ends[x.Partition] = x.Offset + 1
	}
	for _, p := range s.Groups[0].Progress {
		if want, some := ends[p.Partition]; some && p.Next != want || p.Reader == "" || !p.Until.After(f.Now()) {
			t.Errorf("progress is %+v, want it up to %d and held", p, want)
		}
	}
	if n, known := s.Lag(s.Groups[0]); known && n != 10 {
		t.Errorf("the lag is %d, want 10", n)
	}
}
