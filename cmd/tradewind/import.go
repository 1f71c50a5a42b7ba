package main

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tradewind/internal/platform/ident"
	"tradewind/internal/service/exchange"
	"tradewind/internal/store/sqlstore"
)

func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
func newID() string    { return ident.New() }

// importFile handles `tradewind import [flags] FILE`.
func importFile(ctx context.Context, args []string) error {
	in := exchange.Import{Actor: "import", PasswordHashes: true}
	var errorsTo string
	var quiet bool
	c, rest, err := load(ctx, "import", args, func(fs *flag.FlagSet) {
		fs.StringVar(&in.What, "what", "products", "what is in the file: "+strings.Join(exchange.What(), ", "))
		fs.StringVar(&in.Format, "format", "", "jsonl, csv, or shopify for products; the end of the file's name decides if it is empty (a .csv of products is Shopify's)")
		fs.StringVar(&in.Currency, "currency", "", "currency of the prices in a Shopify file; shop.currency if empty")
		fs.StringVar(&in.Category, "category", "Imported", "title of the category for new products that name none")
		fs.StringVar(&errorsTo, "errors", "", "file for rows that could not be imported (CSV: line, column, field, message); FILE.errors.csv if empty")
		fs.BoolVar(&in.DryRun, "dry-run", false, "print what would change, change nothing")
		fs.BoolVar(&in.Continue, "continue", false, "go on where the last import of this file was interrupted")
		fs.BoolVar(&quiet, "quiet", false, "show no progress bar")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errors.New("say which file, after the flags: tradewind import [flags] FILE")
	}
	path := rest[0]
	if in.Currency == "" {
		in.Currency = c.HTTP.Currency
	}
	if errorsTo == "" {
		errorsTo = path + ".errors.csv"
	}
	if in.Format == "" {
		if in.Format, err = formatOf(path, in.What); err != nil {
			return err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if in.Hash, err = hashOf(f); err != nil {
		return err
	}
	var from io.Reader = f
	if !quiet {
		from = progress(f, path)
	}
	if strings.HasSuffix(path, packed) {
		if from, err = gzip.NewReader(from); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{Bulk: true})
	if err != nil {
		return err
	}
	defer db.Close()
	service, err := c.Exchange(db)
	if err != nil {
		return err
	}
	bad := &badRows{path: errorsTo}
	in.Bad = bad.add
	if in.DryRun {
		in.Each = printOutcome
	}
	return errors.Join(runImport(ctx, service, from, in), bad.close(errorsTo))
}

func runImport(ctx context.Context, service *exchange.Service, from io.Reader, in exchange.Import) error {
	began := time.Now()
	run, err := service.Import(ctx, from, in)
	took := time.Since(began)
	if in.DryRun {
		fmt.Print("dry run, nothing was changed: ")
	}
	n := run.Counts
	fmt.Printf("%d %s read in %v (%.0f/s): %d new, %d changed, %d as they were, %d refused\n", n.Read, in.What, took.Round(time.Millisecond),
		float64(n.Read)/took.Seconds(), n.Added, n.Changed, n.Unchanged, n.Failed)
	if err != nil && run.ID != "" && !in.DryRun {
		err = fmt.Errorf("%w\nwhat was read so far is in; go on with: tradewind import -continue", err)
	}
	return err
}

// hashOf reads the file to its end and goes back to its beginning.
func hashOf(f *os.File) ([]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	_, err := f.Seek(0, io.SeekStart)
	return h.Sum(nil), err
}

func progress(f *os.File, path string) io.Reader {
	size := int64(-1)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(path), progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(os.Stderr) }))
	return io.TeeReader(f, bar)
}

// packed ends the name of a file that is compressed, such as those of the archive.
const packed = ".gz"

func formatOf(path, what string) (string, error) {
	switch path = strings.TrimSuffix(path, packed); {
	case strings.HasSuffix(path, ".csv") && what == "products":
		return exchange.Shopify, nil
	case strings.HasSuffix(path, ".csv"):
		return "csv", nil
	case strings.HasSuffix(path, ".jsonl") || strings.HasSuffix(path, ".ndjson"):
		return "jsonl", nil
	}
	return "", fmt.Errorf("the format of %s is not known; add -format jsonl, csv or, for products, shopify", path)
}

func printOutcome(o exchange.Outcome) {
	switch {
	case o.New:
		fmt.Printf("+ %s (line %d)\n", o.Key, o.Line)
	case len(o.Differences) > 0:
		fmt.Printf("~ %s (line %d)\n    %s\n", o.Key, o.Line, strings.Join(o.Differences, "\n    "))
	}
}

// badRows writes what could not be imported; the file appears with the first row.
type badRows struct {
	path string
	n    int
	file *os.File
	out  *csv.Writer
	err  error
}

func (b *badRows) add(e exchange.RowError) {
	b.n++
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

// close ends the file; that there is one is an error.
func (b *badRows) close(path string) error {
	if b.file == nil {
		return b.err
	}
	b.out.Flush()
	return errors.Join(b.err, b.out.Error(), b.file.Close(), fmt.Errorf("%d rows were refused; the reasons are in %s", b.n, path))
}
