package merchandising

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/catalog"
)

// Drift is how index and database differ.
type Drift struct {
	Looked  int // products and documents that were compared
	Missing int // sold, and not in the index
	Stale   int // older in the index than in the database
	Ahead   int // newer in the index: the database is that of a backup
	Orphans int // in the index, and not sold
	Healed  int
	Rebuilt bool
}

// Differences is how many products are not in the index as they are.
func (d Drift) Differences() int { return d.Missing + d.Stale + d.Ahead + d.Orphans }

// Watcher compares the index with the database, page by page of ids.
type Watcher struct {
	Indexer *Indexer
	// Pause is how long a difference has to last: what was just written is on its
	// way to the index.
	Pause time.Duration

	last atomic.Pointer[Drift]
}

// Last returns what the last whole round found.
func (w *Watcher) Last() Drift {
	if d := w.last.Load(); d != nil {
		return *d
	}
	return Drift{}
}

// comparedAtOnce is how many products are compared before the next are read.
const comparedAtOnce = 1000

// mostHealed is up to how many of those products are indexed by name; for
// more a rebuild takes less.
const mostHealed = 400

// Compare looks at everything once. With heal, what differs is indexed anew; if
// that does not help, because the index remembers later versions than the
// database has, the whole index is rebuilt.
func (w *Watcher) Compare(ctx context.Context, heal bool) (Drift, error) {
	var d Drift
	stuck := 0
	for after, more := "", true; more; {
		p, err := w.page(ctx, after)
		if err != nil {
			return d, err
		}
		after, more = p.last, p.more
		d.Looked += p.looked
		if len(p.differ) == 0 {
			continue
		}
		if err := wait(ctx, w.Pause); err != nil {
			return d, err
		}
		if p.differ, err = w.lasting(ctx, p); err != nil {
			return d, err
		}
		left, err := w.mend(ctx, p, heal, &d)
		if err != nil {
			return d, err
		}
		stuck += left
	}
	if stuck > 0 {
		if err := w.Indexer.Rebuild(ctx); err != nil {
			return d, err
		}
		d.Rebuilt, d.Healed = true, d.Differences()
	}
	w.last.Store(&d)
	return d, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// compared is a range of ids, from after to last, of which both sides are known.
type compared struct {
	after, last string
	more        bool
	looked      int
	differ      map[string]difference
}

// difference is a version on both sides, 0 where there is none.
type difference struct{ sold, indexed int64 }

// page compares the ids after one, up to the last of whichever side ends first.
func (w *Watcher) page(ctx context.Context, after string) (compared, error) {
	c := compared{after: after, differ: map[string]difference{}}
	sold, err := w.Indexer.DB.Read().Catalog.Revisions(ctx, after, comparedAtOnce)
	if err != nil {
		return c, err
	}
	indexed, err := w.Indexer.Index.Versions(ctx, after, comparedAtOnce)
	if err != nil {
		return c, err
	}
	if len(sold) == comparedAtOnce {
		c.last, c.more = sold[len(sold)-1].ID, true
	}
	if len(indexed) == comparedAtOnce && (!c.more || indexed[len(indexed)-1].ID < c.last) {
		c.last, c.more = indexed[len(indexed)-1].ID, true
	}
	both := map[string]difference{}
	for _, s := range sold {
		if s.Status == catalog.Active && (!c.more || s.ID <= c.last) {
			both[s.ID] = difference{sold: s.Version}
		}
	}
	for _, i := range indexed {
		if !c.more || i.ID <= c.last {
			both[i.ID] = difference{both[i.ID].sold, i.Version}
		}
	}
	c.looked = len(both)
	for id, d := range both {
		if d.sold != d.indexed {
			c.differ[id] = d
		}
	}
	return c, nil
}

// lasting returns those differences of a page that are still the same.
func (w *Watcher) lasting(ctx context.Context, before compared) (map[string]difference, error) {
	now, err := w.page(ctx, before.after)
	if err != nil {
		return nil, err
	}
	out := map[string]difference{}
	for id, d := range before.differ {
		if now.differ[id] == d {
			out[id] = d
		}
	}
	return out, nil
}

// mend counts the differences of a page and heals them; it returns how many it
// could not.
func (w *Watcher) mend(ctx context.Context, p compared, heal bool, d *Drift) (stuck int, err error) {
	for _, v := range p.differ {
		switch {
		case v.indexed == 0:
			d.Missing++
		case v.sold == 0:
			d.Orphans++
		case v.indexed < v.sold:
			d.Stale++
		default:
			d.Ahead++
		}
	}
	if !heal || len(p.differ) == 0 {
		return 0, nil
	}
	if len(p.differ) > mostHealed {
		return len(p.differ), nil
	}
	if err := w.heal(ctx, p.differ); err != nil {
		return 0, fmt.Errorf("heal the search index: %w", err)
	}
	left, err := w.lasting(ctx, p)
	d.Healed += len(p.differ) - len(left)
	return len(left), err
}

// heal writes products to the index as they are, a page at a time, and removes
// what is not sold.
func (w *Watcher) heal(ctx context.Context, differ map[string]difference) error {
	var sold []string
	for id, v := range differ {
		if v.sold > 0 {
			sold = append(sold, id)
		} else if err := w.Indexer.Index.Delete(ctx, id, v.indexed); err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(sold, page) {
		if err := w.Indexer.Added(ctx, ids); err != nil {
			return err
		}
	}
	return nil
}
