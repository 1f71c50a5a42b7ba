// Package sharedtest is the conformance suite of shared.Common: what the shop
// relies on, whichever memory it is. It imports shared.
package sharedtest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/shared"
)

// Fixture is common memory as two processes see it; where there is no second
// one, both are the same.
type Fixture struct {
	One, Other shared.Common
	Pass       func(d time.Duration) // lets time go by
}

// Run tests a cache. open makes an empty one.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for name, test := range map[string]func(suite){
		"a value is everywhere until its time is over":       suite.values,
		"any bytes and any key":                              suite.hostile,
		"a change makes all of a space stale":                suite.change,
		"what was begun before a change stays behind":        suite.late,
		"spaces do not touch each other":                     suite.spaces,
		"versions do not come back":                          suite.unique,
		"a version lasts until the change":                   suite.lasting,
		"a rate lets a burst through, then its pace":         suite.rate,
		"a wait is as long as it says":                       suite.wait,
		"a refusal costs nothing":                            suite.refusal,
		"takers at the same time get what there is":          suite.race,
		"keys are counted apart":                             suite.apart,
		"a document is everywhere until its time":            suite.documents,
		"a forgotten document is so everywhere at once":      suite.forgotten,
		"a slow reader does not put an old document back":    suite.slowReader,
		"who reads at the same time may read once":           suite.oneReading,
		"documents and values do not touch each other":       suite.apartFromValues,
		"nobody reads what was before a change they know of": suite.readersAndWriters,
	} {
		t.Run(name, func(t *testing.T) { test(suite{open(t), t}) })
	}
}

type suite struct {
	Fixture
	t *testing.T
}

// unit is short enough to wait for and long against a busy machine.
const unit = 200 * time.Millisecond

func (s suite) values() {
	ctx := s.t.Context()
	if v, ok := s.One.Get(ctx, "answer"); ok {
		s.t.Errorf("nothing was put and Get = %q", v)
	}
	s.One.Put(ctx, "answer", []byte("42"), time.Minute)
	s.One.Put(ctx, "short", []byte("soon gone"), unit)
	if v, ok := s.Other.Get(ctx, "answer"); !ok || string(v) != "42" {
		s.t.Errorf("Get = %q, %v", v, ok)
	}
	s.Other.Put(ctx, "answer", []byte("43"), time.Minute)
	s.Pass(2 * unit)
	if v, ok := s.One.Get(ctx, "answer"); !ok || string(v) != "43" {
		s.t.Errorf("after another Put, Get = %q, %v", v, ok)
	}
	if v, ok := s.One.Get(ctx, "short"); ok {
		s.t.Errorf("after its time, Get = %q", v)
	}
}

func (s suite) hostile() {
	ctx := s.t.Context()
	all := bytes.Repeat([]byte{0, '\r', '\n', 0xff, '$', '"'}, 30_000)
	for _, key := range []string{"", " ", "a b\r\nDEL x", "{tag}", "}{", "ü\x00", strings.Repeat("k", 5000)} {
		want := append([]byte(key), all...)
		s.One.Put(ctx, key, want, time.Minute)
		if v, ok := s.Other.Get(ctx, key); !ok || !bytes.Equal(v, want) {
			s.t.Errorf("key %.20q comes back with %d bytes, %v", key, len(v), ok)
		}
		if wait := s.One.Take(ctx, key, shared.Rate{Every: time.Hour, Burst: 1}); wait != 0 {
			s.t.Errorf("first take of %.20q waits %v", key, wait)
		}
	}
	s.One.Put(ctx, "empty", nil, time.Minute)
	if v, ok := s.Other.Get(ctx, "empty"); !ok || len(v) != 0 {
		s.t.Errorf("an empty value comes back as %q, %v", v, ok)
	}
}

func (s suite) change() {
	ctx := s.t.Context()
	before := s.One.Version(ctx, "goods")
	if other := s.Other.Version(ctx, "goods"); other != before || before == "" {
		s.t.Errorf("one sees version %q, the other %q", before, other)
	}
	s.One.Change(ctx, "goods")
	after := s.One.Version(ctx, "goods")
	if after == before {
		s.t.Error("who changed it sees the old version")
	}
	s.Pass(shared.Notice)
	if other := s.Other.Version(ctx, "goods"); other != after {
		s.t.Errorf("after the notice the other sees %q, not %q", other, after)
	}
}

// late is the race of a slow reader with a change: the key that it puts under
// has the version in it.
func (s suite) late() {
	ctx := s.t.Context()
	begun := s.One.Version(ctx, "goods")
	s.Other.Change(ctx, "goods")
	s.One.Put(ctx, begun+"/price", []byte("old"), time.Minute)
	s.Pass(shared.Notice)
	for _, c := range []shared.Common{s.One, s.Other} {
		if v, ok := c.Get(ctx, c.Version(ctx, "goods")+"/price"); ok {
			s.t.Errorf("after the change somebody sees %q", v)
		}
	}
}

func (s suite) spaces() {
	ctx := s.t.Context()
	goods, people := s.One.Version(ctx, "goods"), s.One.Version(ctx, "people")
	s.One.Change(ctx, "goods")
	s.Pass(shared.Notice)
	if s.One.Version(ctx, "people") != people || s.Other.Version(ctx, "goods") == goods {
		s.t.Error("a change of goods was one of people")
	}
}

func (s suite) unique() {
	ctx := s.t.Context()
	seen := map[string]bool{}
	for range 200 {
		v := s.One.Version(ctx, "goods")
		if seen[v] {
			s.t.Fatalf("version %s was there before", v)
		}
		seen[v] = true
		s.One.Change(ctx, "goods")
	}
}

func (s suite) lasting() {
	ctx := s.t.Context()
	v := s.One.Version(ctx, "goods")
	s.Pass(2 * shared.Notice)
	if again := s.One.Version(ctx, "goods"); again != v {
		s.t.Errorf("nothing changed and the version did: %s, %s", v, again)
	}
}

// promptly does something that must take less than a unit, again under another
// key if the machine was too slow for that.
func (s suite) promptly(do func(key string) error) {
	s.t.Helper()
	for try := range 20 {
		began := time.Now()
		if err := do(fmt.Sprint("try ", try)); err == nil {
			return
		} else if time.Since(began) < unit/2 {
			s.t.Error(err)
			return
		}
	}
	s.t.Error("this machine is too slow to tell")
}

func (s suite) rate() {
	ctx := s.t.Context()
	r := shared.Rate{Every: unit, Burst: 3}
	used := ""
	s.promptly(func(key string) error {
		used = key
		for i := range 3 {
			if wait := s.One.Take(ctx, key, r); wait != 0 {
				return fmt.Errorf("take %d of the burst waits %v", i, wait)
			}
		}
		if wait := s.Other.Take(ctx, key, r); wait <= 0 || wait > unit {
			return fmt.Errorf("above the burst wait = %v, want at most %v", wait, unit)
		}
		return nil
	})
	s.Pass(unit)
	if wait := s.Other.Take(ctx, used, r); wait != 0 {
		s.t.Errorf("after %v the next one waits %v", unit, wait)
	}
	s.Pass(5 * unit)
	began, let := time.Now(), 0
	for s.One.Take(ctx, used, r) == 0 {
		let++
	}
	if slow := int(time.Since(began)/unit) + 1; let < 3 || let > 3+slow {
		s.t.Errorf("after a rest %d go through at once, want 3", let)
	}
}

func (s suite) wait() {
	ctx := s.t.Context()
	r := shared.Rate{Every: unit, Burst: 1}
	used, wait := "", time.Duration(0)
	s.promptly(func(key string) error {
		used = key
		s.One.Take(ctx, key, r)
		if wait = s.One.Take(ctx, key, r); wait <= 0 || wait > unit {
			return fmt.Errorf("wait = %v", wait)
		}
		return nil
	})
	s.Pass(wait)
	if again := s.One.Take(ctx, used, r); again != 0 {
		s.t.Errorf("after having waited %v there are %v more", wait, again)
	}
}

func (s suite) refusal() {
	ctx := s.t.Context()
	r := shared.Rate{Every: unit, Burst: 1}
	s.One.Take(ctx, "k", r)
	for range 50 {
		s.One.Take(ctx, "k", r)
	}
	if wait := s.One.Take(ctx, "k", r); wait > unit {
		s.t.Errorf("who was refused often waits %v", wait)
	}
}

func (s suite) race() {
	ctx := s.t.Context()
	r := shared.Rate{Every: time.Hour, Burst: 10}
	var through atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		c := s.One
		if i%2 == 0 {
			c = s.Other
		}
		all.Go(func() {
			if c.Take(ctx, "k", r) == 0 {
				through.Add(1)
			}
		})
	}
	all.Wait()
	if n := through.Load(); n != 10 {
		s.t.Errorf("%d of 40 went through, want 10", n)
	}
}

func (s suite) apart() {
	ctx := s.t.Context()
	r := shared.Rate{Every: time.Hour, Burst: 1}
	s.One.Take(ctx, "a", r)
	if wait := s.One.Take(ctx, "b", r); wait != 0 {
		s.t.Errorf("b waits %v for a", wait)
	}
	s.One.Put(ctx, "a", []byte("x"), time.Minute)
	if wait := s.One.Take(ctx, "a", r); wait == 0 {
		s.t.Error("a value took a counter's place")
	}
}
