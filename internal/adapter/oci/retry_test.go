package oci_test

import (
	"testing"
	"time"

	"tradewind/internal/adapter/oci"
)

func TestPausesGrowAndDiffer(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 50 {
		for attempt := range uint(8) {
			d := oci.Patient.Pause(attempt + 1)
			if limit := min(oci.Patient.Longest, oci.Patient.First<<attempt); d < 0 || d > limit {
				t.Fatalf("pause %d is %v, above %v", attempt+1, d, limit)
			}
			seen[d] = true
		}
	}
	if len(seen) < 300 {
		t.Errorf("400 pauses have %d lengths", len(seen))
	}
}
