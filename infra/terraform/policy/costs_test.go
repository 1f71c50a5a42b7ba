package policy

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// The table of docs/deploy.md is made of the plans.
func TestTheGuideTellsWhatThePlansCost(t *testing.T) {
	var table strings.Builder
	table.WriteString("| environment | database | cluster | nodes | volumes of nodes | load balancer | a month, at least |\n|---|---|---|---|---|---|---|\n")
	other := map[string]bool{}
	for _, name := range []string{"dev-region", "staging-region", "prod-primary", "prod-standby", "console-free", "console-standard"} {
		c := Costs(plan(t, name))
		fmt.Fprintf(&table, "| `%s` |", name)
		for _, what := range []string{"database", "cluster", "nodes", "volumes of nodes", "load balancer"} {
			fmt.Fprintf(&table, " %.0f |", c.Lines[what])
		}
		fmt.Fprintf(&table, " **%.0f** |\n", c.Sum())
		if len(c.Lines) != 5 {
			t.Errorf("%s: %v", name, c.Lines)
		}
		for _, u := range c.Unpriced {
			other[u] = true
		}
	}
	text, err := os.ReadFile("../../../docs/deploy.md")
	if err != nil || !strings.Contains(string(text), table.String()) {
		t.Errorf("docs/deploy.md does not have this table (%v):\n%s", err, table.String())
	}
	if list := strings.Join(slices.Sorted(maps.Keys(other)), ", "); !strings.Contains(string(text), list) {
		t.Errorf("docs/deploy.md does not name what is not counted: %s", list)
	}
}
