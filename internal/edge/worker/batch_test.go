package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/outbox"
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
