package opensearch

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tradewind/internal/domain/search"
)

// mostNumbers is how many different numbers of an attribute are looked at to
// make ranges of them: those that most hits have. With the facets of an answer
// that stays below the buckets that a cluster gives at once (65,535).
const mostNumbers = 1000

// aggregation is one node of what the cluster has counted.
type aggregation struct {
	Count   int64 `json:"doc_count"`
	Other   int64 `json:"sum_other_doc_count"`
	Buckets []bucket
	Named   map[string]bucket
	Sub     map[string]aggregation
}

type bucket struct {
	Key   string
	Count int64
}

// UnmarshalJSON reads buckets, by name or in a row, and the nodes below.
func (a *aggregation) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	a.Sub = map[string]aggregation{}
	for name, value := range fields {
		var err error
		switch {
		case name == "doc_count":
			err = json.Unmarshal(value, &a.Count)
		case name == "sum_other_doc_count":
			err = json.Unmarshal(value, &a.Other)
		case name == "buckets" && value[0] == '[':
			err = json.Unmarshal(value, &a.Buckets)
		case name == "buckets":
			err = json.Unmarshal(value, &a.Named)
		case value[0] == '{':
			var sub aggregation
			err = json.Unmarshal(value, &sub)
			a.Sub[name] = sub
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// UnmarshalJSON reads a bucket. The names of fields are compared whole, which
// structs do not: there is key_as_string, too.
func (b *bucket) UnmarshalJSON(text []byte) error {
	var in struct {
		Key   string `json:"key"`
		Count int64  `json:"doc_count"`
	}
	err := json.Unmarshal(text, &in)
	b.Key, b.Count = in.Key, in.Count
	return err
}

// within counts agg over what passes every filter but the facet's own.
func (a asked) within(facet string, aggs m) m { return m{"filter": a.but(facet), "aggs": aggs} }

func top(field string, n int) m { return m{"terms": m{"field": field, "size": n}} }

func these(field string, values []string) m {
	return m{"terms": m{"field": field, "size": max(1, len(values)), "include": append([]string{}, values...)}}
}

// starting counts the values of a field that begin with prefix. The pattern does
// not end in .*, since OpenSearch 2.19 takes a shortcut for those that fails when
// every value is below the prefix (opensearch-project/OpenSearch, issue 19529).
func starting(field, prefix string, n int) m {
	var pattern strings.Builder
	for _, r := range prefix {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			pattern.WriteByte('\\')
		}
		pattern.WriteRune(r)
	}
	return m{"terms": m{"field": field, "size": n, "include": pattern.String() + ".{0,}"}}
}

// facets are the counts of brand, category and price, and which attributes the
// hits have.
func (a asked) facets() m {
	aggs := m{
		"brand":    a.within("brand", m{"top": top("brand", search.MostValues), "chosen": these("brand", a.Brands)}),
		"category": a.within("category", m{"top": top("category_titles", search.MostValues), "chosen": starting("category_titles", a.CategoryID+separator, 10)}),
		"names":    a.within("", m{"top": top("facets", 4*search.MostFacets)}),
	}
	if a.Currency != "" {
		var ranges []m
		for i, least := range search.PriceSteps {
			r := m{"key": strconv.Itoa(i), "from": least}
			if i+1 < len(search.PriceSteps) {
				r["to"] = search.PriceSteps[i+1]
			}
			ranges = append(ranges, r)
		}
		aggs["price"] = a.within("price", m{"ranges": m{"range": m{"field": priceField(a.Currency), "ranges": ranges}}})
	}
	return aggs
}

// counted turns what was counted into facets, and asks for those of attributes.
func (x *Index) counted(ctx context.Context, a asked, aggs map[string]aggregation) ([]search.Facet, error) {
	var out []search.Facet
	add := func(f search.Facet) {
		if len(f.Values) > 0 {
			out = append(out, f)
		}
	}
	brands := search.Facet{Name: "brand", Label: "Brand"}
	for _, b := range merged(aggs["brand"]) {
		if b.Key != "" {
			brands.Values = append(brands.Values, search.FacetValue{Value: b.Key, Label: b.Key, Count: b.Count})
		}
	}
	add(brands)
	add(categoryFacet(aggs["category"]))
	prices := search.Facet{Name: "price", Label: "Price", Unit: a.Currency}
	for _, b := range aggs["price"].Sub["ranges"].Buckets {
		if i, err := strconv.Atoi(b.Key); err == nil && b.Count > 0 {
			least, most := search.PriceRange(i)
			prices.Values = append(prices.Values, search.FacetValue{Value: search.PriceValue(i), Label: search.PriceLabel(i, a.Currency), Count: b.Count, Min: least, Max: most})
		}
	}
	add(prices)
	attributes, err := x.attributes(ctx, a, namesOf(a, aggs["names"]))
	for _, f := range attributes {
		add(f)
	}
	return out, err
}

// merged returns the buckets that most hits have and those that were chosen.
func merged(a aggregation) []bucket {
	out := slices.Clone(a.Sub["top"].Buckets)
	for _, b := range a.Sub["chosen"].Buckets {
		if !slices.ContainsFunc(out, func(o bucket) bool { return o.Key == b.Key }) {
			out = append(out, b)
		}
	}
	return out
}

// categoryFacet adds up categories that were indexed under different titles;
// the title that most hits have is shown.
func categoryFacet(a aggregation) search.Facet {
	f := search.Facet{Name: "category", Label: "Category"}
	for _, b := range merged(a) {
		id, title, _ := strings.Cut(b.Key, separator)
		if i := slices.IndexFunc(f.Values, func(v search.FacetValue) bool { return v.Value == id }); i >= 0 {
			f.Values[i].Count += b.Count
			continue
		}
		f.Values = append(f.Values, search.FacetValue{Value: id, Label: title, Count: b.Count})
	}
	slices.SortStableFunc(f.Values, func(a, b search.FacetValue) int { return cmp.Compare(b.Count, a.Count) })
	return f
}

// namesOf returns the attributes to show: those that are filtered by, then
// those that most hits have.
func namesOf(a asked, counted aggregation) []string {
	var names []string
	for _, f := range a.Attributes {
		names = append(names, f.Name)
	}
	for _, b := range counted.Sub["top"].Buckets {
		name, _, _ := strings.Cut(b.Key, separator)
		if len(names) < search.MostFacets+len(a.Attributes) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// attributes counts the values of attributes.
func (x *Index) attributes(ctx context.Context, a asked, names []string) ([]search.Facet, error) {
	if len(names) == 0 {
		return nil, nil
	}
	aggs := m{}
	for i, name := range names {
		var chosen []string
		for _, f := range a.Attributes {
			if f.Name == name {
				for _, v := range f.Values {
					chosen = append(chosen, fact(name, v))
				}
			}
		}
		aggs[strconv.Itoa(i)] = a.within(attributePrefix+name, m{
			"label": starting("facets", name+separator, 1),
			"top":   starting("facts", name+separator+textMark, search.MostValues), "chosen": these("facts", chosen),
			"numbers": starting("facts", name+separator+numberMark, mostNumbers),
			"some":    m{"filter": m{"prefix": m{"facts": name + separator + numberMark}}},
		})
	}
	got, err := x.ask(ctx, m{"size": 0, "track_total_hits": false, "query": a.query(), "aggs": aggs}, a.Text, x.config.SearchWithin)
	if err != nil {
		return nil, err
	}
	var out []search.Facet
	recount := m{}
	for i, name := range names {
		agg := got.Aggs[strconv.Itoa(i)]
		labels := agg.Sub["label"].Buckets
		if len(labels) == 0 {
			continue
		}
		parts := strings.SplitN(labels[0].Key+separator+separator, separator, 4)
		f := search.Facet{Name: name, Label: cmp.Or(parts[1], name), Unit: parts[2]}
		for _, b := range merged(agg) {
			text, _, _ := valueOf(b.Key)
			f.Values = append(f.Values, search.FacetValue{Value: text, Label: text, Count: b.Count})
		}
		ranges, sure := rangesOf(agg.Sub["numbers"], agg.Sub["some"].Count)
		if !sure {
			for j, r := range ranges {
				recount[strconv.Itoa(len(out))+" "+strconv.Itoa(len(f.Values)+j)] = a.within(attributePrefix+name, m{"n": m{"filter": numbersWithin(name, r.Min, r.Max)}})
			}
		}
		f.Values = append(f.Values, ranges...)
		out = append(out, f)
	}
	return out, x.recounted(ctx, a, out, recount)
}

// recounted counts documents in ranges instead of numbers, where these differ.
func (x *Index) recounted(ctx context.Context, a asked, facets []search.Facet, aggs m) error {
	if len(aggs) == 0 {
		return nil
	}
	got, err := x.ask(ctx, m{"size": 0, "track_total_hits": false, "query": a.query(), "aggs": aggs}, a.Text, x.config.SearchWithin)
	if err != nil {
		return err
	}
	for i := range facets {
		for j := range facets[i].Values {
			if agg, ok := got.Aggs[strconv.Itoa(i)+" "+strconv.Itoa(j)]; ok {
				facets[i].Values[j].Count = agg.Sub["n"].Count
			}
		}
	}
	return nil
}

// rangesOf makes at most search.MostRanges ranges of numbers, with about as many
// hits each; some is how many documents have a number. The counts are sure
// unless documents have several numbers, or numbers were left out: the ranges
// reach over those.
func rangesOf(a aggregation, some int64) (out []search.FacetValue, sure bool) {
	numbers := slices.SortedFunc(slices.Values(a.Buckets), func(a, b bucket) int { return strings.Compare(a.Key, b.Key) })
	var every int64
	for _, b := range numbers {
		every += b.Count
	}
	share := int64(1)
	if len(numbers) > search.MostRanges {
		share = (every + search.MostRanges - 1) / search.MostRanges
	}
	var open int64 // hits of the range that first begins
	var first int64
	for i, b := range numbers {
		_, milli, _ := valueOf(b.Key)
		if open == 0 {
			first = milli
		}
		if open += b.Count; open >= share || i == len(numbers)-1 {
			out = append(out, search.FacetValue{Count: open, Min: first, Max: milli})
			open = 0
		}
	}
	for i := range out {
		if a.Other > 0 && i+1 < len(out) {
			out[i].Max = out[i+1].Min - 1
		}
		least, most := search.Decimal(out[i].Min), search.Decimal(out[i].Max)
		out[i].Value, out[i].Label = least+".."+most, least
		if least != most {
			out[i].Label = least + " – " + most
		}
	}
	return out, every == some && a.Other == 0
}
