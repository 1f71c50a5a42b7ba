// Package notify holds the messages that a shop sends, how they read, and the
// Mailer port that sends them. It imports money and fault and does no I/O.
package notify

import (
	"context"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// Message is an e-mail to one person. ID makes sending it again harmless: use
// what caused it, such as the event and the recipient. HTML may be "".
type Message struct {
	ID, To, Subject string
	Text, HTML      string
	OrderID         string // what it is about; may be ""
	ReplyTo         string // where answers go; "" is to the sender
}

// Shop is who writes: its name, and where it is written to, which may be "".
type Shop struct{ Name, Support string }

// Mailer sends messages. Sending one ID twice has one effect, also at the same
// time and after a restart. Errors of kind Unavailable are worth another
// attempt; "bad-message" is not.
type Mailer interface {
	Send(ctx context.Context, m Message) error
}

// The bounds of a Message, in bytes; an address is bounded by RFC 5321, 4.5.3.1.
const (
	maxID      = 255
	maxAddress = 320
	maxSubject = 500
	maxBody    = 1 << 20
)

// Check returns the recipient of a message that can be sent. The code of the
// error is "bad-message" and its field names what is wrong.
func (m Message) Check() (*mail.Address, error) {
	switch {
	case m.ID == "" || len(m.ID) > maxID || !plain(m.ID):
		return nil, bad("id", "must have 1 to %d bytes of text without line breaks", maxID)
	case len(m.OrderID) > maxID || !plain(m.OrderID):
		return nil, bad("order_id", "must have up to %d bytes of text without line breaks", maxID)
	case m.Subject == "" || len(m.Subject) > maxSubject || !plain(m.Subject):
		return nil, bad("subject", "must have 1 to %d bytes of text without line breaks", maxSubject)
	case strings.TrimSpace(m.Text) == "" || len(m.Text) > maxBody || !utf8.ValidString(m.Text):
		return nil, bad("text", "must have 1 to %d bytes of UTF-8", maxBody)
	case len(m.HTML) > maxBody || !utf8.ValidString(m.HTML):
		return nil, bad("html", "must have up to %d bytes of UTF-8", maxBody)
	case len(m.To) > maxAddress || !plain(m.To):
		return nil, bad("to", "must be one address such as ada@example.com")
	}
	if a, err := mail.ParseAddress(m.ReplyTo); m.ReplyTo != "" && (err != nil || a.Address != m.ReplyTo || len(m.ReplyTo) > maxAddress || !plain(m.ReplyTo)) {
		return nil, bad("reply_to", "must be a bare address such as help@shop.example, or empty")
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil || !plain(to.Name) || !plain(to.Address) || strings.ContainsAny(to.Address, " \"<>,") {
		return nil, bad("to", "must be one address such as ada@example.com")
	}
	return to, nil
}

func bad(field, format string, args ...any) error {
	return fault.Field("bad-message", field, format, args...)
}

// plain reports whether s is text that cannot end a header line.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}
