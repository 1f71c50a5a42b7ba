//go:build oracle

package oracle

import (
	"errors"
	"testing"
	"time"

	"github.com/godror/godror"

	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// migrate brings the schema up and returns how many steps that took.
func migrate(t *testing.T, c sqlstore.Config) int {
	t.Helper()
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	n, err := m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatalf("after %d steps: %v", n, err)
	}
	return n
}

func TestMigrationsRunOnceAndThenNoMore(t *testing.T) {
	c, db := database(t)
	empty(t, db)
	steps, err := sqlstore.Steps(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	if n := migrate(t, c); n != len(steps) {
		t.Errorf("the first run did %d steps of %d", n, len(steps))
	}
	if n := migrate(t, c); n != 0 {
		t.Errorf("the second run did %d steps", n)
	}
	if invalid := query(t, db, `SELECT object_name FROM user_objects WHERE status <> 'VALID'`); len(invalid) > 0 {
		t.Errorf("invalid objects: %v", invalid)
	}
}

// Oracle parses each statement against the schema, as it would to run it.
func TestOracleParsesEveryStatement(t *testing.T) {
	c, db := database(t)
	empty(t, db)
	migrate(t, c)
	for _, st := range sqlstore.Statements() {
		t.Run(st.Name, func(t *testing.T) {
			if _, err := db.ExecContext(t.Context(), st.Text, godror.ParseOnly()); err != nil {
				t.Errorf("%v\n%s", err, st.Text)
			}
		})
	}
}
