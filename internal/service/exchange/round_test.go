package exchange_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/demo"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// empty is a shop without anything.
func empty(t testing.TB) (*sqlstore.DB, *exchange.Service) {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, now)
	check(t, err)
	_, err = m.Up(t.Context())
	check(t, err)
	check(t, m.Close())
	db, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	check(t, err)
	t.Cleanup(func() { db.Close() })
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	check(t, err)
	return db, &exchange.Service{DB: db, Tokens: tokens, Now: now, NewID: ident.New}
}

// full is the demo shop with a past.
func full(t testing.TB) (*sqlstore.DB, *exchange.Service) {
	t.Helper()
	db, s := empty(t)
	_, err := demo.Seed(t.Context(), db, demo.Options{Now: now, NewID: ident.New})
	check(t, err)
	told(t, db)
	_, _, err = demo.Fill(t.Context(), db, demo.History{Orders: 300, Customers: 40, Seed: 7}, now)
	check(t, err)
	return db, s
}

func export(t testing.TB, s *exchange.Service, o exchange.Export) string {
	t.Helper()
	var b bytes.Buffer
	_, err := s.Export(t.Context(), &b, o)
	check(t, err)
	return b.String()
}

func sound(t testing.TB, db *sqlstore.DB) verify.Report {
	t.Helper()
	r, err := (&verify.Service{DB: db}).Run(t.Context())
	check(t, err)
	if len(r.Findings) > 0 {
		t.Errorf("%d findings: %v", len(r.Findings), r.Findings[:min(5, len(r.Findings))])
	}
	return r
}

func TestWhatIsTakenOutAndPutIntoAnEmptyShopComesOutTheSame(t *testing.T) {
	_, from := full(t)
	for _, format := range exchange.Formats {
		t.Run(format, func(t *testing.T) {
			db, to := empty(t)
			files := map[string]string{}
			for _, what := range exchange.What() {
				files[what] = export(t, from, exchange.Export{What: what, Format: format, PasswordHashes: true})
				var bad []string
				in := exchange.Import{What: what, Format: format, Hash: make([]byte, 32), Actor: "import", PasswordHashes: true, Bad: func(e exchange.RowError) { bad = append(bad, e.Error()) }}
				run, err := to.Import(t.Context(), strings.NewReader(files[what]), in)
				check(t, err)
				if run.Counts.Read == 0 || run.Counts.Added != run.Counts.Read && what != "prices" || run.Counts.Failed > 0 { // prices come with products
					t.Fatalf("%s: %+v %.1000v", what, run.Counts, bad)
				}
				again, err := to.Import(t.Context(), strings.NewReader(files[what]), in)
				check(t, err)
				if again.Counts.Unchanged != run.Counts.Read {
					t.Fatalf("%s a second time: %+v %.1000v", what, again.Counts, bad)
				}
			}
			for what, file := range files {
				if after := export(t, to, exchange.Export{What: what, Format: format, PasswordHashes: true}); after != file {
					a, b := difference(file, after)
					t.Errorf("%s came out otherwise:\n%.1500s\nwas\n%.1500s", what, b, a)
				}
			}
			if r := sound(t, db); r.Orders != 300 {
				t.Errorf("%d orders", r.Orders)
			}
		})
	}
}

// difference returns the first lines in which two files differ.
func difference(a, b string) (string, string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i], y[i]
		}
	}
	return "", slices.Concat(x, y)[min(len(x), len(y))]
}
