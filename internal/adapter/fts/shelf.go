package fts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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
	cards    *lru.Cache[uint32, card]   // by slot
	results  *lru.Cache[string, answer] // nil remembers none
	changes  uint64                     // how many writes there were
	turns    chan struct{}              // a place for each search that may run: it takes 10 bytes a document
}

// rememberedCards are about 450 bytes each.
const rememberedCards = 4096

// openShelf opens the index at path; made says that it is empty because there
// was none that could be used.
func openShelf(path string, c Config, t *tokens) (s *shelf, made bool, err error) {
	f, made, err := openFile(path)
	if err != nil {
		return nil, false, err
	}
	s = &shelf{tokens: t, file: f, mirror: newMirror(), postings: newPostingCache(c.PostingsMB << 20), turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	s.cards, _ = lru.New[uint32, card](rememberedCards) // fails for sizes below 1 only
	if c.Results > 0 {
		s.results, _ = lru.New[string, answer](c.Results)
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
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	known, err := s.file.find(ctx, ids)
	if err != nil {
		return err
	}
	changes, free := s.plan(docs, known)
	return s.apply(ctx, changes, free)
}

// remove writes a tombstone for id.
func (s *shelf) remove(ctx context.Context, id string, version int64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	known, err := s.file.find(ctx, []string{id})
	if err != nil {
		return err
	}
	c := change{id: id, version: version, at: noSlot, old: noSlot}
	if is, ok := known[id]; ok {
		if is.version > version {
			return nil
		}
		c.old = is.slot
	}
	return s.apply(ctx, []change{c}, s.mirror.free)
}

// plan decides what to write for docs, and which free slots stay free. Reading
// the mirror without its lock is safe, because whoever writes it holds the lock
// that the caller holds, too.
func (s *shelf) plan(docs []search.Doc, known map[string]stored) (changes []change, free []uint32) {
	newest := map[string]int{}
	for i, d := range docs {
		if j, ok := newest[d.ID]; !ok || d.Version >= docs[j].Version {
			newest[d.ID] = i
		}
	}
	free = s.mirror.free
	next := uint32(len(s.mirror.lengths))
	for i, d := range docs {
		is, ok := known[d.ID]
		if newest[d.ID] != i || (ok && is.version > d.Version) {
			continue
		}
		c := change{id: d.ID, version: d.Version, print: int64(fingerprint(d)), old: noSlot, record: pack(d)}
		if there := ok && is.slot != noSlot; there && is.print == c.print {
			c.at, c.light = is.slot, true
		} else {
			c.columns, c.codes = columnsOf(d), codesOf(d)
			for _, ref := range d.Categories {
				c.categories = append(c.categories, ref.ID)
			}
			if there {
				c.old = is.slot
			}
			if c.used = len(free) > 0; c.used {
				c.at, free = free[len(free)-1], free[:len(free)-1]
			} else {
				c.at, next = next, next+1
			}
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
	s.changes++
	return err
}

// words returns the words of each change, for the lists that are remembered;
// none if it is better to forget those.
func (s *shelf) words(changes []change) (map[int]map[string]uint32, error) {
	heavy := 0
	for _, c := range changes {
		if c.at != noSlot && !c.light {
			heavy++
		}
	}
	if heavy > mostExtended {
		return nil, nil
	}
	words := map[int]map[string]uint32{}
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
		for _, id := range c.categories {
			words[i][wordOfCategory(id)] = 1
		}
	}
	return words, nil
}

// show carries a written change over to the mirror.
func (s *shelf) show(c change) error {
	if c.old != noSlot {
		s.mirror.drop(c.old)
		s.cards.Remove(c.old)
	}
	if c.at == noSlot {
		return nil
	}
	s.cards.Remove(c.at)
	if c.light {
		return s.mirror.reoffer(c.at, c.record)
	}
	return s.mirror.set(c.at, c.record, c.length)
}

func (s *shelf) close() error { return s.file.close() }
