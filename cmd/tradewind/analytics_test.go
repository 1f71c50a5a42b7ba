package main

import (
	"strings"
	"testing"
	"time"
)

func TestFiguresOfOneDayAreThatDays(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	from, until, err := analyticsWishes{from: "2026-11-01", until: "2026-11-01"}.days()
	if err != nil || !from.Equal(day) || !until.Equal(day) {
		t.Errorf("from %v until %v, %v", from, until, err)
	}
	from, until, err = analyticsWishes{}.days()
	if d := until.Sub(from); err != nil || d < 29*24*time.Hour || d > 31*24*time.Hour {
		t.Errorf("by default from %v until %v, %v", from, until, err)
	}
	if _, _, err := (analyticsWishes{until: "yesterday"}).days(); err == nil || !strings.HasPrefix(err.Error(), "until: ") {
		t.Errorf("until yesterday: %v", err)
	}
}
