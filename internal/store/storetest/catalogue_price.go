package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// cost is what the SKU costs in a cart at that time.
func (s *shop) cost(t testing.TB, sku, group string, at time.Time) int64 {
	t.Helper()
	sold, err := s.db.Read().Catalog.Sellables(context.Background(), catalog.Terms{Currency: "EUR", Group: group, At: at}, []string{sku})
	if err != nil || len(sold) != 1 {
		t.Fatalf("Sellables = %+v, %v", sold, err)
	}
	return sold[0].Price.Minor
}

// shown is what lists show of the only product: price and former price.
func (s *shop) shown(t testing.TB) (minor, compareAt int64) {
	t.Helper()
	list, err := s.db.Read().Catalog.List(context.Background(), catalog.Filter{CategoryID: catalog.All, Currency: "EUR", MaxMinor: money.Max, Sort: catalog.PriceUp, Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("List = %+v, %v", list, err)
	}
	return list[0].Price.Minor, list[0].Price.CompareAt
}

func (s *shop) schedule(t testing.TB, in catalog.Schedule) catalog.Schedule {
	t.Helper()
	out, err := s.editor().SchedulePrice(context.Background(), "ada", in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func scheduledPrice(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "SALE", 1000, 5)
	from, to := start.Add(time.Hour), start.Add(2*time.Hour)
	s.schedule(t, catalog.Schedule{SKU: "SALE", Price: money.Of(800, "EUR"), CompareAt: 1000, StartsAt: from, EndsAt: to, Note: "spring"})
	s.schedule(t, catalog.Schedule{SKU: "SALE", Price: money.Of(700, "EUR"), Group: "trade", StartsAt: start.Add(30 * time.Minute)})
	for _, tc := range []struct {
		at    time.Time
		group string
		want  int64
	}{
		{start, "", 1000}, {from.Add(-time.Microsecond), "", 1000}, {from, "", 800}, {to.Add(-time.Microsecond), "", 800}, {to, "", 1000},
		{start, "trade", 1000}, {start.Add(time.Hour), "trade", 700}, {start.Add(1000 * time.Hour), "trade", 700}, {from, "press", 800},
	} {
		if got := s.cost(t, "SALE", tc.group, tc.at); got != tc.want {
			t.Errorf("at %v it costs %d to group %q, want %d", tc.at.Sub(start), got, tc.group, tc.want)
		}
	}
	for _, step := range []struct {
		pass           time.Duration
		minor, compare int64
	}{{0, 1000, 0}, {time.Hour, 800, 1000}, {time.Hour, 1000, 0}} {
		s.pass(step.pass)
		if err := s.relister().Reprice(ctx); err != nil {
			t.Fatal(err)
		}
		if minor, compare := s.shown(t); minor != step.minor || compare != step.compare {
			t.Errorf("%v after the start lists show %d (was %d), want %d (was %d)", s.now().Sub(start), minor, compare, step.minor, step.compare)
		}
	}
	got, err := s.db.Read().Catalog.Load(ctx, p.ID)
	if err != nil || got.Version != 3 || got.Variants[0].Prices[0].Minor != 1000 || got.Variants[0].Prices[0].Sale != nil { // the index was told of both moments
		t.Errorf("then the product is %+v, %v", got, err)
	}
	if due, err := s.db.Read().Catalog.PricesDue(ctx, s.now(), 10); err != nil || len(due) > 0 {
		t.Errorf("prices of %v are due, %v", due, err)
	}
	s.agrees(t)

	open := s.schedule(t, catalog.Schedule{SKU: "SALE", Price: money.Of(600, "EUR"), StartsAt: s.now()})
	got, err = s.db.Read().Catalog.Load(ctx, p.ID)
	if minor, _ := s.shown(t); minor != 600 || err != nil || got.Variants[0].Prices[0].Now().Minor != 600 || got.Variants[0].Prices[0].Minor != 1000 {
		t.Errorf("a price that holds from now on: lists show %d, the product is %+v, %v", minor, got, err)
	}
	got.Variants[0].Prices[0].Minor, got.Version = 1200, got.Version+1
	s.put(t, got) // a new base price does not end it
	if minor, _ := s.shown(t); minor != 600 {
		t.Errorf("after a change of the base price lists show %d", minor)
	}
	s.pass(time.Minute)
	if err := s.editor().EndPrice(ctx, "ada", open.ID); err != nil {
		t.Fatal(err)
	}
	if minor, _ := s.shown(t); minor != 1200 || s.cost(t, "SALE", "", s.now()) != 1200 {
		t.Errorf("when it has ended lists show %d", minor)
	}
	if err := s.editor().EndPrice(ctx, "ada", open.ID); fault.Code(err) != "schedule-over" {
		t.Errorf("end it again: %v", err)
	}
}

func priceOverlap(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "OVER", 1000, 5)
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	base := catalog.Schedule{SKU: "OVER", Price: money.Of(800, "EUR"), StartsAt: hour(2), EndsAt: hour(4)}
	future := s.schedule(t, base)
	for name, tc := range map[string]struct {
		change func(in *catalog.Schedule)
		want   string
	}{
		"the same time":            {func(*catalog.Schedule) {}, "price-overlap"},
		"over its beginning":       {func(in *catalog.Schedule) { in.StartsAt, in.EndsAt = hour(1), hour(3) }, "price-overlap"},
		"over its end":             {func(in *catalog.Schedule) { in.StartsAt, in.EndsAt = hour(3), hour(5) }, "price-overlap"},
		"within it":                {func(in *catalog.Schedule) { in.StartsAt, in.EndsAt = hour(2).Add(1), hour(2).Add(time.Minute) }, "price-overlap"},
		"around it":                {func(in *catalog.Schedule) { in.StartsAt, in.EndsAt = hour(1), time.Time{} }, "price-overlap"},
		"a SKU that is not there":  {func(in *catalog.Schedule) { in.SKU = "NOT" }, "sku-not-found"},
		"a currency without price": {func(in *catalog.Schedule) { in.Price.Currency = "JPY" }, "price-not-found"},
		"backwards":                {func(in *catalog.Schedule) { in.EndsAt = hour(1) }, "schedule-invalid"},
		"a former price below":     {func(in *catalog.Schedule) { in.CompareAt = 700 }, "schedule-invalid"},
		"just before it":           {func(in *catalog.Schedule) { in.StartsAt, in.EndsAt = hour(1), hour(2) }, ""},
		"just behind it":           {func(in *catalog.Schedule) { in.StartsAt, in.EndsAt = hour(4), time.Time{} }, ""},
		"another group":            {func(in *catalog.Schedule) { in.Group = "trade" }, ""},
		"another currency":         {func(in *catalog.Schedule) { in.Price.Currency = "USD" }, ""},
	} {
		in := base
		tc.change(&in)
		if _, err := s.editor().SchedulePrice(ctx, "ada", in); fault.Code(err) != tc.want {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if err := s.editor().EndPrice(ctx, "ada", future.ID); err != nil { // it has not begun: it goes
		t.Fatal(err)
	}
	if err := s.editor().EndPrice(ctx, "ada", future.ID); fault.Code(err) != "schedule-not-found" {
		t.Errorf("end what is gone: %v", err)
	}
	late := s.schedule(t, base)
	if err := s.editor().EndPrice(ctx, "ada", late.ID); err != nil {
		t.Fatal(err)
	}
	s.pass(6 * time.Hour) // the moments of what was taken back come and go
	if err := s.relister().Reprice(ctx); err != nil {
		t.Error(err)
	}
	if due, err := s.db.Read().Catalog.PricesDue(ctx, s.now(), 10); err != nil || len(due) > 0 {
		t.Errorf("prices of %v are due, %v", due, err)
	}
}

func overlapRace(t *testing.T, s *shop, rounds int) {
	s.sell(t, "CROWD", 1000, 1)
	for round := range rounds {
		from := start.Add(time.Duration(round) * 100 * time.Hour)
		var won atomic.Int64
		each(crowd, func(i int) {
			in := catalog.Schedule{SKU: "CROWD", Price: money.Of(int64(500+i), "EUR"), StartsAt: from.Add(time.Duration(i) * time.Minute), EndsAt: from.Add(time.Duration(i+60) * time.Minute)}
			switch _, err := s.editor().SchedulePrice(context.Background(), "ada", in); {
			case err == nil:
				won.Add(1)
			case fault.Code(err) != "price-overlap":
				t.Errorf("told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d prices overlap", won.Load())
		}
	}
}

func priceChange(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	below := s.plant(t, "cat-mugs", "below")
	s.in(t, func(tx store.Stores) error {
		for i := range 130 {
			p := mug(fmt.Sprintf("BULK-%03d", i), 1000+int64(i), "red")
			if i%2 == 0 {
				p.CategoryID = below.ID
			}
			if err := tx.Catalog.Put(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	ten := catalog.PriceChange{CategoryID: "cat-mugs", Currency: "EUR", PercentPPM: -100_000, Step: 100, Offset: -1, Compare: true}
	preview, err := e.PreviewPrices(ctx, ten, 500)
	if err != nil || len(preview) != 130 {
		t.Fatalf("%d prices previewed, %v", len(preview), err)
	}
	if few, err := e.PreviewPrices(ctx, ten, 7); err != nil || len(few) != 7 {
		t.Errorf("%d of 7 prices previewed, %v", len(few), err)
	}
	id, err := e.ChangePrices(ctx, "ada", ten)
	if err != nil {
		t.Fatal(err)
	}
	s.relist(t)
	for _, want := range preview {
		owners, err := s.db.Read().Catalog.BySKUs(ctx, []string{want.SKU})
		if err != nil {
			t.Fatal(err)
		}
		if eur, usd := owners[0].Variants[0].Prices[0], owners[0].Variants[0].Prices[1]; eur != want.To || eur.CompareAt != want.From.Minor || usd.Minor != want.From.Minor+100 || eur.Minor%100 != 99 {
			t.Fatalf("%s costs %v and %v, previewed was %+v", want.SKU, eur, usd, want)
		}
	}
	if again, err := e.PreviewPrices(ctx, ten, 1); err != nil || len(again) != 1 {
		t.Errorf("a second change would be another one: %v, %v", again, err)
	}
	s.in(t, func(tx store.Stores) error { // a product that comes by a second time, because its category moved
		return tx.Catalog.AddTask(ctx, catalog.Task{ID: newID(), Kind: catalog.OfCategory, TargetID: below.ID, Change: id, DueAt: s.now()})
	})
	s.relist(t)
	if owners, err := s.db.Read().Catalog.BySKUs(ctx, []string{preview[0].SKU}); err != nil || owners[0].Variants[0].Prices[0] != preview[0].To {
		t.Errorf("the change was made twice: %+v, %v", owners, err)
	}
	if actions, _ := s.audited(t, id); len(actions) < 3 || actions[0] != "price.change" {
		t.Errorf("the audit says %v", actions)
	}
	for want, c := range map[string]catalog.PriceChange{
		"price-change-invalid": {Currency: "EUR"},
		"category-not-found":   {CategoryID: "nowhere", Currency: "EUR"},
		"brand-not-found":      {BrandID: "nobody", Currency: "EUR"},
		"sku-not-found":        {SKUs: []string{"BULK-001", "NOT"}, Currency: "EUR"},
	} {
		if _, err := e.ChangePrices(ctx, "ada", c); fault.Code(err) != want {
			t.Errorf("told %v, want %s", err, want)
		}
	}
	if _, err := e.ChangePrices(ctx, "ada", catalog.PriceChange{SKUs: []string{"BULK-001", "BULK-002"}, Currency: "USD", Add: 50}); err != nil {
		t.Fatal(err)
	}
	s.relist(t)
	for sku, want := range map[string]int64{"BULK-001": 1151, "BULK-002": 1152, "BULK-003": 1103} {
		if owners, err := s.db.Read().Catalog.BySKUs(ctx, []string{sku}); err != nil || owners[0].Variants[0].Prices[1].Minor != want {
			t.Errorf("%s costs %v, want %d, %v", sku, owners[0].Variants[0].Prices, want, err)
		}
	}
	s.agrees(t)
}
