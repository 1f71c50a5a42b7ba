package redis

import (
	"context"
	"crypto/rand"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tradewind/internal/domain/shared"
)

var _ shared.Documents = (*Cache)(nil)

// Under the key of a document is the document, or the version for which it is
// being read, or nothing. Which of the two it is the first byte tells.
const (
	kept = 'd'
	read = 'v'

	reading = 10 * time.Second // how long a version waits for its document
)

// version returns what is there, or puts a version there.
var version = goredis.NewScript(`
local have = redis.call('GET', KEYS[1])
if have and have ~= '' then return have end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`)

// keep puts a document in the place of its version, if that is there still.
var keep = goredis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

// Find implements shared.Documents.
func (c *Cache) Find(ctx context.Context, key string) (doc []byte, ofVersion string) {
	if c.stale.has(key, c.Now()) {
		return nil, ""
	}
	var have []byte
	err := c.ask(ctx, "find", func(ctx context.Context) (err error) {
		have, err = c.client.Get(ctx, c.key("document", key)).Bytes()
		if err == nil && len(have) > 0 || failed(err) {
			return err
		}
		text, err := version.Run(ctx, c.client, []string{c.key("document", key)}, string(read)+rand.Text(), reading.Milliseconds()).Text()
		have = []byte(text)
		return err
	})
	switch {
	case err != nil || len(have) == 0:
		return nil, ""
	case have[0] == kept:
		return have[1:], ""
	}
	return nil, string(have)
}

// Keep implements shared.Documents.
func (c *Cache) Keep(ctx context.Context, key, ofVersion string, doc []byte, most time.Duration) {
	if most = most.Truncate(time.Millisecond); most <= 0 || ofVersion == "" || c.stale.has(key, c.Now()) {
		return
	}
	_ = c.ask(ctx, "keep", func(ctx context.Context) error {
		return keep.Run(ctx, c.client, []string{c.key("document", key)}, ofVersion, append([]byte{kept}, doc...), most.Milliseconds()).Err()
	})
}

// Forget implements shared.Documents.
func (c *Cache) Forget(ctx context.Context, key string, most time.Duration) {
	mark := c.stale.add(key, c.Now().Add(most))
	if c.forget(ctx, key) {
		c.stale.told(key, mark)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.forgetting && c.ctx.Err() == nil {
		c.forgetting = true
		c.late.Go(c.keepForgetting)
	}
}

// forget leaves nothing under the key, for as long as a server may.
func (c *Cache) forget(ctx context.Context, key string) bool {
	return c.ask(ctx, "forget", func(ctx context.Context) error {
		return c.client.Set(ctx, c.key("document", key), "", time.Millisecond).Err()
	}) == nil
}

// keepForgetting tells the server of what it could not be told, until it knows
// all or the time of all of that is over.
func (c *Cache) keepForgetting() {
	tick := time.NewTicker(c.rest)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		for key, mark := range c.stale.list(c.Now()) {
			if !c.forget(c.ctx, key) {
				break // it is still away
			}
			c.stale.told(key, mark)
		}
		c.mu.Lock()
		done := len(c.stale.list(c.Now())) == 0
		if done {
			c.forgetting = false
		}
		c.mu.Unlock()
		if done {
			return
		}
	}
}
