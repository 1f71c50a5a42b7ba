package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
)

// A shop of two tables is enough for what engines promise.
var smallShop = fstest.MapFS{
	"0001_stock.sql": {Data: []byte(`-- What there is.
CREATE TABLE mug (
  id NUMBER(9) NOT NULL,
  title VARCHAR2(20 CHAR),
  on_hand NUMBER(9) NOT NULL,
  CONSTRAINT mug_pk PRIMARY KEY (id),
  CONSTRAINT mug_on_hand_ck CHECK (on_hand >= 0)
);

CREATE INDEX mug_title_ix ON mug (title);
`)},
	"0002_sale.sql": {Data: []byte(`-- What was sold.
CREATE TABLE sale (
  id NUMBER(19) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  mug_id NUMBER(9) NOT NULL,
  sold_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT sale_pk PRIMARY KEY (id, line_no),
  CONSTRAINT sale_mug_fk FOREIGN KEY (mug_id) REFERENCES mug (id)
)
-- oracle-only
PARTITION BY RANGE (sold_at) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH')) (PARTITION sale_first VALUES LESS THAN (TIMESTAMP '2026-01-01 00:00:00 +00:00'))
-- end
;

CREATE INDEX sale_mug_ix ON sale (mug_id);

ALTER TABLE mug ADD (note VARCHAR2(40 CHAR));
`)},
}

// The texts of these tests are not the program's, so they are not registered.
var (
	mugInsert  = &Statement{Name: "test.mug-insert", Text: `INSERT INTO mug (id, title, on_hand) VALUES (:id, :title, :on_hand)`}
	mugTake    = &Statement{Name: "test.mug-take", Text: `UPDATE mug SET on_hand = on_hand - 1 WHERE id = :id AND on_hand > 0`}
	mugOnHand  = &Statement{Name: "test.mug-on-hand", Text: `SELECT on_hand FROM mug WHERE id = :id`}
	mugLock    = &Statement{Name: "test.mug-lock", Text: `SELECT on_hand FROM mug WHERE id = :id FOR UPDATE`}
	mugSet     = &Statement{Name: "test.mug-set", Text: `UPDATE mug SET on_hand = :n WHERE id = :id`}
	mugTitles  = &Statement{Name: "test.mug-titles", Text: `SELECT title FROM mug ORDER BY id`, Rows: 50}
	mugCount   = &Statement{Name: "test.mug-count", Text: `SELECT COUNT(*) FROM mug`}
	saleInsert = &Statement{Name: "test.sale-insert", Text: `INSERT INTO sale (id, line_no, mug_id, sold_at) VALUES (:id, :line_no, :mug_id, :sold_at)`}
	saleCount  = &Statement{Name: "test.sale-count", Text: `SELECT COUNT(*) FROM sale`}
)

var fixedNow = func() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) }

func sqliteConfig(t testing.TB) Config {
	return Config{Engine: EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 4}
}

// migrated opens an engine after Up.
func migrated(t testing.TB, c Config, fsys fs.FS, observe func(Call)) *sqliteEngine {
	t.Helper()
	m, err := OpenMigrator(t.Context(), c, fsys, fixedNow)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	e, err := openEngine(t.Context(), c, fsys, Options{Observe: observe})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.(*sqliteEngine)
}

// onBoth runs a test on an engine of each kind with the small shop's tables.
func onBoth(t *testing.T, test func(t *testing.T, e engine)) {
	t.Run("sqlite", func(t *testing.T) { test(t, migrated(t, sqliteConfig(t), smallShop, nil)) })
	t.Run("postgres", func(t *testing.T) { test(t, openPostgres(t, smallShop)) })
}

func addMug(t testing.TB, e engine, id, onHand int) {
	t.Helper()
	err := e.InTx(t.Context(), func(h handle) error {
		_, err := h.exec(t.Context(), mugInsert, bindAll("id", id, "title", "mug", "on_hand", onHand)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func bindAll(pairs ...any) []sql.NamedArg {
	var args []sql.NamedArg
	for i := 0; i < len(pairs); i += 2 {
		args = append(args, sql.Named(pairs[i].(string), pairs[i+1]))
	}
	return args
}

func count(t testing.TB, h handle, st *Statement, args ...sql.NamedArg) int {
	t.Helper()
	var n int
	if err := h.row(t.Context(), st, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTransactionIsAllOrNone(t *testing.T) {
	boom := errors.New("boom")
	onBoth(t, func(t *testing.T, e engine) {
		err := e.InTx(t.Context(), func(h handle) error {
			if _, err := h.exec(t.Context(), mugInsert, bindAll("id", 1, "title", "mug", "on_hand", 1)...); err != nil {
				return err
			}
			if n := count(t, h, mugCount); n != 1 {
				t.Errorf("the transaction sees %d mugs, want its own", n)
			}
			if n := count(t, e.read(), mugCount); n != 0 {
				t.Errorf("others see %d mugs before COMMIT", n)
			}
			return boom
		})
		if err != boom {
			t.Errorf("InTx gives %v, want the function's error", err)
		}
		if n := count(t, e.read(), mugCount); n != 0 {
			t.Errorf("%d mugs are left of a failed transaction", n)
		}
	})
}

func TestPanicRollsBackAndGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v in the caller", r)
				}
			}()
			e.InTx(t.Context(), func(h handle) error {
				if _, err := h.exec(t.Context(), mugInsert, bindAll("id", 1, "title", "mug", "on_hand", 1)...); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		if n := count(t, e.read(), mugCount); n != 0 {
			t.Errorf("%d mugs are left of a panic", n)
		}
		addMug(t, e, 2, 1)
	})
}

func TestNestedTransactionIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		err := e.InTx(t.Context(), func(h handle) error {
			return e.InTx(t.Context(), func(handle) error { return nil })
		})
		if !errors.Is(err, errNested) {
			t.Errorf("InTx inside InTx gives %v", err)
		}
		addMug(t, e, 1, 1)
	})
}

func TestHandleEndsWithItsTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		var kept handle
		if err := e.InTx(t.Context(), func(h handle) error { kept = h; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := kept.exec(t.Context(), mugSet, bindAll("id", 1, "n", 1)...); !errors.Is(err, errTxOver) {
			t.Errorf("a handle kept after its transaction gives %v", err)
		}
	})
}

func TestContextThatEndsBeforeCommitRollsBack(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		ctx, cancel := context.WithCancel(t.Context())
		err := e.InTx(ctx, func(h handle) error {
			_, err := h.exec(ctx, mugInsert, bindAll("id", 1, "title", "mug", "on_hand", 1)...)
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("InTx gives %v", err)
		}
		if n := count(t, e.read(), mugCount); n != 0 {
			t.Errorf("%d mugs are left of a cancelled transaction", n)
		}
	})
}

func TestSingleStatementIsATransactionOfItsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		n, err := e.read().exec(t.Context(), mugInsert, bindAll("id", 1, "title", "", "on_hand", 3)...)
		if n != 1 || err != nil {
			t.Fatal(n, err)
		}
		_, err = e.read().exec(t.Context(), mugInsert, bindAll("id", 1, "title", "", "on_hand", 3)...)
		if codeOf(err) != codeUnique || constraintOf(err) != "mug_pk" {
			t.Errorf("a second mug 1 gives %v", err)
		}
		if n := count(t, e.read(), mugOnHand, sql.Named("id", 1)); n != 3 {
			t.Errorf("on hand %d, want 3", n)
		}
	})
}

func TestReadingRows(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		ids, titles, stock := make([]int, 2500), make([]string, 2500), make([]int64, 2500)
		for i := range ids {
			ids[i], titles[i] = i, fmt.Sprint("mug ", i)
		}
		args := bindAll("id", ids, "title", titles, "on_hand", stock)
		if _, err := e.read().batch(t.Context(), mugInsert, args...); !errors.Is(err, errNotAtomic) {
			t.Errorf("three chunks outside a transaction give %v", err)
		}
		err := e.InTx(t.Context(), func(h handle) error {
			n, err := h.batch(t.Context(), mugInsert, args...)
			if n != 2500 {
				t.Errorf("batch changed %d rows", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := collect(t.Context(), e.read(), mugTitles, func(r scanner) (title string, err error) { return title, r.Scan(&title) })
		if err != nil || len(got) != 2500 || got[2499] != "mug 2499" {
			t.Errorf("read %d titles, %v", len(got), err)
		}
		if err := e.read().row(t.Context(), mugOnHand, sql.Named("id", 9999)).Scan(new(int)); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("no row gives %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, err := e.read().query(ctx, mugTitles)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		n := 0
		for ; r.Next(); n++ {
			cancel()
		}
		if n > 2400 || r.Err() == nil {
			t.Errorf("read %d rows for a caller who left, then %v", n, r.Err())
		}
	})
}

func TestWhatIsWrittenInBulkIsUndoneWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		err := e.InTx(t.Context(), func(h handle) error {
			if _, err := h.bulk(t.Context(), mugInsert, bindAll("id", []int{1, 2, 1}, "title", "mug", "on_hand", 1)...); codeOf(err) != codeUnique {
				t.Errorf("the same key twice gives %v", err)
			}
			_, err := h.exec(t.Context(), mugInsert, bindAll("id", 3, "title", "mug", "on_hand", 1)...)
			return err
		})
		if err == nil {
			t.Error("a transaction goes on after a part of an array was written")
		}
		if n := count(t, e.read(), mugCount); n != 0 {
			t.Errorf("%d mugs are left of it", n)
		}
		addMug(t, e, 4, 1) // the connection is as good as before
	})
}

func TestABulkThatFailsDoesNotHarmItsGroup(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	release := hold(t, e)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			err := e.InTx(t.Context(), func(h handle) error {
				ids := []int{10 * i, 10*i + 1}
				if i%2 == 1 {
					ids[1] = ids[0]
				}
				_, err := h.bulk(t.Context(), mugInsert, bindAll("id", ids, "title", "mug", "on_hand", 1)...)
				return err
			})
			if (err != nil) != (i%2 == 1) {
				t.Errorf("bulk %d: %v", i, err)
			}
		})
	}
	queued(e, 8)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if n := count(t, e.read(), mugCount); n != 8 {
		t.Errorf("%d mugs, want 8", n)
	}
}

func TestLongStatementEndsWithItsCaller(t *testing.T) {
	e := migrated(t, sqliteConfig(t), smallShop, nil)
	ids := make([]int, 1000)
	for i := range ids {
		ids[i] = i
	}
	err := e.InTx(t.Context(), func(h handle) error {
		_, err := h.batch(t.Context(), mugInsert, bindAll("id", ids, "title", "", "on_hand", 1)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	report := (&Statement{Name: "test.report",
		Text: `SELECT COUNT(*) FROM mug a CROSS JOIN mug b CROSS JOIN mug c WHERE a.id + b.id + c.id < 0`}).long()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := e.read().row(ctx, report).Scan(new(int)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("counted a billion combinations: %v", err)
	}
	if n := count(t, e.read(), mugCount); n != 1000 {
		t.Errorf("%d mugs after an interrupted report", n)
	}
}

func TestBatchTakesWhatOracleTakes(t *testing.T) {
	onBoth(t, func(t *testing.T, e engine) {
		err := e.InTx(t.Context(), func(h handle) error {
			for name, list := range map[string]any{"any": []any{"a", nil}, "bool": []bool{true, false}, "pointers": []*string{nil, nil}} {
				if _, err := h.batch(t.Context(), mugInsert, bindAll("id", []int{1, 2}, "title", list, "on_hand", 1)...); err == nil {
					t.Errorf("a slice of %s was taken", name)
				}
			}
			type title string
			n, err := h.batch(t.Context(), mugInsert, bindAll("id", []uint16{1, 2}, "title", []title{"a", ""}, "on_hand", sql.NullInt64{Int64: 1, Valid: true})...)
			if n != 2 {
				t.Errorf("inserted %d", n)
			}
			if err != nil {
				return err
			}
			_, err = h.batch(t.Context(), saleInsert, bindAll("id", []int64{1, 2}, "line_no", 1, "mug_id", 1, "sold_at", []time.Time{{}, fixedNow()})...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestCallsAreTimedUnderTheirNames(t *testing.T) {
	var mu sync.Mutex
	calls := map[string]Call{}
	e := migrated(t, sqliteConfig(t), smallShop, func(c Call) {
		mu.Lock()
		defer mu.Unlock()
		calls[c.Statement] = c
	})
	addMug(t, e, 1, 5)
	count(t, e.read(), mugOnHand, sql.Named("id", 1))
	e.read().exec(t.Context(), mugSet, bindAll("id", 1, "n", -1)...)
	if c := calls["test.mug-insert"]; c.Rows != 1 || c.Took <= 0 || c.Err != nil {
		t.Errorf("insert was reported as %+v", c)
	}
	if c := calls["test.mug-on-hand"]; c.Rows != 1 || c.Err != nil {
		t.Errorf("read was reported as %+v", c)
	}
	if c := calls["test.mug-set"]; codeOf(c.Err) != codeCheck {
		t.Errorf("failure was reported as %+v", c)
	}
}

func TestLastMugIsSoldOnce(t *testing.T) {
	const buyers = 16
	onBoth(t, func(t *testing.T, e engine) {
		addMug(t, e, 1, 5)
		var sold atomic.Int64
		var all sync.WaitGroup
		for buyer := range buyers {
			all.Go(func() {
				err := e.InTx(t.Context(), func(h handle) error {
					n, err := h.exec(t.Context(), mugTake, sql.Named("id", 1))
					if err != nil || n == 0 {
						return errors.Join(err, sql.ErrNoRows)
					}
					_, err = h.exec(t.Context(), saleInsert, bindAll("id", buyer, "line_no", 1, "mug_id", 1, "sold_at", fixedNow())...)
					return err
				})
				switch {
				case err == nil:
					sold.Add(1)
				case !errors.Is(err, sql.ErrNoRows):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if sold.Load() != 5 || count(t, e.read(), saleCount) != 5 || count(t, e.read(), mugOnHand, sql.Named("id", 1)) != 0 {
			t.Errorf("sold %d of 5 mugs, %d sales", sold.Load(), count(t, e.read(), saleCount))
		}
	})
}

// Two transactions lock the same two rows, each in its own order. Both hold
// their first row before either asks for the second, so one must be undone.
func TestDeadlockedTransactionRunsAgain(t *testing.T) {
	e := openPostgres(t, smallShop)
	addMug(t, e, 1, 0)
	addMug(t, e, 2, 0)
	var runs atomic.Int64
	var holding, all sync.WaitGroup
	holding.Add(2)
	for _, order := range [][]int{{1, 2}, {2, 1}} {
		all.Go(func() {
			var once sync.Once
			err := e.InTx(t.Context(), func(h handle) error {
				runs.Add(1)
				for _, id := range order {
					var n int
					if err := h.row(t.Context(), mugLock, sql.Named("id", id)).Scan(&n); err != nil {
						return err
					}
					if _, err := h.exec(t.Context(), mugSet, bindAll("id", id, "n", n+1)...); err != nil {
						return err
					}
					once.Do(func() { holding.Done(); holding.Wait() })
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs.Load() < 3 {
		t.Errorf("%d runs, want a third after the deadlock", runs.Load())
	}
	for id := 1; id <= 2; id++ {
		if n := count(t, e.read(), mugOnHand, sql.Named("id", id)); n != 2 {
			t.Errorf("mug %d was raised %d times, want 2", id, n)
		}
	}
}
