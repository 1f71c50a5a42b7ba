//go:build cgo

package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/godror/godror"
	"github.com/godror/godror/dsn"
)

// oracleParams are the driver's settings. Its own defaults would open a
// connection for every statement.
func oracleParams(c Config, password Secret) godror.ConnectionParams {
	var p godror.ConnectionParams
	p.Username, p.Password = c.User, godror.NewPassword(password.Reveal())
	p.ConnectString = c.connectString()
	p.ConfigDir = c.Wallet
	p.Timezone = time.UTC
	p.StmtCacheSize = c.StmtCache
	p.StandaloneConnection = dsn.Bool(false)
	p.MinSessions, p.MaxSessions, p.SessionIncrement = c.PoolSize, c.PoolSize, 0
	p.WaitTimeout = c.PoolWait
	p.MaxLifeTime = c.SessionLife
	p.SessionTimeout = c.SessionLife // a fixed pool does not shrink
	p.Heterogeneous = dsn.Bool(false)
	p.AlterSession = [][2]string{{"TIME_ZONE", "'+00:00'"}}
	p.InitOnNewConn = true
	return p
}

func openOracleDB(c Config) (*sql.DB, error) {
	password, err := c.password()
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(godror.NewConnector(oracleParams(c, password)))
	db.SetMaxOpenConns(c.PoolSize)
	db.SetMaxIdleConns(c.PoolSize)
	db.SetConnMaxLifetime(c.SessionLife)
	return db, nil
}

// txCalls is how many slow calls a transaction may have before it is given up.
const txCalls = 4

// openOracle opens the pool and asks for one session: only then does a missing
// client library or a wrong password show.
func openOracle(ctx context.Context, c Config, observe func(Call)) (engine, error) {
	db, err := openOracleDB(c)
	if err != nil {
		return nil, err
	}
	e := &poolEngine{db: db, explain: explainOracle, limit: txCalls * c.CallTimeout,
		manners: &manners{observe: observe, enter: labelled(c.Module, oracleDeadline(c.CallTimeout)), arguments: oracleArguments}}
	e.dropMonth = func(ctx context.Context, month time.Time) error { return dropPartitions(ctx, db, month) }
	ping, cancel := context.WithTimeout(ctx, max(c.CallTimeout, c.Connect))
	defer cancel()
	if err := e.Ping(ping); err != nil {
		db.Close()
		return nil, fmt.Errorf("open Oracle: %w", err)
	}
	return e, nil
}

// labelled tells the session who asks, before enter does its part. It costs no
// round trip: the client sends it with the statement.
func labelled(module string, enter func(context.Context, *Statement) (context.Context, context.CancelFunc)) func(context.Context, *Statement) (context.Context, context.CancelFunc) {
	return func(ctx context.Context, st *Statement) (context.Context, context.CancelFunc) {
		l := labelOf(ctx, module)
		return enter(godror.ContextWithTraceTag(ctx, godror.TraceTag{Module: l.module, Action: l.action, ClientInfo: l.info}), st)
	}
}

// oracleArguments adds the fetch sizes that the statement's rows ask for: one
// round trip for a page, no waste for one row.
func oracleArguments(rows int, args []sql.NamedArg) ([]any, error) {
	list := make([]any, 0, len(args)+2)
	for _, a := range args {
		v, err := plain(a.Value)
		if err != nil {
			return nil, fmt.Errorf("bind :%s: %w", a.Name, err)
		}
		a.Value = v
		list = append(list, a)
	}
	if rows > 0 {
		list = append(list, godror.FetchArraySize(rows), godror.PrefetchCount(rows+1))
	}
	return list, nil
}

// OpenRole prepares to ask an Oracle database for its role. No connection is made yet.
func OpenRole(c Config) (*Role, error) {
	c.PoolSize = 1
	db, err := openOracleDB(c)
	return &Role{db}, err
}

// oracleGround migrates Oracle: its catalog views say what exists.
type oracleGround struct{ db *sql.DB }

// oracleCatalog has a query for each kind of object. The catalog keeps names
// that were not quoted in upper case.
var oracleCatalog = map[string]string{
	madeTable:      `SELECT COUNT(*) FROM user_tables WHERE table_name = UPPER(:name) AND (:tab IS NULL OR table_name = UPPER(:tab))`,
	madeIndex:      `SELECT COUNT(*) FROM user_indexes WHERE index_name = UPPER(:name) AND (:tab IS NULL OR table_name = UPPER(:tab))`,
	madeSequence:   `SELECT COUNT(*) FROM user_sequences WHERE sequence_name = UPPER(:name) AND (:tab IS NULL OR 1 = 1)`,
	madeColumn:     `SELECT COUNT(*) FROM user_tab_columns WHERE column_name = UPPER(:name) AND table_name = UPPER(:tab)`,
	madeConstraint: `SELECT COUNT(*) FROM user_constraints WHERE constraint_name = UPPER(:name) AND table_name = UPPER(:tab)`,
}

func (g oracleGround) exists(ctx context.Context, o object) (bool, error) {
	var n int
	err := g.db.QueryRowContext(ctx, oracleCatalog[o.kind], sql.Named("name", o.name), sql.Named("tab", o.on)).Scan(&n)
	return n > 0, err
}

func (g oracleGround) lock(ctx context.Context) (func() error, error) { return rowLock(ctx, g.db) }
func (oracleGround) text(s Step) string                               { return s.Oracle }
func (oracleGround) learn(string) error                               { return nil }
func (oracleGround) Close() error                                     { return nil }

func openOracleMigrator(ctx context.Context, c Config) (*sql.DB, ground, error) {
	c.PoolSize = max(c.PoolSize, 2) // one holds the lock while the other works
	db, err := openOracleDB(c)
	if err != nil {
		return nil, nil, err
	}
	if err := explainOracle(db.PingContext(ctx)); err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("open Oracle: %w", err)
	}
	return db, oracleGround{db}, nil
}
