package opensearch

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/adapter/indextest"
	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// configOf is patient: tests share a small node with everything else.
func configOf(t testing.TB) Config {
	t.Helper()
	url, index := opensearchtest.Open(t)
	return Config{URLs: url, Index: index, SearchWithin: 30 * time.Second, WriteWithin: time.Minute}
}

func open(t testing.TB, c Config) *Index {
	t.Helper()
	x, err := Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func TestConformance(t *testing.T) {
	indextest.Run(t, func(t *testing.T) search.Index { return open(t, configOf(t)) })
}

func contextThatEnds(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), 10*time.Millisecond)
}

func product(id string, version int64) search.Doc {
	return search.Doc{ID: id, Slug: id, Title: "Mug", Version: version, Prices: map[string]int64{"EUR": version}}
}

// versions is what an index has.
func versionsIn(t *testing.T, x *Index) map[string]int64 {
	t.Helper()
	list, err := x.Versions(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, v := range list {
		out[v.ID] = v.Version
	}
	return out
}

// Two processes share a cluster: what one writes while the other rebuilds stays,
// also in the moment when the index is exchanged.
func TestAnotherProcessWritesDuringARebuild(t *testing.T) {
	c := configOf(t)
	mine, other := open(t, c), open(t, c)
	if err := mine.Put(t.Context(), []search.Doc{product("old", 1), product("sold-out", 1)}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	want := map[string]int64{"old": 1}
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := int64(1); ; i++ {
			for _, id := range []string{"a", fmt.Sprint("b", i%20)} {
				if err := other.Put(t.Context(), []search.Doc{product(id, i)}); err != nil {
					t.Errorf("put %s %d: %v", id, i, err)
				}
				want[id] = i
			}
			if i == 3 {
				if err := other.Delete(t.Context(), "sold-out", 2); err != nil {
					t.Error(err)
				}
			}
			select {
			case <-done:
				if i > 3 {
					return
				}
			default:
			}
		}
	})
	for range 3 {
		given := false
		if err := mine.Rebuild(t.Context(), func(string) ([]search.Doc, error) {
			if given {
				return nil, nil
			}
			given = true
			return []search.Doc{product("old", 1), product("sold-out", 1)}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	writer.Wait()
	got := versionsIn(t, mine)
	for id, version := range want {
		// What the last rebuild did not yield was written before it began.
		if have := got[id]; have != version && !(have == 0 && id != "a" && id != "old") {
			t.Errorf("%s has version %d, want %d", id, have, version)
		}
	}
}

// Of rebuilds at the same time one wins, and the others know.
func TestRebuildsOfTwoProcesses(t *testing.T) {
	c := configOf(t)
	var rebuilds sync.WaitGroup
	var won, lost atomic.Int64
	for range 3 {
		x := open(t, c)
		rebuilds.Go(func() {
			given := false
			err := x.Rebuild(t.Context(), func(string) ([]search.Doc, error) {
				if given {
					return nil, nil
				}
				given = true
				return []search.Doc{product("a", 7)}, nil
			})
			switch {
			case err == nil:
				won.Add(1)
			case fault.Code(err) == search.RebuildRunning:
				lost.Add(1)
			default:
				t.Errorf("Rebuild: %v", err)
			}
		})
	}
	rebuilds.Wait()
	if won.Load() == 0 || won.Load()+lost.Load() != 3 {
		t.Errorf("%d have won, %d lost", won.Load(), lost.Load())
	}
	x := open(t, c)
	if got := versionsIn(t, x); len(got) != 1 || got["a"] != 7 {
		t.Errorf("the index has %v", got)
	}
	if list, err := x.indexes(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("left are %v, %v", list, err)
	}
}

// Whoever removes the index gets an empty one, with the right mapping.
func TestTheIndexIsRemovedBehindItsBack(t *testing.T) {
	x := open(t, configOf(t))
	for range 2 {
		if err := x.Put(t.Context(), []search.Doc{product("a", 1)}); err != nil {
			t.Fatal(err)
		}
		name, err := x.behind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := x.admin(t.Context(), http.MethodDelete, "/"+name, nil, nil); err != nil {
			t.Fatal(err)
		}
		if n, err := x.Size(t.Context()); err != nil || n != 0 {
			t.Errorf("Size = %d, %v", n, err)
		}
		if _, err := x.Search(t.Context(), search.Query{Text: "mug", Limit: 1, Facets: true}); fault.Code(err) != "search-unavailable" {
			t.Errorf("Search: %v, want search-unavailable, so that the database answers", err)
		}
		if left := versionsIn(t, x); len(left) != 0 {
			t.Errorf("Versions = %v", left)
		}
		if _, err := x.behind(t.Context()); !absent(err) {
			t.Errorf("reading has made an index: %v", err)
		}
	}
}

// More numbers than a facet looks at: its ranges still count every product once.
func TestRangesOfManyNumbers(t *testing.T) {
	x := open(t, configOf(t))
	var docs []search.Doc
	for i := range int64(mostNumbers + 300) {
		d := product(fmt.Sprintf("p%05d", i), 1)
		milli := i * 1000
		d.Attributes = []search.Attr{{Name: "weight", Label: "Weight", Unit: "g", Milli: &milli, Facet: true}}
		docs = append(docs, d)
	}
	if err := x.Put(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	r, err := x.Search(t.Context(), search.Query{Currency: "EUR", Limit: 1, Facets: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Facets {
		if f.Name != "weight" {
			continue
		}
		for i, v := range f.Values {
			chosen := search.Query{Currency: "EUR", Limit: 1, Attributes: []search.AttrFilter{{Name: "weight", MinMilli: v.Min, MaxMilli: v.Max}}}
			if got, err := x.Search(t.Context(), chosen); err != nil || got.Total != v.Count {
				t.Errorf("%s promises %d, gives %d, %v", v.Label, v.Count, got.Total, err)
			}
			if i > 0 && f.Values[i-1].Max >= v.Min {
				t.Errorf("%s and %s overlap", f.Values[i-1].Label, v.Label)
			}
		}
		if len(f.Values) != search.MostRanges {
			t.Errorf("%d ranges", len(f.Values))
		}
		return
	}
	t.Error("no facet of weights")
}

// FuzzText searches for anything.
func FuzzText(f *testing.F) {
	for _, text := range indextest.Hostile {
		f.Add(text)
	}
	x := open(f, configOf(f))
	if err := x.Put(f.Context(), []search.Doc{product("mug", 1)}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) { indextest.CheckText(t, x, text) })
}
