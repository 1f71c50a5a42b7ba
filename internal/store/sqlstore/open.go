package sqlstore

import (
	"context"
	"io/fs"
)

// openEngine opens the database that c describes. Its schema must be what the
// migrations at the root of fsys make: see Migrator. observe, if not nil, is
// told of every statement.
func openEngine(ctx context.Context, c Config, fsys fs.FS, observe func(Call)) (engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Engine == EngineOracle {
		return openOracle(ctx, c, observe)
	}
	cat, err := Catalog(fsys)
	if err != nil {
		return nil, err
	}
	return openSQLite(ctx, c, cat, observe)
}
