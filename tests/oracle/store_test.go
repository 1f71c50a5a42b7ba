//go:build oracle

package oracle

import (
	"testing"

	"tradewind/internal/store"
	"tradewind/internal/store/oracletest"
	"tradewind/internal/store/sqlstore"
	"tradewind/internal/store/storetest"
	migrations "tradewind/sql"
)

// opener gives a test an empty shop. Tests that use it run one after another:
// there is one schema.
func opener(tb testing.TB) store.DB {
	c, _ := oracletest.Schema(tb)
	shop, err := sqlstore.Open(tb.Context(), c, migrations.FS, sqlstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := shop.Close(); err != nil {
			tb.Error(err)
		}
	})
	return shop
}

func TestStores(t *testing.T) {
	oracletest.Given(t) // skips the whole test, not each part of it
	storetest.Run(t, opener)
}

func TestRaces(t *testing.T) {
	oracletest.Given(t)
	storetest.Races(t, opener, 10)
}
