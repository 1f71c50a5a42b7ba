package remembered_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
)

// filled starts a cart with two of the demo's mugs.
func (p *process) filled(t testing.TB) shopping.Access {
	t.Helper()
	v, tok, err := p.shopping.Start(t.Context(), shopping.StartCart{Currency: "EUR", Items: []cart.Item{{SKU: sku, Qty: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	return shopping.Access{ID: v.Cart.ID, Token: tok}
}

// remembers makes the process find a cart in Redis.
func (p *process) remembers(t testing.TB, a shopping.Access) {
	t.Helper()
	eventually(t, "the cart is remembered", func() bool {
		return p.shares(func() {
			if _, err := p.shopping.Get(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestAShopperReadsWhatSheHasJustWrittenWhicheverProcessAnswers(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	codes := []string{"SPRING", "SUMMER"}
	err := h.db.InTx(t.Context(), func(tx store.Stores) error {
		p := promotion.Promotion{ID: ident.New(), Title: "Ten off", Kind: promotion.Percent, Active: true, Terms: promotion.Terms{PercentPPM: 100_000}, UpdatedAt: h.now()}
		if err := tx.Promotions.Insert(t.Context(), p); err != nil {
			return err
		}
		for _, code := range codes {
			if err := tx.Promotions.PutCode(t.Context(), promotion.Code{Code: code, PromotionID: p.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m := h.member(t, one)
	order := func(ctx context.Context, a shopping.Access) error {
		return one.DB.InTx(ctx, func(tx store.Stores) error {
			c, err := tx.Carts.Get(ctx, a.ID, token.Hash(a.Token), h.now())
			if err != nil {
				return err
			}
			return tx.Carts.Order(ctx, a.ID, token.Hash(a.Token), c.Version, h.now())
		})
	}
	for name, write := range map[string]func(ctx context.Context, a shopping.Access) error{
		"a quantity": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.SetItem(ctx, a, cart.Item{SKU: sku, Qty: 5})
			return err
		},
		"kept for later": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.SetItem(ctx, a, cart.Item{SKU: sku, Qty: 2, Later: true})
			return err
		},
		"taken out": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.RemoveItem(ctx, a, sku)
			return err
		},
		"a code": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.AddCode(ctx, a, codes[1])
			return err
		},
		"no code": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.RemoveCode(ctx, a, codes[0])
			return err
		},
		"an address": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.Contact(ctx, a, "ada@example.com")
			return err
		},
		"prices seen": func(ctx context.Context, a shopping.Access) error { _, err := one.shopping.Refresh(ctx, a); return err },
		"merged": func(ctx context.Context, a shopping.Access) error {
			_, err := one.shopping.Merge(ctx, m.ID, a)
			return err
		},
		"ordered": order,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, a := t.Context(), one.filled(t)
			if _, err := one.shopping.AddCode(ctx, a, codes[0]); err != nil {
				t.Fatal(err)
			}
			one.remembers(t, a)
			other.remembers(t, a)
			before := other.shows(ctx, a)
			if err := write(ctx, a); err != nil {
				t.Fatal(err)
			}
			c, err := h.db.Read().Carts.Get(ctx, a.ID, token.Hash(a.Token), h.now())
			want := text(shopping.View{Cart: c}, err)
			if want == before {
				t.Fatalf("nothing was written: %s", want)
			}
			for _, p := range []*process{other, one} {
				if got := p.shows(ctx, a); got != want {
					t.Errorf("a process shows %s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestTheCartThatAnotherWasMergedIntoIsShownAsItIsNow(t *testing.T) {
	h := build(t)
	one, other := h.process(t), h.process(t)
	ctx, m := t.Context(), h.member(t, one)
	if _, err := one.shopping.Merge(ctx, m.ID, one.filled(t)); err != nil {
		t.Fatal(err)
	}
	own, err := other.shopping.Own(ctx, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	other.remembers(t, shopping.Access{ID: own.Cart.ID, Token: one.shopping.Tokens.Token("cart", own.Cart.ID)})
	if _, err := one.shopping.Merge(ctx, m.ID, one.filled(t)); err != nil {
		t.Fatal(err)
	}
	if own, err = other.shopping.Own(ctx, m.ID); err != nil || own.Cart.Qty(sku) != 4 {
		t.Errorf("the cart has %d, %v", own.Cart.Qty(sku), err)
	}
}

func TestARememberedCartIsShownToNobodyElse(t *testing.T) {
	h := build(t)
	p := h.process(t)
	mine, hers := p.filled(t), p.filled(t)
	p.remembers(t, mine)
	p.remembers(t, hers)
	for name, a := range map[string]shopping.Access{"no token": {ID: mine.ID}, "another's": {ID: mine.ID, Token: hers.Token}, "a hash": {ID: mine.ID, Token: string(token.Hash(mine.Token))}} {
		if _, err := p.shopping.Get(t.Context(), a); fault.Code(err) != "cart-not-found" {
			t.Errorf("%s: %v", name, err)
		}
	}
	keys := h.redis.Keys()
	for _, key := range keys {
		value, _ := h.redis.Get(key)
		for _, secret := range []string{mine.Token, hers.Token, sku, mine.ID, hers.ID} {
			if strings.Contains(key+value, secret) {
				t.Errorf("Redis holds %q", secret)
			}
		}
	}
	if len(keys) != 2 {
		t.Fatalf("Redis holds %q", keys)
	}
	one, _ := h.redis.Get(keys[0])
	two, _ := h.redis.Get(keys[1])
	_, _ = h.redis.Set(keys[0], two), h.redis.Set(keys[1], one)
	for _, a := range []shopping.Access{mine, hers} {
		if v, err := p.shopping.Get(t.Context(), a); err != nil || v.Cart.ID != a.ID {
			t.Errorf("with documents in each other's place cart %s is %s, %v", a.ID, v.Cart.ID, err)
		}
	}
}

func TestWhoAsksAtTheSameMomentWithAWrongTokenSharesNoAnswer(t *testing.T) {
	h := build(t)
	p := h.process(t)
	for range 20 {
		a := p.filled(t)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				as, want := a, ""
				if i%2 == 0 {
					as.Token, want = token.Random(), "cart-not-found"
				}
				if _, err := p.shopping.Get(t.Context(), as); fault.Code(err) != want {
					t.Errorf("= %v, want %q", err, want)
				}
			})
		}
		all.Wait()
	}
}

func TestARememberedCartExpiresByTheClockAndAnAbsentOneIsNotRemembered(t *testing.T) {
	h := build(t)
	p := h.process(t)
	absent := shopping.Access{ID: ident.New(), Token: "x"}
	for range 2 {
		if p.shares(func() { _, _ = p.shopping.Get(t.Context(), absent) }) {
			t.Error("an absent cart is remembered")
		}
	}
	p.shopping.Config.KeepFor = 30 * time.Second
	a := p.filled(t)
	p.remembers(t, a)
	h.passed.Add(int64(30 * time.Second))
	if _, err := p.shopping.Get(t.Context(), a); fault.Code(err) != "cart-not-found" {
		t.Errorf("after its end = %v", err)
	}
}

func TestWhoWritesOrDecidesReadsTheDatabase(t *testing.T) {
	h := build(t)
	p := h.process(t)
	a := p.filled(t)
	p.remembers(t, a)
	// Behind everybody's back, as a program without Redis does.
	if _, err := (&shopping.Service{DB: h.db, Config: p.shopping.Config, Tokens: p.shopping.Tokens, Now: h.now, NewID: ident.New}).SetItem(t.Context(), a, cart.Item{SKU: sku, Qty: 7}); err != nil {
		t.Fatal(err)
	}
	if c, err := p.DB.Read().Carts.Get(t.Context(), a.ID, token.Hash(a.Token), h.now()); err != nil || c.Qty(sku) != 7 {
		t.Errorf("checkout would see %+v, %v", c, err)
	}
	if v, err := p.shopping.Contact(t.Context(), a, "ada@example.com"); err != nil || v.Cart.Qty(sku) != 7 {
		t.Errorf("a writer saw %+v, %v", v.Cart, err)
	}
}

// Readers and writers in two processes: who reads after a write was answered
// sees it or a later one, though slow readers are about.
func TestASlowReaderDoesNotPutAnOldCartBack(t *testing.T) {
	h := build(t)
	both := []*process{h.process(t), h.process(t)}
	a := both[0].filled(t)
	var written atomic.Int64 // the version that somebody was told of
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for range 40 {
				least := written.Load()
				if v, err := both[i%2].shopping.Get(t.Context(), a); err != nil || v.Cart.Version < least {
					t.Errorf("read version %d after %d was told, %v", v.Cart.Version, least, err)
					return
				}
			}
		})
	}
	for i := range 2 {
		all.Go(func() {
			for n := range 15 {
				v, err := both[i].shopping.SetItem(t.Context(), a, cart.Item{SKU: sku, Qty: int64(n + 1)})
				if err != nil {
					t.Error(err)
					return
				}
				for have := written.Load(); have < v.Cart.Version && !written.CompareAndSwap(have, v.Cart.Version); have = written.Load() {
				}
			}
		})
	}
	all.Wait()
	if both[0].found[1].Load()+both[1].found[1].Load() == 0 {
		t.Error("nothing was remembered: the race was none")
	}
}

func TestManyWhoAskAtOnceReadOnce(t *testing.T) {
	h := build(t)
	p := h.process(t)
	a := p.filled(t)
	slow := &slowReads{DB: h.db, let: make(chan struct{})}
	p.DB.DB = slow
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := p.shopping.Get(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "all have asked Redis", func() bool { return p.found[0].Load() == 10 })
	close(slow.let)
	all.Wait()
	if n := slow.n.Load(); n > 3 { // one, or one more for who was counted and came too late to join
		t.Errorf("the cart was read %d times", n)
	}
}

// slowReads is a database whose carts are not read before they may be.
type slowReads struct {
	store.DB
	let chan struct{}
	n   atomic.Int64
}

func (s *slowReads) Read() store.Stores {
	out := s.DB.Read()
	out.Carts = slowCarts{out.Carts, s}
	return out
}

type slowCarts struct {
	cart.Store
	s *slowReads
}

func (c slowCarts) Get(ctx context.Context, id string, tokenHash []byte, now time.Time) (cart.Cart, error) {
	c.s.n.Add(1)
	select {
	case <-c.s.let:
	case <-ctx.Done():
		return cart.Cart{}, fmt.Errorf("nobody let it: %w", ctx.Err())
	}
	return c.Store.Get(ctx, id, tokenHash, now)
}
