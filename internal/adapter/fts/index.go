package fts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tradewind/internal/domain/search"
)

// Index is the embedded search.Index. It is safe for concurrent use by one
// process; the file is not to be shared.
type Index struct {
	// Fresh says that Open found no index that it could use, so that the caller
	// should Rebuild it.
	Fresh bool

	config Config
	temp   string // folder to remove at the end, for an index without a path
	tokens *tokens

	mu    sync.RWMutex // held to read or exchange the shelf
	shelf *shelf

	rebuilding sync.Mutex // held by Rebuild
	missing    *[]write   // what was written since Rebuild began; nil if it does not run
	writing    sync.Mutex // held by Put and Delete, and by Rebuild as it ends
}

// write is a Put or, with no docs, a Delete.
type write struct {
	docs    []search.Doc
	id      string
	version int64
}

var _ search.Index = (*Index)(nil)

// Open opens the index at c.Path, or makes an empty one. Path "" makes one that
// is gone after Close.
func Open(c Config) (*Index, error) {
	x := &Index{config: c}
	if c.Path == "" {
		dir, err := os.MkdirTemp("", "tradewind-fts-")
		if err != nil {
			return nil, fmt.Errorf("fts.path is empty, so a temporary folder is needed: %w", err)
		}
		x.temp, x.config.Path = dir, filepath.Join(dir, "search.db")
	}
	x.config.PostingsMB = max(x.config.PostingsMB, 1)
	err := os.MkdirAll(filepath.Dir(x.config.Path), 0o755)
	if err == nil {
		err = remove(x.next()) // what a killed Rebuild left
	}
	if err == nil {
		x.tokens, err = openTokens()
	}
	if err == nil {
		x.shelf, x.Fresh, err = openShelf(x.config.Path, x.config, x.tokens)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open search index: %w", err), x.Close())
	}
	return x, nil
}

// next is where Rebuild builds.
func (x *Index) next() string { return x.config.Path + ".next" }

// Put implements search.Index. Changes of prices and stock alone are cheap.
func (x *Index) Put(ctx context.Context, docs []search.Doc) error {
	for _, d := range docs {
		if err := d.Check(); err != nil {
			return err
		}
	}
	if len(docs) == 0 {
		return nil
	}
	return x.write(ctx, write{docs: slices.Clone(docs)})
}

// Delete implements search.Index.
func (x *Index) Delete(ctx context.Context, id string, version int64) error {
	return x.write(ctx, write{id: id, version: version})
}

// write writes w, and notes it for Rebuild if that runs.
func (x *Index) write(ctx context.Context, w write) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.shelf == nil {
		return errClosed
	}
	if err := w.to(ctx, x.shelf); err != nil {
		return err
	}
	if x.missing != nil {
		*x.missing = append(*x.missing, w)
	}
	return nil
}

func (w write) to(ctx context.Context, s *shelf) error {
	if w.docs == nil {
		return s.remove(ctx, w.id, w.version)
	}
	return s.put(ctx, w.docs)
}

// Search implements search.Index. The code of a bad query is "bad-query", and
// its field names what is wrong.
func (x *Index) Search(ctx context.Context, q search.Query) (search.Result, error) {
	if err := ctx.Err(); err != nil {
		return search.Result{}, err
	}
	if q.Sort == "" {
		q.Sort = search.Relevance
	}
	if err := q.Check(); err != nil {
		return search.Result{}, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.shelf == nil {
		return search.Result{}, errClosed
	}
	return x.shelf.search(ctx, q)
}

var errClosed = errors.New("search index is closed")

// answer is a result that is remembered, when it was found, and of how many
// documents.
type answer struct {
	search.Result
	at   time.Time
	of   int
	then uint64 // the shelf's changes
}

// An answer made of many documents may be older than the last change: for so
// long that finding it again and again takes a small part of a processor, 2 to
// 10 % where a document took 0.1 to 0.4 µs.
const (
	many    = 20_000
	perMany = 4 * time.Microsecond
)

func (a *answer) holds(now time.Time, changes uint64) bool {
	return a.then == changes || a.of >= many && now.Sub(a.at) < time.Duration(a.of)*perMany
}

// search answers from what is remembered, or finds and remembers.
func (s *shelf) search(ctx context.Context, q search.Query) (search.Result, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.results == nil {
		a, err := s.find(ctx, q)
		return a.Result, err
	}
	key := keyOf(q)
	if a, ok := s.results.Get(key); ok && a.holds(time.Now(), s.changes) {
		return copyOf(a.Result), nil
	}
	a, err := s.find(ctx, q)
	if err != nil {
		return search.Result{}, err
	}
	// Nobody can have changed the index meanwhile: the lock is held.
	a.at, a.then = time.Now(), s.changes
	s.results.Add(key, a)
	return copyOf(a.Result), nil
}

// keyOf names a query; queries that differ in blanks have one name.
func keyOf(q search.Query) string {
	var p packer
	p.text(strings.Join(strings.Fields(q.Text), " "))
	p.text(q.Currency)
	p.text(q.CategoryID)
	p.text(string(q.Sort))
	p.int(q.MinMinor)
	p.int(q.MaxMinor)
	p.int(int64(q.Limit))
	p.truth(q.InStock)
	p.truth(q.Facets)
	p.truth(q.After != nil)
	if q.After != nil {
		p.int(q.After.Key)
		p.text(q.After.ID)
	}
	p.count(len(q.Brands))
	for _, b := range q.Brands {
		p.text(b)
	}
	for _, a := range q.Attributes {
		p.text(a.Name)
		p.int(a.MinMilli)
		p.int(a.MaxMilli)
		p.count(len(a.Values))
		for _, v := range a.Values {
			p.text(v)
		}
	}
	return string(p.b)
}

// copyOf lets the caller change what it gets.
func copyOf(r search.Result) search.Result {
	r.Hits = slices.Clone(r.Hits)
	r.Facets = slices.Clone(r.Facets)
	for i := range r.Facets {
		r.Facets[i].Values = slices.Clone(r.Facets[i].Values)
	}
	return r
}

// Rebuild implements search.Index. It builds a file beside the one in use, adds
// what was put and deleted meanwhile, and exchanges the two. After an error the
// old index is still there. Only one can run; others wait. One that follows an
// interrupted one begins anew: the file beside is removed when the program opens.
func (x *Index) Rebuild(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	if err := remove(x.next()); err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	fresh, _, err := openShelf(x.next(), x.config, x.tokens)
	if err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	x.writing.Lock()
	x.missing = new([]write)
	x.writing.Unlock()
	err = fresh.fill(ctx, next)

	x.writing.Lock()
	defer x.writing.Unlock()
	missed := *x.missing
	x.missing = nil
	for _, w := range missed {
		if err == nil {
			err = w.to(ctx, fresh)
		}
	}
	if err == nil {
		err = x.exchange(fresh)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("rebuild search index: %w", err), fresh.close(), remove(x.next()))
	}
	return nil
}

// Forget implements search.Index: there is nothing to forget.
func (x *Index) Forget(context.Context) error { return nil }

func (s *shelf) fill(ctx context.Context, next func(after string) ([]search.Doc, error)) error {
	after := ""
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		docs, err := next(after)
		if err != nil {
			return err
		}
		if len(docs) == 0 {
			return s.file.tidy(ctx)
		}
		for _, d := range docs {
			if err := d.Check(); err != nil {
				return err
			}
		}
		if err := s.put(ctx, docs); err != nil {
			return err
		}
		after = docs[len(docs)-1].ID
	}
}

// exchange puts fresh into the place of the shelf in use. Searches wait while
// the files are closed, renamed and opened, some milliseconds.
func (x *Index) exchange(fresh *shelf) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.shelf == nil {
		return errClosed
	}
	err := errors.Join(fresh.file.close(), x.shelf.file.close(), removeLogs(x.config.Path))
	if err == nil {
		err = os.Rename(x.next(), x.config.Path)
	}
	if err != nil {
		return x.reopen(x.shelf, err)
	}
	if err := x.reopen(fresh, nil); err != nil {
		return err
	}
	x.shelf, x.Fresh = fresh, false
	return nil
}

// reopen opens the file of a shelf again, whose mirror is still good.
func (x *Index) reopen(s *shelf, cause error) error {
	f, _, err := openFile(x.config.Path)
	if err == nil {
		s.file = f
	}
	return errors.Join(cause, err)
}

// Size implements search.Index.
func (x *Index) Size(context.Context) (int64, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.shelf == nil {
		return 0, errClosed
	}
	x.shelf.mu.RLock()
	defer x.shelf.mu.RUnlock()
	return int64(x.shelf.mirror.live), nil
}

// Close implements search.Index. It waits for searches and writes to end.
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	var err error
	if x.shelf != nil {
		err = x.shelf.close()
		x.shelf = nil
	}
	if x.tokens != nil {
		err = errors.Join(err, x.tokens.close())
		x.tokens = nil
	}
	if x.temp != "" {
		err = errors.Join(err, os.RemoveAll(x.temp))
	}
	return err
}

// Versions implements search.Index.
func (x *Index) Versions(ctx context.Context, after string, n int) ([]search.Version, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.shelf == nil {
		return nil, errClosed
	}
	return x.shelf.file.versions(ctx, after, n)
}
