package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tradewind/internal/adapter/oci/objects"
	"tradewind/internal/domain/object"
)

// ociScheme begins the address of a file in OCI Object Storage: oci://BUCKET/KEY.
const ociScheme = "oci://"

// Offsite reports whether an address is one of Object Storage, not a path.
func Offsite(address string) bool { return strings.HasPrefix(address, ociScheme) }

// bucket opens the bucket of an address and returns the key in it.
func (c Config) bucket(ctx context.Context, address string) (object.Store, string, error) {
	name, key, _ := strings.Cut(strings.TrimPrefix(address, ociScheme), "/")
	if name == "" {
		return nil, "", fmt.Errorf("%q names no bucket; write oci://BUCKET/KEY", address)
	}
	identity, err := c.OCI.SignIn(ctx)
	if err != nil {
		return nil, "", err
	}
	in := c.Objects.Bucket
	in.Bucket = name
	s, err := objects.Open(ctx, in, identity)
	return s, key, err
}

// Create opens the file at address for writing: a new one, for its owner alone,
// or a new object. It is whole when Close returns nil; after an error of write
// nothing is left of an object.
func (c Config) Create(ctx context.Context, address string, write func(io.Writer) error) error {
	if !Offsite(address) {
		out, err := os.OpenFile(address, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		return errors.Join(write(out), out.Close())
	}
	store, key, err := c.bucket(ctx, address)
	if err != nil {
		return err
	}
	in, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := store.Put(ctx, key, in, object.Put{ContentType: "application/octet-stream", IfNew: true})
		in.CloseWithError(err) //nolint:errcheck // never fails
		done <- err
	}()
	err = write(out)
	out.CloseWithError(err) //nolint:errcheck // never fails; nil is the end of the file
	if put := <-done; put != nil {
		return put
	}
	return err
}

// BackupOffsite takes a backup into a folder beside the database and sends it to
// below the prefix at address, the manifest last. Of the backups there, only the
// keep newest are left, or all if keep is 0.
func (c Config) BackupOffsite(ctx context.Context, address string, keep int, keys Keys) (where string, m Manifest, err error) {
	store, prefix, err := c.bucket(ctx, address)
	if err != nil {
		return "", m, err
	}
	if err := c.sweepCopies(); err != nil {
		return "", m, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(c.DB.Path), "backup-")
	if err != nil {
		return "", m, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a copy
	local, m, err := c.Backup(ctx, folder, 0, keys)
	if err != nil {
		return "", m, err
	}
	base := path.Join(prefix, filepath.Base(local))
	names := []string{filepath.Base(local) + manifestSuffix}
	for _, p := range []*Part{m.Journal, &m.Database} {
		if p != nil {
			names = append(names, p.Name)
		}
	}
	for _, name := range slices.Backward(names) {
		if err := send(ctx, store, filepath.Join(folder, name), path.Join(prefix, name)); err != nil {
			return "", m, fmt.Errorf("send %s: %w", name, err)
		}
	}
	where, _, _ = strings.Cut(strings.TrimPrefix(address, ociScheme), "/")
	where = ociScheme + where + "/" + base
	if keep > 0 {
		err = pruneOffsite(ctx, store, path.Join(prefix, backupPrefix), keep)
	}
	return where, m, err
}

// sweepCopies removes the copies of backups that were killed more than a day ago.
func (c Config) sweepCopies() error {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(c.DB.Path), "backup-*"))
	for _, folder := range left {
		if info, e := os.Stat(folder); e == nil && info.IsDir() && now().Sub(info.ModTime()) > 24*time.Hour {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}
	return err
}

func send(ctx context.Context, store object.Store, from, key string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = store.Put(ctx, key, f, object.Put{ContentType: "application/octet-stream", IfNew: true})
	return err
}

// pruneOffsite deletes what begins with prefix and belongs to none of the keep
// newest whole backups, unless it is newer than these.
func pruneOffsite(ctx context.Context, store object.Store, prefix string, keep int) error {
	var keys, whole []string // in order of time, which is that of their names
	for start := ""; ; {
		page, err := store.List(ctx, prefix, start, 1000)
		if err != nil {
			return err
		}
		for _, o := range page.Objects {
			keys = append(keys, o.Key)
			if name, ok := strings.CutSuffix(o.Key, manifestSuffix); ok {
				whole = append(whole, name)
			}
		}
		if start = page.Next; start == "" {
			break
		}
	}
	if len(whole) == 0 {
		return nil
	}
	whole = whole[max(0, len(whole)-keep):]
	var failed error
	for _, key := range keys {
		stays := slices.ContainsFunc(whole, func(name string) bool { return strings.HasPrefix(key, name) })
		if !stays && key < whole[len(whole)-1] {
			failed = errors.Join(failed, store.Delete(ctx, key))
		}
	}
	return failed
}

// RestoreOffsite fetches the backup at address into a folder beside the database
// and restores it from there.
func (c Config) RestoreOffsite(ctx context.Context, address string, force bool, keys Keys) (r Restored, err error) {
	store, key, err := c.bucket(ctx, address)
	if err != nil {
		return r, err
	}
	if err := c.makeRoom(); err != nil {
		return r, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(c.DB.Path), "restore-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a copy
	local := filepath.Join(folder, path.Base(key))
	if err := fetch(ctx, store, key+manifestSuffix, local+manifestSuffix); err != nil {
		return r, fmt.Errorf("%s is no complete backup: %w", address, err)
	}
	text, err := os.ReadFile(local + manifestSuffix)
	if err != nil {
		return r, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return r, fmt.Errorf("%s%s: %w", address, manifestSuffix, err)
	}
	for _, p := range []*Part{&m.Database, m.Journal} {
		if p == nil {
			continue
		}
		if p.Name != filepath.Base(p.Name) {
			return r, fmt.Errorf("%s%s names a file %q", address, manifestSuffix, p.Name)
		}
		if err := fetch(ctx, store, path.Join(path.Dir(key), p.Name), filepath.Join(folder, p.Name)); err != nil {
			return r, fmt.Errorf("fetch %s: %w", p.Name, err)
		}
	}
	return c.Restore(ctx, local, force, keys)
}

func fetch(ctx context.Context, store object.Store, key, to string) error {
	_, body, err := store.Get(ctx, key, object.Range{})
	if err != nil {
		return err
	}
	defer body.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, body)
	return errors.Join(err, out.Close())
}
