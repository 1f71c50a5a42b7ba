package worker

import (
	"errors"
	"testing"
	"time"
)

func TestWhatFailsIsLeftAloneLongerAndLonger(t *testing.T) {
	away, pause := errors.New("away"), time.Second
	for i, want := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		if pause = after(away, pause, time.Second); pause != want {
			t.Errorf("after failure %d it waits %v, want %v", i+1, pause, want)
		}
	}
	if pause = after(nil, pause, time.Second); pause != time.Second {
		t.Errorf("after a success it waits %v", pause)
	}
	if got := after(away, time.Hour, time.Hour); got != time.Hour {
		t.Errorf("a job of every hour waits %v", got)
	}
}
