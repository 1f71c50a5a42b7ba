package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/memory"
	"tradewind/internal/domain/shared"
)

// wide is memory that several APIs of a test share as processes would.
type wide struct{ *memory.Cache }

func (wide) Everywhere() bool { return true }

// forgetful is common memory that cannot be reached.
type forgetful struct{ *memory.Cache }

func (forgetful) Everywhere() bool                                            { return true }
func (forgetful) Get(context.Context, string) ([]byte, bool)                  { return nil, false }
func (forgetful) Put(context.Context, string, []byte, time.Duration)          {}
func (forgetful) Take(context.Context, string, shared.Rate) (_ time.Duration) { return 0 }

// telling is a view that says which process answers and how often it was asked.
func telling(name string, calls *int) viewer {
	return func(*http.Request) (any, error) { *calls++; return name, nil }
}

func TestAnAnswerOfOneProcessServesAll(t *testing.T) {
	now := noon
	common := wide{memory.New(func() time.Time { return now })}
	one, other := keptIn(common, &now, 1<<20), keptIn(common, &now, 1<<20)
	var calls int
	first, second := one.cached(telling("one", &calls)), other.cached(telling("other", &calls))
	if a, b := get(t, first, "/x?a=1"), get(t, second, "/x?a=1"); a != `"one"` || b != a || calls != 1 {
		t.Errorf("one says %s, the other %s, after %d calls", a, b, calls)
	}
	if got := get(t, second, "/x?a=2"); got != `"other"` {
		t.Errorf("another address = %s", got)
	}

	now = now.Add(time.Second - time.Millisecond)
	if got := get(t, second, "/x?a=1"); got != `"one"` {
		t.Errorf("within its time = %s", got)
	}
	now = now.Add(time.Millisecond)
	if got := get(t, second, "/x?a=1"); got != `"other"` {
		t.Errorf("an answer got a second life where it was shared: %s", got)
	}

	one.Forget(t.Context())
	if got := get(t, second, "/x?a=1"); got != `"other"` || calls != 4 {
		t.Errorf("after a change in one process the other says %s, after %d calls", got, calls)
	}
}

func TestAnAnswerMadeBeforeAChangeServesNobody(t *testing.T) {
	now := noon
	common := wide{memory.New(func() time.Time { return now })}
	one, other := keptIn(common, &now, 1<<20), keptIn(common, &now, 1<<20)
	price := "old"
	slow := one.cached(func(*http.Request) (any, error) {
		seen := price
		price = "new"
		other.Forget(t.Context()) // the change comes while the answer is made
		return seen, nil
	})
	fresh := func(*http.Request) (any, error) { return price, nil }
	get(t, slow, "/x")
	for name, a := range map[string]*API{"the same process": one, "the other": other} {
		if got := get(t, a.cached(fresh), "/x"); got != `"new"` {
			t.Errorf("%s says %s", name, got)
		}
	}
}

// A request that comes after a change must not be given what an earlier one
// is still making.
func TestWhoComesAfterAChangeDoesNotWaitForWhatWasBegunBefore(t *testing.T) {
	now := noon
	a := kept(&now, 1<<20)
	begun, release, ended := make(chan struct{}), make(chan struct{}), make(chan string)
	go func() {
		ended <- get(t, a.cached(func(*http.Request) (any, error) { close(begun); <-release; return "old", nil }), "/x")
	}()
	<-begun
	a.Forget(t.Context())
	if got := get(t, a.cached(func(*http.Request) (any, error) { return "new", nil }), "/x"); got != `"new"` {
		t.Errorf("= %s", got)
	}
	close(release)
	<-ended
	if got := get(t, a.cached(func(*http.Request) (any, error) { return "newer", nil }), "/x"); got == `"old"` {
		t.Error("the late answer is remembered")
	}
}

func TestWithoutCommonMemoryEachProcessRemembersForItself(t *testing.T) {
	now := noon
	clock := func() time.Time { return now }
	one, other := keptIn(forgetful{memory.New(clock)}, &now, 1<<20), keptIn(forgetful{memory.New(clock)}, &now, 1<<20)
	var calls int
	for range 3 {
		get(t, one.cached(telling("one", &calls)), "/x")
		get(t, other.cached(telling("other", &calls)), "/x")
	}
	if calls != 2 {
		t.Errorf("two processes made %d answers, want one each", calls)
	}
	one.Forget(t.Context())
	get(t, one.cached(telling("one", &calls)), "/x")
	if calls != 3 {
		t.Error("a change was not seen by the process that made it")
	}
}

func TestWhatIsNotAnAnswerIsNotSharedAsOne(t *testing.T) {
	now := noon
	common := wide{memory.New(func() time.Time { return now })}
	a := keptIn(common, &now, 1<<20)
	fail := a.cached(func(*http.Request) (any, error) { return nil, errors.New("no") })
	if err := fail(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)); err == nil {
		t.Fatal("no error")
	}
	key := a.cache.far.key("/x?", a.cache.version(t.Context()))
	if v, ok := common.Get(t.Context(), key); ok {
		t.Errorf("an error was shared: %s", v)
	}
	for name, junk := range map[string]string{"nothing": "", "no time": "x", "long ago": strings.Repeat("\x00", 8) + `"junk"`} {
		common.Put(t.Context(), key, []byte(junk), time.Minute)
		if e := a.cache.fetch(t.Context(), "/x?", a.cache.version(t.Context())); e != nil {
			t.Errorf("%s became the answer %s", name, e.body)
		}
	}
	common.Put(t.Context(), key, []byte("\x7f\xff\xff\xff\xff\xff\xff\xff"+`"clock"`), time.Minute)
	if e := a.cache.fetch(t.Context(), "/x?", a.cache.version(t.Context())); e == nil || e.expires.After(now.Add(time.Second)) {
		t.Error("another process' clock made an answer live longer")
	}
}

func TestAnotherEditionDoesNotAnswerForThisOne(t *testing.T) {
	base := Config{Currency: "EUR", Language: "en"}
	for name, c := range map[string]Config{"currency": {Currency: "USD", Language: "en"}, "language": {Currency: "EUR", Language: "de"}, "translations": {Currency: "EUR", Language: "en", Languages: "de"}} {
		if c.edition() == base.edition() {
			t.Errorf("another %s is the same edition", name)
		}
	}
}
