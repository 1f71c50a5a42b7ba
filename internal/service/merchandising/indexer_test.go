package merchandising_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tradewind/internal/adapter/opensearch"
	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/demo"
	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/merchandising"
)

// reader is an index of which a test sees what a rebuild reads, and breaks that off.
type reader struct {
	search.Index
	read []string
	most int // documents until the database is away; 0 for all
}

var errAway = errors.New("the database is away")

func (r *reader) Rebuild(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	r.read = nil
	return r.Index.Rebuild(ctx, func(after string) ([]search.Doc, error) {
		if r.most > 0 && len(r.read) >= r.most {
			return nil, errAway
		}
		docs, err := next(after)
		for _, d := range docs {
			r.read = append(r.read, d.ID)
		}
		return docs, err
	})
}

func TestAnInterruptedRebuildReadsOnlyTheRestOfTheCatalogue(t *testing.T) {
	url, name := opensearchtest.Open(t)
	x, err := opensearch.Open(opensearch.Config{URLs: url, Index: name, SearchWithin: 30 * time.Second, WriteWithin: time.Minute}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	s := newShelf(t)
	if _, err := demo.Seed(t.Context(), s.db, demo.Options{Now: func() time.Time { return noon }, NewID: ident.New}); err != nil {
		t.Fatal(err)
	}
	r := &reader{Index: x, most: 1}
	ix := &merchandising.Indexer{DB: s.db, Index: r}
	if err := ix.Rebuild(t.Context()); !errors.Is(err, errAway) {
		t.Fatalf("Rebuild: %v, want the error of the database", err)
	}
	first := r.read
	r.most = 0
	if err := ix.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest := r.read
	if err := ix.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(first) == 0 || len(rest) == 0 || !slices.Equal(append(slices.Clone(first), rest...), r.read) {
		t.Errorf("it read %d, then %d, of %d", len(first), len(rest), len(r.read))
	}
	w := &merchandising.Watcher{Indexer: ix}
	if d, err := w.Compare(t.Context(), false); err != nil || d.Differences() != 0 {
		t.Errorf("Compare = %+v, %v", d, err)
	}
	r.most = 1
	if err := ix.Rebuild(t.Context()); !errors.Is(err, errAway) {
		t.Errorf("Rebuild: %v, want the error of the database", err)
	}
	all := slices.Concat(first, rest)
	r.most = 0
	if err := ix.Anew(t.Context()); err != nil || !slices.Equal(r.read, all) {
		t.Errorf("anew it read %d of %d, %v", len(r.read), len(all), err)
	}
}

// busy is an empty index that somebody else rebuilds.
type busy struct {
	search.Index
	answers []string // to each Rebuild, a code or "" for success
	ends    int      // after that many the other has filled it; 0 for never
	asked   int
}

func (b *busy) Size(context.Context) (int64, error) {
	if b.ends > 0 && b.asked >= b.ends {
		return 7, nil
	}
	return 0, nil
}

func (b *busy) Rebuild(context.Context, func(after string) ([]search.Doc, error)) error {
	b.asked++
	if code := b.answers[b.asked-1]; code != "" {
		return fault.New(fault.Conflict, code, "No.")
	}
	return nil
}

func TestAShopThatOpensWaitsForTheRebuildOfAnother(t *testing.T) {
	s := newShelf(t)
	if _, err := demo.Seed(t.Context(), s.db, demo.Options{Now: func() time.Time { return noon }, NewID: ident.New}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		index busy
		want  string
	}{
		"which ends":                   {busy{answers: []string{search.RebuildRunning, search.RebuildRunning}, ends: 2}, ""},
		"which dies":                   {busy{answers: []string{search.RebuildRunning, search.RebuildRunning, ""}}, ""},
		"which takes over and dies":    {busy{answers: []string{search.RebuildTaken, ""}}, ""},
		"which has ended in between":   {busy{answers: []string{search.RebuiltMeanwhile}}, ""},
		"and then finds nothing there": {busy{answers: []string{search.RebuildRunning, "search-unavailable"}}, "search-unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			ix := &merchandising.Indexer{DB: s.db, Index: &tc.index}
			if rebuilt, err := ix.Ensure(t.Context()); !rebuilt || fault.Code(err) != tc.want || tc.index.asked != len(tc.index.answers) {
				t.Errorf("Ensure = %t, %v after %d of %v", rebuilt, err, tc.index.asked, tc.index.answers)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ix := &merchandising.Indexer{DB: s.db, Index: &busy{answers: []string{search.RebuildRunning}}, Pause: time.Hour}
	if _, err := ix.Ensure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Ensure of a shop that closes: %v", err)
	}
}
