// Package indextest is the conformance suite of search.Index: what shoppers and
// the worker that fills it rely on, whichever engine it is. It imports search,
// money and fault.
package indextest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
)

// Run tests an index. open makes an empty one.
func Run(t *testing.T, open func(t *testing.T) search.Index) {
	tests := map[string]func(suite){
		"clear cases rank as a shopper expects":     suite.ranking,
		"words match in any form":                   suite.forms,
		"all words first, then fewer, and says so":  suite.relaxed,
		"the last word may be unfinished":           suite.prefix,
		"a code matches however it is typed":        suite.codes,
		"hits show what was put":                    suite.hits,
		"facets and hits agree with counting":       suite.oracle,
		"a choice does not narrow its own facet":    suite.disjunctive,
		"ranges have both ends":                     suite.ranges,
		"a put is visible to the next search":       suite.visible,
		"late writes change nothing":                suite.late,
		"the same again changes nothing":            suite.again,
		"rebuild replaces everything":               suite.rebuild,
		"rebuild keeps what is written meanwhile":   suite.rebuildWrites,
		"a rebuild that fails changes nothing":      suite.rebuildFails,
		"a rebuild follows an interrupted one":      suite.rebuildAgain,
		"searches go on during rebuilds and writes": suite.concurrent,
		"a query's text is data":                    suite.hostile,
		"bad queries have a code":                   suite.bad,
		"products without a price are not found":    suite.currency,
		"attributes may be called anything":         suite.names,
		"versions list what is there":               suite.versions,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			x := open(t)
			test(suite{x, t})
			if err := x.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

type suite struct {
	search.Index
	t *testing.T
}

func (s suite) put(docs ...search.Doc) {
	s.t.Helper()
	if err := s.Put(s.t.Context(), docs); err != nil {
		s.t.Fatalf("Put: %v", err)
	}
}

func (s suite) search(q search.Query) search.Result {
	s.t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Currency == "" {
		q.Currency = "EUR"
	}
	if q.Sort == "" {
		q.Sort = search.Relevance
	}
	r, err := s.Search(s.t.Context(), q)
	if err != nil {
		s.t.Fatalf("Search(%q): %v", short(q.Text), err)
	}
	return r
}

func (s suite) size(want int64) {
	s.t.Helper()
	if n, err := s.Size(s.t.Context()); err != nil || n != want {
		s.t.Errorf("Size = %d, %v, want %d", n, err, want)
	}
}

// ids joins the ids of hits.
func ids(r search.Result) string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return strings.Join(out, " ")
}

// finds checks the hits of a text, in order, and what was left out.
func (s suite) finds(text, want, relaxed string) {
	s.t.Helper()
	r := s.search(search.Query{Text: text})
	if got := ids(r); got != want || r.Relaxed != relaxed || r.Total != int64(len(r.Hits)) {
		s.t.Errorf("%q finds %q, total %d, without %q; want %q without %q", text, got, r.Total, r.Relaxed, want, relaxed)
	}
}

func short(text string) string { return text[:min(len(text), 40)] }

// doc is a product of 10.00 EUR.
func doc(id, title, brand, description string) search.Doc {
	return search.Doc{ID: id, Slug: id + "-slug", Title: title, Brand: brand, Description: description, Version: 1, InStock: true,
		Prices: map[string]int64{"EUR": 1000}, CreatedAt: time.Unix(1_700_000_000, 0)}
}

// shop is a set of which nobody doubts what should come first.
func shop() []search.Doc {
	docs := []search.Doc{
		doc("cam", "Lumex Z5 camera", "Lumex", "Takes pictures."),
		doc("bag", "Travel bag", "Carry", "Holds a camera, a laptop and more things than one would think, with pockets for everything."),
		doc("mug", "Blue mug", "Potter", "A mug made of clay."),
		doc("shirt", "Running shirts for men", "Swift", "Cotton."),
		doc("tea", "Tea pot", "Potter", "Goes with the blue mug."),
		doc("laptop", "Pavilion dv7-1211ea notebook", "Hewlett", "17 inch."),
		doc("sofa", "Größe Couch", "Möbel", "Sofa für die ganze Familie."),
	}
	docs[5].SKUs, docs[5].Barcodes = []string{"NV-123 456/B"}, []string{"4006381333931"}
	return docs
}

func (s suite) ranking() {
	s.put(shop()...)
	s.finds("camera", "cam bag", "")     // title before description
	s.finds("mug", "mug tea", "")        // title and description before description
	s.finds("potter mug", "mug tea", "") // brand and title
	s.finds("blue mug", "mug tea", "")   //
	s.finds("laptop camera", "bag", "")  // all words
	s.finds("zeppelin", "", "")
	s.finds(" \t ", "bag cam laptop mug shirt sofa tea", "") // nothing asked: everything, by id
}

func (s suite) forms() {
	s.put(shop()...)
	for _, text := range []string{"shirt", "SHIRTS", "runs shirt", "  running,shirts! "} {
		s.finds(text, "shirt", "")
	}
	for _, text := range []string{"größe", "grosse couch", "GROßE", "couch mobel"} {
		if r := s.search(search.Query{Text: text}); ids(r) != "sofa" {
			s.t.Errorf("%q finds %q, want the sofa", text, ids(r))
		}
	}
}

func (s suite) relaxed() {
	s.put(shop()...)
	s.finds("blue zeppelin mug", "mug tea", "zeppelin")
	s.finds("pot couch mug", "tea", "couch") // tea is the only one with two of them
	s.finds("camera couch", "sofa", "camera")
	r := s.search(search.Query{Text: strings.Repeat("mug ", 100) + strings.Repeat("tea ", 100)})
	if ids(r) == "" {
		s.t.Error("two hundred words find nothing")
	}
}

func (s suite) prefix() {
	s.put(shop()...)
	s.finds("cam", "cam bag", "")
	s.finds("blue mu", "mug tea", "")
	s.finds("pavil", "laptop", "")
	s.finds("pavil notebook", "laptop", "pavil") // only the last word may be
	s.finds("hew", "laptop", "")
}

func (s suite) codes() {
	docs := shop()
	docs = append(docs, doc("spare", "Battery", "Other", "For dv7 1211ea and dv7-1211ea and the notebook dv7 1211ea."))
	s.put(docs...)
	for _, text := range []string{"dv7-1211ea", "dv7 1211ea", "DV71211EA", "dv7/1211-EA", "hewlett dv7-1211ea", "nv123456b", "NV-123 456/B", "4006381333931"} {
		r := s.search(search.Query{Text: text})
		if len(r.Hits) == 0 || r.Hits[0].ID != "laptop" || r.Relaxed != "" {
			s.t.Errorf("%q finds %q without %q, want the laptop first", text, ids(r), r.Relaxed)
		}
	}
	changed := docs[5]
	changed.SKUs, changed.Version = []string{"ZZ-9"}, 2
	s.put(changed)
	s.finds("nv123456b", "", "")
}

func (s suite) hits() {
	d := doc("a", "Mug", "Potter", "")
	d.Image, d.ImageAlt, d.CompareAt, d.InStock = "/a.jpg", "a mug", map[string]int64{"EUR": 1500}, false
	d.Prices["USD"] = 1100
	s.put(d)
	want := search.Hit{ID: "a", Slug: "a-slug", Title: "Mug", Brand: "Potter", Image: "/a.jpg", ImageAlt: "a mug", Minor: 1000, CompareAt: 1500}
	r := s.search(search.Query{})
	if len(r.Hits) != 1 {
		s.t.Fatalf("found %d, want 1", len(r.Hits))
	}
	got := r.Hits[0]
	if got.Cursor.ID != "a" {
		s.t.Errorf("cursor is %+v", got.Cursor)
	}
	if got.Cursor = (search.Cursor{}); got != want {
		s.t.Errorf("hit is %+v, want %+v", got, want)
	}
	if r := s.search(search.Query{Currency: "USD"}); r.Hits[0].Minor != 1100 || r.Hits[0].CompareAt != 0 {
		s.t.Errorf("in USD the hit is %+v", r.Hits[0])
	}
}

func (s suite) visible() {
	d := doc("a", "Mug", "Potter", "red")
	s.put(d)
	s.finds("mug", "a", "")
	d.Version, d.Prices, d.InStock = 2, map[string]int64{"EUR": 2000}, false
	s.put(d)
	if r := s.search(search.Query{Text: "mug"}); r.Hits[0].Minor != 2000 || r.Hits[0].InStock {
		s.t.Errorf("after a new price the hit is %+v", r.Hits[0])
	}
	d.Version, d.Description = 3, "green"
	s.put(d)
	s.finds("mug green", "a", "")
	s.finds("red", "", "")
	s.put(doc("b", "Mug", "Potter", "green"))
	s.finds("green mug", "a b", "")
	s.finds("gre", "a b", "")
	s.size(2)
	if err := s.Delete(s.t.Context(), "a", 4); err != nil {
		s.t.Fatal(err)
	}
	s.finds("green mug", "b", "")
	s.finds("", "b", "")
	s.size(1)
}

func (s suite) late() {
	d := doc("a", "New", "Potter", "")
	d.Version = 5
	s.put(d)
	old := doc("a", "Old", "Potter", "")
	old.Version = 4
	s.put(old)
	s.finds("new", "a", "")
	s.finds("old", "", "")
	del := func(id string, version int64) {
		if err := s.Delete(s.t.Context(), id, version); err != nil {
			s.t.Fatalf("Delete: %v", err)
		}
	}
	del("a", 4)
	s.finds("new", "a", "")
	del("a", 6)
	s.put(d) // written before the delete, arrives after it
	s.finds("new", "", "")
	s.size(0)
	d.Version = 7
	s.put(d)
	s.finds("new", "a", "")
	del("never", 3)
	early := doc("never", "New", "Potter", "")
	early.Version = 2
	s.put(early)
	s.finds("new", "a", "")
	// In one batch the newest wins, wherever it is.
	one, two := doc("b", "One", "x", ""), doc("b", "Two", "x", "")
	two.Version = 2
	s.put(two, one)
	s.finds("two", "b", "")
	s.finds("one", "", "")
}

func (s suite) again() {
	for range 3 {
		s.put(shop()...)
	}
	s.size(7)
	s.finds("camera", "cam bag", "")
	s.put()
}

// Hostile is text that has broken query languages. It must be answered or
// refused with "bad-query", quickly.
var Hostile = []string{
	`"`, `""`, `"mug`, `mug"`, `'; DROP TABLE docs; --`, `mug AND`, `OR`, `NOT mug`, `NEAR(mug, 2)`, `title:mug`, `-title : mug`, `{title brand}: mug`,
	`mug*`, `*`, `^mug`, `(mug`, `)`, `mug + tea`, `\`, `%`, `_`, `mug\x00tea`, "mug\x00tea", "\x00", "\xff\xfe", "mug\xc3", "\u202emug", "🏺", "mug 🏺",
	"...", "---", `!"§$%&/()=?`, strings.Repeat("a", 10_000), strings.Repeat("mug ", 2500), strings.Repeat("(", 900), strings.Repeat("a-", 450), strings.Repeat("\"", 999),
	"{\"match_all\":{}}", "mug/i", "<script>", "${jndi:ldap://x}", "a", "1", "ß", "İ", "ﬀ", strings.Repeat("é", 300),
}

func (s suite) hostile() {
	s.put(shop()...)
	for _, text := range Hostile {
		CheckText(s.t, s.Index, text)
	}
	for text, want := range map[string]string{`"mug"`: "mug tea", `mug*`: "mug tea", "mug\x00": "mug tea", "title:mug": "mug tea", "...": "", `"`: ""} {
		r := s.search(search.Query{Text: text})
		if got := ids(r); !strings.HasPrefix(got, want) || (want == "" && got != "") {
			s.t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	s.size(7)
}

// CheckText searches for any text at all, for fuzzing.
func CheckText(t *testing.T, x search.Index, text string) {
	t.Helper()
	r, err := x.Search(t.Context(), search.Query{Text: text, Currency: "EUR", Sort: search.Relevance, Limit: 10, Facets: true})
	if err != nil && (fault.Code(err) != "bad-query" || fault.KindOf(err) != fault.Invalid) {
		t.Errorf("Search(%q): %v, want an answer or bad-query", short(text), err)
	}
	if int64(len(r.Hits)) > r.Total || (r.Total > 0 && len(r.Hits) == 0) {
		t.Errorf("Search(%q) finds %d of %d", short(text), len(r.Hits), r.Total)
	}
}

func (s suite) bad() {
	good := search.Query{Currency: "EUR", Sort: search.Relevance, Limit: 10}
	for name, change := range map[string]func(*search.Query){
		"no limit":        func(q *search.Query) { q.Limit = 0 },
		"negative limit":  func(q *search.Query) { q.Limit = -1 },
		"huge limit":      func(q *search.Query) { q.Limit = 1 << 30 },
		"unknown sort":    func(q *search.Query) { q.Sort = "id; --" },
		"negative price":  func(q *search.Query) { q.MinMinor = -1 },
		"price backwards": func(q *search.Query) { q.MinMinor, q.MaxMinor = 5, 4 },
		"attribute twice": func(q *search.Query) { q.Attributes = []search.AttrFilter{{Name: "a"}, {Name: "a"}} },
	} {
		q := good
		change(&q)
		if _, err := s.Search(s.t.Context(), q); fault.Code(err) != "bad-query" {
			s.t.Errorf("%s: %v, want bad-query", name, err)
		}
	}
}

func (s suite) currency() {
	d := doc("a", "Mug", "Potter", "")
	d.Prices = map[string]int64{"JPY": 900}
	s.put(d, doc("b", "Mug", "Potter", ""))
	s.finds("mug", "b", "")
	for currency, want := range map[string]string{"JPY": "a", "CHF": ""} {
		if r := s.search(search.Query{Text: "mug", Currency: currency}); ids(r) != want {
			s.t.Errorf("in %s mug finds %q, want %q", currency, ids(r), want)
		}
	}
}

// names filters by attributes whose names and values mean something to engines.
func (s suite) names() {
	milli := int64(15600)
	for i, name := range []string{"brand", "price", "a.b", "a*", "(x|y)", `back\slash`, "size ", "größe", "<1-5>", "~#@&"} {
		d := doc(fmt.Sprint("m", i), "Mug", "Acme", "")
		d.Attributes = []search.Attr{{Name: name, Label: "One", Text: name + ".*", Facet: true}, {Name: name + "2", Label: "Two", Unit: "cm", Milli: &milli, Facet: true}}
		s.put(d)
		r := s.search(search.Query{Text: "mug", Facets: true, Attributes: []search.AttrFilter{{Name: name, Values: []string{name + ".*"}}}})
		if ids(r) != d.ID || counts(r, name+"2") != "15.6 1" {
			s.t.Errorf("%q finds %q, counts %q", name, ids(r), counts(r, name+"2"))
		}
		found := false
		for _, f := range r.Facets {
			found = found || f.Name == name && f.Label == "One" && len(f.Values) == 1 && f.Values[0].Value == name+".*"
		}
		if !found {
			s.t.Errorf("%q is not among the facets %+v", name, r.Facets)
		}
		// A number is found as people write it, too.
		if r := s.search(search.Query{Attributes: []search.AttrFilter{{Name: name + "2", Values: []string{"15.6"}}}}); ids(r) != d.ID {
			s.t.Errorf("%q of 15.6 finds %q", name+"2", ids(r))
		}
	}
}

func (s suite) versions() {
	docs := shop()
	docs[0].Version = 9
	s.put(docs...)
	if err := s.Delete(s.t.Context(), "mug", 3); err != nil {
		s.t.Fatal(err)
	}
	list := func(after string, n int) string {
		s.t.Helper()
		found, err := s.Versions(s.t.Context(), after, n)
		if err != nil {
			s.t.Fatal(err)
		}
		var out []string
		for _, v := range found {
			out = append(out, fmt.Sprintf("%s %d", v.ID, v.Version))
		}
		return strings.Join(out, ", ")
	}
	if got, want := list("", 3), "bag 1, cam 9, laptop 1"; got != want {
		s.t.Errorf("the first three are %s, want %s", got, want)
	}
	if got, want := list("laptop", 100), "shirt 1, sofa 1, tea 1"; got != want {
		s.t.Errorf("after the laptop come %s, want %s", got, want)
	}
	if got := list("tea", 100); got != "" {
		s.t.Errorf("after the last come %s", got)
	}
}

// pages reads every page of q, size hits at a time.
func (s suite) pages(q search.Query, size int) (all []search.Hit) {
	s.t.Helper()
	q.Limit = size
	for range 10_000 {
		r := s.search(q)
		all = append(all, r.Hits...)
		if len(r.Hits) < size {
			return all
		}
		after := r.Hits[size-1].Cursor
		q.After = &after
	}
	s.t.Fatal("pages have no end")
	return nil
}
