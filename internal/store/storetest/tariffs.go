package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// tariffPages pages through tax zones and shipping rates by key, with versions
// that count changes.
func tariffPages(t *testing.T, s *shop) {
	ctx := context.Background()
	for _, z := range []string{"AT *", "AT NORTH", "CA *", "CA QC", "US CA"} {
		country, part, _ := strings.Cut(z, " ")
		s.in(t, func(tx store.Stores) error {
			return tx.Taxes.PutZone(ctx, pricing.Zone{Country: country, Subdivision: part, Region: "eu", RatePPM: map[string]int64{"standard": 1, "reduced": 2, "zero": 0}})
		})
	}
	var got []string
	for country, part := "", ""; ; {
		page, err := s.db.Read().Taxes.ZonePage(ctx, country, part, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range page {
			country, part = z.Country, z.Subdivision
			got = append(got, fmt.Sprintf("%s %s %d/%d", country, part, len(z.RatePPM), z.Version))
		}
		if len(page) < 2 {
			break
		}
	}
	if want := "AT * 3/1, AT NORTH 3/1, CA * 3/1, CA QC 3/1, DE * 1/1, US CA 3/1"; strings.Join(got, ", ") != want {
		t.Errorf("zones are %v, want %s", got, want)
	}
	var ids []string
	for i := range 5 {
		r := shipping.Rate{ID: newID(), Country: []string{"AT", "CA"}[i%2], Method: "post", Title: "Post", MaxWeightG: 1000, Price: money.Of(500, "EUR"), FreeFrom: 100}
		s.in(t, func(tx store.Stores) error { return tx.Shipping.PutRate(ctx, r) })
		if i%2 == 0 {
			ids = append(ids, r.ID)
		}
		s.in(t, func(tx store.Stores) error { return tx.Shipping.PutRate(ctx, r) })
		if now, err := s.db.Read().Shipping.Rate(ctx, r.ID); err != nil || now.Version != 2 || now.FreeFrom != 100 {
			t.Errorf("rate %+v, %v", now, err)
		}
	}
	var found []string
	for after := ""; ; {
		page, err := s.db.Read().Shipping.RatePage(ctx, "AT", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			after = r.ID
			found = append(found, r.ID)
		}
		if len(page) < 2 {
			break
		}
	}
	if !slices.Equal(found, ids) {
		t.Errorf("rates to Austria %v, want %v", found, ids)
	}
	if all, err := s.db.Read().Shipping.RatePage(ctx, "", "", 10); err != nil || len(all) != 6 {
		t.Errorf("all rates: %d, %v", len(all), err)
	}
	s.in(t, func(tx store.Stores) error { return tx.Shipping.RemoveRate(ctx, ids[0]) })
	if _, err := s.db.Read().Shipping.Rate(ctx, ids[0]); fault.Code(err) != "shipping-rate-not-found" {
		t.Errorf("removed: %v", err)
	}
}

// codesAtOnce adds codes all or none.
func codesAtOnce(t *testing.T, s *shop) {
	ctx := context.Background()
	s.promote(t, "TAKEN", 10)
	offers, err := s.db.Read().Promotions.ByCodes(ctx, []string{"TAKEN"})
	if err != nil || len(offers) != 1 {
		t.Fatal(offers, err)
	}
	id := offers[0].ID
	add := func(maxUses int64, codes ...string) error {
		return s.db.InTx(ctx, func(tx store.Stores) error { return tx.Promotions.AddCodes(ctx, id, codes, maxUses) })
	}
	if err := add(0, "A1", "TAKEN", "A2"); fault.Code(err) != "code-taken" {
		t.Errorf("with one that is taken: %v", err)
	}
	if err := add(3, "B1", "B2"); err != nil {
		t.Fatal(err)
	}
	if err := add(0, "C1"); err != nil {
		t.Fatal(err)
	}
	codes, err := s.db.Read().Promotions.Codes(ctx, id, "", 10)
	want := []promotion.Code{{Code: "B1", PromotionID: id, MaxUses: 3}, {Code: "B2", PromotionID: id, MaxUses: 3}, {Code: "C1", PromotionID: id}, {Code: "TAKEN", PromotionID: id}}
	if err != nil || !slices.Equal(codes, want) {
		t.Errorf("codes are %v, %v; want %v", codes, err, want)
	}
	if uses, err := s.db.Read().Promotions.Redemptions(ctx, id, "", 10); err != nil || len(uses) != 0 {
		t.Errorf("uses are %v, %v", uses, err)
	}
}
