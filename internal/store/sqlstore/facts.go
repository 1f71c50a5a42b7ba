package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/stream"
)

// facts keeps fact_part, fact_log, fact_group, fact_reader and fact_mark.
type facts struct{ h handle }

var (
	factParts  = statement("fact_part.all", `SELECT part_no, next_no FROM fact_part ORDER BY part_no`)
	factCreate = statement("fact_part.insert", `INSERT INTO fact_part (part_no, next_no, last_at) VALUES (:part_no, 0, :last_at)`)
	factLock   = statement("fact_part.lock", `SELECT next_no, last_at FROM fact_part WHERE part_no = :part_no FOR UPDATE`)
	factMove   = statement("fact_part.update", `UPDATE fact_part SET next_no = :next_no, last_at = :last_at WHERE part_no = :part_no`)
	factEnd    = statement("fact_part.end", `SELECT next_no FROM fact_part WHERE part_no = :part_no`)

	factInsert = statement("fact_log.insert", `INSERT INTO fact_log (part_no, seq_no, fact_key, appended_at, fact) VALUES (:part_no, :seq_no, :fact_key, :appended_at, :fact)`)
	factRead   = statement("fact_log.read", `SELECT seq_no, fact_key, appended_at, fact FROM fact_log WHERE part_no = :part_no AND seq_no >= :from_no
		ORDER BY seq_no FETCH FIRST :n ROWS ONLY`).page(100)
	factFirst = statement("fact_log.first", `SELECT seq_no FROM fact_log WHERE part_no = :part_no ORDER BY seq_no FETCH FIRST 1 ROWS ONLY`)
	factFind  = statement("fact_log.find", `SELECT seq_no FROM fact_log WHERE part_no = :part_no AND appended_at >= :at_time
		ORDER BY appended_at, seq_no FETCH FIRST 1 ROWS ONLY`)
	factCut = statement("fact_log.delete", `DELETE FROM fact_log WHERE part_no = :part_no AND seq_no >= :from_no AND seq_no < :until_no`)
)

func (s facts) Partitions(ctx context.Context) ([]stream.Partition, error) {
	list, err := collect(ctx, s.h, factParts, func(r scanner) (p stream.Partition, err error) {
		var no int
		return p, r.Scan(&no, &p.End)
	})
	if err != nil {
		return nil, fail(err, "select the partitions of the log")
	}
	for i := range list {
		if list[i].First, err = s.first(ctx, i, list[i].End); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// first is the offset of the oldest record of a partition; end if it is empty.
func (s facts) first(ctx context.Context, partition int, end int64) (int64, error) {
	first := end
	err := s.h.row(ctx, factFirst, bind("part_no", partition)).Scan(&first)
	if errors.Is(err, sql.ErrNoRows) {
		return end, nil
	}
	return first, fail(err, "select the oldest fact of partition %d", partition)
}

func (s facts) Create(ctx context.Context, n int, now time.Time) error {
	for i := range n {
		if _, err := s.h.exec(ctx, factCreate, bind("part_no", i), bind("last_at", now)); err != nil {
			return fail(err, "make partition %d of the log", i)
		}
	}
	return nil
}

func (s facts) Append(ctx context.Context, partition int, batch []stream.Message, now time.Time) error {
	var next int64
	var last time.Time
	if err := s.h.row(ctx, factLock, bind("part_no", partition)).Scan(&next, &last); err != nil {
		return fail(err, "lock partition %d of the log", partition)
	}
	if last.After(now) { // another process has a faster clock; times never fall
		now = last.UTC()
	}
	type row struct {
		stream.Message
		no int64
	}
	rows := make([]row, len(batch))
	for i, m := range batch {
		rows[i] = row{m, next + int64(i)}
	}
	if _, err := s.h.bulk(ctx, factInsert, bind("part_no", partition), bind("appended_at", now), column("seq_no", rows, func(r row) int64 { return r.no }),
		column("fact_key", rows, func(r row) string { return r.Key }), column("fact", rows, func(r row) string { return string(r.Value) })); err != nil {
		return fail(err, "append %d facts to partition %d", len(batch), partition)
	}
	_, err := s.h.exec(ctx, factMove, bind("part_no", partition), bind("next_no", next+int64(len(batch))), bind("last_at", now))
	return fail(err, "move the end of partition %d", partition)
}

func (s facts) Read(ctx context.Context, partition int, from int64, n int) ([]stream.Record, error) {
	list, err := collect(ctx, s.h, factRead, func(r scanner) (x stream.Record, err error) {
		var value string
		x.Partition = partition
		err = r.Scan(&x.Offset, &x.Key, &x.At, &value)
		x.At, x.Value = x.At.UTC(), []byte(value)
		return x, err
	}, bind("part_no", partition), bind("from_no", from), bind("n", n))
	return list, fail(err, "read partition %d of the log", partition)
}

func (s facts) Find(ctx context.Context, partition int, t time.Time) (no int64, err error) {
	err = s.h.row(ctx, factFind, bind("part_no", partition), bind("at_time", t)).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.h.row(ctx, factEnd, bind("part_no", partition)).Scan(&no)
	}
	return no, fail(err, "look for the facts of partition %d since %v", partition, t)
}

func (s facts) Purge(ctx context.Context, before time.Time, keep int64, n int) (deleted int64, err error) {
	parts, err := s.Partitions(ctx)
	if err != nil {
		return 0, err
	}
	for i, p := range parts {
		until, err := s.Find(ctx, i, before)
		if err != nil {
			return deleted, err
		}
		until = min(max(until, p.End-keep), p.First+int64(n)-deleted)
		if until <= p.First {
			continue
		}
		k, err := s.h.exec(ctx, factCut, bind("part_no", i), bind("from_no", p.First), bind("until_no", until))
		if err != nil {
			return deleted, fail(err, "purge partition %d of the log", i)
		}
		deleted += k
	}
	return deleted, nil
}
