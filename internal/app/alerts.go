package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/mail"
	"time"

	"tradewind/internal/adapter/alertlog"
	"tradewind/internal/adapter/mailfolder"
	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/notifications"
	"tradewind/internal/domain/notify"
	"tradewind/internal/edge/worker"
	"tradewind/internal/service/watching"
)

// AlertsConfig says how operators are told of what needs them.
type AlertsConfig struct {
	Every  time.Duration
	Again  time.Duration
	Oldest time.Duration
	Mail   string
	Topic  notifications.Config
}

// Flags declares the settings.
func (c *AlertsConfig) Flags(fs *flag.FlagSet) {
	fs.DurationVar(&c.Every, "alerts.every", 15*time.Second, "how often workers look for what operators must know; 0 for never")
	fs.DurationVar(&c.Again, "alerts.again", time.Hour, "after which time they are told again of what lasts")
	fs.DurationVar(&c.Oldest, "alerts.oldest", 5*time.Minute, "how long an event or a job may wait before operators are told")
	fs.StringVar(&c.Mail, "alerts.mail", "", "address that alerts are mailed to; empty for none")
	c.Topic.Flags(fs)
}

// Validate reports what cannot work together and what would.
func (c AlertsConfig) Validate(auth string) error {
	switch {
	case c.Every != 0 && (c.Every < time.Second || c.Every > 10*time.Minute):
		return fmt.Errorf("alerts.every is %v; choose between 1s and 10m, such as 15s, or 0 for never", c.Every)
	case c.Again < 5*time.Minute || c.Again > 7*24*time.Hour:
		return fmt.Errorf("alerts.again is %v; choose between 5m and 168h, such as 1h", c.Again)
	case c.Oldest < 10*time.Second || c.Oldest > 24*time.Hour:
		return fmt.Errorf("alerts.oldest is %v; choose between 10s and 24h, such as 5m", c.Oldest)
	case c.Topic.Used() && auth == oci.None:
		return errors.New("oci.notifications.topic is set, so oci.auth must say how to sign in: workload, instance, resource or config")
	}
	if a, err := mail.ParseAddress(c.Mail); c.Mail != "" && (err != nil || a.Address != c.Mail) {
		return fmt.Errorf("alerts.mail is %q; write a bare address such as operators@shop.example, or leave it empty", c.Mail)
	}
	return c.Topic.Validate()
}

// alerts is the job that tells operators: by the topic if there is one, by the log
// always, and by mail.
func (a *App) alerts(ctx context.Context) (func(context.Context), error) {
	c := a.config.Watch.Alerts
	var told []notify.Alerts
	if c.Topic.Used() {
		identity, err := a.config.OCI.SignIn(ctx)
		if err != nil {
			return nil, err
		}
		topic, err := notifications.Open(ctx, c.Topic, identity)
		if err != nil {
			return nil, err
		}
		a.metrics.oci("notifications", topic)
		told = append(told, topic)
	}
	told = append(told, alertlog.Log{To: a.log})
	if c.Mail != "" {
		mailer, err := mailfolder.Open(a.config.Mail)
		if err != nil {
			return nil, err
		}
		told = append(told, alertlog.Mail{Mailer: mailer, To: c.Mail})
	}
	w := &watching.Watcher{Read: a.samples, Rules: watching.Rules(c.Oldest), Alerts: told, Guard: a.db.Read().Guard, Now: now, Log: a.log, Replica: replica(), Again: c.Again}
	a.metrics.counter("tradewind_alerts_told_total", "Alerts that this process told operators, ends of them included.", func() float64 { return float64(w.Told.Load()) })
	return a.job(worker.Job{Name: "alerts", Every: c.Every, Do: w.Look}), nil
}
