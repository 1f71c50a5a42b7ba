package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/exchange"
)

// imports keeps import_run and import_error.
type imports struct{ h handle }

var (
	runInsert = statement("import_run.insert", `INSERT INTO import_run (id, what, file_format, file_hash, dry_run, state, actor, started_at, updated_at)
		VALUES (:id, :what, :file_format, :file_hash, :dry_run, :state, :actor, :started_at, :started_at)`)
	runAdvance = statement("import_run.advance", `UPDATE import_run SET state = :state, rows_read = :rows_read, rows_added = :rows_added, rows_changed = :rows_changed,
			rows_unchanged = :rows_unchanged, rows_failed = :rows_failed, updated_at = :updated_at
		WHERE id = :id AND state = 'running' AND rows_read = :was_read`)
	runGet    = statement("import_run.get", runColumns+` WHERE id = :id`)
	runOfFile = statement("import_run.of_file", runColumns+` WHERE file_hash = :file_hash AND what = :what AND file_format = :file_format AND state = 'running' AND dry_run = 0
		ORDER BY id DESC FETCH FIRST 1 ROWS ONLY`)
	runPage = statement("import_run.page", runColumns+` WHERE id < :before_id ORDER BY id DESC FETCH FIRST :n ROWS ONLY`)

	importErrorInsert = statement("import_error.insert", `INSERT INTO import_error (run_id, entry_no, line_no, column_no, field_name, message)
		VALUES (:run_id, :entry_no, :line_no, :column_no, :field_name, :message)`)
	importErrorPage = statement("import_error.page", `SELECT line_no, column_no, field_name, message FROM import_error
		WHERE run_id = :run_id AND entry_no > :after_no ORDER BY entry_no FETCH FIRST :n ROWS ONLY`)
)

const runColumns = `SELECT id, what, file_format, file_hash, dry_run, state, rows_read, rows_added, rows_changed, rows_unchanged, rows_failed, actor, started_at, updated_at FROM import_run`

func scanRun(r scanner) (x exchange.Run, err error) {
	return x, r.Scan(&x.ID, &x.What, &x.Format, &x.Hash, &x.DryRun, &x.State, &x.Counts.Read, &x.Counts.Added, &x.Counts.Changed, &x.Counts.Unchanged, &x.Counts.Failed,
		&x.Actor, &x.StartedAt, &x.UpdatedAt)
}

func (s imports) Start(ctx context.Context, r exchange.Run) error {
	_, err := s.h.exec(ctx, runInsert, bind("id", r.ID), bind("what", r.What), bind("file_format", r.Format), bind("file_hash", r.Hash), bind("dry_run", bit(r.DryRun)),
		bind("state", string(r.State)), bind("actor", r.Actor), bind("started_at", r.StartedAt))
	return fail(err, "start import %s", r.ID)
}

func (s imports) Advance(ctx context.Context, r exchange.Run, read int64, bad []exchange.RowError) (bool, error) {
	n, err := s.h.exec(ctx, runAdvance, bind("id", r.ID), bind("state", string(r.State)), bind("rows_read", r.Counts.Read), bind("rows_added", r.Counts.Added),
		bind("rows_changed", r.Counts.Changed), bind("rows_unchanged", r.Counts.Unchanged), bind("rows_failed", r.Counts.Failed), bind("updated_at", r.UpdatedAt),
		bind("was_read", read))
	if err != nil || n == 0 {
		return false, fail(err, "advance import %s", r.ID)
	}
	no := r.Counts.Failed - int64(len(bad))
	for _, e := range bad {
		if no++; no > exchange.MaxErrors {
			break
		}
		if _, err := s.h.exec(ctx, importErrorInsert, bind("run_id", r.ID), bind("entry_no", no), bind("line_no", e.Line), bind("column_no", e.Column),
			bind("field_name", clipRunes(e.Field, 120)), bind("message", clipRunes(cmp.Or(e.Message, "?"), 1000))); err != nil {
			return false, fail(err, "keep an error of import %s", r.ID)
		}
	}
	return true, nil
}

func (s imports) Get(ctx context.Context, id string) (exchange.Run, error) {
	return s.one(ctx, id, runGet, bind("id", id))
}

func (s imports) Interrupted(ctx context.Context, what, format string, hash []byte) (exchange.Run, error) {
	return s.one(ctx, "of this file", runOfFile, bind("what", what), bind("file_format", format), bind("file_hash", hash))
}

func (s imports) one(ctx context.Context, name string, st *Statement, args ...sql.NamedArg) (exchange.Run, error) {
	r, err := scanRun(s.h.row(ctx, st, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return r, exchange.NotFound(name)
	}
	return r, fail(err, "select import %s", name)
}

func (s imports) List(ctx context.Context, before string, n int) ([]exchange.Run, error) {
	list, err := collect(ctx, s.h, runPage, scanRun, bind("before_id", cmp.Or(before, "g")), bind("n", n)) // no id begins with g
	return list, fail(err, "list imports")
}

func (s imports) Errors(ctx context.Context, id string, skip int64, n int) ([]exchange.RowError, error) {
	list, err := collect(ctx, s.h, importErrorPage, func(r scanner) (e exchange.RowError, err error) {
		return e, r.Scan(&e.Line, &e.Column, &e.Field, &e.Message)
	}, bind("run_id", id), bind("after_no", skip), bind("n", n))
	return list, fail(err, "select errors of import %s", id)
}
