package pgtest

import (
	"database/sql"
	"testing"
)

func TestEachDatabaseIsFresh(t *testing.T) {
	for range 2 {
		db, err := sql.Open("pgx", Open(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("CREATE TABLE once (id bigint)"); err != nil {
			t.Error(err)
		}
		var collation string
		if err := db.QueryRow("SELECT datcollate FROM pg_database WHERE datname = current_database()").Scan(&collation); err != nil {
			t.Fatal(err)
		}
		if collation != "C" {
			t.Errorf("collation = %s, want C: Oracle sorts by bytes", collation)
		}
	}
}
