package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"tradewind/internal/demo"
	"tradewind/internal/service/account"
	"tradewind/internal/store/sqlstore"
)

// seed handles `tradewind seed [flags]`: the demo catalogue, and a past of
// customers and orders.
func seed(ctx context.Context, args []string) error {
	var products int
	var stock int64
	var past demo.History
	c, _, err := load(ctx, "seed", args, func(fs *flag.FlagSet) {
		fs.IntVar(&products, "products", 0, "how many products; above the demo catalogue's own number it is filled up with generated ones, for tests of size")
		fs.Int64Var(&stock, "stock", -1, "how many of each variant there are; below zero leaves it to the catalogue")
		fs.IntVar(&past.Orders, "orders", 0, "how many orders of the last two years there shall be; those written before count")
		fs.IntVar(&past.Customers, "customers", 0, "how many customers, who cannot sign in, the orders are of beside guests'")
		fs.Uint64Var(&past.Seed, "seed", 1, "the same number makes the same customers and orders")
	})
	if err != nil {
		return err
	}
	if products < 0 || past.Orders < 0 || past.Customers < 0 {
		return errors.New("-products, -orders and -customers are counts: write 0 or more")
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{Bulk: true})
	if err != nil {
		return err
	}
	accounts, err := c.Accounts(db)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	o := demo.Options{Products: products, Roles: account.StandardRoles(accounts.Permissions), Now: clock, NewID: newID}
	if stock >= 0 {
		o.Stock = &stock
	}
	return errors.Join(seedAll(ctx, db, o, past), db.Close())
}

func seedAll(ctx context.Context, db *sqlstore.DB, o demo.Options, past demo.History) error {
	began := time.Now()
	sum, err := demo.Seed(ctx, db, o)
	if err != nil {
		return err
	}
	fmt.Printf("demo catalogue: %d products added, %d changed, %d as they were%s\n", sum.Added, sum.Changed, sum.Unchanged, pace(sum.Added, began))
	if o.Products > demo.Own() && sum.Added > 0 {
		fmt.Println("the search index is made at the next start if it is empty; otherwise run tradewind reindex -anew")
	}
	if past.Orders+past.Customers == 0 {
		return nil
	}
	bar := progressbar.NewOptions(past.Orders+past.Customers, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("customers and orders"),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(os.Stderr) }))
	past.Each = func(customers, orders int) { bar.Set(customers + orders) }
	began = time.Now()
	customers, orders, err := demo.Fill(ctx, db, past, clock)
	fmt.Printf("the past: %d customers and %d orders added%s\n", customers, orders, pace(customers+orders, began))
	return err
}

func pace(n int, since time.Time) string {
	if took := time.Since(since); n > 0 {
		return fmt.Sprintf(" in %v (%.0f/s)", took.Round(time.Millisecond), float64(n)/took.Seconds())
	}
	return ""
}
