package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"tradewind/internal/store/oraemu"
	"tradewind/internal/store/orasql"
	"tradewind/internal/store/pgtest"
)

// PostgreSQL is the second engine that the statements are tested on. It has
// sessions that run at once, so it shows what SQLite's one writer hides.

// postgresGround migrates it.
type postgresGround struct {
	connector *oraemu.Connector
	plain     *sql.DB
	db        *sql.DB
}

var postgresCatalog = map[string]string{
	madeTable:      `SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND relname = $1 AND $2 = ''`,
	madeIndex:      `SELECT COUNT(*) FROM pg_class WHERE relkind = 'i' AND relname = $1 AND $2 = ''`,
	madeSequence:   `SELECT COUNT(*) FROM pg_class WHERE relkind = 'S' AND relname = $1 AND $2 = ''`,
	madeColumn:     `SELECT COUNT(*) FROM information_schema.columns WHERE column_name = $1 AND table_name = $2`,
	madeConstraint: `SELECT COUNT(*) FROM pg_constraint WHERE conname = $1 AND conrelid = to_regclass($2)`,
}

func (g postgresGround) exists(ctx context.Context, o object) (bool, error) {
	var n int
	err := g.plain.QueryRowContext(ctx, postgresCatalog[o.kind], o.name, o.on).Scan(&n)
	return n > 0, err
}

func (g postgresGround) lock(ctx context.Context) (func() error, error) { return rowLock(ctx, g.db) }
func (postgresGround) text(s Step) string                               { return s.Shared }
func (g postgresGround) learn(ddl string) error                         { return g.connector.Learn(ddl) }
func (g postgresGround) Close() error                                   { return g.plain.Close() }

func postgresMigrator(t testing.TB, dsn string, fsys fs.FS) *Migrator {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	inner := stdlib.GetConnector(*config)
	g := postgresGround{connector: oraemu.NewConnector(inner, orasql.NewCatalog(), orasql.Postgres), plain: sql.OpenDB(inner)}
	g.db = sql.OpenDB(g.connector)
	return &Migrator{fsys: fsys, db: g.db, on: g, now: fixedNow}
}

// openPostgres opens an engine on a fresh database with fsys's tables.
func openPostgres(t testing.TB, fsys fs.FS) engine {
	t.Helper()
	dsn := pgtest.Open(t)
	m := postgresMigrator(t, dsn, fsys)
	_, err := m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	return postgresEngine(t, dsn, fsys)
}

func postgresEngine(t testing.TB, dsn string, fsys fs.FS) engine {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := Catalog(fsys)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(oraemu.NewConnector(stdlib.GetConnector(*config), cat, orasql.Postgres))
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	e := &poolEngine{db: db, explain: func(err error) error { return err },
		manners: &manners{enter: func(ctx context.Context, _ *Statement) (context.Context, context.CancelFunc) { return ctx, nil }}}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
