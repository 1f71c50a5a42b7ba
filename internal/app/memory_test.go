package app

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheLimitStaysAboveWhatIsAlive(t *testing.T) {
	m := memoryLimit{least: 80 << 20}
	for live, want := range map[int64]int64{0: 80 << 20, 20 << 20: 80 << 20, 70 << 20: 136 << 20, 1 << 30: 1568 << 20} {
		if got := m.limitFor(live); got != want {
			t.Errorf("with %d MiB alive the limit is %d MiB, want %d", live>>20, got>>20, want>>20)
		}
	}
}

func TestTheLimitFollowsTheHeap(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	m := memoryLimit{least: 64 << 20}
	alive := make([]byte, 100<<20)
	runtime.GC()
	if err := m.adjust(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := debug.SetMemoryLimit(-1); got < 150<<20 || got != m.now {
		t.Errorf("with 100 MiB alive the limit is %d MiB", got>>20)
	}
	runtime.KeepAlive(alive)
	if off := (&memoryLimit{}); off.adjust(t.Context()) != nil || off.now != 0 {
		t.Error("a limit was set where none was asked for")
	}
}
