package demo

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/account"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

// Options say how the demo shop is made.
type Options struct {
	Products int    // 0, or fewer than Own, means Own
	Stock    *int64 // of every variant, if set; also where it is known already
	Roles    []user.Role
	Now      func() time.Time
	NewID    func() string
}

// Seed puts the demo shop into the database. A second time it changes nothing
// but what has been sold since: stock is set only where a product is new.
func Seed(ctx context.Context, db store.DB, o Options) (merchandising.Summary, error) {
	if err := db.InTx(ctx, func(tx store.Stores) error { return seedRules(ctx, tx, o.Now(), o.NewID) }); err != nil {
		return merchandising.Summary{}, fmt.Errorf("seed taxes, shipping and promotions: %w", err)
	}
	if err := account.PutRoles(ctx, db, o.Roles); err != nil {
		return merchandising.Summary{}, fmt.Errorf("seed roles: %w", err)
	}
	if err := db.InTx(ctx, func(tx store.Stores) error { return seedCategories(ctx, tx, o.NewID) }); err != nil {
		return merchandising.Summary{}, fmt.Errorf("seed categories: %w", err)
	}
	if err := db.InTx(ctx, func(tx store.Stores) error { return seedCollections(ctx, tx, o) }); err != nil {
		return merchandising.Summary{}, fmt.Errorf("seed collections: %w", err)
	}
	have, err := planted(ctx, db)
	if err != nil {
		return merchandising.Summary{}, err
	}
	own, err := plant(ctx, db, o, source{end: Own()}, have > 0, false)
	if err != nil {
		return own, err
	}
	// Generated ones that are there are looked at only if they get other stock.
	from := Own()
	if o.Stock == nil {
		from = max(from, have)
	}
	more, err := plant(ctx, db, o, source{next: from, end: max(from, o.Products)}, false, true)
	return merchandising.Summary{Read: own.Read + more.Read, Added: own.Added + more.Added, Changed: own.Changed + more.Changed,
		Unchanged: own.Unchanged + more.Unchanged + max(0, from-Own()), Failed: own.Failed + more.Failed}, err
}

// plant imports products; a refusal of one is an error.
func plant(ctx context.Context, db store.DB, o Options, from source, keep, silent bool) (merchandising.Summary, error) {
	var failed error
	im := merchandising.Importer{DB: db, Now: o.Now, NewID: o.NewID, Category: "Demo", Silent: silent, Batch: batchOf, Bad: func(e *merchandising.RowError) { failed = e }}
	sum, err := im.Run(ctx, &shelfSource{source: from, keep: keep, stock: o.Stock})
	if err == nil {
		err = failed
	}
	return sum, err
}

// shelfSource leaves the stock of a shop that is open alone.
type shelfSource struct {
	source
	keep  bool
	stock *int64
}

func (s *shelfSource) Next() (merchandising.Record, error) {
	r, err := s.source.Next()
	if s.keep || s.stock != nil {
		for i := range r.Variants {
			r.Variants[i].Stock = s.stock
		}
	}
	return r, err
}

// zones are rates as of 2026 in parts per million; US sales tax differs by
// place and is shown here as none.
var zones = []pricing.Zone{
	{Country: "DE", Region: "eu", Inclusive: true, RatePPM: map[string]int64{"standard": 190_000, "reduced": 70_000}},
	{Country: "FR", Region: "eu", Inclusive: true, RatePPM: map[string]int64{"standard": 200_000, "reduced": 55_000}},
	{Country: "NL", Region: "eu", Inclusive: true, RatePPM: map[string]int64{"standard": 210_000, "reduced": 90_000}},
	{Country: "AT", Region: "eu", Inclusive: true, RatePPM: map[string]int64{"standard": 200_000, "reduced": 100_000}},
	{Country: "GB", Region: "uk", Inclusive: true, RatePPM: map[string]int64{"standard": 200_000, "reduced": 0}},
	{Country: "CA", Region: "rest", Inclusive: false, RatePPM: map[string]int64{"standard": 50_000}},
	{Country: "US", Region: "us", Inclusive: false, RatePPM: map[string]int64{"standard": 0}},
}

func seedRules(ctx context.Context, tx store.Stores, now time.Time, newID func() string) error {
	for _, z := range zones {
		if err := tx.Taxes.PutZone(ctx, z); err != nil {
			return err
		}
		for _, currency := range []string{"EUR", "USD"} {
			known, err := tx.Shipping.Rates(ctx, z.Country, currency)
			if err != nil {
				return err
			}
			if len(known) > 0 {
				continue
			}
			for _, r := range rates(z.Country, currency) {
				r.ID = newID()
				if err := tx.Shipping.PutRate(ctx, r); err != nil {
					return err
				}
			}
		}
	}
	for _, o := range promotions {
		known, err := tx.Promotions.ByCodes(ctx, []string{o.Code.Code})
		if err != nil {
			return err
		}
		if len(known) > 0 {
			continue
		}
		o.ID, o.Active, o.UpdatedAt = newID(), true, now
		if err := tx.Promotions.Insert(ctx, o.Promotion); err != nil {
			return err
		}
		o.Code.PromotionID = o.ID
		if err := tx.Promotions.PutCode(ctx, o.Code); err != nil {
			return err
		}
	}
	return nil
}

// promotions are the codes of the demo shop.
var promotions = []promotion.Offer{
	{Code: promotion.Code{Code: "WELCOME10"}, Promotion: promotion.Promotion{Title: "Ten percent off", Kind: promotion.Percent, Terms: promotion.Terms{PercentPPM: 100_000}}},
	{Code: promotion.Code{Code: "FIVEOFF"}, Promotion: promotion.Promotion{Title: "Five euros off from thirty", Kind: promotion.Amount,
		Terms: promotion.Terms{Currency: "EUR", AmountOff: 500, MinSpend: 3_000}}},
	{Code: promotion.Code{Code: "FREESHIP"}, Promotion: promotion.Promotion{Title: "Free shipping", Kind: promotion.FreeShipping}},
	{Code: promotion.Code{Code: "FIRST100", MaxUses: 100}, Promotion: promotion.Promotion{Title: "A quarter off for the first hundred", Kind: promotion.Percent,
		Terms: promotion.Terms{PercentPPM: 250_000}}},
	{Code: promotion.Code{Code: "FOURFORTHREE"}, Promotion: promotion.Promotion{Title: "Four for three", Kind: promotion.BuyGet, Exclusive: true,
		Terms: promotion.Terms{Buy: 3, Get: 1, PercentPPM: 1_000_000}}},
	{Code: promotion.Code{Code: "MOREISLESS"}, Promotion: promotion.Promotion{Title: "The more, the less", Kind: promotion.Tiered,
		Terms: promotion.Terms{Currency: "EUR", Tiers: []promotion.Tier{{From: 5_000, PercentPPM: 50_000}, {From: 10_000, PercentPPM: 100_000}, {From: 20_000, PercentPPM: 150_000}}}}},
	{Code: promotion.Code{Code: "NEWHERE"}, Promotion: promotion.Promotion{Title: "Fifteen percent off a first order", Kind: promotion.Percent,
		Terms: promotion.Terms{PercentPPM: 150_000, FirstOrder: true}}},
}

// seedCategories plants the tree with its attribute declarations; what stands
// there already keeps its id.
func seedCategories(ctx context.Context, tx store.Stores, newID func() string) error {
	have, err := tx.Catalog.Categories(ctx)
	if err != nil {
		return err
	}
	ids := map[string]string{} // by slug
	for _, c := range have {
		ids[c.Slug] = c.ID
	}
	planted := map[string]bool{}
	plant := func(parent, title string, attributes []catalog.AttributeDef) (string, error) {
		slug := catalog.Slugify(title)
		if planted[slug] {
			return ids[slug], nil
		}
		if ids[slug] == "" {
			ids[slug] = newID()
		}
		planted[slug] = true
		return ids[slug], tx.Catalog.PutCategory(ctx, catalog.Category{ID: ids[slug], ParentID: parent, Slug: slug, Title: title, Position: int64(len(planted)), Attributes: attributes})
	}
	for _, s := range shelves {
		room, err := plant("", s.room, []catalog.AttributeDef{{Name: "material", Label: "Material", Kind: catalog.Choice, Facet: true}})
		if err != nil {
			return err
		}
		aisle, err := plant(room, s.aisle, nil)
		if err != nil {
			return err
		}
		if _, err := plant(aisle, s.title, []catalog.AttributeDef{
			{Name: s.measure, Label: label(s.measure), Kind: catalog.Number, Unit: s.unit, Facet: true, Position: 1},
			{Name: s.feature, Label: label(s.feature), Kind: catalog.Boolean, Facet: true, Position: 2},
		}); err != nil {
			return err
		}
	}
	return nil
}

// seedCollections makes collections by rule; products that are there already
// come into them by a task.
func seedCollections(ctx context.Context, tx store.Stores, o Options) error {
	thirty := int64(3_000)
	c := catalog.Collection{Slug: "gifts-under-30", Title: "Gifts under 30", Description: "Small things that make somebody's day.", Status: catalog.Shown, Version: 1,
		Rule: catalog.Rule{Conditions: []catalog.Condition{{Subject: catalog.ByPrice, Currency: "EUR", Max: &thirty}}}}
	if _, err := tx.Catalog.Collection(ctx, c.Slug); fault.KindOf(err) != fault.NotFound {
		return err
	}
	c.ID = o.NewID()
	if err := tx.Catalog.PutCollection(ctx, c); err != nil {
		return err
	}
	stamp, err := tx.Catalog.Stamp(ctx)
	if err != nil || stamp.LastID == "" {
		return err
	}
	return tx.Catalog.AddTask(ctx, catalog.Task{ID: o.NewID(), Kind: catalog.OfAll, TargetID: c.ID, DueAt: o.Now()})
}
