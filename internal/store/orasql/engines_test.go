package orasql

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// rowsOfCorpus fill the corpus's tables; NULLs, ties and accents on purpose.
var rowsOfCorpus = []string{
	"INSERT INTO author (id, pen_name, country) VALUES (NULL, 'Ada', 'GB')",
	"INSERT INTO author (pen_name) VALUES ('Émile')",
	"INSERT INTO author (id, pen_name, country, born_at) VALUES (7, 'bo', NULL, TIMESTAMP '1970-01-02 03:04:05.678901 +02:00')",
	"INSERT INTO book (isbn, title, author_id, pages, price, shelf, listed) VALUES ('i1', 'Anna_%', 1, 10, 100, 'A', 1)",
	"INSERT INTO book (isbn, title, author_id, pages, price, shelf, listed) VALUES ('i2', 'anna', 1, NULL, 100, 'B', 0)",
	"INSERT INTO book (isbn, title, author_id, pages, price, shelf, printed_at) VALUES ('i3', 'Öl', 2, -7, 3, '', TIMESTAMP '2024-05-01 10:00:00 +00:00')",
	"INSERT INTO book (isbn, title, author_id, pages, meta) VALUES ('i4', 'a\\b%c', 7, 300, '{\"a\": 1}')",
	"INSERT INTO book_copy (isbn, copy_no, worn) VALUES ('i1', 1, 5)",
	"INSERT INTO book_copy (isbn, copy_no, state) VALUES ('i1', 2, 'OUT')",
	"INSERT INTO book_copy (isbn, copy_no) VALUES ('i3', 1)",
	"INSERT INTO member (id, email, credit) VALUES (1, 'x@example.org', 50)",
	"INSERT INTO member (id, email, hint) VALUES (2, 'y@example.org', 'hm')",
	"INSERT INTO loan (id, member_id, isbn, copy_no, lent_at, due_at, fee) VALUES (1, 1, 'i1', 1, TIMESTAMP '2024-01-01 00:00:00 +00:00', TIMESTAMP '2024-02-01 00:00:00 +00:00', 30)",
	"INSERT INTO loan (id, member_id, isbn, copy_no, lent_at, due_at, back_at) VALUES (2, 1, 'i3', 1, TIMESTAMP '2024-01-02 00:00:00 +00:00', TIMESTAMP '2024-02-01 00:00:00 +00:00', TIMESTAMP '2024-01-05 00:00:00 +00:00')",
	"INSERT INTO shelf_tree (id, parent_id, label) VALUES (1, NULL, 'root')",
	"INSERT INTO shelf_tree (id, parent_id, label) VALUES (3, 1, 'leaf')",
	"INSERT INTO notice (id, topic, payload) VALUES (1, 't', '{}')",
	"INSERT INTO scan (id, width, height) VALUES (1, 4, 5)",
}

func bothEngines(t *testing.T) (*Catalog, []engine) {
	t.Helper()
	engines := []engine{{"postgres", Postgres, openPostgres(t)}, {"sqlite", SQLite, openSQLite(t)}}
	c := build(t, readCorpus(t).Schema, engines...)
	for _, text := range rowsOfCorpus {
		for _, e := range engines {
			if _, err := run(c, e, text, nil); err != nil {
				t.Fatalf("%s: %v\n%s", e.name, err, text)
			}
		}
	}
	return c, engines
}

// run executes one text with binds by name and returns the rows, or the
// returned columns of a change, as text.
func run(c *Catalog, e engine, text string, binds map[string]any) ([]string, error) {
	s, err := Parse(text)
	if err != nil {
		return nil, err
	}
	out, err := c.Emit(s, e.d)
	if err != nil {
		return nil, err
	}
	k := newChecker(c, s)
	k.run(s)
	var args []any
	for _, b := range out.Binds {
		v, ok := binds[b]
		if !ok {
			v = map[Type]any{Number: int64(3), Text: "A", Time: time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC), Bytes: []byte{1}, Unknown: "A"}[k.binds[b].k]
		}
		if at, ok := v.(time.Time); ok && e.d == SQLite {
			v = at.UTC().Format("2006-01-02T15:04:05.000000Z")
		}
		args = append(args, v)
	}
	for _, seq := range out.Sequences {
		var n int64
		if err := e.db.QueryRow(SequenceNext, seq).Scan(&n); err != nil {
			return nil, err
		}
		args = append(args, n)
	}
	if len(out.Columns) == 0 {
		_, err := e.db.Exec(out.SQL[0], args...)
		return nil, err
	}
	rows, err := e.db.Query(out.SQL[0], args...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out.SQL[0])
	}
	defer rows.Close()
	return texts(rows, out)
}

func texts(rows *sql.Rows, out *Emitted) ([]string, error) {
	var lines []string
	for rows.Next() {
		vals := make([]any, len(out.Columns))
		for i := range vals {
			vals[i] = new(any)
		}
		if err := rows.Scan(vals...); err != nil {
			return nil, err
		}
		var line []string
		for _, v := range vals {
			line = append(line, plain(*v.(*any)))
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	return lines, rows.Err()
}

func plain(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000000Z")
	case []byte:
		return string(v)
	case float64:
		return fmt.Sprintf("%.9g", v)
	}
	return fmt.Sprint(v)
}

// Every accepted query of the corpus gives the same rows on both engines.
func TestEnginesAgree(t *testing.T) {
	c, engines := bothEngines(t)
	n := 0
	for _, s := range readCorpus(t).Statements {
		st, err := c.gate(s.SQL)
		if err != nil || st.Kind() != Select || strings.Contains(s.SQL, "joined_at") || strings.Contains(s.SQL, "* FROM member") {
			continue
		}
		n++
		for _, binds := range []map[string]any{nil, {"x": nil, "n": nil, "m": int64(0), "p": nil, "d": nil}} {
			agree(t, c, engines, s.SQL, s.ID, binds)
		}
	}
	t.Logf("%d queries", n)
}

func agree(t *testing.T, c *Catalog, engines []engine, text, id string, binds map[string]any) []string {
	t.Helper()
	var got [2][]string
	for i, e := range engines {
		rows, err := run(c, e, text, binds)
		if err != nil {
			t.Errorf("%s on %s: %v\n%s", id, e.name, err, text)
			return nil
		}
		if !strings.Contains(text, "ORDER BY") || strings.Contains(text, "OVER") {
			slices.Sort(rows)
		}
		got[i] = rows
	}
	if !slices.Equal(got[0], got[1]) {
		t.Errorf("%s: %s\n%s: %q\n%s: %q", id, text, engines[0].name, got[0], engines[1].name, got[1])
	}
	return got[1]
}

// What differs between the databases, in Oracle's way on both engines.
func TestOracleSemantics(t *testing.T) {
	c, engines := bothEngines(t)
	tests := map[string]struct {
		text  string
		binds map[string]any
		want  []string
	}{
		"empty text is NULL":                     {"SELECT isbn FROM book WHERE shelf IS NULL ORDER BY isbn", nil, []string{"i3", "i4"}},
		"nothing equals empty text":              {"SELECT isbn FROM book WHERE shelf = '' OR shelf <> ''", nil, nil},
		"NULLs are last upwards":                 {"SELECT shelf FROM book ORDER BY shelf", nil, []string{"A", "B", "<nil>", "<nil>"}},
		"NULLs are first downwards":              {"SELECT shelf FROM book ORDER BY shelf DESC", nil, []string{"<nil>", "<nil>", "B", "A"}},
		"unless they are put elsewhere":          {"SELECT shelf FROM book ORDER BY shelf DESC NULLS LAST", nil, []string{"B", "A", "<nil>", "<nil>"}},
		"LIKE tells case":                        {"SELECT isbn FROM book WHERE title LIKE 'a%' ORDER BY isbn", nil, []string{"i2", "i4"}},
		"a backslash is no escape":               {`SELECT isbn FROM book WHERE title LIKE 'a\b%'`, nil, []string{"i4"}},
		"unless ESCAPE says so":                  {`SELECT isbn FROM book WHERE title LIKE '%\_\%' ESCAPE '\'`, nil, []string{"i1"}},
		"text sorts by bytes":                    {"SELECT title FROM book ORDER BY title", nil, []string{"Anna_%", `a\b%c`, "anna", "Öl"}},
		"GREATEST of a NULL is NULL":             {"SELECT GREATEST(price, pages) FROM book ORDER BY isbn", nil, []string{"100", "<nil>", "3", "300"}},
		"MOD by zero is the number":              {"SELECT MOD(pages, :m) FROM book WHERE isbn = 'i3'", map[string]any{"m": int64(0)}, []string{"-7"}},
		"MOD keeps the sign":                     {"SELECT MOD(pages, 4) FROM book WHERE isbn = 'i3'", nil, []string{"-3"}},
		"SUBSTR from zero":                       {"SELECT SUBSTR(title, 0, 2) FROM book WHERE isbn = 'i1'", nil, []string{"An"}},
		"SUBSTR from the end":                    {"SELECT SUBSTR(title, -2), SUBSTR(title, -9), SUBSTR(title, 2, 0) FROM book WHERE isbn = 'i1'", nil, []string{"_%|<nil>|<nil>"}},
		"SUBSTR past the end is NULL":            {"SELECT SUBSTR(title, 90) FROM book WHERE isbn = 'i1'", nil, []string{"<nil>"}},
		"REPLACE by nothing":                     {"SELECT REPLACE(title, 'n', '') FROM book WHERE isbn = 'i2'", nil, []string{"aa"}},
		"REPLACE of nothing":                     {"SELECT REPLACE(title, '', 'x') FROM book WHERE isbn = 'i2'", nil, []string{"anna"}},
		"LENGTH counts characters":               {"SELECT LENGTH(title) FROM book WHERE isbn = 'i3'", nil, []string{"2"}},
		"AVG rounds half away from zero":         {"SELECT ROUND(AVG(id)) FROM loan", nil, []string{"2"}},
		"AVG has decimals":                       {"SELECT AVG(id) FROM loan", nil, []string{"1.5"}},
		"FETCH FIRST of NULL is no rows":         {"SELECT isbn FROM book ORDER BY isbn FETCH FIRST :n ROWS ONLY", map[string]any{"n": nil}, nil},
		"FETCH FIRST below zero is no rows":      {"SELECT isbn FROM book ORDER BY isbn FETCH FIRST :n ROWS ONLY", map[string]any{"n": int64(-1)}, nil},
		"a page":                                 {"SELECT isbn FROM book ORDER BY isbn OFFSET :o ROWS FETCH NEXT 2 ROWS ONLY", map[string]any{"o": int64(1)}, []string{"i2", "i3"}},
		"OFFSET alone":                           {"SELECT isbn FROM book ORDER BY isbn OFFSET 3 ROWS", nil, []string{"i4"}},
		"set operations go left to right":        {"SELECT 1 AS n FROM dual UNION SELECT 2 FROM dual INTERSECT SELECT 2 FROM dual", nil, []string{"2"}},
		"brackets keep a set operation together": {"SELECT 1 AS n FROM dual UNION (SELECT 2 FROM dual INTERSECT SELECT 2 FROM dual) ORDER BY n", nil, []string{"1", "2"}},
		"moments keep their instant":             {"SELECT born_at FROM author WHERE id = 7", nil, []string{"1970-01-02T01:04:05.678901Z"}},
		"tuples":                                 {"SELECT isbn, copy_no FROM book_copy WHERE (isbn, copy_no) IN (('i1', 2), ('i3', 1)) ORDER BY isbn", nil, []string{"i1|2", "i3|1"}},
		"an optional filter":                     {"SELECT isbn FROM book WHERE :s IS NULL OR shelf = :s ORDER BY isbn", map[string]any{"s": nil}, []string{"i1", "i2", "i3", "i4"}},
		"big products":                           {"SELECT 100000 * 100000 AS n FROM dual", nil, []string{"10000000000"}},
		"identity goes on after a given value":   {"SELECT COUNT(*) FROM author WHERE id IS NOT NULL", nil, []string{"3"}},
		"USING merges the outer side":            {"SELECT isbn FROM book FULL JOIN book_copy USING (isbn) WHERE copy_no = 2", nil, []string{"i1"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := agree(t, c, engines, tc.text, name, tc.binds); !slices.Equal(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// Changes return what they wrote, and sequences never give a number twice.
func TestChanges(t *testing.T) {
	c, engines := bothEngines(t)
	steps := []struct {
		text  string
		binds map[string]any
		want  []string
	}{
		{"SELECT loan_seq.NEXTVAL FROM dual", nil, []string{"5000"}},
		{"INSERT INTO loan (id, member_id, isbn, copy_no, lent_at, due_at) VALUES (loan_seq.NEXTVAL, 2, 'i1', :c, :at, :due) RETURNING id, fee, isbn INTO :id, :fee, :isbn",
			map[string]any{"c": int64(2), "at": time.Unix(0, 0), "due": time.Unix(9, 0)}, []string{"5001|<nil>|i1"}},
		{"UPDATE member m SET m.credit = m.credit - :q WHERE m.id = 1 AND m.credit - :q >= 0 RETURNING m.credit INTO :left", map[string]any{"q": int64(30)}, []string{"20"}},
		{"UPDATE member m SET m.credit = m.credit - :q WHERE m.id = 1 AND m.credit - :q >= 0 RETURNING m.credit INTO :left", map[string]any{"q": int64(30)}, nil},
		{"UPDATE book b SET (b.price, b.pages) = (SELECT MAX(l.id), COUNT(*) FROM loan l WHERE l.isbn = b.isbn) WHERE b.isbn = 'i1' RETURNING price, pages INTO :p, :q", nil, []string{"5001|2"}},
		{"DELETE FROM loan WHERE id = 5001 RETURNING copy_no INTO :c", nil, []string{"2"}},
		{"INSERT INTO ticket (holder) VALUES ('a') RETURNING no INTO :no", nil, []string{"1"}},
		{"INSERT INTO member (id, email) SELECT :id, :e FROM dual WHERE NOT EXISTS (SELECT 1 FROM member WHERE email = :e)", map[string]any{"id": int64(8), "e": "x@example.org"}, nil},
		{"SELECT COUNT(*) FROM member", nil, []string{"2"}},
		{"SELECT area FROM scan", nil, []string{"20"}},
	}
	for _, s := range steps {
		for _, e := range engines {
			got, err := run(c, e, s.text, s.binds)
			if err != nil || !slices.Equal(got, s.want) {
				t.Errorf("%s: %q, %v, want %q\n%s", e.name, got, err, s.want, s.text)
			}
		}
	}
}

// What Oracle refuses when a row is written, both engines refuse under a name
// that says why.
func TestLimitsHaveNames(t *testing.T) {
	c, engines := bothEngines(t)
	tests := []struct {
		text  string
		binds map[string]any
		want  string
	}{
		{"INSERT INTO author (pen_name, country) VALUES ('a', :c)", map[string]any{"c": "ABC"}, "len_author_country|character varying(2)"},
		{"UPDATE book SET pages = :p WHERE isbn = 'i1'", map[string]any{"p": int64(100000)}, "mag_book_pages"},
		{"UPDATE book SET cover = :c WHERE isbn = 'i1'", map[string]any{"c": make([]byte, 33)}, "len_book_cover"},
		{"UPDATE member SET credit = credit - 1000 WHERE id = 1", nil, "member_credit_ck"},
		{"UPDATE book SET meta = :m WHERE isbn = 'i1'", map[string]any{"m": "7"}, "book_meta_ck"},
		{"INSERT INTO member (id, email) VALUES (:id, 'z')", map[string]any{"id": nil}, "member.id|column \"id\""},
		{"INSERT INTO member (id, email) VALUES (3, 'x@example.org')", nil, "member.email|member_email_uk"},
		{"DELETE FROM author WHERE id = 1", nil, "FOREIGN KEY|book_author_fk"},
		{"INSERT INTO book_copy (isbn, copy_no) VALUES ('ghost', 1)", nil, "FOREIGN KEY|book_copy_fk"},
	}
	for _, tc := range tests {
		for _, e := range engines {
			_, err := run(c, e, tc.text, tc.binds)
			if err == nil || !slices.ContainsFunc(strings.Split(tc.want, "|"), func(w string) bool { return strings.Contains(err.Error(), w) }) {
				t.Errorf("%s: %v, want %s\n%s", e.name, err, tc.want, tc.text)
			}
		}
	}
}
