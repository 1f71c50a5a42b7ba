// Package demo is the demo shop: an original catalogue and its pictures.
package demo

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

type Options struct {
	Products int
	Now      func() time.Time
	NewID    func() string
}

func Seed(ctx context.Context, db store.DB, o Options) (merchandising.Summary, error) {
	return merchandising.Summary{}, nil
}

func Media() http.Handler { return http.NotFoundHandler() }
