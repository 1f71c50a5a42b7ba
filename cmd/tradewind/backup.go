package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/store/pagelog"
)

// backup handles `tradewind backup -to FILE|DIR|oci://BUCKET/PREFIX`.
func backup(ctx context.Context, args []string) error {
	var to, identity string
	var keep int
	var keys app.Keys
	c, rest, err := load(ctx, "backup", args, func(fs *flag.FlagSet) {
		fs.StringVar(&to, "to", "", "file for the backup, or a folder or oci://BUCKET/PREFIX for one named by the time")
		fs.IntVar(&keep, "keep", 0, "how many backups are kept there; older ones are deleted; 0 keeps all")
		fs.StringVar(&identity, "new-identity", "", "write a new identity of age to this file, print its recipient, and back nothing up")
		keys.Seal(fs)
	})
	if err != nil {
		return err
	}
	if identity != "" && to == "" {
		recipient, err := app.NewIdentity(identity)
		if err == nil {
			fmt.Println(recipient)
		}
		return err
	}
	if to == "" || identity != "" || len(rest) > 0 || keep < 0 {
		return errors.New("say where the backup goes: tradewind backup -to FILE, or tradewind backup -to FOLDER -keep 7")
	}
	take := c.Backup
	if app.Offsite(to) {
		take = c.BackupOffsite
	}
	path, m, err := take(ctx, to, keep, keys)
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
	var from, at string
	var force bool
	var keys app.Keys
	c, rest, err := load(ctx, "restore", args, func(fs *flag.FlagSet) {
		fs.StringVar(&from, "from", "", "the backup's database file, or its oci://BUCKET/KEY; its manifest is beside it; with -at the folder or oci://BUCKET/PREFIX that tradewind ship sends to")
		fs.StringVar(&at, "at", "", "restore what was shipped, as it was at the newest moment not after this one: latest, or a time such as 2026-12-01T04:00:00Z")
		keys.Open(fs)
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
	if at != "" {
		moment, err := restoreAt(at)
		if err != nil {
			return err
		}
		put = func(ctx context.Context, from string, force bool, keys app.Keys) (app.Restored, error) {
			return c.RestoreMoment(ctx, from, moment, keys, force)
		}
	}
	r, err := put(ctx, from, force, keys)
	if r.Aside != "" {
		fmt.Println("the database that was there is kept as", r.Aside)
	}
	if err != nil {
		return err
	}
	what := "backup"
	if r.Segments > 0 {
		what = fmt.Sprintf("moment, of %d segments,", r.Segments)
	}
	fmt.Printf("restored the %s of %s; %d steps of migration carried out\n", what, r.Manifest.TakenAt.Format("2006-01-02 15:04:05.000 MST"), r.Steps)
	found := verifyShop(ctx, c, false)
	if found != nil && !errors.Is(found, errFindings) {
		return found
	}
	if err := reindexShop(ctx, c, true); err != nil || found == nil {
		return err
	}
	return errRestoredFindings
}

// restoreAt reads the moment to restore.
func restoreAt(at string) (time.Time, error) {
	if at == "latest" {
		return clock(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return t, fmt.Errorf("at is %q; write latest or a time such as 2026-12-01T04:00:00Z", at)
	}
	return t, nil
}

// ship handles `tradewind ship -to FOLDER|oci://BUCKET/PREFIX`.
func ship(ctx context.Context, args []string) error {
	var s app.Ship
	c, rest, err := load(ctx, "ship", args, s.Flags)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("ship takes flags only, not %q", rest[0])
	}
	s.Told = func(sent pagelog.Sent, err error) {
		switch {
		case err != nil:
			fmt.Fprintln(os.Stderr, "not shipped:", err)
		case sent.Key != "":
			fmt.Printf("%s %d of %d pages: %s\n", sent.At.Format(time.RFC3339Nano), sent.Pages, sent.All, sent.Key)
		}
	}
	return c.Ship(ctx, s)
}
