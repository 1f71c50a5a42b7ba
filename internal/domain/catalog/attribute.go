package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// AttributeKind says what values an attribute takes.
type AttributeKind string

// The kinds of attributes.
const (
	Text    AttributeKind = "text"
	Number  AttributeKind = "number" // with a unit; kept in thousandths
	Boolean AttributeKind = "boolean"
	Choice  AttributeKind = "choice" // one of Choices
	Many    AttributeKind = "many"   // several of Choices
)

// AttributeDef declares an attribute for products of a category and of those below it.
type AttributeDef struct {
	Name, Label string
	Kind        AttributeKind
	Unit        string
	Min, Max    *int64   // bounds of a number in thousandths, inclusive; nil for none
	Choices     []string // what Choice and Many allow; empty allows any text
	Required    bool     // of active products
	Facet       bool
	Position    int64
	Words       map[string]string `json:"-"` // values in the language of a reader; see Texts.Category
}

// Word is a value in the language of the reader.
func (d AttributeDef) Word(value string) string {
	if word, ok := d.Words[value]; ok {
		return word
	}
	return value
}

// maxChoices is how many values a declaration may list.
const maxChoices = 500

func (d AttributeDef) check() error {
	field := "attributes." + d.Name
	if err := first(length("attributes", d.Name, 1, 60), length(field, d.Label, 1, 120), length(field, d.Unit, 0, 20), legible(d.Name, d.Label, d.Unit)); err != nil {
		return err
	}
	switch d.Kind {
	case Text, Number, Boolean, Choice, Many:
	default:
		return wrong(field, "%q is not text, number, boolean, choice or many", d.Kind)
	}
	switch {
	case d.Kind != Number && (d.Min != nil || d.Max != nil || d.Unit != ""):
		return wrong(field, "only a number has a unit and bounds")
	case d.Min != nil && d.Max != nil && *d.Min > *d.Max:
		return wrong(field, "the least value is above the greatest")
	case d.Kind != Choice && d.Kind != Many && len(d.Choices) > 0:
		return wrong(field, "only choice and many list values")
	case len(d.Choices) > maxChoices:
		return wrong(field, "at most %d values are possible", maxChoices)
	}
	for i, c := range d.Choices {
		if err := first(length(field, c, 1, 400), legible(c)); err != nil {
			return err
		}
		if slices.Contains(d.Choices[:i], c) {
			return wrong(field, "%q stands twice among the values", c)
		}
	}
	return nil
}

// Attribute is one value of a product. Several with one name make a multi-valued
// attribute. Milli is the value in thousandths of the unit; set for numbers only.
type Attribute struct {
	Name, Text string
	Milli      *int64
}

// CheckAttributes holds the attributes of a product against the declarations
// that apply to it and returns them in their usual form: a number as its
// shortest decimal, with Milli. What is not declared stays as it is, as text;
// imports bring such. The error's code is "attribute-invalid"; it names the
// attribute and what would work. Required attributes may be missing while the
// product is not active.
func CheckAttributes(defs map[string]AttributeDef, list []Attribute, active bool) ([]Attribute, error) {
	out := slices.Clone(list)
	count := map[string]int{}
	for i, a := range out {
		count[a.Name]++
		d, declared := defs[a.Name]
		if !declared {
			continue
		}
		var err error
		if out[i], err = d.value(a); err != nil {
			return nil, err
		}
		if count[a.Name] > 1 && d.Kind != Text && d.Kind != Many {
			return nil, d.invalid("it takes one value")
		}
		if slices.ContainsFunc(out[:i], func(b Attribute) bool { return b.Name == a.Name && b.Text == out[i].Text }) {
			return nil, d.invalid("%q stands twice", a.Text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		if active && defs[name].Required && count[name] == 0 {
			return nil, defs[name].invalid("an active product needs it; %s", defs[name].wants())
		}
	}
	return out, nil
}

// value checks one value and gives it its usual form.
func (d AttributeDef) value(a Attribute) (Attribute, error) {
	switch d.Kind {
	case Number:
		n, err := ParseMilli(a.Text)
		if err != nil || d.Min != nil && n < *d.Min || d.Max != nil && n > *d.Max {
			return a, d.invalid("%q is not possible; %s", a.Text, d.wants())
		}
		return Attribute{Name: a.Name, Text: MilliText(n), Milli: &n}, nil
	case Boolean:
		if a.Text != "true" && a.Text != "false" {
			return a, d.invalid("%q is not possible; %s", a.Text, d.wants())
		}
	case Choice, Many:
		if len(d.Choices) > 0 && !slices.Contains(d.Choices, a.Text) {
			return a, d.invalid("%q is not possible; %s", a.Text, d.wants())
		}
	}
	return a, nil
}

func (d AttributeDef) invalid(format string, args ...any) error {
	return fault.Field("attribute-invalid", "attributes."+d.Name, format, args...)
}

// wants says what values work.
func (d AttributeDef) wants() string {
	switch d.Kind {
	case Number:
		s := "write a number with at most three decimals"
		if d.Unit != "" {
			s += " in " + d.Unit
		}
		if d.Min != nil {
			s += ", at least " + MilliText(*d.Min)
		}
		if d.Max != nil {
			s += ", at most " + MilliText(*d.Max)
		}
		return s
	case Boolean:
		return "write true or false"
	case Choice, Many:
		if len(d.Choices) > 0 {
			return fmt.Sprintf("choose from %s", clipped(strings.Join(d.Choices, ", "), 300))
		}
	}
	return "write a text"
}

func clipped(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + " …"
}

// ParseMilli reads a decimal with up to three decimals as thousandths, the form
// in which number attributes are kept: "17.3" is 17300. The error's code is "bad-number".
func ParseMilli(s string) (int64, error) {
	digits := strings.TrimPrefix(s, "-")
	whole, frac, _ := strings.Cut(digits, ".")
	n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", max(0, 3-len(frac))), 10, 63)
	if err != nil || whole == "" || len(frac) > 3 || strings.HasSuffix(digits, ".") || n > 999_999_999_999_999_999 {
		return 0, fault.New(fault.Invalid, "bad-number", "%q is not a number with at most three decimals.", s)
	}
	if digits != s {
		return -int64(n), nil
	}
	return int64(n), nil
}

// MilliText writes thousandths as a decimal: 17300 is "17.3".
func MilliText(milli int64) string {
	s := strconv.FormatInt(milli, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if len(s) < 4 {
		s = strings.Repeat("0", 4-len(s)) + s
	}
	s = strings.TrimSuffix(strings.TrimRight(s[:len(s)-3]+"."+s[len(s)-3:], "0"), ".")
	if neg {
		return "-" + s
	}
	return s
}
