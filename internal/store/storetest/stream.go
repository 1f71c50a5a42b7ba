package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tradewind/internal/adapter/streamlog"
	"tradewind/internal/adapter/streamtest"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// tables is a database as the log of facts sees it.
type tables struct{ store.DB }

func (d tables) InTx(ctx context.Context, fn func(tx stream.Table) error) error {
	return d.DB.InTx(ctx, func(tx store.Stores) error { return fn(tx.Facts) })
}
func (d tables) Read() stream.Table { return d.DB.Read().Facts }

var logConfig = streamlog.Config{Partitions: 4, Lease: 30 * time.Second, Keep: 24 * time.Hour, Rows: 400}

func (s *shop) log(t testing.TB) *streamlog.Log {
	t.Helper()
	l, err := streamlog.Open(context.Background(), tables{s.db}, logConfig, s.now, newID)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// streams runs the suite of logs on the database.
func streams(t *testing.T, open Opener) {
	t.Run("the log of facts", func(t *testing.T) {
		streamtest.Run(t, func(t *testing.T) streamtest.Fixture {
			s := &shop{db: open(t)}
			return streamtest.Fixture{Log: s.log(t), Now: s.now, Pass: s.pass, Lease: logConfig.Lease}
		})
	})
}

var streamPromises = map[string]func(t *testing.T, s *shop){
	"facts are purged when they were kept long enough": purgedFacts,
	"facts are purged when there are too many":         crowdedFacts,
	"a log keeps the partitions that it was made with": keptPartitions,
	"a log says that its readers are far behind":       crowdedLog,
	"a mark moves from where it is, with its effects":  marks,
	"a group moved under its reader stays moved":       movedUnder,
}

func facts(key string, n int) (batch []stream.Message) {
	for i := range n {
		batch = append(batch, stream.Message{Key: key, Value: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))})
	}
	return batch
}

func appended(t testing.TB, l *streamlog.Log, batch []stream.Message) {
	t.Helper()
	if err := l.Append(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
}

func purgedFacts(t *testing.T, s *shop) {
	ctx, l := context.Background(), s.log(t)
	for i := range 8 {
		appended(t, l, facts(fmt.Sprint("old", i), 5))
	}
	s.pass(logConfig.Keep - time.Hour)
	appended(t, l, facts("new", 3))
	if n, err := l.Purge(ctx, 100); err != nil || n != 0 {
		t.Errorf("%d facts were purged too early, %v", n, err)
	}
	s.pass(2 * time.Hour)
	for _, want := range []int64{15, 15, 10, 0} {
		if n, err := l.Purge(ctx, 15); err != nil || n != want {
			t.Errorf("%d facts were purged, %v; want %d", n, err, want)
		}
	}
	r, err := l.Join(ctx, "late", stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	left, err := r.Next(ctx, 100)
	if err != nil || len(left) != 3 || left[0].Key != "new" {
		t.Errorf("%v are left, %v", left, err)
	}
	if state, err := l.State(ctx, "late"); err != nil || len(state.Groups) != 1 {
		t.Errorf("State = %+v, %v", state, err)
	} else if n, known := state.Lag(state.Groups[0]); n != 3 || !known {
		t.Errorf("the lag is %d", n)
	}
}

func crowdedLog(t *testing.T, s *shop) {
	ctx, l := context.Background(), s.log(t)
	says := func(when string, want bool) {
		t.Helper()
		if got, err := l.Crowded(ctx); err != nil || got != want {
			t.Errorf("%s: crowded = %v, %v; want %v", when, got, err, want)
		}
	}
	appended(t, l, facts("one", 90)) // of the 100 that its partition keeps
	says("nobody reads", false)
	r, err := l.Join(ctx, "late", stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	says("90 are unread", true)
	for range 5 {
		if _, err := r.Next(ctx, 10); err != nil {
			t.Fatal(err)
		}
	}
	says("50 were read, none is committed", true)
	if err := r.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	says("40 are unread", false)
}

func crowdedFacts(t *testing.T, s *shop) {
	ctx, l := context.Background(), s.log(t)
	appended(t, l, facts("one", 130)) // in one of four partitions, each of which keeps 100
	appended(t, l, facts("two", 20))
	for _, want := range []int64{25, 5, 0} {
		if n, err := l.Purge(ctx, 25); err != nil || n != want {
			t.Errorf("%d facts were purged, %v; want %d", n, err, want)
		}
	}
	r, err := l.Join(ctx, "late", stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	left, err := r.Next(ctx, 1000)
	if err != nil || len(left) != 120 {
		t.Errorf("%d are left, %v", len(left), err)
	}
	for _, x := range left {
		if x.Key == "one" && x.Offset < 30 {
			t.Errorf("number %d is left, and younger ones are gone", x.Offset)
		}
	}
}

func keptPartitions(t *testing.T, s *shop) {
	if n := s.log(t).Partitions(); n != 4 {
		t.Fatalf("%d partitions", n)
	}
	other := logConfig
	other.Partitions = 9
	l, err := streamlog.Open(context.Background(), tables{s.db}, other, s.now, newID)
	if err != nil || l.Partitions() != 4 {
		t.Errorf("%d partitions after the setting changed, %v", l.Partitions(), err)
	}
}

func marks(t *testing.T, s *shop) {
	ctx := context.Background()
	advance := func(from, to int64) error {
		return s.db.InTx(ctx, func(tx store.Stores) error { return tx.Facts.Advance(ctx, "interest", "log", 2, from, to) })
	}
	if err := advance(0, 10); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 5} {
		if err := advance(from, 12); fault.Code(err) != "changed-meanwhile" {
			t.Errorf("moved from %d: %v, want changed-meanwhile", from, err)
		}
	}
	if err := advance(10, 12); err != nil {
		t.Error(err)
	}
	if got, err := s.db.Read().Facts.Marks(ctx, "interest", "log"); err != nil || len(got) != 1 || got[2] != 12 {
		t.Errorf("marks are %v, %v", got, err)
	}
	if got, err := s.db.Read().Facts.Marks(ctx, "interest", "another log"); err != nil || len(got) != 0 {
		t.Errorf("marks of another log are %v, %v", got, err)
	}
}

var streamRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"a log is made once, however many make it":            madeOnce,
	"readers that come and go read every fact":            comeAndGo,
	"a view is counted once, however many count it":       viewsRace,
	"a mark is moved by one, however many have the facts": markedOnce,
}

func madeOnce(t *testing.T, s *shop, _ int) {
	each(crowd, func(int) {
		if l, err := streamlog.Open(context.Background(), tables{s.db}, logConfig, s.now, newID); err != nil || l.Partitions() != 4 {
			t.Errorf("%v", err)
		}
	})
}

// comeAndGo has readers that commit some of what they read and then leave or
// fall silent, until all has been committed: nothing may be passed over, and
// nothing committed may come again.
func comeAndGo(t *testing.T, s *shop, rounds int) {
	ctx, l := context.Background(), s.log(t)
	for round := range rounds {
		group := fmt.Sprint("g", round)
		for k := range 6 {
			appended(t, l, facts(fmt.Sprintf("%d-%d", round, k), 10))
		}
		seen := make(chan stream.Record, 100_000)
		each(6, func(i int) {
			for try := range 30 {
				r, err := l.Join(ctx, group, stream.Oldest)
				if err != nil {
					t.Errorf("join: %v", err)
					return
				}
				batch, err := r.Next(ctx, 5)
				if err == nil {
					err = r.Commit(ctx)
				}
				if err != nil && fault.Code(err) != "stream-reader-lost" {
					t.Errorf("read: %v", err)
				}
				if err == nil {
					for _, x := range batch {
						seen <- x
					}
				}
				if (i+try)%3 != 0 {
					err = r.Close(ctx)
				} else {
					s.pass(logConfig.Lease / 2)
				}
				if err != nil && fault.Code(err) != "stream-reader-lost" {
					t.Errorf("close: %v", err)
				}
			}
		})
		s.pass(2 * logConfig.Lease)
		r, err := l.Join(ctx, group, stream.Oldest)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := r.Next(ctx, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range rest {
			seen <- x
		}
		if err := r.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		close(seen)
		times := map[string]int{}
		for x := range seen {
			times[fmt.Sprint(x.Partition, "/", x.Offset)]++
		}
		for place, n := range times {
			if n != 1 {
				t.Errorf("%s was committed %d times", place, n)
			}
		}
		if len(times) != 60*(round+1) {
			t.Errorf("%d facts were committed, want %d", len(times), 60*(round+1))
		}
	}
}

func markedOnce(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range int64(rounds) {
		won := make(chan bool, crowd)
		each(crowd, func(int) {
			err := s.db.InTx(ctx, func(tx store.Stores) error { return tx.Facts.Advance(ctx, "interest", "log", 0, round, round+1) })
			if err != nil && fault.Code(err) != "changed-meanwhile" {
				t.Errorf("advance: %v", err)
			}
			won <- err == nil
		})
		n := 0
		for range crowd {
			if <-won {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%d moved the mark", n)
		}
	}
}

// movedUnder moves a group whose reader works on a batch: the reader looks after
// its leases, finds its partitions free, and must not go on as if it had kept them.
func movedUnder(t *testing.T, s *shop) {
	ctx, l := context.Background(), s.log(t)
	appended(t, l, facts("key", 5))
	slow, err := l.Join(ctx, "g", stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	if batch, err := slow.Next(ctx, 10); err != nil || len(batch) != 5 {
		t.Fatalf("%d facts, %v", len(batch), err)
	}
	if err := l.Reset(ctx, "g", stream.Oldest); err != nil {
		t.Fatal(err)
	}
	s.pass(logConfig.Lease / 2)
	kept, committed := slow.Keep(ctx), slow.Commit(ctx)
	if fault.Code(kept) != "stream-reader-lost" || fault.Code(committed) != "stream-reader-lost" {
		t.Errorf("Keep: %v; Commit: %v; want stream-reader-lost", kept, committed)
	}
	if err := slow.Close(ctx); err != nil {
		t.Fatal(err)
	}
	next, err := l.Join(ctx, "g", stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	if batch, err := next.Next(ctx, 10); err != nil || len(batch) != 5 {
		t.Errorf("after the move %d facts come again, %v; want 5", len(batch), err)
	}
}
