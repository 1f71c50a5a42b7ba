// Package queuetest is the conformance suite of queue.Queue: what the shop
// relies on, whatever keeps its work. It imports queue and fault.
package queuetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/fault"
)

// Fixture is an empty queue and a way to let its time pass.
type Fixture struct {
	Queue queue.Queue
	Later func(d time.Duration)
}

// Run tests a queue. open makes one that is empty.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"what is put comes as it was, on its channel":         comes,
		"what somebody works on is hidden, then comes again":  hidden,
		"what is done does not come again":                    done,
		"whoever needs longer keeps it":                       extended,
		"what is given back comes at once":                    givenBack,
		"what is put off comes when it is due":                putOff,
		"a receipt of what is done stands for nothing":        gone,
		"nonsense for a receipt harms nobody":                 nonsense,
		"many who take share, and all is taken":               shared,
		"whoever waits is served, and not for longer than so": waits,
		"what no queue could keep is refused whole":           refused,
		"the depth counts what waits and what is hidden":      depth,
		"nobody waits for an answer, nothing is done":         cancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Job makes one.
func Job(channel string, n int) queue.Job {
	return queue.Job{Channel: channel, Kind: "letters", ID: fmt.Sprintf("id-%d", n), Body: json.RawMessage(fmt.Sprintf(`{"n":%d,"text":"für <Ada> & \"Bob\" \u2028 🙂"}`, n))}
}

const visible = 10 * time.Second

func (f Fixture) put(t *testing.T, jobs ...queue.Job) {
	t.Helper()
	if err := f.Queue.Put(t.Context(), jobs); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

func (f Fixture) get(t *testing.T, channel string, n int) []queue.Delivery {
	t.Helper()
	list, err := f.Queue.Get(t.Context(), channel, n, visible, 0)
	if err != nil || len(list) > n {
		t.Fatalf("Get of %d: %d, %v", n, len(list), err)
	}
	return list
}

// one takes a job. Where an answer got lost the job is hidden: time helps.
func (f Fixture) one(t *testing.T, channel string) queue.Delivery {
	t.Helper()
	for range 20 {
		if list := f.get(t, channel, 1); len(list) == 1 {
			return list[0]
		}
		f.Later(visible + time.Second)
	}
	t.Fatalf("nothing comes on %s", channel)
	return queue.Delivery{}
}

func (f Fixture) none(t *testing.T, channel, when string) {
	t.Helper()
	if list := f.get(t, channel, 5); len(list) != 0 {
		t.Fatalf("%s comes %s", list[0].Key(), when)
	}
}

func (f Fixture) extend(t *testing.T, d time.Duration, receipts ...string) []string {
	t.Helper()
	gone, err := f.Queue.Extend(t.Context(), d, receipts...)
	if err != nil {
		t.Fatalf("Extend: %v", err)
	}
	return gone
}

func (f Fixture) done(t *testing.T, receipts ...string) {
	t.Helper()
	if err := f.Queue.Done(t.Context(), receipts...); err != nil {
		t.Fatalf("Done: %v", err)
	}
}

func comes(t *testing.T, f Fixture) {
	a, b := Job("a", 1), Job("b", 2)
	f.put(t, a, b)
	for _, want := range []queue.Job{b, a} {
		got := f.one(t, want.Channel)
		var is, was map[string]any
		if json.Unmarshal(got.Body, &is) != nil || json.Unmarshal(want.Body, &was) != nil || !maps.Equal(is, was) || got.Key() != want.Key() || got.Channel != want.Channel {
			t.Errorf("%s comes as %s: %s", want.Key(), got.Key(), got.Body)
		}
		if got.Receipt == "" || got.Deliveries < 1 || got.PutAt.IsZero() {
			t.Errorf("delivered as %+v", got)
		}
		f.none(t, want.Channel, "a second time")
	}
	f.none(t, "c", "where nothing was put")
}

func hidden(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1))
	first := f.one(t, "a")
	f.none(t, "a", "while somebody works on it")
	f.Later(visible - 2*time.Second)
	f.none(t, "a", "before its time")
	f.Later(3 * time.Second)
	again := f.one(t, "a")
	if again.Key() != first.Key() || again.Deliveries <= first.Deliveries || !again.PutAt.Equal(first.PutAt) {
		t.Errorf("comes again as %+v after %+v", again, first)
	}
	f.done(t, again.Receipt)
	f.Later(2 * visible)
	f.none(t, "a", "though it is done")
}

func done(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1))
	d := f.one(t, "a")
	f.done(t, d.Receipt)
	f.done(t, d.Receipt)
	f.Later(2 * visible)
	f.none(t, "a", "though it is done")
}

func extended(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1))
	d := f.one(t, "a")
	for range 3 {
		f.Later(visible - 3*time.Second)
		if gone := f.extend(t, visible, d.Receipt); len(gone) != 0 {
			t.Fatalf("it was not kept")
		}
		f.none(t, "a", "though it is kept")
	}
	f.Later(visible + time.Second)
	if again := f.one(t, "a"); again.Key() != d.Key() {
		t.Errorf("comes as %s", again.Key())
	}
}

func givenBack(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1))
	d := f.one(t, "a")
	f.extend(t, 0, d.Receipt)
	if again := f.one(t, "a"); again.Key() != d.Key() || again.Deliveries <= d.Deliveries {
		t.Errorf("comes as %+v", again)
	}
}

func putOff(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1))
	d := f.one(t, "a")
	f.extend(t, time.Hour, d.Receipt)
	f.Later(59 * time.Minute)
	f.none(t, "a", "before it is due")
	f.Later(2 * time.Minute)
	f.one(t, "a")
}

func gone(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1), Job("a", 2))
	a, b := f.one(t, "a"), f.one(t, "a")
	if a.Key() == b.Key() { // an answer got lost and time went on
		b = f.one(t, "a")
	}
	f.done(t, a.Receipt)
	if got := f.extend(t, visible, a.Receipt, b.Receipt); !slices.Equal(got, []string{a.Receipt}) {
		t.Errorf("gone are %q, want %q", got, a.Receipt)
	}
}

func nonsense(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1))
	d := f.one(t, "a")
	for _, receipt := range []string{"nonsense", "none.1", "1", "ä/../x?y=z", strings.Repeat("x", 300)} {
		if got := f.extend(t, visible, receipt); len(got) != 1 {
			t.Errorf("%q stands for something", receipt)
		}
		f.done(t, receipt)
	}
	if got := f.extend(t, visible, d.Receipt); len(got) != 0 {
		t.Errorf("the receipt of another is gone")
	}
}

func shared(t *testing.T, f Fixture) {
	const n = 3*queue.MaxBatch + 5
	var jobs []queue.Job
	for i := range n {
		jobs = append(jobs, Job("a", i))
	}
	f.put(t, jobs...)
	var mu sync.Mutex
	taken := map[string]int{}
	for round := 0; round < 20 && len(taken) < n; round++ {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				for {
					list, err := f.Queue.Get(t.Context(), "a", 7, time.Minute, 0)
					if err != nil && fault.Code(err) != "queue-unavailable" {
						t.Errorf("Get: %v", err)
					}
					if err != nil || len(list) == 0 {
						return // the next round brings what is left
					}
					var receipts []string
					mu.Lock()
					for _, d := range list {
						taken[d.Key()]++
						receipts = append(receipts, d.Receipt)
					}
					mu.Unlock()
					for tries := 1; ; tries++ {
						err := f.Queue.Done(t.Context(), receipts...)
						if err == nil {
							break
						}
						if tries == 10 || fault.Code(err) != "queue-unavailable" {
							t.Errorf("Done: %v", err)
							break
						}
					}
				}
			})
		}
		all.Wait()
		f.Later(time.Minute + time.Second)
	}
	for key, times := range taken {
		if times != 1 {
			t.Errorf("%s was taken %d times", key, times)
		}
	}
	if len(taken) != n {
		t.Errorf("%d of %d were taken", len(taken), n)
	}
}

func waits(t *testing.T, f Fixture) {
	began := time.Now()
	if list, err := f.Queue.Get(t.Context(), "a", 1, visible, time.Second); err != nil || len(list) != 0 || time.Since(began) > 20*time.Second {
		t.Errorf("nothing was put: %v, %v after %v", list, err, time.Since(began))
	}
	got := make(chan error, 1)
	go func() {
		list, err := f.Queue.Get(t.Context(), "a", 1, time.Second, queue.MaxWait) // short, should an answer get lost
		if err == nil && len(list) != 1 {
			err = fmt.Errorf("got %d jobs", len(list))
		}
		got <- err
	}()
	f.put(t, Job("a", 1))
	select {
	case err := <-got:
		if err != nil {
			t.Errorf("whoever waited: %v", err)
		}
	case <-time.After(queue.MaxWait - 5*time.Second):
		t.Error("whoever waited was not served")
	}
}

func refused(t *testing.T, f Fixture) {
	for name, spoil := range map[string]func(j *queue.Job){
		"no channel":       func(j *queue.Job) { j.Channel = "" },
		"a channel's name": func(j *queue.Job) { j.Channel = "A b" },
		"no kind":          func(j *queue.Job) { j.Kind = "" },
		"no id":            func(j *queue.Job) { j.ID = "" },
		"a long id":        func(j *queue.Job) { j.ID = strings.Repeat("x", 65) },
		"no body":          func(j *queue.Job) { j.Body = nil },
		"a body in parts":  func(j *queue.Job) { j.Body = json.RawMessage(`{"a":`) },
		"no object":        func(j *queue.Job) { j.Body = json.RawMessage(`null`) },
		"too large":        func(j *queue.Job) { j.Body = json.RawMessage(`{"a":"` + strings.Repeat("x", queue.MaxBody) + `"}`) },
	} {
		bad := Job("a", 2)
		spoil(&bad)
		if err := f.Queue.Put(t.Context(), []queue.Job{Job("a", 1), bad}); fault.Code(err) != "job-invalid" {
			t.Errorf("%s: %v, want job-invalid", name, err)
		}
	}
	f.none(t, "a", "though it was refused with another")
	large := Job("a", 3)
	large.Body = json.RawMessage(`{"a":"` + strings.Repeat("x", queue.MaxBody-8) + `"}`)
	f.put(t, large)
	if got := f.one(t, "a"); len(got.Body) != len(large.Body) {
		t.Errorf("the largest comes with %d bytes of %d", len(got.Body), len(large.Body))
	}
}

func depth(t *testing.T, f Fixture) {
	f.put(t, Job("a", 1), Job("a", 2), Job("a", 3), Job("b", 4))
	f.one(t, "a")
	if d, err := f.Queue.Look(t.Context(), "a"); err != nil || d.Waiting+d.Hidden != 3 || d.Hidden < 1 || d.Lost != 0 {
		t.Errorf("Look = %+v, %v", d, err)
	}
	if d, err := f.Queue.Look(t.Context(), "c"); err != nil || d != (queue.Depth{}) {
		t.Errorf("of an empty channel: %+v, %v", d, err)
	}
}

func cancelled(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, get := f.Queue.Get(ctx, "a", 1, visible, time.Second)
	_, extend := f.Queue.Extend(ctx, visible, "x.1")
	_, look := f.Queue.Look(ctx, "a")
	for name, err := range map[string]error{"Put": f.Queue.Put(ctx, []queue.Job{Job("a", 1)}), "Get": get, "Extend": extend, "Done": f.Queue.Done(ctx, "x.1"), "Look": look} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	f.none(t, "a", "though nobody waited for it")
}
