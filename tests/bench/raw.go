package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // plain SQLite, as the yardstick
)

// bare answers with bytes that were recorded from the shop: what net/http can
// do at best on this machine.
func bare(addr string, answers map[string][]byte) (stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := answers[r.URL.RequestURI()]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})}
	go func() { _ = server.Serve(l) }()
	return func() { server.Close() }, nil
}

// flush measures how long a write of 4 KiB and a flush take in dir.
func flush(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "flush"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	n, began := 0, time.Now()
	for ; time.Since(began) < time.Second; n++ {
		if _, err := f.WriteAt(page, int64(n%256)*4096); err != nil {
			return 0, err
		}
		if err := fdatasync(f); err != nil {
			return 0, err
		}
	}
	return time.Since(began) / time.Duration(n), nil
}

// rows are the rows that one order left in one table.
type rows struct {
	table   string
	columns []string
	values  [][]any
}

// orderRows reads all that a paid order left in the database: the yardstick
// writes the same, order by order.
func orderRows(path string) ([]rows, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var order, cart, pay string
	if err := db.QueryRow(`SELECT o.id, o.cart_id, p.id FROM orders o JOIN payment p ON p.order_id = o.id WHERE o.status = 'paid' ORDER BY o.id DESC LIMIT 1`).Scan(&order, &cart, &pay); err != nil {
		return nil, err
	}
	var out []rows
	for _, q := range []struct{ table, where, id string }{
		{"cart", "id = ?", cart}, {"cart_item", "cart_id = ?", cart}, {"idempotency", "idem_key = ?", "order-" + cart}, {"idempotency", "idem_key = ?", "pay-" + order},
		{"orders", "id = ?", order}, {"order_line", "order_id = ?", order}, {"order_history", "order_id = ?", order},
		{"reservation", "order_id = ?", order}, {"stock_movement", "reference = ?", order}, {"payment", "id = ?", pay}, {"payment_attempt", "payment_id = ?", pay},
		{"outbox", "aggregate_id = ?", order}, {"audit_entry", "subject = ?", order},
	} {
		r, err := db.Query(`SELECT * FROM `+q.table+` WHERE `+q.where, q.id)
		if err != nil {
			return nil, err
		}
		cols, _ := r.Columns()
		one := rows{table: q.table, columns: cols}
		for r.Next() {
			values := make([]any, len(cols))
			dest := make([]any, len(cols))
			for i := range values {
				dest[i] = &values[i]
			}
			if err := r.Scan(dest...); err != nil {
				return nil, err
			}
			one.values = append(one.values, values)
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// rawCommits writes the rows of orders with plain SQLite at synchronous=FULL,
// a transaction and a commit for each order, for the time.
func rawCommits(dir string, like []rows, schema string, callers int, d time.Duration) (perSecond float64, err error) {
	path := filepath.Join(dir, fmt.Sprintf("raw-%d.db", callers))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return 0, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	inserts := make([]*sql.Stmt, len(like))
	for i, r := range like {
		text := `INSERT INTO ` + r.table + ` (` + strings.Join(r.columns, ", ") + `) VALUES (` + strings.TrimSuffix(strings.Repeat("?, ", len(r.columns)), ", ") + `)`
		if inserts[i], err = conn.PrepareContext(context.Background(), text); err != nil {
			return 0, err
		}
	}
	number, seq := int64(10_000_000), int64(10_000_000)
	var mu sync.Mutex
	var wait sync.WaitGroup
	done, until := 0, time.Now().Add(d)
	var failed error
	for range callers {
		wait.Go(func() {
			for time.Now().Before(until) {
				mu.Lock()
				number++
				if err := writeOrder(conn, inserts, like, number, &seq); err != nil {
					failed = err
					mu.Unlock()
					return
				}
				done++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return float64(done) / d.Seconds(), failed
}

func writeOrder(conn *sql.Conn, inserts []*sql.Stmt, like []rows, number int64, seq *int64) error {
	ctx := context.Background()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	ids := map[string]string{}
	for i, r := range like {
		for _, values := range r.values {
			args := make([]any, len(values))
			for j, v := range values {
				args[j] = v
				switch text, ok := v.(string); {
				case r.columns[j] == "order_number":
					args[j] = number
				case r.columns[j] == "seq":
					*seq++
					args[j] = *seq
				case ok && len(text) >= 36 && text[len(text)-28] == '-':
					id, known := ids[text[len(text)-36:]]
					if !known {
						id = uuid.Must(uuid.NewV7()).String()
						ids[text[len(text)-36:]] = id
					}
					args[j] = text[:len(text)-36] + id
				}
			}
			if _, err := inserts[i].ExecContext(ctx, args...); err != nil {
				return fmt.Errorf("%s: %w", r.table, err)
			}
		}
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	return err
}

// schemaOf returns the DDL of the shop's tables, without foreign keys' targets
// that the yardstick does not fill.
func schemaOf(path string) (string, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return "", err
	}
	defer db.Close()
	r, err := db.Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END`)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var b strings.Builder
	for r.Next() {
		var text string
		if err := r.Scan(&text); err != nil {
			return "", err
		}
		b.WriteString(text + ";\n")
	}
	return b.String(), r.Err()
}
