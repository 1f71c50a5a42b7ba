package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// span is how far back the past goes.
const span = 730 * 24 * time.Hour

// batchOf is how many orders, or customers, are written in one transaction.
const batchOf = 2000

// plan is what a past consists of, and how much of it is written. The audit
// keeps it, so that a run which was interrupted is continued as it began.
type plan struct {
	Seed      uint64    `json:"seed"`
	No        int       `json:"plan"` // of those with this seed
	Until     time.Time `json:"until"`
	Products  int       `json:"products"`
	Customers int       `json:"customers"`
	Orders    int       `json:"orders"`
	// What is done, of this plan and of all those before.
	CustomersDone   int `json:"customers_done"`
	OrdersDone      int `json:"orders_done"`
	CustomersBefore int `json:"customers_before"`
	OrdersBefore    int `json:"orders_before"`
}

// mark sets the numbers of a plan apart from those of others.
func (p plan) mark() uint64 { return p.Seed<<16 ^ uint64(p.No) }

// moment is when the k-th of n things happened: evenly over the time, a little shaken.
func (p plan) moment(k, n int) time.Time {
	part := span / time.Duration(n)
	shake := time.Duration(uint64(k)*0x9e3779b97f4a7c15>>1) % max(part, 1)
	return p.Until.Add(-span + time.Duration(k)*part + shake).Truncate(time.Microsecond)
}

func (p plan) subject() string { return fmt.Sprintf("seed/%d", p.Seed) }

func (p plan) entry(now time.Time) audit.Entry {
	return audit.Entry{Actor: "seed", Action: "seed.past", Subject: p.subject(), Details: p, At: now}
}

// History says how much of a past there shall be.
type History struct {
	Seed              uint64
	Customers, Orders int
	Batch             int // how many are written in one transaction; 0 for what is usual
	// Each, if not nil, is told after every transaction how many there are.
	Each func(customers, orders int)
}

// Fill writes customers and orders of two years until they are as many as h
// says, and returns how many of each it added. What it wrote before counts; a
// run that was interrupted is continued. Nobody is told: it writes no events.
func Fill(ctx context.Context, db store.DB, h History, now func() time.Time) (customers, orders int, err error) {
	for {
		p, err := nextPlan(ctx, db, h, now())
		if err != nil || p.Customers == p.CustomersDone && p.Orders == p.OrdersDone {
			return customers, orders, err
		}
		f := filler{db: db, now: now, past: newPast(p), batch: cmp.Or(h.Batch, batchOf), each: h.Each}
		err = f.run(ctx)
		customers += f.past.plan.CustomersDone - p.CustomersDone
		orders += f.past.plan.OrdersDone - p.OrdersDone
		if err != nil {
			return customers, orders, err
		}
	}
}

// nextPlan is the last plan if it is not done, or one for what is missing.
func nextPlan(ctx context.Context, db store.DB, h History, now time.Time) (p plan, err error) {
	p.Seed = h.Seed
	last, err := db.Read().Audit.Newest(ctx, p.subject(), audit.Record{At: now.Add(span), Seq: math.MaxInt32}, 1)
	if err != nil {
		return p, err
	}
	if len(last) > 0 {
		if err := json.Unmarshal(last[0].Details, &p); err != nil {
			return p, fmt.Errorf("read the plan of %s: %w", p.subject(), err)
		}
	}
	if p.CustomersDone < p.Customers || p.OrdersDone < p.Orders {
		return p, nil
	}
	haveCustomers, haveOrders := p.CustomersBefore+p.Customers, p.OrdersBefore+p.Orders
	products, err := planted(ctx, db)
	return plan{Seed: h.Seed, No: p.No + 1, Until: now.UTC().Truncate(time.Second), Products: products, CustomersBefore: haveCustomers, OrdersBefore: haveOrders,
		Customers: max(0, h.Customers-haveCustomers), Orders: max(0, h.Orders-haveOrders)}, err
}

// planted says how many of the demo catalogue's products are in the shop. They
// are put there in order, so the last one is found by halving.
func planted(ctx context.Context, db store.DB) (int, error) {
	known := func(i int) (bool, error) {
		found, err := db.Read().Catalog.BySKUs(ctx, []string{record(i).Variants[0].SKU})
		return len(found) > 0, err
	}
	below, above := 0, 1 // products below "below" are there, that at "above" may not be
	for {
		there, err := known(above - 1)
		if err != nil {
			return 0, err
		}
		if !there {
			break
		}
		below, above = above, above*2
	}
	for above-below > 1 {
		middle := (below + above) / 2
		there, err := known(middle - 1)
		if err != nil {
			return 0, err
		}
		if there {
			below = middle
		} else {
			above = middle
		}
	}
	return below, nil
}

// filler writes a plan in transactions of batch orders, or customers.
type filler struct {
	db    store.DB
	now   func() time.Time
	past  *past
	batch int
	each  func(customers, orders int)
}

func (f *filler) run(ctx context.Context) error {
	p := &f.past.plan
	if p.Orders > 0 && p.Products == 0 {
		return fmt.Errorf("there are no products of the demo catalogue to order: run seed with -products first")
	}
	hash := user.StandardKDF.Hash(token.Random(), []byte(token.Random())[:user.Salt]) // of a password that nobody knows
	for p.CustomersDone < p.Customers {
		if err := f.customers(ctx, hash); err != nil {
			return err
		}
	}
	next := f.ahead(ctx)
	for p.OrdersDone < p.Orders {
		batch, ok := <-next
		if !ok {
			return ctx.Err()
		}
		if batch.err != nil {
			return batch.err
		}
		if err := f.orders(ctx, batch.sales); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) customers(ctx context.Context, hash string) error {
	p := f.past.plan
	var list []user.Customer
	var book []user.Address
	for k := p.CustomersDone; k < min(p.CustomersDone+f.batch, p.Customers); k++ {
		c, home := f.past.customer(k).account(hash)
		list, book = append(list, c), append(book, home)
	}
	p.CustomersDone += len(list)
	err := f.db.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Customers.InsertAll(ctx, list, book); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, p.entry(f.now()))
	})
	return f.done(p, err)
}

// done takes note of what is committed.
func (f *filler) done(p plan, err error) error {
	if err != nil {
		return fmt.Errorf("write the past after %d customers and %d orders: %w", f.past.plan.CustomersDone, f.past.plan.OrdersDone, err)
	}
	f.past.plan.CustomersDone, f.past.plan.OrdersDone = p.CustomersDone, p.OrdersDone
	if f.each != nil {
		f.each(p.CustomersBefore+p.CustomersDone, p.OrdersBefore+p.OrdersDone)
	}
	return nil
}

// told is a batch of orders on its way to the database.
type told struct {
	sales []sale
	err   error
}

// ahead tells one batch while the one before is written.
func (f *filler) ahead(ctx context.Context) <-chan told {
	out := make(chan told)
	p, teller := f.past.plan, newPast(f.past.plan)
	go func() {
		defer close(out)
		for from := p.OrdersDone; from < p.Orders; from += f.batch {
			b := told{sales: make([]sale, 0, f.batch)}
			for k := from; k < min(from+f.batch, p.Orders) && b.err == nil; k++ {
				var s sale
				s, b.err = teller.tell(k)
				b.sales = append(b.sales, s)
			}
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (f *filler) orders(ctx context.Context, sales []sale) error {
	p := f.past.plan
	p.OrdersDone += len(sales)
	return f.done(p, f.db.InTx(ctx, func(tx store.Stores) error { return write(ctx, tx, sales, p, f.now()) }))
}

// write puts sales into every book: orders, money, stock, invoices, audit.
func write(ctx context.Context, tx store.Stores, sales []sale, p plan, now time.Time) error {
	orders, payments := make([]order.Record, len(sales)), make([]payment.Record, len(sales))
	var taken []inventory.Taken
	var papers []order.Invoice
	var entries []audit.Entry
	for i, s := range sales {
		number, err := tx.Orders.NextNumber(ctx)
		if err != nil {
			return err
		}
		s.order.Number = number
		orders[i], payments[i] = s.order, s.payment
		taken, papers = append(taken, s.taken...), append(papers, s.papers...)
		placed := maps.Clone(s.entries[0].Details.(map[string]any))
		placed["number"] = number
		first := s.entries[0]
		first.Details = placed
		entries = append(append(entries, first), s.entries[1:]...)
	}
	if err := tx.Orders.Import(ctx, orders); err != nil {
		return err
	}
	if err := tx.Payments.Import(ctx, payments); err != nil {
		return err
	}
	if err := tx.Stock.Import(ctx, movements(sales), taken); err != nil {
		return err
	}
	slices.SortStableFunc(papers, func(a, b order.Invoice) int { return a.IssuedAt.Compare(b.IssuedAt) })
	if err := tx.AfterSales.IssueAll(ctx, papers); err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b audit.Entry) int { return a.At.Compare(b.At) })
	return tx.Audit.AddAll(ctx, append(entries, p.entry(now)))
}

// movements is the ledger of sales: what they needed came in before the first
// of them, so that nothing the shop has now is touched.
func movements(sales []sale) (moves []inventory.Movement) {
	came := map[inventory.Place]int64{}
	for _, s := range sales {
		for _, t := range s.taken {
			switch t.State {
			case inventory.Sold:
				moves = append(moves, inventory.Movement{Place: t.Place, Reason: inventory.Sale, OnHandDelta: -t.Qty, Reference: t.OrderID, MovedAt: s.payment.Tries[0].Updated})
				came[t.Place] += t.Qty
			case inventory.Held:
				came[t.Place] += t.Qty
			}
		}
		moves = append(moves, s.back...)
	}
	for p, qty := range came {
		moves = append(moves, inventory.Movement{Place: p, Reason: inventory.Receive, OnHandDelta: qty, Reference: "seed", MovedAt: sales[0].order.PlacedAt.Add(-time.Hour)})
	}
	slices.SortStableFunc(moves, func(a, b inventory.Movement) int { return a.MovedAt.Compare(b.MovedAt) })
	return moves
}
