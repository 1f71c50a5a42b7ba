package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"

	"tradewind/internal/domain/object"
	"tradewind/internal/edge/worker"
	"tradewind/internal/service/analysing"
	"tradewind/internal/store/sqlstore"
)

// Analyst is the service of the star schema on an open database.
func (c Config) Analyst(db *sqlstore.DB) (*analysing.Service, error) {
	tokens, err := c.tokens()
	return &analysing.Service{DB: db, Tokens: tokens, Now: now}, err
}

// Analyse loads what has happened since the last time, or everything anew, and
// says how many facts and orders of the past that were. With follow it goes on
// until ctx ends.
func (c Config) Analyse(ctx context.Context, db *sqlstore.DB, anew, follow bool, log *slog.Logger) (facts int64, orders int, err error) {
	s, err := c.Analyst(db)
	if err != nil {
		return 0, 0, err
	}
	read, err := c.OpenStream(ctx, db)
	if err != nil {
		return 0, 0, err
	}
	r := worker.Analytics(read, s)
	r.Logger = log
	defer r.Close(ctx)
	if anew {
		if err := s.Anew(ctx); err != nil {
			return 0, 0, err
		}
	}
	// The group is there before the past is read: what happens meanwhile is a fact of its own.
	if _, err := r.Step(ctx); err != nil {
		return 0, 0, err
	}
	if orders, err = s.History(ctx); err != nil {
		return r.Handled.Load(), orders, err
	}
	for over := false; !over; {
		if over, err = s.Stock(ctx); err != nil {
			return r.Handled.Load(), orders, err
		}
	}
	for {
		n, err := r.Step(ctx)
		if err != nil {
			return r.Handled.Load(), orders, err
		}
		if n == 0 {
			break
		}
	}
	if err := s.Fresh(ctx); err != nil || !follow {
		return r.Handled.Load(), orders, err
	}
	r.Run(ctx)
	return r.Handled.Load(), orders, nil
}

// ExportAnalytics writes what has changed to a folder or oci://BUCKET/PREFIX, and
// says how many files that were.
func (c Config) ExportAnalytics(ctx context.Context, db *sqlstore.DB, to string) (int, error) {
	s, err := c.Analyst(db)
	if err != nil {
		return 0, err
	}
	var files analysing.Files
	prefix := ""
	if Offsite(to) {
		files, prefix, err = c.bucket(ctx, to)
	} else {
		var root *os.Root
		if err = os.MkdirAll(to, 0o700); err == nil {
			root, err = os.OpenRoot(to)
		}
		if err == nil {
			defer root.Close() //nolint:errcheck // nothing is left to write
			files = plain{root}
		}
	}
	if err != nil {
		return 0, err
	}
	if !Offsite(to) {
		if to, err = filepath.Abs(to); err != nil {
			return 0, err
		}
	}
	return (&analysing.Exporter{Service: s, Store: files, Prefix: strings.Trim(prefix, "/"), Where: to}).Export(ctx)
}

// plain is a folder of files that others read: each is there whole, or not at all.
type plain struct{ root *os.Root }

func (p plain) Put(_ context.Context, key string, body io.Reader, _ object.Put) (info object.Info, err error) {
	if err := p.root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return info, err
	}
	part := key + partSuffix
	f, err := p.root.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return info, err
	}
	n, err := io.Copy(f, body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return info, errors.Join(err, p.root.Remove(part))
	}
	return object.Info{Key: key, Size: n}, p.root.Rename(part, key)
}

func (p plain) Get(_ context.Context, key string, _ object.Range) (object.Info, io.ReadCloser, error) {
	f, err := p.root.Open(key)
	return object.Info{Key: key}, f, err
}

func (p plain) Delete(_ context.Context, key string) error { return ignoreMissing(p.root.Remove(key)) }
