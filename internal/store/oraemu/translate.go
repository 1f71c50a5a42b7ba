package oraemu

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"tradewind/internal/store/orasql"
)

const codeDoomed = 24761 // transaction rolled back

// fault turns an engine's error into Oracle's. p and values, if known, help to
// name a violated foreign key. What has no counterpart keeps its text, without
// a code.
func (c *conn) fault(ctx context.Context, err error, p *prepared, values []driver.NamedValue) error {
	if err == nil || err == driver.ErrBadConn {
		return err
	}
	if _, done := errors.AsType[*Error](err); done {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		c.doomIfUndone(p, err)
		return newError(codeCancelled, err, "user requested cancel of current operation")
	}
	var e *Error
	if c.shared.dialect == orasql.Postgres {
		e = c.postgresFault(ctx, err, p)
	} else if se, ok := errors.AsType[*sqlite.Error](err); ok {
		e = c.sqliteFault(se, p, values)
	}
	if e == nil {
		return foreign{err.Error()}
	}
	if e.disconnect {
		c.lost = true
	}
	return e
}

// doomIfUndone remembers that the engine has rolled back the transaction under
// the caller's feet: what follows would be committed piece by piece.
func (c *conn) doomIfUndone(p *prepared, err error) {
	if c.inTx && c.shared.dialect == orasql.SQLite && (p == nil || p.plan == nil || p.writes()) {
		c.doomed = err
	}
}

// tableOf is the table that a change names first.
var dmlTable = regexp.MustCompile(`(?i)^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)`)

func (p *prepared) table() string {
	if p == nil || p.plan == nil || !p.writes() {
		return ""
	}
	if m := dmlTable.FindStringSubmatch(p.statement.Text()); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

func (p *prepared) updates() bool {
	return p != nil && p.plan != nil && p.kind == orasql.Update
}

func translateConnect(err error) error {
	var network *pgconn.ConnectError
	if errors.As(err, &network) {
		e := newError(codeDisconnected, err, "cannot connect")
		e.disconnect = true
		return e
	}
	return err
}
