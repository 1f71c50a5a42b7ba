package indextest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/search"
)

// Words that no stemmer changes, of which none begins another.
var vocabulary = []string{"bamboo", "cobalt", "dragon", "falcon", "garlic", "hermit", "indigo", "jargon", "kiosk", "lagoon", "mammoth", "napkin"}

// randomDoc has few different words and values, so that queries meet many documents.
func randomDoc(r *rand.Rand, n int) search.Doc {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	words := func(n int) string {
		var out []string
		for range n {
			out = append(out, vocabulary[r.IntN(len(vocabulary))])
		}
		return strings.Join(out, " ")
	}
	d := search.Doc{ID: fmt.Sprintf("p%04d", n), Title: words(2), Description: words(r.IntN(5)), Brand: pick("Acme", "Bolt", "Core", ""),
		Version: 1, InStock: r.IntN(3) > 0, CreatedAt: time.Unix(int64(1_700_000_000+r.IntN(50)), 0),
		Prices: map[string]int64{"EUR": int64(r.IntN(60) * 99)}}
	if r.IntN(10) == 0 {
		d.Prices = map[string]int64{"USD": 100}
	}
	root := pick("c1", "c2")
	d.Categories = []search.Ref{{ID: root, Title: "Root " + root}, {ID: root + pick("a", "b", "c"), Title: "Leaf"}}
	for _, colour := range []string{"red", "green", "blue"} {
		if r.IntN(3) == 0 { // some have several
			d.Attributes = append(d.Attributes, search.Attr{Name: "colour", Label: "Colour", Text: colour, Facet: true})
		}
	}
	for range r.IntN(3) {
		milli := int64(r.IntN(40)-5) * 500
		d.Attributes = append(d.Attributes, search.Attr{Name: "size", Label: "Size", Unit: "cm", Text: fmt.Sprint(milli), Milli: &milli, Facet: true})
	}
	if r.IntN(2) == 0 {
		d.Attributes = append(d.Attributes, search.Attr{Name: "smart", Text: pick("true", "false"), Facet: true})
	}
	d.Attributes = append(d.Attributes, search.Attr{Name: "hidden", Text: pick("x", "y")})
	return d
}

func randomQuery(r *rand.Rand) search.Query {
	q := search.Query{Currency: "EUR", Facets: true, Sort: []search.Sort{search.Relevance, search.Newest, search.PriceUp, search.PriceDown}[r.IntN(4)]}
	if r.IntN(3) > 0 {
		q.Text = vocabulary[r.IntN(len(vocabulary))]
		if r.IntN(2) == 0 {
			q.Text += " " + vocabulary[r.IntN(len(vocabulary))]
		}
	}
	if r.IntN(3) == 0 {
		q.Brands = [][]string{{"Acme"}, {"Acme", "Core"}, {"None"}}[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		q.CategoryID = []string{"c1", "c2a", "c9"}[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		q.MinMinor = int64(r.IntN(3000))
		if r.IntN(2) == 0 {
			q.MaxMinor = q.MinMinor + int64(r.IntN(3000)) + 1
		}
	}
	if r.IntN(3) == 0 {
		q.Attributes = append(q.Attributes, search.AttrFilter{Name: "colour", Values: [][]string{{"red"}, {"red", "blue"}, {"grey"}}[r.IntN(3)], MinMilli: 1})
	}
	if r.IntN(4) == 0 {
		q.Attributes = append(q.Attributes, search.AttrFilter{Name: "size", MinMilli: -1000, MaxMilli: int64(r.IntN(12_000))})
	}
	q.InStock = r.IntN(4) == 0
	return q
}

// The dimensions in which a document may fail.
const (
	byBrand = "brand"
	byCat   = "category"
	byPrice = "price"
)

// fails lists the filters that d does not pass; ok is false if it cannot be in
// the answer or its facets at all.
func fails(d search.Doc, q search.Query) (failed []string, ok bool) {
	text := " " + d.Title + " " + d.Description + " "
	for _, w := range strings.Fields(q.Text) {
		if !strings.Contains(text, " "+w+" ") {
			return nil, false
		}
	}
	minor, priced := d.Prices[q.Currency]
	if !priced || (q.InStock && !d.InStock) {
		return nil, false
	}
	if len(q.Brands) > 0 && !slices.Contains(q.Brands, d.Brand) {
		failed = append(failed, byBrand)
	}
	if q.CategoryID != "" && !slices.ContainsFunc(d.Categories, func(c search.Ref) bool { return c.ID == q.CategoryID }) {
		failed = append(failed, byCat)
	}
	if minor < q.MinMinor || (q.MaxMinor > 0 && minor > q.MaxMinor) {
		failed = append(failed, byPrice)
	}
	for _, f := range q.Attributes {
		if !slices.ContainsFunc(d.Attributes, func(a search.Attr) bool {
			return a.Name == f.Name && (slices.Contains(f.Values, a.Text) || (a.Milli != nil && *a.Milli >= f.MinMilli && *a.Milli <= f.MaxMilli))
		}) {
			failed = append(failed, f.Name)
		}
	}
	return failed, true
}

// oracle compares the index with counting by hand, over random documents and
// queries, before and after random changes.
func (s suite) oracle() {
	r := rand.New(rand.NewPCG(7, 11))
	docs, versions := map[string]search.Doc{}, map[string]int64{}
	put := func(n int) {
		var batch []search.Doc
		for range n {
			d := randomDoc(r, r.IntN(600))
			versions[d.ID]++
			d.Version = versions[d.ID]
			docs[d.ID] = d
			batch = append(batch, d)
		}
		s.put(batch...)
	}
	put(500)
	for round := range 6 {
		for range 40 {
			s.compare(docs, randomQuery(r))
		}
		put(5 + 40*round)
		for id, d := range docs {
			if r.IntN(10) == 0 {
				if err := s.Delete(s.t.Context(), id, d.Version); err != nil {
					s.t.Fatal(err)
				}
				delete(docs, id)
			}
		}
		s.size(int64(len(docs)))
		if s.t.Failed() {
			return
		}
	}
}

func (s suite) compare(docs map[string]search.Doc, q search.Query) {
	s.t.Helper()
	var all, hits []search.Doc // those that fail at most one filter; those that pass
	only := map[string]string{}
	for _, d := range docs {
		failed, ok := fails(d, q)
		if !ok || len(failed) > 1 {
			continue
		}
		all = append(all, d)
		if len(failed) == 0 {
			hits = append(hits, d)
		} else {
			only[d.ID] = failed[0]
		}
	}
	if q.Text != "" && len(all) == 0 {
		return // the index relaxes the query; other tests look at that
	}
	res := s.search(q)
	got := s.pages(q, 7)
	s.sameHits(q, res, got, hits)
	for _, f := range res.Facets {
		s.exact(q, f, slices.DeleteFunc(slices.Clone(all), func(d search.Doc) bool { o := only[d.ID]; return o != "" && o != f.Name }))
	}
	for _, name := range []string{byBrand, byCat, byPrice, "colour", "size", "smart"} {
		counted := slices.ContainsFunc(res.Facets, func(f search.Facet) bool { return f.Name == name })
		if name == byPrice && len(hits) > 0 && !counted {
			s.t.Errorf("%+v: no facet %s", q, name)
		}
	}
	if slices.ContainsFunc(res.Facets, func(f search.Facet) bool { return f.Name == "hidden" }) {
		s.t.Error("an attribute that is no facet is counted")
	}
}

// sameHits checks that the pages hold each document that should be there, once
// and in order.
func (s suite) sameHits(q search.Query, res search.Result, got []search.Hit, want []search.Doc) {
	s.t.Helper()
	if res.Total != int64(len(want)) || len(got) != len(want) {
		s.t.Errorf("%+v: total %d, %d on pages, want %d", q, res.Total, len(got), len(want))
		return
	}
	byID := map[string]search.Doc{}
	for _, d := range want {
		byID[d.ID] = d
	}
	for i, h := range got {
		d, ok := byID[h.ID]
		if !ok {
			s.t.Errorf("%+v: %s is there twice or should not be", q, h.ID)
		}
		delete(byID, h.ID)
		if h.Minor != d.Prices["EUR"] {
			s.t.Errorf("%s costs %d, want %d", h.ID, h.Minor, d.Prices["EUR"])
		}
		if i == 0 {
			continue
		}
		before := got[i-1]
		inOrder := true
		switch q.Sort {
		case search.PriceUp:
			inOrder = before.Minor < h.Minor || (before.Minor == h.Minor && before.ID < h.ID)
		case search.PriceDown:
			inOrder = before.Minor > h.Minor || (before.Minor == h.Minor && before.ID < h.ID)
		default:
			inOrder = before.Cursor.Key != h.Cursor.Key || before.ID < h.ID
		}
		if !inOrder {
			s.t.Errorf("%+v: %s is after %s", q, h.ID, before.ID)
		}
	}
}

// exact checks every count of a facet over the documents that it is about.
func (s suite) exact(q search.Query, f search.Facet, docs []search.Doc) {
	s.t.Helper()
	covered := map[string]bool{}
	for _, v := range f.Values {
		var n int64
		for _, d := range docs {
			if has(d, f, v) {
				n++
				covered[d.ID] = true
			}
		}
		if n != v.Count || n == 0 {
			s.t.Errorf("%+v: facet %s counts %d for %+v, want %d", q, f.Name, v.Count, v, n)
		}
	}
	for _, d := range docs {
		if !covered[d.ID] && hasAny(d, f.Name) {
			s.t.Errorf("%+v: facet %s forgets %s", q, f.Name, d.ID)
		}
	}
}

func has(d search.Doc, f search.Facet, v search.FacetValue) bool {
	switch f.Name {
	case byBrand:
		return d.Brand == v.Value
	case byCat:
		return slices.ContainsFunc(d.Categories, func(c search.Ref) bool { return c.ID == v.Value && c.Title == v.Label })
	case byPrice:
		return d.Prices["EUR"] >= v.Min && d.Prices["EUR"] <= v.Max
	}
	return slices.ContainsFunc(d.Attributes, func(a search.Attr) bool {
		if a.Milli != nil {
			return a.Name == f.Name && *a.Milli >= v.Min && *a.Milli <= v.Max
		}
		return a.Name == f.Name && a.Text == v.Value
	})
}

func hasAny(d search.Doc, facet string) bool {
	switch facet {
	case byBrand:
		return d.Brand != ""
	case byCat, byPrice:
		return true
	}
	return slices.ContainsFunc(d.Attributes, func(a search.Attr) bool { return a.Name == facet })
}

// counts shows a facet's values as "red 2, blue 1".
func counts(r search.Result, facet string) string {
	var out []string
	for _, f := range r.Facets {
		for _, v := range f.Values {
			if f.Name == facet {
				out = append(out, fmt.Sprintf("%s %d", v.Label, v.Count))
			}
		}
	}
	return strings.Join(out, ", ")
}

func (s suite) disjunctive() {
	for i, colour := range []string{"red", "red", "red", "blue", "blue", "green"} {
		d := doc(fmt.Sprint("m", i), "Mug", []string{"Acme", "Bolt"}[i%2], "")
		d.Attributes = []search.Attr{{Name: "colour", Label: "Colour", Text: colour, Facet: true}}
		s.put(d)
	}
	q := search.Query{Text: "mug", Facets: true, Attributes: []search.AttrFilter{{Name: "colour", Values: []string{"red"}, MinMilli: 1}}}
	r := s.search(q)
	if got := counts(r, "colour"); r.Total != 3 || got != "red 3, blue 2, green 1" {
		s.t.Errorf("red: total %d, colours %s", r.Total, got)
	}
	if got := counts(r, "brand"); got != "Acme 2, Bolt 1" {
		s.t.Errorf("red: brands %s, want those of red mugs", got)
	}
	q.Brands, q.Attributes[0].Values = []string{"Acme"}, []string{"red", "blue"}
	r = s.search(q)
	if colours, brands := counts(r, "colour"), counts(r, "brand"); r.Total != 3 || colours != "red 2, blue 1" || brands != "Acme 3, Bolt 2" {
		s.t.Errorf("red or blue of Acme: total %d, colours %s, brands %s", r.Total, colours, brands)
	}
	q.Facets = false
	if r := s.search(q); r.Facets != nil {
		s.t.Errorf("facets that nobody asked for: %+v", r.Facets)
	}
}

func (s suite) ranges() {
	for i := range 40 {
		d := doc(fmt.Sprintf("m%02d", i), "Mug", "Acme", "")
		milli := int64(i) * 100
		d.Prices["EUR"] = int64(i * 100)
		d.Attributes = []search.Attr{{Name: "height", Unit: "cm", Milli: &milli, Facet: true}}
		s.put(d)
	}
	q := search.Query{Text: "mug", Facets: true, MinMinor: 1000, MaxMinor: 1999}
	r := s.search(q)
	if r.Total != 10 || r.Hits[0].Minor < 1000 || r.Hits[9].Minor > 1999 {
		s.t.Errorf("10.00 to 19.99 finds %d: %s", r.Total, ids(r))
	}
	for _, f := range r.Facets {
		if f.Name != "height" && f.Name != byPrice {
			continue
		}
		if f.Name == "height" && (len(f.Values) > 10 || f.Unit != "cm") {
			s.t.Errorf("height has %d ranges in %q", len(f.Values), f.Unit)
		}
		// Choosing a range gives as many as it promised.
		for _, v := range f.Values {
			chosen := q
			if f.Name == byPrice {
				chosen.MinMinor, chosen.MaxMinor = v.Min, v.Max
			} else {
				chosen.Attributes = []search.AttrFilter{{Name: f.Name, MinMilli: v.Min, MaxMilli: v.Max}}
			}
			if n := s.search(chosen).Total; n != v.Count {
				s.t.Errorf("%s %s promises %d, gives %d", f.Name, v.Label, v.Count, n)
			}
		}
	}
}
