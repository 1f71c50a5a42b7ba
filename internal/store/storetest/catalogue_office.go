package storetest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

// officeList pages through products of every filter, two at a time, and finds
// just those that a look at all of them finds.
func officeList(t *testing.T, s *shop) {
	ctx := context.Background()
	s.plant(t, "", "bowls")
	tree, err := s.db.Read().Catalog.Categories(ctx)
	if err != nil {
		t.Fatal(err)
	}
	bowls := tree[slices.IndexFunc(tree, func(c catalog.Category) bool { return c.Slug == "bowls" })].ID
	statuses := []catalog.Status{catalog.Draft, catalog.Active, catalog.Archived}
	var all []catalog.Product
	for i, sku := range []string{"L0", "L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9"} {
		p := mug(sku, 1000, "blue")
		p.Status, p.UpdatedAt = statuses[i%3], start.Add(time.Duration(10-i/2)*time.Minute) // two at each moment
		if i%2 == 0 {
			p.CategoryID = bowls
		}
		if i > 6 {
			p.Brand = "Cove"
		}
		s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(ctx, p) })
		if p, err = s.db.Read().Catalog.Load(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	cove := all[9].BrandID
	for name, f := range map[string]catalog.RowFilter{
		"all": {}, "status": {Status: catalog.Draft}, "brand": {BrandID: cove}, "category": {CategoryID: bowls}, "sku": {SKU: "L4"}, "sku of another status": {SKU: "L4", Status: catalog.Draft},
		"no sku": {SKU: "NONE"}, "brand and status": {BrandID: cove, Status: catalog.Active}, "everything": {BrandID: cove, CategoryID: bowls, Status: catalog.Archived},
		"category and status": {CategoryID: bowls, Status: catalog.Active}, "updated": {UpdatedSince: start.Add(7 * time.Minute)}, "updated of a brand": {UpdatedSince: start, BrandID: cove},
		"updated of category and status": {UpdatedSince: start, CategoryID: bowls, Status: catalog.Draft}, "nothing since": {UpdatedSince: start.Add(time.Hour)},
	} {
		var want, got []string
		for _, p := range all {
			if (f.Status == "" || f.Status == p.Status) && (f.BrandID == "" || f.BrandID == p.BrandID) && (f.CategoryID == "" || f.CategoryID == p.CategoryID) &&
				(f.SKU == "" || f.SKU == p.Variants[0].SKU) && !p.UpdatedAt.Before(f.UpdatedSince) {
				want = append(want, p.ID)
			}
		}
		order := func(a, b string) int { return cmp.Compare(b, a) }
		if !f.UpdatedSince.IsZero() {
			order = func(a, b string) int {
				pa, pb := all[slices.IndexFunc(all, func(p catalog.Product) bool { return p.ID == a })], all[slices.IndexFunc(all, func(p catalog.Product) bool { return p.ID == b })]
				if c := pa.UpdatedAt.Compare(pb.UpdatedAt); c != 0 {
					return c
				}
				return cmp.Compare(a, b)
			}
		}
		slices.SortFunc(want, order)
		for f.Limit = 2; ; {
			page, err := s.db.Read().Catalog.Rows(ctx, f)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, r := range page {
				got = append(got, r.ID)
			}
			if len(page) < 2 {
				break
			}
			last := page[1]
			f.Before, f.After = last.ID, &catalog.Stamp{LastID: last.ID, UpdatedAt: last.UpdatedAt}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// redirects lead to what they were set to, until somebody has the slug.
func redirects(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	p := s.sell(t, "R1", 1000, 1)
	leads := func(slug, want string) {
		t.Helper()
		if got, err := s.db.Read().Catalog.Renamed(ctx, catalog.NounProduct, slug); err != nil || got != want {
			t.Errorf("%s leads to %q, %v; want %q", slug, got, err, want)
		}
	}
	if err := e.Redirect(ctx, "ada", catalog.Redirect{Noun: catalog.NounProduct, Slug: "campaign", TargetID: p.ID}); err != nil {
		t.Fatal(err)
	}
	leads("campaign", p.Slug)
	if page, err := s.db.Read().Catalog.Redirects(ctx, catalog.NounProduct, "", 10); err != nil || len(page) != 1 || page[0].TargetID != p.ID {
		t.Errorf("redirects are %v, %v", page, err)
	}
	for code, r := range map[string]catalog.Redirect{"slug-taken": {Slug: "mug-r1", TargetID: p.ID}, "redirect-target": {Slug: "elsewhere", TargetID: newID()}, "not-a-slug": {Slug: "No Slug", TargetID: p.ID}} {
		r.Noun = catalog.NounProduct
		if code == "slug-taken" {
			q := mug("R2", 1000, "blue")
			q.Slug = "mug-r1"
			s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(ctx, q) })
		}
		if err := e.Redirect(ctx, "ada", r); fault.Code(err) != code {
			t.Errorf("%v: %v, want %s", r, err, code)
		}
	}
	if err := e.EndRedirect(ctx, "ada", catalog.NounProduct, "campaign"); err != nil {
		t.Fatal(err)
	}
	leads("campaign", "")
	if err := e.EndRedirect(ctx, "ada", catalog.NounProduct, "campaign"); fault.Code(err) != "redirect-not-found" {
		t.Errorf("ending it again: %v", err)
	}
}

// addedOnce adds each thing once under its key, however often it is asked for.
func addedOnce(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "O1", 1000, 1)
	under := func(key, what string) *merchandising.Editor {
		return s.editor().Under(idempotency.Request{Scope: "staff:ada", Key: key, Hash: []byte(what)})
	}
	first, err := under("brand-1", "cove").CreateBrand(ctx, "ada", catalog.Brand{Slug: "cove", Title: "Cove"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := under("brand-1", "cove").CreateBrand(ctx, "ada", catalog.Brand{Slug: "cove", Title: "Cove"})
	if err != nil || again != first {
		t.Errorf("asked again: %v, %v; want %v", again, err, first)
	}
	if _, err := under("brand-1", "other").CreateBrand(ctx, "ada", catalog.Brand{Slug: "other", Title: "Other"}); fault.Code(err) != "idempotency-key-reused" {
		t.Errorf("another request under the key: %v", err)
	}
	change := catalog.PriceChange{SKUs: []string{"O1"}, Currency: "EUR", PercentPPM: -500_000}
	once := s.editor().Under(idempotency.Request{Scope: "staff:ada", Key: "prices-1", Hash: []byte("half")})
	for range 2 {
		if _, err := once.ChangePrices(ctx, "ada", change); err != nil {
			t.Fatal(err)
		}
	}
	s.relist(t)
	if got, err := s.db.Read().Catalog.Load(ctx, p.ID); err != nil || got.Variants[0].Prices[0].Minor != 500 {
		t.Errorf("after one change of prices, asked for twice: %v, %v", got.Variants[0].Prices, err)
	}
}
