package merchandising

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
)

// maxLine is the longest line of a JSONL file, in bytes.
const maxLine = 1 << 20

// JSONL reads our own format: a product a line, as docs/import.md describes it.
type JSONL struct {
	in   *bufio.Reader
	line int
}

// NewJSONL reads from r.
func NewJSONL(r io.Reader) *JSONL { return &JSONL{in: bufio.NewReaderSize(r, 64<<10)} }

// jsonProduct is a line. Prices and former prices are decimals by currency.
type jsonProduct struct {
	Slug        string                     `json:"slug"`
	Title       string                     `json:"title"`
	Description string                     `json:"description"`
	Brand       string                     `json:"brand"`
	Category    []string                   `json:"category"`
	Status      string                     `json:"status"`
	TaxClass    string                     `json:"tax_class"`
	SEOTitle    string                     `json:"seo_title"`
	SEOText     string                     `json:"seo_description"`
	Tags        []string                   `json:"tags"`
	Options     []catalog.OptionDef        `json:"options"`
	Attributes  map[string]json.RawMessage `json:"attributes"`
	Variants    []jsonVariant              `json:"variants"`
	Media       []jsonMedia                `json:"media"`
}

type jsonVariant struct {
	SKU       string            `json:"sku"`
	Title     string            `json:"title"`
	Options   []catalog.Option  `json:"options"`
	Barcode   string            `json:"barcode"`
	WeightG   int64             `json:"weight_g"`
	LengthMM  int64             `json:"length_mm"`
	WidthMM   int64             `json:"width_mm"`
	HeightMM  int64             `json:"height_mm"`
	Prices    map[string]string `json:"prices"`
	CompareAt map[string]string `json:"compare_at"`
	Stock     *int64            `json:"stock"`
}

type jsonMedia struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
	Alt  string `json:"alt"`
	SKU  string `json:"sku"`

	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

// Next returns the next product; empty lines are passed over.
func (j *JSONL) Next() (Record, error) {
	for {
		j.line++
		text, err := j.read()
		if err != nil {
			return Record{}, err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			return j.record(text)
		}
	}
}

// read returns a line; one that is too long is passed over as an error.
func (j *JSONL) read() ([]byte, error) {
	var text []byte
	for {
		part, err := j.in.ReadSlice('\n')
		if len(text) <= maxLine {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(text) == 0):
			return nil, err
		case len(text) > maxLine:
			return nil, j.wrong(0, "", "the line is longer than %d bytes", maxLine)
		}
		return text, nil
	}
}

func (j *JSONL) wrong(column int, field, format string, args ...any) *RowError {
	return &RowError{Line: j.line, Column: column, Field: field, Message: fmt.Sprintf(format, args...)}
}

func (j *JSONL) record(text []byte) (Record, error) {
	if !utf8.Valid(text) { // encoding/json would put U+FFFD in silence
		return Record{}, j.wrong(0, "", "it is not UTF-8")
	}
	var in jsonProduct
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return Record{}, j.wrong(int(e.Offset), e.Field, "a JSON %s does not fit here", e.Value)
		}
		return Record{}, j.wrong(int(dec.InputOffset())+1, "", "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Record{}, j.wrong(int(dec.InputOffset())+1, "", "there is something behind the product")
	}
	r := Record{Line: j.line, Slug: in.Slug, Title: in.Title, Description: in.Description, Brand: in.Brand, Category: in.Category,
		Status: catalog.Status(in.Status), TaxClass: in.TaxClass,
		SEO: catalog.SEO{Title: in.SEOTitle, Description: in.SEOText}, Tags: slices.Sorted(slices.Values(in.Tags)), Options: in.Options}
	if r.Slug == "" {
		r.Slug = catalog.Slugify(in.Title)
	}
	if r.Status == "" {
		r.Status = catalog.Active
	}
	if r.TaxClass == "" {
		r.TaxClass = "standard"
	}
	for _, m := range in.Media {
		if m.Kind == "" {
			m.Kind = "image"
		}
		r.Media = append(r.Media, catalog.Media(m))
	}
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if err := j.attribute(&r, name, in.Attributes[name]); err != nil {
			return Record{}, err
		}
	}
	for i, v := range in.Variants {
		out := VariantRecord{Variant: catalog.Variant{SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode, WeightG: v.WeightG,
			LengthMM: v.LengthMM, WidthMM: v.WidthMM, HeightMM: v.HeightMM, Position: int64(i)}, Stock: v.Stock}
		var err error
		if out.Prices, err = j.prices(v); err != nil {
			return Record{}, err
		}
		r.Variants = append(r.Variants, out)
	}
	return r, nil
}

func (j *JSONL) prices(v jsonVariant) ([]catalog.Price, error) {
	var out []catalog.Price
	for _, currency := range slices.Sorted(maps.Keys(v.Prices)) {
		a, err := money.Parse(v.Prices[currency], currency)
		if err != nil {
			return nil, j.wrong(0, "variants.prices", "%v", err)
		}
		p := catalog.Price{Amount: a}
		if former, ok := v.CompareAt[currency]; ok {
			c, err := money.Parse(former, currency)
			if err != nil {
				return nil, j.wrong(0, "variants.compare_at", "%v", err)
			}
			p.CompareAt = c.Minor
		}
		out = append(out, p)
	}
	return out, nil
}

// attribute reads a value: a text, a number with up to three decimals, true or
// false, or a list of them.
func (j *JSONL) attribute(r *Record, name string, raw json.RawMessage) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, v := range list {
		a := catalog.Attribute{Name: name}
		switch text := strings.TrimSpace(string(v)); {
		case strings.HasPrefix(text, `"`):
			if err := json.Unmarshal(v, &a.Text); err != nil {
				return j.wrong(0, "attributes."+name, "%v", err)
			}
		case text == "true" || text == "false":
			a.Text = text
		default:
			milli, err := catalog.ParseMilli(text)
			if err != nil {
				return j.wrong(0, "attributes."+name, "%.60s is neither a text, a number with up to three decimals, true nor false", text)
			}
			a.Text, a.Milli = catalog.MilliText(milli), &milli
		}
		r.Attributes = append(r.Attributes, a)
	}
	return nil
}
