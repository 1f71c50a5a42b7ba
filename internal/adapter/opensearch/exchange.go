package opensearch

import (
	"context"
	"fmt"
	"net/http"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// indexes lists the indexes beside the alias, each with the id that no other of
// the same name will have.
func (x *Index) indexes(ctx context.Context) (map[string]string, error) {
	var list []struct{ Index, UUID string }
	if err := x.admin(ctx, http.MethodGet, "/_cat/indices/"+x.alias+"-*?format=json&h=index,uuid", nil, &list); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, i := range list {
		if i.Index != x.lease() {
			out[i.Index] = i.UUID
		}
	}
	return out, nil
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

const (
	// mostPasses bounds how often catchUp looks again for what came meanwhile; what
	// comes after that is few, and copied after the exchange.
	mostPasses = 10
	// copiedAtOnce bounds the writes that one request copies: there are many if
	// nobody has rebuilt for a day.
	copiedAtOnce = 5000
)

// catchUp copies to the fresh index what was written to the old one since. The
// later version of each wins, and of two that are equal that of the old one.
func (l *lease) catchUp(ctx context.Context) error {
	x := l.index
	for range mostPasses {
		now, err := x.reached(ctx, l.Old)
		if err != nil {
			return orOvertaken(err)
		}
		if now <= l.Copied {
			break
		}
		if err := x.admin(ctx, http.MethodPost, "/"+l.Old+"/_refresh", nil, nil); err != nil {
			return orOvertaken(err)
		}
		for l.Copied < now {
			to := min(now, l.Copied+copiedAtOnce)
			if err := l.copy(ctx, to); err != nil {
				return orOvertaken(err)
			}
			l.Copied = to
			if err := l.save(ctx); err != nil {
				return err
			}
		}
	}
	return x.admin(ctx, http.MethodPost, "/"+l.Fresh+"/_refresh", nil, nil)
}

func (l *lease) copy(ctx context.Context, to int64) error {
	var out struct{ Failures []any }
	err := l.index.admin(ctx, http.MethodPost, "/_reindex", m{"conflicts": "proceed",
		"source": m{"index": l.Old, "query": m{"range": m{"_seq_no": m{"gt": l.Copied, "lte": to}}}},
		"dest":   m{"index": l.Fresh, "version_type": "external_gte"}}, &out)
	if err == nil && len(out.Failures) > 0 {
		err = fmt.Errorf("copy from %s: %v", l.Old, out.Failures[0])
	}
	return err
}

// exchange lets the alias point to the fresh index instead of the old one, in one step.
func (l *lease) exchange(ctx context.Context) error {
	x := l.index
	if err := l.save(ctx); err != nil {
		return err
	}
	there, err := x.indexes(ctx)
	if err != nil {
		return err
	}
	if !l.unchanged(there) {
		return overtaken(fmt.Errorf("index %s or %s was removed meanwhile", l.Old, l.Fresh))
	}
	err = x.admin(ctx, http.MethodPost, "/_aliases", m{"actions": []m{
		{"remove": m{"index": l.Old, "alias": x.alias, "must_exist": true}},
		{"add": m{"index": l.Fresh, "alias": x.alias}},
	}}, nil)
	if err == nil {
		return nil
	}
	// The answer may have been lost, not the request.
	if now, e := x.behind(ctx); e == nil && now == l.Fresh {
		return nil
	}
	return orOvertaken(err)
}

// finish copies the last writes to the old index after the exchange, and removes
// it. Whoever had begun to write there is refused from here on, and repeats that
// with the new one.
func (l *lease) finish(ctx context.Context) error {
	if err := l.hold(ctx); err != nil {
		return err
	}
	if err := l.index.admin(ctx, http.MethodPut, "/"+l.Old+"/_block/write", nil, nil); err != nil {
		return orOvertaken(err)
	}
	if err := l.catchUp(ctx); err != nil {
		return err
	}
	return l.index.discard(ctx, l.Fresh, l.Old)
}

// discard removes an index, in one step with the proof that the alias points to
// the one in use and so not to it.
func (x *Index) discard(ctx context.Context, used, index string) error {
	err := x.admin(ctx, http.MethodPost, "/_aliases", m{"actions": []m{
		{"remove": m{"index": used, "alias": x.alias, "must_exist": true}},
		{"add": m{"index": used, "alias": x.alias}},
		{"remove_index": m{"index": index}},
	}}, nil)
	if err == nil {
		return nil
	}
	if there, e := x.indexes(ctx); e == nil && there[index] == "" {
		return nil // a repeat of what had succeeded
	}
	return orOvertaken(err)
}

// orOvertaken tells the end of another rebuild from other errors.
func orOvertaken(err error) error {
	if refusedAs(err, missing) || refusedAs(err, "aliases_not_found_exception") {
		return overtaken(err)
	}
	return err
}

func overtaken(cause error) error {
	return fault.New(fault.Conflict, search.RebuiltMeanwhile, "Another rebuild of the search index has ended meanwhile.").Because(cause)
}
