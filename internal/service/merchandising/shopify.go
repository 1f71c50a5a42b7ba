package merchandising

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Shopify reads a product export of Shopify: a row for each variant or picture,
// the rows of a product together under one Handle, a title in the first only.
// Columns are found by their names; those that are not known are left out.
// Source of the format: Shopify help centre, "Using CSV files to import and export products".
type Shopify struct {
	in       *csv.Reader
	bound    *bound
	columns  map[string]int
	currency string
	pending  *shopifyRow // read, but not yet used
	skipping string      // handle of a product that had an error
}

// maxRow is the longest row of a CSV file, in bytes.
const maxRow = 1 << 20

// bound keeps a quote that is never closed from reading the whole file into one field.
type bound struct {
	io.Reader
	left int
}

func (b *bound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d bytes; a quote may not be closed", maxRow)
	}
	n, err := b.Reader.Read(p)
	b.left -= n
	return n, err
}

type shopifyRow struct {
	line   int
	fields []string
	at     []int // column of each field in its line
}

// NewShopify reads the header. Prices are taken to be in currency.
func NewShopify(r io.Reader, currency string) (*Shopify, error) {
	if !money.Known(currency) {
		return nil, fault.New(fault.Invalid, "unknown-currency", "%q is not an ISO 4217 code such as EUR.", currency)
	}
	b := &bound{r, maxRow}
	s := &Shopify{in: csv.NewReader(b), bound: b, currency: currency, columns: map[string]int{}}
	s.in.ReuseRecord = false
	s.in.FieldsPerRecord = -1
	header, err := s.in.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, twice := s.columns[name]; !twice {
			s.columns[name] = i
		}
	}
	for _, need := range []string{"handle", "title", "variant price"} {
		if _, ok := s.columns[need]; !ok {
			return nil, fault.New(fault.Invalid, "not-shopify", "The header has no column %q; this is not a product export of Shopify.", need)
		}
	}
	return s, nil
}

// Next returns the next product.
func (s *Shopify) Next() (Record, error) {
	first, err := s.row()
	for err == nil && s.get(first, "handle") == s.skipping && s.skipping != "" {
		first, err = s.row()
	}
	if err != nil {
		return Record{}, err
	}
	s.skipping = ""
	rec, err := s.product(first)
	for err == nil {
		var next *shopifyRow
		if next, err = s.row(); err != nil {
			break
		}
		if s.get(next, "handle") != rec.Slug {
			s.pending = next
			break
		}
		if err = s.addTo(&rec, next); err == nil && len(rec.Variants)+len(rec.Media) > 1000 {
			err = s.wrong(next, "handle", "more than 1000 variants and pictures under one handle")
		}
	}
	if errors.Is(err, io.EOF) && rec.Slug != "" {
		return rec, nil
	}
	if _, ok := errors.AsType[*RowError](err); ok {
		s.skipping = s.get(first, "handle")
	}
	return rec, err
}

// row reads a line; a broken one is a *RowError.
func (s *Shopify) row() (*shopifyRow, error) {
	if p := s.pending; p != nil {
		s.pending = nil
		return p, nil
	}
	s.bound.left = maxRow
	fields, err := s.in.Read()
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, &RowError{Line: e.Line, Column: e.Column, Message: e.Err.Error()}
	}
	if err != nil {
		return nil, err
	}
	r := &shopifyRow{fields: fields, at: make([]int, len(fields))}
	for i := range fields {
		line, column := s.in.FieldPos(i)
		if i == 0 {
			r.line = line
		}
		r.at[i] = column
	}
	return r, nil
}

func (s *Shopify) get(r *shopifyRow, column string) string {
	i, ok := s.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (s *Shopify) wrong(r *shopifyRow, column, format string, args ...any) *RowError {
	e := &RowError{Line: r.line, Field: column, Message: fmt.Sprintf(format, args...)}
	if i, ok := s.columns[column]; ok && i < len(r.at) {
		e.Column = r.at[i]
	}
	return e
}

// product begins a record with the first row of a handle.
func (s *Shopify) product(r *shopifyRow) (Record, error) {
	rec := Record{Line: r.line, Slug: s.get(r, "handle"), Title: s.get(r, "title"), Description: plainText(s.get(r, "body (html)")), Brand: s.get(r, "vendor"),
		Status: catalog.Active, TaxClass: "standard"}
	if rec.Slug == "" {
		return rec, s.wrong(r, "handle", "it is empty; every row needs the handle of its product")
	}
	if rec.Title == "" {
		return rec, s.wrong(r, "title", "it is empty in the first row of %s", rec.Slug)
	}
	if kind := s.get(r, "type"); kind != "" {
		rec.Category = []string{kind}
	}
	switch status := s.get(r, "status"); {
	case strings.EqualFold(status, "archived"):
		rec.Status = catalog.Archived
	case strings.EqualFold(status, "draft"), strings.EqualFold(s.get(r, "published"), "false"):
		rec.Status = catalog.Draft
	}
	for t := range strings.SplitSeq(s.get(r, "tags"), ",") {
		if t = strings.TrimSpace(t); t != "" {
			rec.Attributes = append(rec.Attributes, catalog.Attribute{Name: "tag", Text: t})
		}
	}
	return rec, s.addTo(&rec, r)
}

// addTo adds what a row holds: a variant, a picture, or both.
func (s *Shopify) addTo(rec *Record, r *shopifyRow) error {
	picture := s.get(r, "image src")
	if picture != "" {
		rec.Media = append(rec.Media, catalog.Media{Kind: "image", URL: picture, Alt: s.get(r, "image alt text")})
	}
	price := s.get(r, "variant price")
	if price == "" && s.get(r, "option1 value") == "" && len(rec.Variants) > 0 {
		if picture == "" {
			return s.wrong(r, "variant price", "the row has neither a variant nor a picture")
		}
		return nil
	}
	v, err := s.variant(rec, r, price)
	if err != nil {
		return err
	}
	rec.Variants = append(rec.Variants, v)
	if own := s.get(r, "variant image"); own != "" && own != picture {
		rec.Media = append(rec.Media, catalog.Media{Kind: "image", URL: own, SKU: v.SKU})
	}
	return nil
}

func (s *Shopify) variant(rec *Record, r *shopifyRow, price string) (VariantRecord, error) {
	v := VariantRecord{Variant: catalog.Variant{SKU: s.get(r, "variant sku"), Barcode: strings.TrimPrefix(s.get(r, "variant barcode"), "'"), Position: int64(len(rec.Variants))}}
	amount, err := money.Parse(price, s.currency)
	if err != nil || amount.Minor < 0 {
		return v, s.wrong(r, "variant price", "%q is not a price in %s such as %s", price, s.currency, money.Of(1999, s.currency).Decimal())
	}
	p := catalog.Price{Amount: amount}
	if former := s.get(r, "variant compare at price"); former != "" {
		a, err := money.Parse(former, s.currency)
		if err != nil || a.Minor < 0 {
			return v, s.wrong(r, "variant compare at price", "%q is not a price in %s", former, s.currency)
		}
		p.CompareAt = a.Minor
	}
	v.Prices = []catalog.Price{p}
	if grams := s.get(r, "variant grams"); grams != "" {
		g, err := strconv.ParseFloat(grams, 64)
		if err != nil || g < 0 || g > 1e8 {
			return v, s.wrong(r, "variant grams", "%q is not a weight in grams", grams)
		}
		v.WeightG = int64(g + 0.5)
	}
	if qty := s.get(r, "variant inventory qty"); qty != "" {
		n, err := strconv.ParseInt(qty, 10, 64)
		if err != nil || n < 0 {
			return v, s.wrong(r, "variant inventory qty", "%q is not a number of pieces", qty)
		}
		v.Stock = &n
	}
	return v, s.options(rec, &v, r)
}

// options reads up to three choices. A product that has none carries the option
// Title with the value "Default Title". The names stand in the first row only.
func (s *Shopify) options(rec *Record, v *VariantRecord, r *shopifyRow) error {
	var values []string
	for i := range 3 {
		n := strconv.Itoa(i + 1)
		option := catalog.Option{Name: s.get(r, "option"+n+" name"), Value: s.get(r, "option"+n+" value")}
		if option.Value == "" || option.Value == "Default Title" {
			continue
		}
		if option.Name == "" && len(rec.Variants) > 0 && i < len(rec.Variants[0].Options) {
			option.Name = rec.Variants[0].Options[i].Name
		}
		if option.Name == "" {
			return s.wrong(r, "option"+n+" name", "the option %q has no name", option.Value)
		}
		v.Options = append(v.Options, option)
		values = append(values, option.Value)
	}
	v.Title = strings.Join(values, " / ")
	if v.SKU == "" { // Shopify does not ask for one; ours is made of what is stable
		v.SKU = clip(strings.TrimSuffix(rec.Slug+"-"+catalog.Slugify(strings.Join(values, "-")), "-"), 64)
	}
	if slices.ContainsFunc(rec.Variants, func(have VariantRecord) bool { return have.SKU == v.SKU }) {
		return s.wrong(r, "variant sku", "%s stands twice in %s", v.SKU, rec.Slug)
	}
	return nil
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
