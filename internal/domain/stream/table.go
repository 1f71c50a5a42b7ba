package stream

import (
	"context"
	"time"
)

// Table is a log within a database. Its methods are steps; what they make
// together is in the adapter streamlog.
type Table interface {
	// Partitions are by number; none before Create. Partition.First is End if nothing is kept.
	Partitions(ctx context.Context) ([]Partition, error)
	// Create makes n partitions. Whoever comes second has an error, a conflict.
	Create(ctx context.Context, n int, now time.Time) error
	// Append adds to one partition and holds it to the end of the transaction;
	// who appends to several goes by their numbers.
	Append(ctx context.Context, partition int, batch []Message, now time.Time) error
	// Read returns up to n records from an offset on.
	Read(ctx context.Context, partition int, from int64, n int) ([]Record, error)
	// Find returns the offset of the first record appended at t or later, the end if there is none.
	Find(ctx context.Context, partition int, t time.Time) (int64, error)
	// Purge deletes up to n records, of those appended before and of those beyond
	// the last keep of a partition, and says how many.
	Purge(ctx context.Context, before time.Time, keep int64, n int) (int64, error)

	Groups(ctx context.Context) ([]string, error)
	// Progress is by partition; none if there is no such group.
	Progress(ctx context.Context, group string) ([]Progress, error)
	// Begin lets a group begin in a partition, unless it has.
	Begin(ctx context.Context, group string, partition int, next int64) error
	// Move sets where a group goes on and takes the partition from its reader.
	Move(ctx context.Context, group string, partition int, next int64) error

	// Greet says that a reader is at work until then, forgets those that are not
	// any more, and counts the others and this one.
	Greet(ctx context.Context, group, reader string, now, until time.Time) (readers int, err error)
	Leave(ctx context.Context, group, reader string) error
	// Take lets a reader have a partition that nobody has now, or that it has.
	Take(ctx context.Context, group string, partition int, reader string, now, until time.Time) (bool, error)
	// Renew keeps it, Release gives it up, Commit moves on in it; they report
	// whether the reader had it.
	Renew(ctx context.Context, group string, partition int, reader string, until time.Time) (bool, error)
	Release(ctx context.Context, group string, partition int, reader string) (bool, error)
	Commit(ctx context.Context, group string, partition int, reader string, next int64) (bool, error)

	// Marks returns how far owner has come in the partitions of a log.
	Marks(ctx context.Context, owner, log string) (map[int]int64, error)
	// Advance moves a mark, in the transaction of the effects. It fails with
	// "changed-meanwhile" if the mark is not at from, 0 being none.
	Advance(ctx context.Context, owner, log string, partition int, from, to int64) error
}
