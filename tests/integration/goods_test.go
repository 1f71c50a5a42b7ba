package integration

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/promoting"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/service/tariffs"
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
	if strings.HasSuffix(path, "/uploads/{id}") {
		real["upload"] = s.uploaded(t, dot)
	}
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
	if strings.Contains(path, "promotions") || strings.Contains(path, "tax-zones") || strings.Contains(path, "shipping-rates") {
		s.offered(t, e, real)
	}
	if strings.Contains(path, "stock") || strings.Contains(path, "inbound") || strings.Contains(path, "holds") || strings.Contains(path, "locations") {
		s.kept(t, e, path, real)
	}
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

// kept makes what an example about stock speaks of: ten pieces of the SKU and
// one of a part, another location, goods drafted and sent, a stock take, a hold.
func (s *shop) kept(t testing.TB, e *merchandising.Editor, path string, real map[string]string) {
	t.Helper()
	ctx, k := t.Context(), &stockkeeping.Service{DB: s.db, Now: e.Now, NewID: e.NewID}
	by, sku := stockkeeping.By{Actor: "test"}, real["sku"]
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	real["part"] = "PART-" + sku
	_, err := e.CreateProduct(ctx, "test", catalog.Product{Slug: "part-" + strings.ToLower(sku), Title: "Part", CategoryID: real["category"], Status: catalog.Draft, TaxClass: "standard", Variants: []catalog.Variant{{SKU: real["part"]}}})
	must(err)
	l, err := k.SetLocation(ctx, by, inventory.Location{Code: "north-" + strings.ToLower(sku[len(sku)-12:]), Name: "North", Active: true})
	must(err)
	real["location"] = l.ID
	if strings.HasSuffix(path, "/bundle") {
		return // a bundle has no stock of its own
	}
	_, err = k.Adjust(ctx, by, stockkeeping.Adjustment{SKU: sku, Location: inventory.Main, Delta: 10, Reason: inventory.Receive})
	must(err)
	for _, name := range []string{"inbound", "sent"} {
		in, err := k.Draft(ctx, by, inventory.Inbound{To: inventory.Main, Lines: []inventory.InboundLine{{SKU: sku, Qty: 20}}})
		must(err)
		if real[name] = in.ID; name == "sent" {
			_, err = k.Send(ctx, by, in.ID)
			must(err)
		}
	}
	if strings.Contains(path, "stock-takes") {
		take, err := k.OpenTake(ctx, by, inventory.Main, "")
		must(err)
		real["take"] = take.ID
	}
	h, err := k.Hold(ctx, by, []inventory.Line{{SKU: sku, Qty: 1}}, e.Now().Add(time.Hour), "")
	must(err)
	real["hold"] = h.ID
}

// zones tells the tax zones of examples apart.
var zones atomic.Int64

// offered makes what an example about promotions and tariffs speaks of.
func (s *shop) offered(t testing.TB, e *merchandising.Editor, real map[string]string) {
	t.Helper()
	ctx, p := t.Context(), &promoting.Service{DB: s.db, Now: e.Now, NewID: e.NewID}
	spring, err := p.Create(ctx, promoting.By{Actor: "test"}, promotion.Promotion{Title: "Spring", Kind: promotion.Percent, Active: true, Terms: promotion.Terms{PercentPPM: 100_000}})
	if err != nil {
		t.Fatal(err)
	}
	code := "C" + strings.ToUpper(strings.ReplaceAll(spring.ID, "-", ""))
	if _, err := p.PutCode(ctx, promoting.By{Actor: "test"}, spring.ID, code, 10); err != nil {
		t.Fatal(err)
	}
	tariff := &tariffs.Service{DB: s.db, Now: e.Now, NewID: e.NewID}
	z, err := tariff.AddZone(ctx, tariffs.By{Actor: "test"}, pricing.Zone{Country: "AQ", Subdivision: fmt.Sprintf("P%d", zones.Add(1)), Region: "rest", RatePPM: map[string]int64{"standard": 10_000}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := tariff.AddRate(ctx, tariffs.By{Actor: "test"}, shipping.Rate{Country: "AQ", Method: "sledge", Title: "Sledge", MaxWeightG: 1000, Price: money.Of(900, "EUR")})
	if err != nil {
		t.Fatal(err)
	}
	real["promotion"], real["code"], real["zone"], real["shipping-rate"] = spring.ID, code, z.Subdivision, r.ID
}

// stage makes what an example speaks of, anew for each. It returns what its
// stand-ins are in fact, and the token of who is to be signed in.
func (s *shop) stage(t *testing.T, e example, standIns map[string]any) (*strings.Replacer, string) {
	t.Helper()
	basket := s.cart(t, "MU01-ALMA-SAND", 2)
	s.ask(t, "PUT", "/v1/carts/"+basket.ID+"/codes/WELCOME10", "", "Cart-Token", basket.Token)
	real := map[string]string{"cart": basket.ID, "cart-token": basket.Token}
	if strings.Contains(e.path, "/orders/") || strings.Contains(e.path, "/webhooks/") {
		o := s.order(t, basket)
		real["order"], real["order-token"] = o.ID, o.Token
		t.Cleanup(func() { s.ask(t, "POST", "/v1/orders/"+o.ID+"/cancel", "", "Order-Token", o.Token) }) // so that there are mugs for the next
		if strings.Contains(e.path, "/webhooks/") {
			s.payment(t, o, "tok_delayed")
			reference, charge := s.charge(t, o)
			real["payment"], real["charge"] = strings.TrimSuffix(reference, "/1"), charge
			t.Cleanup(func() { s.pay.Settle(context.Background(), charge) }) // so that the provider knows of it too
		}
	}
	if strings.Contains(e.path, "/pick-lists/") {
		s.picked(t, s.order(t, basket), real)
	}
	tok := s.people(t, scheme(e.op), real)
	if scheme(e.op) == "staff" {
		s.goods(t, e.path, real)
	}
	var pairs []string
	for name, value := range real {
		pairs = append(pairs, fmt.Sprint(standIns[name]), value)
	}
	return strings.NewReplacer(pairs...), tok
}
