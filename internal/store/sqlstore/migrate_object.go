package sqlstore

import (
	"regexp"
	"strings"
)

// object is what a DDL statement makes or removes, as the database's catalog
// would list it.
type object struct {
	kind string
	name string
	on   string // the table of a column or constraint
}

const (
	madeTable      = "table"
	madeIndex      = "index"
	madeSequence   = "sequence"
	madeColumn     = "column"
	madeConstraint = "constraint"
	dropped        = "dropped " // before a kind
)

// comments matches those before the first word.
var comments = regexp.MustCompile(`(?s)^(?:\s+|--[^\n]*|/\*.*?\*/)*`)

var objectForms = []struct {
	kind string
	form *regexp.Regexp
}{
	{madeTable, regexp.MustCompile(`(?is)^CREATE\s+(?:(?:IMMUTABLE|BLOCKCHAIN)\s+)*TABLE\s+(?P<name>\w+)`)},
	{madeIndex, regexp.MustCompile(`(?is)^CREATE\s+(?:UNIQUE\s+|SEARCH\s+|BITMAP\s+)?INDEX\s+(?P<name>\w+)`)},
	{madeSequence, regexp.MustCompile(`(?is)^CREATE\s+SEQUENCE\s+(?P<name>\w+)`)},
	{madeConstraint, regexp.MustCompile(`(?is)^ALTER\s+TABLE\s+(?P<on>\w+)\s+ADD\s+\(?\s*CONSTRAINT\s+(?P<name>\w+)`)},
	{madeColumn, regexp.MustCompile(`(?is)^ALTER\s+TABLE\s+(?P<on>\w+)\s+ADD\s+\(?\s*(?P<name>\w+)`)},
	{dropped + madeConstraint, regexp.MustCompile(`(?is)^ALTER\s+TABLE\s+(?P<on>\w+)\s+DROP\s+CONSTRAINT\s+(?P<name>\w+)`)},
	{dropped + madeColumn, regexp.MustCompile(`(?is)^ALTER\s+TABLE\s+(?P<on>\w+)\s+DROP\s+(?:COLUMN\s+|\(\s*)(?P<name>\w+)`)},
	{dropped + madeTable, regexp.MustCompile(`(?is)^DROP\s+TABLE\s+(?P<name>\w+)`)},
	{dropped + madeIndex, regexp.MustCompile(`(?is)^DROP\s+INDEX\s+(?P<name>\w+)`)},
	{dropped + madeSequence, regexp.MustCompile(`(?is)^DROP\s+SEQUENCE\s+(?P<name>\w+)`)},
}

// objectOf tells what the statement makes, or false if it makes nothing that
// could be there already: MODIFY, COMMENT and GRANT may run twice.
func objectOf(text string) (object, bool) {
	text = comments.ReplaceAllString(text, "")
	for _, f := range objectForms {
		m := f.form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		o := object{kind: f.kind, name: strings.ToLower(m[f.form.SubexpIndex("name")])}
		if on := f.form.SubexpIndex("on"); on > 0 {
			o.on = strings.ToLower(m[on])
		}
		return o, true
	}
	return object{}, false
}
