package storetest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/service/verify"
	"tradewind/internal/store"
)

// Opener opens an empty database with the schema in place; the test closes it.
type Opener func(t testing.TB) store.DB

// start is the fixed time at which tests begin.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shop is a small shop on a database: its clock stands still unless moved.
type shop struct {
	db       store.DB
	clock    atomic.Int64 // nanoseconds after start
	provider *provider
	shopping *shopping.Service
	checkout *checkout.Service
	settle   *settlement.Service
	accounts *account.Service
	fulfil   *fulfilment.Service
	keeper   *stockkeeping.Service
}

func (s *shop) now() time.Time       { return start.Add(time.Duration(s.clock.Load())) }
func (s *shop) pass(d time.Duration) { s.clock.Add(int64(d)) }

func newID() string { return ident.New() }

func newShop(t testing.TB, open Opener) *shop {
	t.Helper()
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{db: open(t), provider: newProvider()}
	s.accounts = newAccounts(s, tokens)
	s.shopping = &shopping.Service{DB: s.db, Config: shopping.Config{KeepFor: 24 * time.Hour}, Tokens: tokens, Now: s.now, NewID: newID}
	s.checkout = &checkout.Service{DB: s.db, Config: checkout.Config{HoldFor: 15 * time.Minute, GuestFor: 365 * 24 * time.Hour}, Tokens: tokens, Now: s.now, NewID: newID, NewIDAt: ident.At}
	s.settle = &settlement.Service{DB: s.db, Provider: s.provider, Now: s.now, NewID: newID, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	s.fulfil = &fulfilment.Service{DB: s.db, Settle: s.settle, Config: fulfilment.Config{ReturnWithin: 30 * 24 * time.Hour}, Now: s.now, NewID: newID}
	s.keeper = &stockkeeping.Service{DB: s.db, Now: s.now, NewID: newID}
	s.in(t, func(tx store.Stores) error {
		if err := tx.Taxes.PutZone(context.Background(), pricing.Zone{Country: "DE", Region: "eu", Inclusive: true, RatePPM: map[string]int64{"standard": 190_000}}); err != nil {
			return err
		}
		if err := tx.Shipping.PutRate(context.Background(), shipping.Rate{ID: newID(), Country: "DE", Method: "post", Title: "Post", MaxWeightG: 30_000, Price: money.Of(490, "EUR")}); err != nil {
			return err
		}
		return tx.Catalog.PutCategory(context.Background(), catalog.Category{ID: "cat-mugs", Slug: "mugs", Title: "Mugs",
			Attributes: []catalog.AttributeDef{{Name: "color", Label: "Colour", Kind: catalog.Choice, Facet: true}, {Name: "volume", Label: "Volume", Kind: catalog.Number, Unit: "ml", Facet: true}}})
	})
	return s
}

// in runs fn in a transaction that must succeed.
func (s *shop) in(t testing.TB, fn func(tx store.Stores) error) {
	t.Helper()
	if err := s.db.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func milli(n int64) *int64 { return &n }

// mug makes a product with one variant of that SKU.
func mug(sku string, minor int64, color string) catalog.Product {
	return catalog.Product{ID: newID(), Slug: "mug-" + sku, Title: "Mug " + sku, Brand: "Brine", CategoryID: "cat-mugs", Status: catalog.Active, TaxClass: "standard",
		Version: 1, CreatedAt: start, UpdatedAt: start, Description: "A mug.",
		Attributes: []catalog.Attribute{{Name: "color", Text: color}, {Name: "volume", Text: "300", Milli: milli(300_000)}},
		Media:      []catalog.Media{{Kind: "image", URL: "/media/" + sku + ".svg", Alt: "A mug"}},
		Variants: []catalog.Variant{{SKU: sku, WeightG: 350, Options: []catalog.Option{{Name: "Size", Value: "M"}},
			Prices: []catalog.Price{{Amount: money.Of(minor, "EUR")}, {Amount: money.Of(minor+100, "USD"), CompareAt: minor + 300}}}}}
}

// sell puts a mug with stock into the shop.
func (s *shop) sell(t testing.TB, sku string, minor, onHand int64) catalog.Product {
	t.Helper()
	p := mug(sku, minor, "blue")
	s.in(t, func(tx store.Stores) error {
		if err := tx.Catalog.Put(context.Background(), p); err != nil {
			return err
		}
		return tx.Stock.SetOnHand(context.Background(), sku, onHand, "test", s.now())
	})
	return p
}

// promote puts a code into the shop that takes ten percent off, max times.
func (s *shop) promote(t testing.TB, code string, max int64) {
	t.Helper()
	p := promotion.Promotion{ID: newID(), Title: "Ten off", Kind: promotion.Percent, Active: true, Terms: promotion.Terms{PercentPPM: 100_000}, Budget: promotion.Budget{Uses: max}, UpdatedAt: start}
	s.offer(t, code, p, 0)
}

// offer puts a promotion and a code for it into the shop.
func (s *shop) offer(t testing.TB, code string, p promotion.Promotion, max int64) {
	t.Helper()
	s.in(t, func(tx store.Stores) error {
		if err := tx.Promotions.Insert(context.Background(), p); err != nil {
			return err
		}
		return tx.Promotions.PutCode(context.Background(), promotion.Code{Code: code, PromotionID: p.ID, MaxUses: max})
	})
}

// basket is a cart and its token.
type basket struct{ id, token string }

// fill starts a cart with qty of the SKU.
func (s *shop) fill(ctx context.Context, sku string, qty int64, codes ...string) (basket, error) {
	v, tok, err := s.shopping.Start(ctx, shopping.StartCart{Currency: "EUR", Items: []cart.Item{{SKU: sku, Qty: qty}}})
	for _, code := range codes {
		if err == nil {
			_, err = s.shopping.AddCode(ctx, shopping.Access{ID: v.Cart.ID, Token: tok}, code)
		}
	}
	return basket{v.Cart.ID, tok}, err
}

func (b basket) placed(once idempotency.Request) checkout.PlaceOrder {
	return checkout.PlaceOrder{CartID: b.id, CartToken: b.token, Email: "ada@example.com", Once: once,
		ShipTo: order.Address{Name: "Ada", Line1: "Weg 1", City: "Ulm", Postcode: "89073", Country: "DE"}}
}

// order fills a cart and places it.
func (s *shop) order(ctx context.Context, sku string, qty int64) (order.Order, string, error) {
	b, err := s.fill(ctx, sku, qty)
	if err != nil {
		return order.Order{}, "", err
	}
	return s.checkout.Place(ctx, b.placed(idempotency.Request{}))
}

func key(scope, k string) idempotency.Request {
	return idempotency.Request{Scope: scope, Key: k, Hash: token.Hash(scope + k)}
}

// agrees fails the test unless every book of the shop agrees with every other,
// the provider's included.
func (s *shop) agrees(t testing.TB) {
	t.Helper()
	for _, f := range s.findings(t) {
		t.Error(f)
	}
}

// findings are what the books disagree in.
func (s *shop) findings(t testing.TB) (list []string) {
	t.Helper()
	v := verify.Service{DB: s.db, Book: func(context.Context) (map[string]verify.Taken, error) { return s.provider.book(), nil }}
	report, err := v.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		list = append(list, fmt.Sprintf("%s %s: %s", f.Check, f.Subject, f.Detail))
	}
	return list
}

// stock returns the level of one SKU.
func (s *shop) stock(t testing.TB, sku string) (onHand, reserved int64) {
	t.Helper()
	l, err := s.db.Read().Stock.Levels(context.Background(), []string{sku})
	if err != nil || len(l) != 1 {
		t.Fatalf("stock of %s: %v, %v", sku, l, err)
	}
	return l[0].OnHand, l[0].Reserved
}

func (s *shop) status(t testing.TB, id string) order.Status {
	t.Helper()
	o, err := s.db.Read().Orders.Load(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o.Status
}

// each runs fn n times at once, all from one starting line.
func each(n int, fn func(i int)) {
	line, done := make(chan struct{}), make(chan struct{}, n)
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			<-line
			fn(i)
		}()
	}
	close(line)
	for range n {
		<-done
	}
}

func name(i, j int) string { return fmt.Sprintf("%d-%d", i, j) }
