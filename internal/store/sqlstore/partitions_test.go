package sqlstore

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/store/orasql"
	migrations "tradewind/sql"
)

// mayCross lists the statements that look into every partition of a table cut
// by time, and why. All others say the time.
var mayCross = map[string]string{
	"orders.page":                 "checks and exports read everything, by the primary key",
	"orders.unpaid":               "the index of unpaid orders is small",
	"orders.by_number":            "a number has no time; one row of a global index",
	"orders.by_number_in_state":   "as above",
	"orders.of_email":             "lists of staff, by a global index and bounds of the id",
	"orders.of_email_in_state":    "as above",
	"orders.with_sku":             "as above",
	"orders.with_sku_in_state":    "as above",
	"orders.newest":               "as above",
	"orders.newest_in_state":      "as above",
	"orders.of_customer":          "orders of all times are a customer's own, by a global index and bounds of the id",
	"orders.of_customer_in_state": "as above",
	"orders.claim":                "orders of all times with an address that was proven, by a global index",
	"pick_list.missing":           "orders that wait to be sent are few, by a global index",
	"outbox.waiting":              "the index of events that are not done is small",
	"outbox.due":                  "the index of pending events is small",
	"outbox.dead":                 "dead letters are looked for by hand",
	"outbox.pending":              "at most 10,000 rows of the index of pending events",
	"outbox.dead_count":           "as above",
	"outbox.old":                  "the purge of the oldest, from the start of the primary key",
	"outbox.delete":               "as above",
	"audit_entry.page":            "verification reads a whole chain",
	"reservation.strays":          "verification reads everything",
	"reservation.over":            "verification reads everything",
}

// timeCuts returns the tables that are partitioned by ranges of a column of time.
func timeCuts(t *testing.T) map[string]string {
	t.Helper()
	steps, err := Steps(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	cut := map[string]string{}
	for _, s := range steps {
		parsed, err := orasql.ParseOracle(s.Oracle)
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		table, cuts := parsed.Cuts()
		for _, c := range cuts {
			if c.Kind == "RANGE" {
				cut[table] = c.Column
			}
		}
	}
	return cut
}

// Every statement on a table that Oracle cuts by time says the time, so that
// it looks into one partition.
func TestHotStatementsCarryThePartitionKey(t *testing.T) {
	cut := timeCuts(t)
	for _, table := range []string{"orders", "order_line", "outbox", "audit_entry"} {
		if cut[table] == "" {
			t.Errorf("%s is not partitioned by time", table)
		}
	}
	for _, st := range Statements() {
		for table, column := range cut {
			names := regexp.MustCompile(`(?i)\b(FROM|JOIN|UPDATE)\s+` + table + `\b`)
			if !names.MatchString(st.Text) {
				continue
			}
			_, where, _ := strings.Cut(st.Text, "WHERE")
			says := regexp.MustCompile(`\b` + column + `\s*(=|>=|<=|<|>|BETWEEN)`).MatchString(where)
			if says && mayCross[st.Name] != "" {
				t.Errorf("%s says the time; take it off the list", st.Name)
			}
			if !says && mayCross[st.Name] == "" {
				t.Errorf("%s looks into every partition of %s: it does not say %s", st.Name, table, column)
			}
		}
	}
}

// Only months that have partitions of their own are dropped, by a text that Oracle's grammar takes.
func TestAMonthThatIsDroppedHasPartitionsOfItsOwn(t *testing.T) {
	text, err := migrations.FS.ReadFile("0005_orders.sql")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "VALUES LESS THAN (TIMESTAMP '"+firstPartition.Format("2006-01-02 15:04:05")+" +00:00')"); n != 2 {
		t.Errorf("%d tables have their first partition end at %v", n, firstPartition)
	}
	want := "ALTER TABLE orders DROP PARTITION FOR (TIMESTAMP '2026-03-01 00:00:00 +00:00') UPDATE INDEXES"
	got := dropPartition("orders", firstPartition.AddDate(0, 2, 0))
	if _, err := orasql.ParseOracle(got); err != nil || got != want {
		t.Errorf("%s: %v", got, err)
	}
}

// Orders and their lines are cut by region within the time.
func TestOrdersAreCutByRegionToo(t *testing.T) {
	steps, err := Steps(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	want := []orasql.Cut{{Kind: "RANGE", Column: "placed_at"}, {Kind: "LIST", Column: "region"}}
	for _, name := range []string{"orders", "order_line"} {
		found := false
		for _, s := range steps {
			parsed, err := orasql.ParseOracle(s.Oracle)
			if err != nil {
				t.Fatal(err)
			}
			if table, cuts := parsed.Cuts(); table == name {
				found = slices.Equal(cuts, want)
			}
		}
		if !found {
			t.Errorf("%s is not cut by %v", name, want)
		}
	}
}
