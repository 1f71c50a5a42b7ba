package indextest

import (
	"fmt"
	"sync"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// feed gives batches, each after the last document of the one before.
func (s suite) feed(batches ...[]search.Doc) func(after string) ([]search.Doc, error) {
	return func(after string) ([]search.Doc, error) {
		last := ""
		for _, b := range batches {
			if last == after {
				return b, nil
			}
			last = b[len(b)-1].ID
		}
		if last != after {
			s.t.Errorf("the feed is asked for what follows %q, which it never gave", after)
		}
		return nil, nil
	}
}

func (s suite) rebuild() {
	s.put(doc("old", "Old mug", "x", ""))
	if err := s.Rebuild(s.t.Context(), s.feed(shop()[:3], shop()[3:])); err != nil {
		s.t.Fatal(err)
	}
	s.size(7)
	s.finds("mug", "mug tea", "")
	s.finds("old", "", "")
	s.put(doc("late", "Old mug", "x", ""))
	s.finds("old", "late", "")
	if err := s.Rebuild(s.t.Context(), s.feed()); err != nil {
		s.t.Fatal(err)
	}
	s.size(0)
}

func (s suite) rebuildWrites() {
	s.put(shop()...)
	calls := 0
	err := s.Rebuild(s.t.Context(), func(string) ([]search.Doc, error) {
		if calls++; calls > 1 {
			return nil, nil
		}
		newer := doc("mug", "Newer cup", "Potter", "")
		newer.Version = 2
		s.put(newer, doc("new", "Vase", "Potter", ""))
		if err := s.Delete(s.t.Context(), "cam", 2); err != nil {
			return nil, err
		}
		s.finds("mug", "tea", "")
		return shop(), nil // read before these writes
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.finds("mug", "tea", "")
	s.finds("cup", "mug", "")
	s.finds("vase", "new", "")
	s.finds("lumex", "", "")
	s.size(7)
}

func (s suite) rebuildFails() {
	s.put(shop()...)
	calls := 0
	err := s.Rebuild(s.t.Context(), func(string) ([]search.Doc, error) {
		if calls++; calls > 1 {
			return nil, fault.New(fault.Unavailable, "database-away", "Later.")
		}
		return []search.Doc{doc("x", "New", "x", "")}, nil
	})
	if fault.Code(err) != "database-away" {
		s.t.Errorf("Rebuild: %v, want the error of its source", err)
	}
	s.size(7)
	s.finds("mug", "mug tea", "")
	s.put(doc("new", "Vase", "Potter", ""))
	s.finds("vase", "new", "")
}

// rebuildAgain interrupts a rebuild, and changes what it has read.
func (s suite) rebuildAgain() {
	s.put(doc("old", "Old mug", "x", ""))
	docs := shop()
	broken := func(after string) ([]search.Doc, error) {
		if after != "" {
			return nil, fault.New(fault.Unavailable, "database-away", "Later.")
		}
		return docs[:3], nil
	}
	interrupt := func() {
		s.t.Helper()
		if err := s.Rebuild(s.t.Context(), broken); fault.Code(err) != "database-away" {
			s.t.Errorf("Rebuild: %v, want the error of its source", err)
		}
	}
	interrupt()
	newer := doc("mug", "Newer cup", "Potter", "")
	newer.Version = 2
	s.put(newer, doc("a", "Vase", "Potter", ""))
	if err := s.Delete(s.t.Context(), "bag", 2); err != nil {
		s.t.Fatal(err)
	}
	interrupt()
	if err := s.Rebuild(s.t.Context(), s.feed([]search.Doc{docs[0], newer}, docs[3:5], append(docs[5:7:7], doc("a", "Vase", "Potter", "")))); err != nil {
		s.t.Fatal(err)
	}
	s.finds("cup", "mug", "")
	s.finds("camera", "cam", "")
	s.finds("vase", "a", "")
	s.size(7)

	// What was read before is not true any more.
	docs[0].Title = "Drone"
	interrupt()
	if err := s.Forget(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.finds("drone", "", "")
	if err := s.Rebuild(s.t.Context(), s.feed(shop()[:1])); err != nil {
		s.t.Fatal(err)
	}
	s.finds("drone", "", "")
	s.finds("", "cam", "")
}

// concurrent lets searches meet rebuilds, puts and deletes. Every search must
// see the camera: it is in each state that the index goes through.
func (s suite) concurrent() {
	s.put(shop()...)
	done := make(chan struct{})
	var searchers sync.WaitGroup
	for range 4 {
		searchers.Go(func() {
			for {
				r, err := s.Search(s.t.Context(), search.Query{Text: "lumex camera", Currency: "EUR", Sort: search.Relevance, Limit: 10, Facets: true})
				if err != nil || len(r.Hits) == 0 || r.Hits[0].ID != "cam" {
					s.t.Errorf("a search in between finds %q, %v", ids(r), err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	var writers sync.WaitGroup
	writers.Go(func() {
		for i := range 5 {
			if err := s.Rebuild(s.t.Context(), s.feed(shop())); err != nil {
				s.t.Errorf("rebuild %d: %v", i, err)
			}
		}
	})
	writers.Go(func() {
		for i := range 50 {
			d := doc(fmt.Sprint("new", i), "Camera strap", "Lumex", fmt.Sprint("word", i))
			d.Version = int64(i)
			if err := s.Put(s.t.Context(), []search.Doc{d}); err != nil {
				s.t.Errorf("put %d: %v", i, err)
			}
			if i%2 == 0 {
				if err := s.Delete(s.t.Context(), d.ID, d.Version+1); err != nil {
					s.t.Errorf("delete %d: %v", i, err)
				}
			}
		}
	})
	writers.Wait()
	close(done)
	searchers.Wait()
}
