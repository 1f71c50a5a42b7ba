package oraemu

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"tradewind/internal/store/orasql"
)

func TestViolationsHaveOraclesNumbersAndNames(t *testing.T) {
	tests := map[string]struct {
		text       string
		args       []any
		code       int
		constraint string
		message    string
	}{
		"primary key": {insertCustomer, customer(1, "new"), codeUnique, "CUSTOMER_PK", "ORA-00001: unique constraint (TRADEWIND.CUSTOMER_PK) violated"},
		"unique":      {insertCustomer, customer(2, "taken"), codeUnique, "CUSTOMER_EMAIL_UK", "ORA-00001: unique constraint (TRADEWIND.CUSTOMER_EMAIL_UK) violated"},
		"wide key": {`INSERT INTO parcel (customer_id, line_no) VALUES (1, 1)`, nil, codeUnique, "PARCEL_PK",
			"ORA-00001: unique constraint (TRADEWIND.PARCEL_PK) violated"},
		"check": {insertCustomer, customer(2, "b", sql.Named("age", 17)), codeCheck, "CUSTOMER_AGE_CK", "ORA-02290: check constraint (TRADEWIND.CUSTOMER_AGE_CK) violated"},
		"null":  {insertCustomer, customer(2, ""), codeNullInsert, "", `ORA-01400: cannot insert NULL into ("TRADEWIND"."CUSTOMER"."EMAIL")`},
		"null update": {`UPDATE customer SET email = :email WHERE id = 1`, []any{sql.Named("email", "")}, codeNullUpdate, "",
			`ORA-01407: cannot update ("TRADEWIND"."CUSTOMER"."EMAIL") to NULL`},
		"too long":  {insertCustomer, customer(2, "b", sql.Named("nick", "sechsä")), codeTooLong, "", ""},
		"too large": {insertCustomer, customer(2, "b", sql.Named("age", 1000)), codeTooPrecise, "", ""},
		"no parent, first of two": {`INSERT INTO parcel (customer_id, line_no) VALUES (9, 1)`, nil, codeNoParent, "PARCEL_CUSTOMER_FK",
			"ORA-02291: integrity constraint (TRADEWIND.PARCEL_CUSTOMER_FK) violated - parent key not found"},
		"no parent, second of two": {`INSERT INTO parcel (customer_id, line_no, warehouse_id) VALUES (1, 2, 9)`, nil, codeNoParent, "PARCEL_WAREHOUSE_FK", ""},
		"no parent in an update":   {`UPDATE parcel SET warehouse_id = 9`, nil, codeNoParent, "PARCEL_WAREHOUSE_FK", ""},
		"has child": {`DELETE FROM customer WHERE id = 1`, nil, codeHasChild, "PARCEL_CUSTOMER_FK",
			"ORA-02292: integrity constraint (TRADEWIND.PARCEL_CUSTOMER_FK) violated - child record found"},
		"unknown table":  {`DELETE FROM nowhere WHERE id = 1`, nil, 942, "", ""},
		"unknown column": {`UPDATE customer SET colour = 1 WHERE id = 1`, nil, 904, "", ""},
	}
	onBoth(t, func(t *testing.T, db *sql.DB) {
		must(t, db, insertCustomer, customer(1, "taken")...)
		must(t, db, `INSERT INTO warehouse (id) VALUES (1)`)
		must(t, db, `INSERT INTO parcel (customer_id, line_no, warehouse_id) VALUES (1, 1, 1)`)
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				_, err := db.Exec(tc.text, tc.args...)
				wantCode(t, err, tc.code, tc.constraint)
				if tc.message != "" && err != nil && err.Error() != tc.message {
					t.Errorf("error is %q, want %q", err, tc.message)
				}
			})
		}
		if n := read[int](t, db, `SELECT COUNT(*) FROM parcel WHERE warehouse_id = 1`); n != 1 {
			t.Errorf("%d parcels are left as they were, want 1", n)
		}
	})
}

func TestFailedStatementLeavesTheTransactionAlive(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		must(t, tx, insertCustomer, customer(1, "a")...)
		_, err = tx.Exec(insertCustomer, customer(1, "b")...)
		wantCode(t, err, codeUnique, "CUSTOMER_PK")
		_, err = tx.Exec(`INSERT INTO parcel (customer_id, line_no) VALUES (9, 1)`)
		wantCode(t, err, codeNoParent, "PARCEL_CUSTOMER_FK")
		must(t, tx, insertCustomer, customer(2, "b")...)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if n := read[int](t, db, `SELECT COUNT(*) FROM customer`); n != 2 {
			t.Errorf("%d customers, want 2", n)
		}
	})
}

func TestReturningInto(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		type email string
		var id int64
		var gave email
		var born time.Time
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		n := must(t, db, `INSERT INTO customer (id, email, born) VALUES (:id, :email, :born) RETURNING id, email, born INTO :new_id, :new_email, :new_born`,
			sql.Named("new_born", sql.Out{Dest: &born}), sql.Named("id", 5), sql.Named("email", "e"), sql.Named("born", at),
			sql.Named("new_id", sql.Out{Dest: &id}), sql.Named("new_email", sql.Out{Dest: &gave}))
		if n != 1 || id != 5 || gave != "e" || born != at {
			t.Errorf("%d rows, returned %d %q %v", n, id, gave, born)
		}
		must(t, db, insertCustomer, customer(6, "f")...)

		ids := []int64{99}
		must(t, db, `UPDATE customer SET age = 18 RETURNING id INTO :ids`, sql.Named("ids", sql.Out{Dest: &ids}))
		slices.Sort(ids)
		if !slices.Equal(ids, []int64{5, 6}) {
			t.Errorf("returned ids %v", ids)
		}
		_, err := db.Exec(`UPDATE customer SET age = 19 RETURNING id INTO :id`, sql.Named("id", sql.Out{Dest: &id}))
		wantCode(t, err, codeWrongType, "")
		if n := must(t, db, `DELETE FROM customer WHERE id = 77 RETURNING id INTO :id`, sql.Named("id", sql.Out{Dest: &id})); n != 0 {
			t.Errorf("deleted %d rows", n)
		}
		_, err = db.Exec(`DELETE FROM customer WHERE id = 77 RETURNING id INTO :id`)
		wantCode(t, err, codeUnbound, "")
		_, err = db.Exec(`DELETE FROM customer WHERE id = 77 RETURNING id INTO :id`, sql.Named("id", 1))
		wantCode(t, err, codeWrongType, "")
	})
}

func TestArraysInsertAllOrNone(t *testing.T) {
	const insert = `INSERT INTO customer (id, email, nick) VALUES (:id, :email, :nick)`
	onBoth(t, func(t *testing.T, db *sql.DB) {
		n := must(t, db, insert, sql.Named("id", []int{1, 2, 3}), sql.Named("email", []string{"a", "b", "c"}), sql.Named("nick", "same"))
		if n != 3 {
			t.Errorf("inserted %d", n)
		}
		broken := []any{sql.Named("id", []int{4, 1}), sql.Named("email", []string{"d", "e"}), sql.Named("nick", "")}
		_, err := db.Exec(insert, broken...)
		wantCode(t, err, codeUnique, "CUSTOMER_PK")
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		must(t, tx, insert, sql.Named("id", []int{5}), sql.Named("email", []string{"f"}), sql.Named("nick", []string{""}))
		_, err = tx.Exec(insert, broken...)
		wantCode(t, err, codeUnique, "CUSTOMER_PK")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if n := read[int](t, db, `SELECT COUNT(*) FROM customer`); n != 4 {
			t.Errorf("%d customers, want 4", n)
		}
		_, err = db.Exec(insert, sql.Named("id", []int{8, 9}), sql.Named("email", []string{"x"}), sql.Named("nick", ""))
		wantCode(t, err, codeWrongType, "")
		if n := must(t, db, insert, sql.Named("id", []int{}), sql.Named("email", []string{}), sql.Named("nick", "")); n != 0 {
			t.Errorf("no elements inserted %d rows", n)
		}
	})
}

func TestSequences(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		var first, second int64
		const insert = `INSERT INTO ticket (id) VALUES (ticket_seq.NEXTVAL) RETURNING id INTO :id`
		must(t, db, insert, sql.Named("id", sql.Out{Dest: &first}))
		must(t, db, insert, sql.Named("id", sql.Out{Dest: &second}))
		if first != 100 || second <= first {
			t.Errorf("ids %d and %d", first, second)
		}
		if opened := read[time.Time](t, db, `SELECT opened_at FROM ticket WHERE id = :id`, sql.Named("id", first)); time.Since(opened).Abs() > time.Minute {
			t.Errorf("opened at %v", opened)
		}
		if next := read[int64](t, db, `SELECT ticket_seq.NEXTVAL FROM dual`); next <= second {
			t.Errorf("next value is %d after %d", next, second)
		}
	})
}

func TestDDLAndLocksKnowTheirPlace(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		var id int
		err := db.QueryRow(`SELECT id FROM customer WHERE id = 1 FOR UPDATE`).Scan(&id)
		wantCode(t, err, codeNoTx, "")
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(`SELECT id FROM customer WHERE id = 1 FOR UPDATE`).Scan(&id); !errors.Is(err, sql.ErrNoRows) {
			t.Error(err)
		}
		_, err = tx.Exec(`CREATE TABLE inside (id NUMBER(9) NOT NULL, CONSTRAINT inside_pk PRIMARY KEY (id))`)
		wantCode(t, err, codeDDLInTx, "")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		must(t, db, insertCustomer, customer(1, "a")...)
		must(t, db, `ALTER TABLE customer ADD (points NUMBER(9) DEFAULT 0 NOT NULL)`)
		if points := read[int](t, db, `SELECT points FROM customer`); points != 0 {
			t.Errorf("points = %d", points)
		}
	})
}

func TestOnlyReadCommitted(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		if _, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelSerializable}); err == nil {
			t.Error("began a serializable transaction")
		}
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	})
}

func TestQueriesInsideQueries(t *testing.T) {
	const byID = `SELECT email FROM customer WHERE id >= :id ORDER BY id`
	db := openDB(t, sqliteInner(t), orasql.SQLite)
	for i := range 3 {
		must(t, db, insertCustomer, customer(i, string(rune('a'+i)))...)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	outer, err := conn.QueryContext(t.Context(), byID, sql.Named("id", 0))
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	var got []string
	for outer.Next() {
		var email string
		if err := outer.Scan(&email); err != nil {
			t.Fatal(err)
		}
		got = append(got, email+read[string](t, conn, byID, sql.Named("id", 2)))
	}
	if !slices.Equal(got, []string{"ac", "bc", "cc"}) || outer.Err() != nil {
		t.Errorf("read %v, %v", got, outer.Err())
	}
}

func TestCancelledCallers(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := db.ExecContext(ctx, insertCustomer, customer(1, "a")...)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("a long statement is interrupted", func(t *testing.T) {
		db := openDB(t, sqliteInner(t), orasql.SQLite)
		ids, emails := make([]int, 1000), make([]string, 1000)
		for i := range ids {
			ids[i], emails[i] = i, string(rune('a'+i))
		}
		must(t, db, `INSERT INTO customer (id, email) VALUES (:id, :email)`, sql.Named("id", ids), sql.Named("email", emails))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		var n int
		err := db.QueryRowContext(Interruptible(ctx), `SELECT COUNT(*) FROM customer a CROSS JOIN customer b CROSS JOIN customer c WHERE a.id + b.id + c.id < 0`).Scan(&n)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("counted a billion combinations: %v", err)
		}
	})
}
