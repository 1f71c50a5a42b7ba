package fts

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"tradewind/internal/domain/search"
)

// The bounds of a query's text.
const (
	mostStems     = 24 // "dv7-1211ea" is two; the others are ignored
	mostTried     = 6  // words of which each is tried without
	fewHits       = 24 // fewer than that, and the last word may be unfinished
	shortestStart = 2  // letters of an unfinished word
	unfinished    = 0.5
)

// k1 and b are the parameters of bm25, the same as in FTS5 (www.sqlite.org/fts5.html).
const (
	k1 = 1.2
	b  = 0.75
)

// codeScore lifts documents with a code of the query above every other score.
const codeScore = 1 << 20

// word is a word of the query as the index knows it, and where it is. A document
// has it if it is in exact or, if that is not nil, in begins.
type word struct {
	typed  string
	exact  *postings
	begins *postings // words that begin like it
}

func (w word) size() int {
	if w.begins == nil {
		return w.exact.n
	}
	return w.exact.n + w.begins.n
}

// match finds the documents for text: their slots in x.found and scores in
// x.score. It returns the words that it had to leave out.
//
// Every word must be there. If that gives only a few documents, the last word
// may be the beginning of one; if none, words that no document has are left
// out, and then those that say least. Documents with a code of the query come
// first and need no other word.
func (s *shelf) match(ctx context.Context, text string, x *scratch) (left []string, err error) {
	typed, left := search.Words(text)
	coded, err := s.coded(ctx, typed)
	if err != nil {
		return nil, err
	}
	words, err := s.look(ctx, typed)
	if err != nil {
		return nil, err
	}
	s.all(words, x)
	if len(words) > 0 && len(x.found) < fewHits {
		if err := s.open(ctx, &words[len(words)-1], typed); err != nil {
			return nil, err
		}
		s.all(words, x)
	}
	if len(x.found) == 0 && len(coded) == 0 {
		left = append(s.relax(words, x), left...)
	}
	for _, at := range coded {
		if x.score[at] == 0 {
			x.found = append(x.found, at)
		}
		x.score[at] += codeScore
	}
	return left, nil
}

// look finds the places of words. Punctuation alone is no word.
func (s *shelf) look(ctx context.Context, typed []string) ([]word, error) {
	stems, err := s.tokens.of(typed)
	if err != nil {
		return nil, err
	}
	words := make([]word, 0, len(typed))
	seen := map[string]bool{}
	for i, t := range typed {
		for _, stem := range stems[i] {
			if seen[stem] || len(words) == mostStems {
				continue
			}
			seen[stem] = true
			p, err := s.places(ctx, "="+stem)
			if err != nil {
				return nil, err
			}
			if len(stems[i]) > 1 {
				t = stem
			}
			words = append(words, word{typed: t, exact: p})
		}
	}
	return words, nil
}

// open lets w, the last word of those typed, be the beginning of a longer one.
func (s *shelf) open(ctx context.Context, w *word, typed []string) error {
	start, err := s.tokens.fold(typed[len(typed)-1])
	if err != nil || utf8.RuneCountInString(start) < shortestStart {
		return err
	}
	w.begins, err = s.places(ctx, start+"*")
	return err
}

// places returns where a word ("=word") or the words with a beginning
// ("begin*") are.
func (s *shelf) places(ctx context.Context, key string) (*postings, error) {
	if p, ok := s.postings.get(key); ok {
		return p, nil
	}
	var g gathered
	var err error
	if word, exact := strings.CutPrefix(key, "="); exact {
		err = s.file.tally(ctx, &g, s.file.one, word)
	} else {
		start := key[:len(key)-1]
		err = s.file.tally(ctx, &g, s.file.prefix, start, start+"\U0010ffff")
		g.merge()
	}
	if err != nil {
		return nil, err
	}
	// What was written since is added by whoever wrote it; see postingCache.extend.
	p := g.pack(s.mirror)
	s.postings.put(key, p)
	return p, nil
}

// idf is FTS5's: a word in more than half of the documents still says a little.
func (s *shelf) idf(places int) float64 {
	n := float64(places)
	return max(1e-6, math.Log((float64(s.mirror.live)-n+0.5)/(n+0.5)))
}

// all leaves in x the documents that have every word, with their scores.
func (s *shelf) all(words []word, x *scratch) {
	x.forget()
	if len(words) == 0 {
		return
	}
	// The shortest list first: only its documents can have every word.
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b word) int { return a.size() - b.size() })
	average := float64(s.mirror.tokens) / float64(max(1, s.mirror.live))
	for i, w := range words {
		s.advance(w.exact, x, uint8(i), 1, average)
		s.advance(w.begins, x, uint8(i), unfinished, average)
	}
	for _, at := range x.touched {
		if int(x.step[at]) == len(words) && s.mirror.lengths[at] != 0 {
			x.found = append(x.found, at)
		} else {
			x.score[at] = 0
		}
	}
}

// advance takes the documents of list that have the first i words one further.
func (s *shelf) advance(list *postings, x *scratch, i uint8, weight, average float64) {
	if list == nil {
		return
	}
	gain := float32(weight * s.idf(list.n) * (k1 + 1))
	flat, slope := float32(k1*(1-b)), float32(k1*b/max(1, average))
	list.each(func(at, times uint32) {
		if x.step[at] != i {
			return
		}
		if i == 0 {
			x.touched = append(x.touched, at)
		}
		x.step[at] = i + 1
		tf := float32(times)
		x.score[at] += gain * tf / (tf + flat + slope*float32(s.mirror.lengths[at]))
	})
}

// relax leaves out words until something is found, and returns them as typed.
func (s *shelf) relax(words []word, x *scratch) []string {
	kept := slices.DeleteFunc(slices.Clone(words), func(w word) bool { return w.size() == 0 })
	for s.all(kept, x); len(x.found) == 0 && len(kept) > 0; s.all(kept, x) {
		kept = s.without(kept, x)
	}
	if len(kept) == 0 {
		return nil // nothing helped, so nothing was left out
	}
	var left []string
	for _, w := range words {
		if !slices.ContainsFunc(kept, func(k word) bool { return k.exact == w.exact }) {
			left = append(left, w.typed)
		}
	}
	return left
}

// without leaves out one of words: if it helps, the one that says least among
// those that help, and otherwise the one that says least of all.
func (s *shelf) without(words []word, x *scratch) []word {
	order := slices.Clone(words)
	slices.SortStableFunc(order, func(a, b word) int { return b.size() - a.size() })
	drop := func(out word) []word {
		return slices.DeleteFunc(slices.Clone(words), func(w word) bool { return w.exact == out.exact })
	}
	if len(words) <= mostTried {
		for _, out := range order {
			rest := drop(out)
			if s.all(rest, x); len(x.found) > 0 {
				return rest
			}
		}
	}
	return drop(order[0])
}

// coded returns the slots of documents with a code that is in the query.
func (s *shelf) coded(ctx context.Context, typed []string) ([]uint32, error) {
	var codes []uint64
	for _, c := range search.CodesIn(typed) {
		codes = append(codes, hashCode(c))
	}
	if len(codes) == 0 {
		return nil, nil
	}
	slots, err := s.file.coded(ctx, codes)
	return slices.DeleteFunc(slots, func(at uint32) bool { return !s.mirror.has(at) }), err
}
