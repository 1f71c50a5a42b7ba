package oraemu

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"tradewind/internal/store/orasql"
)

type conn struct {
	inner    driver.Conn
	execer   driver.ExecerContext
	queryer  driver.QueryerContext
	preparer driver.ConnPrepareContext
	shared   *shared
	cache    cache
	control  [controls]engineStmt
	sequence engineStmt
	scratch  []driver.NamedValue
	inTx     bool
	doomed   error // the engine has ended the transaction by itself
	torn     bool  // doomed by an array of which a part is done
	lost     bool  // the server has gone: the pool must not keep the connection
}

var errPositional = errors.New("oraemu: the driver needs the context methods of database/sql")

// Prepare is for callers of database/sql before contexts, of which there are none.
func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

// PrepareContext checks the text. The engine's statement comes from the
// connection's cache at each execution, as it does without Prepare.
func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if _, err := c.prepared(ctx, text); err != nil {
		return nil, err
	}
	return stmt{c: c, text: text}, nil
}

type stmt struct {
	c    *conn
	text string
}

func (s stmt) Close() error                                { return nil }
func (s stmt) NumInput() int                               { return -1 }
func (s stmt) CheckNamedValue(nv *driver.NamedValue) error { return s.c.CheckNamedValue(nv) }
func (s stmt) Exec([]driver.Value) (driver.Result, error)  { return nil, errPositional }
func (s stmt) Query([]driver.Value) (driver.Rows, error)   { return nil, errPositional }
func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.c.ExecContext(ctx, s.text, args)
}
func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.c.QueryContext(ctx, s.text, args)
}

func (c *conn) Close() error {
	c.cache.clear()
	for i, s := range c.control {
		if s != nil {
			s.Close()
			c.control[i] = nil
		}
	}
	if c.sequence != nil {
		c.sequence.Close()
	}
	return c.inner.Close()
}

// Ping implements driver.Pinger.
func (c *conn) Ping(ctx context.Context) error {
	if p, ok := c.inner.(driver.Pinger); ok {
		return c.fault(ctx, p.Ping(c.patience(ctx)), nil, nil)
	}
	return nil
}

// ResetSession implements driver.SessionResetter.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.lost {
		return driver.ErrBadConn
	}
	if r, ok := c.inner.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

// IsValid implements driver.Validator.
func (c *conn) IsValid() bool {
	if v, ok := c.inner.(driver.Validator); ok && !v.IsValid() {
		return false
	}
	return !c.lost
}

// prepared finds or makes the text's plan and compiled statement.
func (c *conn) prepared(ctx context.Context, text string) (*prepared, error) {
	p := c.cache.get(text, c.shared.generation.Load())
	if p != nil && !p.busy {
		return p, nil
	}
	pl, generation, err := c.shared.plan(text)
	if err != nil {
		return nil, err
	}
	fresh := &prepared{plan: pl, text: text, generation: generation}
	if pl.kind.IsDDL() {
		return fresh, nil
	}
	if c.shared.dialect == orasql.SQLite {
		if fresh.stmt, err = c.compile(ctx, pl.sql[0]); err != nil {
			return nil, c.fault(ctx, err, fresh, nil)
		}
	}
	if p != nil { // the cached one has rows open: this one lives for one call
		fresh.evicted = true
		return fresh, nil
	}
	c.cache.put(fresh)
	return fresh, nil
}

func (c *conn) compile(ctx context.Context, sql string) (engineStmt, error) {
	s, err := c.preparer.PrepareContext(c.patience(ctx), sql)
	if err != nil {
		return nil, err
	}
	whole, ok := s.(engineStmt)
	if !ok {
		s.Close()
		return nil, fmt.Errorf("oraemu: %T lacks the context methods of database/sql/driver", s)
	}
	return whole, nil
}

type interruptibleKey struct{}

// Interruptible marks a context whose end must stop a running statement. The
// SQLite driver watches a context with a goroutine per statement, which costs
// more than a primary-key read; without the mark the context is looked at
// before the statement and between rows.
func Interruptible(ctx context.Context) context.Context {
	return context.WithValue(ctx, interruptibleKey{}, true)
}

type unguardedKey struct{}

// Unguarded marks a context whose arrays leave the transaction fit for nothing
// but to be undone if they fail. Otherwise such an array leaves no trace, as in
// Oracle; but then SQLite keeps a copy of every page that the array touches,
// which costs as much again as the array.
func Unguarded(ctx context.Context) context.Context {
	return context.WithValue(ctx, unguardedKey{}, true)
}

// patience is the context that the engine's driver gets to see.
func (c *conn) patience(ctx context.Context) context.Context {
	if c.shared.dialect == orasql.Postgres || ctx.Done() == nil || ctx.Value(interruptibleKey{}) != nil {
		return ctx
	}
	return context.Background()
}
