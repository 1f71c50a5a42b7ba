package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tradewind/internal/store/sqlstore"
)

// shopIn is the settings of a shop in a folder of the test, with its database.
func shopIn(t *testing.T) Config {
	t.Helper()
	c, _, err := Load("test", []string{"-db.path", filepath.Join(t.TempDir(), "shop.db")}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(c.DB.Path)
	c.Search.Path, c.Sandbox.Journal, c.TokenFile = filepath.Join(dir, "search.db"), filepath.Join(dir, "journal"), filepath.Join(dir, "secret")
	if _, err := c.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOracleIsBackedUpByItsService(t *testing.T) {
	c := Config{DB: sqlstore.Config{Engine: sqlstore.EngineOracle}}
	_, _, backup := c.Backup(t.Context(), t.TempDir(), 0, Keys{})
	_, restore := c.Restore(t.Context(), "x.db", true, Keys{})
	for _, err := range []error{backup, restore} {
		if err == nil || !strings.Contains(err.Error(), "backups of the database service") {
			t.Errorf("= %v", err)
		}
	}
}

func TestABackupThatWasTouchedIsRefusedAndNothingIsChanged(t *testing.T) {
	c := shopIn(t)
	path, _, err := c.Backup(t.Context(), filepath.Join(t.TempDir(), "b.db"), 0, Keys{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the backup: %v, %v", info.Mode(), err)
	}
	before, err := os.ReadFile(c.DB.Path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func() error{
		"a byte was changed": func() error { text[len(text)/2] ^= 1; return os.WriteFile(path, text, 0o600) },
		"it was cut off":     func() error { return os.Truncate(path, int64(len(text)/2)) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Restore(t.Context(), path, true, Keys{}); err == nil || !strings.Contains(err.Error(), "not what was backed up") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(path + manifestSuffix); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Restore(t.Context(), path, true, Keys{}); err == nil || !strings.Contains(err.Error(), "no manifest") {
		t.Errorf("without a manifest: %v", err)
	}
	if after, err := os.ReadFile(c.DB.Path); err != nil || string(after) != string(before) {
		t.Errorf("the database was changed by a restore that was refused: %v", err)
	}
	if left, err := filepath.Glob(c.DB.Path + ".restoring*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAFolderKeepsTheNewestBackups(t *testing.T) {
	c, folder := shopIn(t), t.TempDir()
	stranger := filepath.Join(folder, "holiday.db")
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for range 4 {
		path, _, err := c.Backup(t.Context(), folder, 2, Keys{})
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for i, path := range append(paths, stranger) {
		if _, err := os.Stat(path); (err == nil) != (i >= 2) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if _, _, err := c.Backup(t.Context(), paths[3], 0, Keys{}); err == nil || !strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("a backup over another: %v", err)
	}
}
