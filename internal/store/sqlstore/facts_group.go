package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
)

var (
	groupNames = statement("fact_group.names", `SELECT DISTINCT group_name FROM fact_group WHERE part_no = 0 ORDER BY group_name`)
	groupOf    = statement("fact_group.progress", `SELECT part_no, next_no, held_by, held_until FROM fact_group WHERE group_name = :group_name ORDER BY part_no`)
	groupBegin = statement("fact_group.insert", `INSERT INTO fact_group (group_name, part_no, next_no) VALUES (:group_name, :part_no, :next_no)`)
	groupMove  = statement("fact_group.move", `UPDATE fact_group SET next_no = :next_no, held_by = NULL, held_until = NULL WHERE group_name = :group_name AND part_no = :part_no`)
	groupTake  = statement("fact_group.take", `UPDATE fact_group SET held_by = :reader, held_until = :until_time
		WHERE group_name = :group_name AND part_no = :part_no AND (held_by IS NULL OR held_by = :reader OR held_until < :at_time)`)
	groupRenew   = statement("fact_group.renew", `UPDATE fact_group SET held_until = :until_time WHERE group_name = :group_name AND part_no = :part_no AND held_by = :reader`)
	groupRelease = statement("fact_group.release", `UPDATE fact_group SET held_by = NULL, held_until = NULL WHERE group_name = :group_name AND part_no = :part_no AND held_by = :reader`)
	groupCommit  = statement("fact_group.commit", `UPDATE fact_group SET next_no = :next_no WHERE group_name = :group_name AND part_no = :part_no AND held_by = :reader`)

	readerGreet  = statement("fact_reader.update", `UPDATE fact_reader SET alive_until = :until_time WHERE group_name = :group_name AND reader_id = :reader`)
	readerInsert = statement("fact_reader.insert", `INSERT INTO fact_reader (group_name, reader_id, alive_until) VALUES (:group_name, :reader, :until_time)`)
	readerForget = statement("fact_reader.forget", `DELETE FROM fact_reader WHERE group_name = :group_name AND alive_until < :at_time`)
	readerLeave  = statement("fact_reader.delete", `DELETE FROM fact_reader WHERE group_name = :group_name AND reader_id = :reader`)
	readerCount  = statement("fact_reader.count", `SELECT COUNT(*) FROM fact_reader WHERE group_name = :group_name`)

	markAll    = statement("fact_mark.all", `SELECT part_no, next_no FROM fact_mark WHERE owner_name = :owner_name AND source = :source`)
	markInsert = statement("fact_mark.insert", `INSERT INTO fact_mark (owner_name, source, part_no, next_no) VALUES (:owner_name, :source, :part_no, :next_no)`)
	markMove   = statement("fact_mark.update", `UPDATE fact_mark SET next_no = :next_no
		WHERE owner_name = :owner_name AND source = :source AND part_no = :part_no AND next_no = :from_no`)
)

func (s facts) Groups(ctx context.Context) ([]string, error) {
	names, err := collect(ctx, s.h, groupNames, func(r scanner) (name string, err error) { return name, r.Scan(&name) })
	return names, fail(err, "select the groups of the log")
}

func (s facts) Progress(ctx context.Context, group string) ([]stream.Progress, error) {
	list, err := collect(ctx, s.h, groupOf, func(r scanner) (p stream.Progress, err error) {
		var until sql.NullTime
		err = r.Scan(&p.Partition, &p.Next, &p.Reader, &until)
		p.Until = when(until)
		return p, err
	}, bind("group_name", group))
	return list, fail(err, "select the progress of %s", group)
}

func (s facts) Begin(ctx context.Context, group string, partition int, next int64) error {
	_, err := s.h.exec(ctx, groupBegin, bind("group_name", group), bind("part_no", partition), bind("next_no", next))
	if codeOf(err) == codeUnique {
		return nil
	}
	return fail(err, "begin group %s in partition %d", group, partition)
}

func (s facts) Move(ctx context.Context, group string, partition int, next int64) error {
	_, err := s.h.exec(ctx, groupMove, bind("group_name", group), bind("part_no", partition), bind("next_no", next))
	return fail(err, "move group %s in partition %d", group, partition)
}

func (s facts) Greet(ctx context.Context, group, reader string, now, until time.Time) (readers int, err error) {
	name, who, end := bind("group_name", group), bind("reader", reader), bind("until_time", until)
	n, err := s.h.exec(ctx, readerGreet, name, who, end)
	if err == nil && n == 0 {
		_, err = s.h.exec(ctx, readerInsert, name, who, end)
	}
	if err == nil {
		_, err = s.h.exec(ctx, readerForget, name, bind("at_time", now))
	}
	if err == nil {
		err = s.h.row(ctx, readerCount, name).Scan(&readers)
	}
	return readers, fail(err, "greet the readers of %s", group)
}

func (s facts) Leave(ctx context.Context, group, reader string) error {
	_, err := s.h.exec(ctx, readerLeave, bind("group_name", group), bind("reader", reader))
	return fail(err, "leave the readers of %s", group)
}

func (s facts) Take(ctx context.Context, group string, partition int, reader string, now, until time.Time) (bool, error) {
	return s.had(ctx, groupTake, group, partition, reader, bind("at_time", now), bind("until_time", until))
}

func (s facts) Renew(ctx context.Context, group string, partition int, reader string, until time.Time) (bool, error) {
	return s.had(ctx, groupRenew, group, partition, reader, bind("until_time", until))
}

func (s facts) Release(ctx context.Context, group string, partition int, reader string) (bool, error) {
	return s.had(ctx, groupRelease, group, partition, reader)
}

func (s facts) Commit(ctx context.Context, group string, partition int, reader string, next int64) (bool, error) {
	return s.had(ctx, groupCommit, group, partition, reader, bind("next_no", next))
}

// had carries out what only the reader of a partition may, and reports whether it was.
func (s facts) had(ctx context.Context, st *Statement, group string, partition int, reader string, more ...sql.NamedArg) (bool, error) {
	n, err := s.h.exec(ctx, st, append(more, bind("group_name", group), bind("part_no", partition), bind("reader", reader))...)
	return n == 1, fail(err, "%s of %s in partition %d", st.Name, group, partition)
}

func (s facts) Marks(ctx context.Context, owner, log string) (map[int]int64, error) {
	marks := map[int]int64{}
	_, err := collect(ctx, s.h, markAll, func(r scanner) (none struct{}, err error) {
		var partition int
		var next int64
		err = r.Scan(&partition, &next)
		marks[partition] = next
		return none, err
	}, bind("owner_name", owner), bind("source", log))
	return marks, fail(err, "select the marks of %s", owner)
}

func (s facts) Advance(ctx context.Context, owner, log string, partition int, from, to int64) error {
	st, args := markInsert, []sql.NamedArg{bind("owner_name", owner), bind("source", log), bind("part_no", partition), bind("next_no", to)}
	if from > 0 {
		st, args = markMove, append(args, bind("from_no", from))
	}
	n, err := s.h.exec(ctx, st, args...)
	if codeOf(err) == codeUnique || err == nil && n == 0 {
		return fault.ChangedMeanwhile("mark of " + owner)
	}
	return fail(err, "move the mark of %s", owner)
}
