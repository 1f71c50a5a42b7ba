package opensearch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
)

// Rebuild implements search.Index. It fills an index beside the one in use and
// then lets the alias point to it. What any process wrote to the old one since
// the beginning is copied over inside the cluster: all but the last of it before
// the exchange, and the last of it after, when the old one takes no more writes.
// Should the program die between these two, writes of some milliseconds are
// missing until the drift is looked for.
func (x *Index) Rebuild(ctx context.Context, next func() ([]search.Doc, error)) error {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	if err := x.rebuild(ctx, next); err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	return nil
}

func (x *Index) rebuild(ctx context.Context, next func() ([]search.Doc, error)) error {
	if err := x.ensure(ctx); err != nil {
		return err
	}
	old, err := x.behind(ctx)
	if err != nil {
		return err
	}
	if err := x.sweep(ctx, old); err != nil {
		return err
	}
	copied, err := x.reached(ctx, old)
	if err != nil {
		return err
	}
	fresh := x.alias + "-" + ident.New()
	if err := x.admin(ctx, http.MethodPut, "/"+fresh, creation(), nil); err != nil {
		return err
	}
	err = x.fill(ctx, fresh, next)
	if err == nil {
		copied, err = x.catchUp(ctx, old, fresh, copied)
	}
	if err == nil {
		err = x.exchange(ctx, old, fresh)
	}
	if err != nil {
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.config.WriteWithin)
		defer cancel()
		if refusedAs(err, missing) {
			err = overtaken(err) // by one that has removed the old index
		}
		return errors.Join(err, x.remove(cleaning, fresh))
	}
	// Whoever had begun to write to the old index is refused from here on, and
	// repeats that with the new one.
	if err := x.admin(ctx, http.MethodPut, "/"+old+"/_block/write", nil, nil); err != nil {
		return err
	}
	if _, err := x.catchUp(ctx, old, fresh, copied); err != nil {
		return err
	}
	return x.remove(ctx, old)
}

func (x *Index) fill(ctx context.Context, fresh string, next func() ([]search.Doc, error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		docs, err := next()
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
		if err := x.write(ctx, fresh, docs, false); err != nil {
			return err
		}
	}
}

// reached returns the number up to which an index has carried out every write.
func (x *Index) reached(ctx context.Context, index string) (int64, error) {
	var out struct {
		Indices map[string]struct {
			Shards map[string][]struct {
				Routing struct{ Primary bool }
				Seq     struct {
					Local int64 `json:"local_checkpoint"`
				} `json:"seq_no"`
			}
		}
	}
	if err := x.admin(ctx, http.MethodGet, "/"+index+"/_stats/indexing?level=shards", nil, &out); err != nil {
		return 0, err
	}
	for _, shard := range out.Indices[index].Shards["0"] {
		if shard.Routing.Primary {
			return shard.Seq.Local, nil
		}
	}
	return 0, unavailable(fmt.Errorf("index %s has no primary shard", index))
}

// mostPasses bounds how often catchUp looks again for what came meanwhile; what
// comes after that is few, and copied after the exchange.
const mostPasses = 10

// catchUp copies to fresh what was written to old after the write of that
// number, and returns the number reached. The later version of each wins, and
// of two that are equal the one of old.
func (x *Index) catchUp(ctx context.Context, old, fresh string, from int64) (int64, error) {
	for range mostPasses {
		now, err := x.reached(ctx, old)
		if err != nil || now == from {
			return now, errors.Join(err, x.admin(ctx, http.MethodPost, "/"+fresh+"/_refresh", nil, nil))
		}
		if err := x.admin(ctx, http.MethodPost, "/"+old+"/_refresh", nil, nil); err != nil {
			return from, err
		}
		var out struct{ Failures []any }
		if err := x.admin(ctx, http.MethodPost, "/_reindex?refresh=true", m{"conflicts": "proceed",
			"source": m{"index": old, "query": m{"range": m{"_seq_no": m{"gt": from}}}},
			"dest":   m{"index": fresh, "version_type": "external_gte"}}, &out); err != nil {
			return from, err
		}
		if len(out.Failures) > 0 {
			return from, fmt.Errorf("copy from %s: %v", old, out.Failures[0])
		}
		from = now
	}
	return from, nil
}

// exchange lets the alias point to fresh instead of old, in one step.
func (x *Index) exchange(ctx context.Context, old, fresh string) error {
	err := x.admin(ctx, http.MethodPost, "/_aliases", m{"actions": []m{
		{"remove": m{"index": old, "alias": x.alias, "must_exist": true}},
		{"add": m{"index": fresh, "alias": x.alias}},
	}}, nil)
	if err == nil {
		return nil
	}
	// The answer may have been lost, not the request.
	if now, e := x.behind(ctx); e == nil && now == fresh {
		return nil
	}
	if refusedAs(err, "aliases_not_found_exception") {
		return overtaken(err)
	}
	return err
}

func overtaken(cause error) error {
	return fault.New(fault.Conflict, search.RebuiltMeanwhile, "Another rebuild of the search index has ended meanwhile.").Because(cause)
}

func (x *Index) remove(ctx context.Context, index string) error {
	err := x.admin(ctx, http.MethodDelete, "/"+index, nil, nil)
	if refusedAs(err, missing) {
		return nil // a repeat of what had succeeded
	}
	return err
}

// stray is how old an index that nothing points to is before it counts as left
// behind by a rebuild that was killed.
const stray = 24 * time.Hour

// sweep removes what killed rebuilds left.
func (x *Index) sweep(ctx context.Context, used string) error {
	var list []struct {
		Index   string
		Created string `json:"creation.date"`
	}
	if err := x.admin(ctx, http.MethodGet, "/_cat/indices/"+x.alias+"-*?format=json&h=index,creation.date", nil, &list); err != nil {
		return err
	}
	for _, i := range list {
		milli, err := strconv.ParseInt(i.Created, 10, 64)
		if err != nil || i.Index == used || time.Since(time.UnixMilli(milli)) < stray {
			continue
		}
		if err := x.remove(ctx, i.Index); err != nil {
			return err
		}
	}
	return nil
}
