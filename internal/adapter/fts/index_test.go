package fts

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/indextest"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/money"
)

func open(t testing.TB, c Config) *Index {
	t.Helper()
	x, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestConformance(t *testing.T) {
	t.Run("remembering answers", func(t *testing.T) {
		indextest.Run(t, func(t *testing.T) search.Index {
			return open(t, Config{Path: filepath.Join(t.TempDir(), "search.db"), PostingsMB: 8, Results: 100})
		})
	})
	t.Run("remembering nothing", func(t *testing.T) {
		indextest.Run(t, func(t *testing.T) search.Index { return open(t, Config{}) })
	})
}

// FuzzText searches for anything.
func FuzzText(f *testing.F) {
	for _, text := range indextest.Hostile {
		f.Add(text)
	}
	x := open(f, Config{Path: filepath.Join(f.TempDir(), "search.db"), PostingsMB: 1, Results: 10})
	f.Cleanup(func() { x.Close() })
	if err := x.Put(f.Context(), []search.Doc{mug(1), {ID: "sofa", Title: "Größe Couch dv7-1211ea", Prices: map[string]int64{"EUR": 1}}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) { indextest.CheckText(t, x, text) })
}

func mug(version int64) search.Doc {
	height := int64(9500)
	return search.Doc{ID: "mug", Slug: "mug", Title: "Blue mug", Brand: "Potter", SKUs: []string{"MUG-0001"}, Version: version, InStock: true,
		Prices: map[string]int64{"EUR": 999}, Categories: []search.Ref{{ID: "c1", Title: "Kitchen"}},
		Attributes: []search.Attr{{Name: "height", Unit: "cm", Milli: &height, Facet: true}, {Name: "colour", Text: "blue", Facet: true}}}
}

var everything = search.Query{Currency: "EUR", Sort: search.Relevance, Limit: 100, Facets: true}

func find(t *testing.T, x *Index, text string) search.Result {
	t.Helper()
	q := everything
	q.Text = text
	r, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search(%q): %v", text, err)
	}
	return r
}

func put(t *testing.T, x *Index, docs ...search.Doc) {
	t.Helper()
	if err := x.Put(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
}

func TestIndexIsThereAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "search.db")
	x := open(t, Config{Path: path})
	if !x.Fresh {
		t.Error("a new index is not called fresh")
	}
	put(t, x, mug(5), search.Doc{ID: "gone", Title: "Gone mug", Version: 1, Prices: map[string]int64{"EUR": 1}})
	if err := x.Delete(t.Context(), "gone", 9); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"mug", "mu", "kitchen blue", "mug0001", ""} {
		before := fmt.Sprint(find(t, x, text))
		x.Close()
		x = open(t, Config{Path: path})
		if after := fmt.Sprint(find(t, x, text)); after != before {
			t.Errorf("%q found\n%s\nbefore a restart, after it\n%s", text, before, after)
		}
	}
	if x.Fresh {
		t.Error("an old index is called fresh")
	}
	put(t, x, mug(4), search.Doc{ID: "gone", Title: "Gone mug", Version: 8, Prices: map[string]int64{"EUR": 1}})
	if n, _ := x.Size(t.Context()); n != 1 {
		t.Errorf("late writes after a restart made %d documents, want 1", n)
	}
	x.Close()
}

func TestFileThatCannotBeUsedIsMadeAgain(t *testing.T) {
	edit := func(stmt string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(stmt); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := map[string]func(t *testing.T, path string){
		"lost":            func(_ *testing.T, path string) { os.Remove(path) },
		"not a database":  func(_ *testing.T, path string) { os.WriteFile(path, []byte(strings.Repeat("hello ", 1000)), 0o600) },
		"cut off":         func(_ *testing.T, path string) { os.Truncate(path, 5000) },
		"empty":           func(_ *testing.T, path string) { os.Truncate(path, 0) },
		"older schema":    edit("PRAGMA user_version = 0"),
		"newer schema":    edit("PRAGMA user_version = 999"),
		"damaged records": edit("UPDATE records SET record = x'00ff00ff'"),
		"documents gone":  edit("DROP TABLE docs"),
		"words gone":      edit("DROP TABLE words"),
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "search.db")
			x := open(t, Config{Path: path})
			put(t, x, mug(1))
			x.Close()
			spoil(t, path)
			x = open(t, Config{Path: path})
			defer x.Close()
			if n, err := x.Size(t.Context()); !x.Fresh || n != 0 || err != nil {
				t.Errorf("fresh %t, %d documents, %v; want a fresh index", x.Fresh, n, err)
			}
			put(t, x, mug(1))
			if r := find(t, x, "mug"); r.Total != 1 {
				t.Errorf("found %d, want 1", r.Total)
			}
		})
	}
}

func TestFileInUseIsNotDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "search.db")
	x := open(t, Config{Path: path})
	put(t, x, mug(1))
	x.Close()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		t.Skip("files cannot be withheld from this user")
	}
	if _, err := Open(Config{Path: path}); err == nil || !strings.Contains(err.Error(), "fts.path") {
		t.Errorf("Open: %v, want an error that names the setting", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	x = open(t, Config{Path: path})
	defer x.Close()
	if r := find(t, x, "mug"); r.Total != 1 {
		t.Errorf("found %d, want 1", r.Total)
	}
}

func TestKilledRebuildLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "search.db")
	for _, name := range []string{".next", ".next-wal"} {
		if err := os.WriteFile(path+name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := open(t, Config{Path: path})
	put(t, x, mug(1))
	x.Close()
	if left, _ := filepath.Glob(path + ".next*"); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestIndexWithoutAPathLeavesNothing(t *testing.T) {
	x := open(t, Config{})
	put(t, x, mug(1))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(x.temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there after Close: %v", err)
	}
	if _, err := x.Search(t.Context(), everything); err == nil {
		t.Error("a closed index answers")
	}
	if err := x.Put(t.Context(), []search.Doc{mug(2)}); err == nil {
		t.Error("a closed index takes documents")
	}
	if err := x.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestSlotsAreUsedAgain changes the words of the same few products many times.
func TestSlotsAreUsedAgain(t *testing.T) {
	x := open(t, Config{})
	defer x.Close()
	for i := range 800 {
		d := mug(int64(i))
		d.ID, d.Description = fmt.Sprint("p", i%5), fmt.Sprintf("round%d also%d", i, i%7)
		put(t, x, d)
		if i%100 != 0 {
			continue
		}
		if r := find(t, x, fmt.Sprintf("round%d blue", i)); r.Total != 1 || r.Hits[0].ID != d.ID {
			t.Fatalf("round %d finds %+v", i, r.Hits)
		}
		if r := find(t, x, "blue"); r.Total != int64(min(i+1, 5)) {
			t.Fatalf("round %d finds %d blue things", i, r.Total)
		}
	}
	if r := find(t, x, "also1"); r.Total != 1 {
		t.Errorf("the last but one word is in %d, want 1", r.Total)
	}
	if n := len(x.shelf.mirror.lengths); n > 600 {
		t.Errorf("five products take %d slots", n)
	}
}

func TestPostingsAreBounded(t *testing.T) {
	c := newPostingCache(10_000)
	list := func(at ...uint32) *postings {
		p := &postings{}
		for _, n := range at {
			p.append(posting{n, n%3 + 1})
		}
		return p
	}
	for i := range 1000 {
		c.put(fmt.Sprint("=w", i), list(1, 2, 300, 70_000, 70_001))
	}
	sum := 0
	for _, p := range c.lru.Values() {
		sum += cap(p.b) + entryBytes
	}
	if c.bytes != sum || c.bytes > c.most || c.lru.Len() < 10 {
		t.Errorf("%d bytes are counted for %d of %d lists, want up to %d", c.bytes, sum, c.lru.Len(), c.most)
	}
	before := c.bytes
	c.extend(7, map[string]uint32{"w999": 1, "w998": 2, "unknown": 1})
	var got []posting
	p, _ := c.get("=w999")
	p.each(func(at, tf uint32) { got = append(got, posting{at, tf}) })
	want := []posting{{1, 2}, {2, 3}, {300, 1}, {70_000, 2}, {70_001, 3}, {7, 1}}
	if !slices.Equal(got, want) || p.n != len(want) || c.bytes < before || c.bytes > c.most {
		t.Errorf("after one more place there are %d bytes, %v", c.bytes, got)
	}
	c.put("w*", &postings{})
	c.extend(8, nil)
	if _, ok := c.get("w*"); ok {
		t.Error("words that begin alike are remembered although there may be a new one")
	}
	if c.purge(); c.bytes != 0 || c.lru.Len() != 0 {
		t.Errorf("after a purge there are %d bytes", c.bytes)
	}
}

// TestListsStayWhole writes lists of slots over and over, against a plain copy.
func TestListsStayWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l lists
	l.grow(300)
	want := map[uint32]refs{}
	most := 0
	for range 60_000 {
		slot := uint32(r.IntN(300))
		if r.IntN(4) == 0 {
			l.forget(slot)
			delete(want, slot)
			continue
		}
		put := refs{brand: uint32(r.IntN(200_000))}
		for range r.IntN(5) {
			put.cats = append(put.cats, uint32(r.IntN(400)))
		}
		for range r.IntN(60) {
			put.values = append(put.values, uint32(r.IntN(3_000_000)))
		}
		l.put(slot, put)
		want[slot] = put
		most = max(most, len(l.pages))
	}
	var room []uint32
	for slot, w := range want {
		var got refs
		if got, room = l.read(slot, room); got.brand != w.brand || !slices.Equal(got.cats, w.cats) || !slices.Equal(got.values, w.values) {
			t.Fatalf("slot %d has %v, want %v", slot, got, w)
		}
	}
	if len(want) < 100 || most > 4 {
		t.Errorf("%d lists of some 100 bytes take up to %d pages", len(want), most)
	}
}

func TestIDsKeepTheirOrder(t *testing.T) {
	ids := []string{"0199aaaa-0000-7000-8000-000000000001", "0199aaaa-0000-7000-8000-000000000002", "0199aaab-0000-7000-8000-000000000000", "a", "ab", "b", "p0001", "p0002"}
	for i, id := range ids[1:] {
		a, b := keyOfID(ids[i]), keyOfID(id)
		if (i != 2) && bytes.Compare(a[:], b[:]) >= 0 {
			t.Errorf("%s is not before %s", ids[i], id)
		}
	}
	seen := map[idKey]bool{}
	for i := range 1000 {
		seen[keyOfID(fmt.Sprintf("a-long-common-beginning-%d", i))] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 long ids have %d keys", len(seen))
	}
}

// TestBrowsingAgreesWithCounting asks for categories alone, whose answers come
// another way than those with filters: one that everything passes shows the same.
func TestBrowsingAgreesWithCounting(t *testing.T) {
	x := open(t, Config{PostingsMB: 8})
	defer x.Close()
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 60 {
		var docs []search.Doc
		for range 1 + r.IntN(90) {
			leaf := r.IntN(4)
			d := search.Doc{ID: fmt.Sprint("p", r.IntN(120)), Title: "Thing", Brand: fmt.Sprint("B", r.IntN(3)), Version: int64(round), Prices: map[string]int64{"EUR": int64(r.IntN(900))},
				Categories: []search.Ref{{ID: "root", Title: "Root"}, {ID: fmt.Sprint("leaf", leaf), Title: fmt.Sprint("Leaf ", leaf)}}}
			if r.IntN(4) == 0 {
				d.Prices = map[string]int64{"USD": 5}
			}
			docs = append(docs, d)
		}
		put(t, x, docs...)
		if err := x.Delete(t.Context(), fmt.Sprint("p", r.IntN(120)), int64(round)); err != nil {
			t.Fatal(err)
		}
		for _, category := range []string{"root", "leaf0", "leaf3", "nowhere"} {
			q := everything
			q.CategoryID, q.Sort = category, search.PriceUp
			q.MaxMinor = money.Max // no limit, as the API has it
			browsed, err := x.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := x.shelf.postings.get("=" + wordOfCategory(category)); !ok && category != "nowhere" {
				t.Fatalf("round %d, %s: every document was looked at", round, category)
			}
			q.MaxMinor = 1_000_000
			counted, err := x.Search(t.Context(), q)
			if got, want := fmt.Sprintf("%+v", browsed), fmt.Sprintf("%+v", counted); err != nil || got != want {
				t.Fatalf("round %d, %s:\n%s, want\n%s, %v", round, category, got, want, err)
			}
		}
	}
}

// TestAnswersOfManyDocumentsMayBeALittleOld, those of few never are.
func TestAnswersOfManyDocumentsMayBeALittleOld(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		answer
		want bool
	}{
		"unchanged":           {answer{then: 7, of: 1, at: now.Add(-time.Hour)}, true},
		"few, changed":        {answer{then: 6, of: many - 1, at: now}, false},
		"many, changed":       {answer{then: 6, of: 1_000_000, at: now.Add(-3 * time.Second)}, true},
		"many, changed, old":  {answer{then: 6, of: 1_000_000, at: now.Add(-5 * time.Second)}, false},
		"fewer, changed, old": {answer{then: 6, of: many, at: now.Add(-time.Second)}, false},
	} {
		if got := c.holds(now, 7); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestBadDocuments(t *testing.T) {
	x := open(t, Config{})
	defer x.Close()
	for name, change := range map[string]func(*search.Doc){
		"no id":          func(d *search.Doc) { d.ID = "" },
		"long id":        func(d *search.Doc) { d.ID = strings.Repeat("x", 256) },
		"negative price": func(d *search.Doc) { d.Prices = map[string]int64{"EUR": -1} },
		"endless text":   func(d *search.Doc) { d.Description = strings.Repeat("x", 2<<20) },
	} {
		d := mug(1)
		change(&d)
		if err := x.Put(t.Context(), []search.Doc{mug(1), d}); err == nil || !strings.HasPrefix(err.Error(), "bad-document") {
			t.Errorf("%s: %v, want bad-document", name, err)
		}
	}
	if n, _ := x.Size(t.Context()); n != 0 {
		t.Errorf("%d documents of refused batches are there", n)
	}
}

func TestGoneCaller(t *testing.T) {
	x := open(t, Config{})
	defer x.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, everything); !errors.Is(err, context.Canceled) {
		t.Errorf("Search: %v, want canceled", err)
	}
	if err := x.Put(ctx, []search.Doc{mug(1)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v, want canceled", err)
	}
	put(t, x, mug(1))
	if r := find(t, x, "mug"); r.Total != 1 {
		t.Errorf("found %d, want 1", r.Total)
	}
}

func TestCallersMayChangeAnswers(t *testing.T) {
	x := open(t, Config{Results: 10})
	defer x.Close()
	put(t, x, mug(1))
	r := find(t, x, "mug")
	want := fmt.Sprint(r)
	r.Hits[0].Title, r.Facets[0].Values[0].Count = "changed", 99
	if got := fmt.Sprint(find(t, x, " mug ")); got != want {
		t.Errorf("the next caller gets %s, want %s", got, want)
	}
}

func TestDecimal(t *testing.T) {
	for milli, want := range map[int64]string{0: "0", 15600: "15.6", 1: "0.001", -1: "-0.001", -500: "-0.5", -1500: "-1.5", 100: "0.1", 17000: "17"} {
		if got := search.Decimal(milli); got != want {
			t.Errorf("Decimal(%d) = %s, want %s", milli, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	for c, want := range map[Config]string{
		{"a.db", 24, 512}: "", {"", 24, 512}: "fts.path", {"a.db", 0, 512}: "fts.postings-mb", {"a.db", 24, -1}: "fts.results",
	} {
		err := c.Validate()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("Validate(%+v) = %v, want one that names %q", c, err, want)
		}
	}
	if _, err := Open(Config{Path: "/dev/null/search.db"}); err == nil {
		t.Error("an index opens where no file can be")
	}
}

// FuzzRecord reads damaged records: they must be refused or read, not crash.
func FuzzRecord(f *testing.F) {
	f.Add(pack(mug(1)))
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, record []byte) {
		m := newMirror()
		if m.set(0, record, 1) == nil {
			m.sort()
			m.drop(0)
		}
	})
}
