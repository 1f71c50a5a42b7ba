package sqlstore

import (
	"context"
	"database/sql"

	"tradewind/internal/platform/fault"
)

// readOnly is an engine whose database is looked at and never changed: that of a
// standby, or while it is being looked after.
type readOnly struct{ engine }

func (readOnly) InTx(context.Context, func(handle) error) error { return refuseWrite() }

func (e readOnly) read() handle {
	l := *e.engine.read().link
	l.q = looking{l.q}
	return handle{&l}
}

// looking passes queries on and refuses changes.
type looking struct{ querier }

func (looking) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, refuseWrite()
}

// ReadOnly is the code of the error of whatever would change a database that
// may only be read.
const ReadOnly = "read-only"

func refuseWrite() *fault.Error {
	return fault.New(fault.Unavailable, ReadOnly, "The shop can only be looked at for the moment. Please try again in a while.")
}
