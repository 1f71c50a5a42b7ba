// Package fulfilment is what happens to an order after it is paid: parcels go
// out, units are cancelled, come back, and money with them. Every step locks the
// order first, so of two steps at once one comes first and the other sees it.
package fulfilment

import (
	"context"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

// Config sets what shoppers may do. Flags fills in the defaults.
type Config struct {
	ReturnWithin time.Duration
	Automatic    bool
	Carrier      string // of parcels that are handed over without staff
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.BoolVar(&c.Automatic, "fulfilment.automatic", false, "pick lists are packed and handed over without staff, for a warehouse that reports by other means")
	fs.StringVar(&c.Carrier, "fulfilment.carrier", "warehouse", "carrier of parcels that are handed over without staff")
	fs.DurationVar(&c.ReturnWithin, "returns.within", 30*24*time.Hour, "how long after it was sent a parcel may be returned")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	if c.ReturnWithin < 0 || c.ReturnWithin > 10*365*24*time.Hour {
		return fmt.Errorf("returns.within is %v; choose between 0s (no returns) and ten years, such as 720h", c.ReturnWithin)
	}
	if n := len([]rune(c.Carrier)); n < 1 || n > 60 {
		return fmt.Errorf("fulfilment.carrier has %d characters; choose a name of 1 to 60", n)
	}
	return nil
}

// Service fulfils orders.
type Service struct {
	DB     store.DB
	Settle *settlement.Service
	Config Config
	Now    func() time.Time
	NewID  func() string

	// ReturnWithin says what staff have set in place of that of Config; may be nil.
	ReturnWithin func(context.Context) (time.Duration, error)
}

// work is an order that is being changed: locked, with its lines and payment.
type work struct {
	tx    store.Stores
	o     order.Order
	due   payment.Payment
	actor string
	now   time.Time
}

// hold locks the order, and the payment behind it, and reads the lines. version,
// if not 0, is the one that the caller has seen: "changed-meanwhile" otherwise.
func (s *Service) hold(ctx context.Context, tx store.Stores, id, actor string, version int64) (w work, err error) {
	w = work{tx: tx, actor: actor, now: s.Now()}
	if w.o, err = tx.Orders.Lock(ctx, id); err != nil {
		return w, err
	}
	if version != 0 && w.o.Version != version {
		return w, fault.ChangedMeanwhile("order " + id)
	}
	if w.due, err = tx.Payments.LockByOrder(ctx, id); err != nil {
		return w, err
	}
	w.o.Lines, err = tx.Orders.Lines(ctx, id)
	return w, err
}

// count moves units of one line, in the database and in w.
func (w *work) count(ctx context.Context, u order.Units) error {
	l, err := order.Find(w.o.Lines, u.LineNo)
	if err != nil {
		return err
	}
	if err := w.tx.Orders.Count(ctx, w.o.ID, u); err != nil {
		return err
	}
	l.Cancelled, l.Shipped, l.Returned = l.Cancelled+u.Cancelled, l.Shipped+u.Shipped, l.Returned+u.Returned
	return nil
}

// step takes the order to another state, or records what happened within the
// state, and tells others.
func (w *work) step(ctx context.Context, to order.Status, event, note string) (err error) {
	c := order.Change{OrderID: w.o.ID, From: w.o.Status, To: to, Event: event, Actor: w.actor, Note: note, At: w.now}
	if to == w.o.Status {
		if w.o.Version, err = w.tx.Orders.Record(ctx, c); err != nil {
			return err
		}
		return w.tx.Outbox.Add(ctx, order.EventChanged(w.o, event, w.now))
	}
	if w.o.Version, err = w.tx.Orders.Move(ctx, c); err != nil {
		return err
	}
	w.o.Status = to
	return w.tx.Outbox.Add(ctx, order.EventOf(w.o, w.now))
}

func (w *work) audit(ctx context.Context, action string, details map[string]any) error {
	return w.tx.Audit.Add(ctx, audit.Entry{Actor: w.actor, Action: action, Subject: w.o.ID, At: w.now, Details: details})
}

// stockLines names the goods of picked units.
func stockLines(lines []order.Line, picks []order.Pick) ([]inventory.Line, error) {
	out := make([]inventory.Line, 0, len(picks))
	for _, p := range picks {
		l, err := order.Find(lines, p.LineNo)
		if err != nil {
			return nil, err
		}
		out = append(out, inventory.Line{SKU: l.SKU, Qty: p.Qty})
	}
	return out, nil
}
