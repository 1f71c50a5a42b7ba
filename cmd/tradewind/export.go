package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"tradewind/internal/service/exchange"
	"tradewind/internal/store/sqlstore"
)

// exportFile handles `tradewind export -what NOUN [flags]`.
func exportFile(ctx context.Context, args []string) error {
	o := exchange.Export{}
	var to, since string
	c, rest, err := load(ctx, "export", args, func(fs *flag.FlagSet) {
		fs.StringVar(&o.What, "what", "", "what to take out: "+strings.Join(exchange.What(), ", "))
		fs.StringVar(&o.Format, "format", "jsonl", "jsonl or csv")
		fs.StringVar(&to, "out", "", "the file to write, or oci://BUCKET/KEY, which must not be there yet; empty writes to standard output")
		fs.StringVar(&since, "since", "", "leave out what was not changed (orders: placed) since then, such as 2026-03-01 or 2026-03-01T12:00:00Z; stock, categories, brands and collections always come whole")
		fs.BoolVar(&o.PasswordHashes, "with-password-hashes", false, "put the hashes of customers' passwords into the file: they can then sign in where it is imported, and whoever has the file can try passwords")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("there is no place for %q; flags say everything", rest[0])
	}
	if o.Since, err = momentOf(since); err != nil {
		return err
	}
	if err := o.Check(); err != nil {
		return err
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	service, err := c.Exchange(db)
	if err != nil {
		return err
	}
	began := time.Now()
	var rows int64
	write := func(out io.Writer) (err error) { rows, err = service.Export(ctx, out, o); return err }
	if to == "" {
		err = write(os.Stdout)
	} else {
		err = c.Create(ctx, to, write)
	}
	took := time.Since(began)
	fmt.Fprintf(os.Stderr, "%d rows of %s written in %v (%.0f/s)\n", rows, o.What, took.Round(time.Millisecond), float64(rows)/took.Seconds())
	return err
}

func momentOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a moment; write 2026-03-01 or 2026-03-01T12:00:00Z", s)
}
