package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

func rule(conditions ...catalog.Condition) catalog.Rule { return catalog.Rule{Conditions: conditions} }

// gather makes a collection and lets its products come.
func (s *shop) gather(t testing.TB, slug string, r catalog.Rule) catalog.Collection {
	t.Helper()
	c, err := s.editor().CreateCollection(context.Background(), "ada", catalog.Collection{Slug: slug, Title: "All " + slug, Rule: r})
	if err != nil {
		t.Fatal(err)
	}
	s.relist(t)
	return c
}

func wholeCollection(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	want := catalog.Collection{Slug: "gifts", Title: "Gifts", Description: "For others.", Image: "object:gifts.jpg", Status: catalog.Hidden, SEO: catalog.SEO{Title: "Gifts", Description: "To buy."},
		Rule: catalog.Rule{Any: true, Conditions: []catalog.Condition{{Subject: catalog.ByTag, Values: []string{"gift"}}, {Subject: catalog.ByPrice, Currency: "EUR", Max: milli(3000)}, {Subject: catalog.BySince, Since: start}}}}
	want, err := e.CreateCollection(ctx, "ada", want)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{want.ID, "gifts"} {
		if got, err := s.db.Read().Catalog.Collection(ctx, key); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("put  %+v\nread %+v, %v", want, got, err)
		}
	}
	if list, err := s.db.Read().Catalog.Collections(ctx, "", 10); err != nil || len(list) != 1 {
		t.Errorf("Collections = %+v, %v", list, err)
	}
	want.Slug = "presents"
	if want, err = e.UpdateCollection(ctx, "ada", want); err != nil || want.Version != 2 {
		t.Fatalf("UpdateCollection = %+v, %v", want, err)
	}
	s.leads(t, catalog.NounCollection, "gifts", "") // hidden
	for code, change := range map[string]func(c *catalog.Collection){
		"changed-meanwhile":    func(c *catalog.Collection) { c.Version = 1 },
		"collection-not-found": func(c *catalog.Collection) { c.ID = newID() },
		"collection-invalid":   func(c *catalog.Collection) { c.Rule = rule(catalog.Condition{Subject: "mood"}) },
	} {
		bad := want
		change(&bad)
		if _, err := e.UpdateCollection(ctx, "ada", bad); fault.Code(err) != code {
			t.Errorf("told %v, want %s", err, code)
		}
	}
	if _, err := e.CreateCollection(ctx, "ada", catalog.Collection{Slug: "presents", Title: "Presents"}); fault.Code(err) != "slug-taken" {
		t.Errorf("told %v", err)
	}
	if actions, _ := s.audited(t, want.ID); !slices.Equal(actions, []string{"collection.create", "collection.update"}) {
		t.Errorf("the audit says %v", actions)
	}
}

func collectionFollows(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	s.stockShelf(t, 42) // 14 of each colour, prices 500 to 1100, two brands
	cheap := catalog.Condition{Subject: catalog.ByPrice, Currency: "EUR", Max: milli(700)}
	red := catalog.Condition{Subject: catalog.ByAttribute, Name: "color", Values: []string{"red"}}
	below := s.plant(t, "cat-mugs", "below")
	both := s.gather(t, "cheap-and-red", rule(cheap, red, catalog.Condition{Subject: catalog.ByCategory, Values: []string{"cat-mugs"}}))
	either := s.gather(t, "cheap-or-red", catalog.Rule{Any: true, Conditions: []catalog.Condition{cheap, red}})
	none := s.gather(t, "by-hand", catalog.Rule{})
	if a, b, c := s.listedIn(t, both.ID), s.listedIn(t, either.ID), s.listedIn(t, none.ID); a != 6 || b != 26 || c != 0 {
		t.Fatalf("cheap and red are %d, cheap or red %d, by hand %d", a, b, c)
	}
	s.agrees(t)

	p, err := s.db.Read().Catalog.BySlug(ctx, "mug-SHELF-00") // red and at 500
	if err != nil {
		t.Fatal(err)
	}
	is := func(what string, want map[string]bool) {
		t.Helper()
		in, err := s.db.Read().Catalog.CategoriesOf(ctx, p.ID, "EUR")
		if err != nil {
			t.Fatal(err)
		}
		for id, yes := range want {
			if slices.Contains(in, id) != yes {
				t.Errorf("%s: is in %s: %v", what, id, !yes)
			}
		}
	}
	is("at first", map[string]bool{both.ID: true, either.ID: true})
	p.Slug, p.Variants[0].Prices[0].Minor, p.CategoryID = "mug-shelf", 900, below.ID
	if p, err = e.UpdateProduct(ctx, "ada", p); err != nil {
		t.Fatal(err)
	}
	is("dearer", map[string]bool{both.ID: false, either.ID: true})
	s.schedule(t, catalog.Schedule{SKU: p.Variants[0].SKU, Price: p.Variants[0].Prices[0].Amount, StartsAt: s.now().Add(-time.Hour), EndsAt: s.now().Add(time.Hour)})
	s.schedule(t, catalog.Schedule{SKU: p.Variants[0].SKU, Price: p.Variants[0].Prices[1].Amount, StartsAt: s.now().Add(-time.Hour)})
	for pick, in := range map[catalog.Pick]bool{catalog.Excluded: false, catalog.Pinned: true} {
		if err := e.PickProduct(ctx, "ada", either.ID, p.ID, pick); err != nil {
			t.Fatal(err)
		}
		is(string(pick), map[string]bool{either.ID: in, both.ID: false})
		if picks, err := s.db.Read().Catalog.PicksOf(ctx, p.ID); err != nil || picks[either.ID] != pick {
			t.Errorf("PicksOf = %v, %v", picks, err)
		}
		if err := e.PickProduct(ctx, "ada", none.ID, p.ID, pick); err != nil {
			t.Fatal(err)
		}
		is(string(pick), map[string]bool{none.ID: in})
	}
	if err := e.PickProduct(ctx, "ada", newID(), p.ID, catalog.Pinned); fault.Code(err) != "collection-not-found" {
		t.Errorf("told %v", err)
	}
	if err := e.PickProduct(ctx, "ada", none.ID, newID(), catalog.Pinned); fault.Code(err) != "product-not-found" {
		t.Errorf("told %v", err)
	}
	both.Rule = rule(catalog.Condition{Subject: catalog.ByCategory, Values: []string{below.ID}})
	if both, err = e.UpdateCollection(ctx, "ada", both); err != nil {
		t.Fatal(err)
	}
	s.relist(t)
	if n := s.listedIn(t, both.ID); n != 1 {
		t.Errorf("%d are in the collection by its new rule", n)
	}
	either.Status = catalog.Hidden
	if _, err = e.UpdateCollection(ctx, "ada", either); err != nil {
		t.Fatal(err)
	}
	if err := e.DeleteCollection(ctx, "ada", both.ID, both.Version); err != nil {
		t.Fatal(err)
	}
	s.relist(t)
	if a, b := s.listedIn(t, both.ID), s.listedIn(t, either.ID); a+b != 0 {
		t.Errorf("what is gone lists %d, what is hidden %d", a, b)
	}
	s.agrees(t)
}

func collectionOfStock(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "STOCK", 1000, 1)
	c := s.gather(t, "in-stock", rule(catalog.Condition{Subject: catalog.ByStock}))
	if n := s.listedIn(t, c.ID); n != 1 {
		t.Fatalf("%d are in stock", n)
	}
	o, tok, err := s.order(ctx, "STOCK", 1)
	if err != nil {
		t.Fatal(err)
	}
	turned := func(want int) {
		t.Helper()
		if err := s.relister().StockTurned(ctx, []catalog.Product{p}); err != nil {
			t.Fatal(err)
		}
		if n := s.listedIn(t, c.ID); n != want {
			t.Errorf("%d are in stock, want %d", n, want)
		}
	}
	turned(0)
	if _, err := s.checkout.Cancel(ctx, o.ID, tok, "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	turned(1)
}

func ruleRace(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	c := s.gather(t, "race", rule(catalog.Condition{Subject: catalog.ByTag, Values: []string{"0"}}))
	for round := range rounds {
		each(crowd, func(i int) {
			var err error
			switch i {
			case 0:
				c.Rule = rule(catalog.Condition{Subject: catalog.ByTag, Values: []string{fmt.Sprint(round)}})
				if c, err = s.editor().UpdateCollection(ctx, "ada", c); err == nil {
					err = s.relister().Run(ctx) // before others have written their products
				}
			case 1:
				err = s.relister().Run(ctx)
			default:
				p := mug("RULE-"+name(round, i), 1000, "red")
				p.Tags = []string{fmt.Sprint(round)}
				err = s.db.InTx(ctx, func(tx store.Stores) error { return tx.Catalog.Put(ctx, p) })
			}
			if err != nil {
				t.Errorf("told: %v", err)
			}
		})
		s.relist(t)
		if n := s.listedIn(t, c.ID); n != crowd-2 {
			t.Fatalf("%d of %d products are where the rule says", n, crowd-2)
		}
		s.agrees(t)
	}
}
