package sqlstore

import (
	"database/sql"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/store/orasql"
	migrations "tradewind/sql"
)

// mayScan lists the statements that may read a whole table, and why.
var mayScan = map[string]string{
	"category.all":                  "the tree is small and read whole",
	"attribute_def.all":             "as the tree",
	"collection.rules":              "there are few, and each is looked at",
	"product.stamp":                 "one row from the end of an index",
	"promotion.ids":                 "a page of the primary key",
	"promotion.page":                "a page of the primary key",
	"shipping_rate.page":            "a page of the primary key",
	"promotion.miscounted":          "verification reads everything",
	"promotion_code.miscounted":     "verification reads everything",
	"promotion_customer.miscounted": "verification reads everything",
	"invoice_series.gaps":           "verification reads everything",
	"reservation.sums":              "verification reads everything",
	"bundle_item.wrong":             "verification reads everything",
	"reservation.strays":            "verification reads everything",
	"reservation.over":              "verification reads everything",
	"stock_take.page":               "a page of the primary key",
	"stock_policy.page":             "a page of the primary key",
	"schema.applied":                "a row for each migration step",
	"outbox.pending":                "at most 10,000 rows of an index",
	"outbox.dead_count":             "at most 10,000 rows of an index",
	"outbox.dead":                   "dead letters are looked for by hand",
	"queue_letter.all":              "a page of the primary key",
	"queue_letter.count":            "at most 10,000 rows of an index",
	"queue_job.depth":               "at most 10,000 rows of an index",
	"queue_job.hidden":              "at most 10,000 rows of an index",
	"category.above":                "the steps of a recursion",
	"shop_role.all":                 "a shop has a handful of roles",
	"setting.all":                   "there are a handful, and all are wanted",
	"staff.page":                    "a page of the primary key",
	"orders.page":                   "a page of the primary key",
	"product.page":                  "a page of the primary key",
	"product.rows":                  "a page of the primary key",
	"location.all":                  "there are few and all are wanted",
	"stock.bound":                   "a page of the primary key",
	"fact_part.all":                 "a log has a handful of partitions",
	"fact_group.names":              "a log has a handful of groups",
	"orders.next_number":            "a sequence has no table",
	"an_part.all_due":               "an export to another place begins with everything",
	"an_product.page":               "a page of the primary key",
}

var scansTable = regexp.MustCompile(`\bSCAN \w+`)

// Every statement finds its rows through an index; lists come out of their
// index in order.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	c := Config{Engine: EngineSQLite, Path: filepath.Join(t.TempDir(), "plans.db"), PoolSize: 1}
	m, err := OpenMigrator(t.Context(), c, migrations.FS, fixedNow)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	cat, err := Catalog(migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, st := range Statements() {
		parsed, err := orasql.Parse(st.Text)
		if err != nil {
			t.Fatal(err)
		}
		if err := cat.Check(parsed); err != nil {
			t.Fatal(err)
		}
		e, err := cat.Emit(parsed, orasql.SQLite)
		if err != nil {
			t.Fatal(err)
		}
		plan := planOf(t, db, e)
		for _, step := range plan {
			if scansTable.MatchString(step) && mayScan[st.Name] == "" {
				t.Errorf("%s: %s", st.Name, step)
			}
		}
		if (strings.HasPrefix(st.Name, "listing.") || strings.Contains(st.Name, ".rows")) && slices.ContainsFunc(plan, func(s string) bool { return strings.Contains(s, "TEMP B-TREE") }) {
			t.Errorf("%s is sorted: %v", st.Name, plan)
		}
	}
}

func planOf(t *testing.T, db *sql.DB, e *orasql.Emitted) (plan []string) {
	t.Helper()
	args := make([]any, len(e.Binds)+len(e.Sequences))
	for i := range args {
		args[i] = 1
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN "+e.SQL[0], args...)
	if err != nil {
		t.Fatalf("%v: %s", err, e.SQL[0])
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	return plan
}
