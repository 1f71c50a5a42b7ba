package catalog

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tradewind/internal/platform/fault"
)

// Texts are the texts of one thing in another language, by field: "title",
// "description", "seo_title" and "seo_description"; of a product "option:NAME",
// "value:NAME=VALUE" and "variant:SKU" for the title of a variant; of a category, for the attributes it declares,
// "attribute:NAME" for the label and "choice:NAME=VALUE". What is missing is
// shown in the shop's own language.
type Texts map[string]string

var localeShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)

// Locale reports whether s is a language, or a language of a country, as BCP 47
// writes them: "de", "de-AT".
func Locale(s string) bool { return localeShape.MatchString(s) }

// Locales lists where texts of a locale are looked for, the nearest last: "de" before "de-AT".
func Locales(locale string) []string {
	language, _, of := strings.Cut(locale, "-")
	if of {
		return []string{language, locale}
	}
	return []string{locale}
}

// Check refuses fields that noun does not have and texts that do not fit. The error's code is "texts-invalid".
func (t Texts) Check(noun Noun) error {
	most := map[string]int{"title": 200, "description": 100_000, "seo_title": 200, "seo_description": 400}
	prefixes := map[Noun][]string{NounProduct: {"option:", "value:", "variant:"}, NounCategory: {"attribute:", "choice:"}, NounCollection: nil}
	allowed, known := prefixes[noun]
	if !known {
		return coded("texts-invalid", wrong("noun", "%q has no texts in other languages", noun))
	}
	for _, field := range slices.Sorted(maps.Keys(t)) {
		limit, ok := most[field]
		for _, p := range allowed {
			if strings.HasPrefix(field, p) && len(field) > len(p) {
				limit, ok = 400, true
			}
		}
		if !ok {
			return coded("texts-invalid", wrong("texts", "a %s has no text %.80q", noun, field))
		}
		if err := first(length("texts", field, 1, 200), length(field, t[field], 1, limit), legible(field, t[field])); err != nil {
			return coded("texts-invalid", err)
		}
	}
	return nil
}

func (t Texts) or(field, otherwise string) string {
	if text, ok := t[field]; ok {
		return text
	}
	return otherwise
}

func (t Texts) seo(s SEO) SEO {
	return SEO{t.or("seo_title", s.Title), t.or("seo_description", s.Description)}
}

// Product is p in the language of t. Its title sorts as before.
func (t Texts) Product(p Product) Product {
	if len(t) == 0 {
		return p
	}
	p.Title, p.Description, p.SEO = t.or("title", p.Title), t.or("description", p.Description), t.seo(p.SEO)
	value := func(name, value string) string { return t.or("value:"+name+"="+value, value) }
	p.Options = slices.Clone(p.Options)
	for i, d := range p.Options {
		p.Options[i] = OptionDef{Name: t.or("option:"+d.Name, d.Name)}
		for _, v := range d.Values {
			p.Options[i].Values = append(p.Options[i].Values, value(d.Name, v))
		}
	}
	p.Variants = slices.Clone(p.Variants)
	for i := range p.Variants {
		options := slices.Clone(p.Variants[i].Options)
		for j, o := range options {
			options[j] = Option{Name: t.or("option:"+o.Name, o.Name), Value: value(o.Name, o.Value)}
		}
		p.Variants[i].Options = options
		p.Variants[i].Title = t.or("variant:"+p.Variants[i].SKU, p.Variants[i].Title)
	}
	return p
}

// Category is c in the language of t, its declarations too.
func (t Texts) Category(c Category) Category {
	if len(t) == 0 {
		return c
	}
	c.Title, c.Description, c.SEO = t.or("title", c.Title), t.or("description", c.Description), t.seo(c.SEO)
	c.Attributes = slices.Clone(c.Attributes)
	for i, d := range c.Attributes {
		c.Attributes[i].Label = t.or("attribute:"+d.Name, d.Label)
		c.Attributes[i].Words = map[string]string{}
		for field, word := range t {
			if value, ok := strings.CutPrefix(field, "choice:"+d.Name+"="); ok {
				c.Attributes[i].Words[value] = word
			}
		}
	}
	return c
}

// Collection is c in the language of t.
func (t Texts) Collection(c Collection) Collection {
	c.Title, c.Description, c.SEO = t.or("title", c.Title), t.or("description", c.Description), t.seo(c.SEO)
	return c
}

// TextStore keeps texts in other languages.
type TextStore interface {
	// Texts returns those of things of one noun in exactly that locale, by id;
	// what has none is absent.
	Texts(ctx context.Context, noun Noun, locale string, ids []string) (map[string]Texts, error)
	// TextsIn returns those of things of one noun in every locale, by id and locale.
	TextsIn(ctx context.Context, noun Noun, ids []string) (map[string]map[string]Texts, error)
	// AllTexts returns those of all things of a noun of which there are few.
	AllTexts(ctx context.Context, noun Noun, locale string) (map[string]Texts, error)
	// PutTexts replaces the texts of one thing in one locale.
	PutTexts(ctx context.Context, noun Noun, id, locale string, texts Texts) error
}

// UnknownLocale says that s is none.
func UnknownLocale(s string) error {
	return fault.Field("unknown-locale", "locale", "%.40q is not a language of this shop, such as de or de-AT", s)
}
