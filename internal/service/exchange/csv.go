package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// dangerous are what a cell begins with that spreadsheets take for a formula
// (OWASP, CSV Injection); an apostrophe before it makes it text again.
const dangerous = "=+-@\t\r"

// guarded is s as a cell that no spreadsheet runs. What begins with an
// apostrophe gets another where reading would take it off.
func guarded(s string) string {
	if s == "" {
		return s
	}
	rest := strings.TrimLeft(s, "'")
	if rest != "" && strings.IndexByte(dangerous, rest[0]) >= 0 {
		return "'" + s
	}
	return s
}

// unguarded undoes guarded.
func unguarded(s string) string {
	rest := strings.TrimLeft(s, "'")
	if len(rest) < len(s) && rest != "" && strings.IndexByte(dangerous, rest[0]) >= 0 {
		return s[1:]
	}
	return s
}

// csvWriter writes RFC 4180: encoding/csv would change line ends inside of texts.
type csvWriter struct{ out *bufio.Writer }

func newCSVWriter(w io.Writer) *csvWriter { return &csvWriter{bufio.NewWriterSize(w, 64<<10)} }

func (w *csvWriter) header(f fields) error { return w.cells(f.names) }

func (w *csvWriter) row(f fields) error {
	cells := make([]string, len(f.at))
	for i, at := range f.at {
		if empty(at) && !f.need[i] {
			continue
		}
		s, written, err := text(at)
		if err != nil {
			return err
		}
		if written {
			s = guarded(s)
		}
		cells[i] = s
	}
	return w.cells(cells)
}

func (w *csvWriter) cells(cells []string) error {
	for i, s := range cells {
		if i > 0 {
			w.out.WriteByte(',')
		}
		if strings.ContainsAny(s, ",\"\r\n") || strings.TrimSpace(s) != s {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		w.out.WriteString(s)
	}
	_, err := w.out.WriteString("\r\n") // a bufio.Writer keeps its first error
	return err
}

func (w *csvWriter) flush() error { return w.out.Flush() }

// csvReader reads RFC 4180 with any line ends, and keeps what stands in quotes as it is.
type csvReader struct {
	in           *bufio.Reader
	line, column int   // of the next byte
	order        []int // of the columns in the file: index into fields
}

func newCSVReader(r io.Reader) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(r, 64<<10), line: 1, column: 1}
}

func (c *csvReader) header(f fields) error {
	if mark, err := c.in.Peek(3); err == nil && string(mark) == "\ufeff" {
		c.in.Discard(3)
	}
	names, _, err := c.cells()
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "no-header", "The file is empty; its first row names the columns: %s.", strings.Join(f.names, ", "))
	}
	if e, ok := errors.AsType[*RowError](err); ok {
		return fault.New(fault.Invalid, "no-header", "The first row cannot be read: %s.", e.Message)
	}
	if err != nil {
		return err
	}
	seen := make([]bool, len(f.names))
	for _, name := range names {
		i := f.index(strings.ToLower(strings.TrimSpace(name)))
		switch {
		case i < 0:
			return fault.New(fault.Invalid, "unknown-column", "There is no column %.60q; possible are %s.", name, strings.Join(f.names, ", "))
		case seen[i]:
			return fault.New(fault.Invalid, "duplicate-column", "The column %s stands twice in the first row.", f.names[i])
		}
		seen[i] = true
		c.order = append(c.order, i)
	}
	if name := f.missing(seen); name != "" {
		return fault.New(fault.Invalid, "missing-column", "The first row has no column %s.", name)
	}
	return nil
}

func (c *csvReader) row(f fields) (place, error) {
	cells, at, err := c.cells()
	if err != nil {
		return place{}, err
	}
	p := place{line: at[0].line, columns: map[string]int{}}
	if len(cells) != len(c.order) {
		return p, wrong(p.line, 0, "", "the row has %d fields and the first row %d", len(cells), len(c.order))
	}
	seen := make([]bool, len(f.names))
	for i, s := range cells {
		to := c.order[i]
		name := f.names[to]
		p.columns[name] = at[i].column
		if !utf8.ValidString(s) {
			return p, wrong(at[i].line, at[i].column, name, "it is not UTF-8")
		}
		if s == "" {
			continue
		}
		seen[to] = true
		if err := setText(f.at[to], unguarded(s)); err != nil {
			return p, wrong(at[i].line, at[i].column, name, "%s", err)
		}
	}
	if name := f.missing(seen); name != "" {
		return p, wrong(p.line, p.columns[name], name, "it is missing")
	}
	return p, nil
}

type spot struct{ line, column int }

// cells returns the next row that is not blank. A row that is too long or
// wrongly quoted is passed over as an error; a quote that is open for too long
// ends the file, since nobody knows where the next row begins.
func (c *csvReader) cells() (cells []string, at []spot, err error) {
	for {
		cells, at, err = c.any()
		if err != nil || len(cells) > 1 || cells[0] != "" {
			return cells, at, err
		}
	}
}

func (c *csvReader) any() (cells []string, at []spot, err error) {
	var cell []byte
	start, total, quoted, closed := spot{c.line, c.column}, 0, false, false
	first := start
	var bad *RowError
	refuse := func(format string, args ...any) {
		if bad == nil {
			bad = wrong(c.line, c.column, "", format, args...)
		}
	}
	finish := func() {
		cells, at = append(cells, string(cell)), append(at, start)
		cell, quoted, closed = cell[:0], false, false
	}
	for {
		b, err := c.next()
		open := quoted && !closed
		if b == '\r' && !open {
			b = c.lineEnd()
		}
		switch {
		case err != nil && (!errors.Is(err, io.EOF) || total == 0):
			return nil, nil, err
		case err != nil && open:
			return nil, nil, wrong(start.line, start.column, "", "the quote is not closed")
		case err != nil || b == '\n' && !open:
			finish()
			if bad != nil {
				return nil, nil, bad
			}
			return cells, at, nil
		}
		if total++; total > maxRow {
			if open {
				return nil, nil, fmt.Errorf("the row at line %d is longer than %d bytes; a quote may not be closed", first.line, maxRow)
			}
			if bad == nil {
				bad = wrong(first.line, 0, "", "the row is longer than %d bytes", maxRow)
			}
			cell = cell[:0]
			continue
		}
		switch {
		case open && b == '"':
			if peek, err := c.in.Peek(1); err == nil && peek[0] == '"' {
				c.next()
				cell = append(cell, '"')
			} else {
				closed = true
			}
		case open:
			cell = append(cell, b)
		case b == ',':
			finish()
			start = spot{c.line, c.column}
		case closed:
			refuse("there is something behind the closing quote")
		case b == '"' && len(cell) == 0:
			quoted = true
		case b == '"':
			refuse("a quote inside a field stands twice, and the field in quotes")
		default:
			cell = append(cell, b)
		}
	}
}

// lineEnd makes one line end of what begins with a carriage return: the old
// Mac's, or the one of RFC 4180.
func (c *csvReader) lineEnd() byte {
	if peek, err := c.in.Peek(1); err == nil && peek[0] == '\n' {
		c.next()
	} else {
		c.line, c.column = c.line+1, 1
	}
	return '\n'
}

// next returns a byte and counts lines and columns.
func (c *csvReader) next() (byte, error) {
	b, err := c.in.ReadByte()
	if err != nil {
		return 0, err
	}
	c.column++
	if b == '\n' {
		c.line, c.column = c.line+1, 1
	}
	return b, nil
}
