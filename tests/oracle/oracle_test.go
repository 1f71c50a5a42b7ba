//go:build oracle

package oracle

import (
	"testing"

	"github.com/godror/godror"

	"tradewind/internal/store/oracletest"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

func TestMigrationsRunOnceAndThenNoMore(t *testing.T) {
	c, db := oracletest.Given(t)
	oracletest.Empty(t, db)
	steps, err := sqlstore.Steps(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	if n := oracletest.Migrate(t, c); n != len(steps) {
		t.Errorf("the first run did %d steps of %d", n, len(steps))
	}
	if n := oracletest.Migrate(t, c); n != 0 {
		t.Errorf("the second run did %d steps", n)
	}
	if invalid := oracletest.Query(t, db, `SELECT object_name FROM user_objects WHERE status <> 'VALID'`); len(invalid) > 0 {
		t.Errorf("invalid objects: %v", invalid)
	}
}

// Oracle parses each statement against the schema, as it would to run it.
func TestOracleParsesEveryStatement(t *testing.T) {
	_, db := oracletest.Schema(t)
	for _, st := range sqlstore.Statements() {
		t.Run(st.Name, func(t *testing.T) {
			if _, err := db.ExecContext(t.Context(), st.Text, godror.ParseOnly()); err != nil {
				t.Errorf("%v\n%s", err, st.Text)
			}
		})
	}
}
