package oraemu

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"time"

	"tradewind/internal/store/orasql"
)

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	p, b, err := c.ready(ctx, text, args)
	if err != nil {
		return nil, err
	}
	r, err := c.queryPrepared(ctx, p, b)
	if err != nil {
		p.drop()
	}
	return r, err
}

func (c *conn) queryPrepared(ctx context.Context, p *prepared, b bound) (_ driver.Rows, err error) {
	switch {
	case p.kind != orasql.Select:
		return nil, newError(codeNoTx, nil, "fetch out of sequence: only SELECT gives rows; a change has RETURNING .. INTO")
	case b.rows >= 0:
		return nil, newError(codeWrongType, nil, "only INSERT, UPDATE and DELETE take arrays")
	}
	if len(p.sequences) > 0 {
		if b.values, err = c.nextValues(ctx, p, b.values); err != nil {
			return nil, err
		}
	}
	if p.locks && c.shared.dialect == orasql.Postgres {
		return c.lockRows(ctx, p, b)
	}
	return c.open(ctx, p, b)
}

func (c *conn) open(ctx context.Context, p *prepared, b bound) (driver.Rows, error) {
	inner, err := c.engineQuery(ctx, p, b.values)
	if err != nil {
		return nil, c.fault(ctx, err, p, b.values)
	}
	p.busy = true
	return &rows{inner: inner, c: c, p: p, ctx: ctx}, nil
}

// lockRows reads all rows of a FOR UPDATE before its savepoint goes, so that a
// lock not had leaves the transaction alive.
func (c *conn) lockRows(ctx context.Context, p *prepared, b bound) (driver.Rows, error) {
	kept := &keptRows{columns: p.columns}
	_, err := c.guarded(func() (int64, error) {
		r, err := c.open(ctx, p, b)
		if err != nil {
			return 0, err
		}
		defer r.Close()
		for {
			row := make([]driver.Value, len(p.columns))
			switch err := r.Next(row); err {
			case nil:
				kept.rows = append(kept.rows, row)
			case io.EOF:
				return 0, nil
			default:
				return 0, err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}

type keptRows struct {
	columns []string
	rows    [][]driver.Value
}

func (k *keptRows) Columns() []string { return k.columns }
func (k *keptRows) Close() error      { return nil }
func (k *keptRows) Next(dest []driver.Value) error {
	if len(k.rows) == 0 {
		return io.EOF
	}
	copy(dest, k.rows[0])
	k.rows = k.rows[1:]
	return nil
}

// rows reads the engine's values as godror would give them.
type rows struct {
	inner  driver.Rows
	c      *conn
	p      *prepared
	ctx    context.Context
	count  int
	closed bool
}

func (r *rows) Columns() []string { return r.p.columns }

func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.inner.Close()
	r.p.release()
	return err
}

// rowsPerLook is how many rows pass between two looks at the context.
const rowsPerLook = 128

func (r *rows) Next(dest []driver.Value) error {
	if r.count++; r.count%rowsPerLook == 0 && r.ctx.Err() != nil {
		return cancelled(r.ctx)
	}
	if err := r.inner.Next(dest); err != nil {
		if err == io.EOF {
			return err
		}
		return r.c.fault(r.ctx, err, r.p, nil)
	}
	for i, t := range r.p.types {
		switch t {
		case orasql.Text:
			if dest[i] == nil {
				dest[i] = ""
			}
		case orasql.Time:
			if err := readAsTime(&dest[i]); err != nil {
				return fmt.Errorf("column %s: %w", r.p.columns[i], err)
			}
		}
	}
	return nil
}

func readAsTime(v *driver.Value) error {
	switch x := (*v).(type) {
	case nil:
		return nil
	case time.Time:
		*v = x.UTC()
		return nil
	case string:
		if t, ok := readTime(x); ok {
			*v = t
			return nil
		}
	}
	return fmt.Errorf("not a stored time: %v", *v)
}
