package exchange_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	domain "tradewind/internal/domain/exchange"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/exchange"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// TestMain lets the test binary be a process that imports and can be killed.
func TestMain(m *testing.M) {
	if file := os.Getenv("EXCHANGE_TEST_IMPORT"); file != "" {
		if err := importInto(os.Getenv("EXCHANGE_TEST_DB"), file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// importInto continues the import of a file named WHAT.FORMAT into a database.
func importInto(path, file string) error {
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: path, PoolSize: 2}, migrations.FS, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	what, format, _ := strings.Cut(filepath.Base(file), ".")
	s := &exchange.Service{DB: db, Tokens: tokens, Now: now, NewID: ident.New}
	run, err := s.Import(ctx, f, exchange.Import{What: what, Format: format, Hash: []byte("0123456789abcdef0123456789abcdef"), Continue: true, Actor: "import", PasswordHashes: true})
	if err == nil && run.Counts.Failed > 0 {
		err = fmt.Errorf("%d rows were refused", run.Counts.Failed)
	}
	return err
}

func TestAnImportThatIsKilledGoesOnAndDoublesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes")
	}
	_, from := full(t)
	dir, path := t.TempDir(), filepath.Join(t.TempDir(), "shop.db")
	m, err := sqlstore.OpenMigrator(t.Context(), sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: path, PoolSize: 2}, migrations.FS, now)
	check(t, err)
	_, err = m.Up(t.Context())
	check(t, err)
	check(t, m.Close())
	files, kills := map[string]string{}, 0
	for _, what := range exchange.What() {
		files[what] = export(t, from, exchange.Export{What: what, Format: "jsonl"})
		file := filepath.Join(dir, what+".jsonl")
		check(t, os.WriteFile(file, []byte(files[what]), 0o600))
		for try := 0; ; try++ {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "EXCHANGE_TEST_IMPORT="+file, "EXCHANGE_TEST_DB="+path)
			var said strings.Builder
			child.Stderr = &said
			check(t, child.Start())
			if try < 6 {
				// The moment of the kill is what is tested: any will do.
				time.Sleep(time.Duration(20+rand.IntN(60*(try+1))) * time.Millisecond)
				check(t, child.Process.Kill()) // an error if it has come to its end and was waited for, which it was not
			}
			if err := child.Wait(); err == nil {
				break
			} else if try >= 6 {
				t.Fatalf("%s: %v %s", what, err, said.String())
			}
			kills++
		}
	}
	db, err := sqlstore.Open(t.Context(), sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: path, PoolSize: 2}, migrations.FS, sqlstore.Options{})
	check(t, err)
	defer db.Close()
	to := &exchange.Service{DB: db, Now: now, NewID: ident.New}
	for what, file := range files {
		if after := export(t, to, exchange.Export{What: what, Format: "jsonl"}); after != file {
			a, b := difference(file, after)
			t.Errorf("%s came out otherwise after kills:\n%.800s\nwas\n%.800s", what, b, a)
		}
	}
	sound(t, db)
	runs, err := db.Read().Imports.List(t.Context(), "", 100)
	check(t, err)
	var resumed int
	for _, r := range runs {
		if r.State != domain.Done {
			t.Errorf("an import was begun twice, and one of them never ended: %+v", r)
		}
		resumed++
	}
	t.Logf("%d kills, %d imports", kills, resumed)
	// One that was killed after its last commit is begun again, and finds nothing to do.
	if kills < len(files) || resumed < len(files) || resumed >= len(files)+kills {
		t.Errorf("%d kills made %d imports of %d files", kills, resumed, len(files))
	}
}

func TestAnInterruptedImportBeginsBehindWhatItHasDone(t *testing.T) {
	_, from := full(t)
	file := export(t, from, exchange.Export{What: "products", Format: "csv"})
	db, s := empty(t)
	ctx, stop := context.WithCancel(t.Context())
	in := exchange.Import{What: "products", Format: "csv", Hash: make([]byte, 32), Actor: "import", Mark: func(domain.Run) { stop() }}
	first, err := s.Import(ctx, strings.NewReader(file), in)
	if err == nil || first.Counts.Read == 0 {
		t.Fatalf("an import that was stopped: %+v %v", first, err)
	}
	in.Continue, in.Mark = true, nil
	var seen int64
	in.Each = func(exchange.Outcome) { seen++ }
	rest, err := s.Import(t.Context(), strings.NewReader(file), in)
	check(t, err)
	if rest.ID != first.ID || rest.Counts.Added != rest.Counts.Read || seen != rest.Counts.Read-first.Counts.Read {
		t.Errorf("continued = %+v after %+v, %d rows looked at", rest, first, seen)
	}
	another := in
	another.Hash = []byte("another file, another 32 bytes..")
	if run, err := s.Import(t.Context(), strings.NewReader(file), another); err != nil || run.ID == first.ID || run.Counts.Unchanged != run.Counts.Read {
		t.Errorf("a file that was changed meanwhile: %+v %v", run, err)
	}
	sound(t, db)
}

func TestADryRunChangesNothingAndSaysWhatItWould(t *testing.T) {
	db, s := full(t)
	before := map[string]string{}
	for _, what := range exchange.What() {
		before[what] = export(t, s, exchange.Export{What: what, Format: "csv"})
	}
	sku := strings.Split(strings.Split(before["prices"], "\r\n")[1], ",")[0]
	for what, file := range map[string]string{
		"prices": "sku,currency,price\n" + sku + ",EUR,0.01\n",
		"stock":  "sku,location,on_hand\n" + sku + ",main,77777\n" + sku + ",attic,5\n",
	} {
		var did []exchange.Outcome
		run, err := s.Import(t.Context(), strings.NewReader(file), exchange.Import{What: what, Format: "csv", Hash: make([]byte, 32), DryRun: true, Actor: "import", Each: func(o exchange.Outcome) { did = append(did, o) }})
		check(t, err)
		if run.Counts.Changed != 1 || len(did[0].Differences) == 0 || did[0].Line != 2 {
			t.Errorf("%s: %+v %+v", what, run.Counts, did)
		}
	}
	for what, file := range before {
		if export(t, s, exchange.Export{What: what, Format: "csv"}) != file {
			t.Errorf("a dry run changed %s", what)
		}
	}
	sound(t, db)
}

func TestPricesAndStockGoThroughTheBooks(t *testing.T) {
	db, s := full(t)
	sku := strings.Split(strings.Split(export(t, s, exchange.Export{What: "prices", Format: "csv"}), "\r\n")[1], ",")[0]
	var bad []string
	load := func(what, file string) domain.Counts {
		t.Helper()
		bad = nil
		run, err := s.Import(t.Context(), strings.NewReader(file), exchange.Import{What: what, Format: "csv", Hash: make([]byte, 32), Actor: "import", Bad: func(e exchange.RowError) { bad = append(bad, e.Error()) }})
		check(t, err)
		return run.Counts
	}
	prices := "sku,currency,price,compare_at,starts_at,ends_at\n" + sku + ",EUR,11.10,12.20,,\n" + sku + ",GBP,9.99,,,\nNOBODY,EUR,1,,,\n" + sku + ",EUR,1.999,,,\n" +
		sku + ",EUR,5.00,,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z\n"
	if n := load("prices", prices); n != (domain.Counts{Read: 5, Added: 2, Changed: 1, Failed: 2}) || !strings.Contains(bad[0], "line 4, column 1 (sku): there is no variant NOBODY") || !strings.Contains(bad[1], "line 5") {
		t.Errorf("prices: %+v %q", n, bad)
	}
	if n := load("prices", prices); n != (domain.Counts{Read: 5, Unchanged: 3, Failed: 2}) {
		t.Errorf("prices again: %+v %q", n, bad)
	}
	stock := "sku,location,on_hand\n" + sku + ",main,41\n" + sku + ",attic,7\n" + sku + ",main,-1\n"
	if n := load("stock", stock); n != (domain.Counts{Read: 3, Added: 1, Changed: 1, Failed: 1}) || !strings.Contains(bad[0], "line 4, column") {
		t.Errorf("stock: %+v %q", n, bad)
	}
	moves, err := db.Read().Stock.Movements(t.Context(), sku, "", 5)
	check(t, err)
	if moves[0].Actor != "import" || moves[0].Reference == "" {
		t.Errorf("the ledger says %+v", moves[0])
	}
	sound(t, db)
}

func TestNoSecretLeavesUnlessAskedFor(t *testing.T) {
	_, s := full(t)
	for _, format := range exchange.Formats {
		for _, what := range exchange.What() {
			file := export(t, s, exchange.Export{What: what, Format: format})
			for _, secret := range []string{"argon2", "password_hash", "token", "method_hash"} {
				if strings.Contains(file, secret) {
					t.Errorf("%s in %s holds %s", what, format, secret)
				}
			}
		}
	}
	if file := export(t, s, exchange.Export{What: "customers", Format: "csv", PasswordHashes: true}); !strings.Contains(file, "password_hash") {
		t.Error("password hashes were asked for and are not there")
	}
}
