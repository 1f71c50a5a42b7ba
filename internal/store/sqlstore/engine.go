package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// engine is a database that runs the program's statements: SQLite or Oracle,
// and PostgreSQL in tests.
type engine interface {
	// InTx runs fn in a transaction and commits if it returns nil. After a
	// deadlock or the like it runs fn again, at most three times. If fn panics,
	// the transaction is rolled back and the panic goes on in the caller. An InTx
	// inside fn is refused: it would be another transaction.
	InTx(ctx context.Context, fn func(handle) error) error
	// read is the handle outside transactions.
	read() handle
	Ping(ctx context.Context) error
	// Close ends what runs and refuses what comes.
	Close() error
	Stats() Stats
}

// Stats are an engine's figures for metrics.
type Stats struct {
	Pool    sql.DBStats // of the readers on SQLite, of all sessions elsewhere
	Commits uint64      // SQLite: groups committed
	Grouped uint64      // SQLite: transactions in them
	Waiting int         // SQLite: transactions in the queue
}

var (
	errClosed    = errors.New("sqlstore: the database is closed")
	errQueueFull = errors.New("sqlstore: too many transactions are waiting")
	errOutcome   = errors.New("sqlstore: the connection was lost during COMMIT: the outcome is unknown; look for the idempotency key before trying again")
	errNested    = errors.New("sqlstore: InTx inside InTx: do both changes in one function, with the handle it was given")
)

// reruns is how often a transaction runs again after the first time.
const reruns = 3

// worthRerun reports whether a transaction that ended with err may be run
// again: the database undid it, or the connection went before COMMIT was sent.
func worthRerun(err error) bool {
	return !errors.Is(err, errOutcome) && (isTransient(err) || isLost(err))
}

// retry runs try until its error is not worth another run. Between two runs it waits a
// random while, so that those who deadlocked do not meet again.
func retry(ctx context.Context, try func() error) error {
	for again := 0; ; again++ {
		err := try()
		if err == nil || again == reruns || !worthRerun(err) {
			return err
		}
		pause := time.NewTimer(rand.N((25 * time.Millisecond) << again))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return errors.Join(ctx.Err(), err)
		}
	}
}

// nesting knows which goroutines are inside a transaction. The function given
// to InTx takes no context, so nothing else could tell that it calls InTx
// again, which on SQLite would wait for itself for ever.
type nesting struct {
	mu     sync.Mutex
	inside map[uint64]struct{}
}

func (n *nesting) enter() (leave func(), err error) {
	id := goroutine()
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, is := n.inside[id]; is {
		return nil, errNested
	}
	if n.inside == nil {
		n.inside = map[uint64]struct{}{}
	}
	n.inside[id] = struct{}{}
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.inside, id)
	}, nil
}

// goroutine returns the number of the running goroutine, which the runtime
// tells only in the first line of a stack trace: "goroutine 18 [running]:".
// It costs about a microsecond, once per transaction.
func goroutine() uint64 {
	var buf [40]byte
	line := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	digits, _, _ := bytes.Cut(line, []byte(" "))
	id, _ := strconv.ParseUint(string(digits), 10, 64)
	return id
}
