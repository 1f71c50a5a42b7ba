// Package setting holds what staff may change while the shop runs: a register
// of settings with their types and bounds, and the Store that keeps values.
package setting

import (
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/fault"
)

// Kind says what values a setting takes.
type Kind string

// The kinds of settings.
const (
	Text   Kind = "text"   // of Least to Most characters, in several lines if it is long
	Email  Kind = "email"  // an address, or empty
	Number Kind = "number" // a whole number from Least to Most
)

// Def declares a setting.
type Def struct {
	Name, About string
	Kind        Kind
	Least, Most int64
}

// The settings there are.
const (
	ShopName       = "shop.name"
	SupportEmail   = "shop.support-email"
	CheckoutNotice = "checkout.notice"
	ReturnDays     = "returns.days"
	StockLow       = "stock.low"
)

// Defs lists them, by name.
var Defs = []Def{
	{CheckoutNotice, "What shoppers read before they pay.", Text, 0, 1000},
	{ReturnDays, "For how many days after it was sent a parcel may be returned.", Number, 0, 3650},
	{ShopName, "What the shop is called, in mails too.", Text, 1, 120},
	{SupportEmail, "Where shoppers write to; answers to mails of the shop go there.", Email, 0, 254},
	{StockLow, "A SKU is low when fewer are left, unless its policy names a level; 0 is never.", Number, 0, 999_999},
}

// Find returns the declaration; the error's code is "setting-not-found".
func Find(name string) (Def, error) {
	for _, d := range Defs {
		if d.Name == name {
			return d, nil
		}
	}
	return Def{}, fault.New(fault.NotFound, "setting-not-found", "There is no setting %s.", name)
}

// Parse reads a value, as a string or an int64; the error's code is "setting-invalid".
func (d Def) Parse(raw json.RawMessage) (any, error) {
	bad := func(format string, args ...any) error {
		return fault.Field("setting-invalid", "value", format, args...)
	}
	if d.Kind == Number {
		var n *int64
		if err := json.Unmarshal(raw, &n); err != nil || n == nil || *n < d.Least || *n > d.Most {
			return nil, bad("send a whole number from %d to %d", d.Least, d.Most)
		}
		return *n, nil
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return nil, bad("send a text")
	}
	if n := int64(utf8.RuneCountInString(*s)); n < d.Least || n > d.Most {
		return nil, bad("%d to %d characters are possible, not %d", d.Least, d.Most, n)
	}
	if strings.ContainsFunc(*s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }) {
		return nil, bad("control characters are not possible here")
	}
	if a, err := mail.ParseAddress(*s); d.Kind == Email && *s != "" && (err != nil || a.Address != *s) {
		return nil, bad("it is not an e-mail address such as help@shop.example")
	}
	return *s, nil
}

// TopicChanged says that a setting has another value; the payload is empty.
const TopicChanged = "setting.changed"

// EventChanged says that x was written.
func EventChanged(x Stored, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: "setting:" + x.Name, Seq: x.Version, Topic: TopicChanged, Payload: struct{}{}, At: at}
}

// ChangedIn returns the name of the setting that an event of TopicChanged is about.
func ChangedIn(m outbox.Message) string { return strings.TrimPrefix(m.Aggregate, "setting:") }

// Stored is a value that somebody set; its Version counts the times.
type Stored struct {
	Name    string
	Value   json.RawMessage
	Version int64
}

// Store keeps values.
type Store interface {
	// All returns what was set.
	All(ctx context.Context) ([]Stored, error)
	// Put writes a value whose version before was one less, none being 0; the
	// error's code is "changed-meanwhile".
	Put(ctx context.Context, s Stored) error
}
