package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/queue"
)

// taker takes batches and remembers them; it refuses those that hold an
// aggregate of refuse.
type taker struct {
	took   []string
	refuse map[string]bool
}

func (k *taker) consumer(name string) Consumer {
	return Consumer{Name: name, Topics: []string{"test"}, Together: func(_ context.Context, list []outbox.Message) error {
		var names []string
		for _, m := range list {
			if k.refuse[m.Aggregate] {
				return errors.New("not this one")
			}
			names = append(names, m.Aggregate)
		}
		k.took = append(k.took, strings.Join(names, " "))
		return nil
	}}
}

// addEach adds the first event of each aggregate, a millisecond after another.
func (b *bench) addEach(t *testing.T, aggregates ...string) {
	t.Helper()
	for _, a := range aggregates {
		b.add(t, a, 1)
		b.at = b.at.Add(time.Millisecond)
	}
}

func TestABatchIsTakenAtOnceBehindTheOthers(t *testing.T) {
	b, k := newBench(t, "first"), &taker{}
	b.Consumers = append(b.Consumers, k.consumer("facts"))
	b.addEach(t, "a", "b", "c")
	b.add(t, "a", 2)
	if n, err := b.Deliver(t.Context()); n != 3 || err != nil {
		t.Fatalf("delivered %d, %v", n, err)
	}
	if n, err := b.Deliver(t.Context()); n != 1 || err != nil {
		t.Fatalf("delivered %d, %v", n, err)
	}
	if want := []string{"a b c", "a"}; !slices.Equal(k.took, want) {
		t.Errorf("taken %q, want %q", k.took, want)
	}
}

func TestAnEventThatCannotBeTakenStopsNoOther(t *testing.T) {
	b, k := newBench(t, "first"), &taker{refuse: map[string]bool{"b": true}}
	b.Consumers = append(b.Consumers, k.consumer("facts"))
	b.addEach(t, "a", "b", "c")
	if _, err := b.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "c"}; !slices.Equal(k.took, want) {
		t.Errorf("taken %q, want %q", k.took, want)
	}
	k.refuse = nil
	b.at = b.at.Add(longestPause)
	if n, err := b.Deliver(t.Context()); n != 1 || err != nil {
		t.Fatalf("delivered %d again, %v", n, err)
	}
	if want := []string{"a", "c", "b"}; !slices.Equal(k.took, want) {
		t.Errorf("taken %q, want %q", k.took, want)
	}
	if n := len(b.seen); n != 3 {
		t.Errorf("those before it had %d events, want each once: %q", n, b.seen)
	}
}

func TestWhatOthersCouldNotHandleIsNotTaken(t *testing.T) {
	b, k := newBench(t, "first"), &taker{}
	b.Consumers = append(b.Consumers, k.consumer("facts"))
	b.fail["first"] = errors.New("away")
	b.add(t, "a", 1)
	if _, err := b.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(k.took) != 0 {
		t.Errorf("taken %q", k.took)
	}
}

// Who stands behind another is told of an event when that one is done with the
// whole batch, whether they take events one by one or together.
func TestConsumersComeInTheOrderOfTheirList(t *testing.T) {
	b, k := newBench(t, "first", "last"), &taker{}
	var calls []string
	takes := k.consumer("facts")
	takes.Together = func(_ context.Context, list []outbox.Message) error {
		calls = append(calls, slices.Clone(b.seen)...)
		calls = append(calls, "facts")
		b.seen = nil
		return nil
	}
	b.Consumers = []Consumer{b.Consumers[0], takes, b.Consumers[1]}
	b.Config.Parallel = 1
	b.addEach(t, "a", "b")
	if _, err := b.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := append(calls, b.seen...), []string{"first a/1", "first b/1", "facts", "last a/1", "last b/1"}; !slices.Equal(got, want) {
		t.Errorf("called %q, want %q", got, want)
	}
}

// awayQueue takes no jobs.
type awayQueue struct{ queue.Queue }

func (awayQueue) Put(context.Context, []queue.Job) error { return errors.New("away") }

func TestAQueueThatIsAwayStopsNoOtherConsumer(t *testing.T) {
	b, k := newBench(t, "first", "mail"), &taker{}
	b.Consumers[1].Channel = "mail"
	b.Consumers = append(b.Consumers, k.consumer("facts"))
	b.Queue = awayQueue{}
	b.addEach(t, "a", "b")
	for range 2 {
		if n, err := b.Deliver(t.Context()); n != 2 || err != nil {
			t.Fatalf("delivered %d, %v", n, err)
		}
		if got := b.backlog(t).Pending; got != 2 {
			t.Errorf("%d events wait for the queue, want both", got)
		}
		b.at = b.at.Add(longestPause)
	}
	if len(b.seen) != 2 || !slices.Equal(k.took, []string{"a b"}) {
		t.Errorf("handled %q and %q, want each once", b.seen, k.took)
	}
}

// Of many events in one batch a bad one is found in few steps.
func TestABadEventIsFoundByHalves(t *testing.T) {
	b, k := newBench(t), &taker{refuse: map[string]bool{"x40": true}}
	calls, takes := 0, k.consumer("facts")
	take := takes.Together
	takes.Together = func(ctx context.Context, list []outbox.Message) error { calls++; return take(ctx, list) }
	b.Consumers, b.Config.Batch = []Consumer{takes}, 64
	for i := range 64 {
		b.addEach(t, fmt.Sprintf("x%02d", i))
	}
	if n, err := b.Deliver(t.Context()); n != 64 || err != nil {
		t.Fatalf("delivered %d, %v", n, err)
	}
	if got := len(strings.Fields(strings.Join(k.took, " "))); got != 63 || calls > 13 || b.backlog(t).Pending != 1 {
		t.Errorf("%d events taken in %d calls, %d wait; want 63 in at most 13, and one", got, calls, b.backlog(t).Pending)
	}
}
