package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/adapter/streamlog"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/publishing"
	"tradewind/internal/store"
)

// tables is the bench's database as the log sees it.
type tables struct{ store.DB }

func (d tables) InTx(ctx context.Context, fn func(tx stream.Table) error) error {
	return d.DB.InTx(ctx, func(tx store.Stores) error { return fn(tx.Facts) })
}
func (d tables) Read() stream.Table { return d.DB.Read().Facts }

func (b *bench) log(t *testing.T) *streamlog.Log {
	t.Helper()
	l, err := streamlog.Open(t.Context(), tables{b.DB}, streamlog.Config{Partitions: 2, Lease: 30 * time.Second, Keep: 24 * time.Hour, Rows: 1000}, b.Now, ident.New)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func reading(log stream.Log, handle func(ctx context.Context, batch []stream.Record) error) *Reading {
	return &Reading{Log: log, Group: "g", Handle: handle, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func put(t *testing.T, log stream.Log, key string, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := log.Append(t.Context(), []stream.Message{{Key: key, Value: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))}}); err != nil {
			t.Fatal(err)
		}
	}
}

func values(batch []stream.Record) (out []string) {
	for _, x := range batch {
		out = append(out, string(x.Value))
	}
	return out
}

func TestABatchThatFailsComesAgainAndIsCommittedOnce(t *testing.T) {
	log := newBench(t).log(t)
	put(t, log, "k", 0, 3)
	var seen []string
	fail := errors.New("not now")
	r := reading(log, func(_ context.Context, batch []stream.Record) error {
		seen = append(seen, values(batch)...)
		if fail != nil && fail.Error() == "panic" {
			panic("on purpose")
		}
		return fail
	})
	for _, fail = range []error{errors.New("not now"), errors.New("panic")} {
		if n, err := r.Step(t.Context()); err == nil || n != 0 {
			t.Errorf("Step = %d, %v", n, err)
		}
	}
	fail = nil
	for _, want := range []int{3, 0} {
		if n, err := r.Step(t.Context()); err != nil || n != want {
			t.Errorf("Step = %d, %v, want %d", n, err, want)
		}
	}
	batch := []string{`{"n":0}`, `{"n":1}`, `{"n":2}`}
	if !slices.Equal(seen, slices.Concat(batch, batch, batch)) || r.Handled.Load() != 3 || r.Failed.Load() != 2 {
		t.Errorf("seen %q, %d handled, %d failed", seen, r.Handled.Load(), r.Failed.Load())
	}
}

func TestWhoStopsGivesItsPartitionsBack(t *testing.T) {
	log := newBench(t).log(t)
	put(t, log, "k", 0, 3)
	ctx, cancel := context.WithCancel(t.Context())
	first := reading(log, func(context.Context, []stream.Record) error { cancel(); return nil })
	first.Run(ctx) // ends by itself
	put(t, log, "k", 3, 4)
	var seen []string
	second := reading(log, func(_ context.Context, batch []stream.Record) error {
		seen = append(seen, values(batch)...)
		return nil
	})
	if _, err := second.Step(t.Context()); err != nil || !slices.Contains(seen, `{"n":3}`) {
		t.Errorf("at once, the next one reads %q, %v", seen, err)
	}
}

// slowReader has one record, and says how often it was kept.
type slowReader struct {
	kept      atomic.Int64
	committed atomic.Bool
	fails     error
	enough    chan struct{}
}

func (s *slowReader) Next(context.Context, int) ([]stream.Record, error) {
	return []stream.Record{{Value: json.RawMessage(`{}`)}}, nil
}
func (s *slowReader) Commit(context.Context) error { s.committed.Store(true); return nil }
func (s *slowReader) Close(context.Context) error  { return nil }
func (s *slowReader) Keep(context.Context) error {
	if s.kept.Add(1) == 3 {
		close(s.enough)
	}
	return s.fails
}

type slowLog struct {
	stream.Log
	*slowReader
}

func (s slowLog) Join(context.Context, string, stream.Place) (stream.Reader, error) {
	return s.slowReader, nil
}

func TestWhatTakesLongKeepsItsPartitions(t *testing.T) {
	s := &slowReader{enough: make(chan struct{})}
	r := reading(slowLog{nil, s}, func(ctx context.Context, _ []stream.Record) error {
		select {
		case <-s.enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	r.Keep = time.Millisecond
	if n, err := r.Step(t.Context()); err != nil || n != 1 || !s.committed.Load() {
		t.Errorf("Step = %d, %v", n, err)
	}
}

func TestWhoLosesItsPartitionsStops(t *testing.T) {
	s := &slowReader{enough: make(chan struct{}), fails: stream.ReaderLost("g")}
	r := reading(slowLog{nil, s}, func(ctx context.Context, _ []stream.Record) error { <-ctx.Done(); return nil })
	r.Keep = time.Millisecond
	if _, err := r.Step(t.Context()); err == nil || s.committed.Load() {
		t.Errorf("Step: %v, committed %v", err, s.committed.Load())
	}
}

// far is a log elsewhere that is away when told to be.
type far struct {
	stream.Log
	mu   sync.Mutex
	got  []stream.Message
	away bool
}

func (f *far) Append(_ context.Context, batch []stream.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return stream.Unavailable(errors.New("away"))
	}
	f.got = append(f.got, batch...)
	return nil
}

func TestFactsWaitForALogThatIsAwayAndKeepTheirOrder(t *testing.T) {
	log, there := newBench(t).log(t), &far{away: true}
	put(t, log, "k", 0, 3)
	r := Forward(log, there)
	r.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	if _, err := r.Step(t.Context()); err == nil {
		t.Error("it is away, but took them")
	}
	put(t, log, "k", 3, 5)
	there.away = false
	if n, err := r.Step(t.Context()); err != nil || n != 5 {
		t.Errorf("Step = %d, %v", n, err)
	}
	for i, m := range there.got {
		if m.Key != "k" || string(m.Value) != fmt.Sprintf(`{"n":%d}`, i) || m.Loose {
			t.Errorf("number %d is %s under %s", i, m.Value, m.Key)
		}
	}
}

func TestWhatTheOutboxDeliversIsToldWithItsId(t *testing.T) {
	b := newBench(t)
	log := b.log(t)
	b.Consumers = []Consumer{Facts(&publishing.Publisher{Log: log, Source: "https://shop.example"})}
	b.in(t, func(tx store.Stores) error {
		for seq := range int64(3) {
			e := outbox.Event{Aggregate: "MUG", Seq: seq + 1, Topic: inventory.TopicChanged, Payload: inventory.Changed{SKU: "MUG", Available: seq}, At: b.at}
			if err := tx.Outbox.Add(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
	for range 3 {
		if n, err := b.Deliver(t.Context()); err != nil || n != 1 {
			t.Fatalf("Deliver = %d, %v", n, err)
		}
	}
	var got []int64
	r := reading(log, func(_ context.Context, batch []stream.Record) error {
		for _, x := range batch {
			e, err := fact.Read(x)
			s, ok := fact.Data[fact.Stock](e)
			if _, uuid := ident.Time(e.ID); err != nil || !ok || !uuid || !e.Is(fact.StockChanged) || e.Subject != "MUG" || !e.Time.Equal(b.at) {
				t.Errorf("%s: %v", x.Value, err)
			}
			got = append(got, s.Available)
		}
		return nil
	})
	if _, err := r.Step(t.Context()); err != nil || !slices.Equal(got, []int64{0, 1, 2}) {
		t.Errorf("told %v, %v", got, err)
	}
}
