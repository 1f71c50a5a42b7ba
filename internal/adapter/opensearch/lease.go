package opensearch

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
)

// progress is how far a rebuild has come. The cluster keeps it in the only
// document of an index beside; whoever wrote that last rebuilds, alone. After
// Until anybody may, and goes on from there.
type progress struct {
	Owner   string `json:"owner"` // made up for each rebuild
	Until   int64  `json:"until"` // milliseconds of Unix time; 0 if nobody rebuilds
	Made    string `json:"made"`  // the edition that fills Fresh
	Fresh   string `json:"fresh"` // the index that is filled; "" for none
	FreshID string `json:"fresh_id"`
	Old     string `json:"old"` // the one that it shall replace
	OldID   string `json:"old_id"`
	Copied  int64  `json:"copied"` // every write to Old up to that number was before Fresh was begun, or copied
	After   string `json:"after"`  // the last document that is in Fresh
}

// lease is the right to rebuild. Each write of the progress makes it longer, and
// fails once another has it.
type lease struct {
	progress
	index     *Index
	seq, term int64 // of the document as it was read or written last; term 0 if there was none
}

// lease is the name of the index that keeps the progress; no ident makes it.
func (x *Index) lease() string { return x.alias + "-rebuild" }

func (x *Index) progress() string { return "/" + x.lease() + "/_doc/now" }

// leased is how long a rebuild may be silent: three requests that take as long
// as they may, and ten seconds at least.
func (x *Index) leased() time.Duration { return max(3*x.config.WriteWithin, 10*time.Second) }

// take takes the lease, unless somebody has it.
func (x *Index) take(ctx context.Context) (*lease, error) {
	l, err := x.holder(ctx)
	if err != nil {
		return nil, err
	}
	if until := time.UnixMilli(l.Until); until.After(x.now()) {
		return nil, running(until)
	}
	l.Owner = ident.New()
	if err = l.save(ctx); fault.Code(err) == search.RebuildTaken {
		return nil, running(x.now().Add(x.leased()))
	}
	return l, err
}

// holder reads what is noted now.
func (x *Index) holder(ctx context.Context) (*lease, error) {
	var out struct {
		Seq    int64    `json:"_seq_no"`
		Term   int64    `json:"_primary_term"`
		Source progress `json:"_source"`
	}
	err := x.admin(ctx, http.MethodGet, x.progress(), nil, &out)
	if refusedAs(err, missing) {
		err = x.admin(ctx, http.MethodPut, "/"+x.lease(), m{"settings": m{"number_of_shards": 1, "auto_expand_replicas": "0-1"},
			"mappings": m{"dynamic": false}}, nil)
		if refusedAs(err, "resource_already_exists_exception") {
			err = x.admin(ctx, http.MethodGet, x.progress(), nil, &out)
		}
	}
	if err != nil && !absent(err) {
		return nil, err
	}
	return &lease{progress: out.Source, index: x, seq: out.Seq, term: out.Term}, nil
}

// save writes the progress, which makes the lease longer.
func (l *lease) save(ctx context.Context) error {
	l.Until = l.index.now().Add(l.index.leased()).UnixMilli()
	return l.write(ctx)
}

// hold makes the lease longer unless it lasts long enough for two requests.
func (l *lease) hold(ctx context.Context) error {
	if time.UnixMilli(l.Until).Sub(l.index.now()) > 2*l.index.config.WriteWithin {
		return nil
	}
	return l.save(ctx)
}

// release lets anybody else go on at once, also if ctx has ended.
func (l *lease) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.index.config.WriteWithin)
	defer cancel()
	l.Until = 0
	return l.write(ctx)
}

// write writes the progress if it is still what was read or written last. Our
// own write, whose answer was lost, stands in the way of its repeat; that is no
// other's.
func (l *lease) write(ctx context.Context) error {
	for {
		path := l.index.progress() + "?op_type=create"
		if l.term > 0 {
			path = l.index.progress() + "?if_seq_no=" + strconv.FormatInt(l.seq, 10) + "&if_primary_term=" + strconv.FormatInt(l.term, 10)
		}
		var out struct {
			Seq  int64 `json:"_seq_no"`
			Term int64 `json:"_primary_term"`
		}
		err := l.index.admin(ctx, http.MethodPut, path, l.progress, &out)
		if err == nil {
			l.seq, l.term = out.Seq, out.Term
			return nil
		}
		if refusedAs(err, missing) { // somebody has removed it
			return taken(err)
		}
		if !refusedAs(err, "version_conflict_engine_exception") {
			return err
		}
		now, e := l.index.holder(ctx)
		if e != nil {
			return e
		}
		if now.term == 0 || now.Owner != l.Owner {
			return taken(err)
		}
		if l.seq, l.term = now.seq, now.term; now.progress == l.progress {
			return nil
		}
	}
}

func running(until time.Time) error {
	return fault.New(fault.Conflict, search.RebuildRunning, "Another process rebuilds the search index. Should it have died, another rebuild can go on after %s.",
		until.UTC().Format("15:04:05 MST"))
}

func taken(cause error) error {
	return fault.New(fault.Conflict, search.RebuildTaken, "Another process has taken over this rebuild of the search index, since it was silent for long.").Because(cause)
}
