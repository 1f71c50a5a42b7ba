package sqlstore

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tradewind/internal/store/orasql"
	migrations "tradewind/sql"
)

var view = regexp.MustCompile(`(?s)CREATE OR REPLACE VIEW (v_[a-z_]+) AS\n(SELECT .*?);\n`)

// The views of sql/reports are queries in the subset over tables and columns that
// there are, and run on the embedded database.
func TestViewsForReportsPassTheGateAndRun(t *testing.T) {
	text, err := os.ReadFile("../../../sql/reports/views.sql")
	if err != nil {
		t.Fatal(err)
	}
	views := view.FindAllStringSubmatch(string(text), -1)
	if len(views) != strings.Count(string(text), "CREATE") || len(views) < 7 {
		t.Fatalf("%d views", len(views))
	}
	cat, err := Catalog(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Engine: EngineSQLite, Path: filepath.Join(t.TempDir(), "views.db"), PoolSize: 1}
	m, err := OpenMigrator(t.Context(), c, migrations.FS, fixedNow)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, v := range views {
		st, err := orasql.Parse(v[2])
		if err == nil {
			err = cat.Check(st)
		}
		if err != nil {
			t.Errorf("%s: %v", v[1], err)
			continue
		}
		e, err := cat.Emit(st, orasql.SQLite)
		if err != nil {
			t.Errorf("%s: %v", v[1], err)
			continue
		}
		rows, err := db.Query(e.SQL[0])
		if err != nil {
			t.Errorf("%s: %v\n%s", v[1], err, e.SQL[0])
			continue
		}
		rows.Close()
	}
}
