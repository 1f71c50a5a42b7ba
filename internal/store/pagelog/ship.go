package pagelog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"filippo.io/age"

	"tradewind/internal/domain/object"
	"tradewind/internal/store/sqlstore"
)

// Shipper sends what has changed. It is for one goroutine.
type Shipper struct {
	Pages  *sqlstore.Pages
	Store  object.Store
	Prefix string
	To     []age.Recipient // none: in the clear
	Anew   time.Duration   // after which a new generation begins

	generation string
	began      time.Time
	seq        int
	before     string
	sums       [][16]byte // of the pages that were sent
}

// Sent is what one call of Ship has sent.
type Sent struct {
	Key   string // "" if nothing had changed
	At    time.Time
	Pages int // that were sent
	All   uint32
}

// errUnchanged ends a segment in which there is nothing.
var errUnchanged = errors.New("nothing has changed")

// Ship sends the pages that have changed since the last time, or all of them at
// first, and after an error that left it open whether they arrived.
func (s *Shipper) Ship(ctx context.Context) (Sent, error) {
	changed, err := s.Pages.Changed(ctx)
	if err != nil || !changed && s.generation != "" {
		return Sent{}, err
	}
	sent, err := s.segment(ctx)
	if err != nil {
		s.generation = "" // begin anew: what is there of this one stays good up to here
		return Sent{}, err
	}
	return sent, nil
}

// segment reads the database twice at most: what has changed is found while it is sent.
func (s *Shipper) segment(ctx context.Context) (Sent, error) {
	var out Sent
	var next [][16]byte
	in, pipe := io.Pipe()
	put, begun := make(chan error, 1), false
	var w *writer
	var h header
	begin := func(m sqlstore.Moment) (err error) {
		if s.generation == "" || s.Anew > 0 && m.At.Sub(s.began) >= s.Anew {
			s.generation, s.began, s.seq, s.before, s.sums = m.At.Format(stampForm), m.At, 0, "", nil
		}
		h = header{format, s.generation, s.seq, s.before, m.At, m.PageSize, m.Pages}
		out = Sent{Key: keyOf(s.Prefix, h), At: m.At, All: m.Pages}
		next, begun = make([][16]byte, m.Pages), true
		go func() {
			_, err := s.Store.Put(ctx, out.Key, in, object.Put{ContentType: "application/octet-stream", IfNew: true})
			in.CloseWithError(err) //nolint:errcheck // never fails
			put <- err
		}()
		w, err = newWriter(pipe, h, s.To)
		return err
	}
	err := s.Pages.Read(ctx, begin, func(no uint32, page []byte) error {
		sum := sha256.Sum256(page)
		copy(next[no-1][:], sum[:])
		if int(no) <= len(s.sums) && s.sums[no-1] == next[no-1] {
			return nil
		}
		out.Pages++
		return w.page(no, page)
	})
	if !begun {
		return Sent{}, err
	}
	digest := ""
	if err == nil && out.Pages == 0 && s.seq > 0 && len(next) == len(s.sums) {
		err = errUnchanged
	}
	if err == nil {
		digest, err = w.close()
	}
	pipe.CloseWithError(err) //nolint:errcheck // never fails; nil is the end
	if failed := <-put; err == nil && failed != nil {
		err = fmt.Errorf("send %s: %w", out.Key, failed)
	}
	switch {
	case errors.Is(err, errUnchanged): // a commit that changed no page
		return Sent{}, nil
	case err != nil:
		return Sent{}, err
	}
	s.sums, s.before = next, digest
	s.seq++
	return out, nil
}

// Prune deletes generations that ended more than keep ago: those after which
// another has begun before that.
func (s *Shipper) Prune(ctx context.Context, now time.Time, keep time.Duration) (int, error) {
	all, err := list(ctx, s.Store, s.Prefix)
	if err != nil {
		return 0, err
	}
	var starts []string
	for _, p := range all {
		if p.seq == 0 && now.Sub(p.at) >= keep {
			starts = append(starts, p.generation)
		}
	}
	if len(starts) < 2 {
		return 0, nil
	}
	oldest, n := slices.Max(starts), 0 // it is needed for the moments after now - keep
	for _, p := range all {
		if p.generation >= oldest {
			continue
		}
		if err := s.Store.Delete(ctx, p.key); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// list returns all segments in the order of their keys.
func list(ctx context.Context, store object.Store, prefix string) (all []place, err error) {
	under := prefix
	if under != "" {
		under += "/"
	}
	for start := ""; ; {
		page, err := store.List(ctx, under, start, 1000)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Objects {
			if p, ok := placeOf(prefix, o.Key); ok {
				all = append(all, p)
			}
		}
		if start = page.Next; start == "" {
			return all, nil
		}
	}
}
