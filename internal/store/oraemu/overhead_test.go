package oraemu

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/store/orasql"
)

// The benchmarks run the same work through the emulation and through plain
// SQLite with prepared statements, in turns, so that what else the machine does
// falls on both. The ratio is of the medians of the turns.

const (
	turns       = 21
	maxOverhead = 1.10
)

// compare reports the medians of both and their ratio.
func compare(b *testing.B, perTurn int, emulated, plain func(i int)) {
	var took [2][]float64
	n := 0
	for b.Loop() {
		for range turns {
			for side, work := range []func(int){emulated, plain} {
				start := time.Now()
				for i := range perTurn {
					work(n + i)
				}
				took[side] = append(took[side], float64(time.Since(start).Nanoseconds())/float64(perTurn))
				n += perTurn
			}
		}
	}
	slices.Sort(took[0])
	slices.Sort(took[1])
	e, p := took[0][len(took[0])/2], took[1][len(took[1])/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(e, "emulated-ns")
	b.ReportMetric(p, "plain-ns")
	b.ReportMetric(e/p, "ratio")
	if e/p > maxOverhead {
		b.Logf("the emulation takes %.2f times as long as plain SQLite; the goal is %.2f", e/p, maxOverhead)
	}
}

// bothSides opens one database through the emulation and plainly.
func bothSides(b *testing.B) (emulated, plain *sql.DB) {
	inner := sqliteInner(b, "synchronous(OFF)")
	emulated = openDB(b, inner, orasql.SQLite)
	plain = sql.OpenDB(inner)
	plain.SetMaxOpenConns(1)
	emulated.SetMaxOpenConns(1)
	b.Cleanup(func() { plain.Close() })
	return emulated, plain
}

func prepare(b *testing.B, db *sql.DB, text string) *sql.Stmt {
	b.Helper()
	st, err := db.Prepare(text)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	return st
}

func BenchmarkPrimaryKeyRead(b *testing.B) {
	const rows = 1000
	emulated, plain := bothSides(b)
	for i := range rows {
		must(b, emulated, insertCustomer, customer(i, fmt.Sprintf("mail%d", i), sql.Named("age", 33), sql.Named("born", time.Unix(int64(i), 0)))...)
	}
	byID := prepare(b, plain, `SELECT email, nick, age, born FROM customer WHERE id = ?`)
	contexts := map[string]func() (context.Context, context.CancelFunc){
		"background":  func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
		"cancellable": func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) },
	}
	for name, newContext := range contexts {
		b.Run(name, func(b *testing.B) {
			ctx, cancel := newContext()
			defer cancel()
			compare(b, 500, func(i int) {
				var email, nick string
				var age int64
				var born time.Time
				err := emulated.QueryRowContext(ctx, `SELECT email, nick, age, born FROM customer WHERE id = :id`, sql.Named("id", int64(i%rows))).
					Scan(&email, &nick, &age, &born)
				if err != nil || born.Unix() != int64(i%rows) {
					b.Fatal(err, born)
				}
			}, func(i int) {
				var email string
				var nick sql.NullString
				var age int64
				var text string
				if err := byID.QueryRowContext(ctx, int64(i%rows)).Scan(&email, &nick, &age, &text); err != nil {
					b.Fatal(err)
				}
				if born, ok := readTime(text); !ok || born.Unix() != int64(i%rows) { // time.Parse would flatter the emulation
					b.Fatal(text)
				}
			})
		})
	}
}

// A checkout reads the customer, changes a balance on a condition, and writes
// an order with its lines.
func BenchmarkCheckoutTransaction(b *testing.B) {
	const rows, lines = 1000, 4
	emulated, plain := bothSides(b)
	must(b, emulated, `INSERT INTO warehouse (id) VALUES (1)`)
	for i := range rows {
		must(b, emulated, insertCustomer, customer(i, fmt.Sprintf("mail%d", i), sql.Named("age", 33))...)
	}
	byID := prepare(b, plain, `SELECT email, age FROM customer WHERE id = ?`)
	older := prepare(b, plain, `UPDATE customer SET age = age + ? WHERE id = ? AND age - ? >= 18`)
	ticket := prepare(b, plain, `INSERT INTO ticket (id, title, opened_at) VALUES (?, ?, ?)`)
	clear := prepare(b, plain, `DELETE FROM parcel WHERE customer_id = ?`)
	parcel := prepare(b, plain, `INSERT INTO parcel (customer_id, line_no, warehouse_id, note) VALUES (?, ?, ?, ?)`)
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	compare(b, 50, func(i int) {
		tx, err := emulated.BeginTx(ctx, nil)
		check(err)
		var email string
		var age int64
		id := int64(i % rows)
		check(tx.QueryRowContext(ctx, `SELECT email, age FROM customer WHERE id = :id`, sql.Named("id", id)).Scan(&email, &age))
		_, err = tx.ExecContext(ctx, `UPDATE customer SET age = age + :years WHERE id = :id AND age - :years2 >= 18`,
			sql.Named("years", int64(0)), sql.Named("id", id), sql.Named("years2", int64(0)))
		check(err)
		_, err = tx.ExecContext(ctx, `INSERT INTO ticket (id, title, opened_at) VALUES (:id, :title, :opened_at)`,
			sql.Named("id", int64(i)), sql.Named("title", "order"), sql.Named("opened_at", at))
		check(err)
		_, err = tx.ExecContext(ctx, `DELETE FROM parcel WHERE customer_id = :id`, sql.Named("id", id))
		check(err)
		for line := range lines {
			_, err = tx.ExecContext(ctx, `INSERT INTO parcel (customer_id, line_no, warehouse_id, note) VALUES (:customer_id, :line_no, :warehouse_id, :note)`,
				sql.Named("customer_id", id), sql.Named("line_no", int64(line)), sql.Named("warehouse_id", int64(1)), sql.Named("note", "a mug"))
			check(err)
		}
		check(tx.Commit())
	}, func(i int) {
		tx, err := plain.BeginTx(ctx, nil)
		check(err)
		var email string
		var age int64
		id := int64(i % rows)
		check(tx.StmtContext(ctx, byID).QueryRowContext(ctx, id).Scan(&email, &age))
		_, err = tx.StmtContext(ctx, older).ExecContext(ctx, int64(0), id, int64(0))
		check(err)
		_, err = tx.StmtContext(ctx, ticket).ExecContext(ctx, int64(i), "order", at.Format(timeLayout))
		check(err)
		_, err = tx.StmtContext(ctx, clear).ExecContext(ctx, id)
		check(err)
		insert := tx.StmtContext(ctx, parcel)
		for line := range lines {
			_, err = insert.ExecContext(ctx, id, int64(line), int64(1), "a mug")
			check(err)
		}
		check(tx.Commit())
	})
}
