package opensearch

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// shelf is a database of products, read in pages of two.
type shelf struct {
	versions map[string]int64
	asked    []string // after which product
	fails    string   // after which the database is away; "" for never
}

var errAway = errors.New("the database is away")

// newShelf has products p00 to p09.
func newShelf() *shelf {
	s := &shelf{versions: map[string]int64{}}
	for i := range 10 {
		s.versions[fmt.Sprintf("p%02d", i)] = 1
	}
	return s
}

func (s *shelf) next(after string) (docs []search.Doc, err error) {
	s.asked = append(s.asked, after)
	if s.fails != "" && after >= s.fails {
		return nil, errAway
	}
	for _, id := range slices.Sorted(maps.Keys(s.versions)) {
		if id > after && len(docs) < 2 {
			docs = append(docs, product(id, s.versions[id]))
		}
	}
	return docs, nil
}

// first is after which product it was asked first.
func (s *shelf) first() string { return s.asked[0] }

func wants(t *testing.T, x *Index, want map[string]int64) {
	t.Helper()
	if got := versionsIn(t, x); !maps.Equal(got, want) {
		t.Errorf("the index has %v, want %v", got, want)
	}
}

// later is a client whose clock is past the lease of anybody who is silent.
func later(t *testing.T, c Config) *Index {
	x := open(t, c)
	x.now = func() time.Time { return time.Now().Add(x.leased() + time.Second) }
	return x
}

// killed leaves what a rebuild does that is killed after it has read up to p05.
func killed(t *testing.T, x *Index) progress {
	t.Helper()
	if err := x.ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := x.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf()
	s.fails = "p05"
	if err := l.rebuild(t.Context(), s.next); !errors.Is(err, errAway) {
		t.Fatal(err)
	}
	return l.progress
}

func noted(t *testing.T, x *Index) progress {
	t.Helper()
	l, err := x.holder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l.progress
}

func TestARebuildGoesOnWhereAnotherWasInterrupted(t *testing.T) {
	c := configOf(t)
	mine, shop := open(t, c), open(t, c)
	if err := shop.Put(t.Context(), []search.Doc{product("old", 1)}); err != nil {
		t.Fatal(err)
	}
	s := newShelf()
	s.fails = "p05"
	visible := map[string]int64{"old": 1}
	if err := mine.Rebuild(t.Context(), func(after string) ([]search.Doc, error) {
		wants(t, shop, visible)
		return s.next(after)
	}); !errors.Is(err, errAway) {
		t.Fatalf("Rebuild: %v, want the error of its source", err)
	}
	wants(t, shop, visible)

	// Meanwhile products change, come and go, before and after that place.
	for id, version := range map[string]int64{"p01": 2, "p08": 3, "p00a": 1, "p20": 1} {
		s.versions[id], visible[id] = version, version
		if err := shop.Put(t.Context(), []search.Doc{product(id, version)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"p02", "p07", "old"} {
		delete(s.versions, id)
		delete(visible, id)
		if err := shop.Delete(t.Context(), id, 2); err != nil {
			t.Fatal(err)
		}
	}
	s.asked, s.fails = nil, ""
	if err := open(t, c).Rebuild(t.Context(), func(after string) ([]search.Doc, error) { // as another process would
		wants(t, shop, visible)
		return s.next(after)
	}); err != nil {
		t.Fatal(err)
	}
	wants(t, shop, s.versions)
	if want := []string{"p05", "p08", "p20"}; !slices.Equal(s.asked, want) {
		t.Errorf("it read what follows %v, want %v", s.asked, want)
	}

	s.asked = nil
	if err := mine.Rebuild(t.Context(), s.next); err != nil || s.first() != "" {
		t.Errorf("the next reads what follows %q, %v", s.first(), err)
	}
	wants(t, shop, s.versions)
}

// More is written between the two than is copied at once.
func TestManyWritesWhileNobodyRebuilds(t *testing.T) {
	c := configOf(t)
	killed(t, open(t, c))
	x, s := later(t, c), newShelf()
	var docs []search.Doc
	for i := range copiedAtOnce + 1000 {
		docs = append(docs, product(fmt.Sprintf("many%05d", i), 1))
	}
	if err := x.Put(t.Context(), append(docs, product("p01", 2))); err != nil {
		t.Fatal(err)
	}
	if err := x.Rebuild(t.Context(), s.next); err != nil {
		t.Fatal(err)
	}
	if n, err := x.Size(t.Context()); err != nil || n != int64(len(docs)+10) {
		t.Errorf("Size = %d, %v, want %d", n, err, len(docs)+10)
	}
}

func TestWhatAnotherEditionHasBegunIsBegunAnew(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, x *Index, left progress){
		"another edition": func(t *testing.T, x *Index, _ progress) { x.made = "another" },
		"the index in use was lost": func(t *testing.T, x *Index, left progress) {
			if err := x.admin(t.Context(), http.MethodDelete, "/"+left.Old, nil, nil); err != nil {
				t.Fatal(err)
			}
			if err := x.ensure(t.Context()); err != nil { // by the same name
				t.Fatal(err)
			}
		},
		"the fresh one was lost": func(t *testing.T, x *Index, left progress) {
			if err := x.admin(t.Context(), http.MethodDelete, "/"+left.Fresh, nil, nil); err != nil {
				t.Fatal(err)
			}
		},
		"what was noted was lost": func(t *testing.T, x *Index, _ progress) {
			if err := x.admin(t.Context(), http.MethodDelete, "/"+x.lease(), nil, nil); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := configOf(t)
			left := killed(t, open(t, c))
			x, s := later(t, c), newShelf()
			change(t, x, left)
			if err := x.Rebuild(t.Context(), s.next); err != nil || s.first() != "" {
				t.Errorf("Rebuild: %v, read %v", err, s.asked)
			}
			wants(t, x, s.versions)
			if there, err := x.indexes(t.Context()); err != nil || len(there) != 1 || there[left.Fresh] != "" {
				t.Errorf("left are %v, %v", there, err)
			}
		})
	}
}

// A rebuild is killed after the exchange, while somebody still writes to the old
// index: the next one copies that before it begins.
func TestTheLastWritesAreCopiedByTheNextRebuild(t *testing.T) {
	c := configOf(t)
	x, s := open(t, c), newShelf()
	killed(t, x)
	x = later(t, c)
	l, err := x.take(t.Context())
	if err == nil {
		err = l.begin(t.Context())
	}
	if err == nil {
		err = errors.Join(l.fill(t.Context(), s.next), l.catchUp(t.Context()), x.write(t.Context(), l.Old, []search.Doc{product("p09", 2)}, false), l.exchange(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	wants(t, x, s.versions)
	next := open(t, c)
	next.now = func() time.Time { return x.now().Add(x.leased() + time.Second) }
	if err := next.Rebuild(t.Context(), func(string) ([]search.Doc, error) { return nil, errAway }); !errors.Is(err, errAway) {
		t.Errorf("Rebuild: %v", err)
	}
	s.versions["p09"] = 2
	wants(t, x, s.versions)
	if there, err := x.indexes(t.Context()); err != nil || there[l.Old] != "" || there[l.Fresh] == "" {
		t.Errorf("left are %v, %v", there, err)
	}
}

func TestTheIndexInUseIsNeverDiscarded(t *testing.T) {
	x, s := open(t, configOf(t)), newShelf()
	left := killed(t, x)
	x.now = later(t, x.config).now
	if err := x.Rebuild(t.Context(), s.next); err != nil {
		t.Fatal(err)
	}
	other := x.alias + "-other"
	if err := x.admin(t.Context(), http.MethodPut, "/"+other, creation(), nil); err != nil {
		t.Fatal(err)
	}
	for _, believed := range []string{left.Old, other} { // to be in use: the one is gone, the other is not
		if err := x.discard(t.Context(), believed, left.Fresh); fault.Code(err) != search.RebuiltMeanwhile {
			t.Errorf("discard: %v, want rebuilt-meanwhile", err)
		}
	}
	wants(t, x, s.versions)
}
