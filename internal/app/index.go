package app

import (
	"context"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/adapter/fts"
	"tradewind/internal/adapter/opensearch"
	"tradewind/internal/domain/search"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/searching"
	"tradewind/internal/store/sqlstore"
)

// The engines that find products.
const (
	engineEmbedded   = "embedded"
	engineOpenSearch = "opensearch"
)

func (c *Config) searchFlags(fs *flag.FlagSet) {
	fs.StringVar(&c.SearchEngine, "search.engine", engineEmbedded, "what finds products: embedded, in a file of this process, or opensearch, a cluster that processes share")
	fs.DurationVar(&c.CompareEvery, "search.compare-every", 15*time.Minute, "how often the index is compared with the database and put right; 0 for never")
	c.Cluster.Flags(fs)
	fs.Var((*secret)(&c.Cluster.Password), "opensearch.password", "password of opensearch.user (secret)")
}

func (c Config) validateSearch() error {
	if c.CompareEvery != 0 && (c.CompareEvery < time.Second || c.CompareEvery > 7*24*time.Hour) {
		return fmt.Errorf("search.compare-every is %v; choose between 1s and 168h, or 0 for never", c.CompareEvery)
	}
	switch c.SearchEngine {
	case engineEmbedded:
		return c.Search.Validate()
	case engineOpenSearch:
		return c.Cluster.Validate()
	}
	return fmt.Errorf("search.engine is %q; choose embedded or opensearch", c.SearchEngine)
}

// OpenIndex opens the engine of the settings; observe may be nil.
func (c Config) OpenIndex(observe func(opensearch.Call)) (search.Index, error) {
	if c.SearchEngine == engineOpenSearch {
		return opensearch.Open(c.Cluster, observe)
	}
	return fts.Open(c.Search)
}

// openIndex opens the engine for a shop that is open: while a cluster is away,
// the database answers.
func (a *App) openIndex(db *sqlstore.DB) (search.Index, error) {
	if a.config.SearchEngine != engineOpenSearch {
		return a.config.OpenIndex(nil)
	}
	calls := telemetry.NewSearch(a.metrics.registry)
	index, err := opensearch.Open(a.config.Cluster, func(c opensearch.Call) { calls.Observe(c.Op, c.Outcome, c.Took) })
	if err != nil {
		return nil, err
	}
	fallback := &searching.Fallback{Index: index, DB: db, Log: a.log}
	a.metrics.gauge("tradewind_search_breaker_open", "1 while OpenSearch is left alone because it failed too often.", func() float64 {
		if index.Resting() {
			return 1
		}
		return 0
	})
	a.metrics.counter("tradewind_search_degraded_total", "Searches that the database answered because OpenSearch did not.", func() float64 { return float64(fallback.Degraded()) })
	return fallback, nil
}

// compareIndex is the job that keeps the index in step with the database, should
// a write have been lost, and its metrics.
func (a *App) compareIndex(indexer *merchandising.Indexer) worker.Job {
	w := &merchandising.Watcher{Indexer: indexer, Pause: 2 * time.Second}
	for kind, count := range map[string]func(merchandising.Drift) int{
		"missing": func(d merchandising.Drift) int { return d.Missing },
		"stale":   func(d merchandising.Drift) int { return d.Stale },
		"ahead":   func(d merchandising.Drift) int { return d.Ahead },
		"orphan":  func(d merchandising.Drift) int { return d.Orphans },
	} {
		a.metrics.labelled("tradewind_search_drift", "Products that the last comparison found different in index and database.", "kind", kind, func() float64 { return float64(count(w.Last())) })
	}
	a.metrics.gauge("tradewind_search_drift_unhealed", "Those of them that could not be put right.", func() float64 { return float64(w.Last().Differences() - w.Last().Healed) })
	// A comparison that failed, because the cluster was away, is soon tried again:
	// what was to be written meanwhile may be missing.
	var next time.Time
	return worker.Job{Name: "compare index", Every: min(a.config.CompareEvery, 30*time.Second), Do: func(ctx context.Context) error {
		if now().Before(next) {
			return nil
		}
		d, err := w.Compare(ctx, true)
		if err == nil {
			next = now().Add(a.config.CompareEvery)
		}
		if n := d.Differences(); n > 0 {
			a.log.WarnContext(ctx, "the search index differed from the database", "missing", d.Missing, "stale", d.Stale, "ahead", d.Ahead, "orphans", d.Orphans, "healed", d.Healed, "rebuilt", d.Rebuilt)
		}
		return err
	}}
}
