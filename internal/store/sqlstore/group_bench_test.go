package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What a group commit is worth: order transactions of ten rows a second, all on
// disk when they are answered, against plain SQLite with the same settings and
// one commit for each.

const rowsOfOrder = 9

func runCallers(b *testing.B, callers int, transaction func(id int64) error) (perSecond float64) {
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	n := int64(b.N)
	for range callers {
		all.Go(func() {
			for {
				id := next.Add(1)
				if id > n {
					return
				}
				if err := transaction(id); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(start).Seconds()
}

func BenchmarkOrderTransactions(b *testing.B) {
	at := fixedNow()
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("grouped/callers=%d", callers), func(b *testing.B) {
			e := migrated(b, sqliteConfig(b), smallShop, nil)
			addMug(b, e, 1, 1<<29)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ResetTimer()
			rate := runCallers(b, callers, func(id int64) error {
				return e.InTx(ctx, func(h handle) error {
					if _, err := h.exec(ctx, mugTake, sql.Named("id", 1)); err != nil {
						return err
					}
					for line := range rowsOfOrder {
						_, err := h.exec(ctx, saleInsert, sql.Named("id", id), sql.Named("line_no", line), sql.Named("mug_id", 1), sql.Named("sold_at", at))
						if err != nil {
							return err
						}
					}
					return nil
				})
			})
			s := e.Stats()
			b.ReportMetric(rate, "tx/s")
			b.ReportMetric(float64(s.Grouped)/float64(s.Commits), "tx/commit")
		})
		b.Run(fmt.Sprintf("plain/callers=%d", callers), func(b *testing.B) {
			c := sqliteConfig(b)
			e := migrated(b, c, smallShop, nil)
			addMug(b, e, 1, 1<<29)
			if err := e.Close(); err != nil {
				b.Fatal(err)
			}
			db := sql.OpenDB(sqliteConnector{sqliteURI(c.Path, fmt.Sprintf("cache_size(-%d)", writerCache)) + "&_txlock=immediate"})
			db.SetMaxOpenConns(1)
			defer db.Close()
			take, err := db.Prepare(`UPDATE mug SET on_hand = on_hand - 1 WHERE id = ? AND on_hand > 0`)
			if err != nil {
				b.Fatal(err)
			}
			sale, err := db.Prepare(`INSERT INTO sale (id, line_no, mug_id, sold_at) VALUES (?, ?, ?, ?)`)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			rate := runCallers(b, callers, func(id int64) error {
				tx, err := db.Begin()
				if err != nil {
					return err
				}
				defer tx.Rollback()
				if _, err := tx.Stmt(take).Exec(1); err != nil {
					return err
				}
				insert := tx.Stmt(sale)
				for line := range rowsOfOrder {
					if _, err := insert.Exec(id, line, 1, at.Format("2006-01-02T15:04:05.000000Z")); err != nil {
						return err
					}
				}
				return tx.Commit()
			})
			b.ReportMetric(rate, "tx/s")
		})
	}
}

func BenchmarkHandleRead(b *testing.B) {
	e := migrated(b, sqliteConfig(b), smallShop, nil)
	addMug(b, e, 1, 7)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	before := runtime.NumGoroutine()
	b.ReportAllocs()
	for b.Loop() {
		var n int
		if err := e.read().row(ctx, mugOnHand, sql.Named("id", 1)).Scan(&n); err != nil {
			b.Fatal(err)
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		b.Errorf("%d goroutines more after the reads", after-before)
	}
}

func BenchmarkGoroutineNumber(b *testing.B) {
	for b.Loop() {
		goroutine()
	}
}
