package merchandising

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

// Record is a product as a file describes it, before it meets the catalogue.
type Record struct {
	Line        int // where it begins in the file, counted from 1
	Slug, Title string
	Description string
	Brand       string
	Category    []string // titles from the root down; empty keeps the product's category or takes the default
	Status      catalog.Status
	TaxClass    string
	Attributes  []catalog.Attribute
	Variants    []VariantRecord
	Media       []catalog.Media
}

// VariantRecord is a variant in a file. Stock, if not nil, becomes what is on hand.
type VariantRecord struct {
	catalog.Variant
	Stock *int64
}

// RowError is something wrong in a file: a line and a column (both from 1; 0
// where none can be named), the field, and what would work.
type RowError struct {
	Line, Column int
	Field        string
	Message      string
}

func (e *RowError) Error() string {
	where := fmt.Sprintf("line %d", e.Line)
	if e.Column > 0 {
		where += fmt.Sprintf(", column %d", e.Column)
	}
	if e.Field != "" {
		where += " (" + e.Field + ")"
	}
	return where + ": " + e.Message
}

// Source yields the records of a file one by one: io.EOF at the end, a
// *RowError for one that cannot be read (the next call goes on behind it), any
// other error if the file cannot be read further.
type Source interface {
	Next() (Record, error)
}

// check reports the first thing in r that the catalogue would refuse.
func (r *Record) check() *RowError {
	bad := func(field, format string, args ...any) *RowError {
		return &RowError{Line: r.Line, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	for _, f := range []struct {
		name, text  string
		least, most int
	}{{"slug", r.Slug, 1, 120}, {"title", r.Title, 1, 200}, {"description", r.Description, 0, 100_000}, {"brand", r.Brand, 0, 120}, {"tax_class", r.TaxClass, 1, 20}} {
		if n := utf8.RuneCountInString(f.text); n < f.least || n > f.most {
			return bad(f.name, "%d characters are needed to %d possible; here are %d", f.least, f.most, n)
		}
	}
	if s, bad := r.unreadable(); bad {
		return &RowError{Line: r.Line, Message: fmt.Sprintf("%.80q is not UTF-8, or has control characters", s)}
	}
	if r.Slug != Slugify(r.Slug) {
		return bad("slug", "%q is not a slug; %q would be", r.Slug, Slugify(r.Slug))
	}
	if r.Status != catalog.Draft && r.Status != catalog.Active && r.Status != catalog.Archived {
		return bad("status", "%q is not draft, active or archived", r.Status)
	}
	if len(r.Category) > 20 {
		return bad("category", "the tree goes down 20 levels at most")
	}
	for _, a := range r.Attributes {
		if n := utf8.RuneCountInString(a.Text); a.Name == "" || utf8.RuneCountInString(a.Name) > 60 || n == 0 || n > 400 {
			return bad("attributes", "a name of 1 to 60 and a value of 1 to 400 characters are needed, not %.80q", a.Name+"="+a.Text)
		}
	}
	if len(r.Variants) == 0 || len(r.Variants) > 200 {
		return bad("variants", "a product has 1 to 200 variants, not %d", len(r.Variants))
	}
	seen := map[string]bool{}
	for _, v := range r.Variants {
		switch {
		case v.SKU == "" || utf8.RuneCountInString(v.SKU) > 64 || strings.ContainsFunc(v.SKU, unicode.IsControl):
			return bad("sku", "a SKU has 1 to 64 characters, not %.80q", v.SKU)
		case seen[v.SKU]:
			return bad("sku", "%s stands twice in this product", v.SKU)
		case utf8.RuneCountInString(v.Title) > 200 || utf8.RuneCountInString(v.Barcode) > 40:
			return bad("variants", "the title has at most 200 and the barcode 40 characters")
		case v.WeightG < 0 || v.WeightG > 999_999_999:
			return bad("weight_g", "%d g is not possible", v.WeightG)
		case v.Stock != nil && (*v.Stock < 0 || *v.Stock > 999_999_999_999):
			return bad("stock", "%d is not a number of pieces", *v.Stock)
		case len(v.Prices) == 0 && r.Status == catalog.Active:
			return bad("price", "%s has no price; an active product needs one", v.SKU)
		}
		seen[v.SKU] = true
		for _, p := range v.Prices {
			if p.Minor < 0 || p.CompareAt < 0 {
				return bad("price", "the price of %s is below zero", v.SKU)
			}
		}
	}
	for _, m := range r.Media {
		if m.URL == "" || utf8.RuneCountInString(m.URL) > 1000 || utf8.RuneCountInString(m.Alt) > 400 || m.Kind != "image" && m.Kind != "video" {
			return bad("media", "an image or video with a URL of up to 1000 and a text of up to 400 characters is needed")
		}
	}
	return nil
}

// unreadable returns the first text that no answer could carry as it is.
func (r *Record) unreadable() (string, bool) {
	texts := append([]string{r.Slug, r.Title, r.Description, r.Brand, r.TaxClass}, r.Category...)
	for _, a := range r.Attributes {
		texts = append(texts, a.Name, a.Text)
	}
	for _, v := range r.Variants {
		texts = append(texts, v.SKU, v.Title, v.Barcode)
		for _, o := range v.Options {
			texts = append(texts, o.Name, o.Value)
		}
	}
	for _, m := range r.Media {
		texts = append(texts, m.URL, m.Alt)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }) {
			return s, true
		}
	}
	return "", false
}

// Slugify makes a slug of any text: lower-case letters, digits and single
// dashes, at most 120 characters. Letters with marks lose them.
func Slugify(s string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(s) {
		if unicode.Is(unicode.Mn, r) { // a mark by itself, as in a decomposed é
			continue
		}
		if plain, ok := unmarked[r]; ok {
			b.WriteString(plain)
			dash = false
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
			dash = false
		} else if !dash && b.Len() > 0 {
			b.WriteByte('-')
			dash = true
		}
	}
	out := []rune(strings.Trim(b.String(), "-"))
	return strings.Trim(string(out[:min(len(out), 120)]), "-")
}

// unmarked spells the common Latin letters with marks in ASCII.
var unmarked = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ł': "l", 'þ': "th", 'ð': "d"}
	for plain, marked := range map[string]string{"a": "àáâãäåāăą", "c": "çćč", "d": "ď", "e": "èéêëēęě", "g": "ğ", "i": "ìíîïīı", "n": "ñńň", "o": "òóôõöőō",
		"r": "řŕ", "s": "śšş", "t": "ťţ", "u": "ùúûüűūů", "y": "ýÿ", "z": "źżž"} {
		for _, r := range marked {
			m[r] = plain
		}
	}
	return m
}()

var (
	tag    = regexp.MustCompile(`(?s)<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// plainText takes the markup out of a description.
func plainText(markup string) string {
	s := tag.ReplaceAllString(markup, " ")
	return strings.TrimSpace(blanks.ReplaceAllString(html.UnescapeString(s), " "))
}

// rowErrorOf tells a refusal of the catalogue as an error of the file.
func rowErrorOf(r Record, err error) (*RowError, bool) {
	if fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable {
		return nil, false
	}
	return &RowError{Line: r.Line, Field: fault.Code(err), Message: err.Error()}, true
}
