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
	for name, source := range map[string]func(t *testing.T) merchandising.Source{
		"shopify": func(t *testing.T) merchandising.Source { return csvFile(t, read(t, "testdata/shop.csv")) },
		"jsonl": func(t *testing.T) merchandising.Source {
			return merchandising.NewJSONL(strings.NewReader(read(t, "testdata/shop.jsonl")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			if sum := s.load(t, source(t), false); sum != (merchandising.Summary{Read: 3, Added: 3}) || len(s.bad) > 0 {
				t.Fatalf("the first run = %+v %v", sum, s.bad)
			}
			before := s.text(t)
			if sum := s.load(t, source(t), false); sum != (merchandising.Summary{Read: 3, Unchanged: 3}) {
				t.Errorf("the second run = %+v, differences %v", sum, s.did)
			}
			if after := s.text(t); after != before {
				t.Errorf("the second run made\n%s\nof\n%s", after, before)
			}
			if n := events(t, s.db); n != 1 {
				t.Errorf("%d events for three products that were written together", n)
			}
		})
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

func TestAnImportChangesWhatTheFileSpeaksOfAndKeepsTheRest(t *testing.T) {
	s := newShelf(t)
	s.load(t, merchandising.NewJSONL(strings.NewReader(read(t, "testdata/shop.jsonl"))), false)
	sum := s.load(t, merchandising.NewJSONL(strings.NewReader(`{"slug":"teak-bowl","title":"Teak bowl, oiled","variants":[{"sku":"TB-1","prices":{"EUR":"41"},"stock":9},{"sku":"TB-2","prices":{"EUR":"12"}}]}`)), false)
	if sum.Changed != 1 {
		t.Fatalf("= %+v %v", sum, s.bad)
	}
	p, err := s.db.Read().Catalog.BySlug(t.Context(), "teak-bowl")
	if err != nil {
		t.Fatal(err)
	}
	v := p.Variants[0]
	if p.Title != "Teak bowl, oiled" || len(p.Variants) != 2 || v.OnHand != 9 || len(v.Prices) != 2 || v.Prices[0].Minor != 4100 || v.Prices[1].Minor != 6400 || p.Version != 2 {
		t.Errorf("the bowl is %+v", p)
	}
	if categories, err := s.db.Read().Catalog.Categories(t.Context()); err != nil || len(categories) != 3 {
		t.Errorf("%d categories, %v", len(categories), err)
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

// everyField is a product with all that our own format can say.
const everyField = `{"slug":"every-field","title":"Every field","brand":"Cove","category":["Kitchen","Bowls"],"tax_class":"reduced","seo_title":"Buy it","seo_description":"A bowl to buy.",
"tags":["wood","gift"],"options":[{"name":"Size","values":["S","M","L"]}],"attributes":{"volume":300,"note":"007"},
"variants":[{"sku":"EF-M","options":[{"name":"Size","value":"M"}],"weight_g":1,"length_mm":30,"width_mm":20,"height_mm":10,"prices":{"EUR":"1"},"stock":3},
{"sku":"EF-S","options":[{"name":"Size","value":"S"}],"prices":{"EUR":"1"}}],
"media":[{"kind":"video","url":"object:films/a.mp4","alt":"It turns","sku":"EF-M","width":1920,"height":1080}]}`

func TestEveryFieldOfOurFormatArrivesAndStays(t *testing.T) {
	s := newShelf(t)
	line := strings.ReplaceAll(everyField, "\n", "")
	if sum := s.load(t, merchandising.NewJSONL(strings.NewReader(line)), false); sum.Added != 1 || len(s.bad) > 0 {
		t.Fatalf("the first run = %+v %v", sum, s.bad)
	}
	p := s.products(t)[0]
	v, m := p.Variants[0], p.Media[0]
	if p.SEO != (catalog.SEO{Title: "Buy it", Description: "A bowl to buy."}) || fmt.Sprint(p.Tags) != "[gift wood]" || fmt.Sprint(p.Options) != "[{Size [S M L]}]" || p.PublishedAt.IsZero() ||
		v.SKU != "EF-M" || v.LengthMM != 30 || v.WidthMM != 20 || v.HeightMM != 10 || m.URL != "object:films/a.mp4" || m.Width != 1920 || m.Height != 1080 || m.Kind != "video" {
		t.Errorf("the product is %+v", p)
	}
	if sum := s.load(t, merchandising.NewJSONL(strings.NewReader(line)), false); sum.Unchanged != 1 {
		t.Errorf("the second run = %+v, differences %v", sum, s.did)
	}
	for from, to := range map[string]string{`"seo_title":"Buy it"`: `"seo_title":"Buy"`, `"wood",`: ``, `"length_mm":30`: `"length_mm":31`, `"S","M","L"`: `"S","M"`, `"width":1920`: `"width":1921`} {
		if sum := s.load(t, merchandising.NewJSONL(strings.NewReader(strings.Replace(line, from, to, 1))), true); sum.Changed != 1 {
			t.Errorf("%s is no difference: %+v", to, sum)
		}
	}
}

func TestAnImportIsHeldAgainstDeclarations(t *testing.T) {
	s := newShelf(t)
	line := strings.ReplaceAll(everyField, "\n", "")
	err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		return tx.Catalog.PutCategory(t.Context(), catalog.Category{ID: "kitchen", Slug: "kitchen", Title: "Kitchen", Attributes: []catalog.AttributeDef{
			{Name: "volume", Label: "Volume", Kind: catalog.Number, Unit: "ml"}, {Name: "note", Label: "Note", Kind: catalog.Choice, Choices: []string{"none"}}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum := s.load(t, merchandising.NewJSONL(strings.NewReader(line)), false); sum.Failed != 1 || !strings.Contains(s.bad[0], "attributes.note") || !strings.Contains(s.bad[0], "choose from none") {
		t.Errorf("an attribute that is not allowed = %+v %v", sum, s.bad)
	}
	for from, want := range map[string]string{`"volume":300,"note":"007"`: "", `"value":"S"`: "variant-duplicate"} {
		to := map[string]string{"": `"volume":300`, "variant-duplicate": `"value":"M"`}[want]
		in := strings.Replace(strings.Replace(line, from, to, 1), `,"note":"007"`, "", 1)
		if sum := s.load(t, merchandising.NewJSONL(strings.NewReader(in)), false); (sum.Failed == 0) != (want == "") {
			t.Errorf("%s = %+v %v", to, sum, s.bad)
		}
	}
}
