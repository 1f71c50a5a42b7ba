package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// query reads the parameters of a request one by one and keeps the first error.
type query struct {
	values url.Values
	err    error
}

// queryOf refuses parameters that are not known: a filter that is misspelled
// would otherwise widen the answer in silence. "attr." stands for any attribute.
func queryOf(u *url.URL, known ...string) *query {
	values, err := url.ParseQuery(u.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.err = fault.New(fault.Invalid, "bad-query", "The query string is not correctly escaped.")
		return q
	}
	for name, vs := range values {
		attr := strings.HasPrefix(name, "attr.") && slices.Contains(known, "attr.")
		switch {
		case !attr && !slices.Contains(known, name):
			q.fail(fault.Field("unknown-parameter", clean(name), "there is no such parameter; known are %s", strings.Join(known, ", ")))
		case len(vs) > 1 && !attr && name != "brand":
			q.fail(fault.Field("repeated-parameter", clean(name), "it is given %d times; once is possible", len(vs)))
		}
	}
	return q
}

func (q *query) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}

func (q *query) text(name string, most int) string {
	s, err := text(name, q.values.Get(name), 0, most)
	if err != nil {
		q.fail(err)
	}
	return s
}

func (q *query) number(name string, otherwise, least, most int64) int64 {
	s := q.values.Get(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		q.fail(fault.Field("bad-number", name, "%q is not a whole number between %d and %d", clean(s), least, most))
	}
	return n
}

// moment reads a time as RFC 3339 writes it, or a day of UTC; zero if it is absent.
func (q *query) moment(name string) time.Time {
	s := q.values.Get(name)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 10_000 {
			return t.UTC()
		}
	}
	q.fail(fault.Field("bad-time", name, "%q is neither a day such as 2026-03-01 nor a time such as 2026-03-01T12:00:00Z", clean(s)))
	return time.Time{}
}

func (q *query) choice(name, otherwise string, choices ...string) string {
	s := q.values.Get(name)
	if s == "" {
		return otherwise
	}
	if !slices.Contains(choices, s) {
		q.fail(fault.Field("bad-choice", name, "%q is not one of %s", clean(s), strings.Join(choices, ", ")))
	}
	return s
}

func (q *query) currency(otherwise string) string {
	c := q.values.Get("currency")
	if c == "" {
		return otherwise
	}
	if !money.Known(c) {
		q.fail(fault.Field("unknown-currency", "currency", "%q is not an ISO 4217 code such as EUR", clean(c)))
	}
	return c
}

func (q *query) prices() (least, most int64) {
	least = q.number("price_min", 0, 0, money.Max)
	most = q.number("price_max", money.Max, 1, money.Max)
	if least > most {
		q.fail(fault.Field("bad-range", "price_min", "%d is above price_max %d", least, most))
	}
	return least, most
}

// attribute is a filter attr.NAME=VALUE, given up to MaxAttributeValues times,
// or attr.NAME=LEAST..MOST for numbers in the attribute's unit.
type attribute struct {
	name        string
	values      []string
	least, most int64 // thousandths; least > most where no range was given
}

func (q *query) attributes() []attribute {
	var out []attribute
	for key, values := range q.values {
		name, ok := strings.CutPrefix(key, "attr.")
		if !ok {
			continue
		}
		name, err := text(key, name, 1, 60)
		if err != nil {
			q.fail(err)
			continue
		}
		if len(values) > catalog.MaxAttributeValues {
			q.fail(fault.Field("too-many-values", clean(key), "at most %d values are possible", catalog.MaxAttributeValues))
			continue
		}
		a := attribute{name: name, least: 1, most: 0}
		for _, v := range values {
			if lo, hi, ok := strings.Cut(v, ".."); ok {
				if len(values) > 1 {
					q.fail(fault.Field("bad-range", clean(key), "a range cannot be joined by another value"))
				}
				if a.least, a.most = q.milli(key, lo, -1e15), q.milli(key, hi, 1e15); a.least > a.most {
					q.fail(fault.Field("bad-range", clean(key), "%s is above %s", clean(lo), clean(hi)))
				}
				continue
			}
			v, err := text(key, v, 1, 400)
			if err != nil {
				q.fail(err)
			}
			a.values = append(a.values, v)
		}
		out = append(out, a)
	}
	if len(out) > catalog.MaxAttributeFilters {
		q.fail(fault.New(fault.Invalid, "too-many-filters", "At most %d attributes can be asked for at once.", catalog.MaxAttributeFilters))
		return nil
	}
	slices.SortFunc(out, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	return out
}

// milli reads a decimal as thousandths.
func (q *query) milli(name, s string, otherwise int64) int64 {
	if s == "" {
		return otherwise
	}
	n, err := catalog.ParseMilli(s)
	if err != nil {
		q.fail(fault.Field("bad-range", clean(name), "%q is not a number with at most three decimals", clean(s)))
	}
	return n
}

// cursor reads an opaque cursor into v; false if there is none.
func (q *query) cursor(sort string, v any) bool {
	s := q.values.Get("cursor")
	if s == "" {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	var in struct {
		Sort string          `json:"s"`
		At   json.RawMessage `json:"a"`
	}
	if err == nil && len(s) <= 1000 {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil || len(s) > 1000 || in.Sort != sort || json.Unmarshal(in.At, v) != nil {
		q.fail(fault.Field("bad-cursor", "cursor", "it does not belong to this list; start again without it"))
		return false
	}
	return true
}

// cursorOf makes the cursor that continues a list in the given order.
func cursorOf(sort string, v any) string {
	at, _ := json.Marshal(v)                                                    // plain structs: cannot fail
	raw, _ := json.Marshal(map[string]any{"s": sort, "a": json.RawMessage(at)}) // as above
	return base64.RawURLEncoding.EncodeToString(raw)
}
