package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/store"
)

// said returns the stock events of the SKUs that wait in the outbox, and takes them out.
func (s *shop) said(t testing.TB) (topics []string) {
	t.Helper()
	return s.saidBy(t, s.keeper)
}

// saidBy is said after k looked at what waits to be looked at.
func (s *shop) saidBy(t testing.TB, k *stockkeeping.Service) (topics []string) {
	t.Helper()
	for {
		batch := s.claim(t.(*testing.T), "w")
		if len(batch) == 0 {
			return topics
		}
		for _, m := range batch {
			if m.Topic == inventory.TopicChanged || m.Topic == inventory.TopicLow {
				topics = append(topics, m.Aggregate+" "+m.Topic)
			}
			if m.Topic == inventory.TopicLook {
				var l inventory.Look
				if err := json.Unmarshal(m.Payload, &l); err != nil {
					t.Fatal(err)
				}
				if err := k.Look(context.Background(), l); err != nil {
					t.Fatal(err)
				}
			}
			s.in(t, func(tx store.Stores) error {
				_, err := tx.Outbox.Done(context.Background(), "w", s.now(), []string{m.ID})
				return err
			})
		}
	}
}

func signals(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "FEW", 1000, 5)
	must(k.SetPolicy(ctx, staff, inventory.Policy{SKU: "FEW", Tracking: inventory.Counted, Low: milli(3)}))(t)
	watch := func(want ...string) {
		t.Helper()
		for range 2 { // the second time there is no news
			if err := k.Watch(ctx, []string{"FEW"}); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.said(t); !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
	}
	watch()
	_, _, err := s.order(ctx, "FEW", 2) // 3 are left: as many as wanted
	if err != nil {
		t.Fatal(err)
	}
	watch()
	if _, _, err = s.order(ctx, "FEW", 1); err != nil {
		t.Fatal(err)
	}
	watch("FEW stock.changed", "FEW stock.low")
	last, tok, err := s.order(ctx, "FEW", 2)
	if err != nil {
		t.Fatal(err)
	}
	watch("FEW stock.changed") // sold out; that it is low has been said
	if _, err := s.checkout.Cancel(ctx, last.ID, tok, "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	watch("FEW stock.changed")
	s.at(t, "main", "FEW", 5, 0)
	watch("FEW stock.changed") // armed again
	if _, _, err = s.order(ctx, "FEW", 6); err != nil {
		t.Fatal(err)
	}
	watch("FEW stock.changed", "FEW stock.low")
}

// The shop's level is for SKUs whose policy names none, from its next look on.
func shopLevel(t *testing.T, s *shop) {
	ctx, k := context.Background(), *s.keeper
	var low int64
	k.Low = func(context.Context) (int64, error) { return low, nil }
	for sku, qty := range map[string]int64{"MANY": 5, "FEW": 4, "OWN": 4, "NEVER": 4, "NONE": 0} {
		s.sell(t, sku, 1000, qty)
	}
	must(k.SetPolicy(ctx, staff, inventory.Policy{SKU: "OWN", Tracking: inventory.Counted, Low: milli(3)}))(t)
	must(k.SetPolicy(ctx, staff, inventory.Policy{SKU: "NEVER", Tracking: inventory.Counted, Low: milli(0)}))(t)
	for _, tc := range []struct {
		low  int64
		want []string
	}{
		{0, nil},
		{5, []string{"FEW stock.changed", "FEW stock.low"}},
		{5, nil},
		{6, []string{"MANY stock.changed", "MANY stock.low"}},
		{0, []string{"FEW stock.changed", "MANY stock.changed"}},
	} {
		low = tc.low
		if err := k.WatchAll(ctx); err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(slices.Values(s.saidBy(t, &k))); !slices.Equal(got, tc.want) { // those of several SKUs are in no order
			t.Errorf("at %d it is said %v, want %v", low, got, tc.want)
		}
	}
}

func bundleSignals(t *testing.T, s *shop) {
	ctx, k := context.Background(), s.keeper
	s.sell(t, "CUP", 1000, 3)
	s.bundle(t, "SET", inventory.Component{SKU: "CUP", Qty: 2})
	o, _, err := s.order(ctx, "CUP", 2)
	if err != nil {
		t.Fatal(err)
	}
	s.said(t)
	if err := k.WatchOrders(ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.said(t); !slices.Equal(got, []string{"SET stock.changed"}) {
		t.Errorf("said %v: one cup is left, and no set", got)
	}
}

func closingSignals(t *testing.T, s *shop) {
	ctx, k := context.Background(), *s.keeper
	k.LookPages = 1 // the second page is left to an event
	north := must(k.SetLocation(ctx, staff, inventory.Location{Code: "north", Name: "North", Active: true}))(t)
	for i := range 101 { // a page and one
		sku := fmt.Sprintf("N-%03d", i)
		s.sell(t, sku, 1000, 0)
		s.in(t, func(tx store.Stores) error {
			return tx.Stock.Move(ctx, inventory.Movement{Place: inventory.Place{SKU: sku, Location: north.ID}, Reason: inventory.Receive, OnHandDelta: 1, MovedAt: s.now()})
		})
	}
	s.said(t)
	north.Active = false
	must(k.SetLocation(ctx, staff, north))(t)
	if err := k.WatchLocation(ctx, north.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.saidBy(t, &k); len(got) != 101 {
		t.Errorf("%d SKUs are said to be sold out", len(got))
	}
	_, err := k.SetLocation(ctx, staff, inventory.Location{Code: "north", Name: "Again"})
	wantCode(t, err, "location-code-taken")
	_, err = k.SetLocation(ctx, staff, inventory.Location{Name: "No code"})
	wantCode(t, err, "location-name")
}

// meddled is a database where something happens before the first transaction.
type meddled struct {
	store.DB
	meddle func()
}

func (m *meddled) InTx(ctx context.Context, fn func(tx store.Stores) error) error {
	if first := m.meddle; first != nil {
		m.meddle = nil
		first()
	}
	return m.DB.InTx(ctx, fn)
}

func overtaken(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "BACK", 1000, 1)
	o, tok, err := s.order(ctx, "BACK", 1)
	if err != nil {
		t.Fatal(err)
	}
	slow := *s.keeper
	slow.DB = &meddled{DB: s.db, meddle: func() {
		if _, err := s.checkout.Cancel(ctx, o.ID, tok, "", idempotency.Request{}); err != nil {
			t.Error(err)
		}
	}}
	if err := slow.Watch(ctx, []string{"BACK"}); err != nil {
		t.Fatal(err)
	}
	if differ := must(s.db.Read().Stock.Signals(ctx, []string{"BACK"}, 0))(t); len(differ) != 0 {
		t.Errorf("the last word is not true: %+v", differ)
	}
	if got := s.said(t); !slices.Equal(got, []string{"BACK stock.changed", "BACK stock.changed"}) {
		t.Errorf("said %v", got)
	}
}
