package oraemu

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"tradewind/internal/store/orasql"
)

// result is the number of rows changed. Oracle has no last inserted id.
type result int64

func (r result) RowsAffected() (int64, error) { return int64(r), nil }
func (r result) LastInsertId() (int64, error) {
	return 0, errors.New("oraemu: Oracle has no last inserted id: use RETURNING .. INTO")
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	p, b, err := c.ready(ctx, text, args)
	if err != nil {
		return nil, err
	}
	if p.kind.IsDDL() {
		return result(0), c.define(ctx, p)
	}
	defer p.drop()
	if b.rows >= 0 {
		return c.execArray(ctx, p, b)
	}
	n, err := c.change(ctx, p, b)
	if err != nil {
		return nil, err
	}
	return result(n), nil
}

// ready does what every call needs before the engine is asked.
func (c *conn) ready(ctx context.Context, text string, args []driver.NamedValue) (*prepared, bound, error) {
	if ctx.Err() != nil {
		return nil, bound{}, cancelled(ctx)
	}
	if c.doomed != nil {
		return nil, bound{}, newError(codeDoomed, c.doomed, "transaction rolled back after: %v", c.doomed)
	}
	p, err := c.prepared(ctx, text)
	if err != nil {
		return nil, bound{}, err
	}
	if p.locks && !c.inTx {
		return nil, bound{}, newError(codeNoTx, nil, "fetch out of sequence: FOR UPDATE outside a transaction locks nothing")
	}
	b, err := c.bind(p.plan, args)
	if err != nil {
		p.drop()
	}
	return p, b, err
}

// define carries out DDL. Oracle would commit the transaction around it, so
// inside one it is refused.
func (c *conn) define(ctx context.Context, p *prepared) error {
	if c.inTx {
		return newError(codeDDLInTx, nil, "cannot perform a DDL, commit or rollback inside a transaction: Oracle commits around DDL")
	}
	c.cache.clear() // open statements would lock the schema
	if err := c.begin(false); err != nil {
		return err
	}
	for _, sql := range p.sql {
		if _, err := c.execer.ExecContext(c.patience(ctx), sql, nil); err != nil {
			err = c.fault(ctx, err, p, nil)
			return errors.Join(err, c.end(rollback))
		}
	}
	if err := c.end(commit); err != nil {
		return err
	}
	return c.shared.applied(p.statement)
}

// change runs one DML statement once. A failed one leaves the transaction as
// it was before, as in Oracle; PostgreSQL needs a savepoint for that.
func (c *conn) change(ctx context.Context, p *prepared, b bound) (int64, error) {
	if len(p.sequences) > 0 {
		var err error
		if b.values, err = c.nextValues(ctx, p, b.values); err != nil {
			return 0, err
		}
	}
	if c.shared.dialect == orasql.Postgres && c.inTx {
		return c.guarded(func() (int64, error) { return c.changeOnce(ctx, p, b) })
	}
	return c.changeOnce(ctx, p, b)
}

func (c *conn) changeOnce(ctx context.Context, p *prepared, b bound) (int64, error) {
	if len(p.out) > 0 {
		return c.returning(ctx, p, b)
	}
	r, err := c.engineExec(ctx, p, b.values)
	if err != nil {
		return 0, c.fault(ctx, err, p, b.values)
	}
	return r.RowsAffected()
}

// statementGuard is not the Session's savepoint: it lives for one statement.
const statementGuard = "statement_guard"

func (c *conn) guarded(do func() (int64, error)) (int64, error) {
	ctx := context.Background()
	if _, err := c.execer.ExecContext(ctx, "SAVEPOINT "+statementGuard, nil); err != nil {
		return 0, c.fault(ctx, err, nil, nil)
	}
	n, err := do()
	if err != nil {
		if _, undo := c.execer.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+statementGuard, nil); undo != nil {
			c.doomed = undo
		}
		return 0, err
	}
	if _, err := c.execer.ExecContext(ctx, "RELEASE SAVEPOINT "+statementGuard, nil); err != nil {
		return 0, c.fault(ctx, err, nil, nil)
	}
	return n, nil
}

func (c *conn) engineExec(ctx context.Context, p *prepared, values []driver.NamedValue) (driver.Result, error) {
	if p.stmt != nil {
		return p.stmt.ExecContext(c.patience(ctx), values)
	}
	return c.execer.ExecContext(ctx, p.sql[0], values)
}

func (c *conn) engineQuery(ctx context.Context, p *prepared, values []driver.NamedValue) (driver.Rows, error) {
	if p.stmt != nil {
		return p.stmt.QueryContext(c.patience(ctx), values)
	}
	return c.queryer.QueryContext(ctx, p.sql[0], values)
}

// returning runs DML with RETURNING INTO and gives each row's columns to the
// outs. All rows are read: SQLite counts a statement as done only then.
func (c *conn) returning(ctx context.Context, p *prepared, b bound) (int64, error) {
	inner, err := c.engineQuery(ctx, p, b.values)
	if err != nil {
		return 0, c.fault(ctx, err, p, b.values)
	}
	r := &rows{inner: inner, c: c, p: p, ctx: ctx}
	defer r.Close()
	dest := make([]driver.Value, len(inner.Columns()))
	if len(dest) != len(b.outs) {
		return 0, fmt.Errorf("oraemu: %d RETURNING columns for %d binds", len(dest), len(b.outs))
	}
	n := int64(0)
	for {
		err := r.Next(dest)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if n++; n == 1 {
			for i := range b.outs {
				resetSlice(b.outs[i].Dest)
			}
		}
		for i := range b.outs {
			if err := assign(b.outs[i].Dest, dest[i], n); err != nil {
				return 0, newError(codeWrongType, err, "RETURNING INTO :%s: %v", p.out[i], err)
			}
		}
	}
}

// execArray runs the statement once for each element of its arrays, all or
// none. Oracle takes them in one round trip.
func (c *conn) execArray(ctx context.Context, p *prepared, b bound) (driver.Result, error) {
	if !p.writes() {
		return nil, newError(codeWrongType, nil, "only INSERT, UPDATE and DELETE take arrays")
	}
	if !c.inTx {
		if err := c.begin(false); err != nil {
			return nil, err
		}
		n, err := c.eachElement(ctx, p, b)
		if err != nil {
			return nil, errors.Join(err, c.end(rollback))
		}
		return result(n), c.end(commit)
	}
	if ctx.Value(unguardedKey{}) != nil {
		n, err := c.eachElement(ctx, p, b)
		if err != nil && c.doomed == nil {
			c.doomed, c.torn = err, true
		}
		return result(n), err
	}
	if _, err := c.execer.ExecContext(context.Background(), "SAVEPOINT array_bind", nil); err != nil {
		return nil, c.fault(ctx, err, nil, nil)
	}
	n, err := c.eachElement(ctx, p, b)
	if err != nil && c.doomed == nil {
		_, undo := c.execer.ExecContext(context.Background(), "ROLLBACK TO SAVEPOINT array_bind", nil)
		c.doomed = undo
	}
	if c.doomed == nil {
		if _, end := c.execer.ExecContext(context.Background(), "RELEASE SAVEPOINT array_bind", nil); end != nil {
			c.doomed = end
			err = errors.Join(err, end)
		}
	}
	if err != nil {
		return nil, err
	}
	return result(n), nil
}

func (c *conn) eachElement(ctx context.Context, p *prepared, b bound) (int64, error) {
	total := int64(0)
	columns := make([]driver.Value, len(b.values))
	for i, v := range b.values {
		columns[i] = v.Value
	}
	for row := range b.rows {
		if ctx.Err() != nil {
			return 0, cancelled(ctx)
		}
		for i, v := range columns {
			if a, ok := v.(array); ok {
				v = a[row]
			}
			b.values[i].Value = v
		}
		n, err := c.change(ctx, p, b)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
