package app

import (
	"context"
	"runtime/debug"
	"time"

	"tradewind/internal/adapter/mailfolder"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/illustrating"
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
)

// tasks are what a process does beside answering requests, each until its
// context ends. One that is no worker looks after itself alone.
func (a *App) tasks(ctx context.Context, roles targets, s *services, api *httpapi.API, told facts) ([]func(context.Context), error) {
	memory := &memoryLimit{least: a.config.MemoryLimit}
	tasks := append(told.background, a.job(worker.Job{Name: "memory", Every: 2 * time.Second, Do: memory.adjust}))
	switch {
	case !roles.has(workerTarget):
		return tasks, nil
	case a.config.DB.ReadOnly: // of the database nothing is changed; the index is not part of it
		return append(append(tasks, func(ctx context.Context) { a.ensureIndex(ctx, s, api) }), a.jobs(a.lookJobs(s))...), nil
	}
	relay, err := a.relay(s, api, told)
	if err != nil {
		return nil, err
	}
	runners, err := a.runners(ctx, relay)
	if err != nil {
		return nil, err
	}
	tasks = append(tasks, func(ctx context.Context) {
		// The relay waits: what it put into an index that is being made would make
		// that look complete to the next start, should this one not get to the end.
		a.ensureIndex(ctx, s, api)
		relay.Run(ctx)
	})
	for _, r := range runners {
		tasks = append(tasks, r.Run)
	}
	tasks = append(tasks, a.jobs(a.workJobs(s))...)
	tasks = append(tasks, a.jobs(told.jobs)...)
	tasks = append(tasks, a.job(worker.Job{Name: "queues", Every: 5 * time.Second, Do: a.metrics.watchQueues(relay.Queue, a.db, runners)}))
	return append(tasks, a.jobs(a.lookJobs(s))...), nil
}

func (a *App) job(j worker.Job) func(context.Context) {
	return func(ctx context.Context) { worker.RunJob(ctx, j, a.log) }
}

func (a *App) jobs(list []worker.Job) (out []func(context.Context)) {
	for _, j := range list {
		out = append(out, a.job(j))
	}
	return out
}

// ensureIndex fills an index that is empty.
func (a *App) ensureIndex(ctx context.Context, s *services, api *httpapi.API) {
	rebuilt, err := s.indexer.Ensure(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "search index not rebuilt", "err", err)
	}
	if rebuilt { // what was found before there was anything to find
		api.Forget(ctx)
	}
	debug.FreeOSMemory() // what only the start needed
}

// deliveriesOn is how many events are delivered at the same time, by database:
// on the embedded one they share commits, on Oracle each takes a session of the pool.
var deliveriesOn = map[string]int{sqlstore.EngineSQLite: 32, sqlstore.EngineOracle: 4}

// relay delivers events. Those who want to be told of what others have done
// with one stand behind them; facts come last.
func (a *App) relay(s *services, api *httpapi.API, told facts) (*worker.Relay, error) {
	c, db := a.config, s.db
	mailer, err := mailfolder.Open(c.Mail)
	if err != nil {
		return nil, err
	}
	if c.Worker.Parallel == 0 {
		c.Worker.Parallel = deliveriesOn[c.DB.Engine]
	}
	letterhead, shop := worker.LetterheadOf(s.choices), c.HTTP.URL
	consumers := []worker.Consumer{
		worker.Receipts(db, mailer, letterhead).On(mailChannel),
		worker.AccountMails(s.accounts, mailer, letterhead, shop).On(mailChannel),
		worker.OrderLinks(s.orders, mailer, letterhead, shop).On(mailChannel),
		worker.PaymentNeeded(db, s.orders, mailer, letterhead, shop).On(mailChannel),
		worker.Allocation(s.fulfil).On(orderChannel),
		worker.Warehouse(s.fulfil).On(orderChannel),
		worker.Payments(s.settle),
		worker.Documents(s.fulfil),
		worker.Returns(s.fulfil),
		worker.Sales(s.recommend),
		worker.StockWatch(db, s.stock, s.choices),
		worker.Indexing(s.indexer, api.Forget),
	}
	consumers = append(append(consumers, told.consumers...), worker.Business(telemetry.NewBusiness(a.metrics.register)))
	return &worker.Relay{DB: db, Config: c.Worker, ID: ident.New(), Now: now, Log: a.log, Wake: a.wake, Traces: a.traces, Consumers: consumers}, nil
}

// workJobs are done by the clock.
func (a *App) workJobs(s *services) []worker.Job {
	c, db := a.config, s.db
	return []worker.Job{
		{Name: "holds", Every: c.ExpireEvery, Do: worker.ExpireHolds(s.stock)},
		{Name: "expire", Every: c.ExpireEvery, Do: worker.ExpireOrders(db, s.orders, s.settle, now, a.log)},
		{Name: "reconcile", Every: max(c.ReconcileAge/3, 10*time.Millisecond), Do: worker.ReconcilePayments(s.settle, c.ReconcileAge, now)},
		{Name: "allocate", Every: time.Minute, Do: worker.AllocateAll(db, s.fulfil)},
		{Name: "relist", Every: time.Second, Do: s.relister.Run},
		{Name: "reprice", Every: time.Second, Do: s.relister.Reprice},
		{Name: "purge", Every: time.Minute, Do: worker.Purge(db, c.Worker.KeepDone, now)},
		{Name: "unverified", Every: time.Hour, Do: worker.PurgeUnverified(s.accounts)},
		{Name: "media", Every: illustrating.SweepEvery, Do: worker.SweepMedia(s.media, a.log)},
	}
}

// lookJobs look at the database and change nothing in it.
func (a *App) lookJobs(s *services) []worker.Job {
	c := a.config
	jobs := []worker.Job{{Name: "backlog", Every: 5 * time.Second, Do: a.metrics.watchBacklog(a.db, now)}}
	if c.CompareEvery > 0 {
		jobs = append(jobs, a.compareIndex(s.indexer))
	}
	if c.SampleRows > 0 {
		sampler := &verify.Sampler{DB: a.db, Now: now, Log: a.log, Rows: c.SampleRows, Slow: 100 * time.Millisecond, Again: time.Minute}
		sampler.Begin(now())
		a.metrics.invariants(sampler, now)
		jobs = append(jobs, worker.Job{Name: "sample", Every: time.Second, Do: sampler.Step})
	}
	return jobs
}
