package fts

import (
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// posting says that a word is in a document: tf is how often, each time counted
// with the weight of its column.
type posting struct {
	at uint32
	tf float32
}

// postings are the places of a word, or of all words that begin alike.
type postings struct{ list []posting }

func (p *postings) add(at uint32, weight float32) {
	if n := len(p.list); n > 0 && p.list[n-1].at == at {
		p.list[n-1].tf += weight
		return
	}
	p.list = append(p.list, posting{at, weight})
}

// merge puts several words' places into one list.
func (p *postings) merge() {
	slices.SortFunc(p.list, func(a, b posting) int { return int(a.at) - int(b.at) })
	all := p.list
	p.list = all[:0]
	for _, x := range all {
		p.add(x.at, x.tf)
	}
}

// keep leaves only slots that are live.
func (p *postings) keep(slots []slot) {
	p.list = slices.DeleteFunc(p.list, func(x posting) bool { return int(x.at) >= len(slots) || !slots[x.at].live })
	p.list = slices.Clip(p.list)
}

// postingCache remembers the places of words that were searched for, within a
// bound of bytes. Keys are "=word" and "prefix*".
type postingCache struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[string, *postings]
	bytes int
	most  int
}

const (
	postingBytes = 8
	entryBytes   = 200 // key, list header and the cache's own
)

func newPostingCache(most int) *postingCache {
	c := &postingCache{most: most}
	// The bound is bytes, so the number of entries has none of its own. The
	// only error is a size that is not positive.
	c.lru, _ = simplelru.NewLRU(1<<30, func(_ string, p *postings) { c.bytes -= p.bytes() })
	return c
}

func (p *postings) bytes() int { return cap(p.list)*postingBytes + entryBytes }

func (c *postingCache) get(key string) (*postings, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Get(key)
}

func (c *postingCache) put(key string, p *postings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lru.Contains(key) {
		return // another search was quicker
	}
	c.lru.Add(key, p)
	c.bytes += p.bytes()
	c.shrink()
}

func (c *postingCache) shrink() {
	for c.bytes > c.most && c.lru.Len() > 1 {
		c.lru.RemoveOldest()
	}
}

// extend adds a document to the words that are remembered. Nobody may be
// searching meanwhile.
func (c *postingCache) extend(at uint32, words map[string]float32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for word, tf := range words {
		if p, ok := c.lru.Peek("=" + word); ok {
			before := p.bytes()
			p.list = append(p.list, posting{at, tf})
			c.bytes += p.bytes() - before
		}
	}
	for _, key := range c.lru.Keys() {
		if key[len(key)-1] == '*' {
			c.lru.Remove(key)
		}
	}
	c.shrink()
}

func (c *postingCache) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Purge()
	c.bytes = 0
}
