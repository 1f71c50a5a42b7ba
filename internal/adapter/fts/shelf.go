package fts

import (
	"context"
	"errors"
	"fmt"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"tradewind/internal/domain/search"
)

// shelf is one index: a file, its mirror, and what is remembered of both. Index
// has one, and a second one while it rebuilds.
type shelf struct {
	tokens *tokens // shared by shelves
	file   *file

	writing sync.Mutex // held by whoever writes, so that writes come one by one

	mu       sync.RWMutex // held to read or change what follows, not for writes to the file
	mirror   *mirror
	postings *postingCache
	results  *lru.Cache[string, search.Result] // nil remembers none
}

// openShelf opens the index at path; made says that it is empty because there
// was none that could be used.
func openShelf(path string, c Config, t *tokens) (s *shelf, made bool, err error) {
	f, made, err := openFile(path)
	if err != nil {
		return nil, false, err
	}
	s = &shelf{tokens: t, file: f, mirror: newMirror(), postings: newPostingCache(c.PostingsMB << 20)}
	if c.Results > 0 {
		s.results, _ = lru.New[string, search.Result](c.Results) // fails for sizes below 1 only
	}
	if err := f.load(s.mirror); err == nil {
		return s, made, nil
	} else if !unusable(err) {
		return nil, false, errors.Join(fmt.Errorf("fts.path %s: %w", path, err), f.close())
	}
	if err := errors.Join(f.close(), remove(path)); err != nil {
		return nil, false, fmt.Errorf("fts.path: %w", err)
	}
	s.mirror = newMirror()
	s.file, _, err = openFile(path)
	return s, true, err
}

// mostExtended is how many new documents are worth adding to the words that are
// remembered, rather than looking the words up again.
const mostExtended = 64

// put writes docs; those with a version below the one there is are skipped.
func (s *shelf) put(ctx context.Context, docs []search.Doc) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	changes, free := s.plan(docs)
	return s.apply(ctx, changes, free)
}

// remove writes a tombstone for id.
func (s *shelf) remove(ctx context.Context, id string, version int64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if v, ok := s.mirror.version(id); ok && v > version {
		return nil
	}
	c := change{id: id, version: version, at: noSlot, old: noSlot}
	if at, ok := s.mirror.byID[id]; ok {
		c.old = at
	}
	return s.apply(ctx, []change{c}, s.mirror.free)
}

// plan decides what to write for docs, and which free slots stay free. Reading the mirror without its lock is
// safe, because whoever writes it holds the lock that the caller holds, too.
func (s *shelf) plan(docs []search.Doc) (changes []change, free []uint32) {
	newest := map[string]int{}
	for i, d := range docs {
		if j, ok := newest[d.ID]; !ok || d.Version >= docs[j].Version {
			newest[d.ID] = i
		}
	}
	m := s.mirror
	free = m.free
	next := uint32(len(m.slots))
	for i, d := range docs {
		if v, ok := m.version(d.ID); newest[d.ID] != i || (ok && v > d.Version) {
			continue
		}
		print := fingerprint(d)
		c := change{id: d.ID, version: d.Version, old: noSlot, columns: columnsOf(d), record: pack(d, print)}
		old, ok := m.byID[d.ID]
		switch {
		case ok && m.slots[old].print == print:
			c.at, c.light = old, true
		case len(free) > 0:
			c.at, free = free[len(free)-1], free[:len(free)-1]
		default:
			c.at, next = next, next+1
		}
		if ok && !c.light {
			c.old = old
		}
		changes = append(changes, c)
	}
	return changes, free
}

// apply writes changes to the file and then shows them to searches.
func (s *shelf) apply(ctx context.Context, changes []change, free []uint32) error {
	if len(changes) == 0 {
		return nil
	}
	if err := s.file.write(ctx, changes); err != nil {
		return err
	}
	words, err := s.words(changes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mirror.free = free
	if words == nil {
		s.postings.purge()
	}
	for i, c := range changes {
		err = errors.Join(err, s.show(c))
		if words[i] != nil {
			s.postings.extend(c.at, words[i])
		}
	}
	s.mirror.sort()
	if s.mirror.tooManyDead() {
		s.postings.purge()
		s.mirror.recycle()
	}
	if s.results != nil {
		s.results.Purge()
	}
	return err
}

// words returns the words of each change, for the lists that are remembered;
// none if it is better to forget those.
func (s *shelf) words(changes []change) (map[int]map[string]float32, error) {
	heavy := 0
	for _, c := range changes {
		if c.at != noSlot && !c.light {
			heavy++
		}
	}
	if heavy > mostExtended {
		return nil, nil
	}
	words := map[int]map[string]float32{}
	if heavy == 0 {
		return words, nil
	}
	for i, c := range changes {
		if c.at == noSlot || c.light {
			continue
		}
		var err error
		if words[i], err = s.tokens.inDoc(c.columns); err != nil {
			return nil, err
		}
	}
	return words, nil
}

// show carries a written change over to the mirror.
func (s *shelf) show(c change) error {
	m := s.mirror
	if c.old != noSlot {
		m.drop(c.old)
	}
	if c.at == noSlot {
		m.deleted[c.id] = c.version
		return nil
	}
	return m.set(c.at, c.record, c.length)
}

func (s *shelf) close() error { return s.file.close() }
