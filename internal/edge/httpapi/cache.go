package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"tradewind/internal/domain/shared"
)

// largestEntry is the largest answer that is remembered, in bytes.
const largestEntry = 256 << 10

// cache remembers answers about the catalogue for a short time, up to a number
// of bytes, and lets one request of many equal ones do the work. Behind it are
// the answers that other processes have made. What it shows may be as old as
// its time, and is of the version of the catalogue that this process knows;
// orders are decided by the database, never by it.
type cache struct {
	limit int64
	keep  time.Duration
	now   func() time.Time
	far   farCache
	group singleflight.Group

	mu      sync.Mutex
	entries *simplelru.LRU[string, *entry]
	bytes   int64
}

// entry is an answer ready to be sent.
type entry struct {
	body    []byte
	zipped  atomic.Pointer[[]byte] // made when it is first asked for
	tag     []string
	version string // of the catalogue when the work began
	expires time.Time
	held    int64 // bytes that it takes in the cache; guarded by the cache's lock
	gist    atomic.Pointer[gist]
}

// headers that are the same for every entry; shared, never changed.
var (
	jsonContent  = []string{"application/json"}
	gzipEncoding = []string{"gzip"}
	varyEncoding = []string{"Accept-Encoding"}
	varyLanguage = []string{"Accept-Encoding, Accept-Language"}
)

func newCache(limit int64, keep time.Duration, now func() time.Time, far farCache) *cache {
	c := &cache{limit: limit, keep: keep, now: now, far: far}
	entries, err := simplelru.NewLRU(1<<20, func(_ string, e *entry) { c.bytes -= e.held })
	if err != nil {
		panic(err) // only a size below one
	}
	c.entries = entries
	return c
}

// zip returns the compressed body of an entry, nil if compression does not pay.
func (c *cache) zip(key string, e *entry) []byte {
	if len(e.body) <= gzipAbove {
		return nil
	}
	if z := e.zipped.Load(); z != nil {
		return *z
	}
	z := bytes.Clone(gzipped(e.body))
	c.mu.Lock()
	defer c.mu.Unlock()
	if !e.zipped.CompareAndSwap(nil, &z) {
		return *e.zipped.Load()
	}
	if have, ok := c.entries.Peek(key); ok && have == e {
		e.held += int64(len(z))
		c.bytes += int64(len(z))
		c.trim()
	}
	return z
}

// version is that of the catalogue now, "" if nothing is remembered.
func (c *cache) version(ctx context.Context) string {
	if c.keep == 0 {
		return ""
	}
	return c.far.Version(ctx, shared.Catalogue)
}

func (c *cache) get(key, version string) *entry {
	if c.keep == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(key)
	if !ok || e.version != version || !c.now().Before(e.expires) {
		return nil
	}
	return e
}

// put remembers e. Nobody asks for it once the catalogue has changed since the
// work for it began.
func (c *cache) put(key string, e *entry) {
	if c.keep == 0 || len(e.body) > largestEntry {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(key)
	c.entries.Add(key, e)
	e.held = int64(len(key) + len(e.body) + 300) // and what surrounds them
	if z := e.zipped.Load(); z != nil {
		e.held += int64(len(*z))
	}
	c.bytes += e.held
	c.trim()
}

func (c *cache) trim() {
	for c.bytes > c.limit && c.entries.Len() > 0 {
		c.entries.RemoveOldest()
	}
}

// viewer answers a GET with something to be shown to everybody.
type viewer func(r *http.Request) (view any, err error)

// cached makes a handler of a viewer: with cache, ETag, conditional GET and gzip.
func (a *API) cached(view viewer) handler { return a.cachedAnd(view, func(*http.Request, *entry) {}) }

// cachedAnd is cached, and calls after with what was answered.
func (a *API) cachedAnd(view viewer, after func(r *http.Request, e *entry)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		key, locale := r.URL.EscapedPath()+"?"+r.URL.RawQuery, a.languages.of(r)
		if locale != "" {
			key += " " + locale // no address has a blank
			r = withLocale(r, locale)
		}
		version := a.cache.version(r.Context())
		e := a.cache.get(key, version)
		if e == nil {
			flight := version + " " + key // who comes after a change does not join who came before
			made, err, _ := a.cache.group.Do(flight, func() (any, error) { return a.render(key, version, r, view) })
			if err != nil {
				return err
			}
			e = made.(*entry)
		} else {
			a.Metrics.Remembered.Inc()
		}
		h := w.Header()
		if h["Vary"] = varyEncoding; a.languages.some() {
			h["Vary"] = varyLanguage
			h.Set("Content-Language", cmp.Or(locale, a.languages.own))
		}
		err := a.cache.send(w, r, key, e)
		if err == nil {
			after(r, e)
		}
		return err
	}
}

// render finds the entry that another process has made, or makes it. It does
// not stop when its caller goes away: others may wait for the same answer.
func (a *API) render(key, version string, r *http.Request, view viewer) (*entry, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 10*time.Second)
	defer cancel()
	if e := a.cache.fetch(ctx, key, version); e != nil {
		a.Metrics.Shared.Inc()
		a.cache.put(key, e)
		return e, nil
	}
	v, err := view(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := marshal(v)
	if err != nil {
		return nil, err
	}
	a.Metrics.Made.Inc()
	e := &entry{body: body, tag: []string{etag(body)}, version: version, expires: a.Now().Add(a.Config.CacheFor)}
	a.cache.put(key, e)
	a.cache.offer(ctx, key, e)
	return e, nil
}

func (c *cache) send(w http.ResponseWriter, r *http.Request, key string, e *entry) error {
	h := w.Header()
	h["Content-Type"] = jsonContent
	h["Etag"] = e.tag
	h["Cache-Control"] = publicFresh
	if matches(r, e.tag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := e.body
	if takesGzip(r) {
		if z := c.zip(key, e); z != nil {
			h["Content-Encoding"] = gzipEncoding
			body = z
		}
	}
	_, err := w.Write(body)
	return err
}

// publicFresh lets browsers and proxies keep an answer, asking each time whether it still holds.
var publicFresh = []string{"public, no-cache"}
