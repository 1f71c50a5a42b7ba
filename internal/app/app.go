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

	"tradewind/internal/edge/httpapi"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/archive"
	"tradewind/internal/service/exchange"
	"tradewind/internal/store"
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
	traces   *telemetry.Traces // nil for none
	wake     chan struct{}     // see wakeUp
	draining atomic.Bool
	closers  []func() error // in the order of opening

}

// OpenDB makes room for the embedded database, brings its schema up to date if
// the settings say so, and opens it.
func (c Config) OpenDB(ctx context.Context, o sqlstore.Options) (*sqlstore.DB, error) {
	if err := c.makeRoom(); err != nil {
		return nil, err
	}
	if c.Migrate && !c.DB.ReadOnly && c.DB.Engine == sqlstore.EngineSQLite {
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

func (c Config) accounts(db store.DB, tokens token.Maker) *account.Service {
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
	a := &App{config: c, log: telemetry.NewLog(logTo, level).With("service", c.Target), metrics: newMetrics(c.Target), wake: make(chan struct{}, 1)}
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

func (a *App) run(ctx context.Context, started func(*App)) (err error) {
	c := a.config
	roles, err := c.targets()
	if err != nil {
		return err
	}
	if a.traces, err = a.openTraces(ctx); err != nil {
		return err
	}
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	defer func() {
		if cause := context.Cause(ctx); errors.Is(cause, errFenced) || errors.Is(cause, errRole) {
			err = errors.Join(err, cause)
		}
	}()
	if c.Region.Follow && !c.DB.ReadOnly {
		if c.DB.ReadOnly, err = a.follow(ctx, lose); err != nil {
			return err
		}
		a.config = c
	}
	if err := a.guard(ctx, lose); err != nil {
		return err
	}
	c.DB.Module = "tradewind " + c.Target
	if a.db, err = c.OpenDB(ctx, sqlstore.Options{Observe: a.metrics.observe, OnEvent: a.wakeUp}); err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	a.metrics.pool(a.db, c.DB.ReadOnly)
	listener, err := net.Listen("tcp", c.HTTPAddr)
	if err != nil {
		return fmt.Errorf("http.addr: %w", err)
	}
	a.closers = append(a.closers, func() error { return ignoreClosed(listener.Close()) })
	a.URL = "http://localhost:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	s, err := a.services(ctx, roles)
	if err != nil {
		return err
	}
	told, err := a.facts(ctx, roles, a.db, s.recommend)
	if err != nil {
		return err
	}
	api := a.api(s, roles, told)
	handler := api.Handler()
	tasks, err := a.tasks(ctx, roles, s, api, told)
	if err != nil {
		return err
	}
	watch, err := a.watch(ctx, roles)
	if err != nil {
		return err
	}
	return a.serve(ctx, listener, handler, started, append(tasks, watch...))
}

// wakeUp tells the relay that there is something to deliver.
func (a *App) wakeUp() {
	select {
	case a.wake <- struct{}{}:
	default: // it knows already
	}
}

// serve answers requests and does its tasks until ctx ends. Then it stops being
// ready, lets requests end, and then the tasks.
func (a *App) serve(ctx context.Context, listener net.Listener, handler http.Handler, started func(*App), tasks []func(ctx context.Context)) error {
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
		s := &http.Server{Handler: opsHandler(a.metrics.registry, a.db.Ping, &a.draining, a.config.DB.ReadOnly, a.config.Pprof), ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, s)
		go func() { failed <- s.Serve(ops) }()
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers sync.WaitGroup
	for _, do := range tasks {
		workers.Go(func() { do(working) })
	}
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
		err = errors.Join(err, fmt.Errorf("tasks did not end within %v", a.config.Grace))
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
