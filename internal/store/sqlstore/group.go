package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/store/oraemu"
)

// The bounds of one group. Its first member waits for all that join, so the
// time is the most that grouping adds to a transaction.
const (
	groupSize  = 64
	groupTime  = 8 * time.Millisecond
	queueBound = 1024
)

// groupWriter commits transactions in groups. A commit costs a write to the
// disk that nothing makes faster, but one such write can carry many
// transactions. One goroutine owns SQLite's only write connection. It lends
// the connection to one caller after the other, each inside a savepoint, then
// commits once for all and only then tells them: an answered transaction is on
// disk. If nobody waits, a group is one transaction and costs nothing extra.
type groupWriter struct {
	pool    *sql.DB // of one connection
	after   func()  // called after each group
	nesting nesting

	closing sync.RWMutex // held for reading while a turn is put into the queue
	closed  bool
	queue   chan *turn
	done    chan struct{}

	conn    *sql.Conn
	session oraemu.Session
	commits atomic.Uint64
	grouped atomic.Uint64
}

// turn is one caller's wait for the connection, use of it, and wait for the
// commit. Each channel carries one message, so nobody blocks on sending.
type turn struct {
	state   atomic.Int32
	granted chan error // nil: the connection is yours
	used    chan bool  // the caller is done; whether to keep the changes
	outcome chan error // of the commit, for those kept
}

// The states of a turn: either the caller gives up while it waits, or the
// writer lends it the connection, never both.
const (
	turnWaits int32 = iota
	turnLent
	turnGivenUp
)

func newGroupWriter(pool *sql.DB, after func()) (*groupWriter, error) {
	w := &groupWriter{pool: pool, after: after, queue: make(chan *turn, queueBound), done: make(chan struct{})}
	if err := w.connect(); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

// do runs fn with the write connection and returns when its changes are on
// disk, or undone.
func (w *groupWriter) do(ctx context.Context, fn func(querier) error) error {
	leave, err := w.nesting.enter()
	if err != nil {
		return err
	}
	defer leave()
	t := &turn{granted: make(chan error, 1), used: make(chan bool, 1), outcome: make(chan error, 1)}
	if err := w.enqueue(ctx, t); err != nil {
		return err
	}
	select {
	case err := <-t.granted:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		if t.state.CompareAndSwap(turnWaits, turnGivenUp) {
			return ctx.Err()
		}
		if err := <-t.granted; err != nil { // the writer was faster
			return err
		}
	}
	if err := w.use(ctx, t, fn); err != nil {
		return err
	}
	return <-t.outcome // not given up: nobody else would know how it ended
}

// use runs fn and hands the connection back, also when fn panics or ends the
// goroutine.
func (w *groupWriter) use(ctx context.Context, t *turn, fn func(querier) error) (err error) {
	keep := false
	defer func() { t.used <- keep }()
	if err = ctx.Err(); err != nil {
		return err
	}
	if err = fn(w.conn); err != nil {
		return err
	}
	if err = ctx.Err(); err != nil {
		return err
	}
	keep = true
	return nil
}

func (w *groupWriter) enqueue(ctx context.Context, t *turn) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- t:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	default:
		return errQueueFull
	}
}

// close refuses new transactions, waits for those in the queue, and gives the
// connection back.
func (w *groupWriter) close() error {
	w.closing.Lock()
	if w.closed {
		w.closing.Unlock()
		<-w.done
		return nil
	}
	w.closed = true
	close(w.queue)
	w.closing.Unlock()
	<-w.done
	if w.conn != nil {
		return w.conn.Close()
	}
	return nil
}

func (w *groupWriter) run() {
	defer close(w.done)
	var members []*turn
	for first := range w.queue {
		members = w.group(first, members[:0])
		clear(members)
		w.after()
	}
}

// group runs one group, starting with first, and returns its members' slice
// for use by the next.
func (w *groupWriter) group(first *turn, members []*turn) []*turn {
	if err := w.connect(); err != nil {
		w.refuse(first, err)
		return members
	}
	began, open := time.Now(), false
	var broken error
	for t := first; t != nil; t = w.next(len(members), began) {
		var kept bool
		if kept, broken = w.lend(t, &open, len(members) > 0); kept {
			members = append(members, t)
		}
		if broken != nil {
			break
		}
	}
	err := w.finish(open, len(members) > 0, broken)
	for _, t := range members {
		t.outcome <- err
	}
	if err == nil && len(members) > 0 {
		w.commits.Add(1)
		w.grouped.Add(uint64(len(members)))
	}
	return members
}

// next is who joins the group, nil if it is full or nobody waits.
func (w *groupWriter) next(members int, began time.Time) *turn {
	if members == 0 || members >= groupSize || time.Since(began) > groupTime {
		return nil
	}
	select {
	case t := <-w.queue: // nil when closed and empty
		return t
	default:
		return nil
	}
}

// lend gives the connection to one caller. The first kept one of a group needs
// no savepoint: if it fails there is nothing else to lose. An error means that
// the transaction cannot go on for anybody.
func (w *groupWriter) lend(t *turn, open *bool, company bool) (kept bool, broken error) {
	if !t.state.CompareAndSwap(turnWaits, turnLent) {
		return false, nil
	}
	if !*open {
		if err := w.session.BeginWrite(); err != nil {
			t.granted <- fmt.Errorf("begin: %w", err)
			return false, err
		}
		*open = true
	}
	if company {
		if err := w.session.Savepoint(); err != nil {
			t.granted <- fmt.Errorf("savepoint: %w", err)
			return false, err
		}
	}
	t.granted <- nil
	kept = <-t.used
	switch {
	case company && kept:
		broken = w.session.Release()
	case company:
		broken = w.session.RollbackTo()
	case !kept:
		*open = false
		broken = w.session.Rollback()
	}
	return kept, broken
}

// finish commits, or says why not. After an error the connection is replaced:
// its state is not worth a guess.
func (w *groupWriter) finish(open, keep bool, broken error) error {
	var err error
	switch {
	case broken != nil:
		err = fmt.Errorf("group commit: %w", broken)
		if open {
			err = errors.Join(err, w.session.Rollback())
		}
	case open && keep:
		if err = w.session.Commit(); err != nil {
			err = fmt.Errorf("commit: %w", err)
		}
	case open:
		err = w.session.Rollback()
	}
	if err != nil {
		w.disconnect()
	}
	return err
}

func (w *groupWriter) refuse(t *turn, err error) {
	if t.state.CompareAndSwap(turnWaits, turnLent) {
		t.granted <- err
	}
}

// connect pins the connection, if there is none.
func (w *groupWriter) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.pool.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("connect for writing: %w", err)
	}
	err = conn.Raw(func(driverConn any) error {
		var ok bool
		if w.session, ok = driverConn.(oraemu.Session); !ok {
			return fmt.Errorf("%T is no oraemu.Session", driverConn)
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w.conn = conn
	return nil
}

// disconnect drops the connection for good, not back into the pool.
func (w *groupWriter) disconnect() {
	conn := w.conn
	w.conn, w.session = nil, nil
	conn.Raw(func(any) error { return driver.ErrBadConn }) // makes the pool close it
	conn.Close()
}
