package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// hold lends the write connection to a transaction that ends when release is
// called, so that others queue up behind it.
func hold(t *testing.T, e *sqliteEngine) (release func() error) {
	t.Helper()
	started, free, result := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		result <- e.InTx(t.Context(), func(handle) error {
			close(started)
			<-free
			return nil
		})
	}()
	<-started
	return func() error {
		close(free)
		return <-result
	}
}

// queued waits until n transactions are in the queue.
func queued(e *sqliteEngine, n int) {
	for e.Stats().Waiting < n {
		runtime.Gosched()
	}
}

func TestWaitingTransactionsShareACommit(t *testing.T) {
	const callers = 20
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	release := hold(t, e)
	before := e.Stats()
	var all sync.WaitGroup
	var failed atomic.Int64
	boom := errors.New("boom")
	for i := range callers {
		all.Go(func() {
			err := e.InTx(t.Context(), func(h handle) error {
				if _, err := h.exec(t.Context(), mugInsert, bindAll("id", i, "title", "", "on_hand", 1)...); err != nil {
					return err
				}
				if i%4 == 0 {
					return boom
				}
				return nil
			})
			if err == boom {
				failed.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	queued(e, callers)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	after := e.Stats()
	if commits := after.Commits - before.Commits; commits > 3 {
		t.Errorf("%d commits for %d waiting transactions", commits, callers)
	}
	if n := after.Grouped - before.Grouped; n != 1+callers*3/4 {
		t.Errorf("%d transactions were committed, want %d", n, 1+callers*3/4)
	}
	if n := count(t, e.read(), mugCount); n != callers*3/4 || failed.Load() != callers/4 {
		t.Errorf("%d mugs and %d failures: one's failure must not touch the others", n, failed.Load())
	}
}

func TestCallerWhoLeavesTheQueueIsSkipped(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	release := hold(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	ran := false
	go func() { result <- e.InTx(ctx, func(handle) error { ran = true; return nil }) }()
	queued(e, 1)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left gets %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	addMug(t, e, 1, 1) // behind the one who left
	if ran {
		t.Error("the function of a caller who left was run")
	}
}

func TestFullQueueRefuses(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	release := hold(t, e)
	var all sync.WaitGroup
	var refused atomic.Int64
	for range queueBound + 10 {
		all.Go(func() {
			err := e.InTx(t.Context(), func(handle) error { return nil })
			if errors.Is(err, errQueueFull) {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	for refused.Load() < 10 {
		runtime.Gosched()
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if refused.Load() != 10 {
		t.Errorf("%d were refused, want 10", refused.Load())
	}
}

func TestCloseLetsTheQueueFinish(t *testing.T) {
	c := sqliteConfig(t)
	e := migrated(t, c, smallShop, nil)
	release := hold(t, e)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			err := e.InTx(t.Context(), func(h handle) error {
				_, err := h.exec(t.Context(), mugInsert, bindAll("id", i, "title", "", "on_hand", 1)...)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	queued(e, 10)
	closed := make(chan error)
	go func() { closed <- e.Close() }()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if err := e.InTx(t.Context(), func(handle) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("a closed database gives %v", err)
	}
	again := migrated(t, c, smallShop, nil)
	if n := count(t, again.read(), mugCount); n != 10 {
		t.Errorf("%d mugs after Close, want 10", n)
	}
}

func TestGoexitInsideATransactionRollsBack(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.InTx(t.Context(), func(h handle) error {
			h.exec(t.Context(), mugInsert, bindAll("id", 1, "title", "", "on_hand", 1)...)
			runtime.Goexit() // what t.Fatal does
			return nil
		})
	}()
	<-done
	if n := count(t, e.read(), mugCount); n != 0 {
		t.Errorf("%d mugs are left", n)
	}
	addMug(t, e, 2, 1)
}

// A transaction that SQLite itself has rolled back must not be committed by
// halves: neither what came before the error nor what its function did after it.
func TestGroupFailsAsOneWhenSQLiteGivesUp(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	for _, alone := range []bool{true, false} {
		release := hold(t, e)
		var all sync.WaitGroup
		var failures atomic.Int64
		if !alone {
			all.Go(func() {
				err := e.InTx(t.Context(), func(h handle) error {
					_, err := h.exec(t.Context(), mugInsert, bindAll("id", 1, "title", "", "on_hand", 1)...)
					return err
				})
				if err != nil {
					failures.Add(1)
				}
			})
			queued(e, 1)
		}
		all.Go(func() {
			err := e.InTx(t.Context(), func(h handle) error {
				e.writer.session.conn.Raw(func(c any) error { return c.(interface{ Rollback() error }).Rollback() })
				h.exec(t.Context(), mugInsert, bindAll("id", 2, "title", "", "on_hand", 1)...)
				return nil
			})
			if err != nil {
				failures.Add(1)
			}
		})
		if alone {
			queued(e, 1)
		} else {
			queued(e, 2)
		}
		if err := release(); alone && err == nil {
			_ = err // it may have been committed before, or have shared the fate
		}
		all.Wait()
		if failures.Load() == 0 {
			t.Error("a transaction that was undone under its feet was answered as done")
		}
	}
	addMug(t, e, 3, 1)
}

func TestReadersCannotWrite(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	_, err := e.readers.ExecContext(t.Context(), mugSet.Text, sql.Named("id", 1), sql.Named("n", 1))
	if codeOf(err) != 1456 {
		t.Errorf("a change through a reader gives %v", err)
	}
}

func TestTransactionsFromManyGoroutines(t *testing.T) {
	const callers, each = 32, 25
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	addMug(t, e, 1, 0)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				err := e.InTx(t.Context(), func(h handle) error {
					var n int
					if err := h.row(t.Context(), mugOnHand, sql.Named("id", 1)).Scan(&n); err != nil {
						return err
					}
					_, err := h.exec(t.Context(), mugSet, bindAll("id", 1, "n", n+1)...)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := count(t, e.read(), mugOnHand, sql.Named("id", 1)); n != callers*each {
		t.Errorf("counted %d of %d", n, callers*each)
	}
	s := e.Stats()
	t.Logf("%d transactions in %d commits", s.Grouped, s.Commits)
}

// The log starts again from the beginning instead of growing with the writes.
func TestLogIsBounded(t *testing.T) {
	c := sqliteConfig(t)
	e := migrated(t, c, smallShop, nil)
	ids, titles := make([]int, 1000), make([]string, 1000)
	for round := range 150 {
		for i := range ids {
			ids[i], titles[i] = round*1000+i, fmt.Sprintf("mug number %d", i*7919%1000)
		}
		err := e.InTx(t.Context(), func(h handle) error {
			_, err := h.batch(t.Context(), mugInsert, bindAll("id", ids, "title", titles, "on_hand", 1)...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Stat(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Stat(c.Path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	if limit := int64(3 * walPages * page); log.Size() > limit {
		t.Errorf("the log has %d MiB, want at most %d", log.Size()>>20, limit>>20)
	}
	t.Logf("database %d KiB, log %d KiB", file.Size()>>10, log.Size()>>10)
}
