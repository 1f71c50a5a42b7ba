package opensearch

import (
	"testing"
	"time"

	"tradewind/internal/adapter/indextest"
	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/domain/search"
)

// configOf is patient: tests share a small node with everything else.
func configOf(t testing.TB) Config {
	t.Helper()
	url, index := opensearchtest.Open(t)
	return Config{URLs: url, Index: index, SearchWithin: 30 * time.Second, WriteWithin: time.Minute}
}

func open(t testing.TB, c Config) *Index {
	t.Helper()
	x, err := Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func TestConformance(t *testing.T) {
	indextest.Run(t, func(t *testing.T) search.Index { return open(t, configOf(t)) })
}
