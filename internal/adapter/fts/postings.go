package fts

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// posting says that a word is in a document: tf is how often, each time counted
// with the weight of its column.
type posting struct{ at, tf uint32 }

// gathered are postings as they come from the file.
type gathered []posting

func (g *gathered) add(at, weight uint32) {
	if n := len(*g); n > 0 && (*g)[n-1].at == at {
		(*g)[n-1].tf += weight
		return
	}
	*g = append(*g, posting{at, weight})
}

// merge puts several words' places into one list.
func (g *gathered) merge() {
	slices.SortFunc(*g, func(a, b posting) int { return cmp.Compare(a.at, b.at) })
	all := *g
	*g = all[:0]
	for _, x := range all {
		g.add(x.at, x.tf)
	}
}

// pack keeps the postings of documents that m has.
func (g gathered) pack(m *mirror) *postings {
	p := &postings{}
	for _, x := range g {
		if m.has(x.at) {
			p.append(x)
		}
	}
	p.b = slices.Clip(p.b)
	return p
}

// postings are the places of a word, or of all words that begin alike: for each
// the distance of its slot from the one before, modulo 2³², and tf, as varints.
type postings struct {
	b    []byte
	n    int
	last uint32
}

func (p *postings) append(x posting) {
	p.b = binary.AppendUvarint(binary.AppendUvarint(p.b, uint64(x.at-p.last)), uint64(x.tf))
	p.n, p.last = p.n+1, x.at
}

// each calls f for every posting.
func (p *postings) each(f func(at, tf uint32)) {
	at := uint32(0)
	for b := p.b; len(b) > 0; {
		var step, tf uint32
		step, b = number(b)
		tf, b = number(b)
		at += step
		f(at, tf)
	}
}

// postingCache remembers the places of words that were searched for, within a
// bound of bytes. Keys are "=word" and "prefix*".
type postingCache struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[string, *postings]
	bytes int
	most  int
}

const entryBytes = 200 // key, list header and the cache's own

func newPostingCache(most int) *postingCache {
	c := &postingCache{most: most}
	// The bound is bytes, so the number of entries has none of its own. The
	// only error is a size that is not positive.
	c.lru, _ = simplelru.NewLRU(1<<30, func(_ string, p *postings) { c.bytes -= p.bytes() })
	return c
}

func (p *postings) bytes() int { return cap(p.b) + entryBytes }

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
func (c *postingCache) extend(at uint32, words map[string]uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for word, tf := range words {
		if p, ok := c.lru.Peek("=" + word); ok {
			before := p.bytes()
			p.append(posting{at, tf})
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
