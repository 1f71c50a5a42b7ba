package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/store"
)

// cataloguePromises are what every database must do for the catalogue.
var cataloguePromises = map[string]func(t *testing.T, s *shop){
	"a product with everything comes back as it was put":    wholeProduct,
	"a product is replaced only by its next version":        productVersions,
	"an old slug leads to the product of today":             oldSlugs,
	"a category with everything comes back as it was put":   wholeCategory,
	"a brand is found, renamed and kept while in use":       brands,
	"a list filters by the name a brand has today":          brandRenamed,
	"a category moves with all that is below it":            categoryMoves,
	"a category that holds something cannot be deleted":     categoryNotEmpty,
	"a task that broke off goes on where it stopped":        taskResumes,
	"a new brand name reaches the index":                    brandReachesIndex,
	"staff change products by version, with an audit":       editProduct,
	"what is archived stays as it is":                       editArchived,
	"staff change categories by version":                    editCategory,
	"a scheduled price holds from its first moment on":      scheduledPrice,
	"prices of one time do not overlap":                     priceOverlap,
	"a collection follows its rule and its products":        collectionFollows,
	"a collection comes back as it was put":                 wholeCollection,
	"a collection of what is in stock follows the stock":    collectionOfStock,
	"texts in other languages are kept by thing and locale": translations,
	"many prices change once each, as was previewed":        priceChange,
	"lists of staff page through every filter":              officeList,
	"a slug leads where staff let it lead":                  redirects,
	"what is added under a key is added once":               addedOnce,
	"it is known who names a file":                          whoNamesFiles,
}

// catalogueRaces are the contests about the catalogue.
var catalogueRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"a brand that many name at once is one brand":            brandOnce,
	"two staff who edit one product: one wins, one is told":  editRace,
	"moves at once never make a circle":                      moveRace,
	"of prices that overlap one is scheduled":                overlapRace,
	"products put while a rule changes end where it says":    ruleRace,
	"workers on one task do each product once":               taskRace,
	"a category is not deleted under a product that goes in": deleteAgainstPut,
}

func (s *shop) put(t testing.TB, p catalog.Product) {
	t.Helper()
	s.in(t, func(tx store.Stores) error { return tx.Catalog.Put(context.Background(), p) })
}

// try runs fn in a transaction that may fail.
func (s *shop) try(fn func(ctx context.Context, tx catalog.Store) error) error {
	ctx := context.Background()
	return s.db.InTx(ctx, func(tx store.Stores) error { return fn(ctx, tx.Catalog) })
}

func wholeProduct(t *testing.T, s *shop) {
	want := mug("WHOLE", 1999, "blue")
	want.SEO = catalog.SEO{Title: "Buy a mug", Description: "A mug to buy."}
	want.Tags = []string{"gift", "kitchen"}
	want.Options = []catalog.OptionDef{{Name: "Size", Values: []string{"S", "M"}}}
	want.PublishedAt = start
	want.Variants[0].LengthMM, want.Variants[0].WidthMM, want.Variants[0].HeightMM = 120, 90, 100
	want.Media = append(want.Media, catalog.Media{Kind: "video", URL: "object:films/mug.mp4", Alt: "It turns", SKU: "WHOLE", Width: 1920, Height: 1080})
	s.put(t, want)
	got, err := s.db.Read().Catalog.Load(context.Background(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want.BrandID = got.BrandID; got.BrandID == "" {
		t.Error("the brand has no id")
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("put  %+v\nread %+v", want, got)
	}
}

func whoNamesFiles(t *testing.T, s *shop) {
	p := mug("NAMES", 1999, "blue")
	p.Status, p.Media = catalog.Archived, []catalog.Media{{Kind: "image", URL: "object:a"}, {Kind: "video", URL: "object:b"}}
	s.put(t, p)
	s.in(t, func(tx store.Stores) error {
		ctx := context.Background()
		return errors.Join(tx.Catalog.PutCategory(ctx, catalog.Category{ID: "names-c", Slug: "names-c", Title: "C", Status: catalog.Hidden, Image: "object:c", Version: 1}),
			tx.Catalog.PutBrand(ctx, catalog.Brand{ID: "names-b", Slug: "names-b", Title: "Names", Logo: "object:d", Version: 1}),
			tx.Catalog.PutCollection(ctx, catalog.Collection{ID: "names-l", Slug: "names-l", Title: "L", Status: catalog.Hidden, Image: "object:e", Version: 1}))
	})
	asked := []string{"object:x", "a", "object:"}
	for i := range 300 {
		asked = append(asked, fmt.Sprint("object:", i))
	}
	want := []string{"object:a", "object:b", "object:c", "object:d", "object:e"}
	got, err := s.db.Read().Catalog.MediaNamed(context.Background(), append(asked, want...))
	slices.Sort(got)
	if got = slices.Compact(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("named are %q, %v, want %q", got, err, want)
	}
	if got, err := s.db.Read().Catalog.MediaNamed(context.Background(), nil); err != nil || len(got) != 0 {
		t.Errorf("of none, %q, %v are named", got, err)
	}
}

func productVersions(t *testing.T, s *shop) {
	p := s.sell(t, "VERSION", 1000, 1)
	for version, want := range map[int64]string{0: "changed-meanwhile", 1: "changed-meanwhile", 3: "changed-meanwhile"} {
		p.Version = version
		if err := s.try(func(ctx context.Context, c catalog.Store) error { return c.Put(ctx, p) }); fault.Code(err) != want {
			t.Errorf("version %d after 1: %v", version, err)
		}
	}
	p.Version = 2
	s.put(t, p)
	fresh := mug("NEVER", 1000, "red")
	fresh.Version = 2
	if err := s.try(func(ctx context.Context, c catalog.Store) error { return c.Put(ctx, fresh) }); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("version 2 of what is not there: %v", err)
	}
}

func (s *shop) leads(t *testing.T, noun catalog.Noun, slug, want string) {
	t.Helper()
	if got, err := s.db.Read().Catalog.Renamed(context.Background(), noun, slug); err != nil || got != want {
		t.Errorf("%s leads to %q, %v; want %q", slug, got, err, want)
	}
}

func oldSlugs(t *testing.T, s *shop) {
	p := s.sell(t, "SLUG", 1000, 1)
	first := p.Slug
	for _, slug := range []string{"second", "third", first, "fourth"} {
		p.Slug, p.Version = slug, p.Version+1
		s.put(t, p)
	}
	for _, old := range []string{first, "second", "third"} {
		s.leads(t, catalog.NounProduct, old, "fourth")
	}
	s.leads(t, catalog.NounProduct, "fourth", "")
	s.leads(t, catalog.NounCategory, "second", "")

	q := mug("TAKES", 1000, "red")
	q.Slug = "second"
	s.put(t, q)
	s.leads(t, catalog.NounProduct, "second", "")
	if got, err := s.db.Read().Catalog.Get(context.Background(), "second"); err != nil || got.ID != q.ID {
		t.Errorf("the slug that was taken over is of %s, %v", got.ID, err)
	}
	p.Status, p.Version = catalog.Archived, p.Version+1
	s.put(t, p)
	s.leads(t, catalog.NounProduct, "third", "")
}

func wholeCategory(t *testing.T, s *shop) {
	want := catalog.Category{ID: newID(), ParentID: "cat-mugs", Slug: "cups", Title: "Cups", Position: 3, Status: catalog.Hidden, Description: "Small.", Image: "object:cups.jpg",
		SEO: catalog.SEO{Title: "Cups", Description: "Cups to buy."}, Version: 1, Attributes: []catalog.AttributeDef{
			{Name: "volume", Label: "Volume", Kind: catalog.Number, Unit: "ml", Min: milli(0), Max: milli(500_000), Required: true},
			{Name: "care", Label: "Care", Kind: catalog.Many, Choices: []string{"hand", "dishwasher"}, Facet: true, Position: 1}}}
	write := func(c catalog.Category) error {
		return s.try(func(ctx context.Context, tx catalog.Store) error { return tx.PutCategory(ctx, c) })
	}
	if err := write(want); err != nil {
		t.Fatal(err)
	}
	list, err := s.db.Read().Catalog.Categories(context.Background())
	if err != nil || len(list) != 2 || !reflect.DeepEqual(list[1], want) {
		t.Errorf("put  %+v\nread %+v, %v", want, list, err)
	}
	if err := write(want); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("the same version again: %v", err)
	}
	want.Slug, want.Version = "beakers", 2
	if err := write(want); err != nil {
		t.Fatal(err)
	}
	s.leads(t, catalog.NounCategory, "cups", "beakers")
	if err := write(catalog.Category{ID: newID(), ParentID: "nowhere", Slug: "lost", Title: "Lost"}); fault.Code(err) != "category-not-found" {
		t.Errorf("a category below none: %v", err)
	}
}

func brands(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "BRAND", 1000, 1)
	list, err := s.db.Read().Catalog.Brands(ctx, "", 10)
	if err != nil || len(list) != 1 || list[0].Title != "Brine" || list[0].Slug != "brine" {
		t.Fatalf("Brands = %+v, %v", list, err)
	}
	b := list[0]
	change := func(fn func(ctx context.Context, c catalog.Store) error, want string) {
		t.Helper()
		if err := s.try(fn); fault.Code(err) != want {
			t.Errorf("told %v, want %q", err, want)
		}
	}
	change(func(ctx context.Context, c catalog.Store) error { return c.DeleteBrand(ctx, b.ID, b.Version) }, "brand-in-use")
	b.Title, b.Slug, b.Logo, b.Version = "Brine & Co", "brine-co", "object:brine.svg", 2
	change(func(ctx context.Context, c catalog.Store) error { return c.PutBrand(ctx, b) }, "")
	change(func(ctx context.Context, c catalog.Store) error { return c.PutBrand(ctx, b) }, "changed-meanwhile")
	s.leads(t, catalog.NounBrand, "brine", "brine-co")
	for _, key := range []string{b.ID, "brine-co"} {
		if got, err := s.db.Read().Catalog.Brand(ctx, key); err != nil || got != b {
			t.Errorf("Brand(%s) = %+v, %v", key, got, err)
		}
	}
	other := catalog.Brand{ID: newID(), Slug: "other", Title: "Brine & Co", Version: 1}
	change(func(ctx context.Context, c catalog.Store) error { return c.PutBrand(ctx, other) }, "brand-taken")
	other.Title, other.Slug = "Other", "brine-co"
	change(func(ctx context.Context, c catalog.Store) error { return c.PutBrand(ctx, other) }, "slug-taken")
	other.Slug = "other"
	change(func(ctx context.Context, c catalog.Store) error { return c.PutBrand(ctx, other) }, "")
	if list, err := s.db.Read().Catalog.Brands(ctx, "Brine & Co", 10); err != nil || len(list) != 1 || list[0] != other {
		t.Errorf("the brands behind the first = %+v, %v", list, err)
	}
	change(func(ctx context.Context, c catalog.Store) error { return c.DeleteBrand(ctx, other.ID, 1) }, "")
	if _, err := s.db.Read().Catalog.Brand(ctx, other.ID); fault.Code(err) != "brand-not-found" {
		t.Errorf("a brand that was deleted: %v", err)
	}
	p.Brand, p.BrandID, p.Version = "Bríne", "", 2 // spelled otherwise, but the same as a slug
	s.put(t, p)
	p.Brand, p.Version = "!!!", 3 // nothing is left of it for a slug
	s.put(t, p)
	if got, err := s.db.Read().Catalog.Load(ctx, p.ID); err != nil || got.Brand != "!!!" {
		t.Errorf("the brand is %q, %v", got.Brand, err)
	}
}

func brandRenamed(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "RENAMED", 1000, 1)
	got, err := s.db.Read().Catalog.Load(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.in(t, func(tx store.Stores) error {
		return tx.Catalog.PutBrand(ctx, catalog.Brand{ID: got.BrandID, Slug: "brine", Title: "Salt", Version: 2})
	})
	for name, want := range map[string]int{"Salt": 1, "Brine": 0, "salt": 0} {
		list, err := s.db.Read().Catalog.List(ctx, catalog.Filter{CategoryID: catalog.All, Currency: "EUR", Brand: name, MaxMinor: money.Max, Sort: catalog.Newest, Limit: 10})
		if err != nil || len(list) != want || want == 1 && list[0].Brand != "Salt" {
			t.Errorf("of brand %s: %+v, %v", name, list, err)
		}
	}
}

func brandOnce(t *testing.T, s *shop, rounds int) {
	for round := range rounds {
		title := "Maker " + name(round, 0)
		each(crowd, func(i int) {
			p := mug(name(round, i), 1000, "red")
			p.Brand = title
			if err := s.try(func(ctx context.Context, c catalog.Store) error { return c.Put(ctx, p) }); err != nil {
				t.Errorf("told: %v", err)
			}
		})
		list, err := s.db.Read().Catalog.List(context.Background(), catalog.Filter{CategoryID: catalog.All, Currency: "EUR", Brand: title, MaxMinor: money.Max, Sort: catalog.Newest, Limit: 100})
		if err != nil || len(list) != crowd {
			t.Fatalf("%d products have the brand, %v", len(list), err)
		}
	}
}
