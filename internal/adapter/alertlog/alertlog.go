// Package alertlog is the embedded notify.Alerts: the log of the program, and a
// mail if somebody wants one.
package alertlog

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"tradewind/internal/domain/notify"
)

// Log writes alerts into the log, as errors.
type Log struct{ To *slog.Logger }

var _ notify.Alerts = Log{}

// Alert implements notify.Alerts.
func (l Log) Alert(ctx context.Context, a notify.Alert) error {
	if err := errors.Join(ctx.Err(), a.Check()); err != nil {
		return err
	}
	l.To.ErrorContext(ctx, "alert", "alert", a.ID, "title", a.Title, "text", a.Text)
	return nil
}

// Mail sends alerts to an address. One that has been sent is not sent again.
type Mail struct {
	Mailer notify.Mailer
	To     string
}

var _ notify.Alerts = Mail{}

// Alert implements notify.Alerts.
func (m Mail) Alert(ctx context.Context, a notify.Alert) error {
	if err := errors.Join(ctx.Err(), a.Check()); err != nil {
		return err
	}
	return m.Mailer.Send(ctx, notify.Message{ID: "alert " + a.ID, To: m.To, Subject: a.Title, Text: strings.TrimSpace(a.Text)})
}
