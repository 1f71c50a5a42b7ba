package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tradewind/internal/store/oraemu"
	"tradewind/internal/store/orasql"
)

// sqliteGround migrates the embedded database.
type sqliteGround struct {
	path      string
	held      func() error // lets others replace the file
	connector *oraemu.Connector
	plain     *sql.DB // SQLite's own catalog is outside the emulation
}

func openSQLiteMigrator(ctx context.Context, c Config) (*sql.DB, ground, error) {
	inner := sqliteConnector{sqliteURI(c.Path, "cache_size(-2048)")}
	held, err := shareOpen(ctx, c.Path)
	if err != nil {
		return nil, nil, err
	}
	g := &sqliteGround{path: c.Path, held: held, plain: sql.OpenDB(inner)}
	g.connector = oraemu.NewConnector(inner, orasql.NewCatalog(), orasql.SQLite)
	g.plain.SetMaxOpenConns(1)
	db := sql.OpenDB(g.connector)
	db.SetMaxOpenConns(1)
	if err := g.plain.PingContext(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open %s: %w", c.Path, err), db.Close(), g.Close())
	}
	return db, g, nil
}

// sqliteCatalog has a query for each kind of object. A constraint is known by
// its name in the text of its table, a sequence is a row.
var sqliteCatalog = map[string]string{
	madeTable:      `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = :name COLLATE NOCASE`,
	madeIndex:      `SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name = :name COLLATE NOCASE`,
	madeSequence:   `SELECT COUNT(*) FROM ` + orasql.SequenceTable + ` WHERE name = :name`,
	madeColumn:     `SELECT COUNT(*) FROM pragma_table_info(:tab) WHERE name = :name COLLATE NOCASE`,
	madeConstraint: `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = :tab COLLATE NOCASE AND instr(lower(sql), 'constraint ' || :name || ' ') > 0`,
}

func (g *sqliteGround) exists(ctx context.Context, o object) (bool, error) {
	if o.kind == madeSequence { // a row of a table that comes with the first one
		if there, err := g.exists(ctx, object{kind: madeTable, name: orasql.SequenceTable}); !there || err != nil {
			return false, err
		}
	}
	var n int
	err := g.plain.QueryRowContext(ctx, sqliteCatalog[o.kind], sql.Named("name", o.name), sql.Named("tab", o.on)).Scan(&n)
	return n > 0, err
}

// lock takes SQLite's own write lock, of an empty file beside the database:
// with the lock of the database itself nothing could be migrated. The system
// releases it if the process dies.
func (g *sqliteGround) lock(ctx context.Context) (func() error, error) {
	inner := sqliteConnector{sqliteFile(g.path+".migrate", "busy_timeout(0)")}
	db := sql.OpenDB(oraemu.NewConnector(inner, orasql.NewCatalog(), orasql.SQLite))
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
}

func (*sqliteGround) text(s Step) string       { return s.Shared }
func (g *sqliteGround) learn(ddl string) error { return g.connector.Learn(ddl) }
func (g *sqliteGround) Close() error           { return errors.Join(g.plain.Close(), g.held()) }
