package memory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/memory"
	"tradewind/internal/adapter/sharedtest"
	"tradewind/internal/domain/shared"
)

func TestConformance(t *testing.T) {
	sharedtest.Run(t, func(*testing.T) sharedtest.Fixture {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		c := memory.New(func() time.Time { return now })
		return sharedtest.Fixture{One: c, Other: c, Pass: func(d time.Duration) { now = now.Add(d) }}
	})
}

func TestItStaysWithinItsBounds(t *testing.T) {
	c := memory.New(time.Now)
	large := []byte(strings.Repeat("x", 1<<20))
	for i := range 20 {
		c.Put(t.Context(), fmt.Sprint(i), large, time.Hour)
	}
	kept := 0
	for i := range 20 {
		if _, ok := c.Get(t.Context(), fmt.Sprint(i)); ok {
			kept++
		}
	}
	if _, newest := c.Get(t.Context(), "19"); kept == 0 || kept > 8 || !newest {
		t.Errorf("%d of 20 MiB are kept, the newest: %v", kept, newest)
	}
	for range 1000 {
		c.Put(t.Context(), "same", large, time.Hour)
	}
	if _, ok := c.Get(t.Context(), "19"); !ok {
		t.Error("a value that is put again drives others out")
	}
	rate := shared.Rate{Every: time.Hour, Burst: 1}
	c.Take(t.Context(), "first", rate)
	for i := range 50_000 {
		c.Take(t.Context(), fmt.Sprint(i), rate)
	}
	if c.Take(t.Context(), "first", rate) != 0 {
		t.Error("a counter that nobody used for the longest time is still there")
	}
	if c.Take(t.Context(), "49999", rate) == 0 {
		t.Error("a counter that was just used is gone")
	}
}
