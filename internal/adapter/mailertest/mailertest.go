// Package mailertest is the conformance suite of notify.Mailer: what the shop's
// workers rely on, whoever sends the mail. It imports notify and fault.
package mailertest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"tradewind/internal/domain/notify"
	"tradewind/internal/platform/fault"
)

// Fixture is a mailer and a look at what arrived from it.
type Fixture struct {
	Mailer  notify.Mailer
	Arrived func(t *testing.T) []notify.Message // in any order
	Reopen  func(t *testing.T) notify.Mailer    // as after a restart; nil skips that
}

// hello has what mail systems get wrong: umlauts, long lines, dots and "From"
// at line starts, trailing blanks.
var hello = notify.Message{
	ID: "evt_1/ada@example.com", To: "ada@example.com", OrderID: "ord_1", ReplyTo: "help@shop.example",
	Subject: "Größe geändert – 19.99 € " + strings.Repeat("ä", 100),
	Text:    "Hello Ada,\n.\n.. dots\nFrom here = on \t \n" + strings.Repeat("long ", 400) + "\nGrüße 🏺\n",
	HTML:    "<!doctype html><p style=\"color: red\">Größe &amp; Form</p>\n" + strings.Repeat("x", 3000),
}

// Run tests a mailer. open makes one that has sent nothing.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Run("arrives as it was written", func(t *testing.T) {
		f := open(t)
		plain, named, tricky := hello, hello, hello
		plain.ID, plain.HTML, plain.OrderID, plain.ReplyTo = "2", "", "", ""
		named.ID, named.To = "3", `"Lovelace, Ada" <ada@example.com>`
		tricky.ID, tricky.Subject = "=?utf-8?q?4?=", " =?utf-8?q?Bcc:_x?= "
		for _, m := range []notify.Message{hello, plain, named, tricky} {
			send(t, f.Mailer, m)
		}
		want(t, f, hello, plain, named, tricky)
	})
	t.Run("same id twice arrives once", func(t *testing.T) {
		f := open(t)
		changed := hello
		changed.Text = "Something else."
		send(t, f.Mailer, hello)
		send(t, f.Mailer, changed)
		want(t, f, hello)
	})
	t.Run("same id at the same time arrives once", func(t *testing.T) {
		f := open(t)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { send(t, f.Mailer, hello) })
		}
		all.Wait()
		want(t, f, hello)
	})
	t.Run("same id after a restart arrives once", func(t *testing.T) {
		f := open(t)
		if f.Reopen == nil {
			t.Skip("the mailer cannot be opened again")
		}
		send(t, f.Mailer, hello)
		send(t, f.Reopen(t), hello)
		want(t, f, hello)
	})
	t.Run("ids that look alike are different", func(t *testing.T) {
		f := open(t)
		var sent []notify.Message
		for _, id := range []string{"a/b", "a-b", "A-B", "../a", ".a", strings.Repeat("x", 200), strings.Repeat("x", 199), "con", "ä"} {
			m := hello
			m.ID = id
			send(t, f.Mailer, m)
			sent = append(sent, m)
		}
		want(t, f, sent...)
	})
	t.Run("a bad message is refused and does not arrive", func(t *testing.T) {
		f := open(t)
		for _, to := range []string{"", "ada", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com", "a@example.com\nX: y", "a@exa\x00mple.com"} {
			m := hello
			m.To = to
			if err := f.Mailer.Send(t.Context(), m); fault.Code(err) != "bad-message" {
				t.Errorf("Send to %q: %v, want bad-message", to, err)
			}
		}
		m := hello
		m.Subject = "Hi\r\nBcc: b@example.com"
		if err := f.Mailer.Send(t.Context(), m); fault.Code(err) != "bad-message" {
			t.Errorf("Send with a subject of two lines: %v, want bad-message", err)
		}
		m = hello
		m.ReplyTo = "help@example.com\r\nBcc: b@example.com"
		if err := f.Mailer.Send(t.Context(), m); fault.Code(err) != "bad-message" {
			t.Errorf("Send with answers to two lines: %v, want bad-message", err)
		}
		want(t, f)
	})
	t.Run("nobody waits, nothing is sent", func(t *testing.T) {
		f := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Mailer.Send(ctx, hello); !errors.Is(err, context.Canceled) {
			t.Errorf("Send: %v, want canceled", err)
		}
		want(t, f)
	})
}

func send(t *testing.T, m notify.Mailer, msg notify.Message) {
	t.Helper()
	if err := m.Send(t.Context(), msg); err != nil {
		t.Errorf("Send(%s): %v", msg.ID, err)
	}
}

// want compares what arrived by id.
func want(t *testing.T, f Fixture, sent ...notify.Message) {
	t.Helper()
	got := map[string]notify.Message{}
	arrived := f.Arrived(t)
	for _, m := range arrived {
		got[m.ID] = m
	}
	if len(arrived) != len(sent) {
		t.Errorf("%d messages arrived, want %d", len(arrived), len(sent))
	}
	for _, w := range sent {
		if g := got[w.ID]; g != w {
			t.Errorf("arrived\n%+v\nwant\n%+v", g, w)
		}
	}
}
