package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/money"
)

// found is what the cluster answers to a search.
type found struct {
	TimedOut bool                  `json:"timed_out"`
	Shards   *struct{ Failed int } `json:"_shards"`
	Hits     struct {
		Total struct{ Value int64 }
		Hits  []struct {
			Source document          `json:"_source"`
			Sort   []json.RawMessage `json:"sort"`
		}
	}
	Aggs map[string]aggregation `json:"aggregations"`
}

// ask searches. Searches with the same text go to the same copy of the index,
// so that scores do not differ from page to page.
func (x *Index) ask(ctx context.Context, body m, text string, within time.Duration) (out found, err error) {
	h := fnv.New32a()
	io.WriteString(h, text)
	path := "/" + x.alias + "/_search?preference=q" + strconv.FormatUint(uint64(h.Sum32()), 36)
	err = reading(func() error {
		return x.wire.call(ctx, request{op: "search", method: http.MethodPost, path: path, body: body, within: within, read: func(answer []byte) error {
			out = found{}
			if err := into(&out)(answer); err != nil {
				return err
			}
			if out.Shards == nil || out.Shards.Failed > 0 || out.TimedOut {
				return busy{errors.New("the answer is not whole")}
			}
			return nil
		}})
	})
	return out, err
}

// Search implements search.Index. The error is Unavailable while the cluster is,
// and while nobody has made the index.
func (x *Index) Search(ctx context.Context, q search.Query) (search.Result, error) {
	r, err := x.search(ctx, q)
	if refusedAs(err, missing) {
		err = unavailable(err)
	}
	return r, err
}

func (x *Index) search(ctx context.Context, q search.Query) (search.Result, error) {
	if err := ctx.Err(); err != nil {
		return search.Result{}, err
	}
	if q.Sort == "" {
		q.Sort = search.Relevance
	}
	if err := q.Check(); err != nil {
		return search.Result{}, err
	}
	if q.Currency != "" && !money.Known(q.Currency) {
		return search.Result{}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, x.config.SearchWithin, errSlow)
	defer cancel()
	q.Text = strings.ToValidUTF8(q.Text, " ")
	asked := asked{Query: q, base: []m{here()}, filters: filtersOf(q)}
	if q.Currency != "" {
		asked.base = append(asked.base, m{"exists": m{"field": priceField(q.Currency)}})
	}
	if q.InStock {
		asked.base = append(asked.base, m{"term": m{"stocked": true}})
	}
	relaxed := ""
	if strings.TrimSpace(q.Text) != "" {
		p, err := x.planned(ctx, q.Text)
		if err != nil {
			return search.Result{}, err
		}
		relaxed = strings.Join(p.left, " ")
		if p.nothing() {
			return search.Result{Relaxed: relaxed}, nil
		}
		asked.text = []m{p.query()}
	}
	r, err := x.find(ctx, asked)
	r.Relaxed = relaxed
	return r, err
}

// asked is a query and its clauses.
type asked struct {
	search.Query
	text, base []m
	filters    []filter // those of facets
}

// filter is a choice in one facet.
type filter struct {
	facet  string
	clause m
}

// query finds what passes everything but the filters of facets.
func (a asked) query() m { return m{"bool": m{"must": a.text, "filter": a.base}} }

// but is the filters of all facets except one.
func (a asked) but(facet string) m {
	out := []m{}
	for _, f := range a.filters {
		if f.facet != facet {
			out = append(out, f.clause)
		}
	}
	return m{"bool": m{"filter": out}}
}

func priceField(currency string) string { return "price." + currency }

// attributePrefix begins the names of facets of attributes, which may be called
// like a facet that is none.
const attributePrefix = "attr."

func filtersOf(q search.Query) (out []filter) {
	if len(q.Brands) > 0 {
		out = append(out, filter{"brand", m{"terms": m{"brand": q.Brands}}})
	}
	if q.CategoryID != "" {
		out = append(out, filter{"category", m{"term": m{"categories": q.CategoryID}}})
	}
	if most := q.MaxMinor; q.MinMinor > 0 || most > 0 {
		if most == 0 {
			most = money.Max
		}
		out = append(out, filter{"price", m{"range": m{priceField(q.Currency): m{"gte": q.MinMinor, "lte": most}}}})
	}
	for _, a := range q.Attributes {
		out = append(out, filter{attributePrefix + a.Name, attributeClause(a)})
	}
	return out
}

// attributeClause finds documents with one of the values, which may be numbers
// as people write them, or with a number in the range.
func attributeClause(a search.AttrFilter) m {
	keys := []string{}
	for _, v := range a.Values {
		keys = append(keys, fact(a.Name, v))
		if n, err := strconv.ParseFloat(v, 64); err == nil && math.Abs(n) < 1e15 {
			if milli := int64(math.Round(n * 1000)); search.Decimal(milli) == v {
				keys = append(keys, number(a.Name, milli))
			}
		}
	}
	should := []m{{"terms": m{"facts": keys}}}
	if a.HasRange() {
		should = append(should, numbersWithin(a.Name, a.MinMilli, a.MaxMilli))
	}
	return m{"bool": m{"should": should, "minimum_should_match": 1}}
}

func numbersWithin(name string, least, most int64) m {
	return m{"range": m{"facts": m{"gte": number(name, least), "lte": number(name, most)}}}
}

// find answers a query whose words are decided.
func (x *Index) find(ctx context.Context, a asked) (r search.Result, err error) {
	body := m{"size": a.Limit, "track_total_hits": true, "query": a.query(), "post_filter": a.but(""), "sort": a.order(),
		"_source": []string{"id", "brand", "stocked", "card", priceField(a.Currency)}}
	if a.After != nil {
		body["search_after"] = []any{a.key(), a.After.ID}
	}
	if a.Facets {
		body["aggs"] = a.facets()
	}
	got, err := x.ask(ctx, body, a.Text, x.config.SearchWithin)
	if err != nil {
		return r, err
	}
	r.Total = got.Hits.Total.Value
	for _, h := range got.Hits.Hits {
		d := h.Source
		if d.Card == nil || len(h.Sort) != 2 {
			return r, fmt.Errorf("opensearch: %s is no document of this layout", d.ID)
		}
		hit := search.Hit{ID: d.ID, Slug: d.Card.Slug, Title: d.Card.Title, Brand: d.Brand, Image: d.Card.Image, ImageAlt: d.Card.ImageAlt, InStock: d.Stocked,
			Minor: d.Price[a.Currency], CompareAt: d.Card.CompareAt[a.Currency]}
		if hit.Cursor, err = a.cursor(d.ID, h.Sort[0]); err != nil {
			return r, err
		}
		r.Hits = append(r.Hits, hit)
	}
	if a.Facets {
		r.Facets, err = x.counted(ctx, a, got.Aggs)
	}
	return r, err
}

// order is the sort key and, where that is equal, the id.
func (a asked) order() []m {
	byID := m{"id": "asc"}
	switch a.Sort {
	case search.Newest:
		return []m{{"created": "desc"}, byID}
	case search.PriceUp:
		return []m{{priceField(a.Currency): m{"order": "asc", "unmapped_type": "long"}}, byID}
	case search.PriceDown:
		return []m{{priceField(a.Currency): m{"order": "desc", "unmapped_type": "long"}}, byID}
	}
	return []m{{"_score": "desc"}, byID}
}

// cursor keeps a sort key. A score is kept by its bits: they have its order,
// since no score is below zero.
func (a asked) cursor(id string, key json.RawMessage) (c search.Cursor, err error) {
	c.ID = id
	if a.Sort == search.Relevance {
		score, err := strconv.ParseFloat(string(key), 32)
		c.Key = int64(math.Float32bits(float32(score)))
		return c, err
	}
	c.Key, err = strconv.ParseInt(string(key), 10, 64)
	return c, err
}

// key is the sort key of a cursor as the cluster wants it.
func (a asked) key() any {
	if a.Sort != search.Relevance {
		return a.After.Key
	}
	score := math.Float32frombits(uint32(max(0, min(a.After.Key, math.MaxUint32))))
	if math.IsNaN(float64(score)) || score < 0 || score > math.MaxFloat32 {
		score = 0 // made by somebody else: nothing comes after it
	}
	return score
}
