package integration

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
)

// goods makes what an example about the catalogue speaks of, anew for each: a
// category, a brand, a product of both with a price for later, a collection
// with the product in it, and puts their ids into real.
func (s *shop) goods(t testing.TB, path string, real map[string]string) {
	t.Helper()
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	e, ctx, unique := &merchandising.Editor{DB: s.db, Now: now, NewID: id}, t.Context(), id()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := e.CreateCategory(ctx, "test", catalog.Category{Slug: "mugs-" + unique, Title: "Mugs", Attributes: []catalog.AttributeDef{{Name: "volume", Label: "Volume", Kind: catalog.Number, Unit: "ml"}}})
	must(err)
	b, err := e.CreateBrand(ctx, "test", catalog.Brand{Slug: "brine-" + unique, Title: "Brine " + unique})
	must(err)
	real["category"], real["brand"], real["sku"], real["old-slug"] = c.ID, b.ID, "SKU-"+unique, "old-"+unique
	if strings.HasSuffix(path, "/categories/{id}") || strings.HasSuffix(path, "/brands/{id}") { // which are deleted
		return
	}
	p, err := e.CreateProduct(ctx, "test", catalog.Product{Slug: "mug-" + unique, Title: "Mug", CategoryID: c.ID, BrandID: b.ID, Status: catalog.Active, TaxClass: "standard",
		Variants: []catalog.Variant{{SKU: real["sku"], Prices: []catalog.Price{{Amount: money.Of(1900, "EUR")}}}}})
	must(err)
	real["product"] = p.ID
	next := time.Date(2099, 11, 25, 0, 0, 0, 0, time.UTC)
	schedule, err := e.SchedulePrice(ctx, "test", catalog.Schedule{SKU: real["sku"], Price: money.Of(1500, "EUR"), CompareAt: 1900, StartsAt: next, EndsAt: next.Add(96 * time.Hour)})
	must(err)
	real["schedule"] = schedule.ID
	switch {
	case strings.Contains(path, "/collections"):
		l, err := e.CreateCollection(ctx, "test", catalog.Collection{Slug: "gifts-" + unique, Title: "Gifts"})
		must(err)
		must(e.PickProduct(ctx, "test", l.ID, p.ID, catalog.Pinned))
		real["collection"] = l.ID
	case strings.Contains(path, "/redirects"):
		must(e.Redirect(ctx, "test", catalog.Redirect{Noun: catalog.NounProduct, Slug: real["old-slug"], TargetID: p.ID}))
	case strings.Contains(path, "/price-changes"):
		real["price-change"], err = e.ChangePrices(ctx, "test", catalog.PriceChange{SKUs: []string{real["sku"]}, Currency: "EUR", PercentPPM: -100_000})
		must(err)
	}
}
