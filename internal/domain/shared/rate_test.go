package shared

import (
	"testing"
	"time"
)

func TestAMinuteHasAsManyAsItSays(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, n := range []int{1, 7, 60, 600, 6_000_000} {
		r := PerMinute(n)
		if r.Every < time.Microsecond || r.Burst < 1 || r.Burst > n {
			t.Fatalf("PerMinute(%d) = %+v", n, r)
		}
		var due time.Time
		count := func(now time.Time) (let int) {
			for {
				wait, next := r.Next(due, now)
				if wait > 0 {
					return let
				}
				due = next
				let++
			}
		}
		if let := count(noon); let != r.Burst {
			t.Errorf("%d a minute: %d at once, want %d", n, let, r.Burst)
		}
		let := 0
		for s := 1; s <= 60; s++ {
			let += count(noon.Add(time.Duration(s) * time.Second))
		}
		if let < n-1 || let > n+1 { // a minute does not divide by every number
			t.Errorf("%d a minute: %d in the minute after", n, let)
		}
	}
}

func TestAClockThatIsPutBackShutsNobodyOut(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := Rate{Every: time.Second, Burst: 2}
	_, due := r.Next(time.Time{}, noon)
	if wait, _ := r.Next(due, noon.Add(-time.Hour)); wait != r.Every {
		t.Errorf("wait = %v, want that of a client who has used up its burst", wait)
	}
}
