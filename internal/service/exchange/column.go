package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// column is one field of a noun's rows: its name in files and where it is in a
// row. Places are pointers to texts, whole numbers, flags and moments;
// everything else is JSON, in a CSV file too.
type column[T any] struct {
	name string
	need bool // every row has it
	at   func(*T) any
}

// fields are the columns of one row.
type fields struct {
	names []string
	need  []bool
	at    []any
}

func fieldsOf[T any](columns []column[T], row *T) fields {
	var f fields
	for _, c := range columns {
		f.names, f.need, f.at = append(f.names, c.name), append(f.need, c.need), append(f.at, c.at(row))
	}
	return f
}

// empty reports whether a place holds nothing that needs writing.
func empty(at any) bool {
	v := reflect.ValueOf(at).Elem()
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

// text is what a place looks like in a CSV file; written tells whether people
// wrote it, so that a spreadsheet must be kept from running it.
func text(at any) (s string, written bool, err error) {
	switch x := at.(type) {
	case *string:
		return *x, true, nil
	case *int64:
		return strconv.FormatInt(*x, 10), false, nil
	case *bool:
		return strconv.FormatBool(*x), false, nil
	case *time.Time:
		return x.UTC().Format(time.RFC3339Nano), false, nil
	}
	b, err := encodeJSON(at)
	return string(b), true, err
}

// encodeJSON is json.Marshal without the escapes that only HTML needs.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a field: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// errZero refuses what no database keeps.
var errZero = errors.New("it has a character of value 0")

// setText puts the text of a CSV file into a place.
func setText(at any, s string) (err error) {
	switch x := at.(type) {
	case *string:
		if *x = s; strings.ContainsRune(s, 0) {
			return errZero
		}
		return nil
	case *int64:
		if *x, err = strconv.ParseInt(s, 10, 64); err != nil {
			return fmt.Errorf("%.40q is not a whole number", s)
		}
		return nil
	case *bool:
		switch strings.ToLower(s) {
		case "true", "false":
			*x = strings.EqualFold(s, "true")
			return nil
		}
		return fmt.Errorf("%.40q is neither true nor false", s)
	case *time.Time:
		return setMoment(x, s)
	}
	return setJSON(at, []byte(s))
}

func setMoment(at *time.Time, s string) error {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return fmt.Errorf("%.40q is not a moment such as 2026-03-01T12:00:00Z", s)
	}
	*at = t.UTC().Truncate(time.Microsecond)
	return nil
}

// setJSON puts a JSON value into a place; null leaves it as it is.
func setJSON(at any, raw []byte) error {
	if bytes.Contains(raw, []byte(`\u0000`)) {
		return errZero
	}
	if x, ok := at.(*time.Time); ok {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("%.40s is not a moment such as \"2026-03-01T12:00:00Z\"", raw)
		}
		return setMoment(x, s)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(at); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("a JSON %s does not fit here", e.Value)
		}
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the value")
	}
	return nil
}
