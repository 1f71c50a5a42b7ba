package fts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// schemaVersion is the stamp of the file. A file with another one is thrown
// away and built again: raise it whenever the tables, the record, the tokenizer
// or the columns change.
const schemaVersion = 1

const tokenizer = `tokenize='porter unicode61 remove_diacritics 2'`

// The file keeps no copy of the texts (content=”): the database has them.
var schema = []string{
	`CREATE TABLE docs (slot INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, record BLOB)`,
	`CREATE VIRTUAL TABLE words USING fts5(` + strings.Join(columns[:], ", ") + `, content='', contentless_delete=1, prefix='2 3', ` + tokenizer + `)`,
	`CREATE VIRTUAL TABLE places USING fts5vocab(words, 'instance')`,
	fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion),
}

// file is the SQLite database: one connection writes, a few read.
type file struct {
	path            string
	writer, readers *sql.DB
	one, prefix     *sql.Stmt
}

// openFile opens the file at path and reports whether it had to be made, be it
// because there was none, it was damaged, or it had another schema.
func openFile(path string) (f *file, made bool, err error) {
	f, stamp, err := tryOpen(path)
	if err == nil && stamp == schemaVersion {
		if err = f.prepare(); err == nil {
			return f, false, nil
		}
	}
	if err != nil && !unusable(err) {
		return nil, false, fmt.Errorf("fts.path %s: %w", path, err)
	}
	if err == nil {
		f.close()
	}
	if err := remove(path); err != nil {
		return nil, false, fmt.Errorf("fts.path: %w", err)
	}
	if f, _, err = tryOpen(path); err != nil {
		return nil, false, fmt.Errorf("fts.path %s: %w", path, err)
	}
	for _, stmt := range schema {
		if _, err := f.writer.Exec(stmt); err != nil {
			f.close()
			return nil, false, fmt.Errorf("fts.path %s: %w", path, err)
		}
	}
	return f, true, f.prepare()
}

// unusable reports whether err says that a file's content is no index of ours.
// Anything else, such as a lock or a full disk, may pass and is no reason to
// delete the file.
func unusable(err error) bool {
	if errors.Is(err, errRecord) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff { // the primary code, www.sqlite.org/rescode.html
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA:
		return true
	}
	return e.Code() == sqlite3.SQLITE_IOERR_SHORT_READ
}

func tryOpen(path string) (*file, int, error) {
	// Losing the last writes with the machine is fine: the outbox tells again.
	const common = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-1024)"
	source := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	f := &file{path: path}
	var err error
	if f.writer, err = sql.Open("sqlite", source+common); err != nil {
		return nil, 0, err
	}
	f.writer.SetMaxOpenConns(1)
	if f.readers, err = sql.Open("sqlite", source+common+"&_pragma=query_only(1)"); err != nil {
		return nil, 0, errors.Join(err, f.writer.Close())
	}
	f.readers.SetMaxOpenConns(2)
	f.readers.SetMaxIdleConns(2)
	var stamp int
	if err := f.writer.QueryRow("PRAGMA user_version").Scan(&stamp); err != nil {
		return nil, 0, errors.Join(err, f.close())
	}
	return f, stamp, nil
}

func (f *file) prepare() (err error) {
	if f.one, err = f.readers.Prepare(`SELECT doc, col FROM places WHERE term = ?`); err != nil {
		return errors.Join(err, f.close())
	}
	if f.prefix, err = f.readers.Prepare(`SELECT doc, col FROM places WHERE term >= ? AND term < ?`); err != nil {
		return errors.Join(err, f.close())
	}
	return nil
}

func (f *file) close() error { return errors.Join(f.readers.Close(), f.writer.Close()) }

// remove deletes an index file and what SQLite keeps beside it.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return removeLogs(path)
}

// removeLogs deletes what SQLite keeps beside a file that is open.
func removeLogs(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// load reads the mirror from the file.
func (f *file) load(m *mirror) error {
	lengths, err := f.lengths()
	if err != nil {
		return err
	}
	rows, err := f.readers.Query(`SELECT slot, id, version, record FROM docs ORDER BY slot`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var id, record sql.RawBytes
	for rows.Next() {
		var slot, version int64
		if err := rows.Scan(&slot, &id, &version, &record); err != nil {
			return err
		}
		if record == nil {
			m.deleted[string(id)] = version
			continue
		}
		at := uint32(slot)
		m.skipTo(at)
		if err := m.set(at, record, lengths[at]); err != nil {
			return err
		}
	}
	m.sort()
	return rows.Err()
}

// skipTo notes that the slots before at are not used.
func (m *mirror) skipTo(at uint32) {
	for n := uint32(len(m.slots)); n < at; n++ {
		m.free = append(m.free, n)
	}
}

// lengths returns the number of tokens of each slot. FTS5 keeps them as varints,
// one per column (www.sqlite.org/fts5.html, section "File Format").
func (f *file) lengths() (map[uint32]uint32, error) {
	rows, err := f.readers.Query(`SELECT id, sz FROM words_docsize`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[uint32]uint32{}
	var sizes sql.RawBytes
	for rows.Next() {
		var at uint32
		if err := rows.Scan(&at, &sizes); err != nil {
			return nil, err
		}
		out[at] = sumSizes(sizes)
	}
	return out, rows.Err()
}

// sumSizes adds SQLite varints: big-endian, seven bits a byte.
func sumSizes(b []byte) uint32 {
	var sum, n uint32
	for _, c := range b {
		n = n<<7 | uint32(c&0x7f)
		if c < 0x80 {
			sum, n = sum+n, 0
		}
	}
	return sum
}

// change is a write to one slot. A nil record is a tombstone.
type change struct {
	id      string
	version int64
	old     uint32 // slot to empty; noSlot for none
	at      uint32 // slot to fill; noSlot for a tombstone
	light   bool   // only the record changes
	columns []string
	record  []byte
	length  uint32 // set by write
}

const noSlot = ^uint32(0)

// write carries out changes in one transaction.
func (f *file) write(ctx context.Context, changes []change) error {
	tx, err := f.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i := range changes {
		if err := changes[i].write(ctx, tx); err != nil {
			return fmt.Errorf("write %s: %w", changes[i].id, err)
		}
	}
	return tx.Commit()
}

func (c *change) write(ctx context.Context, tx *sql.Tx) error {
	if c.light {
		_, err := tx.ExecContext(ctx, `UPDATE docs SET version = ?, record = ? WHERE slot = ?`, c.version, c.record, c.at)
		return err
	}
	if c.old != noSlot {
		if _, err := tx.ExecContext(ctx, `DELETE FROM words WHERE rowid = ?`, c.old); err != nil {
			return err
		}
	}
	// A tombstone has a negative slot: the others are for what can be found.
	if c.at == noSlot {
		_, err := tx.ExecContext(ctx, `INSERT INTO docs (slot, id, version) VALUES ((SELECT min(coalesce(min(slot), 0), 0) - 1 FROM docs), ?, ?)
			ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, version = excluded.version, record = NULL`, c.id, c.version)
		return err
	}
	args := []any{c.at}
	for _, text := range c.columns {
		args = append(args, text)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO words (rowid, title, sku, brand, description, attributes) VALUES (?, ?, ?, ?, ?, ?)`, args...); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO docs (slot, id, version, record) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, version = excluded.version, record = excluded.record`, c.at, c.id, c.version, c.record); err != nil {
		return err
	}
	var sizes []byte
	if err := tx.QueryRowContext(ctx, `SELECT sz FROM words_docsize WHERE id = ?`, c.at).Scan(&sizes); err != nil {
		return err
	}
	c.length = sumSizes(sizes)
	return nil
}

// tidy merges the segments of FTS5, so that words are found in one place.
func (f *file) tidy(ctx context.Context) error {
	_, err := f.writer.ExecContext(ctx, `INSERT INTO words (words) VALUES ('optimize')`)
	return err
}

// tally sums up the weights of a word's places by slot, in any order of rows.
func (f *file) tally(ctx context.Context, p *postings, stmt *sql.Stmt, args ...any) error {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var column sql.RawBytes
	for rows.Next() {
		var at uint32
		if err := rows.Scan(&at, &column); err != nil {
			return err
		}
		p.add(at, weightOf(column[0]))
	}
	return rows.Err()
}

func weightOf(first byte) float32 {
	for i, c := range columns {
		if c[0] == first {
			return weights[i]
		}
	}
	return 0
}
