package oraemu

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"tradewind/internal/store/orasql"
)

// statementsPerConnection bounds the prepared statements one connection keeps.
// SQLite's take some 8 KB each.
const statementsPerConnection = 128

// Connector opens connections that take Oracle's SQL.
type Connector struct {
	inner  driver.Connector
	shared *shared
}

// NewConnector returns a connector whose connections take Oracle's SQL and run
// it on inner, which must be of the dialect's driver: modernc.org/sqlite or
// pgx's stdlib. Texts are checked against cat, which from then on belongs to
// the connector: DDL run through a connection is applied to it.
func NewConnector(inner driver.Connector, cat *orasql.Catalog, d orasql.Dialect) *Connector {
	return &Connector{inner: inner, shared: &shared{dialect: d, catalog: cat,
		limit: statementsPerConnection, plans: map[string]*plan{}}}
}

// Learn tells the connector's catalog about DDL that the database has already,
// from an earlier run of a migration.
func (c *Connector) Learn(ddl string) error {
	if strings.TrimSpace(ddl) == "" {
		return nil
	}
	stmt, err := orasql.Parse(ddl)
	if err != nil {
		return err
	}
	if !stmt.Kind().IsDDL() {
		return nil
	}
	return c.shared.applied(stmt)
}

// Driver implements driver.Connector.
func (c *Connector) Driver() driver.Driver { return refuseDSN{} }

// refuseDSN stands where database/sql wants a Driver. Without a catalog there
// is nothing it could open.
type refuseDSN struct{}

func (refuseDSN) Open(string) (driver.Conn, error) {
	return nil, fmt.Errorf("oraemu: use NewConnector")
}

// Connect implements driver.Connector.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.inner.Connect(ctx)
	if err != nil {
		return nil, translateConnect(err)
	}
	n := &conn{inner: inner, shared: c.shared, cache: cache{limit: c.shared.limit}}
	var whole bool
	if n.execer, whole = inner.(driver.ExecerContext); whole {
		n.queryer, whole = inner.(driver.QueryerContext)
	}
	if whole {
		n.preparer, whole = inner.(driver.ConnPrepareContext)
	}
	if !whole {
		inner.Close()
		return nil, fmt.Errorf("oraemu: %T lacks the context methods of database/sql/driver", inner)
	}
	return n, nil
}
