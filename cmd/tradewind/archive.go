package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/service/archive"
	"tradewind/internal/store/sqlstore"
)

// archiveOrders handles `tradewind archive -before DATE -to FOLDER [-purge]`.
func archiveOrders(ctx context.Context, args []string) error {
	var w archive.Wish
	var before, to string
	c, rest, err := load(ctx, "archive", args, func(fs *flag.FlagSet) {
		fs.StringVar(&before, "before", "", "archive orders placed before this first day of a month (UTC), such as 2026-01-01")
		fs.StringVar(&to, "to", "", "the folder of the archive, always the same: what is there and whole is not written again")
		fs.StringVar(&w.Region, "region", "", "only orders of this sales region")
		fs.BoolVar(&w.Purge, "purge", false, "then delete from the database what is in the files")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("there is no place for %q; flags say everything", rest[0])
	}
	if before != "" {
		if w.Before, err = time.Parse(time.DateOnly, before); err != nil {
			return fmt.Errorf("-before %q is not a date; write the first of a month, such as 2026-01-01", before)
		}
	}
	if err := (&archive.Service{Config: c.Archive, Folder: to, Now: clock}).Check(w); err != nil {
		return err
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	service, err := c.Archivist(db, to)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	var orders, open, purged, kept int64
	err = service.Run(ctx, w, func(r archive.Result) {
		fmt.Println(told(r, w.Purge))
		orders, open, purged, kept = orders+r.Orders, open+r.Open, purged+r.Purged, kept+r.Kept
	})
	fmt.Printf("%d orders in the archive, %d not over and left", orders, open)
	if w.Purge {
		fmt.Printf(", %d purged, %d changed meanwhile and left", purged, kept)
	}
	fmt.Println()
	return errors.Join(err, db.Close())
}

// told is the line about a part.
func told(r archive.Result, purge bool) string {
	text := r.Name() + ": "
	switch {
	case r.File == "":
		return text + fmt.Sprintf("%d orders, none of them over", r.Open)
	case r.Written:
		text += fmt.Sprintf("%d orders written to %s", r.Orders, r.File)
	default:
		text += fmt.Sprintf("%d orders are in %s already", r.Orders, r.File)
	}
	if r.Open > 0 {
		text += fmt.Sprintf(", %d not over and left", r.Open)
	}
	if purge {
		text += fmt.Sprintf(", %d purged", r.Purged)
	}
	if r.Kept > 0 {
		text += fmt.Sprintf(", %d changed meanwhile and left", r.Kept)
	}
	return text
}
