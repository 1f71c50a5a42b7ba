package opensearch

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

func TestALeaseThatIsNotOverIsRespected(t *testing.T) {
	c := configOf(t)
	left := killed(t, open(t, c))
	x, s := open(t, c), newShelf()
	for what, do := range map[string]func() error{
		"Rebuild": func() error { return x.Rebuild(t.Context(), s.next) },
		"Forget":  func() error { return x.Forget(t.Context()) },
	} {
		if err := do(); fault.Code(err) != search.RebuildRunning || !strings.Contains(err.Error(), time.UnixMilli(left.Until).UTC().Format("15:04:05")) {
			t.Errorf("%s: %v, want rebuild-running and until when", what, err)
		}
	}
	if now := noted(t, x); now != left || len(s.asked) > 0 {
		t.Errorf("noted is %+v, want %+v; read was %v", now, left, s.asked)
	}
	if err := later(t, c).Rebuild(t.Context(), s.next); err != nil || s.first() != "p05" {
		t.Errorf("after its end: %v, read from %q", err, s.first())
	}
	wants(t, x, s.versions)
}

func TestOfTwoWhoGoOnOneDoes(t *testing.T) {
	c := configOf(t)
	left := killed(t, open(t, c))
	var both sync.WaitGroup
	var won, lost atomic.Int64
	gaveWay := make(chan struct{})
	for range 2 {
		x, s := later(t, c), newShelf()
		both.Go(func() {
			err := x.Rebuild(t.Context(), func(after string) ([]search.Doc, error) {
				select {
				case <-gaveWay:
				case <-time.After(time.Minute):
					t.Error("the other does not say so")
				}
				return s.next(after)
			})
			switch {
			case err == nil && s.first() == "p05":
				won.Add(1)
			case fault.Code(err) == search.RebuildRunning && lost.Add(1) == 1:
				close(gaveWay)
			default:
				t.Errorf("Rebuild: %v, read %v", err, s.asked)
			}
		})
	}
	both.Wait()
	x := open(t, c)
	if used, err := x.behind(t.Context()); err != nil || used != left.Fresh || won.Load() != 1 || lost.Load() != 1 {
		t.Errorf("%d went on, %d gave way; used is %s, %v, want %s", won.Load(), lost.Load(), used, err, left.Fresh)
	}
	wants(t, x, newShelf().versions)
}

// A rebuild that was away for long finds that another has gone on: with the
// rest, to the end, or anew.
func TestARebuildThatWasTakenStopsAndRemovesNothing(t *testing.T) {
	for name, other := range map[string]func(t *testing.T, x *Index, s *shelf){
		"with a part": func(t *testing.T, x *Index, s *shelf) {
			s.fails = "p07"
			if err := x.Rebuild(t.Context(), s.next); !errors.Is(err, errAway) || s.first() != "p03" {
				t.Errorf("Rebuild: %v, read %v", err, s.asked)
			}
		},
		"to the end": func(t *testing.T, x *Index, s *shelf) {
			if err := x.Rebuild(t.Context(), s.next); err != nil || s.first() != "p03" {
				t.Errorf("Rebuild: %v, read %v", err, s.asked)
			}
		},
		"anew": func(t *testing.T, x *Index, s *shelf) {
			if err := errors.Join(x.Forget(t.Context()), x.Rebuild(t.Context(), s.next)); err != nil || s.first() != "" {
				t.Errorf("Rebuild: %v, read %v", err, s.asked)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := configOf(t)
			slow, quick := open(t, c), open(t, c)
			var away time.Duration
			clock := func() time.Time { return time.Now().Add(away) }
			slow.now, quick.now = clock, clock
			mine, theirs := newShelf(), newShelf()
			var then progress
			var there map[string]string
			var shown map[string]int64
			mine.versions["p04"] = 9 // a write that must not arrive any more
			err := slow.Rebuild(t.Context(), func(after string) ([]search.Doc, error) {
				if after == "p03" && away == 0 {
					away = slow.leased() + time.Second
					other(t, quick, theirs)
					then = noted(t, quick)
					there, _ = quick.indexes(t.Context())
					shown = versionsIn(t, quick)
				}
				return mine.next(after)
			})
			if fault.Code(err) != search.RebuildTaken {
				t.Errorf("Rebuild: %v, want rebuild-taken", err)
			}
			left, err := quick.indexes(t.Context())
			if now := noted(t, quick); err != nil || now != then || !maps.Equal(left, there) || len(left) == 0 {
				t.Errorf("noted is %+v, want %+v; there are %v, want %v, %v", now, then, left, there, err)
			}
			wants(t, quick, shown)
			theirs.fails = ""
			if err := slow.Rebuild(t.Context(), theirs.next); err != nil {
				t.Error(err)
			}
			wants(t, slow, theirs.versions)
		})
	}
}

// Every second answer to a change is lost, though not the change.
func TestLostAnswersDoNotEndARebuild(t *testing.T) {
	c := configOf(t)
	target, err := url.Parse(c.URLs)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	var changes, lost atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || changes.Add(1)%2 == 0 {
			forward.ServeHTTP(w, r)
			return
		}
		forward.ServeHTTP(httptest.NewRecorder(), r)
		lost.Add(1)
		cut("")(w, r)
	}))
	t.Cleanup(front.Close)
	direct := c
	c.URLs = front.URL
	x, s := open(t, c), newShelf()
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := x.Rebuild(ctx, s.next); err != nil {
			t.Error(err)
		}
		cancel()
	}
	if wants(t, open(t, direct), s.versions); lost.Load() < 20 {
		t.Errorf("%d answers were lost", lost.Load())
	}
	if there, err := open(t, direct).indexes(t.Context()); err != nil || len(there) != 1 {
		t.Errorf("left are %v, %v", there, err)
	}
}
