package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/store/sqlstore"
)

// inTheCloud lets the settings reach a stand-in for Object Storage that has a
// bucket "kept".
func inTheCloud(t *testing.T, c *Config) *ocitest.Server {
	t.Helper()
	s := ocitest.New(t)
	s.AddBucket("shop", "kept")
	c.OCI.Auth, c.OCI.File, c.Objects.Bucket.Endpoint, c.Objects.Bucket.Namespace = "config", ocitest.Profile(t), s.URL, "shop"
	return s
}

func TestABackupGoesToABucketAndComesBackFromIt(t *testing.T) {
	c := shopIn(t)
	s := inTheCloud(t, &c)
	if err := os.WriteFile(c.Sandbox.Journal, []byte("charges"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Spoil(ocitest.Throttle("PutObject", 1))
	old := filepath.Join(filepath.Dir(c.DB.Path), "backup-killed")
	if err := errors.Join(os.Mkdir(old, 0o700), os.Chtimes(old, now().AddDate(0, 0, -2), now().AddDate(0, 0, -2))); err != nil {
		t.Fatal(err)
	}
	where, m, err := c.BackupOffsite(t.Context(), "oci://kept/nightly", 0, Keys{})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Objects("shop", "kept"); len(got) != 3 || !strings.HasPrefix(where, "oci://kept/nightly/tradewind-") {
		t.Errorf("%s, with %v", where, got)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(c.DB.Path), "backup-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	other := shopIn(t)
	other.OCI, other.Objects = c.OCI, c.Objects
	if err := os.Remove(other.DB.Path); err != nil {
		t.Fatal(err)
	}
	r, err := other.RestoreOffsite(t.Context(), where, false, Keys{})
	if err != nil || !r.Journal || r.Manifest.Database.SHA256 != m.Database.SHA256 {
		t.Fatalf("restored %+v, %v", r, err)
	}
	if text, err := os.ReadFile(other.Sandbox.Journal); err != nil || string(text) != "charges" {
		t.Errorf("the journal is %q, %v", text, err)
	}
	db, err := other.OpenDB(t.Context(), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(other.DB.Path), "restore-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOnlyTheNewestBackupsStayInABucket(t *testing.T) {
	c := shopIn(t)
	s := inTheCloud(t, &c)
	var last []string
	for range 3 {
		where, _, err := c.BackupOffsite(t.Context(), "oci://kept/nightly", 2, Keys{})
		if err != nil {
			t.Fatal(err)
		}
		last = append(last, strings.TrimPrefix(where, "oci://kept/"))
	}
	var want []string
	for _, name := range last[1:] {
		want = append(want, name, name+manifestSuffix)
	}
	if got := s.Objects("shop", "kept"); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("there are %v, want %v", got, want)
	}
}

func TestABackupThatIsNotWholeInItsBucketIsRefused(t *testing.T) {
	c := shopIn(t)
	s := inTheCloud(t, &c)
	where, _, err := c.BackupOffsite(t.Context(), "oci://kept", 0, Keys{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(c.DB.Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"no manifest": where + "x", "no bucket": "oci:///x", "another bucket": "oci://gone/x"} {
		if _, err := c.RestoreOffsite(t.Context(), address, true, Keys{}); err == nil {
			t.Errorf("%s: it was restored", name)
		}
	}
	s.Spoil(ocitest.Mishap{Operation: "GetObject", Times: 100, Corrupt: true})
	if _, err := c.RestoreOffsite(t.Context(), where, true, Keys{}); err == nil {
		t.Error("damaged bytes were restored")
	}
	if after, err := os.ReadFile(c.DB.Path); err != nil || string(after) != string(before) {
		t.Errorf("the database was changed, %v", err)
	}
}

func TestAnExportThatFailsLeavesNoObject(t *testing.T) {
	c := shopIn(t)
	s := inTheCloud(t, &c)
	failed := errors.New("the database went away")
	err := c.Create(t.Context(), "oci://kept/products.jsonl", func(out io.Writer) error {
		_, err := io.WriteString(out, "half")
		return errors.Join(err, failed)
	})
	if !errors.Is(err, failed) || len(s.Objects("shop", "kept")) != 0 {
		t.Errorf("%v, with %v", err, s.Objects("shop", "kept"))
	}
	rows := func(out io.Writer) error { _, err := io.WriteString(out, "{}\n"); return err }
	if err := c.Create(t.Context(), "oci://kept/products.jsonl", rows); err != nil {
		t.Fatal(err)
	}
	if err := c.Create(t.Context(), "oci://kept/products.jsonl", rows); err == nil {
		t.Error("an export was overwritten")
	}
}
