// Package memory is the shared.Cache of a shop that is one process, and of one
// that cannot reach the common memory for a while. It has bounds. It imports
// shared.
package memory

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"tradewind/internal/domain/shared"
)

// Bounds of a Cache. A counter takes about 200 bytes.
const (
	mostBytes    = 8 << 20
	mostCounters = 50_000
)

// Cache is common memory that nobody else shares. It is safe for concurrent use.
type Cache struct {
	now func() time.Time

	mu       sync.Mutex
	bytes    int
	values   *simplelru.LRU[string, value]
	counters *simplelru.LRU[string, time.Time] // when the next one is on time
	versions map[string]string                 // as many as there are spaces
}

type value struct {
	data []byte
	ends time.Time
}

var _ shared.Cache = (*Cache)(nil)

// New makes an empty cache that goes by the clock now.
func New(now func() time.Time) *Cache {
	c := &Cache{now: now, versions: map[string]string{}}
	c.values, _ = simplelru.NewLRU(mostBytes, func(key string, v value) { c.bytes -= len(key) + len(v.data) }) // fails for sizes below one only
	c.counters, _ = simplelru.NewLRU[string, time.Time](mostCounters, nil)
	return c
}

// Get implements shared.Cache.
func (c *Cache) Get(_ context.Context, key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.get(key)
}

// get returns a value; c.mu is held.
func (c *Cache) get(key string) ([]byte, bool) {
	v, ok := c.values.Get(key)
	if !ok || !c.now().Before(v.ends) {
		return nil, false
	}
	return v.data, true
}

// Put implements shared.Cache.
func (c *Cache) Put(_ context.Context, key string, data []byte, keep time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, data, keep)
}

// put remembers a value; c.mu is held.
func (c *Cache) put(key string, data []byte, keep time.Duration) {
	c.values.Remove(key)
	c.values.Add(key, value{data, c.now().Add(keep)})
	for c.bytes += len(key) + len(data); c.bytes > mostBytes; {
		c.values.RemoveOldest()
	}
}

// Everywhere implements shared.Cache.
func (c *Cache) Everywhere() bool { return false }

// Version implements shared.Cache.
func (c *Cache) Version(_ context.Context, space string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.versions[space] == "" {
		c.versions[space] = rand.Text()
	}
	return c.versions[space]
}

// Change implements shared.Cache.
func (c *Cache) Change(_ context.Context, space string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[space] = rand.Text()
}

// Take implements shared.Cache.
func (c *Cache) Take(_ context.Context, key string, rate shared.Rate) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	due, _ := c.counters.Get(key)
	wait, next := rate.Next(due, c.now())
	if wait == 0 {
		c.counters.Add(key, next)
	}
	return wait
}
