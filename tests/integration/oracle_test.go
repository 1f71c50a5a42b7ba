//go:build oracle

package integration

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/app"
	"tradewind/internal/demo"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/service/account"
	"tradewind/internal/store/oracletest"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

func init() { onOracle = shopOnOracle }

// inUse is the folder of the shop that has the one schema.
var inUse string

// shopOnOracle gives the shop of a folder the schema, seeded; the program that
// comes back to it finds what was left. A test that wants two shops is skipped.
func shopOnOracle(t testing.TB, dir string, c *app.Config) {
	given, _ := oracletest.Given(t)
	given.Module = c.DB.Module
	c.DB = given
	switch inUse {
	case dir:
		return
	case "":
	default:
		t.Skip("Oracle has one schema for tests, and this one opens two shops")
	}
	inUse = dir
	t.Cleanup(func() { inUse = "" })
	_, db := oracletest.Schema(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// The copied index is that of another catalogue; fill makes a new one.
	index, err := filepath.Glob(filepath.Join(dir, "search.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range index {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	shop, err := sqlstore.Open(t.Context(), c.DB, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	_, err = demo.Seed(t.Context(), shop, demo.Options{Roles: account.StandardRoles(httpapi.Permissions()), Now: now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }})
	if err != nil {
		t.Fatal(err)
	}
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
}
