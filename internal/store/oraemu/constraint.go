package oraemu

import (
	"slices"
	"strings"

	"tradewind/internal/store/orasql"
)

// key is a foreign key with the table that has it.
type key struct {
	table string
	*orasql.Constraint
}

// foreignKeys returns the keys of the table itself, and those of other tables
// that point to it.
func (s *shared) foreignKeys(table string) (parents, children []key) {
	for _, t := range s.catalog.Tables() {
		for _, c := range t.Constraints {
			if c.Kind != orasql.ForeignKey {
				continue
			}
			if t.Name == table {
				parents = append(parents, key{t.Name, c})
			}
			if c.RefTable == table {
				children = append(children, key{t.Name, c})
			}
		}
	}
	return parents, children
}

// uniqueName finds the key over the columns that SQLite lists, "t.a, t.b", or
// takes the name of an index over expressions, "index 'name'".
func (s *shared) uniqueName(list string) string {
	if name, ok := strings.CutPrefix(list, "index '"); ok {
		return strings.TrimSuffix(name, "'")
	}
	table, _, _ := strings.Cut(list, ".")
	t := s.catalog.Table(table)
	if t == nil {
		return ""
	}
	var columns []string
	for part := range strings.SplitSeq(list, ", ") {
		_, column, _ := strings.Cut(part, ".")
		columns = append(columns, strings.ToLower(column))
	}
	for _, c := range t.Constraints {
		if (c.Kind == orasql.PrimaryKey || c.Kind == orasql.Unique) && slices.Equal(c.Columns, columns) {
			return c.Name
		}
	}
	for _, i := range t.Indexes {
		if i.Unique && slices.Equal(i.Keys, columns) {
			return i.Name
		}
	}
	return ""
}

// limitViolation is the error of a CHECK that stands for a column's length or
// precision, or nil.
func (s *shared) limitViolation(check string, cause error) *Error {
	if rest, ok := strings.CutPrefix(check, "len_"); ok {
		table, column := s.splitColumn(rest)
		return tooLong(table, column, cause)
	}
	if strings.HasPrefix(check, "mag_") {
		return tooPrecise(cause)
	}
	return nil
}

// splitColumn takes <table>_<column> apart; both may contain underscores.
func (s *shared) splitColumn(joined string) (table, column string) {
	for i, c := range joined {
		if c != '_' {
			continue
		}
		if t := s.catalog.Table(joined[:i]); t != nil && t.Column(joined[i+1:]) != nil {
			return t.Name, joined[i+1:]
		}
	}
	return "", joined
}
