package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tradewind/internal/store/sqlstore"
)

// Restored says what a restore did.
type Restored struct {
	Manifest Manifest
	Aside    string // where the database is that was there; "" if there was none
	Journal  bool   // whether the provider's journal was put in place
	Steps    int    // of migration, carried out afterwards
}

// Restore puts a backup in the place of the embedded database, when nobody has
// that open. A database that is there is refused unless force, and then kept
// aside. The backup must be what its manifest says. The search index is removed:
// it is made anew from the database. A crash leaves the old database or the new.
func (c Config) Restore(ctx context.Context, from string, force bool) (r Restored, err error) {
	if err := c.DB.Embedded(); err != nil {
		return r, err
	}
	if r.Manifest, err = readManifest(from); err != nil {
		return r, err
	}
	if _, err := os.Stat(c.DB.Path); err == nil && !force {
		return r, fmt.Errorf("db.path %s exists already; -force puts the backup in its place and keeps the old one beside it", c.DB.Path)
	}
	if err := c.makeRoom(); err != nil {
		return r, err
	}
	staged := c.DB.Path + ".restoring"
	sum, err := copyFile(from, staged)
	if err == nil && sum != r.Manifest.Database.SHA256 {
		err = fmt.Errorf("%s is not what was backed up: its SHA-256 is %s, the manifest says %s", from, sum, r.Manifest.Database.SHA256)
	}
	if err == nil {
		_, err = sqlstore.Examine(ctx, staged)
	}
	if err != nil {
		return r, errors.Join(err, ignoreMissing(os.Remove(staged)))
	}
	if r.Aside, err = sqlstore.Replace(ctx, c.DB, staged, now(), c.dropIndex); err != nil {
		return r, errors.Join(err, ignoreMissing(os.Remove(staged)))
	}
	if r.Journal, err = c.restoreJournal(from, r.Manifest); err != nil {
		return r, err
	}
	r.Steps, err = c.MigrateUp(ctx)
	return r, err
}

func readManifest(from string) (m Manifest, err error) {
	text, err := os.ReadFile(from + manifestSuffix)
	if err != nil {
		return m, fmt.Errorf("%s is no complete backup, it has no manifest: %w", from, err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s%s: %w", from, manifestSuffix, err)
	}
	return m, nil
}

// dropIndex removes the search index, whose file is made again by whoever opens it.
func (c Config) dropIndex() error {
	var err error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err = errors.Join(err, ignoreMissing(os.Remove(c.Search.Path+suffix)))
	}
	return err
}

// restoreJournal puts the journal where there is none. One that is there knows
// more than an older copy, and what it knows did happen.
func (c Config) restoreJournal(from string, m Manifest) (bool, error) {
	if m.Journal == nil || !c.Sandbox.Own() || c.Sandbox.Journal == "" {
		return false, nil
	}
	if _, err := os.Stat(c.Sandbox.Journal); err == nil {
		return false, nil
	}
	staged := c.Sandbox.Journal + ".restoring"
	sum, err := copyFile(filepath.Join(filepath.Dir(from), m.Journal.Name), staged)
	if err == nil && sum != m.Journal.SHA256 {
		err = fmt.Errorf("%s is not what was backed up", m.Journal.Name)
	}
	if err != nil {
		return false, fmt.Errorf("the database is restored, the provider's journal is not: %w", err)
	}
	return true, os.Rename(staged, c.Sandbox.Journal)
}
