package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"sync"
	"time"

	"modernc.org/sqlite"

	"tradewind/internal/store/oraemu"
	"tradewind/internal/store/orasql"
)

// The embedded engine's memory is its page caches, in KiB, at most 8 MiB for
// the writer and 2 MiB for each reader, and the prepared statements, at most
// some 3 MiB for each connection. Readers that nobody used for a while are
// closed. There is no mmap: its pages would count as the program's, and the
// system's cache holds the file anyway.
const (
	writerCache = 8 << 10
	readerCache = 2 << 10
	maxReaders  = 8
	readerIdle  = time.Minute
)

// Who writes thousands of rows in a transaction touches more pages than the
// usual cache holds, and SQLite would then allocate and free one for each. A page
// of 4 KiB takes 8 KiB of memory, so this is 128 MiB.
const (
	bulkCache = 64 << 10
	bulkPages = 16 << 10 // 64 MiB
)

// readers is how many connections read at once. More than two a core would only
// wait for one another.
func (c Config) readers() int { return max(1, min(c.PoolSize, maxReaders, 2*runtime.GOMAXPROCS(0))) }

// The write-ahead log is moved into the database file by a connection of its
// own, checkpointAfter the first commit that is only in the log, so that in a
// shop's usual traffic no transaction waits for it. Under more load than that
// the writer does it at walPages (8 MiB), which bounds the log: it starts again
// from the beginning as soon as no reader needs it. A log that a long reader has
// let grow is cut back to walFile bytes.
const (
	checkpointAfter = time.Second
	walPages        = 2048
	walFile         = 16 << 20
)

// sqliteConnector opens connections that all have the same manners.
type sqliteConnector struct{ uri string }

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.uri) }
func (sqliteConnector) Driver() driver.Driver                          { return &sqlite.Driver{} }

// sqliteURI is the database file's address with its PRAGMAs, which hold for a
// connection, not for the file (except WAL).
func sqliteURI(path string, pragmas ...string) string {
	all := append([]string{
		"busy_timeout(5000)", // other processes: a backup, a migration
		"journal_mode(WAL)",
		"synchronous(FULL)", // a committed transaction survives a power cut
		"foreign_keys(ON)",
		"case_sensitive_like(ON)",
		"temp_store(MEMORY)",
		"trusted_schema(OFF)",
		fmt.Sprintf("journal_size_limit(%d)", walFile),
	}, pragmas...)
	return sqliteFile(path, all...)
}

func sqliteFile(path string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	return u.String()
}

// sqliteEngine is the embedded database: one writer that commits in groups,
// and readers that see the last commit and are never in its way.
type sqliteEngine struct {
	readers *sql.DB
	writers *sql.DB
	upkeep  *sql.DB // plain SQLite, for checkpoints
	writer  *groupWriter
	manners *manners
	inTx    *manners // the same, but nothing is interrupted: the group would be lost

	held       func() error  // lets others replace the file
	unsaved    chan struct{} // there are commits that only the log has
	stop       chan struct{}
	background sync.WaitGroup
	closeOnce  sync.Once
}

func openSQLite(ctx context.Context, c Config, cat *orasql.Catalog, o Options) (*sqliteEngine, error) {
	pool := func(size, cache int, pragmas ...string) *sql.DB {
		pragmas = append(pragmas, fmt.Sprintf("cache_size(-%d)", cache))
		db := sql.OpenDB(oraemu.NewConnector(sqliteConnector{sqliteURI(c.Path, pragmas...)}, cat, orasql.SQLite))
		db.SetMaxOpenConns(size)
		db.SetMaxIdleConns(size)
		return db
	}
	take := shareOpen
	if o.Alone {
		take = takeWhole
	}
	held, err := take(ctx, c.Path)
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{
		held:    held,
		manners: &manners{observe: o.Observe, enter: enterSQLite},
		inTx:    &manners{observe: o.Observe, enter: hideEnd},
		unsaved: make(chan struct{}, 1),
		stop:    make(chan struct{}),
	}
	cache, wal := writerCache, walPages
	if o.Bulk {
		cache, wal = bulkCache, bulkPages
	}
	e.writers = pool(1, cache, fmt.Sprintf("wal_autocheckpoint(%d)", wal))
	e.upkeep = sql.OpenDB(sqliteConnector{sqliteURI(c.Path, "cache_size(-64)")})
	e.upkeep.SetMaxOpenConns(1)
	e.readers = pool(c.readers(), readerCache, "query_only(ON)")
	e.readers.SetConnMaxIdleTime(readerIdle)
	w, err := newGroupWriter(e.writers, e.committed)
	if err == nil {
		e.writer = w
		err = e.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", c.Path, err), e.Close())
	}
	e.background.Go(e.checkpoints)
	return e, nil
}

// enterSQLite hides a context's end from the driver, which would start a
// goroutine for each statement to watch it. The handle looks at the context
// between statements and rows. Only a long statement is watched.
func enterSQLite(ctx context.Context, st *Statement) (context.Context, context.CancelFunc) {
	if st.Long {
		return oraemu.Interruptible(ctx), nil
	}
	return hideEnd(ctx, st)
}

func hideEnd(ctx context.Context, _ *Statement) (context.Context, context.CancelFunc) {
	if ctx.Done() == nil {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), nil
}

func (e *sqliteEngine) InTx(ctx context.Context, fn func(handle) error) error {
	return retry(ctx, func() error {
		return e.writer.do(ctx, func(q querier) error {
			l := &link{q: q, manners: e.inTx, tx: true}
			defer func() { l.over = true }()
			return fn(handle{l})
		})
	})
}

func (e *sqliteEngine) read() handle {
	return handle{&link{q: sqlitePool{e}, manners: e.manners}}
}

// sqlitePool reads with the readers and sends each change to the writer, as a
// transaction of its own that shares its commit with others.
type sqlitePool struct{ e *sqliteEngine }

func (p sqlitePool) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return p.e.readers.QueryContext(ctx, text, args...)
}

func (p sqlitePool) ExecContext(ctx context.Context, text string, args ...any) (result sql.Result, err error) {
	err = p.e.writer.do(ctx, func(q querier) error {
		result, err = q.ExecContext(context.WithoutCancel(ctx), text, args...)
		return err
	})
	return result, err
}

func (e *sqliteEngine) Ping(ctx context.Context) error {
	var one int
	return e.readers.QueryRowContext(ctx, "SELECT 1 FROM dual").Scan(&one)
}

// Close lets the queued transactions finish, then moves the whole log into the
// database file, so that the file alone is the shop.
func (e *sqliteEngine) Close() error {
	var err error
	e.closeOnce.Do(func() {
		if e.writer != nil {
			err = e.writer.close()
		}
		close(e.stop)
		e.background.Wait()
		err = errors.Join(err, e.readers.Close(), e.writers.Close())
		if e.writer != nil {
			_, last := e.upkeep.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
			err = errors.Join(err, last)
		}
		err = errors.Join(err, e.upkeep.Close(), e.held())
	})
	return err
}

func (e *sqliteEngine) Stats() Stats {
	return Stats{Pool: e.readers.Stats(), Commits: e.writer.commits.Load(), Grouped: e.writer.grouped.Load(),
		Waiting: e.writer.waiting()}
}

// committed is called by the writer after each group.
func (e *sqliteEngine) committed() {
	select {
	case e.unsaved <- struct{}{}:
	default: // the note is there already
	}
}

// checkpoints runs until Close. It sleeps while nothing is written.
func (e *sqliteEngine) checkpoints() {
	for {
		select {
		case <-e.stop:
			return
		case <-e.unsaved:
		}
		pause := time.NewTimer(checkpointAfter)
		select {
		case <-e.stop:
			pause.Stop()
			return
		case <-pause.C:
		}
		// PASSIVE waits for nobody and does what it can. An error shows again, and
		// matters, when a transaction meets it.
		e.upkeep.Exec("PRAGMA wal_checkpoint(PASSIVE)")
	}
}
