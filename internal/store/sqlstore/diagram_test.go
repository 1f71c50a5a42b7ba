package sqlstore

import (
	"os"
	"regexp"
	"strings"
	"testing"

	migrations "tradewind/sql"
)

var (
	diagramEdge  = regexp.MustCompile(`^\s*(\w+) [|}o]{2}--[|{o]{2} (\w+) :`)
	diagramTable = regexp.MustCompile(`^\s*(\w+) \{$`)
	diagramField = regexp.MustCompile(`^\s*(\w+) (\w+)( PK| FK)?$`)
)

// The diagram of docs/data-model.md speaks of tables and columns that there are,
// and its keys are keys.
func TestTheDiagramShowsRealTables(t *testing.T) {
	text, err := os.ReadFile("../../../docs/data-model.md")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := Catalog(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(text), "erDiagram\n")
	diagram, _, ends := strings.Cut(rest, "```")
	if !begins || !ends {
		t.Fatal("there is no diagram")
	}
	table, seen := "", 0
	for line := range strings.SplitSeq(diagram, "\n") {
		if m := diagramEdge.FindStringSubmatch(line); m != nil {
			for _, name := range m[1:] {
				if seen++; cat.Table(name) == nil {
					t.Errorf("there is no table %s", name)
				}
			}
		} else if m := diagramTable.FindStringSubmatch(line); m != nil {
			if table = m[1]; cat.Table(table) == nil {
				t.Fatalf("there is no table %s", table)
			}
		} else if m := diagramField.FindStringSubmatch(line); m != nil {
			if seen++; cat.Table(table).Column(m[2]) == nil {
				t.Errorf("%s has no column %s", table, m[2])
			}
		}
	}
	if seen < 100 {
		t.Errorf("the diagram shows %d things only", seen)
	}
}
