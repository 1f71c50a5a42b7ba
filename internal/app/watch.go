package app

import (
	"context"
	"errors"
	"flag"
	"os"
	"sync/atomic"
	"time"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/monitoring"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/watching"
)

// WatchConfig says who is told how the shop does, beside those who read /metrics.
type WatchConfig struct {
	Metrics monitoring.Config
	Alerts  AlertsConfig
}

// Flags declares the settings.
func (c *WatchConfig) Flags(fs *flag.FlagSet) {
	c.Metrics.Flags(fs)
	c.Alerts.Flags(fs)
}

// Validate reports what cannot work together and what would.
func (c WatchConfig) Validate(auth string) error {
	if c.Metrics.Used() && auth == oci.None {
		return errors.New("oci.monitoring.compartment is set, so oci.auth must say how to sign in: workload, instance, resource or config")
	}
	return errors.Join(c.Metrics.Validate(), c.Alerts.Validate(auth))
}

// watch is what tells others how the shop does, and keeps secrets fresh.
func (a *App) watch(ctx context.Context, roles targets) (tasks []func(context.Context), err error) {
	if a.config.fetched != nil {
		refresh, err := a.refreshSecrets(ctx)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, refresh)
	}
	if roles.has(workerTarget) {
		tasks = append(tasks, a.job(a.watchPayments()))
	}
	if roles.has(workerTarget) && a.config.Watch.Alerts.Every > 0 && !a.config.DB.ReadOnly {
		alerts, err := a.alerts(ctx)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, alerts)
	}
	if a.config.Watch.Metrics.Used() {
		report, err := a.report(ctx, roles)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, report)
	}
	return tasks, nil
}

// samples are the program's own metrics.
func (a *App) samples() ([]telemetry.Sample, error) { return telemetry.Samples(a.metrics.registry) }

// report tells OCI Monitoring until the shop closes, and then what was left to tell.
func (a *App) report(ctx context.Context, roles targets) (func(context.Context), error) {
	c := a.config.Watch.Metrics
	identity, err := a.config.OCI.SignIn(ctx)
	if err != nil {
		return nil, err
	}
	sink, err := monitoring.Open(c, identity)
	if err != nil {
		return nil, err
	}
	a.metrics.oci("monitoring", sink)
	r := &watching.Reporter{Read: a.samples, Sink: sink, Now: now, Looks: roles.has(workerTarget), Dimensions: map[string]string{"service": a.config.Target, "replica": replica()}}
	a.metrics.counter("tradewind_monitoring_posted_total", "Points that Monitoring was told.", func() float64 { return float64(r.Posted.Load()) })
	a.metrics.counter("tradewind_monitoring_dropped_total", "Points that became too old or too many before Monitoring took them.", func() float64 { return float64(r.Dropped.Load()) })
	job := a.job(worker.Job{Name: "report", Every: c.Every, Do: r.Report})
	return func(ctx context.Context) {
		job(ctx)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := r.Report(last); err != nil {
			a.log.WarnContext(last, "the last metrics were not told", "err", err)
		}
	}, nil
}

// replica is who of several processes this one is.
func replica() string {
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "unknown"
}

// overdue is after which silence a payment counts as not reconciled: by then the
// provider has been asked many times.
const overdue = 15 * time.Minute

// watchPayments counts payments of which the provider does not tell.
func (a *App) watchPayments() worker.Job {
	const most = 200
	var open atomic.Int64
	a.metrics.gauge("tradewind_payments_unreconciled", "Payments whose outcome has been open for long although the provider is asked, counted up to 200.", func() float64 { return float64(open.Load()) })
	return worker.Job{Name: "payments", Every: 15 * time.Second, Do: func(ctx context.Context) error {
		list, err := a.db.Read().Payments.OpenAttempts(ctx, now().Add(-max(overdue, 10*a.config.ReconcileAge)), most)
		if err == nil {
			open.Store(int64(len(list)))
		}
		return err
	}}
}

// oci reports whether a service of Oracle Cloud is left alone; what is no adapter
// of one has nothing to report.
func (m *metrics) oci(service string, adapter any) {
	line, ok := adapter.(interface{ LeftAlone() bool })
	if !ok {
		return
	}
	m.labelled("tradewind_oci_left_alone", "1 while a service of Oracle Cloud fails and is not asked, 0 otherwise.", "service", service, func() float64 {
		if line.LeftAlone() {
			return 1
		}
		return 0
	})
}
