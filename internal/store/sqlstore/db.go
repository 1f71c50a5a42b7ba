package sqlstore

import (
	"context"
	"io/fs"
	"time"

	"tradewind/internal/store"
)

// DB is a database behind the contract of package store.
type DB struct {
	engine  engine
	read    store.Stores
	onEvent func()
}

// Options are what a DB tells while it works; each may be nil.
type Options struct {
	Observe func(Call) // after every statement
	OnEvent func()     // after a commit that added to the outbox; must not block
	Alone   bool       // nobody else may have the embedded database open, and nobody may open it
	Bulk    bool       // for tools that write much at once: more memory for the embedded engine's writer
}

// Open opens the database that c describes; its schema must be what the
// migrations in fsys make.
func Open(ctx context.Context, c Config, fsys fs.FS, o Options) (*DB, error) {
	e, err := openEngine(ctx, c, fsys, o)
	if err != nil {
		return nil, err
	}
	return newDB(e, o.OnEvent), nil
}

func newDB(e engine, onEvent func()) *DB {
	return &DB{engine: e, read: newStores(e.read(), new(bool)), onEvent: onEvent}
}

// InTx is documented at store.DB.
func (d *DB) InTx(ctx context.Context, fn func(tx store.Stores) error) error {
	var added bool
	err := d.engine.InTx(ctx, func(h handle) error {
		added = false
		return fn(newStores(h, &added))
	})
	if err == nil && added && d.onEvent != nil {
		d.onEvent()
	}
	return err
}

// Read returns a view outside a transaction.
func (d *DB) Read() store.Stores { return d.read }

// DropMonth is documented at store.DB.
func (d *DB) DropMonth(ctx context.Context, month time.Time) error {
	e, ok := d.engine.(*poolEngine)
	if !ok || e.dropMonth == nil || month.Before(firstPartition) {
		return nil
	}
	left, err := d.read.Orders.Regions(ctx, month)
	if err != nil || len(left) > 0 {
		return err
	}
	return fail(e.dropMonth(ctx, month), "drop the partitions of %s", month.Format("2006-01"))
}

// Ping fails if the database cannot be used.
func (d *DB) Ping(ctx context.Context) error { return d.engine.Ping(ctx) }

// Stats are the figures of the engine, for metrics.
func (d *DB) Stats() Stats { return d.engine.Stats() }

// Close ends what runs and refuses what comes.
func (d *DB) Close() error { return d.engine.Close() }

// Code returns the Oracle error code of a call that failed, 0 otherwise.
func (c Call) Code() int { return codeOf(c.Err) }
