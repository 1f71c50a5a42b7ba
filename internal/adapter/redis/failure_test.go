package redis

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tradewind/internal/adapter/faultytest"
	"tradewind/internal/domain/shared"
)

// book is what a process has seen of its server.
type book struct {
	mu      sync.Mutex
	reasons map[string]int
	log     bytes.Buffer
}

func (b *book) observe(c Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reasons[c.Reason]++
}

func (b *book) count(reason string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reasons[reason]
}

// Write takes a line of the log.
func (b *book) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(line)
}

func (b *book) logged(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.log.String(), text)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after thirty seconds still not: %s", what)
		}
	}
}

// The client of these tests waits 100ms and leaves a failing server alone for 300ms.
func impatient(t *testing.T, addr string) (*Cache, *book) {
	b := &book{reasons: map[string]int{}}
	c := config(addr)
	c.Timeout = 100 * time.Millisecond
	return process(t, c, func(o *Options) {
		o.Observe, o.Log, o.rest = b.observe, slog.New(slog.NewTextHandler(b, nil)), 300*time.Millisecond
	}), b
}

func TestTheShopGoesOnWhateverTheServerDoes(t *testing.T) {
	for _, how := range []string{"slow", "refusing", "resetting", "silent"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			f := faultytest.New(t, server.Addr())
			x, seen := impatient(t, f.Addr)
			healthy := process(t, config(server.Addr()), nil)
			ctx := t.Context()

			eventually(t, "the server works", func() bool {
				x.Put(ctx, "k", []byte("v"), time.Hour)
				_, ok := x.Get(ctx, "k")
				return ok && !x.LeftAlone()
			})
			before := healthy.Version(ctx, "goods")
			eventually(t, "the version of the others", func() bool { return x.Version(ctx, "goods") == before })

			f.Behave(t, how)
			for i := 0; !x.LeftAlone(); i++ {
				began := time.Now()
				if _, ok := x.Get(ctx, "k"); ok && how != "slow" { // an answer may have been on its way
					t.Error("a server that fails has an answer")
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("a request waited %v", took)
				}
				if i > 100 {
					t.Fatal("the server fails and is asked again and again")
				}
			}

			began := time.Now()
			rate := shared.Rate{Every: time.Hour, Burst: 10}
			let := 0
			for i := range 500 {
				x.Get(ctx, fmt.Sprint(i))
				x.Put(ctx, fmt.Sprint(i), nil, time.Hour)
				if x.Take(ctx, "client", rate) == 0 {
					let++
				}
			}
			if took := time.Since(began); took > 3*time.Second { // 1500 commands of 100ms each, if they waited
				t.Errorf("500 requests took %v", took)
			}
			if let != 10 {
				t.Errorf("%d requests went through, want the 10 that this process counts", let)
			}
			mine := x.Version(ctx, "goods")
			if mine != before {
				t.Error("the version changed because the server is away")
			}
			x.Change(ctx, "goods")
			changed := x.Version(ctx, "goods")
			if changed == mine {
				t.Error("a change is not seen by the process that made it")
			}
			if seen.count("left-alone") == 0 || seen.count("timeout")+seen.count("error") < breakerFailures {
				t.Errorf("metrics tell %v", seen.reasons)
			}

			f.Behave(t, "")
			eventually(t, "values are found again", func() bool {
				x.Put(ctx, "k", []byte("v"), time.Hour)
				_, ok := x.Get(ctx, "k")
				return ok && !x.LeftAlone()
			})
			eventually(t, "the others hear of the change", func() bool { return healthy.Version(ctx, "goods") != before })
			eventually(t, "both have the same version", func() bool { return x.Version(ctx, "goods") == healthy.Version(ctx, "goods") })
			if !seen.logged("is left alone") || !seen.logged("answers again") {
				t.Errorf("the log says\n%s", &seen.log)
			}
		})
	}
}

func TestAServerThatIsAwayAtTheStartIsFoundLater(t *testing.T) {
	server := miniredis.RunT(t)
	addr := server.Addr()
	server.Close()
	x, _ := impatient(t, addr)
	ctx := t.Context()
	x.Change(ctx, "goods")
	alone := x.Version(ctx, "goods")
	if alone == "" || alone != x.Version(ctx, "goods") {
		t.Errorf("version %q does not last", alone)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is found", func() bool {
		x.Put(ctx, "k", []byte("v"), time.Hour)
		_, ok := x.Get(ctx, "k")
		return ok
	})
	other := process(t, config(addr), nil)
	eventually(t, "the version is that of all", func() bool { return x.Version(ctx, "goods") == other.Version(ctx, "goods") })
}

// A server that lost its memory, as after a restart without a disk, must not
// bring a version back under which something may still be remembered.
func TestAServerThatForgetsBringsNoVersionBack(t *testing.T) {
	for name, addr := range map[string]func(*testing.T) string{"miniredis": func(t *testing.T) string { return miniredis.RunT(t).Addr() }, "redis": func(t *testing.T) string { return debian(t) }} {
		t.Run(name, func(t *testing.T) {
			x := process(t, config(addr(t)), strict(t))
			seen := map[string]bool{}
			for range 20 {
				x.Change(t.Context(), "goods")
				v := x.Version(t.Context(), "goods")
				if seen[v] {
					t.Fatalf("version %s came back", v)
				}
				seen[v] = true
				if err := x.client.FlushAll(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A server that answers with errors only: out of memory, read-only, loading.
func TestAServerThatRefusesEverythingIsLeftAlone(t *testing.T) {
	server := miniredis.RunT(t)
	x, seen := impatient(t, server.Addr())
	ctx := t.Context()
	x.Put(ctx, "k", []byte("v"), time.Hour)
	server.SetError("OOM command not allowed when used memory > 'maxmemory'.")
	for range breakerFailures {
		x.Put(ctx, "k", []byte("v"), time.Hour)
	}
	if !x.LeftAlone() || seen.count("error") == 0 {
		t.Errorf("it is asked on: %v", seen.reasons)
	}
	server.SetError("")
	eventually(t, "it is asked again", func() bool { _, ok := x.Get(ctx, "k"); return ok })
}

func TestWhoGivesUpDoesNotCountAgainstTheServer(t *testing.T) {
	server := miniredis.RunT(t)
	x := process(t, config(server.Addr()), strict(t))
	x.Put(t.Context(), "k", []byte("v"), time.Hour)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	for range 20 {
		if v, ok := x.Get(ctx, "k"); !ok || string(v) != "v" {
			t.Fatal("the answer was lost with the request")
		}
	}
}
