package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"tradewind/internal/platform/telemetry"
)

// Call is what is known about one executed statement, for metrics and traces.
type Call struct {
	Statement string
	Took      time.Duration
	Rows      int64 // read or changed
	Err       error
}

// querier is what database/sql's pools, connections and transactions share.
type querier interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// manners are an engine's ways with a call.
type manners struct {
	observe func(Call) // may be nil
	// enter prepares a call's context: a deadline, or none that the driver
	// would watch. leave, if not nil, is called when the call is over.
	enter func(ctx context.Context, st *Statement) (inner context.Context, leave context.CancelFunc)
	// arguments is nil where the driver takes named arguments as they are.
	// rows is how many rows are expected, 0 if that is not known.
	arguments func(rows int, args []sql.NamedArg) ([]any, error)
}

// link is a pool or a transaction in progress.
type link struct {
	q       querier
	manners *manners
	tx      bool
	over    bool // the transaction's function has returned
}

// handle runs statements, on the pool or in a transaction. It takes a
// *Statement and never a text, so no SQL exists outside the register.
type handle struct{ *link }

var (
	errNotAtomic = errors.New("sqlstore: more than one chunk outside a transaction would be changed in part: use InTx")
	errTxOver    = errors.New("sqlstore: the transaction is over: its handle must not leave the function given to InTx")
)

// exec runs a change and returns the number of rows it changed. Outside a
// transaction it is one of its own.
func (h handle) exec(ctx context.Context, st *Statement, args ...sql.NamedArg) (int64, error) {
	inner, leave, list, err := h.prepare(ctx, st, 0, args)
	if err != nil {
		return 0, err
	}
	if leave != nil {
		defer leave()
	}
	start := h.clock()
	var n int64
	result, err := h.q.ExecContext(inner, st.Text, list...)
	if err == nil {
		n, err = result.RowsAffected()
	}
	h.report(ctx, st, start, n, err)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", st.Name, err)
	}
	return n, nil
}

// batchRows is the most that one call to Oracle carries.
const batchRows = 1000

// batch runs a change once for each element of the slices among args, in
// chunks. A value that is no slice is the same for all.
func (h handle) batch(ctx context.Context, st *Statement, args ...sql.NamedArg) (int64, error) {
	n := -1
	args = slices.Clone(args)
	for i, a := range args {
		// What Oracle's driver would refuse is refused everywhere.
		value, err := plain(a.Value)
		if err != nil {
			return 0, fmt.Errorf("%s: bind :%s: %w", st.Name, a.Name, err)
		}
		args[i].Value = value
		if v := reflect.ValueOf(value); isList(v) {
			if n >= 0 && v.Len() != n {
				return 0, fmt.Errorf("%s: :%s has %d elements, another slice has %d", st.Name, a.Name, v.Len(), n)
			}
			n = v.Len()
		}
	}
	switch {
	case n < 0:
		return 0, fmt.Errorf("%s: batch without a slice", st.Name)
	case n > batchRows && !h.tx:
		return 0, fmt.Errorf("%s: %w", st.Name, errNotAtomic)
	}
	total := int64(0)
	chunk := make([]sql.NamedArg, len(args))
	for from := 0; from < n; from += batchRows {
		to := min(from+batchRows, n)
		for i, a := range args {
			chunk[i] = sql.Named(a.Name, elements(reflect.ValueOf(a.Value), from, to))
		}
		changed, err := h.exec(ctx, st, chunk...)
		if err != nil {
			return total, err
		}
		total += changed
	}
	return total, nil
}

// isList reports whether v is a slice of values. A []byte is one value.
func isList(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8
}

// elements is v[from:to], or v repeated: Oracle's array binds take no scalars.
func elements(v reflect.Value, from, to int) any {
	if isList(v) {
		return v.Slice(from, to).Interface()
	}
	s := reflect.MakeSlice(reflect.SliceOf(v.Type()), to-from, to-from)
	for i := range to - from {
		s.Index(i).Set(v)
	}
	return s.Interface()
}

// scanner is a row to be read.
type scanner interface{ Scan(dest ...any) error }

// row runs a query for one row. Scan gives sql.ErrNoRows if there is none.
func (h handle) row(ctx context.Context, st *Statement, args ...sql.NamedArg) scanner {
	r, err := h.queryRows(ctx, st, 1, args)
	return oneRow{r, err}
}

type oneRow struct {
	rows *rows
	err  error
}

func (o oneRow) Scan(dest ...any) error {
	if o.err != nil {
		return o.err
	}
	defer o.rows.Close()
	if !o.rows.Next() {
		if err := o.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := o.rows.Scan(dest...); err != nil {
		return err
	}
	return o.rows.Close()
}

// rows are a query's result; Close them.
type rows struct {
	inner *sql.Rows
	h     handle
	st    *Statement
	ctx   context.Context
	leave context.CancelFunc
	start time.Time
	n     int64
	err   error
	over  bool
}

// query runs a query for any number of rows.
func (h handle) query(ctx context.Context, st *Statement, args ...sql.NamedArg) (*rows, error) {
	return h.queryRows(ctx, st, st.Rows, args)
}

func (h handle) queryRows(ctx context.Context, st *Statement, expected int, args []sql.NamedArg) (*rows, error) {
	inner, leave, list, err := h.prepare(ctx, st, expected, args)
	if err != nil {
		return nil, err
	}
	start := h.clock()
	r, err := h.q.QueryContext(inner, st.Text, list...)
	if err != nil {
		if leave != nil {
			leave()
		}
		h.report(ctx, st, start, 0, err)
		return nil, fmt.Errorf("%s: %w", st.Name, err)
	}
	return &rows{inner: r, h: h, st: st, ctx: ctx, leave: leave, start: start}, nil
}

// rowsPerLook is how many rows pass between two looks at the context.
const rowsPerLook = 128

// Next moves to the next row, if there is one and the caller still waits.
func (r *rows) Next() bool {
	if r.err != nil || !r.inner.Next() {
		return false
	}
	if r.n++; r.n%rowsPerLook == 0 {
		r.err = r.ctx.Err()
	}
	return r.err == nil
}

// Scan reads the current row.
func (r *rows) Scan(dest ...any) error {
	if err := r.inner.Scan(dest...); err != nil {
		return fmt.Errorf("%s: %w", r.st.Name, err)
	}
	return nil
}

// Err tells why Next ended early, if it did.
func (r *rows) Err() error {
	err := r.err
	if err == nil {
		err = r.inner.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.st.Name, err)
	}
	return nil
}

// Close ends the query. A second Close does nothing.
func (r *rows) Close() error {
	if r.over {
		return nil
	}
	r.over = true
	err := r.inner.Close()
	if r.leave != nil {
		r.leave()
	}
	r.h.report(r.ctx, r.st, r.start, r.n, errors.Join(err, r.inner.Err()))
	return err
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, h handle, st *Statement, scan func(scanner) (T, error), args ...sql.NamedArg) ([]T, error) {
	r, err := h.query(ctx, st, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	list := make([]T, 0, max(st.Rows, 1))
	for r.Next() {
		item, err := scan(r)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, r.Err()
}

// prepare does what is the same for every call.
func (h handle) prepare(ctx context.Context, st *Statement, rows int, args []sql.NamedArg) (context.Context, context.CancelFunc, []any, error) {
	if h.over {
		return nil, nil, nil, fmt.Errorf("%s: %w", st.Name, errTxOver)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", st.Name, err)
	}
	var list []any
	if h.manners.arguments != nil {
		var err error
		if list, err = h.manners.arguments(rows, args); err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", st.Name, err)
		}
	} else {
		list = make([]any, len(args))
		for i := range args {
			list[i] = args[i]
		}
	}
	inner, leave := h.manners.enter(ctx, st)
	return inner, leave, list, nil
}

func (h handle) clock() time.Time {
	if h.manners.observe == nil {
		return time.Time{}
	}
	return time.Now()
}

func (h handle) report(ctx context.Context, st *Statement, start time.Time, n int64, err error) {
	if h.manners.observe == nil {
		return
	}
	c := Call{Statement: st.Name, Took: time.Since(start), Rows: n, Err: err}
	h.manners.observe(c)
	telemetry.Past(ctx, "sql", st.Name, c.Took, err)
}
