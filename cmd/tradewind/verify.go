package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/app"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
)

// errFindings makes the program end with status 1 when the books disagree.
var errFindings = errors.New("the books do not agree; see above")

func verifyBooks(ctx context.Context, args []string) error {
	var asJSON, repair, yes, back bool
	c, _, err := load(ctx, "verify", args, func(fs *flag.FlagSet) {
		fs.BoolVar(&repair, "repair", false, "print what is certain enough to be put right by itself; with -yes do it, when nobody else has the database open")
		fs.BoolVar(&back, "give-back", false, "after a restore: print what the provider took for orders that are not here; with -yes give it back")
		fs.BoolVar(&yes, "yes", false, "with -repair or -give-back: do it")
		fs.BoolVar(&asJSON, "json", false, "print the report as JSON")
	})
	if err != nil {
		return err
	}
	switch {
	case yes && !repair && !back, repair && back:
		return errors.New("-yes belongs to -repair or -give-back, one of them at a time")
	case (repair || back) && asJSON:
		return errors.New("-repair and -give-back print lines, not JSON")
	case back:
		if err := giveBack(ctx, c, yes); err != nil {
			return err
		}
	case repair:
		if err := repairShop(ctx, c, yes); err != nil {
			return err
		}
	}
	return verifyShop(ctx, c, asJSON)
}

// repairShop puts right what other books tell for certain, or says what that
// would be. What is found afterwards is for a person to look at.
func repairShop(ctx context.Context, c app.Config, do bool) error {
	db, err := c.OpenDB(ctx, sqlstore.Options{Alone: do})
	if err != nil {
		return err
	}
	fixes, err := (&verify.Mender{DB: db, Now: clock, Do: do}).Run(ctx)
	for _, f := range fixes {
		fmt.Printf("fix %s %s: %s\n", f.Check, f.Subject, f.Does)
	}
	if do {
		fmt.Printf("%d repairs made; what is found now is for a person to look at\n", len(fixes))
	} else {
		fmt.Printf("%d repairs could be made with -repair -yes while the shop is closed; nothing was changed\n", len(fixes))
	}
	return errors.Join(err, db.Close())
}

func verifyShop(ctx context.Context, c app.Config, asJSON bool) error {
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	s := verify.Service{DB: db}
	if !c.Sandbox.Own() {
		s.Book = bookOf(c, nil)
	}
	start := time.Now()
	report, err := s.Run(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(os.Stdout).Encode(report)
	} else {
		for _, f := range report.Findings {
			fmt.Printf("%s %s: %s\n", f.Check, f.Subject, f.Detail)
		}
		fmt.Printf("%d SKUs, %d orders (%d paid, %d purged before), %d audit entries looked at in %v: %d findings\n", report.SKUs, report.Orders, report.Paid,
			report.Purged, report.AuditEntries, time.Since(start).Round(time.Millisecond), len(report.Findings))
	}
	if err == nil && len(report.Findings) > 0 {
		err = errFindings
	}
	return err
}

// bookOf reads the provider's book; entries, if not nil, gets it whole.
func bookOf(c app.Config, entries map[string]sandboxpay.BookEntry) func(ctx context.Context) (map[string]verify.Taken, error) {
	return func(ctx context.Context) (map[string]verify.Taken, error) {
		book, err := c.Sandbox.Client(c.Sandbox.URL).Book(ctx, "")
		if err != nil {
			return nil, err
		}
		out := make(map[string]verify.Taken, len(book.References))
		for _, r := range book.References {
			out[r.Reference] = verify.Taken{Times: r.Taken, Kept: r.Captured - r.Refunded}
			if entries != nil {
				entries[r.Reference] = r
			}
		}
		return out, nil
	}
}

// giveBack returns what the provider took for orders that a restore has lost, or
// says what that would be. The shop may be open: an attempt is written before
// the provider is asked, so what is not here never will be.
func giveBack(ctx context.Context, c app.Config, do bool) error {
	if c.Sandbox.Own() {
		return errors.New("-give-back asks a provider of its own: set sandboxpay.url")
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	entries := map[string]sandboxpay.BookEntry{}
	report, err := (&verify.Service{DB: db, Book: bookOf(c, entries)}).Run(ctx)
	if err != nil {
		return err
	}
	settle := &settlement.Service{DB: db, Provider: c.Sandbox.Client(c.Sandbox.URL), Now: clock}
	for _, ref := range report.Unknown {
		e := entries[ref]
		amount := money.Amount{Minor: e.Captured - e.Refunded, Currency: e.Currency}
		if do {
			if err := settle.GiveBackUnknown(ctx, ref, amount); err != nil {
				return err
			}
		}
		fmt.Printf("give back %s: %s\n", ref, amount)
	}
	if do {
		fmt.Printf("%d payments were given back\n", len(report.Unknown))
	} else {
		fmt.Printf("%d payments could be given back with -give-back -yes; nothing was changed\n", len(report.Unknown))
	}
	return nil
}

func reindex(ctx context.Context, args []string) error {
	var check, heal, anew bool
	c, _, err := load(ctx, "reindex", args, func(fs *flag.FlagSet) {
		fs.BoolVar(&check, "check", false, "compare the index with the database and change nothing")
		fs.BoolVar(&heal, "heal", false, "compare them, and index anew what differs")
		fs.BoolVar(&anew, "anew", false, "begin with the first product, whatever an interrupted reindex has left to do")
	})
	if err != nil {
		return err
	}
	if check && heal {
		return errors.New("-check changes nothing and -heal does; choose one")
	}
	if anew && (check || heal) {
		return errors.New("-anew builds the whole index, and -check and -heal do not; choose one")
	}
	if check || heal {
		return compareIndex(ctx, c, heal)
	}
	return reindexShop(ctx, c, anew)
}

// errDrift makes the program end with status 1 when the index is not as it should be.
var errDrift = errors.New("the search index differs from the database; tradewind reindex -heal puts that right")

func compareIndex(ctx context.Context, c app.Config, heal bool) error {
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	index, err := c.OpenIndex(nil)
	if err != nil {
		return err
	}
	w := merchandising.Watcher{Indexer: &merchandising.Indexer{DB: db, Index: index}, Pause: 2 * time.Second}
	d, err := w.Compare(ctx, heal)
	if err == nil {
		fmt.Printf("%d products compared: %d missing, %d stale, %d ahead, %d orphans; %d healed\n", d.Looked, d.Missing, d.Stale, d.Ahead, d.Orphans, d.Healed)
		if d.Rebuilt {
			fmt.Println("the whole index was rebuilt")
		}
		if d.Healed < d.Differences() {
			err = errDrift
		}
	}
	return errors.Join(err, index.Close())
}

func reindexShop(ctx context.Context, c app.Config, anew bool) error {
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	index, err := c.OpenIndex(nil)
	if err != nil {
		return err
	}
	start := time.Now()
	indexer := &merchandising.Indexer{DB: db, Index: index}
	if anew {
		err = indexer.Anew(ctx)
	} else {
		err = indexer.Rebuild(ctx)
	}
	if err == nil {
		var n int64
		n, err = index.Size(ctx)
		fmt.Printf("%d products indexed in %v\n", n, time.Since(start).Round(time.Millisecond))
	}
	return errors.Join(err, index.Close())
}
