package streamlog

import (
	"context"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/stream"
)

// reader has a share of the partitions of a group. What it knows of them holds
// as long as its lease; every commit is refused by the database once it does not.
type reader struct {
	log    *Log
	group  string
	id     string
	held   map[int]int64 // partition to the offset that is read next
	handed map[int]int64 // partition to the offset after what was handed out and not committed
	first  int           // the partition that is looked at first, in turn
	again  time.Time     // when the leases are looked after again
	lost   bool
}

// Next implements stream.Reader.
func (r *reader) Next(ctx context.Context, n int) ([]stream.Record, error) {
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	var out []stream.Record
	parts := slices.Sorted(maps.Keys(r.held))
	for i := range parts {
		p := parts[(r.first+i)%len(parts)]
		some, err := r.log.db.Read().Read(ctx, p, r.held[p], n-len(out))
		if err != nil {
			return nil, err
		}
		if len(some) > 0 {
			out = append(out, some...)
			r.held[p] = some[len(some)-1].Offset + 1
			r.handed[p] = r.held[p]
		}
		if len(out) == n {
			break
		}
	}
	r.first++
	return out, nil
}

// Commit implements stream.Reader.
func (r *reader) Commit(ctx context.Context) error {
	if r.lost {
		return stream.ReaderLost(r.group)
	}
	if len(r.handed) == 0 {
		return ctx.Err()
	}
	var all bool
	err := r.log.db.InTx(ctx, func(tx stream.Table) error {
		all = true
		for _, p := range slices.Sorted(maps.Keys(r.handed)) {
			mine, err := tx.Commit(ctx, r.group, p, r.id, r.handed[p])
			if err != nil {
				return err
			}
			all = all && mine
		}
		return nil
	})
	if err != nil {
		return err
	}
	clear(r.handed)
	if !all {
		r.lost = true
		return stream.ReaderLost(r.group)
	}
	return nil
}

// Keep implements stream.Reader.
func (r *reader) Keep(ctx context.Context) error { return r.look(ctx) }

// look looks after the leases if it is time: three times in a lease.
func (r *reader) look(ctx context.Context) error {
	if r.lost {
		return stream.ReaderLost(r.group)
	}
	now := r.log.now()
	if now.Before(r.again) {
		return ctx.Err()
	}
	until := now.Add(r.log.config.Lease)
	var held map[int]int64
	var gone bool
	err := r.log.db.InTx(ctx, func(tx stream.Table) (err error) {
		held, gone, err = r.share(ctx, tx, now, until)
		return err
	})
	if err != nil {
		return err
	}
	r.lost = gone
	if r.lost {
		return stream.ReaderLost(r.group)
	}
	r.held, r.again = held, now.Add(r.log.config.Lease/3)
	return nil
}

// share keeps what the reader has, up to its share, and takes what is free. If a
// partition of which something was handed out is gone, so is the reader: were it
// taken again, a commit would undo what others did there meanwhile.
func (r *reader) share(ctx context.Context, tx stream.Table, now, until time.Time) (held map[int]int64, gone bool, err error) {
	readers, err := tx.Greet(ctx, r.group, r.id, now, until)
	if err != nil {
		return nil, false, err
	}
	most := (r.log.partitions + readers - 1) / readers
	held = map[int]int64{}
	// What was handed out is kept before anything else: its commit is to come.
	for _, p := range slices.SortedFunc(maps.Keys(r.held), r.handedFirst) {
		_, handed := r.handed[p]
		if len(held) >= most && !handed {
			if _, err := tx.Release(ctx, r.group, p, r.id); err != nil {
				return nil, false, err
			}
			continue
		}
		mine, err := tx.Renew(ctx, r.group, p, r.id, until)
		if err != nil || !mine && handed {
			return nil, true, err
		}
		if mine {
			held[p] = r.held[p]
		}
	}
	if len(held) >= most {
		return held, false, nil
	}
	err = r.take(ctx, tx, held, most, now, until)
	return held, false, err
}

// take adds partitions that are free to those held, up to most.
func (r *reader) take(ctx context.Context, tx stream.Table, held map[int]int64, most int, now, until time.Time) error {
	all, err := tx.Progress(ctx, r.group)
	if err != nil {
		return err
	}
	taken := map[int]bool{}
	for _, x := range all {
		if _, have := held[x.Partition]; have || len(held)+len(taken) >= most || x.Reader != "" && !x.Until.Before(now) {
			continue
		}
		if taken[x.Partition], err = tx.Take(ctx, r.group, x.Partition, r.id, now, until); err != nil {
			return err
		}
		if !taken[x.Partition] {
			delete(taken, x.Partition)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	// Only now that they are ours does nobody else move on in them.
	if all, err = tx.Progress(ctx, r.group); err != nil {
		return err
	}
	for _, x := range all {
		if taken[x.Partition] {
			held[x.Partition] = x.Next
		}
	}
	return nil
}

func (r *reader) handedFirst(a, b int) int {
	_, x := r.handed[a]
	_, y := r.handed[b]
	switch {
	case x && !y:
		return -1
	case y && !x:
		return 1
	}
	return a - b
}

// Close implements stream.Reader.
func (r *reader) Close(ctx context.Context) error {
	held := r.held
	r.held, r.lost = nil, true
	return r.log.db.InTx(ctx, func(tx stream.Table) error {
		for _, p := range slices.Sorted(maps.Keys(held)) {
			if _, err := tx.Release(ctx, r.group, p, r.id); err != nil {
				return err
			}
		}
		return tx.Leave(ctx, r.group, r.id)
	})
}
