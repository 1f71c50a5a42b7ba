package memory

import (
	"context"
	"crypto/rand"
	"time"

	"tradewind/internal/domain/shared"
)

var _ shared.Documents = (*Cache)(nil)

// reading is how long a version waits for the document that is read for it.
const reading = 10 * time.Second

// Keys of documents and of their versions, apart from those of values.
func docKey(key string) string     { return "document " + key }
func versionKey(key string) string { return "reading " + key }

// Find implements shared.Documents.
func (c *Cache) Find(_ context.Context, key string) (doc []byte, version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc, ok := c.get(docKey(key)); ok {
		return doc, ""
	}
	if have, ok := c.get(versionKey(key)); ok {
		return nil, string(have)
	}
	version = rand.Text()
	c.put(versionKey(key), []byte(version), reading)
	return nil, version
}

// Keep implements shared.Documents.
func (c *Cache) Keep(_ context.Context, key, version string, doc []byte, keep time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.get(versionKey(key)); !ok || version == "" || string(have) != version || keep <= 0 {
		return
	}
	c.values.Remove(versionKey(key))
	c.put(docKey(key), doc, keep)
}

// Forget implements shared.Documents.
func (c *Cache) Forget(_ context.Context, key string, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values.Remove(docKey(key))
	c.values.Remove(versionKey(key))
}
