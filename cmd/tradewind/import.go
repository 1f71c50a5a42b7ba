package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/schollz/progressbar/v3"

	"tradewind/internal/service/merchandising"
	"tradewind/internal/store/sqlstore"
)

func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
func newID() string    { return uuid.Must(uuid.NewV7()).String() }

// importFile handles `tradewind import [flags] FILE`.
func importFile(ctx context.Context, args []string) error {
	var currency, format, category, errorsTo string
	var dryRun, quiet bool
	c, rest, err := load("import", args, func(fs *flag.FlagSet) {
		fs.StringVar(&format, "format", "", "shopify or jsonl; the end of the file's name decides if it is empty")
		fs.StringVar(&currency, "currency", "", "currency of the prices in a Shopify file; shop.currency if empty")
		fs.StringVar(&category, "category", "Imported", "title of the category for products that name none")
		fs.StringVar(&errorsTo, "errors", "", "file for rows that could not be imported (CSV: line, column, field, message); FILE.errors.csv if empty")
		fs.BoolVar(&dryRun, "dry-run", false, "print what would change, change nothing")
		fs.BoolVar(&quiet, "quiet", false, "show no progress bar")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errors.New("say which file, after the flags: tradewind import [flags] FILE")
	}
	path := rest[0]
	if currency == "" {
		currency = c.HTTP.Currency
	}
	if errorsTo == "" {
		errorsTo = path + ".errors.csv"
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var in io.Reader = f
	if !quiet {
		bar := progressbar.NewOptions64(info.Size(), progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(path), progressbar.OptionShowBytes(true),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(os.Stderr) }))
		in = io.TeeReader(f, bar)
	}
	source, err := sourceOf(in, path, format, currency)
	if err != nil {
		return err
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{Bulk: true})
	if err != nil {
		return err
	}
	defer db.Close()
	bad := &badRows{path: errorsTo}
	im := merchandising.Importer{DB: db, Now: clock, NewID: newID, Category: category, DryRun: dryRun, Bad: bad.add}
	if dryRun {
		im.Each = printChange
	}
	began := time.Now()
	sum, err := im.Run(ctx, source)
	took := time.Since(began)
	if dryRun {
		fmt.Print("dry run, nothing was changed: ")
	}
	fmt.Printf("%d products read in %v (%.0f/s): %d new, %d changed, %d as they were, %d refused\n", sum.Read, took.Round(time.Millisecond),
		float64(sum.Read)/took.Seconds(), sum.Added, sum.Changed, sum.Unchanged, sum.Failed)
	if err = errors.Join(err, bad.close()); err == nil && sum.Failed > 0 {
		err = fmt.Errorf("%d products were refused; the reasons are in %s", sum.Failed, errorsTo)
	}
	return err
}

func sourceOf(in io.Reader, path, format, currency string) (merchandising.Source, error) {
	if format == "" {
		switch {
		case strings.HasSuffix(path, ".csv"):
			format = "shopify"
		case strings.HasSuffix(path, ".jsonl") || strings.HasSuffix(path, ".ndjson"):
			format = "jsonl"
		}
	}
	switch format {
	case "shopify":
		return merchandising.NewShopify(in, currency)
	case "jsonl":
		return merchandising.NewJSONL(in), nil
	}
	return nil, fmt.Errorf("the format of %s is not known; add -format shopify or -format jsonl", path)
}

func printChange(c merchandising.Change) {
	switch {
	case c.New:
		fmt.Printf("+ %s (line %d)\n", c.Slug, c.Line)
	case len(c.Differences) > 0:
		fmt.Printf("~ %s (line %d)\n    %s\n", c.Slug, c.Line, strings.Join(c.Differences, "\n    "))
	}
}

// badRows writes what could not be imported; the file appears with the first row.
type badRows struct {
	path string
	file *os.File
	out  *csv.Writer
	err  error
}

func (b *badRows) add(e *merchandising.RowError) {
	if b.file == nil && b.err == nil {
		if b.file, b.err = os.Create(b.path); b.err == nil {
			b.out = csv.NewWriter(b.file)
			b.err = b.out.Write([]string{"line", "column", "field", "message"})
		}
	}
	if b.err == nil {
		b.err = b.out.Write([]string{strconv.Itoa(e.Line), strconv.Itoa(e.Column), e.Field, e.Message})
	}
}

func (b *badRows) close() error {
	if b.file == nil {
		return b.err
	}
	b.out.Flush()
	return errors.Join(b.err, b.out.Error(), b.file.Close())
}
