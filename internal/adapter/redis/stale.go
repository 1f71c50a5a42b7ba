package redis

import (
	"sync"
	"time"
)

// mostStale bounds how many keys are remembered that the server was not told
// of. With more of them all keys count as stale until the last one's time is over.
const mostStale = 50_000

// stale are the documents that this process has forgotten and the server may not have.
type stale struct {
	mu    sync.Mutex
	marks map[string]mark
	n     int64
	blind time.Time // until then everything is stale
}

// mark tells one forgetting of a key from the next.
type mark struct {
	n     int64
	until time.Time // then what may be kept under the key is over anyway
}

func (s *stale) has(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.blind) {
		return true
	}
	m, ok := s.marks[key]
	return ok && now.Before(m.until)
}

func (s *stale) add(key string, until time.Time) mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.marks == nil {
		s.marks = map[string]mark{}
	}
	if len(s.marks) >= mostStale {
		for _, m := range s.marks {
			if m.until.After(s.blind) {
				s.blind = m.until
			}
		}
		clear(s.marks)
	}
	s.n++
	m := mark{s.n, until}
	s.marks[key] = m
	return m
}

// told takes a mark away that the server knows of, unless the key was forgotten
// again since.
func (s *stale) told(key string, m mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.marks[key] == m {
		delete(s.marks, key)
	}
}

// list are the marks that count; those whose time is over are dropped.
func (s *stale) list(now time.Time) map[string]mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]mark, len(s.marks))
	for key, m := range s.marks {
		if !now.Before(m.until) {
			delete(s.marks, key)
			continue
		}
		out[key] = m
	}
	return out
}
