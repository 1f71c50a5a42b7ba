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
// transactions.
//
// There is one write connection, and one goroutine at a time has it: the
// leader. A caller who finds no leader becomes it and runs its function at
// once. Callers who come meanwhile queue up. When the leader's function is done
// it lends the connection to one after the other, each inside a savepoint, then
// commits once for all, and only then are they answered: an answered
// transaction is on disk. At last it makes the next in the queue the leader. If
// nobody waits, a group is one transaction and costs nothing extra.
type groupWriter struct {
	after   func() // called after each group
	nesting nesting

	mu      sync.Mutex
	queue   []*turn
	leading bool // somebody has the connection; always so while the queue is not empty
	closed  bool
	idle    chan struct{} // closed when closed and nobody leads any more

	session writeSession // the leader's
	commits atomic.Uint64
	grouped atomic.Uint64
}

// turn is one caller's wait in the queue, use of the connection, and wait for
// the commit. Each channel carries one message, so nobody blocks on sending.
type turn struct {
	state   atomic.Int32
	called  chan call
	used    chan bool  // the caller is done with the connection; whether to keep the changes
	outcome chan error // of the commit, for those kept
}

// The states of a turn: either the caller gives up while it waits, or it is
// called, never both.
const (
	turnWaits int32 = iota
	turnCalled
	turnGivenUp
)

// call ends a wait in the queue.
type call struct {
	lead bool  // you are the leader now; else the connection is lent to you
	err  error // neither: nothing can be written
}

func newGroupWriter(pool *sql.DB, after func()) (*groupWriter, error) {
	w := &groupWriter{after: after, idle: make(chan struct{}), session: writeSession{pool: pool}}
	return w, w.session.connect()
}

// do runs fn with the write connection and returns when its changes are on
// disk, or undone.
func (w *groupWriter) do(ctx context.Context, fn func(querier) error) error {
	leave, err := w.nesting.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := w.enter()
	if err != nil {
		return err
	}
	if t == nil {
		return w.lead(ctx, fn)
	}
	var c call
	select {
	case c = <-t.called:
	case <-ctx.Done():
		if t.state.CompareAndSwap(turnWaits, turnGivenUp) {
			return ctx.Err()
		}
		c = <-t.called // the leader was faster
	}
	switch {
	case c.err != nil:
		return c.err
	case c.lead:
		return w.lead(ctx, fn)
	}
	if err := w.follow(ctx, t, fn); err != nil {
		return err
	}
	return <-t.outcome // not given up: nobody else would know how it ended
}

// enter makes the caller the leader, with a nil turn, or puts it into the queue.
func (w *groupWriter) enter() (*turn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return nil, errClosed
	case !w.leading:
		w.leading = true
		return nil, nil
	case len(w.queue) >= queueBound:
		return nil, errQueueFull
	}
	t := &turn{called: make(chan call, 1), used: make(chan bool, 1), outcome: make(chan error, 1)}
	w.queue = append(w.queue, t)
	return t, nil
}

// next takes the first who still waits from the queue, nil if nobody does.
func (w *groupWriter) next() *turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nextLocked()
}

func (w *groupWriter) nextLocked() *turn {
	for len(w.queue) > 0 {
		t := w.queue[0]
		w.queue[0] = nil
		w.queue = w.queue[1:]
		if t.state.CompareAndSwap(turnWaits, turnCalled) {
			return t
		}
	}
	w.queue = nil
	return nil
}

// resign makes the next in the queue the leader, if there is one.
func (w *groupWriter) resign() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.nextLocked(); t != nil {
		t.called <- call{lead: true}
		return
	}
	w.leading = false
	if w.closed {
		close(w.idle)
	}
}

// lead runs the leader's own function, then the group.
func (w *groupWriter) lead(ctx context.Context, fn func(querier) error) error {
	defer w.resign() // also when fn panics or ends the goroutine
	if err := w.session.begin(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	kept := false
	defer func() {
		if !kept {
			w.session.rollback()
		}
	}()
	if err := w.session.run(ctx, fn); err != nil {
		return err
	}
	kept = true
	members, err := w.members()
	if err == nil {
		err = w.session.commit()
	} else {
		w.session.rollback()
	}
	for _, t := range members {
		t.outcome <- err
	}
	if err == nil {
		w.commits.Add(1)
		w.grouped.Add(uint64(len(members)) + 1)
		w.after()
	}
	return err
}

// members lends the connection to those who wait, up to the group's bounds. An
// error means that the transaction cannot go on for anybody.
func (w *groupWriter) members() (kept []*turn, err error) {
	began := time.Now()
	for len(kept) < groupSize-1 && time.Since(began) < groupTime {
		t := w.next()
		if t == nil {
			return kept, nil
		}
		if err := w.session.savepoint(); err != nil {
			t.called <- call{err: err}
			return kept, err
		}
		t.called <- call{}
		keep := <-t.used
		if keep {
			kept = append(kept, t)
		}
		if err := w.session.endSavepoint(keep); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// follow runs fn in somebody else's group and hands the connection back, also
// when fn panics or ends the goroutine.
func (w *groupWriter) follow(ctx context.Context, t *turn, fn func(querier) error) error {
	keep := false
	defer func() { t.used <- keep }()
	err := w.session.run(ctx, fn)
	keep = err == nil
	return err
}

// close refuses new transactions, waits for those in the queue, and gives the
// connection back.
func (w *groupWriter) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		if !w.leading {
			close(w.idle)
		}
	}
	w.mu.Unlock()
	<-w.idle
	return w.session.close()
}

func (w *groupWriter) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}

// writeSession is the write connection with its transaction. After an error of
// the transaction itself it is replaced: its state is not worth a guess.
type writeSession struct {
	pool *sql.DB // of one connection
	conn *sql.Conn
	oraemu.Session
}

// run gives the connection to fn. A context that has ended counts as its error.
func (s *writeSession) run(ctx context.Context, fn func(querier) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := fn(s.conn); err != nil {
		return err
	}
	return ctx.Err()
}

func (s *writeSession) begin() error {
	if err := s.connect(); err != nil {
		return err
	}
	return s.orReplace(s.BeginWrite())
}

func (s *writeSession) commit() error {
	if err := s.orReplace(s.Commit()); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback needs no answer: a connection that cannot roll back is closed, which
// does it too.
func (s *writeSession) rollback() { s.orReplace(s.Rollback()) }

func (s *writeSession) savepoint() error { return s.Savepoint() }

func (s *writeSession) endSavepoint(keep bool) error {
	if keep {
		return s.Release()
	}
	return s.RollbackTo()
}

func (s *writeSession) orReplace(err error) error {
	if err != nil {
		s.disconnect()
	}
	return err
}

// connect pins the connection, if there is none.
func (s *writeSession) connect() error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.pool.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("connect for writing: %w", err)
	}
	err = conn.Raw(func(driverConn any) error {
		var ok bool
		if s.Session, ok = driverConn.(oraemu.Session); !ok {
			return fmt.Errorf("%T is no oraemu.Session", driverConn)
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	s.conn = conn
	return nil
}

// disconnect closes the connection instead of giving it back to the pool.
func (s *writeSession) disconnect() {
	conn := s.conn
	s.conn, s.Session = nil, nil
	conn.Raw(func(any) error { return driver.ErrBadConn }) // makes the pool close it
	conn.Close()
}

func (s *writeSession) close() error {
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	return conn.Close()
}
