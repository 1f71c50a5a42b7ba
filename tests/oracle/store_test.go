//go:build oracle

package oracle

import (
	"testing"

	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	"tradewind/internal/store/storetest"
	migrations "tradewind/sql"
)

// opener gives a test an empty shop. Tests that use it run one after another:
// there is one schema.
func opener(t *testing.T) store.DB {
	c, db := database(t)
	empty(t, db)
	migrate(t, c)
	shop, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shop.Close(); err != nil {
			t.Error(err)
		}
	})
	return shop
}

func TestStores(t *testing.T) {
	database(t) // skips the whole test, not each part of it
	storetest.Run(t, func(tb testing.TB) store.DB { return opener(tb.(*testing.T)) })
}

func TestRaces(t *testing.T) {
	database(t)
	storetest.Races(t, func(tb testing.TB) store.DB { return opener(tb.(*testing.T)) }, 10)
}
