package sqlstore

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"tradewind/internal/platform/fault"
	"tradewind/internal/store/pgtest"
)

// A place to migrate: open makes migrators of one database, schema tells what
// is in it.
type migrationPlace struct {
	open   func(fsys fs.FS) *Migrator
	schema func() []string
}

// onBothPlaces runs a test with a maker of fresh databases of each engine.
func onBothPlaces(t *testing.T, test func(t *testing.T, fresh func() migrationPlace)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func() migrationPlace {
			c := sqliteConfig(t)
			return place(t, func(fsys fs.FS) *Migrator {
				m, err := OpenMigrator(t.Context(), c, fsys, fixedNow)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}, func(m *Migrator) *sql.DB { return m.on.(*sqliteGround).plain },
				`SELECT COALESCE(sql, name) FROM sqlite_master ORDER BY name`)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, func() migrationPlace {
			dsn := pgtest.Open(t)
			return place(t, func(fsys fs.FS) *Migrator { return postgresMigrator(t, dsn, fsys) },
				func(m *Migrator) *sql.DB { return m.on.(postgresGround).plain },
				`SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public'
				UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`)
		})
	})
}

func place(t *testing.T, open func(fs.FS) *Migrator, plain func(*Migrator) *sql.DB, describe string) migrationPlace {
	return migrationPlace{
		open: func(fsys fs.FS) *Migrator {
			m := open(fsys)
			t.Cleanup(func() { m.Close() })
			return m
		},
		schema: func() (all []string) {
			m := open(smallShop)
			defer m.Close()
			r, err := plain(m).QueryContext(t.Context(), describe)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for r.Next() {
				var s string
				if err := r.Scan(&s); err != nil {
					t.Fatal(err)
				}
				all = append(all, s)
			}
			return all
		},
	}
}

func up(t *testing.T, m *Migrator, want int) {
	t.Helper()
	if n, err := m.Up(t.Context()); n != want || err != nil {
		t.Fatalf("Up() = %d, %v; want %d", n, err, want)
	}
}

func TestMigrationGoesOnWhereItBroke(t *testing.T) {
	steps, err := Steps(smallShop)
	if err != nil {
		t.Fatal(err)
	}
	killed := errors.New("killed")
	onBothPlaces(t, func(t *testing.T, fresh func() migrationPlace) {
		straight := fresh()
		up(t, straight.open(smallShop), len(steps))
		want := straight.schema()
		for at := range steps {
			p := fresh()
			m := p.open(smallShop)
			m.ran = func(s Step) error {
				if s.key() == steps[at].key() {
					return killed
				}
				return nil
			}
			if n, err := m.Up(t.Context()); !errors.Is(err, killed) || n != at {
				t.Fatalf("killed at %v: Up() = %d, %v", steps[at], n, err)
			}
			up(t, p.open(smallShop), len(steps)-at)
			if got := p.schema(); !slices.Equal(got, want) {
				t.Errorf("after a kill at %v the schema is\n%s\nwant\n%s", steps[at], strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			up(t, p.open(smallShop), 0)
		}
	})
}

func TestMigratingTwiceDoesNothing(t *testing.T) {
	onBothPlaces(t, func(t *testing.T, fresh func() migrationPlace) {
		p := fresh()
		m := p.open(smallShop)
		up(t, m, 5)
		up(t, m, 0)
		up(t, p.open(smallShop), 0)
	})
}

func TestStatusTellsWhatIsDone(t *testing.T) {
	onBothPlaces(t, func(t *testing.T, fresh func() migrationPlace) {
		p := fresh()
		first := fstest.MapFS{"0001_stock.sql": smallShop["0001_stock.sql"]}
		done := func(want int) {
			t.Helper()
			list, err := p.open(smallShop).Status(t.Context())
			if err != nil || len(list) != 5 {
				t.Fatalf("Status() = %v, %v", list, err)
			}
			n := 0
			for _, s := range list {
				if s.At.Equal(fixedNow()) {
					n++
				} else if !s.At.IsZero() {
					t.Errorf("%v was applied at %v", s.Step, s.At)
				}
			}
			if n != want {
				t.Errorf("%d steps are done, want %d", n, want)
			}
		}
		done(0)
		up(t, p.open(first), 2)
		done(2)
		up(t, p.open(smallShop), 3)
		done(5)
	})
}

func TestChangedTextIsRefused(t *testing.T) {
	changed := fstest.MapFS{
		"0001_stock.sql": {Data: bytes.Replace(smallShop["0001_stock.sql"].Data, []byte("VARCHAR2(20 CHAR)"), []byte("VARCHAR2(30 CHAR)"), 1)},
		"0002_sale.sql":  smallShop["0002_sale.sql"],
	}
	onBothPlaces(t, func(t *testing.T, fresh func() migrationPlace) {
		p := fresh()
		up(t, p.open(smallShop), 5)
		before := p.schema()
		n, err := p.open(changed).Up(t.Context())
		if n != 0 || fault.Code(err) != "migration-changed" || !strings.Contains(err.Error(), "0001_stock step 1") {
			t.Errorf("Up() = %d, %v", n, err)
		}
		if !slices.Equal(before, p.schema()) {
			t.Error("the schema was changed")
		}
	})
}

func TestOneMigratorAtATime(t *testing.T) {
	onBothPlaces(t, func(t *testing.T, fresh func() migrationPlace) {
		p := fresh()
		first, second := p.open(smallShop), p.open(smallShop)
		first.ran = func(s Step) error {
			if s.Number == 1 {
				if n, err := second.Up(t.Context()); n != 0 || fault.Code(err) != "migration-running" {
					t.Errorf("a second migrator did %d steps and got %v", n, err)
				}
			}
			return nil
		}
		up(t, first, 5)
		up(t, second, 0)
	})
}

func TestMigratorsAtOnce(t *testing.T) {
	onBothPlaces(t, func(t *testing.T, fresh func() migrationPlace) {
		p := fresh()
		var all sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for range 4 {
			m := p.open(smallShop)
			all.Go(func() {
				n, err := m.Up(t.Context())
				if err != nil && fault.Code(err) != "migration-running" {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				total += n
			})
		}
		all.Wait()
		if total != 5 {
			t.Errorf("all together did %d steps, want each of 5 once", total)
		}
		up(t, p.open(smallShop), 0)
	})
}

func TestPlanHasTheOracleOnlyParts(t *testing.T) {
	plan, err := Plan(smallShop)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"CREATE TABLE schema_step", "PARTITION BY RANGE (sold_at)", "-- 0002_sale step 3", "ALTER TABLE mug ADD"} {
		if !strings.Contains(plan, part) {
			t.Errorf("the plan lacks %q:\n%s", part, plan)
		}
	}
}

func TestObjectsOfStatements(t *testing.T) {
	tests := map[string]object{
		`CREATE TABLE Orders (id NUMBER(9))`:                {madeTable, "orders", ""},
		"-- a comment\n/* and\nanother */ CREATE TABLE a":   {madeTable, "a", ""},
		`CREATE IMMUTABLE TABLE audit_entry (id NUMBER(9))`: {madeTable, "audit_entry", ""},
		`CREATE UNIQUE INDEX a_ix ON a (b)`:                 {madeIndex, "a_ix", ""},
		"CREATE INDEX\n  a_ix ON a (b) LOCAL":               {madeIndex, "a_ix", ""},
		`CREATE SEQUENCE s START WITH 1`:                    {madeSequence, "s", ""},
		`ALTER TABLE a ADD (b NUMBER(9))`:                   {madeColumn, "b", "a"},
		`ALTER TABLE a ADD b NUMBER(9)`:                     {madeColumn, "b", "a"},
		`ALTER TABLE a ADD CONSTRAINT a_uk UNIQUE (b)`:      {madeConstraint, "a_uk", "a"},
		`ALTER TABLE a ADD (CONSTRAINT a_uk UNIQUE (b))`:    {madeConstraint, "a_uk", "a"},
		`ALTER TABLE a DROP CONSTRAINT a_uk`:                {dropped + madeConstraint, "a_uk", "a"},
		`ALTER TABLE a DROP COLUMN b`:                       {dropped + madeColumn, "b", "a"},
		`ALTER TABLE a DROP (b)`:                            {dropped + madeColumn, "b", "a"},
		`DROP TABLE a`:                                      {dropped + madeTable, "a", ""},
		`DROP INDEX a_ix`:                                   {dropped + madeIndex, "a_ix", ""},
		`DROP SEQUENCE s`:                                   {dropped + madeSequence, "s", ""},
	}
	for text, want := range tests {
		if got, ok := objectOf(text); !ok || got != want {
			t.Errorf("objectOf(%s) = %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{`ALTER TABLE a MODIFY (b NUMBER(12))`, `COMMENT ON TABLE a IS 'x'`, `GRANT SELECT ON a TO b`} {
		if got, ok := objectOf(text); ok {
			t.Errorf("objectOf(%s) = %+v: it may run twice", text, got)
		}
	}
}
