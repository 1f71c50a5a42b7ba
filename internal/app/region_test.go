package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// inRegion is a shop of its own in a region that shares the fence.
func inRegion(t *testing.T, name, fence string) Config {
	t.Helper()
	c := shopIn(t)
	c.HTTPAddr, c.OpsAddr = "127.0.0.1:0", "off"
	c.Region = RegionConfig{Name: name, Fence: fence, Every: 100 * time.Millisecond}
	return c
}

// opened runs a shop until it ends by itself or the test does.
func opened(t *testing.T, c Config) (ended chan error, isOpen chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended, isOpen = make(chan error, 1), make(chan struct{})
	go func() { ended <- Run(ctx, c, io.Discard, func(*App) { close(isOpen) }) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Error("the shop does not close")
		}
	})
	return ended, isOpen
}

func TestOnlyTheRegionThatWasPromotedSells(t *testing.T) {
	fence := t.TempDir()
	a, b := inRegion(t, "iad", fence), inRegion(t, "phx", fence)
	aEnds, aOpen := opened(t, a)
	<-aOpen
	if err := Run(t.Context(), b, io.Discard, nil); !errors.Is(err, errFenced) || !strings.Contains(err.Error(), "iad since") {
		t.Fatalf("the other region opens beside the first: %v", err)
	}
	was, is, err := b.Promote(t.Context())
	if err != nil || was.Region != "iad" || is.Region != "phx" || is.N != 2 {
		t.Fatalf("%+v, %+v, %v", was, is, err)
	}
	select {
	case err := <-aEnds:
		if !errors.Is(err, errFenced) {
			t.Errorf("the first region closes with %v", err)
		}
		aEnds <- err
	case <-time.After(30 * time.Second):
		t.Fatal("the first region goes on selling")
	}
	_, bOpen := opened(t, b)
	<-bOpen
	if err := Run(t.Context(), a, io.Discard, nil); !errors.Is(err, errFenced) {
		t.Errorf("the first region comes back: %v", err)
	}
	if again, is, err := b.Promote(t.Context()); err != nil || again != is || is.N != 2 {
		t.Errorf("promoted twice: %+v, %+v, %v", again, is, err)
	}
	readOnly := inRegion(t, "iad", fence)
	readOnly.DB.Path, readOnly.DB.ReadOnly = a.DB.Path, true
	_, open := opened(t, readOnly)
	<-open
}

// A region that waits is looked at; when it is promoted its process ends, and the
// one that is started after it sells.
func TestARegionThatFollowsOpensWhenItIsPromoted(t *testing.T) {
	fence := t.TempDir()
	a, b := inRegion(t, "iad", fence), inRegion(t, "phx", fence)
	if _, _, err := a.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Region.Follow = true
	try := func(c Config) (chan error, *App) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		ended, isOpen := make(chan error, 1), make(chan *App, 1)
		go func() { ended <- Run(ctx, c, io.Discard, func(a *App) { isOpen <- a }) }()
		select {
		case a := <-isOpen:
			return ended, a
		case err := <-ended:
			t.Fatal(err)
		}
		return nil, nil
	}
	ended, waits := try(b)
	if !waits.config.DB.ReadOnly {
		t.Fatal("a region that waits may change things")
	}
	if _, _, err := b.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, errRole) {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not see that it was promoted")
	}
	ended, sells := try(b)
	if sells.config.DB.ReadOnly {
		t.Error("the region that was promoted changes nothing")
	}
	if _, _, err := a.Promote(t.Context()); err != nil { // and back
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, errRole) && !errors.Is(err, errFenced) {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it goes on selling")
	}
	alone := shopIn(t)
	alone.HTTPAddr, alone.OpsAddr, alone.Region.Follow, alone.Region.Every = "127.0.0.1:0", "off", true, time.Second
	if err := Run(t.Context(), alone, io.Discard, nil); err == nil || !strings.Contains(err.Error(), "set region.fence and region.name") {
		t.Errorf("without a fence: %v", err)
	}
}

func TestOfSeveralRegionsThatArePromotedAtOnceOneIs(t *testing.T) {
	fence := t.TempDir()
	var all sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		c := Config{Region: RegionConfig{Name: name, Fence: fence, Every: time.Second}}
		f, err := c.openFence(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			_, err := f.begin(t.Context(), Epoch{}, name)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !strings.Contains(err.Error(), "same moment") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Errorf("%d regions were promoted", won)
	}
}

func TestARegionNeedsAName(t *testing.T) {
	for want, r := range map[string]RegionConfig{"region.fence needs region.name": {Fence: "x", Every: time.Second}, "region.every": {}} {
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, _, err := (Config{}).Promote(t.Context()); err == nil || !strings.Contains(err.Error(), "region.fence must say") {
		t.Error(err)
	}
}
