package oraemu

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"tradewind/internal/store/orasql"
)

// The statements that steer a transaction, compiled once per connection.
const (
	beginWrite = iota
	beginRead
	commit
	rollback
	savepoint
	release
	rollbackTo
	controls
)

var controlText = [controls]string{
	beginWrite: "BEGIN IMMEDIATE", // the lock is taken here, never in the middle
	beginRead:  "BEGIN",
	commit:     "COMMIT",
	rollback:   "ROLLBACK",
	savepoint:  "SAVEPOINT s",
	release:    "RELEASE SAVEPOINT s",
	rollbackTo: "ROLLBACK TO SAVEPOINT s",
}

// steer runs one of them. None is interrupted: a COMMIT of which nobody knows
// the outcome is worse than one that comes late.
func (c *conn) steer(which int) error {
	ctx := context.Background()
	if c.doomed != nil && which != rollback {
		return newError(codeDoomed, c.doomed, "transaction rolled back after: %v", c.doomed)
	}
	if c.shared.dialect == orasql.Postgres {
		text := controlText[which]
		if which == beginWrite {
			text = "BEGIN ISOLATION LEVEL READ COMMITTED"
		} else if which == beginRead {
			text = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
		}
		_, err := c.execer.ExecContext(ctx, text, nil)
		return c.fault(ctx, err, nil, nil)
	}
	if c.control[which] == nil {
		s, err := c.compile(ctx, controlText[which])
		if err != nil {
			return c.fault(ctx, err, nil, nil)
		}
		c.control[which] = s
	}
	_, err := c.control[which].ExecContext(ctx, nil)
	return c.fault(ctx, err, nil, nil)
}

// Begin is for callers of database/sql before contexts.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx takes READ COMMITTED and nothing else: godror would leave the pooled
// session serializable. SQLite gives more than is asked for.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	level := sql.IsolationLevel(opts.Isolation)
	if level != sql.LevelDefault && level != sql.LevelReadCommitted {
		return nil, fmt.Errorf("oraemu: transactions are READ COMMITTED, not %v", level)
	}
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	if err := c.begin(opts.ReadOnly); err != nil {
		return nil, err
	}
	return transaction{c}, nil
}

func (c *conn) begin(readOnly bool) error {
	which := beginWrite
	if readOnly {
		which = beginRead
	}
	if err := c.steer(which); err != nil {
		return err
	}
	c.inTx = true
	return nil
}

type transaction struct{ c *conn }

func (t transaction) Commit() error   { return t.c.end(commit) }
func (t transaction) Rollback() error { return t.c.end(rollback) }

// end leaves the transaction whatever happens: database/sql hands the
// connection to somebody else afterwards.
func (c *conn) end(how int) error {
	err := c.steer(how)
	if err != nil && how == commit {
		if undo := c.steer(rollback); undo != nil {
			c.lost = true // neither committed nor undone: not to be used again
		}
	}
	c.inTx, c.doomed, c.torn = false, nil, false
	return err
}

// Session steers the transaction of one pinned connection without database/sql's
// Tx, which starts a goroutine for each. Get it from sql.Conn.Raw. Savepoints
// do not nest.
type Session interface {
	BeginWrite() error
	Savepoint() error
	Release() error
	RollbackTo() error
	Commit() error
	Rollback() error
}

func (c *conn) BeginWrite() error { return c.begin(false) }
func (c *conn) Savepoint() error  { return c.steer(savepoint) }
func (c *conn) Release() error    { return c.steer(release) }
func (c *conn) Commit() error     { return c.end(commit) }
func (c *conn) Rollback() error   { return c.end(rollback) }

// RollbackTo undoes what happened since Savepoint and forgets the savepoint.
func (c *conn) RollbackTo() error {
	if c.torn { // the torn array lies behind the savepoint
		c.doomed, c.torn = nil, false
	}
	if err := c.steer(rollbackTo); err != nil {
		return err
	}
	return c.steer(release)
}
