package sharedtest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/shared"
)

// read does what somebody does who needs a document: find it, or read it and keep it.
func read(s suite, c shared.Documents, key string, database func() string) string {
	doc, version := c.Find(s.t.Context(), key)
	if doc != nil {
		return string(doc)
	}
	text := database()
	c.Keep(s.t.Context(), key, version, []byte(text), time.Minute)
	return text
}

func (s suite) documents() {
	ctx := s.t.Context()
	all := bytes.Repeat([]byte{0, '\r', '\n', 0xff, 'v', 'd'}, 10_000)
	for _, key := range []string{"", "cart 1", "a b\r\nDEL x", "{tag}"} {
		if doc, version := s.One.Find(ctx, key); doc != nil || version == "" {
			s.t.Fatalf("nothing was kept and Find(%q) = %.20q, %q", key, doc, version)
		} else {
			s.One.Keep(ctx, key, version, all, time.Minute)
		}
		if doc, version := s.Other.Find(ctx, key); !bytes.Equal(doc, all) || version != "" {
			s.t.Errorf("Find(%q) = %d bytes, %q", key, len(doc), version)
		}
	}
	_, version := s.One.Find(ctx, "short")
	s.One.Keep(ctx, "short", version, []byte("soon gone"), unit)
	s.Pass(2 * unit)
	if doc, _ := s.Other.Find(ctx, "short"); doc != nil {
		s.t.Errorf("after its time, Find = %q", doc)
	}
}

func (s suite) forgotten() {
	ctx := s.t.Context()
	for i := range 20 {
		key := fmt.Sprint("cart ", i)
		read(s, s.Other, key, func() string { return "old" })
		s.One.Forget(ctx, key, time.Minute) // and no time passes
		for _, c := range []shared.Documents{s.Other, s.One} {
			if doc, _ := c.Find(ctx, key); doc != nil {
				s.t.Fatalf("%s was forgotten, and somebody finds %q", key, doc)
			}
		}
		if got := read(s, s.Other, key, func() string { return "new" }); got != "new" {
			s.t.Errorf("after it was forgotten it reads %q", got)
		}
		if doc, _ := s.One.Find(ctx, key); string(doc) != "new" {
			s.t.Errorf("what was read afterwards is not kept: %q", doc)
		}
	}
}

func (s suite) slowReader() {
	ctx := s.t.Context()
	_, begun := s.One.Find(ctx, "cart")
	s.Other.Forget(ctx, "cart", time.Minute)
	s.One.Keep(ctx, "cart", begun, []byte("old"), time.Minute)
	if doc, _ := s.Other.Find(ctx, "cart"); doc != nil {
		s.t.Errorf("a reading that began before the change put %q back", doc)
	}
	_, after := s.Other.Find(ctx, "cart")
	s.One.Keep(ctx, "cart", begun, []byte("old"), time.Minute)
	s.Other.Keep(ctx, "cart", after, []byte("new"), time.Minute)
	s.One.Keep(ctx, "cart", begun, []byte("old"), time.Minute)
	s.One.Keep(ctx, "cart", "", []byte("old"), time.Minute)
	if doc, _ := s.One.Find(ctx, "cart"); string(doc) != "new" {
		s.t.Errorf("the slow reader left %q", doc)
	}
}

func (s suite) oneReading() {
	ctx := s.t.Context()
	_, one := s.One.Find(ctx, "cart")
	_, other := s.Other.Find(ctx, "cart")
	if one != other || one == "" {
		s.t.Errorf("who reads at the same time is given %q and %q", one, other)
	}
	s.One.Forget(ctx, "cart", time.Minute)
	if _, next := s.Other.Find(ctx, "cart"); next == one || next == "" {
		s.t.Errorf("who comes after a change joins who came before: %q", next)
	}
}

func (s suite) apartFromValues() {
	ctx := s.t.Context()
	s.One.Put(ctx, "same", []byte("value"), time.Minute)
	if doc, _ := s.One.Find(ctx, "same"); doc != nil {
		s.t.Errorf("a value is found as document %q", doc)
	}
	read(s, s.One, "same", func() string { return "document" })
	s.One.Forget(ctx, "same", time.Minute)
	if v, _ := s.Other.Get(ctx, "same"); string(v) != "value" {
		s.t.Errorf("the value became %q", v)
	}
}

// readersAndWriters is the promise itself: whoever reads after a change has been
// told of sees it or a later one.
func (s suite) readersAndWriters() {
	ctx := s.t.Context()
	var database, told atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		c := shared.Documents(s.One)
		if i%2 == 0 {
			c = s.Other
		}
		all.Go(func() {
			for range 100 {
				least := told.Load()
				var got int64
				if _, err := fmt.Sscan(read(s, c, "n", func() string { return fmt.Sprint(database.Load()) }), &got); err != nil || got < least {
					s.t.Errorf("read %d after %d was told (%v)", got, least, err)
					return
				}
			}
		})
	}
	for i := range 2 {
		c := shared.Documents(s.One)
		if i == 0 {
			c = s.Other
		}
		all.Go(func() {
			for range 50 {
				n := database.Add(1)
				c.Forget(ctx, "n", time.Minute)
				for have := told.Load(); have < n && !told.CompareAndSwap(have, n); have = told.Load() {
				}
			}
		})
	}
	all.Wait()
}
