package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"tradewind/internal/domain/search"
)

// Index is the search.Index of a cluster. It is safe for concurrent use, also by
// several processes. Its documents are in one index of the cluster, which goes
// by an alias; Rebuild lets the alias point to another one.
type Index struct {
	wire       *wire
	config     Config
	alias      string
	made       string // how this program fills an index: see progress
	now        func() time.Time
	rebuilding sync.Mutex // held by Rebuild and Forget
}

var _ search.Index = (*Index)(nil)

// Open makes an Index. The cluster is asked for nothing yet: a shop starts
// without it. observe is told of each request; nil for nobody.
func Open(c Config, observe func(Call)) (*Index, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(Call) {}
	}
	w, err := newWire(c, observe)
	if err != nil {
		return nil, err
	}
	return &Index{wire: w, config: c, alias: c.Index + "-" + layout, made: edition(), now: time.Now}, nil
}

// Resting reports whether the cluster failed so often that it is left alone for
// a moment.
func (x *Index) Resting() bool { return x.wire.breaker.IsOpen() }

// Close implements search.Index.
func (x *Index) Close() error {
	x.wire.http.CloseIdleConnections()
	return nil
}

// bulkBytes is about how much is sent at once.
const bulkBytes = 4 << 20

// Put implements search.Index.
func (x *Index) Put(ctx context.Context, docs []search.Doc) error {
	for _, d := range docs {
		if err := d.Check(); err != nil {
			return err
		}
	}
	return x.write(ctx, x.alias, docs, true)
}

// Delete implements search.Index.
func (x *Index) Delete(ctx context.Context, id string, version int64) error {
	var b bulk
	b.add(document{ID: id, Version: version, Gone: true})
	return x.send(ctx, x.alias, &b, true)
}

// write writes docs to the alias, or to an index that has none yet.
func (x *Index) write(ctx context.Context, to string, docs []search.Doc, show bool) error {
	var b bulk
	for _, d := range docs {
		b.add(documentOf(d))
		if b.Len() >= bulkBytes {
			if err := x.send(ctx, to, &b, show); err != nil {
				return err
			}
			b.Reset()
		}
	}
	return x.send(ctx, to, &b, show)
}

// bulk is the body of a bulk request.
type bulk struct{ bytes.Buffer }

func (b *bulk) add(d document) {
	encoder := json.NewEncoder(b)
	// Versions are the product's. The same again replaces: what is in stock changes without them.
	encoder.Encode(m{"index": m{"_id": d.ID, "version": d.Version, "version_type": "external_gte"}})
	encoder.Encode(d) // into memory, of plain types: cannot fail
}

// send sends a bulk. What is older than what the index has is skipped there.
func (x *Index) send(ctx context.Context, to string, b *bulk, show bool) error {
	if b.Len() == 0 {
		return nil
	}
	path := "/" + to + "/_bulk?filter_path=errors,items.*.status,items.*.error"
	if show {
		path += "&refresh=true"
	}
	if to == x.alias {
		path += "&require_alias=true"
	}
	r := request{op: "write", method: http.MethodPost, path: path, body: b.Bytes(), within: x.config.WriteWithin, read: readBulk}
	return x.there(ctx, func() error { return x.wire.call(ctx, r) })
}

func readBulk(body []byte) error {
	var out struct {
		Errors *bool
		Items  []map[string]struct {
			Status int
			Error  struct{ Type, Reason string }
		}
	}
	if err := json.Unmarshal(body, &out); err != nil || out.Errors == nil {
		return busy{fmt.Errorf("the answer is none to a bulk: %.60q", body)}
	}
	for _, item := range out.Items {
		for _, did := range item {
			if did.Status < 300 || did.Status == http.StatusConflict {
				continue
			}
			err := refusal{did.Status, did.Error.Type, did.Error.Reason}
			if did.Status == http.StatusTooManyRequests || did.Status >= 500 || passing(err.kind) {
				return busy{err}
			}
			return err
		}
	}
	return nil
}

const missing = "index_not_found_exception"

// reading does what reads from the index, again if that was exchanged meanwhile.
func reading(do func() error) error {
	err := do()
	if refusedAs(err, missing) {
		return do()
	}
	return err
}

// there does what needs the index, and makes the index if there is none.
func (x *Index) there(ctx context.Context, do func() error) error {
	err := do()
	for range 2 { // a second time if the index was exchanged in between
		if !refusedAs(err, missing) {
			break
		}
		if err := x.ensure(ctx); err != nil {
			return err
		}
		err = do()
	}
	return err
}

// ensure makes the first index, with the alias, unless there is one.
func (x *Index) ensure(ctx context.Context) error {
	if _, err := x.behind(ctx); !absent(err) {
		return err
	}
	body := creation()
	body["aliases"] = m{x.alias: m{}}
	first := x.alias + "-0"
	err := x.admin(ctx, http.MethodPut, "/"+first, body, nil)
	if !refusedAs(err, "resource_already_exists_exception") {
		return err
	}
	// Another process was faster, or somebody took the alias away.
	if _, err := x.behind(ctx); !absent(err) {
		return err
	}
	return x.admin(ctx, http.MethodPost, "/_aliases", m{"actions": []m{{"add": m{"index": first, "alias": x.alias}}}}, nil)
}

// behind returns the index that the alias points to.
func (x *Index) behind(ctx context.Context) (string, error) {
	var out map[string]json.RawMessage
	if err := x.admin(ctx, http.MethodGet, "/_alias/"+x.alias, nil, &out); err != nil {
		return "", err
	}
	if len(out) != 1 {
		return "", fmt.Errorf("opensearch: alias %s points to %d indexes; let it point to one", x.alias, len(out))
	}
	for name := range out {
		return name, nil
	}
	return "", errors.ErrUnsupported // not reached
}

func (x *Index) admin(ctx context.Context, method, path string, body, out any) error {
	r := request{op: "admin", method: method, path: path, body: body, within: x.config.WriteWithin}
	if out != nil {
		r.read = into(out)
	}
	return x.wire.call(ctx, r)
}

// Size implements search.Index.
func (x *Index) Size(ctx context.Context) (int64, error) {
	var out struct{ Count *int64 }
	err := reading(func() error {
		return x.wire.call(ctx, request{op: "admin", method: http.MethodPost, path: "/" + x.alias + "/_count", body: m{"query": here()},
			within: x.config.WriteWithin, read: func(body []byte) error {
				if err := into(&out)(body); err != nil || out.Count == nil {
					return busy{errors.Join(errors.New("the answer has no count"), err)}
				}
				return nil
			}})
	})
	if refusedAs(err, missing) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return *out.Count, nil
}

// here finds what was not deleted.
func here() m { return m{"term": m{"gone": false}} }

// Versions implements search.Index.
func (x *Index) Versions(ctx context.Context, after string, n int) ([]search.Version, error) {
	out, err := x.ask(ctx, m{"size": n, "query": here(), "sort": []m{{"id": "asc"}}, "search_after": []string{after}, "_source": []string{"id", "version"}}, "", x.config.WriteWithin)
	if refusedAs(err, missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]search.Version, len(out.Hits.Hits))
	for i, h := range out.Hits.Hits {
		list[i] = search.Version{ID: h.Source.ID, Version: h.Source.Version}
	}
	return slices.Clip(list), nil
}
