package pagelog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"filippo.io/age"

	"tradewind/internal/domain/object"
)

// ErrNothing says that no moment so early was kept.
var ErrNothing = errors.New("nothing was kept that early")

// Restore writes the database as it was at the newest moment that was kept and
// is not after at into a new file, which is on disk afterwards. It returns that
// moment and how many segments it was made of. A segment that is missing or not
// what it was ends it with an error that names it and says up to when it would
// have worked; the file is removed.
func Restore(ctx context.Context, store object.Store, prefix string, at time.Time, keys []age.Identity, to string) (moment time.Time, segments int, err error) {
	chain, err := chainTo(ctx, store, prefix, at)
	if err != nil {
		return moment, 0, err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return moment, 0, err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(to))
		}
	}()
	before := ""
	for i, p := range chain {
		if before, err = apply(ctx, store, p, i, before, keys, file); err != nil {
			return moment, i, fmt.Errorf("%s cannot be used: %w%s", p.key, err, upTo(moment))
		}
		moment = p.at
	}
	return moment, len(chain), file.Sync()
}

func upTo(moment time.Time) string {
	if moment.IsZero() {
		return ""
	}
	return "; -at " + moment.Format(time.RFC3339Nano) + " works"
}

// chainTo is the newest generation that begins not after at, up to then.
func chainTo(ctx context.Context, store object.Store, prefix string, at time.Time) (chain []place, err error) {
	all, err := list(ctx, store, prefix)
	if err != nil {
		return nil, err
	}
	generation := ""
	for _, p := range all {
		if p.seq == 0 && !p.at.After(at) && p.generation > generation {
			generation = p.generation
		}
	}
	for _, p := range all {
		if p.generation == generation && !p.at.After(at) {
			chain = append(chain, p)
		}
	}
	if generation == "" {
		if len(all) == 0 {
			return nil, fmt.Errorf("%w: there is nothing under %q", ErrNothing, prefix)
		}
		return nil, fmt.Errorf("%w: the first moment is %s", ErrNothing, all[0].at.Format(time.RFC3339Nano))
	}
	return chain, nil
}

// apply writes the pages of a segment, and returns its digest.
func apply(ctx context.Context, store object.Store, p place, seq int, before string, keys []age.Identity, file *os.File) (digest string, err error) {
	if p.seq != seq {
		return "", fmt.Errorf("segment %d is missing", seq)
	}
	_, body, err := store.Get(ctx, p.key, object.Range{})
	if err != nil {
		return "", err
	}
	defer body.Close()
	var h header
	digest, err = read(body, keys, func(got header) error {
		if h = got; got.Generation != p.generation || got.Seq != p.seq || !got.At.Truncate(time.Microsecond).Equal(p.at) {
			return errors.New("it is another segment under this name")
		}
		if got.Before != before {
			return errors.New("it does not follow the segment before")
		}
		return nil
	}, func(no uint32, data []byte) error {
		_, err := file.WriteAt(data, int64(no-1)*int64(len(data)))
		return err
	})
	if err != nil {
		return "", err
	}
	return digest, file.Truncate(int64(h.Pages) * int64(h.PageSize))
}
