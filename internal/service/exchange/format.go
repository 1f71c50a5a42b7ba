package exchange

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tradewind/internal/domain/exchange"
	"tradewind/internal/platform/fault"
)

// Formats are those of files.
var Formats = []string{"jsonl", "csv"}

// Shopify is a third format, of products to be imported.
const Shopify = "shopify"

// maxRow is the longest row of a file, in bytes.
const maxRow = 1 << 20

// RowError is what is wrong with a row.
type RowError = exchange.RowError

// writer writes rows; flush comes last.
type writer interface {
	header(f fields) error
	row(f fields) error
	flush() error
}

// place is where a row was found: its line, and for CSV the column of each field in it.
type place struct {
	line    int
	columns map[string]int
}

// reader reads rows into fields: io.EOF at the end, a *RowError for one that
// cannot be read (the next call goes on behind it), any other error if the file
// cannot be read further.
type reader interface {
	header(f fields) error
	row(f fields) (place, error)
}

func newWriter(format string, w io.Writer) (writer, error) {
	switch format {
	case "csv":
		return newCSVWriter(w), nil
	case "jsonl":
		return newJSONLWriter(w), nil
	}
	return nil, UnknownFormat(format)
}

func newReader(format string, r io.Reader) (reader, error) {
	switch format {
	case "csv":
		return newCSVReader(r), nil
	case "jsonl":
		return newJSONLReader(r), nil
	}
	return nil, UnknownFormat(format)
}

// UnknownFormat says which formats there are.
func UnknownFormat(format string) error {
	return fault.Field("unknown-format", "format", "%.20q is not one of %s", format, strings.Join(Formats, ", "))
}

func wrong(line, column int, field, format string, args ...any) *RowError {
	return &RowError{Line: line, Column: column, Field: field, Message: fmt.Sprintf(format, args...)}
}

// missing names the first column that a row needs and has not.
func (f fields) missing(seen []bool) string {
	for i, need := range f.need {
		if need && !seen[i] {
			return f.names[i]
		}
	}
	return ""
}

func (f fields) index(name string) int { return slices.Index(f.names, name) }
