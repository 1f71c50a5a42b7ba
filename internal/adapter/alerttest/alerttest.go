// Package alerttest is what every notify.Alerts promises.
package alerttest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/domain/notify"
	"tradewind/internal/platform/fault"
)

// Fixture is an adapter and what has arrived by it: titles and texts; ids only
// where the way has room for them.
type Fixture struct {
	Alerts notify.Alerts
	Sent   func() []notify.Alert
}

// Run tests an adapter; open makes a new one.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	good := notify.Alert{ID: "outbox-dead 1", Title: "Tradewind: events are dead", Text: "3 events — \"mail\" & others — failed too often.\nhttps://shop.example/docs"}
	t.Run("an alert arrives whole", func(t *testing.T) {
		f := open(t)
		long := notify.Alert{ID: "2", Title: strings.Repeat("t", 120), Text: strings.Repeat("é", 16<<10)}
		for _, a := range []notify.Alert{good, long} {
			if err := f.Alerts.Alert(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(f.Sent(), func(got notify.Alert) bool { return got.Title == a.Title && got.Text == a.Text }) {
				t.Errorf("%.20q did not arrive", a.Title)
			}
		}
		if n := len(f.Sent()); n != 2 {
			t.Errorf("%d arrived", n)
		}
	})
	t.Run("what cannot be told is named", func(t *testing.T) {
		f := open(t)
		for field, change := range map[string]func(a *notify.Alert){
			"id":    func(a *notify.Alert) { a.ID = "" },
			"title": func(a *notify.Alert) { a.Title = "two\nlines" },
			"text":  func(a *notify.Alert) { a.Text = strings.Repeat("x", 33<<10) },
		} {
			bad := good
			change(&bad)
			err := f.Alerts.Alert(t.Context(), bad)
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != "bad-alert" || e.Fields[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		if n := len(f.Sent()); n != 0 {
			t.Errorf("%d arrived", n)
		}
	})
	t.Run("nobody waits, nothing is told", func(t *testing.T) {
		f := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Alerts.Alert(ctx, good); !errors.Is(err, context.Canceled) || len(f.Sent()) != 0 {
			t.Errorf("%d arrived, %v", len(f.Sent()), err)
		}
	})
}
