package publishing_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// The table of docs/events.md says what the schemas say.
func TestTheGuideListsEveryTypeAsItsSchemaHasIt(t *testing.T) {
	text, err := os.ReadFile("../../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `") && strings.Contains(line, ".v") {
			rows[strings.TrimSpace(line)] = true
		}
	}
	for name, schema := range schemaFiles(t) {
		if name == "envelope" {
			continue
		}
		required, _ := schema["required"].([]any)
		properties := schema["properties"].(map[string]any)
		var fields []string
		for _, field := range slices.Sorted(maps.Keys(properties)) {
			if !slices.Contains(required, any(field)) {
				field += "?"
			}
			fields = append(fields, field)
		}
		row := fmt.Sprintf("| `%s` | %s | %s |", name, schema["description"], strings.Join(fields, ", "))
		if !rows[row] {
			t.Errorf("the table lacks\n%s", row)
		}
		delete(rows, row)
	}
	for row := range rows {
		t.Errorf("of no schema is\n%s", row)
	}
}
