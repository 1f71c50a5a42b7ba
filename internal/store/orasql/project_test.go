package orasql

import (
	"os"
	"path/filepath"
	"testing"
)

// The project's own migrations stay inside the subset.
func TestMigrations(t *testing.T) {
	files, _ := filepath.Glob("../../../sql/*.sql")
	if len(files) == 0 {
		t.Fatal("there are no migrations")
	}
	c := NewCatalog()
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := SplitScript(string(text))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, s := range steps {
			if _, err := ParseOracle(s.Oracle); err != nil {
				t.Errorf("%s:%d for Oracle: %v", f, s.Line, err)
			}
			if s.Shared == "" {
				continue
			}
			st, err := Parse(s.Shared)
			if err != nil {
				t.Errorf("%s:%d: %v", f, s.Line, err)
				continue
			}
			for _, d := range []Dialect{SQLite, Postgres} {
				if _, err := c.Emit(st, d); err != nil {
					t.Errorf("%s:%d: %v", f, s.Line, err)
				}
			}
			if st.Kind().IsDDL() {
				if err := c.Apply(st); err != nil {
					t.Errorf("%s:%d: %v", f, s.Line, err)
				}
			}
		}
	}
}
