package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// Moment is the embedded database at one moment, page by page.
type Moment struct {
	At       time.Time // no commit in it is later
	PageSize int       // bytes
	Pages    uint32
}

// Pages reads the embedded database as its pages are, while others read and write it.
type Pages struct {
	db      *sql.DB
	conn    *sql.Conn
	held    func() error
	now     func() time.Time
	version int64
}

// OpenPages opens the embedded database for reading its pages; nobody can
// replace it until Close.
func OpenPages(ctx context.Context, c Config, now func() time.Time) (*Pages, error) {
	if err := c.Embedded(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.Path); err != nil {
		return nil, fmt.Errorf("db.path: %w", err)
	}
	held, err := shareOpen(ctx, c.Path)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(sqliteConnector{sqliteURI(c.Path, "query_only(ON)", "cache_size(-2048)")})
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close(), held())
	}
	return &Pages{db: db, conn: conn, held: held, now: now, version: -1}, nil
}

// Close gives the database back.
func (p *Pages) Close() error { return errors.Join(p.conn.Close(), p.db.Close(), p.held()) }

// Changed reports whether anybody has committed something since it was last
// called with that answer used, or it is the first time.
func (p *Pages) Changed(ctx context.Context) (bool, error) {
	var v int64
	if err := p.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v); err != nil {
		return false, err
	}
	was := p.version
	p.version = v
	return v != was, nil
}

// Read hands each page to each, in order, all of one moment. Its bytes are each's
// until it returns. begin is called before, with what is to come.
func (p *Pages) Read(ctx context.Context, begin func(Moment) error, each func(no uint32, page []byte) error) (err error) {
	tx, err := p.conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	var m Moment
	// The first read takes the snapshot: what is committed later is not in it.
	if err := tx.QueryRowContext(ctx, "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").Scan(&m.Pages, &m.PageSize); err != nil {
		return err
	}
	m.At = p.now().UTC()
	if err := begin(m); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT pgno, data FROM sqlite_dbpage")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	seen := uint32(0)
	for rows.Next() {
		var no uint32
		var data sql.RawBytes
		if err := rows.Scan(&no, &data); err != nil {
			return err
		}
		if seen++; no != seen || len(data) != m.PageSize {
			return fmt.Errorf("page %d came as page %d, of %d bytes", seen, no, len(data))
		}
		if err := each(no, data); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if seen != m.Pages {
		return fmt.Errorf("%d of %d pages were read", seen, m.Pages)
	}
	return nil
}
