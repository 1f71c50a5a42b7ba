package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// Restored says what a restore did.
type Restored struct {
	Manifest Manifest
	Aside    string // where the database is that was there; "" if there was none
	Journal  bool   // whether the provider's journal was put in place
	Steps    int    // of migration, carried out afterwards
	Segments int    // that a moment was made of; 0 for a backup
}

// Restore puts a backup in the place of the embedded database, when nobody has
// that open. A database that is there is refused unless force, and then kept
// aside. The backup must be what its manifest says. The search index is removed:
// it is made anew from the database. A crash leaves the old database or the new.
func (c Config) Restore(ctx context.Context, from string, force bool, keys Keys) (r Restored, err error) {
	if err := c.DB.Embedded(); err != nil {
		return r, err
	}
	identities, err := keys.identities()
	if err != nil {
		return r, err
	}
	if r.Manifest, err = readManifest(from); err != nil {
		return r, err
	}
	if !r.Manifest.Sealed && len(identities) > 0 {
		return r, fmt.Errorf("%s is not encrypted, although an identity was given; leave that out if this is as it should be", from)
	}
	m := r.Manifest
	if r, err = c.replace(ctx, force, func(staged string) error {
		sum, err := copyFile(from, staged)
		if err == nil && sum != m.Database.SHA256 {
			err = fmt.Errorf("%s is not what was backed up: its SHA-256 is %s, the manifest says %s", from, sum, m.Database.SHA256)
		}
		if err == nil && m.Sealed {
			err = openFile(staged, identities)
		}
		return err
	}, &r); err != nil {
		return r, err
	}
	if r.Journal, err = c.restoreJournal(from, r.Manifest, identities); err != nil {
		return r, err
	}
	return c.migrateRestored(ctx, r)
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
func (c Config) restoreJournal(from string, m Manifest, keys []age.Identity) (bool, error) {
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
	if err == nil && m.Sealed {
		err = openFile(staged, keys)
	}
	if err != nil {
		return false, fmt.Errorf("the database is restored, the provider's journal is not: %w", err)
	}
	return true, os.Rename(staged, c.Sandbox.Journal)
}
