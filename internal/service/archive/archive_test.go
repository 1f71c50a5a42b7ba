package archive_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/demo"
	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/archive"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/verify"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	before = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
)

func now() time.Time { return noon }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shop is the demo shop with orders of two years, and a folder for its archive.
func shop(t testing.TB, seed uint64) (*sqlstore.DB, *archive.Service) {
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
	_, err = demo.Seed(t.Context(), db, demo.Options{Now: now, NewID: ident.New})
	check(t, err)
	_, _, err = demo.Fill(t.Context(), db, demo.History{Orders: 400, Customers: 40, Seed: seed}, now)
	check(t, err)
	return db, &archive.Service{DB: db, Config: archive.Config{KeepMonths: 12}, Folder: filepath.Join(t.TempDir(), "archive"), Schema: "test", Now: now}
}

func run(t testing.TB, s *archive.Service, w archive.Wish) (parts []archive.Result) {
	t.Helper()
	check(t, s.Run(t.Context(), w, func(r archive.Result) { parts = append(parts, r) }))
	return parts
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

// orders are the lines of an export.
func orders(t testing.TB, db *sqlstore.DB) []string {
	t.Helper()
	var b bytes.Buffer
	_, err := (&exchange.Service{DB: db}).Export(t.Context(), &b, exchange.Export{What: "orders", Format: "jsonl"})
	check(t, err)
	return slices.Collect(strings.Lines(b.String()))
}

func unpack(t testing.TB, path string) string {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	in, err := gzip.NewReader(f)
	check(t, err)
	text, err := io.ReadAll(in)
	check(t, err)
	return string(text)
}

// filed are the lines of all files in the folder, by id.
func filed(t testing.TB, folder string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl.gz"))
	check(t, err)
	for _, path := range files {
		all = append(all, slices.Collect(strings.Lines(unpack(t, path)))...)
	}
	slices.Sort(all) // a line begins with its id
	return all
}

func TestWhatIsArchivedIsPurgedAndComesBackTheSame(t *testing.T) {
	db, s := shop(t, 7)
	all := orders(t, db)
	cut := ident.First(before)
	old := slices.Collect(func(yield func(string) bool) {
		for _, l := range all {
			if l[7:43] < cut && !yield(l) {
				return
			}
		}
	})
	parts := run(t, s, archive.Wish{Before: before})
	if got := filed(t, s.Folder); !slices.Equal(got, old) || len(old) < 100 || len(parts) < 20 {
		t.Fatalf("%d orders in %d parts were archived, of %d", len(got), len(parts), len(old))
	}
	for _, r := range parts {
		if !r.Written || r.Open+r.Purged+r.Kept > 0 || filepath.Base(r.File) != r.Name()+".jsonl.gz" {
			t.Errorf("%+v", r)
		}
		manifest(t, r)
	}
	for _, r := range run(t, s, archive.Wish{Before: before}) {
		if r.Written {
			t.Errorf("%s was whole and was written again", r.File)
		}
	}
	was := sound(t, db)
	parts = run(t, s, archive.Wish{Before: before, Purge: true})
	var purged int64
	for _, r := range parts {
		purged += r.Purged
	}
	is := sound(t, db)
	if left := orders(t, db); purged != int64(len(old)) || is.Orders != was.Orders-purged || is.Purged != purged || !slices.Equal(left, all[len(old):]) {
		t.Errorf("%d were purged, %d are left of %d", purged, len(left), len(all))
	}
	if parts := run(t, s, archive.Wish{Before: before, Purge: true}); len(parts) > 0 {
		t.Errorf("there was nothing left to do, and it did %+v", parts)
	}
	if got := filed(t, s.Folder); !slices.Equal(got, old) {
		t.Error("the files changed with the purge")
	}
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	check(t, err)
	back := &exchange.Service{DB: db, Tokens: tokens, Now: now, NewID: ident.New}
	n, err := back.Import(t.Context(), strings.NewReader(strings.Join(old, "")), exchange.Import{What: "orders", Format: "jsonl", Hash: make([]byte, 32), Actor: "import"})
	if err != nil || n.Counts.Added != purged {
		t.Fatalf("imported %+v, %v", n.Counts, err)
	}
	if again := orders(t, db); !slices.Equal(again, all) {
		t.Error("they came back otherwise")
	}
	if r := sound(t, db); r.Orders != was.Orders || r.Purged != 0 {
		t.Errorf("there are %d orders and %d purged", r.Orders, r.Purged)
	}
}

// manifest compares the manifest of a part with its file.
func manifest(t testing.TB, r archive.Result) {
	t.Helper()
	var m archive.Manifest
	text, err := os.ReadFile(strings.TrimSuffix(r.File, ".jsonl.gz") + ".manifest.json")
	check(t, err)
	check(t, json.Unmarshal(text, &m))
	sums := map[string]archive.Sum{}
	var n int64
	for l := range strings.Lines(unpack(t, r.File)) {
		var o struct {
			Currency string `json:"currency"`
			Total    int64  `json:"total_minor"`
			Payment  struct {
				Refunded int64 `json:"refunded_minor"`
			} `json:"payment"`
		}
		check(t, json.Unmarshal([]byte(l), &o))
		sum := sums[o.Currency]
		sums[o.Currency] = archive.Sum{Currency: o.Currency, Orders: sum.Orders + 1, Total: sum.Total + o.Total, Refunded: sum.Refunded + o.Payment.Refunded}
		n++
	}
	for _, s := range m.Contents.Sums {
		if sums[s.Currency] != s {
			t.Errorf("%s says %+v and holds %+v", r.Name(), s, sums[s.Currency])
		}
	}
	if m.Contents.Orders != n || r.Orders != n || len(m.Contents.Sums) != len(sums) || m.Schema != "test" || !m.WrittenAt.Equal(noon) {
		t.Errorf("the manifest of %s is %+v", r.Name(), m)
	}
}

func TestAnOrderThatChangesIsWrittenAnewBesideThoseThatWentBefore(t *testing.T) {
	db, s := shop(t, 7)
	run(t, s, archive.Wish{Before: before})
	lines := filed(t, s.Folder)
	office := &fulfilment.Service{DB: db, Now: now, NewID: ident.New}
	note := func(id, text string) {
		_, err := office.WriteNote(t.Context(), order.Note{OrderID: id, Author: "staff:clerk", Body: text})
		check(t, err)
	}
	note(lines[0][7:43], "the first")
	s.DB = &failing{DB: db, after: 1} // one chunk of one part
	if err := s.Run(t.Context(), archive.Wish{Before: before, Purge: true}, func(archive.Result) {}); !errors.Is(err, errFell) {
		t.Fatal(err)
	}
	s.DB = db
	if n := sound(t, db).Purged; n == 0 || n == int64(len(lines)) {
		t.Fatalf("%d of %d were purged", n, len(lines))
	}
	note(orders(t, db)[0][7:43], "the second")
	run(t, s, archive.Wish{Before: before, Purge: true})
	text := strings.Join(filed(t, s.Folder), "")
	if n := strings.Count(text, "\n"); n != len(lines) || !strings.Contains(text, "the first") || !strings.Contains(text, "the second") {
		t.Errorf("%d of %d orders are in the archive", n, len(lines))
	}
	editions, err := filepath.Glob(filepath.Join(s.Folder, "*.2.jsonl.gz"))
	if parts, err2 := filepath.Glob(filepath.Join(s.Folder, "*.manifest.json")); err != nil || err2 != nil || len(editions) != 2 || len(parts) != len(files(t, s.Folder)) {
		t.Errorf("%v were written again; %d parts have %d files", editions, len(parts), len(files(t, s.Folder)))
	}
	if r := sound(t, db); r.Purged != int64(len(lines)) {
		t.Errorf("%d purged", r.Purged)
	}
}

func files(t testing.TB, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(folder, "*.jsonl.gz"))
	check(t, err)
	return list
}

// failing falls after some transactions.
type failing struct {
	store.DB
	after int
}

var errFell = errors.New("the database fell")

func (d *failing) InTx(ctx context.Context, fn func(tx store.Stores) error) error {
	if d.after--; d.after < 0 {
		return errFell
	}
	return d.DB.InTx(ctx, fn)
}

func TestAFileThatIsNotWhatItWasPurgesNothing(t *testing.T) {
	db, s := shop(t, 7)
	path := run(t, s, archive.Wish{Before: before})[3].File
	manifest := strings.TrimSuffix(path, ".jsonl.gz") + ".manifest.json"
	whole, err := os.ReadFile(path)
	check(t, err)
	said, err := os.ReadFile(manifest)
	check(t, err)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, spoil := range map[string]func() error{
		"a bit":        func() error { return os.WriteFile(path, flipped, 0o600) },
		"its end":      func() error { return os.WriteFile(path, whole[:len(whole)-9], 0o600) },
		"all of it":    func() error { return os.Remove(path) },
		"another part": func() error { return os.Rename(files(t, s.Folder)[0], path) },
		"its sums": func() error {
			return os.WriteFile(manifest, bytes.Replace(said, []byte(`"total_minor": `), []byte(`"total_minor": 1`), 1), 0o600)
		},
		"its manifest": func() error { return os.WriteFile(manifest, said[:len(said)/2], 0o600) },
		"a manifest's file": func() error {
			return os.WriteFile(manifest, bytes.Replace(said, []byte(`"file": "`), []byte(`"file": "../`), 1), 0o600)
		},
	} {
		first := files(t, s.Folder)[0]
		kept, err := os.ReadFile(first)
		check(t, err)
		check(t, spoil())
		w := archive.Wish{Before: before, Purge: true}
		w.Region = strings.TrimSuffix(filepath.Base(path), ".jsonl.gz")[len("2024-01-"):]
		var purged []string
		err = s.Run(t.Context(), w, func(r archive.Result) { purged = append(purged, r.Name()) })
		if base := strings.TrimSuffix(path, ".jsonl.gz"); err == nil || !strings.Contains(err.Error(), base) || slices.Contains(purged, filepath.Base(base)) {
			t.Errorf("%s was changed: %v", name, err)
		}
		check(t, os.WriteFile(first, kept, 0o600))
		check(t, os.WriteFile(path, whole, 0o600))
		check(t, os.WriteFile(manifest, said, 0o600))
	}
	sound(t, db)
	parts := run(t, s, archive.Wish{Before: before, Purge: true})
	for _, r := range parts {
		if r.Written || r.Purged != r.Orders {
			t.Errorf("with everything back where it was: %+v", r)
		}
	}
	sound(t, db)
}

func TestTheFolderOfAnotherShopIsRefused(t *testing.T) {
	_, s := shop(t, 7)
	db, other := shop(t, 8)
	run(t, s, archive.Wish{Before: before})
	other.Folder = s.Folder
	err := other.Run(t.Context(), archive.Wish{Before: before, Purge: true}, func(r archive.Result) { t.Errorf("it did %+v", r) })
	if err == nil || !strings.Contains(err.Error(), "neither has nor has purged") {
		t.Errorf("the archive of another shop: %v", err)
	}
	if r := sound(t, db); r.Purged > 0 {
		t.Errorf("%d were purged", r.Purged)
	}
}

func TestWishesAreRefusedInClearWords(t *testing.T) {
	db, s := shop(t, 7)
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	for name, tc := range map[string]struct {
		wish   archive.Wish
		folder string
		says   string
	}{
		"no date":             {says: "-before 2026-01-01"},
		"within a month":      {wish: archive.Wish{Before: date(2025, 1, 15)}, says: "take 2025-01-01 or 2025-02-01"},
		"within a day":        {wish: archive.Wish{Before: before.Add(time.Hour)}, says: "not the first of a month"},
		"in the future":       {wish: archive.Wish{Before: date(2026, 4, 1)}, says: "in the future"},
		"too young to purge":  {wish: archive.Wish{Before: date(2025, 4, 1), Purge: true}, says: "not 12 months old (archive.keep-months); the latest is -before 2025-03-01"},
		"a file for a folder": {wish: archive.Wish{Before: before, Purge: true}, folder: file, says: file},
		"below a file":        {wish: archive.Wish{Before: before}, folder: filepath.Join(file, "archive"), says: file},
	} {
		at := *s
		if tc.folder != "" {
			at.Folder = tc.folder
		}
		if err := at.Run(t.Context(), tc.wish, func(r archive.Result) { t.Errorf("%s: it did %+v", name, r) }); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nowhere := archive.Service{DB: db, Config: s.Config, Now: now}
	if err := nowhere.Run(t.Context(), archive.Wish{Before: before}, nil); err == nil || !strings.Contains(err.Error(), "-to FOLDER") {
		t.Errorf("without a folder: %v", err)
	}
	for months, ok := range map[int]bool{0: false, 2: false, 3: true, 24: true, 1201: false} {
		if err := (archive.Config{KeepMonths: months}).Validate(); (err == nil) != ok {
			t.Errorf("archive.keep-months of %d: %v", months, err)
		}
	}
}

func TestOneRunAtATimeWorksInAFolder(t *testing.T) {
	_, s := shop(t, 7)
	var second error
	check(t, s.Run(t.Context(), archive.Wish{Before: before, Region: "uk"}, func(archive.Result) {
		second = s.Run(t.Context(), archive.Wish{Before: before}, func(archive.Result) { t.Error("a second run got in") })
	}))
	if second == nil || !strings.Contains(second.Error(), "another run archives into") {
		t.Errorf("a second run: %v", second)
	}
	for _, path := range files(t, s.Folder) {
		if !strings.HasSuffix(path, "-uk.jsonl.gz") {
			t.Errorf("%s is of another region", path)
		}
	}
	run(t, s, archive.Wish{Before: before})
}

func TestAPurgeThatFallsGoesOnWhereItWas(t *testing.T) {
	db, s := shop(t, 7)
	all, last := len(run(t, s, archive.Wish{Before: before})), int64(-1)
	for falls := 0; ; falls++ {
		s.DB = &failing{DB: db, after: 7}
		err := s.Run(t.Context(), archive.Wish{Before: before, Purge: true}, func(archive.Result) {})
		r := sound(t, db)
		if err == nil {
			if falls != (all-1)/7 {
				t.Errorf("%d parts fell %d times", all, falls)
			}
			return
		}
		if !errors.Is(err, errFell) || r.Purged <= last || r.Orders+r.Purged != 400 {
			t.Fatalf("after fall %d: %v; %d orders, %d purged", falls, err, r.Orders, r.Purged)
		}
		last = r.Purged
	}
}

func TestARegionOfAnyNameHasItsFile(t *testing.T) {
	month := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, region := range []string{"eu", "eu.2", "eu-2", "../up", "a/b", "Ä", ""} {
		name := order.Part{Month: month, Region: region}.Name()
		if seen[name] || filepath.Base(name) != name || strings.Contains(name, ".") {
			t.Errorf("%q is filed as %q", region, name)
		}
		seen[name] = true
	}
	if got := fmt.Sprint(order.Part{Month: month, Region: "eu"}.Until()); got != "2025-02-01 00:00:00 +0000 UTC" {
		t.Errorf("January ends at %s", got)
	}
}
