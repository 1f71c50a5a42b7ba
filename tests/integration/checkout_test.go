package integration

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/store"
)

func TestFromCartToConfirmation(t *testing.T) {
	s := openShop(t, nil)
	o := s.placed(t, "MU01-ALMA-SAND")
	if o.Status != "placed" || o.Total != 2090+490 {
		t.Errorf("the order is %s for %d", o.Status, o.Total)
	}
	a := s.payment(t, o, "tok_ok")
	var paid orderAnswer
	a.into(t, &paid)
	if paid.Status != "paid" || paid.Payment.Status != "captured" {
		t.Errorf("after payment the order is %s, its payment %s", paid.Status, paid.Payment.Status)
	}
	eventually(t, "the confirmation is in the mail folder", func() bool { _, n := s.mails(t); return n == 1 })
	text, _ := s.mails(t)
	for _, want := range []string{"ada@example.com", fmt.Sprint(o.Number), "25.80"} {
		if !strings.Contains(text, want) {
			t.Errorf("the confirmation does not say %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, o.Token) {
		t.Error("the confirmation tells the order's token")
	}
	if got := s.look(t, o); got.Status != "paid" || got.Token != "" {
		t.Errorf("the order is shown as %s with token %q", got.Status, got.Token)
	}
}

func TestCancellingGivesStockAndCodesBack(t *testing.T) {
	s := openShop(t, nil)
	before := s.available(t, "almanac-mug", "MU01-ALMA-SLATE")
	o := s.order(t, s.cart(t, "MU01-ALMA-SLATE", 3))
	if got := s.available(t, "almanac-mug", "MU01-ALMA-SLATE"); got != before-3 {
		t.Errorf("%d are available after an order of 3 of %d", got, before)
	}
	if a := s.ask(t, "POST", "/v1/orders/"+o.ID+"/cancel", "", "Order-Token", o.Token); a.status != 200 {
		t.Errorf("cancel = %d %s", a.status, a.body)
	}
	if got := s.available(t, "almanac-mug", "MU01-ALMA-SLATE"); got != before {
		t.Errorf("%d are available after cancelling, want %d", got, before)
	}
	if a := s.ask(t, "POST", "/v1/orders/"+o.ID+"/cancel", "", "Order-Token", o.Token); a.code() != "order-already-cancelled" {
		t.Errorf("cancel again = %d %s", a.status, a.code())
	}
	if a := s.payment(t, o, "tok_ok"); a.code() != "order-already-cancelled" {
		t.Errorf("pay what is cancelled = %d %s", a.status, a.code())
	}
	if times, _, _ := s.taken(t, o); times != 0 {
		t.Errorf("money moved %d times for a cancelled order", times)
	}
}

func TestAnUnpaidOrderExpiresAndItsStockComesBack(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Checkout.HoldFor, c.ExpireEvery = 50*time.Millisecond, 10*time.Millisecond })
	before := s.available(t, "almanac-mug", "MU01-ALMA-SAND")
	o := s.placed(t, "MU01-ALMA-SAND")
	s.becomes(t, o, "expired")
	if got := s.available(t, "almanac-mug", "MU01-ALMA-SAND"); got != before {
		t.Errorf("%d are available after expiry, want %d", got, before)
	}
	if a := s.payment(t, o, "tok_ok"); a.code() != "order-already-expired" {
		t.Errorf("pay what is expired = %d %s", a.status, a.code())
	}
}

func TestAStepUpThatIsApprovedTooLateIsGivenBackOrRefused(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Checkout.HoldFor, c.ExpireEvery = 300*time.Millisecond, 10*time.Millisecond })
	o := s.placed(t, "MU01-ALMA-SAND")
	var out orderAnswer
	s.payment(t, o, "tok_step_up").into(t, &out)
	s.becomes(t, o, "expired")
	s.approve(t, out.Payment.ActionURL, "approve")
	eventually(t, "nothing is kept of the money", func() bool {
		_, captured, refunded := s.taken(t, o)
		return captured == refunded
	})
	if got := s.look(t, o).Status; got != "expired" {
		t.Errorf("the order is %s", got)
	}
}

func TestADoubleClickOrdersOnce(t *testing.T) {
	s := openShop(t, nil)
	c := s.cart(t, "MU01-ALMA-SAND", 1)
	const clicks = 8
	bodies := make([][]byte, clicks)
	var all sync.WaitGroup
	for i := range clicks {
		all.Go(func() {
			a := s.ask(t, "POST", "/v1/checkout", checkoutBody(c.ID), "Cart-Token", c.Token, "Idempotency-Key", "double-click-1")
			if a.status != 201 {
				t.Errorf("click %d = %d %s", i, a.status, a.body)
			}
			bodies[i] = a.body
		})
	}
	all.Wait()
	for i, b := range bodies {
		if !bytes.Equal(b, bodies[0]) {
			t.Errorf("click %d was answered\n%s\nclick 0\n%s", i, b, bodies[0])
		}
	}
	other := strings.Replace(checkoutBody(c.ID), "Ada", "Eve", 1)
	if a := s.ask(t, "POST", "/v1/checkout", other, "Cart-Token", c.Token, "Idempotency-Key", "double-click-1"); a.status != 409 || a.code() != "idempotency-key-reused" {
		t.Errorf("another body under the same key = %d %s", a.status, a.code())
	}
	if a := s.ask(t, "POST", "/v1/checkout", checkoutBody(c.ID), "Cart-Token", c.Token); a.status != 409 || a.code() != "cart-already-ordered" {
		t.Errorf("the same cart without a key = %d %s", a.status, a.code())
	}
}

func TestTwoHundredBuyersOfFiftyPieces(t *testing.T) {
	s := openShop(t, nil)
	const sku, stock, buyers = "MU01-ALMA-SAND", 50, 200
	if err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		return tx.Stock.SetOnHand(t.Context(), sku, stock, "test", time.Now().UTC().Truncate(time.Microsecond))
	}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got := map[string]int{}
	gate := make(chan struct{}, 32)
	var all sync.WaitGroup
	for range buyers {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			c := s.cart(t, sku, 1)
			a := s.ask(t, "POST", "/v1/checkout", checkoutBody(c.ID), "Cart-Token", c.Token)
			mu.Lock()
			defer mu.Unlock()
			got[fmt.Sprint(a.status, " ", a.code())]++
		})
	}
	all.Wait()
	if len(got) != 2 || got["201 "] != stock || got["409 out-of-stock"] != buyers-stock {
		t.Errorf("answers %v, want %d orders and %d times out-of-stock", got, stock, buyers-stock)
	}
	orders, err := s.db.Read().Orders.Page(context.Background(), "", 1000)
	if err != nil || len(orders) != stock {
		t.Errorf("%d orders are in the database (%v), want %d: none behind a refusal", len(orders), err, stock)
	}
	if left := s.available(t, "almanac-mug", sku); left != 0 {
		t.Errorf("%d pieces are left", left)
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	s := openShop(t, nil)
	mine, theirs := s.cart(t, "MU01-ALMA-SAND", 1), s.cart(t, "MU01-ALMA-RUST", 1)
	if a := s.ask(t, "GET", "/v1/carts/"+theirs.ID, "", "Cart-Token", mine.Token); a.status != 404 || a.code() != "cart-not-found" {
		t.Errorf("somebody else's cart = %d %s", a.status, a.body)
	}
	if a := s.ask(t, "POST", "/v1/checkout", checkoutBody(theirs.ID), "Cart-Token", mine.Token); a.status != 404 {
		t.Errorf("ordering somebody else's cart = %d %s", a.status, a.body)
	}
	a, b := s.order(t, mine), s.order(t, theirs)
	for _, path := range []string{"", "/payment", "/cancel"} {
		method, body := "POST", `{"method":"tok_ok"}`
		switch path {
		case "":
			method, body = "GET", ""
		case "/cancel":
			body = ""
		}
		got := s.ask(t, method, "/v1/orders/"+b.ID+path, body, "Order-Token", a.Token)
		if got.status != 404 || strings.Contains(string(got.body), "ada@") {
			t.Errorf("%s %s with another token = %d %s", method, path, got.status, got.body)
		}
		missing := s.ask(t, method, "/v1/orders/01a2031a-7069-7025-9325-f4f4bd8adf11"+path, body, "Order-Token", a.Token)
		if strings.ReplaceAll(got.code(), b.ID, "") != missing.code() {
			t.Errorf("an order of somebody else (%s) differs from none (%s)", got.code(), missing.code())
		}
	}
	if got := s.look(t, b).Status; got != "placed" {
		t.Errorf("after a stranger's tries the order is %s", got)
	}
}

func TestACartThatHasExpiredIsGone(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Cart.KeepFor = 50 * time.Millisecond })
	c := s.cart(t, "MU01-ALMA-SAND", 1)
	eventually(t, "the cart is gone", func() bool {
		return s.ask(t, "GET", "/v1/carts/"+c.ID, "", "Cart-Token", c.Token).code() == "cart-not-found"
	})
	if a := s.ask(t, "POST", "/v1/checkout", checkoutBody(c.ID), "Cart-Token", c.Token); a.code() != "cart-not-found" {
		t.Errorf("ordering an expired cart = %d %s", a.status, a.code())
	}
}

func TestWhatSellsOutLeavesTheSearchForGoodsInStockAndComesBack(t *testing.T) {
	s := openShop(t, nil)
	s.indexed(t)
	now := time.Now().UTC().Truncate(time.Microsecond)
	if err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		for sku, n := range map[string]int64{"MU01-ALMA-RUST": 0, "MU01-ALMA-SAND": 2, "MU01-ALMA-SLATE": 0} {
			if err := tx.Stock.SetOnHand(t.Context(), sku, n, "test", now); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	found := func() bool {
		var found cardsAnswer
		s.ask(t, "GET", "/v1/search?q=almanac+mug&in_stock=true", "").into(t, &found)
		for _, c := range found.Items {
			if c.Slug == "almanac-mug" {
				return true
			}
		}
		return false
	}
	eventually(t, "the mug is found", found)
	o := s.order(t, s.cart(t, "MU01-ALMA-SAND", 2))
	eventually(t, "what is sold out is not found among goods in stock", func() bool { return !found() })
	if a := s.ask(t, "POST", "/v1/orders/"+o.ID+"/cancel", "", "Order-Token", o.Token); a.status != 200 {
		t.Errorf("cancel = %d %s", a.status, a.body)
	}
	eventually(t, "what came back is found again", found)
}

func TestABundleIsSoldAsItsComponents(t *testing.T) {
	s := openShop(t, nil)
	const set, part = "MU01-ALMA-SAND", "MU01-ALMA-RUST"
	if err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		now := time.Now().UTC().Truncate(time.Microsecond)
		for sku, n := range map[string]int64{set: 0, part: 7} {
			if err := tx.Stock.SetOnHand(t.Context(), sku, n, "test", now); err != nil {
				return err
			}
		}
		return tx.Stock.PutBundle(t.Context(), set, []inventory.Component{{SKU: part, Qty: 2}}, inventory.AnyVersion)
	}); err != nil {
		t.Fatal(err)
	}
	if got := s.available(t, "almanac-mug", set); got != 3 {
		t.Errorf("%d sets of 2 can be made of 7", got)
	}
	o := s.order(t, s.cart(t, set, 2))
	if a := s.payment(t, o, "tok_ok"); a.status != 200 {
		t.Errorf("pay = %d %s", a.status, a.body)
	}
	if sets, parts := s.available(t, "almanac-mug", set), s.available(t, "almanac-mug", part); sets != 1 || parts != 3 {
		t.Errorf("%d sets and %d parts are left of 7 parts after 2 sets", sets, parts)
	}
}
