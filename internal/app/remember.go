package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
	"tradewind/internal/store/remembered"
)

// remember is the database, of which sessions and carts are remembered where all
// processes share a memory. Without one they are not: another process, or a
// command, may work on the same database, and this one would not hear of it. A
// copy of the database that is behind must not be remembered for all.
func (a *App) remember(common shared.Common, tokens token.Maker) store.DB {
	if !common.Everywhere() || a.config.DB.ReadOnly {
		return a.db
	}
	return &remembered.DB{DB: a.db, Memory: &remembered.Memory{Docs: common, Tokens: tokens, Now: now,
		Sessions: a.config.Account.CacheFor, Carts: a.config.Cart.CacheFor, Observe: a.metrics.documents()}}
}

// documents counts answers about sessions and carts.
func (m *metrics) documents() func(of string, shared bool) {
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_cache_documents_total",
		Help: "Sessions and carts that were looked up, by where they were found: shared in Redis, or in the database."}, []string{"of", "from"})
	m.register.MustRegister(answers)
	for _, of := range []string{"session", "cart"} {
		answers.WithLabelValues(of, "shared")
		answers.WithLabelValues(of, "database")
	}
	return func(of string, shared bool) {
		from := "database"
		if shared {
			from = "shared"
		}
		answers.WithLabelValues(of, from).Inc()
	}
}
