package oraemu

import (
	"context"
	"database/sql/driver"
	"fmt"

	"tradewind/internal/store/orasql"
)

// nextValues draws the statement's sequence numbers. They are not given back
// if the statement fails: gaps are normal, in Oracle too.
func (c *conn) nextValues(ctx context.Context, p *prepared, values []driver.NamedValue) ([]driver.NamedValue, error) {
	values = values[:len(p.binds)]
	for _, name := range p.sequences {
		n, err := c.nextValue(ctx, name)
		if err != nil {
			return values, err
		}
		values = append(values, driver.NamedValue{Ordinal: len(values) + 1, Value: n})
	}
	c.scratch = values[:0]
	return values, nil
}

// nextValue draws one number on SQLite, which has no sequences: a row stands
// for each.
func (c *conn) nextValue(ctx context.Context, name string) (int64, error) {
	if c.sequence == nil {
		s, err := c.compile(ctx, orasql.SequenceNext)
		if err != nil {
			return 0, c.fault(ctx, err, nil, nil)
		}
		c.sequence = s
	}
	r, err := c.sequence.QueryContext(c.patience(ctx), []driver.NamedValue{{Ordinal: 1, Value: name}})
	if err != nil {
		return 0, c.fault(ctx, err, nil, nil)
	}
	defer r.Close()
	row := make([]driver.Value, 1)
	if err := r.Next(row); err != nil {
		return 0, newError(codeNoSequence, err, "sequence %s does not exist", name)
	}
	n, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("oraemu: sequence %s has the value %v", name, row[0])
	}
	return n, nil
}
