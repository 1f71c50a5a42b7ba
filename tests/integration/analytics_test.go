package integration

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/analytics"
	"tradewind/internal/service/analysing"
)

// exported reads an export as a stranger would: by its manifests. It fails for a
// file that is not what its manifest says.
func exported(t *testing.T, dir string) (rows map[string][][]string, manifests map[string]analysing.Manifest) {
	t.Helper()
	rows, manifests = map[string][][]string{}, map[string]analysing.Manifest{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "manifest.json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var m analysing.Manifest
		if err := json.Unmarshal(text, &m); err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(filepath.Dir(path), m.File))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != m.SHA256 || int64(len(data)) != m.Bytes {
			t.Errorf("%s is not what its manifest says", m.File)
		}
		list, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
		if err != nil {
			return err
		}
		var head []string
		for _, c := range m.Columns {
			head = append(head, c.Name)
		}
		if !slices.Equal(list[0], head) || len(list)-1 != m.Rows {
			t.Errorf("%s: %d rows under %v, the manifest has %d under %v", path, len(list)-1, list[0], m.Rows, head)
		}
		rows[m.Table] = append(rows[m.Table], list[1:]...)
		manifests[strings.TrimPrefix(path, dir)] = m
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, manifests
}

// What is sold is in the figures of its day, by a worker that follows and by the
// command alike, and in what is exported; what has not changed is not written again.
func TestWhatIsSoldIsInTheFiguresAndTheExport(t *testing.T) {
	var config app.Config
	s := openShop(t, func(c *app.Config) { c.Stream.Analytics = true; config = *c })
	one, two := s.placed(t, "MU01-ALMA-SAND"), s.placed(t, "MU01-ALMA-RUST")
	s.pays(t, one, "tok_ok", 200, "")
	paid := s.look(t, one)
	today := analytics.DayOf(time.Now())
	figure := func() (f analytics.Figure) {
		list, err := s.db.Read().Analytics.Figures(t.Context(), today-1, today+1)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			f.Orders, f.Captured, f.Units = f.Orders+x.Orders, f.Captured+x.Captured, f.Units+x.Units
		}
		return f
	}
	eventually(t, "the worker has counted the order that was paid", func() bool { f := figure(); return f.Orders == 1 && f.Captured == int64(paid.Total) })

	load := func() {
		if _, _, err := config.Analyse(t.Context(), s.db, false, false, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
	load()
	dir := t.TempDir()
	if n, err := config.ExportAnalytics(t.Context(), s.db, dir); err != nil || n < 4 {
		t.Fatalf("%d files, %v", n, err)
	}
	rows, before := exported(t, dir)
	orders := map[string]bool{}
	for _, r := range rows[analytics.Lines] {
		orders[r[0]] = true
	}
	if !orders[one.ID] || !orders[two.ID] || len(rows[analytics.Payments]) != 1 || len(rows[analytics.Movements]) == 0 || len(rows["product"]) < 300 {
		t.Errorf("%d orders, %d payments, %d movements, %d products", len(orders), len(rows[analytics.Payments]), len(rows[analytics.Movements]), len(rows["product"]))
	}
	if len(rows["promotion"]) == 0 || len(rows["location"]) == 0 {
		t.Errorf("%d promotions, %d locations", len(rows["promotion"]), len(rows["location"]))
	}
	if i := slices.IndexFunc(rows["date"], func(r []string) bool { return r[1] == "2027-01-03" }); i < 0 || !slices.Equal(rows["date"][i], []string{"20270103", "2027-01-03", "2027", "1", "1", "2026", "53", "7"}) {
		t.Errorf("the 3rd of January is not the last day of the year before, by weeks")
	}
	for table, list := range rows {
		for _, r := range list {
			if text := strings.ToLower(strings.Join(r, " ")); table != "product" && (strings.Contains(text, "@") || strings.Contains(text, "example.com")) {
				t.Errorf("%s tells of somebody: %s", table, text)
			}
		}
	}
	if n, err := config.ExportAnalytics(t.Context(), s.db, dir); err != nil || n != 0 {
		t.Errorf("nothing has changed, and %d files were written, %v", n, err)
	}
	s.pays(t, two, "tok_ok", 200, "")
	s.becomes(t, two, "paid")
	eventually(t, "the worker has counted both", func() bool { return figure().Orders == 2 })
	load()
	if n, err := config.ExportAnalytics(t.Context(), s.db, dir); err != nil || n == 0 || n > 8 {
		t.Errorf("after a payment %d files were written, %v", n, err)
	}
	rows, after := exported(t, dir)
	if len(rows[analytics.Payments]) != 2 {
		t.Errorf("%d payments", len(rows[analytics.Payments]))
	}
	kept := 0
	for path, m := range after {
		if before[path].SHA256 == m.SHA256 {
			kept++
		}
	}
	if kept == 0 {
		t.Error("everything was written again")
	}
	// Another place begins with everything.
	other := t.TempDir()
	if n, err := config.ExportAnalytics(t.Context(), s.db, other); err != nil || n < len(after) {
		t.Errorf("to another place %d of %d files, %v", n, len(after), err)
	}
}
