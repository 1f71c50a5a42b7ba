package merchandising_test

import (
	"context"
	"testing"
	"time"

	"tradewind/internal/adapter/fts"
	"tradewind/internal/adapter/opensearch"
	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/demo"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

// keeper is an index of which a test sees what a rebuild wrote.
type keeper struct {
	search.Index
	docs []search.Doc
}

func (k *keeper) Rebuild(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	k.docs = nil
	return k.Index.Rebuild(ctx, func(after string) ([]search.Doc, error) {
		docs, err := next(after)
		k.docs = append(k.docs, docs...)
		return docs, err
	})
}

// spoil replaces the content by what change makes of it.
func (k *keeper) spoil(t *testing.T, change func(docs []search.Doc) []search.Doc) {
	t.Helper()
	all := change(append([]search.Doc{}, k.docs...))
	if err := k.Index.Rebuild(t.Context(), func(string) ([]search.Doc, error) {
		page := all[:min(len(all), 200)]
		all = all[len(page):]
		return page, nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDriftIsFoundAndHealed(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		x, err := fts.Open(fts.Config{})
		if err != nil {
			t.Fatal(err)
		}
		drift(t, x)
	})
	t.Run("opensearch", func(t *testing.T) {
		url, name := opensearchtest.Open(t)
		x, err := opensearch.Open(opensearch.Config{URLs: url, Index: name, SearchWithin: 30 * time.Second, WriteWithin: time.Minute}, nil)
		if err != nil {
			t.Fatal(err)
		}
		drift(t, x)
	})
}

func drift(t *testing.T, x search.Index) {
	t.Cleanup(func() { x.Close() })
	s := newShelf(t)
	if _, err := demo.Seed(t.Context(), s.db, demo.Options{Now: func() time.Time { return noon }, NewID: ident.New}); err != nil {
		t.Fatal(err)
	}
	k := &keeper{Index: x}
	ix := &merchandising.Indexer{DB: s.db, Index: k}
	if err := ix.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &merchandising.Watcher{Indexer: ix}
	compare := func(heal bool, want merchandising.Drift) {
		t.Helper()
		got, err := w.Compare(t.Context(), heal)
		got.Looked = 0
		if err != nil || got != want {
			t.Errorf("Compare = %+v, %v, want %+v", got, err, want)
		}
	}
	compare(true, merchandising.Drift{})
	products := int64(len(k.docs))

	// Two products change, and nobody tells the index.
	for _, p := range s.products(t)[10:12] {
		if err := s.db.InTx(t.Context(), func(tx store.Stores) error { return tx.Catalog.Put(t.Context(), p.Revised(noon)) }); err != nil {
			t.Fatal(err)
		}
	}
	k.spoil(t, func(docs []search.Doc) []search.Doc {
		return append(docs[5:], search.Doc{ID: "zz-gone", Version: 3, Title: "Gone"}, search.Doc{ID: "00-gone", Version: 1, Title: "Gone"})
	})
	found := merchandising.Drift{Missing: 5, Stale: 2, Orphans: 2}
	compare(false, found)
	if last := w.Last(); last.Differences() != 9 || last.Healed != 0 {
		t.Errorf("remembered is %+v", last)
	}
	found.Healed = 9
	compare(true, found)
	compare(false, merchandising.Drift{})

	// Late versions, as after a restored backup, and an index that is all but
	// empty, are healed by a rebuild.
	if err := ix.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.spoil(t, func(docs []search.Doc) []search.Doc { docs[7].Version += 5; return docs })
	compare(false, merchandising.Drift{Ahead: 1})
	compare(true, merchandising.Drift{Ahead: 1, Healed: 1, Rebuilt: true})
	compare(false, merchandising.Drift{})
	for _, d := range k.docs[:3] { // removed by hand, and remembered as gone in a later version
		if err := x.Delete(t.Context(), d.ID, d.Version+1); err != nil {
			t.Fatal(err)
		}
	}
	compare(true, merchandising.Drift{Missing: 3, Healed: 3, Rebuilt: true})
	compare(false, merchandising.Drift{})
	if n, err := x.Size(t.Context()); err != nil || n != products {
		t.Errorf("Size = %d, %v, want %d", n, err, products)
	}
}
