package redis

import (
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tradewind/internal/adapter/enginestest"
	"tradewind/internal/adapter/memory"
	"tradewind/internal/adapter/sharedtest"
	"tradewind/internal/domain/shared"
)

// config is how tests reach a server; time-outs suit a busy machine.
func config(addr string) Config {
	return Config{Addr: addr, Prefix: "tradewind:", Timeout: 2 * time.Second, PoolSize: 10}
}

// process is a process' view of a server.
func process(t *testing.T, c Config, change func(*Options)) *Cache {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	o := Options{Near: memory.New(time.Now), Now: time.Now, Log: slog.New(slog.DiscardHandler), Observe: func(Call) {}}
	if change != nil {
		change(&o)
	}
	x, err := Open(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// strict fails the test when a command does.
func strict(t *testing.T) func(*Options) {
	return func(o *Options) {
		o.Observe = func(c Call) {
			if c.Reason != "" {
				t.Errorf("%s: %s after %v", c.Command, c.Reason, c.Took)
			}
		}
	}
}

func TestConformanceOnMiniredis(t *testing.T) {
	sharedtest.Run(t, func(t *testing.T) sharedtest.Fixture {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		server := miniredis.RunT(t)
		server.SetTime(now)
		clocked := func(o *Options) {
			strict(t)(o)
			o.Now = func() time.Time { return now }
		}
		return sharedtest.Fixture{One: process(t, config(server.Addr()), clocked), Other: process(t, config(server.Addr()), clocked), Pass: func(d time.Duration) {
			now = now.Add(d)
			server.SetTime(now)
			server.FastForward(d)
		}}
	})
}

// real is the suite on a server whose clock nobody moves.
func real(t *testing.T, c Config) {
	sharedtest.Run(t, func(t *testing.T) sharedtest.Fixture {
		c.Prefix = t.Name() + rand.Text() + ":" // others may use it too
		return sharedtest.Fixture{One: process(t, c, strict(t)), Other: process(t, c, strict(t)), Pass: time.Sleep}
	})
}

func TestConformanceOnRedis(t *testing.T) { real(t, config(debian(t))) }

// A server that was given by address, such as one in a container.
func TestConformanceOnAGivenRedis(t *testing.T) {
	addr, user, password := enginestest.Redis(t)
	c := config(addr)
	c.Username, c.Password = user, password
	real(t, c)
}

func TestConformanceOnACluster(t *testing.T) { real(t, clustered(oneNodeCluster(t))) }

func clustered(addr string) Config {
	c := config(addr)
	c.Cluster = true
	return c
}

// What a user of Redis must be allowed to do, and no more.
func TestAUserWithFewRights(t *testing.T) {
	const rights = "--user default off --user shop on >of-the-tests ~tradewind:* -@all +hello +auth +ping +get +set +eval +evalsha +time"
	for name, c := range map[string]Config{
		"one server": config(debian(t, strings.Fields(rights)...)),
		"a cluster":  clustered(oneNodeCluster(t, strings.Fields(rights+" +cluster|slots --user setup on nopass ~* +@all")...)),
	} {
		t.Run(name, func(t *testing.T) {
			c.Username, c.Password = "shop", "of-the-tests"
			x := process(t, c, strict(t))
			x.Put(t.Context(), "k", []byte("v"), time.Minute)
			if v, ok := x.Get(t.Context(), "k"); !ok || string(v) != "v" {
				t.Errorf("Get = %q, %v", v, ok)
			}
			x.kept(t, "cart", "1 mug")
			x.Forget(t.Context(), "cart", time.Minute)
			if doc, version := x.Find(t.Context(), "cart"); doc != nil || version == "" {
				t.Errorf("Find = %q, %q", doc, version)
			}
			x.Change(t.Context(), "goods")
			if x.Version(t.Context(), "goods") == "" || x.Take(t.Context(), "k", shared.Rate{Every: time.Hour, Burst: 1}) != 0 {
				t.Error("no version or no take")
			}
		})
	}
}
