package opensearch

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tradewind/internal/domain/search"
)

// The bounds of a query's text, those of the embedded engine.
const (
	mostParts     = 24 // "dv7-1211ea" is two; the others are ignored
	mostTried     = 6  // words of which each is tried without
	fewHits       = 24 // fewer than that, and the last word may be unfinished
	shortestStart = 2  // letters of an unfinished word
)

// codeScore lifts documents with a code of the query above every other score,
// and leaves those their order: a score has 24 bits.
const codeScore = 1 << 14

// plan is what to look for: nothing, codes, and words that must all be there.
type plan struct {
	codes []string
	words []m // clauses
	left  []string
}

// word is a part of a query as it was typed.
type word struct {
	typed  string
	clause m
	found  int64 // documents with it
}

// planned decides which words a document must have. Every word must be there.
// If that gives only a few documents, the last word may be the beginning of
// one; if none, words that no document has are left out, and then those that say
// least. Documents with a code of the query come first and need no word.
func (x *Index) planned(ctx context.Context, text string) (plan, error) {
	typed, left := search.Words(text)
	p := plan{codes: search.CodesIn(typed), left: left}
	words := partsOf(typed)
	if len(words) == 0 {
		return p, nil
	}
	open := slices.Clone(words)
	if last := &open[len(open)-1]; len([]rune(last.typed)) >= shortestStart {
		last.clause = m{"dis_max": m{"queries": []m{last.clause, begins(last.typed)}}}
	}
	ask := []m{all(words), all(open), p.coded()}
	for _, w := range open {
		ask = append(ask, w.clause)
	}
	n, err := x.counts(ctx, text, ask)
	if err != nil {
		return p, err
	}
	if n[0] >= fewHits {
		p.words = clauses(words)
		return p, nil
	}
	if n[1] > 0 || n[2] > 0 {
		p.words = clauses(open)
		return p, nil
	}
	for i := range open {
		open[i].found = n[3+i]
	}
	kept, err := x.relaxed(ctx, text, open)
	p.words, p.left = clauses(kept), append(without(open, kept), left...)
	return p, err
}

// nothing reports whether a plan cannot find anything.
func (p plan) nothing() bool { return len(p.words) == 0 && len(p.codes) == 0 }

// query is the plan as a clause.
func (p plan) query() m {
	coded := m{"constant_score": m{"filter": p.coded(), "boost": codeScore}}
	switch {
	case len(p.codes) == 0:
		return m{"bool": m{"must": p.words}}
	case len(p.words) == 0:
		return coded
	}
	return m{"bool": m{"should": []m{{"bool": m{"must": p.words}}, coded}, "minimum_should_match": 1}}
}

func (p plan) coded() m {
	return m{"terms": m{"codes": append([]string{}, p.codes...)}}
}

// partsOf splits words where the index does. Punctuation alone is no word.
func partsOf(typed []string) []word {
	var out []word
	seen := map[string]bool{}
	for _, t := range typed {
		for part := range strings.FieldsFuncSeq(t, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }) {
			if key := strings.ToLower(part); !seen[key] && len(out) < mostParts {
				seen[key] = true
				out = append(out, word{typed: part, clause: has(part)})
			}
		}
	}
	return out
}

// has finds documents with a word in any of its forms.
func has(word string) m {
	return m{"multi_match": m{"query": word, "type": "best_fields", "fields": weights, "operator": "and", "tie_breaker": 0.3}}
}

// begins finds documents with a word that begins like this one.
func begins(start string) m {
	return m{"multi_match": m{"query": start, "type": "bool_prefix", "fields": weights, "analyzer": "folded", "boost": 0.5}}
}

func clauses(words []word) []m {
	out := make([]m, len(words))
	for i, w := range words {
		out[i] = w.clause
	}
	return out
}

func all(words []word) m { return m{"bool": m{"filter": clauses(words)}} }

// without returns those words that are not kept, as they were typed; none if
// nothing is kept, since then leaving out did not help.
func without(words, kept []word) (left []string) {
	for _, w := range words {
		if len(kept) > 0 && !slices.ContainsFunc(kept, func(k word) bool { return k.typed == w.typed }) {
			left = append(left, w.typed)
		}
	}
	return left
}

// relaxed returns the words that are left when words are left out until
// something is found: if one is enough, the one that says least among those
// that help, and otherwise one after the other that says least.
func (x *Index) relaxed(ctx context.Context, text string, words []word) ([]word, error) {
	kept := slices.DeleteFunc(slices.Clone(words), func(w word) bool { return w.found == 0 })
	var tries [][]word
	for len(kept) > 0 {
		tries = append(tries, kept)
		order := slices.Clone(kept)
		slices.SortStableFunc(order, func(a, b word) int { return cmp.Compare(b.found, a.found) })
		drop := func(out word) []word {
			return slices.DeleteFunc(slices.Clone(kept), func(w word) bool { return w.typed == out.typed })
		}
		if len(kept) <= mostTried {
			for _, out := range order {
				tries = append(tries, drop(out))
			}
		}
		kept = drop(order[0])
	}
	if len(tries) == 0 {
		return nil, nil
	}
	ask := make([]m, len(tries))
	for i, t := range tries {
		ask[i] = all(t)
	}
	n, err := x.counts(ctx, text, ask)
	if err != nil {
		return nil, err
	}
	for i, t := range tries {
		if n[i] > 0 && len(t) > 0 {
			return t, nil
		}
	}
	return nil, nil
}

// counts returns how many documents each clause finds.
func (x *Index) counts(ctx context.Context, text string, clauses []m) ([]int64, error) {
	filters := m{}
	for i, c := range clauses {
		filters["n"+strconv.Itoa(i)] = m{"bool": m{"filter": []m{here(), c}}}
	}
	out, err := x.ask(ctx, m{"size": 0, "track_total_hits": false, "aggs": m{"n": m{"filters": m{"filters": filters}}}}, text, x.config.SearchWithin)
	if err != nil {
		return nil, err
	}
	n := make([]int64, len(clauses))
	for i := range n {
		n[i] = out.Aggs["n"].Named["n"+strconv.Itoa(i)].Count
	}
	return n, nil
}
