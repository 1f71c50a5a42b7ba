package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func openShop(t *testing.T) *sqlstore.DB {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, noon)
	check(t, err)
	_, err = m.Up(t.Context())
	check(t, err)
	check(t, m.Close())
	db, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	if _, err := Seed(t.Context(), db, Options{Now: noon, NewID: ident.New}); err != nil {
		t.Fatal(err)
	}
	return db
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told lists what the orders of a shop are, in order of id.
func toldOrders(t *testing.T, db *sqlstore.DB) (out []string, states map[order.Status]int) {
	t.Helper()
	states = map[order.Status]int{}
	for after := ""; ; {
		page, err := db.Read().Orders.Page(t.Context(), after, 500)
		check(t, err)
		for _, o := range page {
			after = o.ID
			states[o.Status]++
			out = append(out, fmt.Sprint(o.ID, o.Email, o.CustomerID, o.Status, o.Total, o.Currency, o.Region, o.PlacedAt, o.Lines))
		}
		if len(page) < 500 {
			return out, states
		}
	}
}

func TestThePastAgreesWithItselfAndIsTheSameAfterAnInterruption(t *testing.T) {
	straight, stopped := openShop(t), openShop(t)
	const customers, orders = 90, 700
	if c, o, err := Fill(t.Context(), straight, History{Seed: 7, Customers: customers, Orders: orders}, noon); err != nil || c != customers || o != orders {
		t.Fatalf("Fill = %d, %d, %v", c, o, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	h := History{Seed: 7, Customers: customers, Orders: orders, Batch: 50, Each: func(_, orders int) {
		if orders == 150 {
			stop()
		}
	}}
	_, some, err := Fill(ctx, stopped, h, noon)
	if err == nil || some != 150 {
		t.Fatalf("an interrupted run wrote %d orders, %v", some, err)
	}
	later := func() time.Time { return noon().Add(24 * time.Hour) }
	if c, o, err := Fill(t.Context(), stopped, h, later); err != nil || c != 0 || o != orders-150 {
		t.Fatalf("the run after it wrote %d customers and %d orders, %v", c, o, err)
	}
	if c, o, err := Fill(t.Context(), stopped, h, later); err != nil || c != 0 || o != 0 {
		t.Errorf("one more run wrote %d customers and %d orders, %v", c, o, err)
	}
	want, states := toldOrders(t, straight)
	got, _ := toldOrders(t, stopped)
	if !slices.Equal(got, want) {
		t.Errorf("after an interruption %d orders differ from the %d of a straight run", len(got), len(want))
	}
	for _, s := range []order.Status{order.Paid, order.Delivered, order.Cancelled, order.Expired} {
		if states[s] == 0 {
			t.Errorf("no order is %s: %v", s, states)
		}
	}
	if _, o, err := Fill(t.Context(), stopped, History{Seed: 7, Customers: customers, Orders: orders + 100}, later); err != nil || o != 100 {
		t.Errorf("a hundred more are %d, %v", o, err)
	}
	for _, db := range []*sqlstore.DB{straight, stopped} {
		report, err := (&verify.Service{DB: db}).Run(t.Context())
		check(t, err)
		for _, f := range report.Findings {
			t.Errorf("%s %s: %s", f.Check, f.Subject, f.Detail)
		}
		if report.Orders < orders || report.Paid == 0 {
			t.Errorf("looked at %d orders, %d paid", report.Orders, report.Paid)
		}
	}
}

func TestThePastTellsNobody(t *testing.T) {
	db := openShop(t)
	before, err := db.Read().Outbox.Claim(t.Context(), "test", noon().Add(time.Hour), noon().Add(2*time.Hour), 10_000)
	check(t, err)
	_, _, err = Fill(t.Context(), db, History{Seed: 1, Orders: 50}, noon)
	check(t, err)
	after, err := db.Read().Outbox.Claim(t.Context(), "test", noon().Add(time.Hour), noon().Add(2*time.Hour), 10_000)
	check(t, err)
	if len(before) == 0 || len(after) != 0 {
		t.Errorf("%d events are waiting after the catalogue, %d more after the past", len(before), len(after))
	}
}

// Money comes back to the cent, and every kind of ending is told.
func TestEveryEndingOfAnOrderIsTold(t *testing.T) {
	p := newPast(plan{Seed: 3, No: 1, Until: noon(), Products: Own(), Customers: 40, Orders: 3000})
	whole, partly, lines := 0, 0, map[string]int{}
	for k := range 3000 {
		s, err := p.tell(k)
		check(t, err)
		if int64(len(s.order.History)) != s.order.Version {
			t.Fatalf("order %d has version %d and %d changes", k, s.order.Version, len(s.order.History))
		}
		for i := 1; i < len(s.entries); i++ {
			if s.entries[i].At.Before(s.entries[i-1].At) {
				t.Fatalf("order %d: %s happened before %s", k, s.entries[i].Action, s.entries[i-1].Action)
			}
		}
		if s.payment.UpdatedAt.After(noon().Add(time.Hour * 24)) {
			t.Errorf("order %d is of the future: %v", k, s.payment.UpdatedAt)
		}
		for _, b := range s.payment.Backs {
			if b.Amount.Minor == s.order.Total {
				whole++
			} else {
				partly++
			}
		}
		for _, l := range s.order.Lines {
			lines[l.SKU]++
		}
	}
	most := slices.Max(slices.Collect(func(yield func(int) bool) {
		for _, n := range lines {
			if !yield(n) {
				return
			}
		}
	}))
	if whole == 0 || partly == 0 || most < 20*3000/len(lines)/10 {
		t.Errorf("%d orders were paid back whole and %d in part; the SKU that sells most did %d times", whole, partly, most)
	}
}
