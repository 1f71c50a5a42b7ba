package merchandising

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// Editor changes the catalogue for staff. Whoever changes something says which
// version of it they looked at; if another is there, the code of the error is
// "changed-meanwhile". The argument by names who does it, for the audit, which
// gets an entry with the fields that changed.
type Editor struct {
	DB    store.DB
	Now   func() time.Time
	NewID func() string

	request idempotency.Request // see Under
}

// Under is the editor for one request: what it adds is added once per key, and
// who asks again under the key gets the first answer.
func (e *Editor) Under(r idempotency.Request) *Editor {
	one := *e
	one.request = r
	return &one
}

// add runs a verb that makes something new, once for the request.
func add[T any](ctx context.Context, e *Editor, thing T, fn func(tx store.Stores) error) (T, error) {
	return once.Do(ctx, e.DB, e.request, e.Now(), func(tx store.Stores) (T, error) { return thing, fn(tx) })
}

// entry is an audit entry about one thing of the catalogue.
func (e *Editor) entry(by, action, subject string, details any) audit.Entry {
	return audit.Entry{Actor: by, Action: action, Subject: subject, At: e.Now(), Details: details}
}

// delta is how one field changed, nil for what was not there.
type delta struct {
	From json.RawMessage `json:"from"`
	To   json.RawMessage `json:"to"`
}

// longestValue is how many characters of a value the audit keeps.
const longestValue = 600

// deltas compares two things field by field.
func deltas(from, to map[string]any) (map[string]delta, error) {
	out := map[string]delta{}
	for _, side := range []map[string]any{from, to} {
		for field := range side {
			a, err := compact(from[field])
			if err != nil {
				return nil, err
			}
			b, err := compact(to[field])
			if err != nil {
				return nil, err
			}
			if string(a) != string(b) {
				out[field] = delta{a, b}
			}
		}
	}
	for field, d := range out {
		out[field] = delta{clipJSON(d.From), clipJSON(d.To)}
	}
	return out, nil
}

func compact(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode for the audit: %w", err)
	}
	return raw, nil
}

// clipJSON shortens a long value to a text that begins as it does.
func clipJSON(raw json.RawMessage) json.RawMessage {
	if utf8.RuneCount(raw) <= longestValue {
		return raw
	}
	short, _ := json.Marshal(clip(string(raw), longestValue) + "…") // a string: cannot fail
	return short
}

// productFields are what the audit compares of a product; a variant is a field of its own.
func productFields(p catalog.Product) map[string]any {
	f := map[string]any{"slug": p.Slug, "title": p.Title, "description": p.Description, "brand": p.BrandID, "category": p.CategoryID, "status": p.Status,
		"tax_class": p.TaxClass, "seo": p.SEO, "options": p.Options, "tags": p.Tags, "attributes": p.Attributes, "media": p.Media}
	for _, v := range p.Variants {
		v.OnHand, v.Available, v.Prices = 0, 0, slices.Clone(v.Prices)
		for i := range v.Prices {
			v.Prices[i].Sale = nil
		}
		f["variant "+v.SKU] = v
	}
	return f
}

func categoryFields(c catalog.Category) map[string]any {
	f := map[string]any{"parent": c.ParentID, "slug": c.Slug, "title": c.Title, "position": c.Position, "status": c.Status,
		"description": c.Description, "image": c.Image, "seo": c.SEO}
	for _, d := range c.Attributes {
		f["attribute "+d.Name] = d
	}
	return f
}

func brandFields(b catalog.Brand) map[string]any {
	return map[string]any{"slug": b.Slug, "title": b.Title, "logo": b.Logo}
}

// record adds the audit entry of a change, last in its transaction.
func (e *Editor) record(ctx context.Context, tx store.Stores, by, action, subject string, from, to map[string]any) error {
	changed, err := deltas(from, to)
	if err != nil {
		return err
	}
	return tx.Audit.Add(ctx, e.entry(by, action, subject, changed))
}
