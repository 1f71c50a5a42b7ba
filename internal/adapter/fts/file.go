package fts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tradewind/internal/domain/search"
)

// schemaVersion is the stamp of the file. A file with another one is thrown
// away and built again: raise it whenever the tables, the record, the tokenizer
// or the columns change.
const schemaVersion = 2

const tokenizer = `tokenize='porter unicode61 remove_diacritics 2'`

// docs says where a document is, or without a slot that it is gone. The record
// of a slot stays until another document has it, since searches may be about to
// show it. The file keeps no copy of the texts (content=”): the database has them.
var schema = []string{
	`CREATE TABLE docs (id TEXT PRIMARY KEY, slot INTEGER, version INTEGER NOT NULL, print INTEGER NOT NULL) WITHOUT ROWID`,
	`CREATE TABLE records (slot INTEGER PRIMARY KEY, record BLOB NOT NULL)`,
	`CREATE TABLE codes (code INTEGER, slot INTEGER, PRIMARY KEY (code, slot)) WITHOUT ROWID`,
	`CREATE VIRTUAL TABLE words USING fts5(` + strings.Join(columns[:], ", ") + `, content='', contentless_delete=1, prefix='2 3', ` + tokenizer + `)`,
	`CREATE VIRTUAL TABLE places USING fts5vocab(words, 'instance')`,
	fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion),
}

// file is the SQLite database: one connection writes, a few read.
type file struct {
	path                             string
	writer, readers                  *sql.DB
	one, prefix, known, record, code *sql.Stmt
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
	for into, query := range map[**sql.Stmt]string{
		&f.one:    `SELECT doc, col FROM places WHERE term = ?`,
		&f.prefix: `SELECT doc, col FROM places WHERE term >= ? AND term < ?`,
		&f.known:  `SELECT d.id, d.slot, d.version, d.print FROM json_each(?) j JOIN docs d ON d.id = j.value`,
		&f.record: `SELECT r.slot, r.record FROM json_each(?) j JOIN records r ON r.slot = j.value`,
		&f.code:   `SELECT DISTINCT c.slot FROM json_each(?) j JOIN codes c ON c.code = j.value ORDER BY c.slot`,
	} {
		if *into, err = f.readers.Prepare(query); err != nil {
			return errors.Join(err, f.close())
		}
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

// load reads the mirror from the file. The documents are in the slots that have
// words; FTS5 keeps the numbers of these as varints, one per column
// (www.sqlite.org/fts5.html, section "File Format").
func (f *file) load(m *mirror) error {
	var slots int
	if err := f.readers.QueryRow(`SELECT coalesce(max(slot) + 1, 0) FROM records`).Scan(&slots); err != nil {
		return err
	}
	m.grow(slots)
	rows, err := f.readers.Query(`SELECT r.slot, r.record, w.sz FROM records r JOIN words_docsize w ON w.id = r.slot ORDER BY r.slot`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var record, sizes sql.RawBytes
	for rows.Next() {
		var at uint32
		if err := rows.Scan(&at, &record, &sizes); err != nil {
			return err
		}
		if err := m.set(at, record, sumSizes(sizes)); err != nil {
			return err
		}
	}
	for at, length := range m.lengths {
		if length == 0 {
			m.free = append(m.free, uint32(at))
		}
	}
	m.sort()
	return rows.Err()
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

// stored is what the file says of a document, or of one that is gone.
type stored struct {
	slot    uint32 // noSlot if it is gone
	version int64
	print   int64
}

// find returns what is stored of documents.
func (f *file) find(ctx context.Context, ids []string) (map[string]stored, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := f.known.QueryContext(ctx, string(list))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[string]stored, len(ids))
	for rows.Next() {
		var id string
		var slot sql.NullInt64
		var s stored
		if err := rows.Scan(&id, &slot, &s.version, &s.print); err != nil {
			return nil, err
		}
		if s.slot = noSlot; slot.Valid {
			s.slot = uint32(slot.Int64)
		}
		all[id] = s
	}
	return all, rows.Err()
}

// cards reads the cards of slots.
func (f *file) cards(ctx context.Context, slots []uint32, each func(slot uint32, c card)) error {
	list, err := json.Marshal(slots)
	if err != nil {
		return err
	}
	rows, err := f.record.QueryContext(ctx, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	var record sql.RawBytes
	for rows.Next() {
		var slot uint32
		if err := rows.Scan(&slot, &record); err != nil {
			return err
		}
		c, err := cardOf(record)
		if err != nil {
			return err
		}
		each(slot, c)
	}
	return rows.Err()
}

// coded returns the slots that have, or had, one of some codes.
func (f *file) coded(ctx context.Context, codes []uint64) (slots []uint32, err error) {
	signed := make([]int64, len(codes))
	for i, c := range codes {
		signed[i] = int64(c)
	}
	list, err := json.Marshal(signed)
	if err != nil {
		return nil, err
	}
	rows, err := f.code.QueryContext(ctx, string(list))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var slot uint32
		if err := rows.Scan(&slot); err != nil {
			return nil, err
		}
		slots = append(slots, slot)
	}
	return slots, rows.Err()
}

// tidy merges the segments of FTS5, so that words are found in one place.
func (f *file) tidy(ctx context.Context) error {
	_, err := f.writer.ExecContext(ctx, `INSERT INTO words (words) VALUES ('optimize')`)
	return err
}

// tally sums up the weights of a word's places by slot, in any order of rows.
func (f *file) tally(ctx context.Context, g *gathered, stmt *sql.Stmt, args ...any) error {
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
		g.add(at, weightOf(column[0]))
	}
	return rows.Err()
}

func weightOf(first byte) uint32 {
	for i, c := range columns {
		if c[0] == first {
			return weights[i]
		}
	}
	return 0
}

// versions lists what is there, by id.
func (f *file) versions(ctx context.Context, after string, n int) ([]search.Version, error) {
	rows, err := f.readers.QueryContext(ctx, `SELECT id, version FROM docs WHERE id > ? AND slot IS NOT NULL ORDER BY id LIMIT ?`, after, n)
	if err != nil {
		return nil, fmt.Errorf("list search index: %w", err)
	}
	defer rows.Close()
	var out []search.Version
	for rows.Next() {
		var v search.Version
		if err := rows.Scan(&v.ID, &v.Version); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
