package alertlog

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"tradewind/internal/adapter/alerttest"
	"tradewind/internal/domain/notify"
)

func TestConformanceOfTheLog(t *testing.T) {
	alerttest.Run(t, func(t *testing.T) alerttest.Fixture {
		var out bytes.Buffer
		return alerttest.Fixture{Alerts: Log{slog.New(slog.NewJSONHandler(&out, nil))}, Sent: func() (list []notify.Alert) {
			for line := range bytes.Lines(out.Bytes()) {
				var a struct{ Level, Alert, Title, Text string }
				if err := json.Unmarshal(line, &a); err != nil || a.Level != "ERROR" {
					t.Fatalf("%s: %v", line, err)
				}
				list = append(list, notify.Alert{ID: a.Alert, Title: a.Title, Text: a.Text})
			}
			return list
		}}
	})
}

type mailer struct{ sent []notify.Message }

func (m *mailer) Send(_ context.Context, x notify.Message) error {
	_, err := x.Check()
	if err == nil {
		m.sent = append(m.sent, x)
	}
	return err
}

func TestConformanceOfMail(t *testing.T) {
	alerttest.Run(t, func(t *testing.T) alerttest.Fixture {
		m := &mailer{}
		return alerttest.Fixture{Alerts: Mail{m, "ops@shop.example"}, Sent: func() (list []notify.Alert) {
			for _, x := range m.sent {
				if x.To != "ops@shop.example" {
					t.Errorf("it went to %s", x.To)
				}
				list = append(list, notify.Alert{ID: x.ID, Title: x.Subject, Text: x.Text})
			}
			return list
		}}
	})
}
