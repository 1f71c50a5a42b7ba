package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"tradewind/internal/adapter/objectfolder"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/token"
	"tradewind/internal/store/pagelog"
	"tradewind/internal/store/sqlstore"
)

// Keys are of age: who may read what leaves the machine.
type Keys struct{ To, ToFile, Identity string }

// Seal declares the flags of commands that write.
func (k *Keys) Seal(fs *flag.FlagSet) {
	fs.StringVar(&k.To, "encrypt-to", "", "encrypt for these recipients of age (age1...), with commas between")
	fs.StringVar(&k.ToFile, "encrypt-to-file", "", "the same from a file, one in a line")
}

// Open declares the flag of commands that read.
func (k *Keys) Open(fs *flag.FlagSet) {
	fs.StringVar(&k.Identity, "identity", "", "file with the identity of age (AGE-SECRET-KEY-...) that what is encrypted was encrypted for")
}

func (k Keys) recipients() (out []age.Recipient, err error) {
	text := strings.ReplaceAll(k.To, ",", "\n")
	if k.ToFile != "" {
		file, err := os.ReadFile(k.ToFile)
		if err != nil {
			return nil, fmt.Errorf("encrypt-to-file: %w", err)
		}
		text += "\n" + string(file)
	}
	if strings.TrimSpace(text) == "" {
		if k.To != "" || k.ToFile != "" {
			return nil, errors.New("encrypt-to names nobody; write a recipient such as age1..., which tradewind backup -new-identity FILE prints")
		}
		return nil, nil
	}
	if out, err = age.ParseRecipients(strings.NewReader(text)); err != nil {
		return nil, fmt.Errorf("encrypt-to: %w; write recipients such as age1..., which tradewind backup -new-identity FILE prints", err)
	}
	return out, nil
}

func (k Keys) identities() ([]age.Identity, error) {
	if k.Identity == "" {
		return nil, nil
	}
	f, err := os.Open(k.Identity)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	defer f.Close()
	out, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("identity: %s holds no identity of age, AGE-SECRET-KEY-...", k.Identity) // the error may show some of it
	}
	return out, nil
}

// NewIdentity writes a new identity to a file that only its owner may read, and
// returns its recipient. It overwrites nothing.
func NewIdentity(file string) (string, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(f, "# recipient: %s\n%s\n", id.Recipient(), id)
	return id.Recipient().String(), errors.Join(err, f.Sync(), f.Close())
}

// depot opens the object store of an address: a folder, or oci://BUCKET/PREFIX.
func (c Config) depot(ctx context.Context, address string) (store object.Store, prefix string, err error) {
	if Offsite(address) {
		store, prefix, err = c.bucket(ctx, address)
		return store, strings.Trim(prefix, "/"), err
	}
	f, err := objectfolder.Open(objectfolder.Config{Dir: address}, token.Maker{}, "", 0)
	return f, "pages", err
}

// Ship says how the database is shipped.
type Ship struct {
	To    string
	Every time.Duration
	Anew  time.Duration // after which all pages are sent again
	Keep  time.Duration // for how long moments can be had back
	Once  bool
	Keys
	Told func(pagelog.Sent, error) // of each time
}

// Flags declares the settings of the command.
func (s *Ship) Flags(fs *flag.FlagSet) {
	fs.StringVar(&s.To, "to", "", "folder or oci://BUCKET/PREFIX to send to")
	fs.DurationVar(&s.Every, "every", 10*time.Second, "how often what has changed is sent; so much may be lost with the machine")
	fs.DurationVar(&s.Anew, "anew", 24*time.Hour, "after which time all pages are sent again; a restore reads that much at most")
	fs.DurationVar(&s.Keep, "keep", 7*24*time.Hour, "for how long each moment can be had back")
	fs.BoolVar(&s.Once, "once", false, "send what there is and end")
	s.Seal(fs)
}

func (s Ship) validate() error {
	switch {
	case s.To == "":
		return errors.New("say where the database is shipped: tradewind ship -to FOLDER, or -to oci://BUCKET/PREFIX")
	case s.Every < 100*time.Millisecond || s.Every > time.Hour:
		return fmt.Errorf("every is %v; choose between 100ms and 1h, such as 10s", s.Every)
	case s.Anew < time.Minute || s.Keep < time.Minute:
		return fmt.Errorf("anew is %v, keep is %v; each is a minute at least", s.Anew, s.Keep)
	}
	return nil
}

// Ship sends the embedded database as it changes until ctx ends. What fails is
// told and tried again.
func (c Config) Ship(ctx context.Context, s Ship) error {
	if err := s.validate(); err != nil {
		return err
	}
	to, err := s.recipients()
	if err != nil {
		return err
	}
	store, prefix, err := c.depot(ctx, s.To)
	if err != nil {
		return err
	}
	pages, err := sqlstore.OpenPages(ctx, c.DB, now)
	if err != nil {
		return c.aboutDB(err)
	}
	shipper := &pagelog.Shipper{Pages: pages, Store: store, Prefix: prefix, To: to, Anew: s.Anew}
	err = s.loop(ctx, shipper)
	if closer, ok := store.(io.Closer); ok {
		err = errors.Join(err, closer.Close())
	}
	return errors.Join(err, pages.Close())
}

func (s Ship) loop(ctx context.Context, shipper *pagelog.Shipper) error {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	var pruned time.Time
	for {
		sent, err := shipper.Ship(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if s.Told != nil {
			s.Told(sent, err)
		}
		if s.Once {
			return err
		}
		if err == nil && now().Sub(pruned) > time.Hour { // it lists all there is
			pruned = now()
			if _, err := shipper.Prune(ctx, pruned, s.Keep); err != nil && s.Told != nil {
				s.Told(pagelog.Sent{}, fmt.Errorf("remove what is older than %v: %w", s.Keep, err))
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// RestoreMoment puts the database as it was shipped, at the newest moment not
// after at, in the place of the embedded one, as Restore does.
func (c Config) RestoreMoment(ctx context.Context, from string, at time.Time, keys Keys, force bool) (r Restored, err error) {
	identities, err := keys.identities()
	if err != nil {
		return r, err
	}
	if !Offsite(from) {
		if _, err := os.Stat(from); err != nil {
			return r, err
		}
	}
	store, prefix, err := c.depot(ctx, from)
	if err != nil {
		return r, err
	}
	if closer, ok := store.(io.Closer); ok {
		defer closer.Close() //nolint:errcheck // it was read only
	}
	if r, err = c.replace(ctx, force, func(staged string) error {
		moment, n, err := pagelog.Restore(ctx, store, prefix, at, identities, staged)
		r.Manifest, r.Segments = Manifest{TakenAt: moment, Database: Part{Name: path.Join(prefix, "…")}}, n
		return err
	}, &r); err != nil {
		return r, err
	}
	return c.migrateRestored(ctx, r)
}

// replace puts what stage writes in the place of the embedded database.
func (c Config) replace(ctx context.Context, force bool, stage func(staged string) error, r *Restored) (Restored, error) {
	if err := c.DB.Embedded(); err != nil {
		return *r, err
	}
	if _, err := os.Stat(c.DB.Path); err == nil && !force {
		return *r, fmt.Errorf("db.path %s exists already; -force puts the backup in its place and keeps the old one beside it", c.DB.Path)
	}
	if err := c.makeRoom(); err != nil {
		return *r, err
	}
	staged := c.DB.Path + ".restoring"
	err := ignoreMissing(os.Remove(staged)) // of one that was killed
	if err == nil {
		err = stage(staged)
	}
	if err == nil {
		r.Manifest.Schema, err = sqlstore.Examine(ctx, staged)
	}
	if err == nil {
		r.Aside, err = sqlstore.Replace(ctx, c.DB, staged, now(), c.dropIndex)
	}
	if err != nil {
		return *r, errors.Join(err, ignoreMissing(os.Remove(staged)))
	}
	return *r, nil
}

// migrateRestored brings the schema of what was restored up to date.
func (c Config) migrateRestored(ctx context.Context, r Restored) (Restored, error) {
	var err error
	r.Steps, err = c.MigrateUp(ctx)
	return r, err
}

// sealFile encrypts a file in its place, beside which nothing of it is left.
func sealFile(name string, to []age.Recipient) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	part := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+partSuffix)
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w, err := age.Encrypt(out, to...)
	if err == nil {
		_, err = io.Copy(w, in)
		err = errors.Join(err, w.Close())
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, name)
}

// openFile decrypts a file in its place.
func openFile(name string, keys []age.Identity) error {
	if len(keys) == 0 {
		return errors.New("the backup is encrypted; give the identity that it was encrypted for: -identity FILE")
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := age.Decrypt(in, keys...)
	if err != nil {
		return fmt.Errorf("decrypt %s: %w", filepath.Base(name), err)
	}
	part := name + partSuffix
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(fmt.Errorf("decrypt %s: %w", filepath.Base(name), err), os.Remove(part))
	}
	return os.Rename(part, name)
}
