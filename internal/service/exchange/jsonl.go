package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonlWriter writes an object a line, with the columns in their order.
type jsonlWriter struct{ out *bufio.Writer }

func newJSONLWriter(w io.Writer) *jsonlWriter { return &jsonlWriter{bufio.NewWriterSize(w, 64<<10)} }

func (w *jsonlWriter) header(fields) error { return nil }

func (w *jsonlWriter) row(f fields) error {
	lead := byte('{')
	for i, at := range f.at {
		if empty(at) && !f.need[i] {
			continue
		}
		value, err := encodeJSON(at)
		if err != nil {
			return err
		}
		w.out.WriteByte(lead)
		lead = ','
		w.out.WriteString(`"` + f.names[i] + `":`)
		w.out.Write(value)
	}
	if lead == '{' {
		w.out.WriteByte('{')
	}
	_, err := w.out.WriteString("}\n") // a bufio.Writer keeps its first error
	return err
}

func (w *jsonlWriter) flush() error { return w.out.Flush() }

type jsonlReader struct {
	in   *bufio.Reader
	line int
}

func newJSONLReader(r io.Reader) *jsonlReader {
	return &jsonlReader{in: bufio.NewReaderSize(r, 64<<10)}
}

func (j *jsonlReader) header(fields) error {
	if mark, err := j.in.Peek(3); err == nil && string(mark) == "\ufeff" {
		j.in.Discard(3)
	}
	return nil
}

// row reads the next line that is not blank.
func (j *jsonlReader) row(f fields) (place, error) {
	for {
		line, err := j.read()
		p := place{line: j.line}
		if err != nil {
			return p, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return p, j.object(line, f)
		}
	}
}

// read returns a line; one that is too long is passed over as an error.
func (j *jsonlReader) read() ([]byte, error) {
	j.line++
	var line []byte
	for {
		part, err := j.in.ReadSlice('\n')
		if len(line) <= maxRow {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
			return nil, err
		case len(line) > maxRow:
			return nil, wrong(j.line, 0, "", "the line is longer than %d bytes", maxRow)
		}
		return line, nil
	}
}

func (j *jsonlReader) object(line []byte, f fields) error {
	if !utf8.Valid(line) { // encoding/json would put U+FFFD in silence
		return wrong(j.line, 0, "", "it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return wrong(j.line, 1, "", "it is not a JSON object")
	}
	seen := make([]bool, len(f.names))
	for dec.More() {
		column := int(dec.InputOffset()) + 1
		key, err := dec.Token()
		name, isText := key.(string)
		if err != nil || !isText {
			return wrong(j.line, column, "", "it is not JSON")
		}
		i := f.index(name)
		switch {
		case i < 0:
			return wrong(j.line, column, "", "there is no field %.60q; possible are %s", name, strings.Join(f.names, ", "))
		case seen[i]:
			return wrong(j.line, column, name, "it stands twice")
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return wrong(j.line, column, name, "it is not JSON")
		}
		if string(raw) == "null" {
			continue
		}
		seen[i] = true
		if err := setJSON(f.at[i], raw); err != nil {
			return wrong(j.line, column, name, "%s", err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return wrong(j.line, int(dec.InputOffset())+1, "", "the object does not end")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return wrong(j.line, int(dec.InputOffset())+1, "", "there is something behind the object")
	}
	if name := f.missing(seen); name != "" {
		return wrong(j.line, 0, name, "it is missing")
	}
	return nil
}
