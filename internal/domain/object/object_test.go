package object

import (
	"strings"
	"testing"

	"tradewind/internal/platform/fault"
)

func TestAKeyIsNoWayOut(t *testing.T) {
	for _, key := range []string{"a", "a/b.jpg", "ein Hut.png", "größe/ß", "...", "a/..b", "-", "50%2F?#", strings.Repeat("x", MaxSegment)} {
		if err := CheckKey(key); err != nil {
			t.Errorf("CheckKey(%q) = %v", key, err)
		}
	}
	for _, key := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", "a\\..\\b", "a\x00", "a\nb", "\xff", strings.Repeat("x", MaxSegment+1), strings.Repeat("x/", MaxKey)} {
		if err := CheckKey(key); fault.Code(err) != "object-key-invalid" {
			t.Errorf("CheckKey(%q) = %v, want object-key-invalid", key, err)
		}
	}
}

func TestARangeStaysInside(t *testing.T) {
	tests := map[string]struct {
		part     Range
		size     int64
		from, to int64
		bad      bool
	}{
		"the whole":            {Range{}, 10, 0, 10, false},
		"the whole of nothing": {Range{}, 0, 0, 0, false},
		"from the middle":      {Range{5, 0}, 10, 5, 10, false},
		"a piece":              {Range{2, 3}, 10, 2, 5, false},
		"more than there is":   {Range{8, 1 << 62}, 10, 8, 10, false},
		"at the end":           {Range{10, 0}, 10, 0, 0, true},
		"before the start":     {Range{-1, 2}, 10, 0, 0, true},
		"less than nothing":    {Range{0, -1}, 10, 0, 0, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			from, to, err := tc.part.Span(tc.size)
			if from != tc.from || to != tc.to || (err != nil) != tc.bad {
				t.Errorf("%d %d %v", from, to, err)
			}
		})
	}
}
