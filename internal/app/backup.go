package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"tradewind/internal/store/sqlstore"
)

// Manifest says what a backup holds. It is written last, so that a backup
// without one never came to its end. Names are relative to its folder.
type Manifest struct {
	TakenAt  time.Time `json:"taken_at"`
	Schema   string    `json:"schema"`
	Sealed   bool      `json:"encrypted,omitempty"` // to keys of age; sizes and digests are of what is encrypted
	Database Part      `json:"database"`
	Journal  *Part     `json:"sandboxpay_journal,omitempty"` // of our own payment provider
}

// Part is a file of a backup.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

const (
	backupPrefix   = "tradewind-"
	manifestSuffix = ".manifest.json"
	partSuffix     = ".part" // of what is not complete
)

// Backup copies the embedded database while the shop is open, to the file at to,
// or into the folder at to under a name of the moment. In a folder only the keep
// newest are left, or all if keep is 0. It returns where the backup is.
func (c Config) Backup(ctx context.Context, to string, keep int, keys Keys) (path string, m Manifest, err error) {
	if err := c.DB.Embedded(); err != nil {
		return "", m, err
	}
	seal, err := keys.recipients()
	if err != nil {
		return "", m, err
	}
	m.Sealed = len(seal) > 0
	folder := false
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		folder = true
		to = filepath.Join(to, backupPrefix+now().Format("20060102T150405.000000Z")+".db")
	}
	if keep > 0 && !folder {
		return "", m, fmt.Errorf("-keep counts the backups of a folder, and %s is none", to)
	}
	for _, name := range []string{to, to + manifestSuffix} {
		if _, err := os.Stat(name); err == nil {
			return "", m, fmt.Errorf("%s exists already; a backup overwrites nothing", name)
		}
	}
	if err := os.Remove(to + partSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", m, err
	}
	m.TakenAt = now()
	if m.Schema, err = sqlstore.Snapshot(ctx, c.DB, to+partSuffix); err != nil {
		return "", m, errors.Join(err, ignoreMissing(os.Remove(to+partSuffix)))
	}
	if m.Sealed {
		if err := sealFile(to+partSuffix, seal); err != nil {
			return "", m, errors.Join(err, ignoreMissing(os.Remove(to+partSuffix)))
		}
	}
	if err := os.Rename(to+partSuffix, to); err != nil {
		return "", m, err
	}
	if m.Database, err = partOf(to); err != nil {
		return "", m, err
	}
	// The journal is copied after the database: it knows at least what that does.
	if m.Journal, err = c.backupJournal(to+".journal", seal); err != nil {
		return "", m, err
	}
	if err := writeManifest(to+manifestSuffix, m); err != nil {
		return "", m, err
	}
	if folder && keep > 0 {
		err = prune(filepath.Dir(to), keep)
	}
	return to, m, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (c Config) backupJournal(to string, seal []age.Recipient) (*Part, error) {
	if !c.Sandbox.Own() || c.Sandbox.Journal == "" {
		return nil, nil
	}
	if _, err := copyFile(c.Sandbox.Journal, to); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("sandboxpay.journal: %w", err)
	}
	if len(seal) > 0 {
		if err := sealFile(to, seal); err != nil {
			return nil, err
		}
	}
	p, err := partOf(to)
	return &p, err
}

// copyFile copies a file to a new one, to disk, and returns its digest.
func copyFile(from, to string) (sum string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), in)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, out.Sync(), out.Close())
}

func partOf(path string) (Part, error) {
	f, err := os.Open(path)
	if err != nil {
		return Part{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return Part{Name: filepath.Base(path), Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

func writeManifest(path string, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+partSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+partSuffix, path)
}

// prune deletes all but the newest backups of a folder, and what an interrupted
// one has left. It touches names of ours only.
func prune(folder string, keep int) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var whole []string // names sort by time
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), manifestSuffix); ok && strings.HasPrefix(name, backupPrefix) {
			whole = append(whole, name)
		}
	}
	slices.Sort(whole)
	whole = whole[max(0, len(whole)-keep):]
	for _, f := range files {
		stays := slices.ContainsFunc(whole, func(name string) bool { return strings.HasPrefix(f.Name(), name) })
		if strings.HasPrefix(f.Name(), backupPrefix) && !stays && f.Name() < whole[len(whole)-1] {
			err = errors.Join(err, os.Remove(filepath.Join(folder, f.Name())))
		}
	}
	return err
}
