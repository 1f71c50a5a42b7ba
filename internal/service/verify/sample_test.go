package verify_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
)

// watcher is a sampler whose clock the test moves.
type watcher struct {
	*testing.T
	*verify.Sampler
	at time.Time
}

func watch(t *testing.T, db *sqlstore.DB, rows int) *watcher {
	w := &watcher{T: t, at: noon}
	w.Sampler = &verify.Sampler{DB: db, Now: func() time.Time { return w.at }, Log: slog.New(slog.DiscardHandler), Rows: rows, Slow: time.Hour, Again: time.Minute}
	w.Begin(noon)
	return w
}

// round lets the sampler look at everything once.
func (w *watcher) round() {
	w.Helper()
	for ended := w.State().Rounded; !w.State().Rounded.After(ended); w.at = w.at.Add(time.Second) {
		check(w.T, w.Step(context.Background()))
	}
}

func (w *watcher) wants(when, name string, n int) {
	w.Helper()
	if got := w.State().Violations; got[name] != n || n == 0 && len(got) > 0 {
		w.Errorf("%s: violations %v, want %d of %s", when, got, n, name)
	}
}

func TestWhatStaysWrongIsAViolationUntilItIsRight(t *testing.T) {
	s := newSample(t)
	for name, tc := range map[string]struct{ spoils, mends string }{
		"stock":     {`UPDATE stock SET on_hand = on_hand + 1 WHERE sku = (SELECT sku FROM order_line WHERE order_id = '$paid')`, `UPDATE stock SET on_hand = on_hand - 1 WHERE sku = (SELECT sku FROM order_line WHERE order_id = '$paid')`},
		"promotion": {`UPDATE promotion_code SET used = used + 1 WHERE code = 'FIRST100'`, `UPDATE promotion_code SET used = used - 1 WHERE code = 'FIRST100'`},
		"audit":     {`UPDATE audit_entry SET actor = actor || 'x' WHERE action = 'payment.captured'`, `UPDATE audit_entry SET actor = substr(actor, 1, length(actor) - 1) WHERE action = 'payment.captured'`},
		"staff": {`INSERT INTO staff (id, email, email_key, name, password_hash, status, totp_step, version, created_at, updated_at)
			VALUES ('s', 's@x', 's@x', 'S', 'none', 'active', 0, 1, '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z')`, `DELETE FROM staff`},
		"customer": {`INSERT INTO customer (id, email, email_key, name, password_hash, status, customer_group, locale, version, created_at, updated_at, notes)
			VALUES ('c', 'c@x', 'c@x', 'C', 'none', 'closed', 'standard', 'en', 1, '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z', 'likes tea')`, `UPDATE customer SET notes = NULL`},
		"bundle": {`INSERT INTO stock_policy (sku, tracking) VALUES ('X', 'bundle')`, `DELETE FROM stock_policy WHERE sku = 'X'`},
		"order":  {`UPDATE orders SET discount_minor = discount_minor + 1 WHERE id = '$cancelled'`, `UPDATE orders SET discount_minor = discount_minor - 1 WHERE id = '$cancelled'`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "shop.db")
			check(t, os.WriteFile(path, s.file, 0o600))
			w := watch(t, open(t, path), 100)
			w.round()
			w.wants("a sound shop", name, 0)
			spoil(t, path, s.names.Replace(tc.spoils))
			w.round()
			w.wants("seen once", name, 0)
			w.at = w.at.Add(time.Minute)
			w.round()
			w.wants("seen twice", name, 1)
			w.at = w.at.Add(time.Minute)
			w.round()
			w.wants("still wrong", name, 1)
			spoil(t, path, s.names.Replace(tc.mends))
			for range 4 {
				w.at = w.at.Add(time.Minute)
				w.round()
			}
			w.wants("mended", name, 0)
			if got := w.State(); got.Looked == 0 || got.Skipped != 0 {
				t.Errorf("= %+v", got)
			}
		})
	}
}

func TestChainsAreFollowedAcrossPages(t *testing.T) {
	s := newSample(t)
	for rows := 1; rows < 6; rows++ {
		path := filepath.Join(t.TempDir(), "shop.db")
		check(t, os.WriteFile(path, s.file, 0o600))
		w := watch(t, open(t, path), rows)
		w.wantsSoon("a sound shop", "audit", 0)
		spoil(t, path, `DELETE FROM audit_entry WHERE seq = (SELECT MAX(seq) FROM audit_entry) AND chain_no = (SELECT MIN(chain_no) FROM audit_entry WHERE seq = (SELECT MAX(seq) FROM audit_entry))`)
		w.wantsSoon("the end of a chain was cut off", "audit", 1)
	}
}

// wantsSoon is wants after it was looked at everything often enough.
func (w *watcher) wantsSoon(when, name string, n int) {
	w.Helper()
	for range 3 {
		w.round()
		w.at = w.at.Add(time.Minute)
	}
	w.wants(when, name, n)
}

func TestWhatWasInFlightIsNoViolation(t *testing.T) {
	s := newSample(t)
	path := filepath.Join(t.TempDir(), "shop.db")
	check(t, os.WriteFile(path, s.file, 0o600))
	w := watch(t, open(t, path), 1000)
	spoil(t, path, s.names.Replace(`UPDATE orders SET status = 'placed' WHERE id = '$paid'`))
	w.round()
	spoil(t, path, s.names.Replace(`UPDATE orders SET status = 'paid' WHERE id = '$paid'`))
	w.at = w.at.Add(time.Minute)
	w.round()
	w.wants("it had come to its end", "order", 0)
}

// A step that takes too long is given up, and the next one takes fewer rows.
func TestAStepIsBounded(t *testing.T) {
	s := newSample(t)
	path := filepath.Join(t.TempDir(), "shop.db")
	check(t, os.WriteFile(path, s.file, 0o600))
	w := watch(t, open(t, path), 64)
	w.Slow = time.Nanosecond
	for range 200 {
		check(t, w.Step(t.Context()))
	}
	if got := w.State(); got.Looked != 0 || got.Skipped == 0 {
		t.Errorf("in no time it looked at %d rows and gave %d parts up", got.Looked, got.Skipped)
	}
}
