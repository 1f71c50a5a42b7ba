package app

import (
	"context"
	"net/http"
	"time"

	"tradewind/internal/demo"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/queue"
	"tradewind/internal/domain/search"
	"tradewind/internal/domain/setting"
	"tradewind/internal/domain/shared"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/illustrating"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/oversight"
	"tradewind/internal/service/promoting"
	"tradewind/internal/service/recommending"
	"tradewind/internal/service/settings"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/service/tariffs"
	"tradewind/internal/store"
)

// services are the verbs that requests and tasks share, and what they work with.
type services struct {
	tokens   token.Maker
	index    search.Index // nil in processes that need none
	provider payment.Provider
	common   shared.Common
	db       store.DB     // the database, of which something may be remembered
	signed   http.Handler // answers signed addresses of files, if that is us

	accounts  *account.Service
	settle    *settlement.Service
	orders    *checkout.Service
	choices   *settings.Service
	fulfil    *fulfilment.Service
	recommend *recommending.Service
	relister  *merchandising.Relister
	indexer   *merchandising.Indexer
	stock     *stockkeeping.Service
	media     *illustrating.Service
}

// services opens what is outside and makes the verbs.
func (a *App) services(ctx context.Context, roles targets) (s *services, err error) {
	c := a.config
	s = &services{}
	if s.tokens, err = c.tokens(); err != nil {
		return nil, err
	}
	if s.common, err = a.share(); err != nil {
		return nil, err
	}
	s.db = a.remember(s.common, s.tokens)
	db := s.db
	s.accounts = c.accounts(db, s.tokens)
	if err := a.signIn(roles, s.accounts); err != nil {
		return nil, err
	}
	if roles.has(httpapi.Product) || roles.has(workerTarget) {
		if s.index, err = a.openIndex(a.db); err != nil {
			return nil, err
		}
		a.closers = append(a.closers, s.index.Close)
	}
	if s.provider, err = a.provider(roles, s.tokens); err != nil {
		return nil, err
	}
	files, signed, err := a.objects(ctx, roles, s.tokens)
	if err != nil {
		return nil, err
	}
	s.signed, s.media = signed, illustrating.New(files, db, c.Media, now, ident.New)
	s.settle = &settlement.Service{DB: db, Provider: s.provider, Now: now, NewID: ident.New, Log: a.log, InFlight: 2 * c.Sandbox.Timeout, Later: c.PayLater, HoldFor: c.Checkout.HoldFor, Tokens: s.tokens}
	s.orders = &checkout.Service{DB: db, Config: c.Checkout, Quotes: c.Quotes, Tokens: s.tokens, Now: now, NewID: ident.New, NewIDAt: ident.At}
	s.choices = &settings.Service{DB: db, Now: now, Defaults: map[string]any{setting.ShopName: c.Shop, setting.ReturnDays: int64(c.Returns.ReturnWithin / (24 * time.Hour))}}
	s.fulfil = &fulfilment.Service{DB: db, Settle: s.settle, Config: c.Returns, Now: now, NewID: ident.New, ReturnWithin: s.returnWithin(c.Returns)}
	s.recommend = &recommending.Service{DB: db, Now: now}
	s.relister = &merchandising.Relister{DB: db, Now: now, NewID: ident.New}
	s.indexer = &merchandising.Indexer{DB: db, Index: s.index, Relister: s.relister, Pause: 2 * time.Second}
	s.stock = &stockkeeping.Service{DB: db, Now: now, NewID: ident.New, Low: func(ctx context.Context) (int64, error) { return s.choices.Number(ctx, setting.StockLow) }}
	return s, nil
}

// returnWithin is for how long goods may be sent back: as staff have set it, in
// days, else to the hour, as configured.
func (s *services) returnWithin(c fulfilment.Config) func(ctx context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) {
		days, err := s.choices.Number(ctx, setting.ReturnDays)
		if days == s.choices.Defaults[setting.ReturnDays] {
			return c.ReturnWithin, err
		}
		return time.Duration(days) * 24 * time.Hour, err
	}
}

// api is what answers requests.
func (a *App) api(s *services, roles targets, told facts) *httpapi.API {
	c, db := a.config, s.db
	return &httpapi.API{
		Config: c.HTTP, Targets: roles.api(), DB: db, Index: s.index, Shared: s.common, Provider: s.provider, Files: s.signed, Demo: demo.Media(),
		Log: a.log, Metrics: a.metrics.http, Traces: a.traces, Now: now, Browsing: told.browsing,
		Accounts: s.accounts, Settle: s.settle, Checkout: s.orders, Fulfil: s.fulfil, Recommend: s.recommend, Stock: s.stock, Settings: s.choices, Media: s.media,
		Shopping:  &shopping.Service{DB: db, Config: c.Cart, Quotes: c.Quotes, Tokens: s.tokens, Now: now, NewID: ident.New},
		Oversight: &oversight.Service{DB: db, Now: now, Open: func(ctx context.Context) (queue.Queue, error) { return c.OpenQueue(ctx, a.db) }},
		Editor:    &merchandising.Editor{DB: db, Now: now, NewID: ident.New},
		Exchange:  &exchange.Service{DB: db, Tokens: s.tokens, Now: now, NewID: ident.New},
		Promoting: &promoting.Service{DB: db, Now: now, NewID: ident.New},
		Tariffs:   &tariffs.Service{DB: db, Now: now, NewID: ident.New},
	}
}
