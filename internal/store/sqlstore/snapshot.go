package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// errOracle is for what only the embedded database knows.
var errOracle = errors.New("db.engine is oracle: use the backups of the database service (Autonomous Database keeps its own; RMAN otherwise), not this command")

// Embedded returns an error for a database that is not the embedded one.
func (c Config) Embedded() error {
	if c.Engine != EngineSQLite {
		return errOracle
	}
	return nil
}

// ErrInUse says that another process has the database open.
var ErrInUse = errors.New("another process has it open; stop the shop and every tool that works on it first")

// Snapshot writes the embedded database as it is at one moment into a new file,
// while others read and write it. Writers do not wait; the log grows meanwhile.
// The file is on disk when it returns. It says which schema the snapshot has.
func Snapshot(ctx context.Context, c Config, to string) (schema string, err error) {
	if err := c.Embedded(); err != nil {
		return "", err
	}
	if _, err := os.Stat(c.Path); err != nil {
		return "", fmt.Errorf("db.path: %w", err)
	}
	held, err := shareOpen(ctx, c.Path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, held()) }()
	db := sql.OpenDB(sqliteConnector{sqliteURI(c.Path, "cache_size(-2048)")})
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	empty, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // SQLite's own would be for everybody to read
	if err != nil {
		return "", err
	}
	if err := empty.Close(); err != nil {
		return "", err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return "", fmt.Errorf("copy %s to %s: %w", c.Path, to, err)
	}
	if err := flush(to); err != nil {
		return "", err
	}
	return Examine(ctx, to)
}

// Examine reads a whole database file that nobody has open, says which schema
// it has, and reports damage as an error.
func Examine(ctx context.Context, path string) (schema string, err error) {
	db := sql.OpenDB(sqliteConnector{sqliteFile(path, "query_only(ON)", "cache_size(-8192)")})
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var sound string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound); err != nil {
		return "", fmt.Errorf("%s is no database of a shop: %w", path, err)
	}
	if sound != "ok" {
		return "", fmt.Errorf("%s is damaged: %s", path, sound)
	}
	var steps int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MAX(migration), '') FROM schema_step").Scan(&steps, &schema); err != nil {
		return "", fmt.Errorf("%s is no database of a shop: %w", path, err)
	}
	return fmt.Sprintf("%s, %d steps", schema, steps), nil
}

// Replace puts the database file at from, which must be in the same folder, in
// the place of the embedded database. The one that was there is kept under the
// name it returns, "" if there was none. before is called when nobody else can
// open the database, before anything of it is changed. A crash leaves either
// the old one or the new one in place.
func Replace(ctx context.Context, c Config, from string, now time.Time, before func() error) (aside string, err error) {
	if err := c.Embedded(); err != nil {
		return "", err
	}
	free, err := takeWhole(ctx, c.Path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, free()) }()
	if err := before(); err != nil {
		return "", err
	}
	if _, err := os.Stat(c.Path); err == nil {
		aside = fmt.Sprintf("%s.before-%s", c.Path, now.UTC().Format("20060102T150405.000000Z"))
		if err := setAside(ctx, c.Path, aside); err != nil {
			return "", err
		}
	}
	if err := os.Rename(from, c.Path); err != nil {
		return aside, err
	}
	return aside, flushFolder(c.Path)
}

// setAside gives the database a second name. Its log is moved into it first: a
// log that stayed would be taken for the new one's. Where the old database is
// too damaged for that, the log goes with it.
func setAside(ctx context.Context, path, aside string) error {
	db := sql.OpenDB(sqliteConnector{sqliteFile(path, "busy_timeout(1000)", "journal_mode(DELETE)")})
	err := errors.Join(db.PingContext(ctx), db.Close())
	for _, suffix := range []string{"-wal", "-shm"} {
		if e := os.Rename(path+suffix, aside+suffix); e != nil && !errors.Is(e, fs.ErrNotExist) {
			return errors.Join(err, e)
		}
	}
	if err := os.Link(path, aside); err != nil {
		return fmt.Errorf("keep the old database: %w", err)
	}
	return flushFolder(path)
}

// The lock of a database that is open is SQLite's own, on an empty file beside
// it: whoever has the database open shares it, whoever replaces the file has it
// alone. The system releases it if the process dies.
const openSuffix = ".open"

// shareOpen keeps the database from being replaced until release.
func shareOpen(ctx context.Context, path string) (release func() error, err error) {
	release, err = lockFile(ctx, path, 5*time.Second, "BEGIN", "SELECT COUNT(*) FROM sqlite_master")
	if err != nil {
		return nil, fmt.Errorf("%s is being restored: %w", path, err)
	}
	return release, nil
}

// takeWhole keeps everybody else from opening the database until release.
func takeWhole(ctx context.Context, path string) (release func() error, err error) {
	release, err = lockFile(ctx, path, 0, "BEGIN EXCLUSIVE")
	if err != nil {
		return nil, fmt.Errorf("take %s alone: %w", path, errors.Join(ErrInUse, err))
	}
	return release, nil
}

func lockFile(ctx context.Context, path string, patience time.Duration, statements ...string) (release func() error, err error) {
	db := sql.OpenDB(sqliteConnector{sqliteFile(path+openSuffix, fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()))})
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, text := range statements {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return nil, errors.Join(err, conn.Close(), db.Close())
		}
	}
	return func() error {
		_, err := conn.ExecContext(context.Background(), "ROLLBACK")
		return errors.Join(err, conn.Close(), db.Close())
	}, nil
}

// flush makes a file's content survive a power cut.
func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
