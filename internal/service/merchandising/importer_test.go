package merchandising_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shelf is an empty catalogue to import into.
type shelf struct {
	db  *sqlstore.DB
	ids int
	bad []string
	did map[string][]string // slug to differences
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "t.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &shelf{db: db}
}

// load imports a source and returns what the importer says it did.
func (s *shelf) load(t *testing.T, source merchandising.Source, dryRun bool) merchandising.Summary {
	t.Helper()
	s.bad, s.did = nil, map[string][]string{}
	im := merchandising.Importer{DB: s.db, Now: func() time.Time { return noon }, Category: "Imported", DryRun: dryRun,
		NewID: func() string { s.ids++; return fmt.Sprintf("00000000-0000-7000-8000-%012d", s.ids) },
		Each:  func(c merchandising.Change) { s.did[c.Slug] = c.Differences },
		Bad:   func(e *merchandising.RowError) { s.bad = append(s.bad, e.Error()) }}
	sum, err := im.Run(t.Context(), source)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return sum
}

func (s *shelf) products(t *testing.T) []catalog.Product {
	t.Helper()
	list, err := s.db.Read().Catalog.Page(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// text is the whole catalogue in a form that can be compared.
func (s *shelf) text(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(s.products(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func csvFile(t *testing.T, text string) merchandising.Source {
	t.Helper()
	s, err := merchandising.NewShopify(strings.NewReader(text), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestASecondRunChangesNothing(t *testing.T) {
	s, file := newShelf(t), read(t, "testdata/shop.csv")
	if sum := s.load(t, csvFile(t, file), false); sum != (merchandising.Summary{Read: 3, Added: 3}) || len(s.bad) > 0 {
		t.Fatalf("the first run = %+v %v", sum, s.bad)
	}
	before := s.text(t)
	if sum := s.load(t, csvFile(t, file), false); sum != (merchandising.Summary{Read: 3, Unchanged: 3}) {
		t.Errorf("the second run = %+v, differences %v", sum, s.did)
	}
	if after := s.text(t); after != before {
		t.Errorf("the second run made\n%s\nof\n%s", after, before)
	}
	if n := events(t, s.db); n != 1 {
		t.Errorf("%d events for three products that were written together", n)
	}
}

func events(t *testing.T, db store.DB) int {
	t.Helper()
	var list []outbox.Message
	err := db.InTx(t.Context(), func(tx store.Stores) (err error) {
		list, err = tx.Outbox.Claim(t.Context(), "test", noon.Add(time.Hour), noon.Add(2*time.Hour), 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestADryRunTellsAndChangesNothing(t *testing.T) {
	s := newShelf(t)
	if sum := s.load(t, csvFile(t, read(t, "testdata/shop.csv")), true); sum.Added != 3 {
		t.Errorf("a dry run on an empty shelf = %+v", sum)
	}
	categories, err := s.db.Read().Catalog.Categories(t.Context())
	if n := len(s.products(t)); err != nil || n != 0 || len(categories) != 0 || events(t, s.db) != 0 {
		t.Errorf("after a dry run there are %d products and %d categories, %v", n, len(categories), err)
	}
	s.load(t, csvFile(t, read(t, "testdata/shop.csv")), false)
	before := s.text(t)
	dearer := strings.Replace(read(t, "testdata/shop.csv"), "25.00", "26.00", 1)
	if sum := s.load(t, csvFile(t, dearer), true); sum.Changed != 1 || len(s.did["old-scarf"]) != 1 || !strings.Contains(s.did["old-scarf"][0], "26.00 EUR") {
		t.Errorf("a dry run = %+v %v", sum, s.did["old-scarf"])
	}
	if after := s.text(t); after != before {
		t.Error("a dry run changed a product")
	}
}

func TestOneBadRowDoesNotTakeItsBatchAlong(t *testing.T) {
	s := newShelf(t)
	s.load(t, csvFile(t, "Handle,Title,Variant SKU,Variant Price\nfirst,First,F-1,1\nsecond,Second,S-1,1\n"), false)
	sum := s.load(t, csvFile(t, "Handle,Title,Variant SKU,Variant Price\nthird,Third,T-1,1\nboth,Both,F-1,1\nboth,,S-1,1\nfourth,Fourth,X-1,1\n"+
		"fifth,Fifth,V-1,1\nfifth,,V-1,2\n"), false)
	if sum.Added != 2 || sum.Failed != 2 || len(s.bad) != 2 {
		t.Errorf("= %+v\n%s", sum, strings.Join(s.bad, "\n"))
	}
	if all := strings.Join(s.bad, "\n"); !strings.Contains(all, "line 3 (sku-taken)") || !strings.Contains(all, "line 7, column 8 (variant sku)") {
		t.Errorf("errors:\n%s", all)
	}
}

func TestStockBelowWhatOrdersHoldIsRefused(t *testing.T) {
	s := newShelf(t)
	head := "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\n"
	s.load(t, csvFile(t, head+"cap,Cap,C-1,1,5\n"), false)
	err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		return tx.Stock.Reserve(t.Context(), "00000000-0000-7000-8000-00000000beef", []inventory.Line{{SKU: "C-1", Qty: 4}}, noon)
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum := s.load(t, csvFile(t, head+"cap,Cap,C-1,1,3\n"), false); sum.Failed != 1 || !strings.Contains(s.bad[0], "stock-below-reserved") {
		t.Errorf("= %+v %v", sum, s.bad)
	}
}

func TestAnImportThatIsInterruptedGoesOnFromThere(t *testing.T) {
	s := newShelf(t)
	ctx, cancel := context.WithCancel(t.Context())
	many := "Handle,Title,Variant SKU,Variant Price\n"
	for i := range 1200 {
		many += fmt.Sprintf("p-%d,P %d,P-%d,1\n", i, i, i)
	}
	im := merchandising.Importer{DB: s.db, Now: func() time.Time { return noon }, Category: "Imported", Batch: 50, NewID: func() string { s.ids++; return fmt.Sprintf("00000000-0000-7000-8000-%012d", s.ids) },
		Each: func(merchandising.Change) { cancel() }}
	if _, err := im.Run(ctx, csvFile(t, many)); err == nil {
		t.Error("an interrupted import reports no error")
	}
	half := len(s.products(t))
	if sum := s.load(t, csvFile(t, many), false); half == 0 || half == 1200 || sum.Unchanged != half || sum.Added != 1200-half {
		t.Errorf("after %d products the second run = %+v", half, sum)
	}
}

// Exports of real shops, where they are at hand.
func TestRealExportsGoThrough(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/shopify-csv/*.csv")
	if err != nil || len(files) == 0 {
		t.Skip("there are no sample exports in ../shared/data/shopify-csv")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := newShelf(t)
			text := read(t, path)
			first := s.load(t, csvFile(t, text), false)
			if first.Added == 0 || first.Failed > 0 {
				t.Errorf("= %+v\n%s", first, strings.Join(s.bad, "\n"))
			}
			if again := s.load(t, csvFile(t, text), false); again.Unchanged != first.Added {
				t.Errorf("the second run = %+v %v", again, s.did)
			}
		})
	}
}
