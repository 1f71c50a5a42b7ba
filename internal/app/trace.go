package app

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"

	"tradewind/internal/platform/telemetry"
)

// openTraces opens what sends spans, if the settings name where to. What waits when
// the shop closes is sent then, within three seconds.
func (a *App) openTraces(ctx context.Context) (*telemetry.Traces, error) {
	t, err := telemetry.OpenTraces(ctx, a.config.Trace, a.config.Target)
	if err != nil || t == nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { a.log.Warn("spans were not sent", "err", err) }))
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := t.Close(ctx); err != nil {
			a.log.Warn("the last spans were not sent", "err", err)
		}
		return nil
	})
	return t, nil
}
