package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/adapter/mailfolder"
	"tradewind/internal/adapter/paylink"
	"tradewind/internal/demo"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/search"
	"tradewind/internal/domain/setting"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/archive"
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
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// now is the clock of the program: UTC, as precise as the database keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// App is a running shop.
type App struct {
	URL, OpsURL string // where it listens; OpsURL is "" if it does not
	ProviderURL string // where the payment provider answers
	PaymentURL  string // where the payment service answers other services, if it does

	config   Config
	log      *slog.Logger
	metrics  *metrics
	db       *sqlstore.DB
	draining atomic.Bool
	closers  []func() error // in the order of opening
}

// OpenDB makes room for the embedded database, brings its schema up to date if
// the settings say so, and opens it.
func (c Config) OpenDB(ctx context.Context, o sqlstore.Options) (*sqlstore.DB, error) {
	if err := c.makeRoom(); err != nil {
		return nil, err
	}
	if c.Migrate && c.DB.Engine == sqlstore.EngineSQLite {
		if _, err := c.MigrateUp(ctx); err != nil {
			return nil, err
		}
	}
	db, err := sqlstore.Open(ctx, c.DB, migrations.FS, o)
	return db, c.aboutDB(err)
}

// aboutDB says which setting an error of the embedded database is about.
func (c Config) aboutDB(err error) error {
	if err == nil || c.DB.Engine != sqlstore.EngineSQLite {
		return err
	}
	return fmt.Errorf("db.path %s: %w", c.DB.Path, err)
}

// MigrateUp carries out the steps that are missing and says how many.
func (c Config) MigrateUp(ctx context.Context) (int, error) {
	if err := c.makeRoom(); err != nil {
		return 0, err
	}
	m, err := sqlstore.OpenMigrator(ctx, c.DB, migrations.FS, now)
	if err != nil {
		return 0, c.aboutDB(err)
	}
	n, err := m.Up(ctx)
	return n, c.aboutDB(errors.Join(err, m.Close()))
}

// Accounts is the service of accounts on an open database.
func (c Config) Accounts(db *sqlstore.DB) (*account.Service, error) {
	tokens, err := c.tokens()
	if err != nil {
		return nil, err
	}
	return c.accounts(db, tokens), nil
}

// Exchange is the service of imports and exports on an open database.
func (c Config) Exchange(db *sqlstore.DB) (*exchange.Service, error) {
	tokens, err := c.tokens()
	return &exchange.Service{DB: db, Tokens: tokens, Now: now, NewID: ident.New}, err
}

// Archivist moves orders of an open database into files of a folder.
func (c Config) Archivist(db *sqlstore.DB, folder string) (*archive.Service, error) {
	schema, err := sqlstore.Schema(migrations.FS)
	return &archive.Service{DB: db, Config: c.Archive, Folder: folder, Schema: schema, Now: now}, err
}

func (c Config) accounts(db *sqlstore.DB, tokens token.Maker) *account.Service {
	return account.New(db, c.Account, tokens, httpapi.Permissions(), now, ident.New)
}

// Run opens the shop, calls started, and serves until ctx ends; then it lets
// what runs come to its end.
func Run(ctx context.Context, c Config, logTo io.Writer, started func(*App)) (err error) {
	level, err := c.level()
	if err != nil {
		return err
	}
	if c.MemoryLimit > 0 {
		debug.SetMemoryLimit(c.MemoryLimit)
	}
	a := &App{config: c, log: telemetry.NewLog(logTo, level).With("service", c.Target), metrics: newMetrics(c.Target)}
	defer func() {
		for _, close := range reversed(a.closers) {
			err = errors.Join(err, close())
		}
	}()
	return a.run(ctx, started)
}

func reversed(in []func() error) (out []func() error) {
	for i := len(in) - 1; i >= 0; i-- {
		out = append(out, in[i])
	}
	return out
}

func (a *App) run(ctx context.Context, started func(*App)) error {
	c := a.config
	wake := make(chan struct{}, 1)
	db, err := c.OpenDB(ctx, sqlstore.Options{Observe: a.metrics.observe, OnEvent: func() {
		select {
		case wake <- struct{}{}:
		default: // a wake-up is under way
		}
	}})
	if err != nil {
		return err
	}
	a.db = db
	a.closers = append(a.closers, db.Close)
	a.metrics.pool(db)
	tokens, err := c.tokens()
	if err != nil {
		return err
	}
	accounts := c.accounts(db, tokens)
	roles, err := c.targets()
	if err != nil {
		return err
	}
	var index search.Index
	if roles.has(httpapi.Product) || roles.has(workerTarget) {
		if index, err = a.openIndex(db); err != nil {
			return err
		}
		a.closers = append(a.closers, index.Close)
	}
	common, err := a.share()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.HTTPAddr)
	if err != nil {
		return fmt.Errorf("http.addr: %w", err)
	}
	a.closers = append(a.closers, func() error { return ignoreClosed(listener.Close()) })
	a.URL = "http://localhost:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	provider, err := a.provider(roles, tokens)
	if err != nil {
		return err
	}

	settle := &settlement.Service{DB: db, Provider: provider, Now: now, NewID: ident.New, Log: a.log, InFlight: 2 * c.Sandbox.Timeout}
	orders := &checkout.Service{DB: db, Config: c.Checkout, Quotes: c.Quotes, Tokens: tokens, Now: now, NewID: ident.New, NewIDAt: ident.At}
	choices := &settings.Service{DB: db, Now: now, Defaults: map[string]any{setting.ShopName: c.Shop, setting.ReturnDays: int64(c.Returns.ReturnWithin / (24 * time.Hour))}}
	fulfil := &fulfilment.Service{DB: db, Settle: settle, Config: c.Returns, Now: now, NewID: ident.New}
	recommend := &recommending.Service{DB: db, Now: now}
	relister := &merchandising.Relister{DB: db, Now: now, NewID: ident.New}
	indexer := &merchandising.Indexer{DB: db, Index: index, Relister: relister}
	api := &httpapi.API{Config: c.HTTP, DB: db, Index: index, Settle: settle, Checkout: orders, Fulfil: fulfil, Recommend: recommend, Oversight: &oversight.Service{DB: db, Now: now}, Provider: provider, Shared: common, Log: a.log, Metrics: a.metrics.http, Now: now,
		Shopping: &shopping.Service{DB: db, Config: c.Cart, Quotes: c.Quotes, Tokens: tokens, Now: now, NewID: ident.New}, Demo: demo.Media()}
	api.Accounts, api.Editor = accounts, &merchandising.Editor{DB: db, Now: now, NewID: ident.New}
	api.Exchange = &exchange.Service{DB: db, Tokens: tokens, Now: now, NewID: ident.New}
	stock := &stockkeeping.Service{DB: db, Now: now, NewID: ident.New, Low: func(ctx context.Context) (int64, error) { return choices.Number(ctx, setting.StockLow) }}
	api.Stock, api.Settings = stock, choices
	fulfil.ReturnWithin = func(ctx context.Context) (time.Duration, error) {
		days, err := choices.Number(ctx, setting.ReturnDays)
		if days == choices.Defaults[setting.ReturnDays] { // nobody set another: to the hour, as configured
			return c.Returns.ReturnWithin, err
		}
		return time.Duration(days) * 24 * time.Hour, err
	}
	api.Promoting, api.Tariffs = &promoting.Service{DB: db, Now: now, NewID: ident.New}, &tariffs.Service{DB: db, Now: now, NewID: ident.New}
	api.Targets = roles.api()
	files, signed, err := a.objects(ctx, roles, tokens)
	if err != nil {
		return err
	}
	api.Media, api.Files = illustrating.New(files, db, c.Media, now, ident.New), signed
	handler := api.Handler()

	memory := &memoryLimit{least: c.MemoryLimit}
	jobs := []worker.Job{{Name: "memory", Every: 2 * time.Second, Do: memory.adjust}}
	if !roles.has(workerTarget) {
		return a.serve(ctx, listener, handler, started, func(work context.Context, start func(func())) {
			for _, j := range jobs {
				start(func() { worker.RunJob(work, j, a.log) })
			}
		})
	}
	mailer, err := mailfolder.Open(c.Mail)
	if err != nil {
		return err
	}
	letterhead := worker.LetterheadOf(choices)
	relay := &worker.Relay{DB: db, Config: c.Worker, ID: ident.New(), Now: now, Log: a.log, Wake: wake,
		Consumers: []worker.Consumer{worker.Receipts(db, mailer, letterhead).On(mailChannel), worker.AccountMails(accounts, mailer, letterhead, c.HTTP.URL).On(mailChannel), worker.OrderLinks(orders, mailer, letterhead, c.HTTP.URL).On(mailChannel), worker.Allocation(fulfil).On(orderChannel), worker.Warehouse(fulfil).On(orderChannel), worker.Payments(settle), worker.Documents(fulfil), worker.Returns(fulfil), worker.Sales(recommend), worker.StockWatch(db, stock, choices),
			worker.Indexing(indexer, api.Forget)}}
	jobs = append(jobs,
		worker.Job{Name: "holds", Every: c.ExpireEvery, Do: worker.ExpireHolds(stock)},
		worker.Job{Name: "expire", Every: c.ExpireEvery, Do: worker.ExpireOrders(db, orders, settle, now, a.log)},
		worker.Job{Name: "reconcile", Every: max(c.ReconcileAge/3, 10*time.Millisecond), Do: worker.ReconcilePayments(settle, c.ReconcileAge, now)},
		worker.Job{Name: "relist", Every: time.Second, Do: relister.Run},
		worker.Job{Name: "reprice", Every: time.Second, Do: relister.Reprice},
		worker.Job{Name: "purge", Every: time.Minute, Do: worker.Purge(db, c.Worker.KeepDone, now)},
		worker.Job{Name: "unverified", Every: time.Hour, Do: worker.PurgeUnverified(accounts)},
		worker.Job{Name: "media", Every: illustrating.SweepEvery, Do: worker.SweepMedia(api.Media, a.log)},
		worker.Job{Name: "backlog", Every: 5 * time.Second, Do: a.metrics.watchBacklog(db, now)})
	runners, err := a.runners(ctx, relay)
	if err != nil {
		return err
	}
	jobs = append(jobs, worker.Job{Name: "allocate", Every: time.Minute, Do: worker.AllocateAll(db, fulfil)}, worker.Job{Name: "queues", Every: 5 * time.Second, Do: a.metrics.watchQueues(relay.Queue, db, runners)})
	if c.CompareEvery > 0 {
		jobs = append(jobs, a.compareIndex(indexer))
	}
	if c.SampleRows > 0 {
		sampler := &verify.Sampler{DB: db, Now: now, Log: a.log, Rows: c.SampleRows, Slow: 100 * time.Millisecond, Again: time.Minute}
		sampler.Begin(now())
		a.metrics.invariants(sampler, now)
		jobs = append(jobs, worker.Job{Name: "sample", Every: time.Second, Do: sampler.Step})
	}
	return a.serve(ctx, listener, handler, started, func(work context.Context, start func(func())) {
		start(func() {
			// The relay waits: what it put into an index that is being made would make
			// that look complete to the next start, should this one not get to the end.
			rebuilt, err := indexer.Ensure(work)
			if err != nil && work.Err() == nil {
				a.log.ErrorContext(work, "search index not rebuilt", "err", err)
			}
			if rebuilt { // what was found before there was anything to find
				api.Forget(work)
			}
			debug.FreeOSMemory() // what only the start needed
			relay.Run(work)
		})
		for _, r := range runners {
			start(func() { r.Run(work) })
		}
		for _, j := range jobs {
			start(func() { worker.RunJob(work, j, a.log) })
		}
	})
}

// provider starts our own sandbox provider or finds the one elsewhere. Only the
// payment service has it; the worker asks that service, and nobody else needs one.
func (a *App) provider(roles targets, tokens token.Maker) (payment.Provider, error) {
	secret := tokens.Token("service", "payment")
	if !roles.has(httpapi.Payment) {
		// The service is patient with the provider for as long as its own time-out.
		return paylink.NewClient(a.config.PaymentURL, secret, a.config.Sandbox.Timeout+5*time.Second), nil
	}
	c := a.config.Sandbox.WithSecrets()
	if a.ProviderURL = c.URL; c.Own() {
		own, err := c.Listen(a.URL + "/v1/webhooks/sandboxpay")
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, own.Close)
		a.ProviderURL = own.URL
	}
	provider := c.Client(a.ProviderURL)
	if a.config.PaymentAddr == "" {
		return provider, nil
	}
	listener, err := net.Listen("tcp", a.config.PaymentAddr)
	if err != nil {
		return nil, fmt.Errorf("payment.service-addr: %w", err)
	}
	a.PaymentURL = "http://" + listener.Addr().String()
	link := &http.Server{Handler: paylink.Handler(provider, secret, a.log), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := link.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("the other services are not answered any more", "err", err)
		}
	}()
	a.closers = append(a.closers, func() error {
		grace, cancel := context.WithTimeout(context.Background(), a.config.Grace)
		defer cancel()
		return link.Shutdown(grace)
	})
	return provider, nil
}

// serve answers requests and works until ctx ends. Then it stops being ready,
// lets requests end, and then the workers.
func (a *App) serve(ctx context.Context, listener net.Listener, handler http.Handler, started func(*App), work func(ctx context.Context, start func(func()))) error {
	failed := make(chan error, 2)
	shop := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
	servers := []*http.Server{shop}
	go func() { failed <- shop.Serve(listener) }()
	if a.config.OpsAddr != "off" {
		ops, err := net.Listen("tcp", a.config.OpsAddr)
		if err != nil {
			return errors.Join(fmt.Errorf("ops.addr: %w", err), shop.Close())
		}
		a.OpsURL = "http://" + ops.Addr().String()
		s := &http.Server{Handler: opsHandler(a.metrics.registry, a.db.Ping, &a.draining, a.config.Pprof), ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, s)
		go func() { failed <- s.Serve(ops) }()
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers sync.WaitGroup
	work(working, func(fn func()) { workers.Go(fn) })
	if started != nil {
		started(a)
	}
	a.log.InfoContext(ctx, "shop is open", "url", a.URL, "ops", a.OpsURL, "database", a.config.DB.Engine)

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.draining.Store(true)
	if a.config.Drain > 0 && err == nil {
		shop.SetKeepAlivesEnabled(false) // who asks again does so on another connection, of another process
		time.Sleep(a.config.Drain)
	}
	grace, cancel := context.WithTimeout(context.Background(), a.config.Grace)
	defer cancel()
	if e := shop.Shutdown(grace); e != nil {
		err = errors.Join(err, fmt.Errorf("requests did not end within %v: %w", a.config.Grace, e), shop.Close())
	}
	stop()
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	select {
	case <-done:
	case <-grace.Done():
		err = errors.Join(err, fmt.Errorf("workers did not end within %v", a.config.Grace))
	}
	for _, s := range servers[1:] {
		err = errors.Join(err, s.Close())
	}
	a.log.Info("shop is closed")
	return ignoreClosed(err)
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
