package redis

import (
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tradewind/internal/adapter/faultytest"
)

// kept puts a document and is sure that it is there.
func (c *Cache) kept(t *testing.T, key, doc string) {
	t.Helper()
	eventually(t, "it is kept", func() bool {
		_, version := c.Find(t.Context(), key)
		c.Keep(t.Context(), key, version, []byte(doc), time.Hour)
		have, _ := c.Find(t.Context(), key)
		return string(have) == doc
	})
}

func TestWhatCouldNotBeToldIsForgottenHereAtOnceAndEverywhereAfterwards(t *testing.T) {
	for _, how := range []string{"refusing", "resetting", "silent"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			f := faultytest.New(t, server.Addr())
			x, seen := impatient(t, f.Addr)
			healthy := process(t, config(server.Addr()), nil)
			ctx := t.Context()
			x.kept(t, "session", "signed in")

			f.Behave(t, how)
			x.Forget(ctx, "session", time.Hour)
			if seen.count("timeout")+seen.count("error") == 0 {
				t.Fatal("the server was told")
			}
			if doc, version := x.Find(ctx, "session"); doc != nil || version != "" {
				t.Errorf("who forgot it finds %q, %q", doc, version)
			}
			f.Behave(t, "")
			for range 3 { // the server may be back before it was told
				if doc, _ := x.Find(ctx, "session"); doc != nil {
					t.Errorf("who forgot it finds %q", doc)
				}
			}
			eventually(t, "the others are told", func() bool { doc, _ := healthy.Find(ctx, "session"); return doc == nil })
			eventually(t, "documents are kept again", func() bool {
				_, version := x.Find(ctx, "session")
				x.Keep(ctx, "session", version, []byte("another"), time.Hour)
				doc, _ := healthy.Find(ctx, "session")
				return string(doc) == "another"
			})
		})
	}
}

func TestAReadingFromBeforeAnUntoldChangeIsNotKept(t *testing.T) {
	server := miniredis.RunT(t)
	f := faultytest.New(t, server.Addr())
	x, _ := impatient(t, f.Addr)
	healthy := process(t, config(server.Addr()), nil)
	_, version := healthy.Find(t.Context(), "cart")
	f.Behave(t, "refusing")
	x.Forget(t.Context(), "cart", time.Hour)
	f.Behave(t, "")
	x.Keep(t.Context(), "cart", version, []byte("old"), time.Hour)
	if doc, _ := healthy.Find(t.Context(), "cart"); doc != nil {
		t.Errorf("%q is kept", doc)
	}
}

func TestManyUntoldChangesTakeBoundedMemoryAndNoneIsLost(t *testing.T) {
	var s stale
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3*mostStale + 5 {
		s.add(fmt.Sprint(i), now.Add(time.Minute))
	}
	if n := len(s.list(now)); n > mostStale {
		t.Errorf("%d keys are remembered", n)
	}
	for _, key := range []string{"0", fmt.Sprint(mostStale), fmt.Sprint(3 * mostStale), "another"} {
		if !s.has(key, now.Add(time.Minute-1)) {
			t.Errorf("%s counts as told", key)
		}
		if s.has(key, now.Add(time.Minute)) {
			t.Errorf("%s is stale for good", key)
		}
	}
	if n := len(s.list(now.Add(time.Minute))); n != 0 {
		t.Errorf("%d marks stay", n)
	}
}

func TestAKeyThatIsForgottenAgainStaysSo(t *testing.T) {
	var s stale
	now := time.Now()
	first := s.add("k", now.Add(time.Minute))
	s.add("k", now.Add(time.Minute))
	if s.told("k", first); !s.has("k", now) {
		t.Error("the server heard of the first, and the second counts as told")
	}
}
