package oraemu

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"testing"
	"time"

	"tradewind/internal/store/orasql"
)

func TestEmptyIsNull(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		must(t, db, insertCustomer, customer(1, "a@b")...)
		if n := read[int](t, db, `SELECT COUNT(*) FROM customer WHERE nick IS NULL AND age IS NULL AND born IS NULL AND photo IS NULL`); n != 1 {
			t.Errorf("%d rows with NULLs, want 1", n)
		}
		if nick := read[string](t, db, `SELECT nick FROM customer`); nick != "" {
			t.Errorf("NULL text reads as %q, want an empty string", nick)
		}
		if age := read[sql.NullInt64](t, db, `SELECT age FROM customer`); age.Valid {
			t.Errorf("NULL number reads as %v", age.Int64)
		}
		if born := read[sql.NullTime](t, db, `SELECT born FROM customer`); born.Valid {
			t.Errorf("NULL time reads as %v", born.Time)
		}
		_, err := db.Exec(insertCustomer, customer(2, "")...)
		wantCode(t, err, codeNullInsert, "")
		_, err = db.Exec(`UPDATE customer SET email = :email`, sql.Named("email", ""))
		wantCode(t, err, codeNullUpdate, "")
	})
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 987654999, time.FixedZone("", 7200))
	photo := []byte{0, 1, 255}
	onBoth(t, func(t *testing.T, db *sql.DB) {
		must(t, db, insertCustomer, customer(1, "grüße@b", sql.Named("nick", "日本語"), sql.Named("age", 30), sql.Named("born", at), sql.Named("photo", photo))...)
		var email, nick string
		var age int
		var born time.Time
		var got []byte
		err := db.QueryRow(`SELECT email, nick, age, born, photo FROM customer WHERE born = :born`, sql.Named("born", at)).
			Scan(&email, &nick, &age, &born, &got)
		if err != nil {
			t.Fatal(err)
		}
		if email != "grüße@b" || nick != "日本語" || age != 30 || !bytes.Equal(got, photo) {
			t.Errorf("read %q %q %d %v", email, nick, age, got)
		}
		if want := time.Date(2026, 5, 4, 1, 2, 1, 987654000, time.UTC); born != want {
			t.Errorf("born = %v, want %v", born, want)
		}
	})
}

func TestColumnsAreUpperCase(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		rows, err := db.Query(`SELECT c.id, COUNT(*) AS how_many FROM customer c GROUP BY c.id`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil || len(names) != 2 || names[0] != "ID" || names[1] != "HOW_MANY" {
			t.Errorf("columns %q, %v", names, err)
		}
	})
}

func TestNamedTypesBindAsTheirBase(t *testing.T) {
	type email string
	type id int32
	onBoth(t, func(t *testing.T, db *sql.DB) {
		nick := "ann"
		must(t, db, `INSERT INTO customer (id, email, nick, age) VALUES (:id, :email, :nick, :age)`, sql.Named("id", id(7)),
			sql.Named("email", email("e")), sql.Named("nick", &nick), sql.Named("age", sql.NullInt64{Int64: 20, Valid: true}))
		if n := read[int](t, db, `SELECT COUNT(*) FROM customer WHERE id = 7 AND email = 'e' AND nick = 'ann' AND age = 20`); n != 1 {
			t.Error("the row was not found")
		}
	})
}

func TestBindsAreExact(t *testing.T) {
	const find = `SELECT id FROM customer WHERE id = :id AND (email = :email OR nick = :email)`
	tests := map[string]struct {
		args []any
		code int
	}{
		"any order, used twice": {[]any{sql.Named("email", "x"), sql.Named("id", 1)}, 0},
		"other case":            {[]any{sql.Named("ID", 1), sql.Named("Email", "x")}, 0},
		"missing":               {[]any{sql.Named("id", 1)}, codeUnbound},
		"surplus":               {[]any{sql.Named("id", 1), sql.Named("email", "x"), sql.Named("other", 1)}, codeUnknownBind},
		"twice":                 {[]any{sql.Named("id", 1), sql.Named("email", "x"), sql.Named("id", 1)}, codeUnknownBind},
		"positional":            {[]any{1, "x"}, codeUnknownBind},
		"bool":                  {[]any{sql.Named("id", true), sql.Named("email", "x")}, codeWrongType},
		"struct":                {[]any{sql.Named("id", struct{}{}), sql.Named("email", "x")}, codeWrongType},
		"array in a query":      {[]any{sql.Named("id", []int{1}), sql.Named("email", "x")}, codeWrongType},
		"too large for int64":   {[]any{sql.Named("id", uint64(1)<<63), sql.Named("email", "x")}, codeWrongType},
	}
	onBoth(t, func(t *testing.T, db *sql.DB) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				var id int
				err := db.QueryRow(find, tc.args...).Scan(&id)
				if tc.code != 0 {
					wantCode(t, err, tc.code, "")
				} else if err != sql.ErrNoRows {
					t.Error(err)
				}
			})
		}
	})
}

func TestReadTimeIsTheInverseOfBindTime(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2024, 2, 29, 12, 0, 0, 1000, time.UTC),
	} {
		text, _ := bindTime(at, orasql.SQLite).(string)
		if got, ok := readTime(text); !ok || got != at {
			t.Errorf("readTime(%q) = %v, %v; want %v", text, got, ok, at)
		}
	}
	for _, text := range []string{"", "2024-02-29", "2024-02-29T12:00:00.00000xZ", "2024-02-29 12:00:00.000000Z"} {
		if got, ok := readTime(text); ok {
			t.Errorf("readTime(%q) = %v", text, got)
		}
	}
}

func FuzzReadTime(f *testing.F) {
	f.Add("2024-02-29T12:00:00.000001Z")
	f.Fuzz(func(t *testing.T, text string) { readTime(text) })
}

func TestAnonymousParametersOnlyWhereTheyMeanTheSame(t *testing.T) {
	tests := map[string]struct {
		sql   string
		count int
		want  string
	}{
		"each once, in order": {`SELECT a FROM t WHERE b = ?1 AND c = ?2`, 2, `SELECT a FROM t WHERE b = ? AND c = ?`},
		"one twice":           {`SELECT a FROM t WHERE b = ?1 AND c = ?1`, 1, `SELECT a FROM t WHERE b = ?1 AND c = ?1`},
		"out of order":        {`SELECT a FROM t WHERE b = ?2 AND c = ?1`, 2, `SELECT a FROM t WHERE b = ?2 AND c = ?1`},
		"text with a mark":    {`SELECT a FROM t WHERE b = '?1' AND c = ?1`, 1, `SELECT a FROM t WHERE b = '?1' AND c = ?1`},
		"text":                {`SELECT a FROM t WHERE b = 'x' AND c = ?1`, 1, `SELECT a FROM t WHERE b = 'x' AND c = ?`},
		"none":                {`SELECT a FROM t`, 0, `SELECT a FROM t`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := anonymous(tc.sql, tc.count); got != tc.want {
				t.Errorf("anonymous(%q) = %q, want %q", tc.sql, got, tc.want)
			}
		})
	}
}

var _ driver.NamedValueChecker = (*conn)(nil)
