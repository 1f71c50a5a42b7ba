package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tradewind/internal/adapter/sandboxpay"
)

// gate stands between the shop and the provider. It holds charges back while
// it is closed.
type gate struct {
	*httptest.Server
	arrived chan struct{} // a charge waits at the gate
	open    func()        // lets it pass
	passed  chan struct{} // the provider has answered it; the shop has not heard yet
	answer  func()        // lets the shop hear
}

func newGate(t *testing.T, provider string) *gate {
	to, err := url.Parse("http://" + provider)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{arrived: make(chan struct{}), passed: make(chan struct{})}
	opened, answered := make(chan struct{}), make(chan struct{})
	g.open, g.answer = sync.OnceFunc(func() { close(opened) }), sync.OnceFunc(func() { close(answered) })
	var first sync.Once
	proxy := httputil.NewSingleHostReverseProxy(to)
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := false
		if r.Method == http.MethodPost && r.URL.Path == "/v1/charges" {
			first.Do(func() { held = true })
		}
		if !held {
			proxy.ServeHTTP(w, r)
			return
		}
		close(g.arrived)
		<-opened
		rec := httptest.NewRecorder()
		proxy.ServeHTTP(rec, r.WithContext(context.WithoutCancel(r.Context()))) // it is on its way, whoever has gone
		close(g.passed)
		<-answered
	}))
	t.Cleanup(g.Close)
	t.Cleanup(g.answer) // before Close, which waits for it
	t.Cleanup(g.open)
	return g
}

// stage is a shop with a gate before its provider and one buyer.
type stage struct {
	*books
	*buyer
	gate     *gate
	provider *sandboxpay.Client
	seeded   map[string]int64
}

func newStage(t *testing.T) *stage {
	p := newPlace(t)
	p.must("seed", "-stock", "10")
	staff := p.hire()
	s := &stage{books: p.books(), provider: p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay"), gate: newGate(t, p.pay)}
	s.seeded = s.numbers(`SELECT sku, on_hand FROM stock`)
	s.buyer = &buyer{rng: rand.New(rand.NewPCG(1, 2)), client: http.DefaultClient,
		market: &market{shop: p.shop, staff: staff, counts: map[string]int{}, skus: s.rows(`SELECT sku FROM price WHERE currency = 'EUR' ORDER BY sku LIMIT 3`)}}
	return s
}

// through opens the shop with the gate as its provider.
func (s *stage) through(more ...string) *process {
	s.Helper()
	shop := s.place.open(append([]string{"-sandboxpay.url", s.gate.URL, "-sandboxpay.timeout", "5s"}, more...)...)
	s.ready(shop)
	return shop
}

func (s *stage) ordered() *fact {
	s.Helper()
	f, err := s.order(s.Context())
	if err != nil || f == nil {
		s.Fatalf("no order was placed: %v", err)
	}
	return f
}

// known lets the buyer look at all orders again, whose last request failed.
func (s *stage) known(t *testing.T) {
	t.Helper()
	s.market.facts.Range(func(_, v any) bool {
		f := v.(*fact)
		a, err := s.ask(t.Context(), "GET", "/v1/orders/"+f.ID, "", map[string]string{"Order-Token": f.Token}, "")
		if err == nil {
			_, err = s.learn(f, a)
		}
		if err != nil {
			t.Error(err)
		}
		return true
	})
}

// payOnce sends one request for a payment and does not ask again.
func (s *stage) payOnce(f *fact, body string) (answer, error) {
	return s.once(s.Context(), "POST", "/v1/orders/"+f.ID+"/payment", s.key(), map[string]string{"Order-Token": f.Token}, body)
}

// TestMoneyThatWasOnItsWayWhenTheOrderEndedGoesBack: a charge is on its way when its
// order is cancelled. The provider, asked at once, has never heard of it. Then
// it arrives, the shop is killed before the answer, and no notice ever comes.
func TestMoneyThatWasOnItsWayWhenTheOrderEndedGoesBack(t *testing.T) {
	s := newStage(t)
	shop := s.through()
	f := s.ordered()
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = s.payOnce(f, `{"method":"tok_no_webhook"}`) }) // the kill ends it
	<-s.gate.arrived
	if err := s.cancel(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	s.until(shop, "the cancellation to be handled", func() bool {
		return s.number(`SELECT COUNT(*) FROM outbox WHERE state = 'pending'`) == 0
	})
	s.gate.open()
	<-s.gate.passed
	shop.kill()
	wait.Wait()

	shop = s.place.open()
	s.settled(shop)
	s.agree(s.market, s.provider, s.seeded)
	book, err := s.provider.Book(t.Context(), "")
	if err != nil || len(book.References) != 1 || book.References[0].Taken != 1 {
		t.Errorf("the book is %+v, %v; want one charge that was taken", book, err)
	}
}

// TestAnotherReturnAddressIsNotAnotherPayment: the provider took the money, the
// shop was killed before it heard so, and the buyer comes back from another page.
func TestAnotherReturnAddressIsNotAnotherPayment(t *testing.T) {
	s := newStage(t)
	shop := s.through("-payment.reconcile-after", "1h")
	f := s.ordered()
	body := func(page string) string {
		return fmt.Sprintf(`{"method":"tok_no_webhook","return_url":"https://shop.example/%s"}`, page)
	}
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = s.payOnce(f, body("phone")) })
	<-s.gate.arrived
	s.gate.open()
	<-s.gate.passed
	shop.kill()
	wait.Wait()

	shop = s.through("-payment.reconcile-after", "1h")
	a, err := s.payOnce(f, body("desk"))
	if err != nil || a.status != http.StatusOK || !strings.Contains(string(a.body), `"status":"paid"`) {
		t.Errorf("the payment was answered %v, %v; want paid, since the money was taken", a, err)
	} else if _, err := s.learn(f, a); err != nil {
		t.Error(err)
	}
	s.settled(shop)
	s.agree(s.market, s.provider, s.seeded)
}
