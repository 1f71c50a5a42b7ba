package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/exchange"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// batch is how many rows are written in one transaction.
const batch = 250

// loading is an import under way.
type loading struct {
	s   *Service
	in  Import
	run exchange.Run
	now time.Time // of the batch

	entries []audit.Entry // of the batch, beside that of the import
	kept    func()        // if not nil, is told that a batch has been committed
}

// entry is a row of the file, or what is wrong with it.
type entry[T any] struct {
	row   T
	place place
	bad   *RowError
}

// errDryRun undoes a transaction that was only to look.
var errDryRun = errors.New("dry run")

// Import reads a file into the shop. A row that cannot be imported is left out
// and the rest goes in. How far the import has got is kept with what it wrote,
// so one that was interrupted can be continued and never doubles anything. It
// stops at an error that is not about a single row. Codes are "unknown-noun",
// "unknown-format", "unknown-column", "duplicate-column", "missing-column",
// "no-header", "import-not-found" where there is nothing to continue, and
// "import-elsewhere" if somebody else has continued it meanwhile.
func (s *Service) Import(ctx context.Context, from io.Reader, in Import) (exchange.Run, error) {
	n, err := named(in.What)
	if err != nil {
		return exchange.Run{}, err
	}
	l := &loading{s: s, in: in, now: s.Now()}
	if l.run, err = s.begin(ctx, in); err != nil {
		return l.run, err
	}
	if err := n.load(ctx, l, from); err != nil {
		return l.run, err
	}
	err = l.transact(ctx, func(tx store.Stores, run exchange.Run) (exchange.Run, []RowError, error) {
		run.State = exchange.Done
		return run, nil, nil
	})
	return l.run, err
}

func (s *Service) begin(ctx context.Context, in Import) (exchange.Run, error) {
	if in.Continue {
		run, err := s.DB.Read().Imports.Interrupted(ctx, in.What, in.Format, in.Hash)
		if fault.KindOf(err) != fault.NotFound {
			return run, err
		}
	}
	now := s.Now()
	run := exchange.Run{ID: s.NewID(), What: in.What, Format: in.Format, Hash: in.Hash, DryRun: in.DryRun, State: exchange.Running, Actor: in.Actor, StartedAt: now, UpdatedAt: now}
	return run, s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Imports.Start(ctx, run) })
}

// load reads the file to its end. Rows that a former run has behind it are read and left alone.
func load[T any](ctx context.Context, l *loading, next func() (T, place, error), put sink[T]) error {
	var waiting []entry[T]
	for done := l.run.Counts.Read; ; {
		row, p, err := next()
		end := errors.Is(err, io.EOF)
		e := entry[T]{row: row, place: p}
		if bad, ok := errors.AsType[*RowError](err); ok {
			e.bad = bad
		} else if err != nil && !end {
			return fmt.Errorf("read the file: %w", err)
		}
		switch {
		case end:
		case done > 0:
			done--
			continue
		default:
			waiting = append(waiting, e)
		}
		if len(waiting) == batch || end && len(waiting) > 0 {
			if err := commit(ctx, l, waiting, put); err != nil {
				return err
			}
			waiting = waiting[:0]
		}
		if end {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// commit writes entries in one transaction with the mark behind them; if one of
// them is refused, each half in its own.
func commit[T any](ctx context.Context, l *loading, entries []entry[T], put sink[T]) error {
	var rows []T
	var at []place
	var bad []RowError
	for _, e := range entries {
		if e.bad != nil {
			bad = append(bad, *e.bad)
			continue
		}
		rows, at = append(rows, e.row), append(at, e.place)
	}
	var outcomes []Outcome
	err := l.transact(ctx, func(tx store.Stores, run exchange.Run) (exchange.Run, []RowError, error) {
		outcomes, l.entries = nil, nil
		if len(rows) > 0 {
			var err error
			if outcomes, err = put(ctx, tx, rows); err != nil {
				return run, nil, err
			}
		}
		c := exchange.Counts{Read: int64(len(entries)), Failed: int64(len(bad))}
		for _, o := range outcomes {
			c = c.Plus(o.counts())
		}
		run.Counts = run.Counts.Plus(c)
		if c.Added+c.Changed == 0 || l.in.DryRun {
			return run, bad, nil
		}
		return run, bad, tx.Audit.AddAll(ctx, append(l.entries, audit.Entry{Actor: l.in.Actor, Action: run.What + ".import", Subject: "import:" + run.ID, At: l.now,
			Details: map[string]any{"read": run.Counts.Read, "added": c.Added, "changed": c.Changed}}))
	})
	if err == nil {
		l.tell(outcomes, at, bad)
		return nil
	}
	refused := rowError(err)
	switch {
	case refused == nil:
		return err
	case len(entries) > 1:
		half := len(entries) / 2
		if err := commit(ctx, l, entries[:half], put); err != nil {
			return err
		}
		return commit(ctx, l, entries[half:], put)
	}
	refused.Line, refused.Column = entries[0].place.line, entries[0].place.columns[refused.Field]
	return commit(ctx, l, []entry[T]{{bad: refused}}, put)
}

// transact runs fn with the run as it is and keeps what it makes of it.
func (l *loading) transact(ctx context.Context, fn func(tx store.Stores, run exchange.Run) (exchange.Run, []RowError, error)) error {
	var next exchange.Run
	var bad []RowError
	advance := func(tx store.Stores) error {
		next.UpdatedAt = l.now
		mine, err := tx.Imports.Advance(ctx, next, l.run.Counts.Read, bad)
		if err == nil && !mine {
			err = fault.New(fault.Conflict, "import-elsewhere", "Somebody else has continued this import.")
		}
		return err
	}
	err := l.s.DB.InTx(ctx, func(tx store.Stores) (err error) {
		l.now = l.s.Now()
		if next, bad, err = fn(tx, l.run); err != nil {
			return err
		}
		if l.in.DryRun {
			return errDryRun
		}
		return advance(tx)
	})
	if errors.Is(err, errDryRun) { // what it would have done is undone, the count is kept
		err = l.s.DB.InTx(ctx, advance)
	}
	if err == nil {
		l.run = next
		if l.kept != nil && !l.in.DryRun {
			l.kept()
		}
		if l.in.Mark != nil {
			l.in.Mark(next)
		}
	}
	return err
}

func (l *loading) tell(outcomes []Outcome, at []place, bad []RowError) {
	for i, o := range outcomes {
		if o.Line = at[i].line; l.in.Each != nil {
			l.in.Each(o)
		}
	}
	for _, e := range bad {
		if l.in.Bad != nil {
			l.in.Bad(e)
		}
	}
}

func (o Outcome) counts() exchange.Counts {
	switch {
	case o.New:
		return exchange.Counts{Added: 1}
	case len(o.Differences) > 0:
		return exchange.Counts{Changed: 1}
	}
	return exchange.Counts{Unchanged: 1}
}

// rowError is what err says of a row, nil if it is about the shop.
func rowError(err error) *RowError {
	if e, ok := errors.AsType[*RowError](err); ok {
		c := *e
		return &c
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind == fault.Internal || e.Kind == fault.Unavailable || e.Code == "import-elsewhere" {
		return nil
	}
	for field, message := range e.Fields {
		return &RowError{Field: field, Message: message}
	}
	return &RowError{Field: e.Code, Message: e.Detail}
}

// differences names the columns in which two rows differ, with both values.
func differences[T any](columns []column[T], old, next *T) ([]string, error) {
	var out []string
	for _, c := range columns {
		a, err := shown(c.at(old))
		if err != nil {
			return nil, err
		}
		b, err := shown(c.at(next))
		if err != nil {
			return nil, err
		}
		if a != b {
			out = append(out, fmt.Sprintf("%s: %.60q -> %.60q", c.name, a, b))
		}
	}
	return out, nil
}

func shown(at any) (string, error) {
	if empty(at) {
		return "", nil
	}
	s, _, err := text(at)
	return s, err
}
