//go:build !cgo

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
)

var errNoCgo = errors.New("this program was built without cgo and cannot open Oracle; build it with CGO_ENABLED=1 and a C compiler, or use -db.engine=sqlite, which needs neither")

func openOracle(context.Context, Config, func(Call)) (engine, error) { return nil, errNoCgo }

func openOracleMigrator(context.Context, Config) (*sql.DB, ground, error) { return nil, nil, errNoCgo }

// OpenRole prepares to ask an Oracle database for its role. No connection is made yet.
func OpenRole(Config) (*Role, error) { return nil, errNoCgo }
