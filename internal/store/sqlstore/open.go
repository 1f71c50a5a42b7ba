package sqlstore

import (
	"context"
	"io/fs"
)

// openEngine opens the database that c describes. Its schema must be what the
// migrations at the root of fsys make: see Migrator.
func openEngine(ctx context.Context, c Config, fsys fs.FS, o Options) (engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	e, err := openWritable(ctx, c, fsys, o)
	if err == nil && c.ReadOnly {
		e = readOnly{e}
	}
	return e, err
}

func openWritable(ctx context.Context, c Config, fsys fs.FS, o Options) (engine, error) {
	if c.Engine == EngineOracle {
		return openOracle(ctx, c, o.Observe)
	}
	cat, err := Catalog(fsys)
	if err != nil {
		return nil, err
	}
	return openSQLite(ctx, c, cat, o)
}
