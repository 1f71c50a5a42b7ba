package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// poolEngine is a database server with a pool of sessions: Oracle, and
// PostgreSQL in tests.
type poolEngine struct {
	db      *sql.DB
	manners *manners
	explain func(error) error // what an error asks of the operator
	limit   time.Duration     // of a transaction or ping whose caller has no deadline; 0 for none
	nesting nesting

	dropMonth func(ctx context.Context, month time.Time) error // nil where months have no partitions
}

func (e *poolEngine) InTx(ctx context.Context, fn func(handle) error) error {
	leave, err := e.nesting.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := e.deadline(ctx)
	defer cancel()
	return retry(ctx, func() error { return e.explain(e.once(ctx, fn)) })
}

// once is one run of a transaction. READ COMMITTED is spelt out: a level set by
// another transaction would stay with the session.
func (e *poolEngine) once(ctx context.Context, fn func(handle) error) error {
	tx, err := e.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	l := &link{q: tx, manners: e.manners, tx: true}
	defer tx.Rollback() // also when fn panics; after COMMIT it does nothing
	defer func() { l.over = true }()
	if err := fn(handle{l}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return commitError(ctx, tx.Commit())
}

// commitError tells a transaction that was certainly undone from one of which
// nobody knows: the connection may have gone after COMMIT arrived.
func commitError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrTxDone): // the context ended first, and rolled back
		return errors.Join(ctx.Err(), err)
	case isLost(err), codeOf(err) == 0, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", errOutcome, err)
	}
	return fmt.Errorf("commit: %w", err)
}

func (e *poolEngine) read() handle {
	return handle{&link{q: pinned{e.db}, manners: e.manners}}
}

// pinned reads with any session of the pool. A change is sent on a session that
// it holds: the pool itself would send it again after a lost connection, though
// the first may have been carried out.
type pinned struct{ db *sql.DB }

func (p pinned) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return p.db.QueryContext(ctx, text, args...)
}

func (p pinned) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	result, err := conn.ExecContext(ctx, text, args...)
	if errors.Is(err, driver.ErrBadConn) {
		err = fmt.Errorf("%w: %w", errOutcome, err)
	}
	return result, err
}

func (e *poolEngine) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has || e.limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, e.limit)
}

func (e *poolEngine) Ping(ctx context.Context) error {
	ctx, cancel := e.deadline(ctx)
	defer cancel()
	return e.explain(e.db.PingContext(ctx))
}

func (e *poolEngine) Close() error { return e.db.Close() }
func (e *poolEngine) Stats() Stats { return Stats{Pool: e.db.Stats()} }
