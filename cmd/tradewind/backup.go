package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"tradewind/internal/app"
)

// backup handles `tradewind backup -to FILE|DIR|oci://BUCKET/PREFIX`.
func backup(ctx context.Context, args []string) error {
	var to string
	var keep int
	c, rest, err := load(ctx, "backup", args, func(fs *flag.FlagSet) {
		fs.StringVar(&to, "to", "", "file for the backup, or a folder or oci://BUCKET/PREFIX for one named by the time")
		fs.IntVar(&keep, "keep", 0, "how many backups are kept there; older ones are deleted; 0 keeps all")
	})
	if err != nil {
		return err
	}
	if to == "" || len(rest) > 0 || keep < 0 {
		return errors.New("say where the backup goes: tradewind backup -to FILE, or tradewind backup -to FOLDER -keep 7")
	}
	take := c.Backup
	if app.Offsite(to) {
		take = c.BackupOffsite
	}
	path, m, err := take(ctx, to, keep)
	if err == nil {
		fmt.Printf("%s: %d bytes, schema %s, SHA-256 %s\n", path, m.Database.Size, m.Schema, m.Database.SHA256)
	}
	return err
}

// errRestoredFindings makes a restore end with status 1 that did all it can.
var errRestoredFindings = errors.New("the backup is in place, but its books do not agree; see above. What was under way when it was taken, such as money on its way, " +
	"is brought to its end by the shop: open it and run tradewind verify. What it still finds then is for a person to look at")

// restore handles `tradewind restore -from FILE [-force]`: the books are held
// against each other and the search index is made before it says that it is
// done. Findings end it with status 1 after that.
func restore(ctx context.Context, args []string) error {
	var from string
	var force bool
	c, rest, err := load(ctx, "restore", args, func(fs *flag.FlagSet) {
		fs.StringVar(&from, "from", "", "the backup's database file, or its oci://BUCKET/KEY; its manifest is beside it")
		fs.BoolVar(&force, "force", false, "put it in the place of a database that is there, which is kept beside it")
	})
	if err != nil {
		return err
	}
	if from == "" || len(rest) > 0 {
		return errors.New("say which backup: tradewind restore -from FILE [-force]")
	}
	put := c.Restore
	if app.Offsite(from) {
		put = c.RestoreOffsite
	}
	r, err := put(ctx, from, force)
	if r.Aside != "" {
		fmt.Println("the database that was there is kept as", r.Aside)
	}
	if err != nil {
		return err
	}
	fmt.Printf("restored the backup of %s; %d steps of migration carried out\n", r.Manifest.TakenAt.Format("2006-01-02 15:04:05 MST"), r.Steps)
	found := verifyShop(ctx, c, false)
	if found != nil && !errors.Is(found, errFindings) {
		return found
	}
	if err := reindexShop(ctx, c, true); err != nil || found == nil {
		return err
	}
	return errRestoredFindings
}
