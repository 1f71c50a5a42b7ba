package searching_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/demo"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/searching"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// away is an index that cannot be reached, or says something else.
type away struct {
	search.Index // what is not below is not called
	err          error
	result       search.Result
}

func (a *away) Search(context.Context, search.Query) (search.Result, error) { return a.result, a.err }

var unavailable = fault.New(fault.Unavailable, "search-unavailable", "Later.")

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newFallback(t *testing.T) (*searching.Fallback, *away) {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "t.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, now)
	if err == nil {
		_, err = m.Up(t.Context())
		err = errors.Join(err, m.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := demo.Seed(t.Context(), db, demo.Options{Now: now, NewID: ident.New}); err != nil {
		t.Fatal(err)
	}
	x := &away{err: unavailable}
	return &searching.Fallback{Index: x, DB: db, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, x
}

// everything pages through q and returns its hits.
func everything(t *testing.T, f *searching.Fallback, q search.Query) (hits []search.Hit) {
	t.Helper()
	q.Currency, q.Limit = "EUR", 7
	for range 1000 {
		r, err := f.Search(t.Context(), q)
		if err != nil || !r.Degraded || r.Facets != nil {
			t.Fatalf("Search = degraded %t, %d facets, %v", r.Degraded, len(r.Facets), err)
		}
		hits = append(hits, r.Hits...)
		if len(r.Hits) < q.Limit {
			return hits
		}
		after := r.Hits[len(r.Hits)-1].Cursor
		q.After = &after
	}
	t.Fatal("pages have no end")
	return nil
}

func TestTheDatabaseAnswers(t *testing.T) {
	f, _ := newFallback(t)
	all := everything(t, f, search.Query{})
	seen := map[string]bool{}
	brands := map[string]int{}
	var some search.Hit
	inStock, cheap := 0, 0
	for _, h := range all {
		seen[h.ID] = true
		brands[h.Brand]++
		if h.InStock {
			inStock++
		}
		if h.Minor >= 1000 && h.Minor <= 5000 {
			cheap++
		}
		some = h
	}
	if len(all) < 300 || len(seen) != len(all) {
		t.Fatalf("%d hits, %d different", len(all), len(seen))
	}
	var two []string
	want := 0
	for b, n := range brands {
		if len(two) < 2 && b != "" {
			two, want = append(two, b), want+n
		}
	}
	for name, c := range map[string]struct {
		q    search.Query
		want int
	}{
		"one brand":     {search.Query{Brands: two[:1]}, brands[two[0]]},
		"two brands":    {search.Query{Brands: two, Sort: search.PriceDown}, want},
		"in stock":      {search.Query{InStock: true}, inStock},
		"a price range": {search.Query{MinMinor: 1000, MaxMinor: 5000, Sort: search.PriceUp}, cheap},
		"no such title": {search.Query{Text: "zeppelin"}, 0},
		"many filters":  {search.Query{Attributes: make([]search.AttrFilter, 9)}, 0},
	} {
		got := everything(t, f, c.q)
		if len(got) != c.want {
			t.Errorf("%s: %d hits, want %d", name, len(got), c.want)
		}
		for i := 1; i < len(got); i++ {
			if a, b := got[i-1], got[i]; c.q.Sort == search.PriceUp && a.Minor > b.Minor || c.q.Sort == search.PriceDown && a.Minor < b.Minor {
				t.Errorf("%s: %d before %d", name, a.Minor, b.Minor)
			}
		}
	}
	// The beginning of a title finds all that begin so, in any case of letters.
	word, _, _ := strings.Cut(some.Title, " ")
	begins := 0
	for _, h := range all {
		if strings.HasPrefix(strings.ToLower(h.Title), strings.ToLower(word)) {
			begins++
		}
	}
	if got := everything(t, f, search.Query{Text: " " + strings.ToUpper(word) + " "}); len(got) != begins {
		t.Errorf("%q finds %d, want %d", word, len(got), begins)
	}
	r, err := f.Search(t.Context(), search.Query{Text: word + " zeppelin", Currency: "EUR", Limit: 5})
	if err != nil || len(r.Hits) == 0 || r.Relaxed != "zeppelin" {
		t.Errorf("a word too many: %d hits without %q, %v", len(r.Hits), r.Relaxed, err)
	}
	if f.Degraded() == 0 {
		t.Error("nothing was counted")
	}
}

func TestWhenTheIndexAnswersTheDatabaseDoesNot(t *testing.T) {
	f, x := newFallback(t)
	x.err, x.result = nil, search.Result{Total: 7}
	if r, err := f.Search(t.Context(), search.Query{}); err != nil || r.Total != 7 || r.Degraded {
		t.Errorf("Search = %+v, %v", r, err)
	}
	x.err = fault.Field("bad-query", "limit", "must be something else")
	if _, err := f.Search(t.Context(), search.Query{}); fault.Code(err) != "bad-query" {
		t.Errorf("a bad query: %v", err)
	}
	x.err = errors.New("status 401") // wrong settings are no reason for an error page, either
	if r, err := f.Search(t.Context(), search.Query{Currency: "EUR", Limit: 3}); err != nil || len(r.Hits) != 3 || !r.Degraded {
		t.Errorf("a refusal: %d hits, %v", len(r.Hits), err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	x.err = ctx.Err()
	if _, err := f.Search(ctx, search.Query{Currency: "EUR", Limit: 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("a shopper who left: %v", err)
	}
	if f.Degraded() != 1 {
		t.Errorf("%d answers counted, want 1", f.Degraded())
	}
}
