package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"runtime/debug"
	"time"

	contract "tradewind/api"
	"tradewind/internal/domain/shared"
)

// farCache is where processes share answers. Those of another edition have
// another program or other settings behind them and are left alone.
type farCache struct {
	shared.Cache
	edition string
}

// edition tells what else an answer depends on, beside catalogue and address.
func (c Config) edition() string {
	h := sha256.New()
	h.Write(contract.OpenAPI)
	parts := []string{c.Currency, c.Language, c.Languages}
	if build, ok := debug.ReadBuildInfo(); ok {
		parts = append(parts, build.Main.Version)
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
				parts = append(parts, s.Value)
			}
		}
	}
	for _, p := range parts {
		h.Write([]byte("\x00" + p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

func (f farCache) key(key, version string) string {
	return "answer " + f.edition + " " + version + " " + key
}

// fetch returns the answer of another process, nil if there is none.
func (c *cache) fetch(ctx context.Context, key, version string) *entry {
	if c.keep == 0 || !c.far.Everywhere() {
		return nil
	}
	value, ok := c.far.Get(ctx, c.far.key(key, version))
	if !ok || len(value) <= 8 {
		return nil
	}
	now, body := c.now(), value[8:]
	expires := time.UnixMicro(int64(binary.BigEndian.Uint64(value)))
	if latest := now.Add(c.keep); expires.After(latest) { // by another clock
		expires = latest
	}
	if !now.Before(expires) {
		return nil
	}
	return &entry{body: body, tag: []string{etag(body)}, version: version, expires: expires}
}

// offer lets other processes have the answer, as long as this one keeps it.
func (c *cache) offer(ctx context.Context, key string, e *entry) {
	if c.keep == 0 || !c.far.Everywhere() || len(e.body) > largestEntry {
		return
	}
	value := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(e.body)), uint64(e.expires.UnixMicro()))
	c.far.Put(ctx, c.far.key(key, e.version), append(value, e.body...), e.expires.Sub(c.now()))
}
