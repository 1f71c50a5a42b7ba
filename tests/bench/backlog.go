package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// backlog writes paid orders with their events as fast as the database takes
// them: each is another one's twin. What a shopper's request costs beside is left
// out, since not that is measured but who delivers.
type backlog struct {
	db     *sqlstore.DB
	counts *sql.DB // the same database
	twins  []twin
}

// twin is a paid order with what it took, as the shop wrote it.
type twin struct {
	order   order.Order
	history []order.Change
	payment payment.Payment
	attempt payment.Attempt
	taken   []inventory.Reservation
}

// batchOf is how many orders are written in one transaction.
const batchOf = 100

// openBacklog opens the database of a folder in which some orders are paid.
func openBacklog(ctx context.Context, dir string) (*backlog, error) {
	db, err := sqlstore.Open(ctx, sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(dir, "data", "tradewind.db"), PoolSize: 2}, migrations.FS, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	b := &backlog{db: db}
	if b.counts, err = countsOf(dir); err != nil {
		return nil, err
	}
	page, err := db.Read().Orders.Page(ctx, "", 100)
	if err != nil {
		return nil, err
	}
	for _, o := range page {
		if o.Status != order.Paid {
			continue
		}
		t := twin{order: o}
		read := db.Read()
		var failed [4]error
		t.history, failed[0] = read.Orders.History(ctx, o.ID)
		t.payment, failed[1] = read.Payments.ByOrder(ctx, o.ID)
		t.attempt, failed[2] = read.Payments.Attempt(ctx, t.payment.ID, 1)
		t.taken, failed[3] = read.Stock.Reserved(ctx, o.ID)
		if err := errors.Join(failed[:]...); err != nil {
			return nil, err
		}
		b.twins = append(b.twins, t)
	}
	if len(b.twins) == 0 {
		return nil, errors.New("there are no paid orders to make more of")
	}
	return b, nil
}

// write adds n orders, with two events each, in one transaction.
func (b *backlog) write(ctx context.Context, n int) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return b.db.InTx(ctx, func(tx store.Stores) error {
		var orders []order.Record
		var payments []payment.Record
		var moves []inventory.Movement
		var taken []inventory.Taken
		for range n {
			number, err := tx.Orders.NextNumber(ctx)
			if err != nil {
				return err
			}
			o, p, took := b.twins[number%int64(len(b.twins))].again(number, now)
			orders, payments, taken = append(orders, o), append(payments, p), append(taken, took...)
			for _, t := range took {
				moves = append(moves, inventory.Movement{Place: t.Place, Reason: inventory.Sale, OnHandDelta: -t.Qty, Reference: o.ID, MovedAt: now})
			}
		}
		if err := errors.Join(tx.Orders.Import(ctx, orders), tx.Payments.Import(ctx, payments), tx.Stock.Import(ctx, moves, taken)); err != nil {
			return err
		}
		for _, r := range orders {
			o := r.Order
			o.Version, o.Status = 1, order.Placed
			if err := tx.Outbox.Add(ctx, order.EventOf(o, now)); err != nil {
				return err
			}
			if err := tx.Outbox.Add(ctx, order.EventOf(r.Order, now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// again is the same order once more, placed and paid now.
func (t twin) again(number int64, now time.Time) (o order.Record, p payment.Record, taken []inventory.Taken) {
	o = order.Record{Order: t.order, TokenHash: token.Hash(token.Random())}
	o.ID, o.CartID, o.Number, o.PlacedAt, o.PayBy = ident.At(now), ident.New(), number, now, now.Add(15*time.Minute)
	o.Email = fmt.Sprintf("ada-%d@example.com", number)
	for _, c := range t.history {
		c.OrderID, c.At = o.ID, now
		o.History = append(o.History, c)
	}
	p = payment.Record{Payment: t.payment, Tries: []payment.Attempt{t.attempt}}
	p.ID, p.OrderID, p.CreatedAt, p.UpdatedAt = ident.New(), o.ID, now, now
	p.ProvRef = "bench-" + p.ID
	a := &p.Tries[0]
	a.PaymentID, a.ProvRef, a.StartedAt, a.Updated = p.ID, p.ProvRef, now, now
	for _, r := range t.taken {
		taken = append(taken, inventory.Taken{OrderID: o.ID, Reservation: r, HeldAt: now})
	}
	return o, p, taken
}
