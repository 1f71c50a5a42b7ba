package merchandising

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
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
	var in Line
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
	return in.Record(j.line)
}
