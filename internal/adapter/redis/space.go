package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tradewind/internal/domain/shared"
)

// space is what this process knows of a space's version.
type space struct {
	version string
	checked time.Time // when the server was last asked
	changes int       // made here, ever
	untold  int       // of those, not at the server yet: until then version is ours alone
	late    int       // of those, to be told in the background
}

// change gives a space a version that was never there before, also not before
// the server lost its memory: microseconds since 1970, or one more than now.
var change = goredis.NewScript(`
local t = redis.call('TIME')
local next = math.max(t[1] * 1000000 + t[2], tonumber(redis.call('GET', KEYS[1]) or 0) + 1)
local version = string.format('%.0f', next)
redis.call('SET', KEYS[1], version)
return version`)

func (c *Cache) versionKey(name string) string { return c.prefix + "version:" + name }

// space returns what is known of it; c.mu is held.
func (c *Cache) space(name string) *space {
	s := c.spaces[name]
	if s == nil {
		s = &space{version: rand.Text()}
		c.spaces[name] = s
	}
	return s
}

// known returns the version that needs no asking, or how many changes have been
// made here until now.
func (c *Cache) known(name string) (version string, changes int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.space(name)
	age := c.Now().Sub(s.checked)
	return s.version, s.changes, s.untold > 0 || age >= 0 && age < shared.Notice
}

// Version implements shared.Cache. The server is asked once for all who want
// to know, and not more often than each Notice.
func (c *Cache) Version(ctx context.Context, name string) string {
	version, changes, ok := c.known(name)
	if ok {
		return version
	}
	flight := name + " " + strconv.Itoa(changes) // who comes after a change does not join who came before
	found, _, _ := c.checks.Do(flight, func() (any, error) { return c.check(ctx, name, changes), nil })
	return found.(string)
}

// check asks the server. What it says does not count if this process has
// changed the space meanwhile.
func (c *Cache) check(ctx context.Context, name string, changes int) string {
	at := c.Now()
	var version string
	err := c.ask(ctx, "version", func(ctx context.Context) (err error) {
		if version, err = c.client.Get(ctx, c.versionKey(name)).Result(); errors.Is(err, goredis.Nil) {
			version, err = change.Run(ctx, c.client, []string{c.versionKey(name)}).Text()
		}
		return err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.space(name)
	if s.changes != changes {
		return s.version
	}
	s.checked = at
	if err == nil {
		s.version = version
	}
	return s.version
}

// Change implements shared.Cache. Until the server knows, the space has a
// version here that nobody else has.
func (c *Cache) Change(ctx context.Context, name string) {
	c.mu.Lock()
	s := c.space(name)
	s.version = rand.Text()
	s.changes++
	s.untold++
	c.mu.Unlock()
	if c.tell(ctx, name, 1) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.late++; s.late == 1 && c.ctx.Err() == nil {
		c.late.Go(func() { c.keepTelling(name) })
	}
}

// tell makes n changes known to the server, as one.
func (c *Cache) tell(ctx context.Context, name string, n int) bool {
	err := c.ask(ctx, "change", func(ctx context.Context) error { return change.Run(ctx, c.client, []string{c.versionKey(name)}).Err() })
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.space(name)
	s.untold -= n
	s.checked = time.Time{} // ask for the version that it has now
	return true
}

// keepTelling tries until the server knows of every change.
func (c *Cache) keepTelling(name string) {
	tick := time.NewTicker(c.rest)
	defer tick.Stop()
	for left := 1; left > 0; {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		c.mu.Lock()
		n := c.space(name).late
		c.mu.Unlock()
		told := c.tell(c.ctx, name, n)
		c.mu.Lock()
		if told {
			c.space(name).late -= n
		}
		left = c.space(name).late
		c.mu.Unlock()
	}
}
