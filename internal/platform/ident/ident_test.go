package ident

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestAnIdTellsItsMillisecond(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC),
		time.UnixMilli(0).UTC(),
		time.Date(2199, 12, 31, 23, 59, 59, 999_000_000, time.UTC),
	} {
		id := At(at)
		got, ok := Time(id)
		if !ok || !got.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("Time(%s) = %v, %v; want %v", id, got, ok, at)
		}
		if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no UUIDv7: %v", id, err)
		}
	}
	if got, ok := Time(New()); !ok || time.Since(got).Abs() > time.Minute {
		t.Errorf("an id of now is of %v, %v", got, ok)
	}
	for _, id := range []string{"", "x", uuid.NewString(), "zzzzzzzz-zzzz-7zzz-8zzz-zzzzzzzzzzzz"} {
		if got, ok := Time(id); ok {
			t.Errorf("Time(%q) = %v, want none", id, got)
		}
	}
}

func TestIdsOfLaterTimesSortLater(t *testing.T) {
	var ids []string
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 500 {
		ids = append(ids, At(at))
		at = at.Add(37 * time.Hour)
	}
	if !slices.IsSorted(ids) {
		t.Error("they do not")
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[At(at)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("a thousand ids of one moment are %d", len(seen))
	}
}

func TestAnIdMadeOfNumbersIsTheSameAgain(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, n := range []uint64{0, 1, 1<<63 + 5, 1<<64 - 1} {
		id := From(at, n, n+1)
		if got, ok := Time(id); !ok || !got.Equal(at) || id != From(at, n, n+1) || id == From(at, n, n+2) {
			t.Errorf("From(%d) = %s of %v", n, id, got)
		}
		if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no UUIDv7: %v", id, err)
		}
	}
}

func TestTheFirstIdOfAMomentIsBelowAllOfIt(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for range 100 {
		if first := First(at); first > At(at) || first <= At(at.Add(-time.Millisecond)) {
			t.Fatalf("%s is not between those before and those of the moment", first)
		}
	}
}
