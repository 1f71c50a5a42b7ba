package fts

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/search"
)

const benchProducts = 10_000

// A catalogue like a shop's: few words are in many products, most are in few.
func benchDocs() []search.Doc {
	r := rand.New(rand.NewPCG(3, 5))
	zipf := rand.NewZipf(r, 1.15, 8, 7999)
	words := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%s ", benchWord(int(zipf.Uint64())))
		}
		return b.String()
	}
	docs := make([]search.Doc, benchProducts)
	for i := range docs {
		brand, root, leaf := r.IntN(120), r.IntN(12), r.IntN(8)
		d := search.Doc{ID: fmt.Sprintf("prd_01JA2B3C4D%08d", i), Slug: fmt.Sprintf("product-number-%d", i), Version: 1,
			Title: words(6) + fmt.Sprintf("m%d-%dx", i%977, i), Brand: fmt.Sprintf("Brand %s", benchWord(7000+brand)), Description: words(45),
			Categories: []search.Ref{{ID: fmt.Sprint("c", root), Title: "Category " + benchWord(6000+root)}, {ID: fmt.Sprint("c", root, "-", leaf), Title: benchWord(6100 + leaf)}},
			SKUs:       []string{fmt.Sprintf("SKU-%06d", i), fmt.Sprintf("SKU-%06d-B", i)}, Barcodes: []string{fmt.Sprintf("40063813%05d", i)},
			Prices: map[string]int64{"EUR": int64(r.ExpFloat64() * 8000), "USD": int64(r.ExpFloat64() * 9000)}, CompareAt: map[string]int64{"EUR": 20000},
			Image: fmt.Sprintf("/media/%08x.jpg", i), ImageAlt: "picture of it", InStock: r.IntN(5) > 0, CreatedAt: time.Unix(int64(1_700_000_000+i), 0)}
		for a := range 8 {
			name := fmt.Sprint("attr", (root*3+a)%30)
			d.Attributes = append(d.Attributes, search.Attr{Name: name, Label: name, Text: fmt.Sprint("value", r.IntN(12)), Facet: true})
		}
		for a := range 2 {
			milli := int64(r.IntN(200)) * 100
			d.Attributes = append(d.Attributes, search.Attr{Name: fmt.Sprint("number", (root+a)%6), Unit: "cm", Text: search.Decimal(milli), Milli: &milli, Facet: true})
		}
		docs[i] = d
	}
	return docs
}

func benchWord(n int) string {
	const letters = "bcdfghklmnprtvwz"
	var b strings.Builder
	for range 3 {
		b.WriteByte(letters[n%16])
		b.WriteByte("aou"[n%3])
		n = n/16 + n%7
	}
	return b.String() + letters[n%16:n%16+1]
}

// benchQueries are 200 of one to three words, from no hits at all to most of
// the products; the benchmark reports how many.
func benchQueries(filtered bool) []search.Query {
	r := rand.New(rand.NewPCG(9, 9))
	var out []search.Query
	for i := range 200 {
		var words []string
		for range 1 + i%3 {
			words = append(words, benchWord(int(r.ExpFloat64()*float64(60/(1+i%3)))))
		}
		q := search.Query{Text: strings.Join(words, " "), Currency: "EUR", Sort: search.Relevance, Limit: 24, Facets: true}
		if filtered {
			q.MinMinor, q.MaxMinor, q.InStock = 1000, 20000, i%2 == 0
			q.Attributes = []search.AttrFilter{{Name: fmt.Sprint("attr", i%30), Values: []string{"value1", "value2", "value3"}, MinMilli: 1}}
			if i%4 == 0 {
				q.CategoryID = fmt.Sprint("c", i%12)
			}
		}
		out = append(out, q)
	}
	return out
}

func benchIndex(b *testing.B, results int) *Index {
	b.Helper()
	x := open(b, Config{Path: filepath.Join(b.TempDir(), "search.db"), PostingsMB: 24, Results: results})
	b.Cleanup(func() { x.Close() })
	docs := benchDocs()
	start := time.Now()
	err := x.Rebuild(b.Context(), func(string) ([]search.Doc, error) {
		n := min(500, len(docs))
		batch := docs[:n]
		docs = docs[n:]
		return batch, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("rebuilt %d products in %v", benchProducts, time.Since(start).Round(time.Millisecond))
	return x
}

// BenchmarkSearch mixes 200 queries with facets and 24 hits over 10,000
// products, in as many goroutines as there are processors. "cold" remembers no
// answers, only places of words; "warm" remembers answers, too.
func BenchmarkSearch(b *testing.B) {
	for _, results := range []int{0, 512} {
		x := benchIndex(b, results)
		for _, filtered := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/%s", map[int]string{0: "cold", 512: "warm"}[results], map[bool]string{false: "plain", true: "filtered"}[filtered]), func(b *testing.B) {
				benchSearch(b, x, benchQueries(filtered))
			})
		}
	}
}

func benchSearch(b *testing.B, x *Index, queries []search.Query) {
	var total, most int64
	for _, q := range queries { // what a running shop has seen before
		r, err := x.Search(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		total, most = total+r.Total, max(most, r.Total)
	}
	var mu sync.Mutex
	var times []time.Duration
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			start := time.Now()
			if _, err := x.Search(b.Context(), queries[int(next.Add(1))%len(queries)]); err != nil {
				b.Error(err)
			}
			mine = append(mine, time.Since(start))
		}
		mu.Lock()
		defer mu.Unlock()
		times = append(times, mine...)
	})
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(len(times))/b.Elapsed().Seconds(), "searches/s")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "p95-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(total)/float64(len(queries)), "hits/query")
	b.ReportMetric(float64(most), "most-hits")
}

// BenchmarkFirstSearch is a search for words that nobody searched for before.
func BenchmarkFirstSearch(b *testing.B) {
	x := benchIndex(b, 0)
	queries := benchQueries(false)
	for i := 0; b.Loop(); i++ {
		x.shelf.postings.purge()
		if _, err := x.Search(b.Context(), queries[i%len(queries)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad opens an index of 10,000 products, and tells what it keeps in memory.
func BenchmarkLoad(b *testing.B) {
	x := benchIndex(b, 512)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	s, _, err := openShelf(x.config.Path, x.config, x.tokens)
	if err != nil {
		b.Fatal(err)
	}
	kept := float64(heap()-before) / benchProducts
	s.close()
	for b.Loop() {
		s, _, err := openShelf(x.config.Path, x.config, x.tokens)
		if err != nil || s.mirror.live != benchProducts {
			b.Fatalf("loaded %d, %v", s.mirror.live, err)
		}
		s.close()
	}
	b.ReportMetric(kept, "heap-B/product")
}

// BenchmarkPut changes the words of one product, and BenchmarkPrice its price.
func BenchmarkPut(b *testing.B) {
	for name, change := range map[string]func(*search.Doc, int){
		"words": func(d *search.Doc, i int) { d.Description += fmt.Sprint(" changed ", i) },
		"price": func(d *search.Doc, i int) { d.Prices["EUR"] = int64(i) },
	} {
		b.Run(name, func(b *testing.B) {
			x := benchIndex(b, 512)
			docs := benchDocs()
			for i := 0; b.Loop(); i++ {
				d := docs[i%len(docs)]
				d.Version = int64(i + 2)
				change(&d, i)
				if err := x.Put(b.Context(), []search.Doc{d}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
