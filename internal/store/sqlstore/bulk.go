package sqlstore

import (
	"context"
	"database/sql"

	"tradewind/internal/store/oraemu"
)

// bulk is batch for what is undone as a whole if anything of it fails: the
// transaction is good for nothing else afterwards.
func (h handle) bulk(ctx context.Context, st *Statement, args ...sql.NamedArg) (int64, error) {
	return h.batch(oraemu.Unguarded(ctx), st, args...)
}

// column is a bind of a batch: what get takes from each row.
func column[R, T any](name string, rows []R, get func(R) T) sql.NamedArg {
	values := make([]T, len(rows))
	for i, r := range rows {
		values[i] = get(r)
	}
	return bind(name, values)
}

// or0 is null for a column of numbers.
func or0(n int64) sql.NullInt64 { return sql.NullInt64{Int64: n, Valid: n != 0} }

// flat puts the parts of all rows into one list.
func flat[R, P any](rows []R, parts func(R) []P) (all []P) {
	for _, r := range rows {
		all = append(all, parts(r)...)
	}
	return all
}
