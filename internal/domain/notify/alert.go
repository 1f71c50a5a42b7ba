package notify

import (
	"context"
	"strings"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// Alert is a message to those who operate the shop. ID says what caused it.
type Alert struct{ ID, Title, Text string }

// Alerts tells operators. An alert may arrive twice if an answer is lost. Errors
// of kind Unavailable are worth another attempt; "bad-alert" is not.
type Alerts interface {
	Alert(ctx context.Context, a Alert) error
}

// The bounds of an Alert, in bytes: a title is the subject of a mail, and a text
// leaves room below the 64 KB of OCI Notifications.
const (
	maxTitle = 120
	maxText  = 32 << 10
)

// Check reports whether a can be told. The code of the error is "bad-alert".
func (a Alert) Check() error {
	switch {
	case a.ID == "" || len(a.ID) > maxID || !plain(a.ID):
		return fault.Field("bad-alert", "id", "must have 1 to %d bytes of text without line breaks", maxID)
	case a.Title == "" || len(a.Title) > maxTitle || !plain(a.Title):
		return fault.Field("bad-alert", "title", "must have 1 to %d bytes of text without line breaks", maxTitle)
	case strings.TrimSpace(a.Text) == "" || len(a.Text) > maxText || !utf8.ValidString(a.Text):
		return fault.Field("bad-alert", "text", "must have 1 to %d bytes of UTF-8", maxText)
	}
	return nil
}

// AlertsUnavailable is the error of a service that cannot be reached.
func AlertsUnavailable(cause error) error {
	return fault.New(fault.Unavailable, "alerts-unavailable", "Operators cannot be told at the moment.").Because(cause)
}
