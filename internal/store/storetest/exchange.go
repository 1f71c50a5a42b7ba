package storetest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"tradewind/internal/domain/exchange"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

var exchangePromises = map[string]func(t *testing.T, s *shop){
	"an import is found by its file until it has ended":     importIsFound,
	"of those who continue an import one gets on":           importIsContinuedOnce,
	"errors of an import come in order and not without end": importErrors,
	"uses and invoices of the past are counted":             pastIsCounted,
}

func startImport(t *testing.T, s *shop) exchange.Run {
	t.Helper()
	run := exchange.Run{ID: newID(), What: "stock", Format: "csv", Hash: []byte(strings.Repeat("h", 32)), State: exchange.Running, Actor: "import", StartedAt: s.now(), UpdatedAt: s.now()}
	s.in(t, func(tx store.Stores) error { return tx.Imports.Start(t.Context(), run) })
	return run
}

func importIsFound(t *testing.T, s *shop) {
	first, second := startImport(t, s), startImport(t, s)
	read, ctx := s.db.Read().Imports, t.Context()
	got, err := read.Interrupted(ctx, "stock", "csv", second.Hash)
	if err != nil || got.ID != second.ID || !got.StartedAt.Equal(second.StartedAt) || got.Actor != "import" {
		t.Errorf("the latest is %+v %v, want %+v", got, err, second)
	}
	for _, other := range []exchange.Run{{What: "prices", Format: "csv", Hash: second.Hash}, {What: "stock", Format: "jsonl", Hash: second.Hash}, {What: "stock", Format: "csv", Hash: make([]byte, 32)}} {
		if _, err := read.Interrupted(ctx, other.What, other.Format, other.Hash); fault.Code(err) != "import-not-found" {
			t.Errorf("%+v is continued: %v", other, err)
		}
	}
	second.State, second.Counts = exchange.Done, exchange.Counts{Read: 3, Added: 1, Changed: 1, Unchanged: 1}
	s.in(t, func(tx store.Stores) error { _, err := tx.Imports.Advance(ctx, second, 0, nil); return err })
	if got, err := read.Interrupted(ctx, "stock", "csv", second.Hash); err != nil || got.ID != first.ID {
		t.Errorf("when the latest has ended, %+v is continued: %v", got, err)
	}
	list, err := read.List(ctx, "", 1)
	if err != nil || len(list) != 1 || list[0].Counts != second.Counts || list[0].State != exchange.Done {
		t.Errorf("the newest is %+v %v", list, err)
	}
	if older, err := read.List(ctx, second.ID, 5); err != nil || len(older) != 1 || older[0].ID != first.ID {
		t.Errorf("behind it %+v %v", older, err)
	}
}

func importIsContinuedOnce(t *testing.T, s *shop) {
	run := startImport(t, s)
	won := make(chan bool, 8)
	var group sync.WaitGroup
	for range cap(won) {
		group.Go(func() {
			next := run
			next.Counts = exchange.Counts{Read: 10, Added: 9, Failed: 1}
			err := s.db.InTx(context.Background(), func(tx store.Stores) error {
				mine, err := tx.Imports.Advance(context.Background(), next, 0, []exchange.RowError{{Line: 4, Message: "no"}})
				won <- mine && err == nil
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(won)
	n := 0
	for mine := range won {
		if mine {
			n++
		}
	}
	bad, err := s.db.Read().Imports.Errors(t.Context(), run.ID, 0, 10)
	if got, _ := s.db.Read().Imports.Get(t.Context(), run.ID); n != 1 || got.Counts.Read != 10 || err != nil || len(bad) != 1 {
		t.Errorf("%d of 8 got on, the run is %+v with errors %v %v", n, got, bad, err)
	}
}

func importErrors(t *testing.T, s *shop) {
	run, ctx := startImport(t, s), t.Context()
	for part := range 3 {
		var bad []exchange.RowError
		for i := range 4000 {
			bad = append(bad, exchange.RowError{Line: part*4000 + i + 1, Column: 7, Field: "sku", Message: strings.Repeat("long ", 300)})
		}
		read := run.Counts.Read
		run.Counts = run.Counts.Plus(exchange.Counts{Read: 4000, Failed: 4000})
		s.in(t, func(tx store.Stores) error { _, err := tx.Imports.Advance(ctx, run, read, bad); return err })
	}
	last, err := s.db.Read().Imports.Errors(ctx, run.ID, exchange.MaxErrors-2, 10)
	if err != nil || len(last) != 2 || last[1].Line != exchange.MaxErrors || last[1].Column != 7 || last[1].Field != "sku" || len(last[1].Message) != 1000 {
		t.Errorf("the last errors are %.300v %v", last, err)
	}
	if got, err := s.db.Read().Imports.Get(ctx, run.ID); err != nil || got.Counts.Failed != 12_000 {
		t.Errorf("= %+v %v", got, err)
	}
}

func pastIsCounted(t *testing.T, s *shop) {
	ctx, id := t.Context(), newID()
	one := order.Invoice{Series: "R", Number: 7, Kind: "invoice", OrderID: newID(), CauseID: newID(), Currency: "EUR", Total: 100, IssuedAt: s.now()}
	s.in(t, func(tx store.Stores) error {
		if err := tx.Promotions.Insert(ctx, promotion.Promotion{ID: id, Title: "Once", Kind: promotion.Percent, Active: true, Budget: promotion.Budget{Uses: 2, PerCustomer: 1}, UpdatedAt: s.now()}); err != nil {
			return err
		}
		if err := tx.Promotions.PutCode(ctx, promotion.Code{Code: "ONCE", PromotionID: id, MaxUses: 2}); err != nil {
			return err
		}
		ids := [2]string{newID(), newID()}
		for i := range 4 { // what is there is counted once
			use := promotion.Use{PromotionID: id, Code: "ONCE", CustomerKey: "ada@example.com", Minor: 150}
			if err := tx.Promotions.Import(ctx, ids[i%2], []promotion.Use{use}, s.now()); err != nil {
				return err
			}
		}
		return tx.AfterSales.ImportInvoices(ctx, []order.Invoice{one, one})
	})
	other := one
	other.Total++
	if err := s.db.InTx(ctx, func(tx store.Stores) error { return tx.AfterSales.ImportInvoices(ctx, []order.Invoice{other}) }); err == nil {
		t.Error("a document was put in the place of another")
	}
	p, err := s.db.Read().Promotions.Get(ctx, id)
	if err != nil || p.Used != 2 || p.Spent != 300 {
		t.Errorf("the promotion counts %d uses and %d %v", p.Used, p.Spent, err)
	}
	if bad, _, err := s.db.Read().Promotions.Miscounted(ctx, "", 10); err != nil || len(bad) > 0 {
		t.Errorf("miscounted: %v %v", bad, err)
	}
	s.in(t, func(tx store.Stores) error {
		v, err := tx.AfterSales.Issue(ctx, order.Invoice{Series: "R", Kind: "invoice", OrderID: newID(), CauseID: newID(), Currency: "EUR", Total: 5, IssuedAt: s.now()})
		if err == nil && v[0].Number != 8 {
			t.Errorf("the next invoice has number %d behind an imported 7", v[0].Number)
		}
		return err
	})
}
