package sqlstore

import (
	"errors"
	"path/filepath"
	"testing"

	"tradewind/internal/store"
	migrations "tradewind/sql"
)

// OpenShops opens an empty database with the shop's schema on each engine that
// can run here, by name. The test that opens one closes it at its end.
var OpenShops = map[string]func(t testing.TB) store.DB{
	"sqlite": func(t testing.TB) store.DB {
		c := Config{Engine: EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 8}
		m, err := OpenMigrator(t.Context(), c, migrations.FS, fixedNow)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Up(t.Context())
		if err = errors.Join(err, m.Close()); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), c, migrations.FS, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	},
	"postgres": func(t testing.TB) store.DB { return newDB(openPostgres(t, migrations.FS), nil) },
}
