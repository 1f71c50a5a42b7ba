package exchange

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// sample has a column of every kind.
type sample struct {
	Name, Note string
	N          int64
	Flag       bool
	At         time.Time
	List       []string
	Maybe      *int64
}

var sampleColumns = []column[sample]{
	{name: "name", at: func(s *sample) any { return &s.Name }, need: true},
	{name: "note", at: func(s *sample) any { return &s.Note }},
	{name: "n", at: func(s *sample) any { return &s.N }},
	{name: "flag", at: func(s *sample) any { return &s.Flag }},
	{name: "at", at: func(s *sample) any { return &s.At }},
	{name: "list", at: func(s *sample) any { return &s.List }},
	{name: "maybe", at: func(s *sample) any { return &s.Maybe }},
}

func written(t testing.TB, format string, rows ...sample) string {
	t.Helper()
	var b bytes.Buffer
	w, err := newWriter(format, &b)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.header(fieldsOf(sampleColumns, new(sample))); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.row(fieldsOf(sampleColumns, &rows[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// drained reads a file to its end; last is the error that ended it, if it was no end.
func drained(format string, in io.Reader) (rows []sample, bad []string, last error) {
	r, err := newReader(format, in)
	if err == nil {
		err = r.header(fieldsOf(sampleColumns, new(sample)))
	}
	for err == nil {
		var s sample
		_, err = r.row(fieldsOf(sampleColumns, &s))
		if e, ok := errors.AsType[*RowError](err); ok {
			bad, err = append(bad, e.Error()), nil
		} else if err == nil {
			rows = append(rows, s)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, bad, err
}

func TestWhateverIsWrittenReadsBackTheSame(t *testing.T) {
	five := int64(5)
	rows := []sample{
		{Name: "plain"},
		{Name: "all", Note: "a,b \"c\"\r\nd\ne\rf", N: -7, Flag: true, At: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC), List: []string{"x,y", "<&>", "\u2028"}, Maybe: &five},
		{Name: "=1+1", Note: "+cmd"}, {Name: "-2", Note: "@x"}, {Name: "'=1", Note: "''-x"}, {Name: "'quoted'", Note: "' = "}, {Name: "\ttab", Note: " blank "}, {Name: "🎈", Note: "'"},
	}
	for _, format := range Formats {
		text := written(t, format, rows...)
		got, bad, err := drained(format, strings.NewReader(text))
		if err != nil || len(bad) > 0 {
			t.Fatalf("%s: %v %v", format, bad, err)
		}
		if again := written(t, format, got...); again != text {
			t.Errorf("%s:\n%q\nwas\n%q", format, again, text)
		}
		for i := range rows {
			if got[i].Name != rows[i].Name || got[i].Note != rows[i].Note {
				t.Errorf("%s: %+v is %+v", format, rows[i], got[i])
			}
		}
	}
}

func TestNoCellOfATextIsAFormula(t *testing.T) {
	for _, begin := range []string{"=", "+", "-", "@", "\t", "\r"} {
		text := written(t, "csv", sample{Name: begin + "x"})
		cell := strings.TrimLeft(strings.Split(text, "\r\n")[1], `"`)
		if !strings.HasPrefix(cell, "'"+begin) {
			t.Errorf("%q is written %q", begin+"x", cell)
		}
	}
}

func TestAFileIsReadWhateverItsLineEndsAndMark(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		text := "\ufeffNAME, n" + end + end + "a,1" + end + "\"b\",2" + end + "c,3"
		rows, bad, err := drained("csv", strings.NewReader(text))
		if err != nil || len(bad) > 0 || len(rows) != 3 || rows[1].Name != "b" || rows[2].N != 3 {
			t.Errorf("%q: %+v %v %v", end, rows, bad, err)
		}
	}
	rows, bad, err := drained("csv", strings.NewReader("name\r\na\nb\rc\n"))
	if err != nil || len(bad) > 0 || len(rows) != 3 {
		t.Errorf("mixed: %+v %v %v", rows, bad, err)
	}
}

func TestAHeaderThatCannotBeMeantIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"": "is empty", "name,name\n": "stands twice", "name,nom\n": `no column "nom"; possible are name, note`, "note\n": "no column name", "\"name\n": "cannot be read",
	} {
		if _, _, err := drained("csv", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestABadRowIsNamedByLineAndColumnAndTheRestGoesOn(t *testing.T) {
	tests := map[string]struct{ format, text, want string }{
		"number":          {"csv", "a,x,seven,,,,", `line 2, column 5 (n): "seven" is not a whole number`},
		"behind a quote":  {"csv", "\"a\"b,,,,,,", "line 2, column 5: there is something behind the closing quote"},
		"quote inside":    {"csv", "a\"b,,,,,,", "line 2, column 3: a quote inside a field"},
		"too few":         {"csv", "a,b", "line 2: the row has 2 fields and the first row 7"},
		"flag":            {"csv", "a,,,maybe,,,", `(flag): "maybe" is neither true nor false`},
		"moment":          {"csv", "a,,,,yesterday,,", `(at): "yesterday" is not a moment such as`},
		"list":            {"csv", "a,,,,,[1],", "(list): a JSON number does not fit"},
		"nothing":         {"csv", ",b,,,,,", "line 2, column 1 (name): it is missing"},
		"zero":            {"csv", "a\x00,,,,,,", "(name): it has a character of value 0"},
		"bytes":           {"csv", "\xff,,,,,,", "(name): it is not UTF-8"},
		"JSON cut off":    {"jsonl", `{"name":"a"`, "line 1, column 12: the object does not end"},
		"JSON twice":      {"jsonl", `{"name":"a","name":"b"}`, "(name): it stands twice"},
		"JSON field":      {"jsonl", `{"name":"a","nom":1}`, `there is no field "nom"; possible are name`},
		"JSON type":       {"jsonl", `{"name":7}`, "(name): a JSON number does not fit here"},
		"JSON behind":     {"jsonl", `{"name":"a"} {}`, "there is something behind the object"},
		"JSON list":       {"jsonl", `[]`, "it is not a JSON object"},
		"JSON zero":       {"jsonl", `{"name":"a\u0000"}`, "(name): it has a character of value 0"},
		"JSON zero deep":  {"jsonl", `{"name":"a","list":["\u0000"]}`, "(list): it has a character of value 0"},
		"JSON bytes":      {"jsonl", "{\"name\":\"\xff\"}", "it is not UTF-8"},
		"JSON bomb":       {"jsonl", `{"name":"a","list":` + strings.Repeat("[", 20_000), "line 1"},
		"JSON too long":   {"jsonl", `{"name":"` + strings.Repeat("x", maxRow) + `"}`, "longer than"},
		"a row too long":  {"csv", strings.Repeat("x", 2*maxRow) + ",,,,,,", "line 2: the row is longer than"},
		"JSON large n":    {"jsonl", `{"name":"a","n":99999999999999999999}`, "(n): a JSON number"},
		"CSV large n":     {"csv", "a,,99999999999999999999,,,,", "(n): "},
		"JSON nul moment": {"jsonl", `{"name":"a","at":"0000-01-01T00:00:00Z"}`, "(at): "},
	}
	head := map[string]string{"csv": "name,note,n,flag,at,list,maybe\n", "jsonl": ""}
	good := map[string]string{"csv": "good,,,,,,\n", "jsonl": "{\"name\":\"good\"}\n"}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			rows, bad, err := drained(tc.format, strings.NewReader(head[tc.format]+tc.text+"\n"+good[tc.format]))
			if err != nil || len(bad) != 1 || !strings.Contains(bad[0], tc.want) {
				t.Errorf("%.300q, %v", bad, err)
			}
			if len(rows) != 1 || rows[0].Name != "good" {
				t.Errorf("behind it %+.300v", rows)
			}
		})
	}
}

// endless repeats text after head.
type endless struct {
	head, tail string
	taken      int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	if e.head = e.head[n:]; n == 0 {
		n = copy(p, e.tail)
	}
	e.taken += int64(n)
	return n, nil
}

func TestHostileFilesTakeBoundedMemory(t *testing.T) {
	quote := &endless{head: "name\na,\"", tail: strings.Repeat("x\n", 2000)}
	if _, _, err := drained("csv", quote); err == nil || !strings.Contains(err.Error(), "a quote may not be closed") || quote.taken > 3*maxRow {
		t.Errorf("a quote that is never closed: %v after %d bytes", err, quote.taken)
	}
	for _, format := range Formats {
		line := &endless{head: map[string]string{"csv": "name\n"}[format], tail: strings.Repeat("x", 4000)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, bad, err := drained(format, io.LimitReader(line, 64*maxRow))
		runtime.ReadMemStats(&after)
		if err != nil || len(bad) != 1 || after.HeapSys > before.HeapSys+16*maxRow {
			t.Errorf("%s: a line without an end: %v %v, heap %d -> %d", format, bad, err, before.HeapSys, after.HeapSys)
		}
	}
}

func FuzzReaders(f *testing.F) {
	five := int64(5)
	for _, format := range Formats {
		f.Add(format, []byte(written(f, format, sample{Name: "=a", Note: "x\r\n\"y\"", N: 3, Flag: true, At: time.Unix(9, 0), List: []string{"z"}, Maybe: &five})))
	}
	f.Add("csv", []byte("\ufeffname,n\r\"a\",1\r\n'=,2\n"))
	f.Fuzz(func(t *testing.T, format string, text []byte) {
		rows, _, err := drained(format, bytes.NewReader(text))
		if err != nil || len(rows) == 0 {
			return
		}
		first := written(t, format, rows...)
		again, bad, err := drained(format, strings.NewReader(first))
		if err != nil || len(bad) > 0 || len(again) != len(rows) {
			t.Fatalf("%d rows were written as %q and read as %d: %v %v", len(rows), first, len(again), bad, err)
		}
		if second := written(t, format, again...); second != first {
			t.Fatalf("%q\nwas\n%q", second, first)
		}
	})
}
