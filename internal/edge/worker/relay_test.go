package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a relay on a database of its own, with a clock that stands still
// and consumers that do as they are told.
type bench struct {
	*Relay
	at time.Time

	mu   sync.Mutex
	seen []string // "consumer seq" in the order of the calls
	fail map[string]error
}

func newBench(t *testing.T, consumers ...string) *bench {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{at: noon, fail: map[string]error{}}
	b.Relay = &Relay{DB: db, ID: "w", Now: func() time.Time { return b.at }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Config: Config{Poll: time.Hour, Lease: 30 * time.Second, Batch: 10, Parallel: 2, MaxAttempts: 3, KeepDone: time.Hour}}
	for _, name := range consumers {
		b.Consumers = append(b.Consumers, Consumer{Name: name, Topics: []string{"test"}, Handle: func(_ context.Context, m outbox.Message) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.seen = append(b.seen, fmt.Sprintf("%s %s/%d", name, m.Aggregate, m.Seq))
			err := b.fail[name]
			if err != nil && err.Error() == "panic" {
				panic("on purpose")
			}
			return err
		}})
	}
	return b
}

func (b *bench) add(t *testing.T, aggregate string, seqs ...int64) {
	t.Helper()
	b.in(t, func(tx store.Stores) error {
		for _, seq := range seqs {
			if err := tx.Outbox.Add(t.Context(), outbox.Event{Aggregate: aggregate, Seq: seq, Topic: "test", Payload: struct{}{}, At: b.at}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) in(t *testing.T, fn func(tx store.Stores) error) {
	t.Helper()
	if err := b.DB.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// deliver delivers until nothing is due and returns what was called.
func (b *bench) deliver(t *testing.T) []string {
	t.Helper()
	b.seen = nil
	for {
		n, err := b.Deliver(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return b.seen
		}
	}
}

func (b *bench) backlog(t *testing.T) outbox.Backlog {
	t.Helper()
	got, err := b.DB.Read().Outbox.Backlog(t.Context(), b.at)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEachConsumerGetsAnEventOnceAndInOrder(t *testing.T) {
	b := newBench(t, "mail", "index")
	b.add(t, "a", 1, 2)
	if got, want := b.deliver(t), []string{"mail a/1", "index a/1", "mail a/2", "index a/2"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	b.at = b.at.Add(time.Hour)
	if got := b.deliver(t); len(got) != 0 || b.backlog(t).Pending != 0 {
		t.Errorf("called again: %v, backlog %+v", got, b.backlog(t))
	}
}

func TestAConsumerThatHasHandledAnEventIsLeftOutOfItsRepeat(t *testing.T) {
	b := newBench(t, "mail", "index")
	b.fail["index"] = errors.New("not now")
	b.add(t, "a", 1)
	if got := b.deliver(t); !slices.Equal(got, []string{"mail a/1", "index a/1"}) {
		t.Errorf("called %v", got)
	}
	if got := b.deliver(t); len(got) != 0 {
		t.Errorf("called %v before its time", got)
	}
	delete(b.fail, "index")
	b.at = b.at.Add(2 * time.Second)
	if got := b.deliver(t); !slices.Equal(got, []string{"index a/1"}) {
		t.Errorf("called %v in the repeat", got)
	}
}

func TestAnEventThatFailsTooOftenIsDeadAndHoldsBackItsOwnAggregateOnly(t *testing.T) {
	b := newBench(t, "mail")
	b.fail["mail"] = errors.New("poison")
	b.add(t, "a", 1, 2)
	for range b.Config.MaxAttempts {
		if got := b.deliver(t); !slices.Equal(got, []string{"mail a/1"}) {
			t.Fatalf("called %v", got)
		}
		b.at = b.at.Add(10 * time.Minute)
	}
	delete(b.fail, "mail")
	b.add(t, "b", 1)
	if got := b.deliver(t); !slices.Equal(got, []string{"mail b/1"}) {
		t.Errorf("called %v behind a dead event", got)
	}
	dead, err := b.DB.Read().Outbox.Dead(t.Context(), "", 10)
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].LastError, "mail: poison") || b.backlog(t).Dead != 1 {
		t.Fatalf("dead: %+v, %v", dead, err)
	}
	b.in(t, func(tx store.Stores) error { return tx.Outbox.Replay(t.Context(), dead[0].ID, b.at) })
	if got := b.deliver(t); !slices.Equal(got, []string{"mail a/1", "mail a/2"}) {
		t.Errorf("called %v after the replay", got)
	}
}

func TestAPanicOfAConsumerIsAFailureOfItsEvent(t *testing.T) {
	b := newBench(t, "mail")
	b.fail["mail"] = errors.New("panic")
	b.add(t, "a", 1)
	b.deliver(t)
	if got := b.backlog(t); got.Pending != 1 {
		t.Errorf("backlog %+v", got)
	}
	delete(b.fail, "mail")
	b.at = b.at.Add(2 * time.Second)
	if got := b.deliver(t); !slices.Equal(got, []string{"mail a/1"}) {
		t.Errorf("called %v", got)
	}
}

func TestAnEventOfADeadWorkerComesBackWhenItsLeaseEnds(t *testing.T) {
	b := newBench(t, "mail")
	b.add(t, "a", 1)
	b.in(t, func(tx store.Stores) error {
		_, err := tx.Outbox.Claim(t.Context(), "killed", b.at, b.at.Add(b.Config.Lease), 10)
		return err
	})
	if got := b.deliver(t); len(got) != 0 {
		t.Errorf("called %v under another's lease", got)
	}
	b.at = b.at.Add(b.Config.Lease + time.Second)
	if got := b.deliver(t); !slices.Equal(got, []string{"mail a/1"}) {
		t.Errorf("called %v after the lease", got)
	}
}

// The poll is an hour away, so only the wake-up can have delivered the event.
func TestRunIsWokenAndEndsWithItsContext(t *testing.T) {
	b := newBench(t)
	wake, delivered := make(chan struct{}, 1), make(chan struct{})
	b.Wake = wake
	b.Consumers = []Consumer{{Name: "mail", Topics: []string{"test"}, Handle: func(context.Context, outbox.Message) error {
		close(delivered)
		return nil
	}}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Run(ctx); close(ended) }()
	b.add(t, "a", 1)
	wake <- struct{}{}
	<-delivered
	cancel()
	<-ended
	if got := b.backlog(t); got.Pending != 0 {
		t.Errorf("backlog %+v after the end", got)
	}
}

func TestBackoffDoublesUpToFiveMinutes(t *testing.T) {
	for attempts, most := range map[int64]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 12: 5 * time.Minute, 1000: 5 * time.Minute} {
		for range 100 {
			if d := backoff(attempts); d > most || d < most*4/5 {
				t.Fatalf("backoff(%d) = %v, want %v less up to a fifth", attempts, d, most)
			}
		}
	}
}

func TestPurgeTakesWhatIsDeliveredAndOldOnly(t *testing.T) {
	b := newBench(t, "mail")
	b.at = time.Now().UTC().Truncate(time.Microsecond) // ids carry the time of the machine
	b.add(t, "delivered", 1)
	b.deliver(t)
	b.fail["mail"] = errors.New("not now")
	b.add(t, "waits", 1)
	b.deliver(t)
	purge := func(now time.Time) {
		t.Helper()
		if err := Purge(b.DB, b.Config.KeepDone, func() time.Time { return now })(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	purge(b.at) // everything is young
	later := b.at.Add(2 * time.Hour)
	b.in(t, func(tx store.Stores) error {
		n, err := tx.Outbox.Purge(t.Context(), later, 10)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d delivered events were left by the early purge, want 1", n)
		}
		return err
	})
	b.add(t, "delivered", 2)
	delete(b.fail, "mail")
	b.at = b.at.Add(2 * time.Second)
	b.deliver(t)
	b.fail["mail"] = errors.New("not now")
	b.add(t, "waits", 2)
	purge(later)
	b.in(t, func(tx store.Stores) error {
		n, err := tx.Outbox.Purge(t.Context(), later, 10)
		if err == nil && n != 0 {
			err = fmt.Errorf("%d delivered events were left by the late purge", n)
		}
		return err
	})
	if got := b.backlog(t); got.Pending != 1 {
		t.Errorf("the event that waits is gone: %+v", got)
	}
}
