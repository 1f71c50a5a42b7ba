package streamlog

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
)

// Name is what the log of a database is called in marks.
const Name = "log"

// DB is the database, as far as the log needs it.
type DB interface {
	InTx(ctx context.Context, fn func(tx stream.Table) error) error
	Read() stream.Table
}

// Log is a log in a database. It is safe for concurrent use.
type Log struct {
	db         DB
	config     Config
	now        func() time.Time
	newID      func() string
	partitions int
}

var _ stream.Log = (*Log)(nil)

// Open finds the log, or makes it with the partitions of the settings. A log
// that is there keeps the partitions it has; see Partitions.
func Open(ctx context.Context, db DB, c Config, now func() time.Time, newID func() string) (*Log, error) {
	l := &Log{db: db, config: c, now: now, newID: newID}
	have, err := db.Read().Partitions(ctx)
	if err != nil {
		return nil, err
	}
	if len(have) == 0 {
		err := db.InTx(ctx, func(tx stream.Table) error { return tx.Create(ctx, c.Partitions, now()) })
		if err != nil && fault.KindOf(err) != fault.Conflict { // another process was faster
			return nil, err
		}
		// Whoever was faster may not have committed yet: a transaction waits for it.
		if err := db.InTx(ctx, func(tx stream.Table) error { have, err = tx.Partitions(ctx); return err }); err != nil {
			return nil, err
		}
	}
	l.partitions = len(have)
	return l, nil
}

// Partitions is how many the log has.
func (l *Log) Partitions() int { return l.partitions }

// Name implements stream.Log.
func (l *Log) Name() string { return Name }

// Append implements stream.Log, in one transaction.
func (l *Log) Append(ctx context.Context, batch []stream.Message) error {
	if len(batch) == 0 {
		return ctx.Err()
	}
	parts := make([][]stream.Message, l.partitions)
	for _, m := range batch {
		if err := m.Check(); err != nil {
			return err
		}
		p := stream.PartitionOf(m.Key, l.partitions)
		parts[p] = append(parts[p], m)
	}
	return l.db.InTx(ctx, func(tx stream.Table) error {
		for p, some := range parts { // by their numbers, so that nobody waits in a circle
			if len(some) == 0 {
				continue
			}
			if err := tx.Append(ctx, p, some, l.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Join implements stream.Log.
func (l *Log) Join(ctx context.Context, group string, from stream.Place) (stream.Reader, error) {
	if err := stream.CheckGroup(group); err != nil {
		return nil, err
	}
	have, err := l.db.Read().Progress(ctx, group)
	if err != nil {
		return nil, err
	}
	if len(have) < l.partitions {
		err := l.db.InTx(ctx, func(tx stream.Table) error {
			return l.each(ctx, tx, from, func(p int, next int64) error { return tx.Begin(ctx, group, p, next) })
		})
		if err != nil {
			return nil, err
		}
	}
	return &reader{log: l, group: group, id: l.newID(), held: map[int]int64{}, handed: map[int]int64{}}, nil
}

// Reset implements stream.Log.
func (l *Log) Reset(ctx context.Context, group string, to stream.Place) error {
	if err := stream.CheckGroup(group); err != nil {
		return err
	}
	return l.db.InTx(ctx, func(tx stream.Table) error {
		have, err := tx.Progress(ctx, group)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return stream.GroupUnknown(group)
		}
		return l.each(ctx, tx, to, func(p int, next int64) error { return tx.Move(ctx, group, p, next) })
	})
}

// each finds a place in every partition.
func (l *Log) each(ctx context.Context, tx stream.Table, at stream.Place, do func(partition int, next int64) error) error {
	parts, err := tx.Partitions(ctx)
	if err != nil {
		return err
	}
	for i, p := range parts {
		next := p.First
		switch {
		case at.Latest:
			next = p.End
		case !at.Since.IsZero():
			if next, err = tx.Find(ctx, i, at.Since); err != nil {
				return err
			}
		}
		if err := do(i, next); err != nil {
			return err
		}
	}
	return nil
}

// State implements stream.Log.
func (l *Log) State(ctx context.Context, groups ...string) (s stream.State, err error) {
	read := l.db.Read()
	if s.Partitions, err = read.Partitions(ctx); err != nil {
		return s, err
	}
	all, err := read.Groups(ctx)
	if err != nil {
		return s, err
	}
	for _, name := range groups {
		if !slices.Contains(all, name) {
			return s, stream.GroupUnknown(name)
		}
	}
	for _, name := range all {
		g := stream.Group{Name: name}
		if g.Progress, err = read.Progress(ctx, name); err != nil {
			return s, err
		}
		now := l.now()
		for i, p := range g.Progress {
			if p.Until.Before(now) {
				g.Progress[i].Reader, g.Progress[i].Until = "", time.Time{}
			}
		}
		s.Groups = append(s.Groups, g)
	}
	return s, nil
}

// room is how many facts are kept of a partition.
func (l *Log) room() int64 { return max(1, l.config.Rows/int64(l.partitions)) }

// Crowded reports whether a group has yet to read half of what there is room for
// in a partition: facts that may get lost stay away then, so that they do not
// push out, unread, those that must not.
func (l *Log) Crowded(ctx context.Context) (bool, error) {
	s, err := l.State(ctx)
	if err != nil {
		return false, err
	}
	half := max(1, l.room()/2)
	for _, g := range s.Groups {
		for _, p := range g.Progress {
			part := s.Partitions[p.Partition]
			if part.End-max(p.Next, part.First) > half {
				return true, nil
			}
		}
	}
	return false, nil
}

// Purge deletes up to n facts that were kept long enough, or for which there is
// no room any more, and says how many.
func (l *Log) Purge(ctx context.Context, n int) (deleted int64, err error) {
	err = l.db.InTx(ctx, func(tx stream.Table) error {
		deleted, err = tx.Purge(ctx, l.now().Add(-l.config.Keep), l.room(), n)
		return err
	})
	return deleted, err
}
