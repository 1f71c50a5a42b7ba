package opensearch

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
)

// Rebuild implements search.Index. It fills an index beside the one in use and
// then lets the alias point to it. What any process wrote to the old one since
// the beginning is copied over inside the cluster: all but the last of it before
// the exchange, and the last of it after, when the old one takes no more writes.
//
// One process rebuilds at a time, and notes how far it is. If it ends early, the
// next one goes on from there: at once after an error, and after a kill when the
// lease is over. Should it die between the exchange and the last copy, writes of
// some milliseconds are missing until then, or until the drift is looked for.
func (x *Index) Rebuild(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	if err := x.rebuild(ctx, next); err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	return nil
}

func (x *Index) rebuild(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	if err := x.ensure(ctx); err != nil {
		return err
	}
	l, err := x.take(ctx)
	if err != nil {
		return err
	}
	if err = l.rebuild(ctx, next); fault.Code(err) == search.RebuildTaken {
		return err
	}
	return errors.Join(err, l.release(ctx))
}

// Forget implements search.Index. The index that was begun is removed by the
// next rebuild.
func (x *Index) Forget(ctx context.Context) error {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	l, err := x.take(ctx)
	if err == nil {
		l.Made = ""
		err = l.release(ctx)
	}
	if err != nil {
		return fmt.Errorf("forget what was rebuilt of the search index: %w", err)
	}
	return nil
}

// rebuild does what is left to do. Whatever ends it early, it removes nothing.
func (l *lease) rebuild(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	if err := l.fill(ctx, next); err != nil {
		return err
	}
	if err := l.catchUp(ctx); err != nil {
		return err
	}
	if err := l.exchange(ctx); err != nil {
		return err
	}
	return l.finish(ctx)
}

// begin makes the index that is to be filled, unless one was begun in the same
// way for the index in use, and removes all others: they were left behind, since
// nobody else rebuilds.
func (l *lease) begin(ctx context.Context) error {
	x := l.index
	used, err := x.behind(ctx)
	if err != nil {
		return err
	}
	there, err := x.indexes(ctx)
	if err != nil {
		return err
	}
	if l.Fresh == used && there[l.Old] != "" && there[l.Old] == l.OldID { // whoever exchanged them has died before the last copy
		if err := l.finish(ctx); err != nil {
			return err
		}
		delete(there, l.Old)
	}
	if goOn := l.Made == x.made && l.Old == used && l.unchanged(there); !goOn {
		l.progress = progress{Owner: l.Owner, Until: l.Until}
	}
	for name := range there {
		if name == used || name == l.Fresh {
			continue
		}
		if err := errors.Join(l.hold(ctx), x.discard(ctx, used, name)); err != nil {
			return err
		}
	}
	if l.Fresh != "" {
		return nil
	}
	return l.create(ctx, used, there[used])
}

// unchanged reports whether both indexes are still those that the rebuild began with.
func (l *lease) unchanged(there map[string]string) bool {
	return l.FreshID != "" && there[l.Fresh] == l.FreshID && there[l.Old] == l.OldID
}

func (l *lease) create(ctx context.Context, used, id string) error {
	x := l.index
	copied, err := x.reached(ctx, used)
	if err != nil {
		return err
	}
	fresh := x.alias + "-" + ident.New()
	err = x.admin(ctx, http.MethodPut, "/"+fresh, creation(), nil)
	if err != nil && !refusedAs(err, "resource_already_exists_exception") { // by a repeat: nobody else makes this name
		return err
	}
	there, err := x.indexes(ctx)
	if err != nil {
		return err
	}
	l.progress = progress{Owner: l.Owner, Made: x.made, Fresh: fresh, FreshID: there[fresh], Old: used, OldID: id, Copied: copied}
	return l.save(ctx)
}

func (l *lease) fill(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		docs, err := next(l.After)
		if err != nil {
			return err
		}
		if len(docs) == 0 {
			return nil
		}
		for _, d := range docs {
			if err := d.Check(); err != nil {
				return err
			}
		}
		if err := l.hold(ctx); err != nil { // next may have taken long
			return err
		}
		if err := l.index.write(ctx, l.Fresh, docs, false); err != nil {
			return err
		}
		l.After = docs[len(docs)-1].ID
		if err := l.save(ctx); err != nil {
			return err
		}
	}
}
