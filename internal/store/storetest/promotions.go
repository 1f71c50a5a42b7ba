package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// promotionsHold tests promotions and their budgets; after each all books agree.
func promotionsHold(t *testing.T, open Opener) {
	for name, promise := range map[string]func(t *testing.T, s *shop){
		"a promotion comes back as it was put, and once for two who change it": promotionRoundTrip,
		"automatic promotions hold by themselves, by priority":                 automaticOffers,
		"budgets count in all, in money, by code and by customer":              budgetsCount,
		"a first order is the first that counts":                               firstOrder,
		"a gift is taken from the shelf and put back":                          giftReserved,
		"a budget that is set later counts what was used before":               budgetSetLater,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, open)
			promise(t, s)
			s.agrees(t)
		})
	}
}

// tenth takes ten percent off.
func tenth() promotion.Promotion {
	return promotion.Promotion{ID: newID(), Title: "A tenth off", Kind: promotion.Percent, Active: true, Terms: promotion.Terms{PercentPPM: 100_000}, UpdatedAt: start}
}

// buys orders one of the SKU with codes for that address.
func (s *shop) buys(sku, email string, codes ...string) (order.Order, error) {
	ctx := context.Background()
	b, err := s.fill(ctx, sku, 1, codes...)
	if err != nil {
		return order.Order{}, err
	}
	in := b.placed(idempotency.Request{})
	in.Email = email
	o, _, err := s.checkout.Place(ctx, in)
	return o, err
}

func promotionRoundTrip(t *testing.T, s *shop) {
	ctx := context.Background()
	want := promotion.Promotion{ID: newID(), Title: "Everything", Kind: promotion.Tiered, Automatic: true, Active: true, Priority: -3, Exclusive: true,
		Terms: promotion.Terms{Currency: "EUR", Tiers: []promotion.Tier{{From: 1, PercentPPM: 2}, {From: 3, AmountOff: 4}}, MinSpend: 5, MinQty: 6, CategoryIDs: []string{"a", "b"},
			ProductIDs: []string{"c"}, Groups: []string{"d"}, Channels: []string{"e"}, Countries: []string{"DE"}, FirstOrder: true},
		Budget: promotion.Budget{Uses: 7, Minor: 8, PerCustomer: 9}, StartsAt: start, EndsAt: start.Add(time.Hour), UpdatedAt: start}
	s.in(t, func(tx store.Stores) error { return tx.Promotions.Insert(ctx, want) })
	want.Version, want.CreatedAt = 1, start
	got, err := s.db.Read().Promotions.Get(ctx, want.ID)
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	got.Title, got.Version = "Changed", 2
	s.in(t, func(tx store.Stores) error { return tx.Promotions.Update(ctx, got) })
	if err := s.db.InTx(ctx, func(tx store.Stores) error { return tx.Promotions.Update(ctx, got) }); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("a change of what was changed = %v", err)
	}
	got.ID = newID()
	if err := s.db.InTx(ctx, func(tx store.Stores) error { return tx.Promotions.Update(ctx, got) }); fault.Code(err) != "promotion-not-found" {
		t.Errorf("a change of nothing = %v", err)
	}
	put := func(c promotion.Code) error {
		return s.db.InTx(ctx, func(tx store.Stores) error { return tx.Promotions.PutCode(ctx, c) })
	}
	other := tenth()
	s.in(t, func(tx store.Stores) error { return tx.Promotions.Insert(ctx, other) })
	for i := range 5 {
		if err := put(promotion.Code{Code: fmt.Sprint("code-", i), PromotionID: want.ID, MaxUses: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(promotion.Code{Code: "CODE-1", PromotionID: other.ID}); fault.Code(err) != "code-taken" {
		t.Errorf("a code of another promotion = %v", err)
	}
	if err := put(promotion.Code{Code: "X", PromotionID: newID()}); fault.Code(err) != "promotion-not-found" {
		t.Errorf("a code of none = %v", err)
	}
	page, err := s.db.Read().Promotions.Codes(ctx, want.ID, "CODE-1", 2)
	if err != nil || len(page) != 2 || page[0] != (promotion.Code{Code: "CODE-2", PromotionID: want.ID, MaxUses: 2}) || page[1].Code != "CODE-3" {
		t.Errorf("codes are %+v, %v", page, err)
	}
	s.in(t, func(tx store.Stores) error {
		if gone, err := tx.Promotions.RemoveCode(ctx, other.ID, "CODE-2"); gone || err != nil {
			t.Errorf("a code was removed from another promotion: %v", err)
		}
		gone, err := tx.Promotions.RemoveCode(ctx, want.ID, "code-2")
		if !gone {
			t.Error("a code was not removed")
		}
		return err
	})
}

func automaticOffers(t *testing.T, s *shop) {
	ctx := context.Background()
	for title, change := range map[string]func(p *promotion.Promotion){
		"second":  func(p *promotion.Promotion) { p.Priority = 2 },
		"first":   func(p *promotion.Promotion) { p.Priority = -5 },
		"ended":   func(p *promotion.Promotion) { p.EndsAt = start },
		"off":     func(p *promotion.Promotion) { p.Active = false },
		"by code": func(p *promotion.Promotion) { p.Automatic = false },
	} {
		p := tenth()
		p.Title, p.Automatic = title, true
		change(&p)
		s.in(t, func(tx store.Stores) error { return tx.Promotions.Insert(ctx, p) })
	}
	list, err := s.db.Read().Promotions.Automatic(ctx, s.now())
	if err != nil || len(list) != 2 || list[0].Title != "first" || list[1].Title != "second" {
		t.Fatalf("automatic promotions are %+v, %v", list, err)
	}
	s.sell(t, "AUTO", 1000, 5)
	o, err := s.buys("AUTO", "ada@example.com")
	if err != nil || o.Discount != 190 {
		t.Errorf("two tenths of 10.00 = %+v, %v", o, err)
	}
}

func budgetsCount(t *testing.T, s *shop) {
	s.sell(t, "BUDGET", 1000, 50)
	uses, money, each := tenth(), tenth(), tenth()
	uses.Budget.Uses, money.Budget.Minor, money.Terms.Currency, each.Budget.PerCustomer = 2, 250, "EUR", 1
	s.offer(t, "USES", uses, 0)
	s.offer(t, "MONEY", money, 0)
	s.offer(t, "EACH", each, 0)
	s.offer(t, "CODE", tenth(), 1)
	try := func(code, email string, discount int64, want string) order.Order {
		t.Helper()
		o, err := s.buys("BUDGET", email, code)
		if fault.Code(err) != want || err == nil && o.Discount != discount {
			t.Errorf("%s for %s takes off %d, %v; want %d, %q", code, email, o.Discount, err, discount, want)
		}
		return o
	}
	first := try("USES", "a@x.org", 100, "")
	try("USES", "a@x.org", 100, "")
	try("USES", "b@x.org", 0, "promotion-used-up")
	try("MONEY", "a@x.org", 100, "")
	try("MONEY", "a@x.org", 100, "")
	try("MONEY", "a@x.org", 50, "") // what is left
	try("MONEY", "a@x.org", 0, "promotion-used-up")
	try("EACH", "a@x.org", 100, "")
	try("EACH", " A@X.org ", 0, "promotion-used-by-you")
	try("EACH", "b@x.org", 100, "")
	try("CODE", "a@x.org", 100, "")
	try("CODE", "b@x.org", 0, "promotion-used-up")
	if _, err := s.checkout.Cancel(context.Background(), first.ID, s.orderToken(first), "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	try("USES", "b@x.org", 100, "")
}

func (s *shop) orderToken(o order.Order) string { return s.checkout.Tokens.Token("order", o.ID) }

func firstOrder(t *testing.T, s *shop) {
	s.sell(t, "NEW", 1000, 50)
	p := tenth()
	p.Terms.FirstOrder = true
	s.offer(t, "NEWHERE", p, 0)
	o, err := s.buys("NEW", "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.buys("NEW", "ADA@example.com", "NEWHERE"); fault.Code(err) != "promotion-not-first-order" {
		t.Errorf("after an order = %v", err)
	}
	if _, err := s.checkout.Cancel(context.Background(), o.ID, s.orderToken(o), "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	if o, err = s.buys("NEW", "ada@example.com", "NEWHERE"); err != nil || o.Discount != 100 {
		t.Errorf("after one that was cancelled = %+v, %v", o, err)
	}
	if o, err = s.buys("NEW", "bob@example.com", "NEWHERE"); err != nil || o.Discount != 100 {
		t.Errorf("somebody else = %+v, %v", o, err)
	}
}

func giftReserved(t *testing.T, s *shop) {
	s.sell(t, "GIVER", 1000, 50)
	s.sell(t, "GIFT", 300, 2)
	p := tenth()
	p.Kind, p.Automatic, p.Terms = promotion.Gift, true, promotion.Terms{GiftSKU: "GIFT", GiftQty: 1}
	s.in(t, func(tx store.Stores) error { return tx.Promotions.Insert(context.Background(), p) })
	o, err := s.buys("GIVER", "a@x.org")
	if err != nil || len(o.Lines) != 2 || o.Lines[1].SKU != "GIFT" || o.Lines[1].Total != 0 || o.Total != 1490 {
		t.Fatalf("order = %+v, %v", o, err)
	}
	if _, reserved := s.stock(t, "GIFT"); reserved != 1 {
		t.Errorf("%d gifts are reserved", reserved)
	}
	if o, err = s.buys("GIFT", "a@x.org"); err != nil || len(o.Lines) != 1 { // the last one is bought, not given
		t.Fatalf("order = %+v, %v", o, err)
	}
	if o, err = s.buys("GIVER", "a@x.org"); err != nil || len(o.Lines) != 1 {
		t.Errorf("without gifts left: %+v, %v", o, err)
	}
}

func budgetSetLater(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "LATER", 1000, 50)
	p := tenth()
	s.offer(t, "LATER", p, 0)
	for range 3 {
		if _, err := s.buys("LATER", "a@x.org", "LATER"); err != nil {
			t.Fatal(err)
		}
	}
	p.Version, p.Budget.Uses = 2, 4
	s.in(t, func(tx store.Stores) error { return tx.Promotions.Update(ctx, p) })
	if got, err := s.db.Read().Promotions.Get(ctx, p.ID); err != nil || got.Used != 3 || got.Spent != 300 {
		t.Errorf("counted %+v, %v", got, err)
	}
	if _, err := s.buys("LATER", "a@x.org", "LATER"); err != nil {
		t.Error(err)
	}
	if _, err := s.buys("LATER", "a@x.org", "LATER"); fault.Code(err) != "promotion-used-up" {
		t.Errorf("the fifth of four = %v", err)
	}
}

// contest lets a crowd buy with codes and returns how many got something off,
// and how much together. Prices are read just before an order's transaction, so
// losers are told and get nothing.
func (s *shop) contest(t *testing.T, sku string, email, code func(i int) string, refusals ...string) (won, minor int64) {
	t.Helper()
	var count, sum atomic.Int64
	each(crowd, func(i int) {
		o, err := s.buys(sku, email(i), code(i))
		if err == nil {
			count.Add(1)
			sum.Add(o.Discount)
			return
		}
		for _, r := range refusals {
			if fault.Code(err) == r {
				return
			}
		}
		t.Errorf("a loser was told: %v", err)
	})
	return count.Load(), sum.Load()
}

func same(text string) func(int) string { return func(int) string { return text } }

func anyone(i int) string { return fmt.Sprintf("buyer%d@example.com", i) }

func moneyBudget(t *testing.T, s *shop, rounds int) {
	s.sell(t, "MONEY", 1000, 100_000)
	for round := range rounds {
		p, code := tenth(), fmt.Sprint("MONEY-", round)
		p.Budget.Minor, p.Terms.Currency = 350, "EUR"
		s.offer(t, code, p, 0)
		if _, minor := s.contest(t, "MONEY", anyone, same(code), "promotion-used-up"); minor > 350 || minor < 300 {
			t.Fatalf("%d of 350 were given", minor)
		}
	}
}

func oncePerCustomer(t *testing.T, s *shop, rounds int) {
	s.sell(t, "EACH", 1000, 100_000)
	for round := range rounds {
		p, code := tenth(), fmt.Sprint("EACH-", round)
		p.Budget.PerCustomer = 2
		s.offer(t, code, p, 0)
		if won, _ := s.contest(t, "EACH", same("ada@example.com"), same(code), "promotion-used-by-you"); won != 2 {
			t.Fatalf("one customer had it %d times", won)
		}
	}
}

func singleUseCode(t *testing.T, s *shop, rounds int) {
	s.sell(t, "ONE", 1000, 100_000)
	for round := range rounds {
		code := fmt.Sprint("ONE-", round)
		s.offer(t, code, tenth(), 1)
		if won, _ := s.contest(t, "ONE", anyone, same(code), "promotion-used-up"); won != 1 {
			t.Fatalf("the code was used %d times", won)
		}
	}
}
