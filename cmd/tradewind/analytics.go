package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/analytics"
	"tradewind/internal/store/sqlstore"
)

var errAnalyticsUsage = errors.New("say: tradewind analytics load [-anew] [-follow], tradewind analytics export -to FOLDER (or oci://BUCKET/PREFIX), or tradewind analytics figures [-from DAY] [-until DAY]")

// analyticsWishes are the flags of the command beside the settings.
type analyticsWishes struct {
	anew, follow    bool
	to, from, until string
}

func (w *analyticsWishes) flags(fs *flag.FlagSet) {
	fs.BoolVar(&w.anew, "anew", false, "load: begin with the first order of the past")
	fs.BoolVar(&w.follow, "follow", false, "load: go on until it is stopped")
	fs.StringVar(&w.to, "to", "", "export: folder or oci://BUCKET/PREFIX")
	fs.StringVar(&w.from, "from", "", "figures: first day, such as 2026-11-01; empty for 30 days ago")
	fs.StringVar(&w.until, "until", "", "figures: last day; empty for today")
}

// analyticsCommand handles `tradewind analytics load|export|figures`.
func analyticsCommand(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errAnalyticsUsage
	}
	var w analyticsWishes
	c, rest, err := load(ctx, "analytics "+args[0], args[1:], w.flags)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errAnalyticsUsage
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	return errors.Join(w.do(ctx, args[0], c, db), db.Close())
}

func (w analyticsWishes) do(ctx context.Context, what string, c app.Config, db *sqlstore.DB) error {
	switch what {
	case "load":
		began := time.Now()
		facts, orders, err := c.Analyse(ctx, db, w.anew, w.follow, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
		fmt.Printf("%d orders of the past and %d facts loaded in %v\n", orders, facts, time.Since(began).Round(time.Millisecond))
		return err
	case "export":
		if w.to == "" {
			return errAnalyticsUsage
		}
		n, err := c.ExportAnalytics(ctx, db, w.to)
		fmt.Printf("%d files written\n", n)
		return err
	case "figures":
		return w.figures(ctx, db)
	}
	return errAnalyticsUsage
}

// days are the first and the last that are asked for.
func (w analyticsWishes) days() (from, until time.Time, err error) {
	if from, err = momentOf(w.from); err != nil {
		return from, until, fmt.Errorf("from: %w", err)
	}
	if until, err = momentOf(w.until); err != nil {
		return from, until, fmt.Errorf("until: %w", err)
	}
	if from.IsZero() {
		from = clock().AddDate(0, 0, -30)
	}
	if until.IsZero() {
		until = clock()
	}
	return from, until, nil
}

func (w analyticsWishes) figures(ctx context.Context, db *sqlstore.DB) error {
	from, until, err := w.days()
	if err != nil {
		return err
	}
	list, err := db.Read().Analytics.Figures(ctx, analytics.DayOf(from), analytics.DayOf(until))
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "day\tcurrency\torders\tbuyers\tunits\tgross\tdiscount\ttax\tcaptured\trefunded\t")
	for _, f := range list {
		fmt.Fprintf(out, "%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", f.Day, f.Currency, f.Orders, f.Buyers, f.Units, f.Gross, f.Discount, f.Tax, f.Captured, f.Refunded)
	}
	return out.Flush()
}
