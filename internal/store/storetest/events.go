package storetest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

func (s *shop) events(t *testing.T, aggregate string, n int) {
	t.Helper()
	s.in(t, func(tx store.Stores) error {
		for seq := range n {
			if err := tx.Outbox.Add(context.Background(), outbox.Event{Aggregate: aggregate, Seq: int64(seq + 1), Topic: "test", Payload: map[string]int{"n": seq}, At: s.now()}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *shop) claim(t *testing.T, worker string) (batch []outbox.Message) {
	t.Helper()
	s.in(t, func(tx store.Stores) (err error) {
		batch, err = tx.Outbox.Claim(context.Background(), worker, s.now(), s.now().Add(time.Minute), 10)
		return err
	})
	return batch
}

func deadLetters(t *testing.T, s *shop) {
	ctx := context.Background()
	s.events(t, "a", 2)
	first := s.claim(t, "w")
	if len(first) != 1 || first[0].Seq != 1 || string(first[0].Payload) != `{"n":0}` {
		t.Fatalf("claimed %+v", first)
	}
	s.in(t, func(tx store.Stores) error { return tx.Outbox.Bury(ctx, "w", first[0].ID, s.now(), "poison") })
	if got := s.claim(t, "w"); len(got) != 0 {
		t.Errorf("claimed %+v behind a dead event", got)
	}
	dead, err := s.db.Read().Outbox.Dead(ctx, "", 10)
	if err != nil || len(dead) != 1 || dead[0].LastError != "poison" {
		t.Fatalf("Dead = %+v, %v", dead, err)
	}
	if b, err := s.db.Read().Outbox.Backlog(ctx, s.now().Add(time.Minute)); err != nil || b.Pending != 1 || b.Dead != 1 || b.Oldest != time.Minute {
		t.Errorf("Backlog = %+v, %v", b, err)
	}
	s.in(t, func(tx store.Stores) error { return tx.Outbox.Replay(ctx, dead[0].ID, s.now()) })
	for seq := range int64(2) {
		got := s.claim(t, "w")
		if len(got) != 1 || got[0].Seq != seq+1 {
			t.Fatalf("claimed %+v, want event %d", got, seq+1)
		}
		s.in(t, func(tx store.Stores) error {
			_, err := tx.Outbox.Done(ctx, "w", s.now(), []string{got[0].ID})
			return err
		})
	}
	err = s.db.InTx(ctx, func(tx store.Stores) error { return tx.Outbox.Replay(ctx, dead[0].ID, s.now()) })
	if fault.Code(err) != "letter-not-found" {
		t.Errorf("Replay of a delivered event: %v", err)
	}
}

func droppedLetters(t *testing.T, s *shop) {
	ctx := context.Background()
	s.events(t, "d", 2)
	first := s.claim(t, "w")[0]
	drop := func() error {
		return s.db.InTx(ctx, func(tx store.Stores) error { return tx.Outbox.Drop(ctx, first.ID, s.now()) })
	}
	if err := drop(); fault.Code(err) != "letter-not-found" {
		t.Errorf("Drop of an event that lives: %v", err)
	}
	s.in(t, func(tx store.Stores) error { return tx.Outbox.Bury(ctx, "w", first.ID, s.now(), "poison") })
	if err := drop(); err != nil {
		t.Fatal(err)
	}
	if got := s.claim(t, "w"); len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("behind a dropped event %+v is claimed", got)
	}
	for what, err := range map[string]error{"Drop again": drop(), "Replay": s.db.InTx(ctx, func(tx store.Stores) error { return tx.Outbox.Replay(ctx, first.ID, s.now()) })} {
		if fault.Code(err) != "letter-not-found" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if b, err := s.db.Read().Outbox.Backlog(ctx, s.now()); err != nil || b.Dead != 0 || b.Pending != 1 {
		t.Errorf("Backlog = %+v, %v", b, err)
	}
}

func retries(t *testing.T, s *shop) {
	ctx := context.Background()
	s.events(t, "r", 1)
	m := s.claim(t, "w1")[0]
	if got := s.claim(t, "w2"); len(got) != 0 {
		t.Errorf("w2 claimed what w1 holds")
	}
	s.pass(2 * time.Minute) // the lease ends
	again := s.claim(t, "w2")
	if len(again) != 1 || again[0].Attempts != 2 {
		t.Fatalf("claimed %+v after the lease", again)
	}
	s.in(t, func(tx store.Stores) error {
		if n, err := tx.Outbox.Done(ctx, "w1", s.now(), []string{m.ID}); err != nil || n != 0 {
			t.Errorf("w1 finished %d events that are no longer its own, %v", n, err)
		}
		return tx.Outbox.Retry(ctx, "w2", m.ID, s.now().Add(time.Second), "later")
	})
	if got := s.claim(t, "w1"); len(got) != 0 {
		t.Errorf("claimed before its time")
	}
	s.pass(2 * time.Second)
	if got := s.claim(t, "w1"); len(got) != 1 || got[0].Attempts != 3 {
		t.Errorf("claimed %+v after its time", got)
	}
}

func auditChain(t *testing.T, s *shop) {
	ctx := context.Background()
	for i := range 5 {
		s.in(t, func(tx store.Stores) error {
			return tx.Audit.Add(ctx, audit.Entry{Actor: "staff:1", Action: "price.set", Subject: "sku-1", Details: map[string]int{"i": i}, At: s.now()})
		})
	}
	chain := audit.ChainOf("sku-1")
	page, err := s.db.Read().Audit.Page(ctx, chain, 0, 10)
	if err != nil || len(page) != 5 {
		t.Fatalf("Page = %d entries, %v", len(page), err)
	}
	prev := make([]byte, 32)
	for i, r := range page {
		if r.Seq != int64(i+1) || !bytes.Equal(audit.Link(prev, r), r.Hash) {
			t.Errorf("entry %d does not follow", r.Seq)
		}
		changed := r
		changed.Details = []byte(`{"i":9}`)
		if bytes.Equal(audit.Link(prev, changed), r.Hash) {
			t.Errorf("a change of entry %d is not noticed", r.Seq)
		}
		prev = r.Hash
	}
	if seq, hash, err := s.db.Read().Audit.Head(ctx, chain); err != nil || seq != 5 || !bytes.Equal(hash, prev) {
		t.Errorf("Head = %d, %v", seq, err)
	}
}

func purges(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "OLD", 1000, 1)
	for range 5 {
		if _, err := s.fill(ctx, "OLD", 1); err != nil {
			t.Fatal(err)
		}
	}
	s.in(t, func(tx store.Stores) error {
		for i := range 5 {
			if _, _, err := tx.Idempotency.Claim(ctx, key("test", name(i, 0)), s.now().Add(time.Hour)); err != nil {
				return err
			}
			if _, err := tx.Inbox.First(ctx, "test", name(i, 0), s.now()); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 5 {
		s.events(t, fmt.Sprintf("old-%d", i), 1)
	}
	for _, m := range s.claim(t, "w") {
		s.in(t, func(tx store.Stores) error {
			_, err := tx.Outbox.Done(ctx, "w", s.now(), []string{m.ID})
			return err
		})
	}
	s.events(t, "waits", 1)
	later := time.Now().Add(48 * time.Hour) // ids carry the time of the machine
	for name, purge := range map[string]func(tx store.Stores) (int64, error){
		"carts":       func(tx store.Stores) (int64, error) { return tx.Carts.Purge(ctx, later, 3) },
		"idempotency": func(tx store.Stores) (int64, error) { return tx.Idempotency.Purge(ctx, later, 3) },
		"inbox":       func(tx store.Stores) (int64, error) { return tx.Inbox.Purge(ctx, later, 3) },
		"outbox":      func(tx store.Stores) (int64, error) { return tx.Outbox.Purge(ctx, later, 3) },
	} {
		for _, want := range []int64{3, 2, 0} {
			s.in(t, func(tx store.Stores) error {
				got, err := purge(tx)
				if got != want {
					t.Errorf("%s: purged %d, want %d", name, got, want)
				}
				return err
			})
		}
	}
	if got := s.claim(t, "w"); len(got) != 1 || got[0].Aggregate != "waits" {
		t.Errorf("an event that was not delivered is gone: %+v", got)
	}
}
