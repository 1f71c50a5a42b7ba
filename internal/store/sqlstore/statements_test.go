package sqlstore

import (
	"testing"

	"tradewind/internal/store/orasql"
	migrations "tradewind/sql"
)

// Every SQL text of the program is in the subset, names tables, columns and
// binds that exist, and has a translation for both engines.
func TestEveryStatementPassesTheGate(t *testing.T) {
	cat, err := Catalog(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	if len(Statements()) < 100 {
		t.Fatalf("only %d statements are listed", len(Statements()))
	}
	for _, st := range Statements() {
		t.Run(st.Name, func(t *testing.T) {
			parsed, err := orasql.Parse(st.Text)
			if err != nil {
				t.Fatalf("%v\n%s", err, st.Text)
			}
			if err := cat.Check(parsed); err != nil {
				t.Fatalf("%v\n%s", err, st.Text)
			}
			for _, d := range []orasql.Dialect{orasql.SQLite, orasql.Postgres} {
				if e, err := cat.Emit(parsed, d); err != nil || len(e.SQL) != 1 {
					t.Errorf("emit for %v: %v\n%s", d, err, st.Text)
				}
			}
		})
	}
}
