package integration

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/adapter/enginestest"
	"tradewind/internal/adapter/fts"
	"tradewind/internal/adapter/opensearch"
	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/app"
	"tradewind/internal/domain/search"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store/sqlstore"
)

// names are what the engines call a shop. A program that comes back to a folder
// finds what the one before it has left.
var names sync.Map

// onOracle is set where the Oracle driver is built in: -tags oracle.
var onOracle func(t testing.TB, dir string, c *app.Config)

// onEngines puts a shop on the engines that TRADEWIND_TEST_ENGINES lists. It
// shares them with others, and nothing in them.
func onEngines(t testing.TB, dir string, c *app.Config) {
	for _, engine := range enginestest.Shops() {
		switch engine {
		case "redis":
			c.Redis.Addr, c.Redis.Username, c.Redis.Password = enginestest.Redis(t)
			c.Redis.Prefix, c.Redis.Timeout = nameFor(engine, dir, func() string { return uuid.NewString() + ":" }), time.Second
			c.HTTP.LimitBrowsing, c.HTTP.LimitCheckout = 1e6, 1e6 // each request is counted there
		case "opensearch":
			var fresh string
			c.SearchEngine = "opensearch"
			c.Cluster.URLs, fresh = opensearchtest.Open(t)
			c.Cluster.Index = nameFor(engine, dir, func() string { return fresh })
			c.Cluster.SearchWithin = 20 * time.Second // a small node on a busy machine
		case "oracle":
			if onOracle == nil {
				t.Fatal("TRADEWIND_TEST_ENGINES has oracle in it; build the tests with -tags oracle")
			}
			onOracle(t, dir, c)
		default:
			t.Fatalf("TRADEWIND_TEST_ENGINES has %q in it; choose from redis, opensearch and oracle", engine)
		}
	}
}

func nameFor(engine, dir string, fresh func() string) string {
	name, _ := names.LoadOrStore(engine+" "+dir, fresh())
	return name.(string)
}

// fill makes the index of a shop that is about to open. That of the embedded
// engines was copied.
func fill(t testing.TB, c app.Config) {
	t.Helper()
	on := enginestest.Shops()
	if !slices.Contains(on, "opensearch") && !slices.Contains(on, "oracle") {
		return
	}
	db, err := c.OpenDB(t.Context(), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var index interface {
		search.Index
		Close() error
	}
	if c.SearchEngine == "opensearch" {
		index, err = opensearch.Open(c.Cluster, nil)
	} else {
		index, err = fts.Open(c.Search)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = (&merchandising.Indexer{DB: db, Index: index}).Rebuild(t.Context())
	if err = errors.Join(err, index.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
}
