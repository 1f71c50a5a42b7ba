package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// fact is what the shop has answered about an order. What it once said must
// stay true for ever.
type fact struct {
	ID            string
	Number, Total int64
	Token         string
	Status        string // the last one it was told to be in; only placed may change
}

// market is what the buyers share.
type market struct {
	shop   string   // host:port
	strict bool     // nobody may have to ask twice
	staff  string   // the session of those who work there
	skus   []string // the first one is hot: everybody wants it until it is gone
	facts  sync.Map // order id to *fact; its buyer alone changes it

	mu     sync.Mutex
	wrong  []error
	counts map[string]int // what happened how often, for the log
}

func (m *market) count(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[what]++
}

func (m *market) complain(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong = append(m.wrong, err)
}

// open lets n buyers in. home tells them to leave and waits until each has
// an answer to everything it asked.
func (m *market) open(ctx context.Context, rng *rand.Rand, n int) (home func()) {
	var all sync.WaitGroup
	closing := make(chan struct{})
	for range n {
		b := &buyer{market: m, rng: rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64())), client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
		all.Go(func() {
			for {
				select {
				case <-closing:
					return
				case <-ctx.Done():
					return
				default:
				}
				if err := b.round(ctx); err != nil && ctx.Err() == nil {
					m.complain(err)
					return
				}
			}
		})
	}
	return sync.OnceFunc(func() {
		close(closing)
		all.Wait()
	})
}

// buyer goes shopping again and again.
type buyer struct {
	*market
	rng    *rand.Rand
	client *http.Client
}

// answer is what a request came to.
type answer struct {
	status int
	body   []byte
	tag    string // ETag
}

func (a answer) String() string { return fmt.Sprintf("%d %.300s", a.status, a.body) }

func (a answer) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("%v: %w", a, err)
	}
	return nil
}

func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p) // what is no problem has no code
	return p.Code
}

// ask sends a request until it is answered. A kill may have come before or
// after its effect: the key, the same every time, makes that the same.
func (b *buyer) ask(ctx context.Context, method, path, key string, headers map[string]string, body string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		a, err := b.once(ctx, method, path, key, headers, body)
		if b.strict && (err != nil || a.status >= 500 && a.code() != "payment-outcome-unknown") { // that is what buyers provoke
			return a, errors.Join(fmt.Errorf("%s %s failed: %v", method, path, a), err)
		}
		if err == nil && a.status != http.StatusServiceUnavailable && a.status != http.StatusBadGateway { // 502: a balancer whose server was killed
			if a.status >= 500 {
				return a, fmt.Errorf("%s %s: %v", method, path, a)
			}
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, errors.Join(fmt.Errorf("%s %s was not answered within %v: %v", method, path, patience, a), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (b *buyer) once(ctx context.Context, method, path, key string, headers map[string]string, body string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+b.shop+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	r, err := b.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, text, r.Header.Get("ETag")}, err
}

// twice sends the same request from two sides at once; both must hear the same.
func (b *buyer) twice(ctx context.Context, method, path, key string, headers map[string]string, body string) (answer, error) {
	var other answer
	var otherErr error
	var wait sync.WaitGroup
	wait.Go(func() { other, otherErr = b.ask(ctx, method, path, key, headers, body) })
	a, err := b.ask(ctx, method, path, key, headers, body)
	wait.Wait()
	if err = errors.Join(err, otherErr); err == nil && a.status < 300 && other.status < 300 && !bytes.Equal(a.body, other.body) {
		err = fmt.Errorf("%s %s, sent twice with one key, was answered %v and %v", method, path, a, other)
	}
	b.count("sent twice at once")
	return a, err
}

func (b *buyer) key() string { return fmt.Sprintf("key-%016x", b.rng.Uint64()) }

// sendSomehow picks whether a request is sent once or twice at once.
func (b *buyer) sendSomehow(ctx context.Context, method, path string, headers map[string]string, body string) (answer, error) {
	if b.rng.IntN(5) == 0 {
		return b.twice(ctx, method, path, b.key(), headers, body)
	}
	return b.ask(ctx, method, path, b.key(), headers, body)
}

// round is one visit: fill a cart, place the order, do with it what people do,
// and see, half of the time, how it is served.
func (b *buyer) round(ctx context.Context) error {
	f, err := b.order(ctx)
	if f == nil || err != nil {
		return err
	}
	if err := b.behave(ctx, f); err != nil || f.Status != "paid" || b.rng.IntN(2) == 0 {
		return err
	}
	return b.serve(ctx, f)
}

// behave does with an order one of the things that people do.
func (b *buyer) behave(ctx context.Context, f *fact) error {
	switch n := b.rng.IntN(100); {
	case n < 60:
		return b.pay(ctx, f, b.pick("tok_ok", "tok_ok", "tok_ok", "tok_delayed", "tok_webhook_twice", "tok_webhook_out_of_order", "tok_no_webhook", "tok_no_webhook",
			"tok_webhook_late", "tok_authorise_only", "tok_authorise_only", "tok_step_up", "tok_error", "tok_timeout", "tok_timeout_before"))
	case n < 70:
		if err := b.pay(ctx, f, b.pick("tok_declined", "tok_insufficient")); err != nil {
			return err
		}
		return b.pay(ctx, f, "tok_ok")
	case n < 80:
		return b.cancel(ctx, f)
	case n < 95:
		return b.payAndCancel(ctx, f, b.pick("tok_ok", "tok_no_webhook", "tok_delayed", "tok_authorise_only", "tok_error", "tok_timeout_before"))
	}
	b.count("left unpaid")
	return nil
}

func (b *buyer) pick(from ...string) string { return from[b.rng.IntN(len(from))] }

// order fills a cart and places its order; nil if the shop had a good reason to refuse.
func (b *buyer) order(ctx context.Context) (*fact, error) {
	items := []string{fmt.Sprintf(`{"sku":%q,"qty":%d}`, b.skus[1+b.rng.IntN(len(b.skus)-1)], 1+b.rng.IntN(3))}
	if b.rng.IntN(4) == 0 {
		items = append(items, fmt.Sprintf(`{"sku":%q,"qty":1}`, b.skus[0]))
	}
	a, err := b.sendSomehow(ctx, "POST", "/v1/carts", nil, `{"currency":"EUR","items":[`+strings.Join(items, ",")+`]}`)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusConflict || a.code() == "out-of-stock" {
		b.count("refused a cart: " + a.code())
		return nil, nil
	}
	var cart struct{ ID, Token string }
	if err := a.into(&cart); a.status != http.StatusCreated || err != nil {
		return nil, errors.Join(fmt.Errorf("POST /v1/carts: %v", a), err)
	}
	auth := map[string]string{"Cart-Token": cart.Token}
	if b.rng.IntN(3) == 0 {
		if a, err := b.ask(ctx, "PUT", "/v1/carts/"+cart.ID+"/codes/"+b.pick("WELCOME10", "FIRST100"), b.key(), auth, ""); err != nil || a.status != http.StatusOK {
			return nil, errors.Join(fmt.Errorf("put a code: %v", a), err)
		}
	}
	a, err = b.sendSomehow(ctx, "POST", "/v1/checkout", auth, fmt.Sprintf(
		`{"cart_id":%q,"email":"ada@example.com","ship_to":{"name":"Ada L","line1":"Weg 1","city":"Ulm","postcode":"89073","country":"DE"}}`, cart.ID))
	if err != nil {
		return nil, err
	}
	switch a.code() {
	case "out-of-stock", "promotion-used-up":
		b.count("refused an order: " + a.code())
		return nil, nil
	}
	f := new(fact)
	if err := a.into(f); err != nil || a.status != http.StatusCreated {
		return nil, errors.Join(fmt.Errorf("POST /v1/checkout: %v", a), err)
	}
	if other, known := b.facts.LoadOrStore(f.ID, f); known {
		return nil, fmt.Errorf("order %s was given to two buyers, %v", f.ID, other)
	}
	b.count("order placed")
	return f, nil
}

// view is what the shop says about an order and its payment.
type view struct {
	fact
	Payment struct {
		Status, Attempt string
		ActionURL       string `json:"action_url"`
	}
}

// learn takes in an answer about the order.
func (b *buyer) learn(f *fact, a answer) (view, error) {
	var v view
	if err := a.into(&v); err != nil {
		return v, err
	}
	if v.ID != f.ID || v.Number != f.Number || v.Total != f.Total {
		return v, fmt.Errorf("order %s was number %d of %d, now it is %s, %d, %d", f.ID, f.Number, f.Total, v.ID, v.Number, v.Total)
	}
	if f.Status != "placed" && v.Status != f.Status {
		return v, fmt.Errorf("order %s was %s, now it is %s", f.ID, f.Status, v.Status)
	}
	if v.Status != f.Status {
		b.count("order " + v.Status)
	}
	f.Status = v.Status
	return v, nil
}

// pay pays with the token and waits for the outcome.
func (b *buyer) pay(ctx context.Context, f *fact, token string) error {
	send := b.sendSomehow
	if token == "tok_delayed" { // what is asked twice may stand where it did not stand before
		send = func(ctx context.Context, method, path string, headers map[string]string, body string) (answer, error) {
			return b.ask(ctx, method, path, b.key(), headers, body)
		}
	}
	a, err := send(ctx, "POST", "/v1/orders/"+f.ID+"/payment", map[string]string{"Order-Token": f.Token}, fmt.Sprintf(`{"method":%q}`, token))
	if err != nil {
		return err
	}
	b.count(token)
	if a.status == http.StatusPaymentRequired && (token == "tok_declined" || token == "tok_insufficient") {
		return nil
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("pay with %s: %v", token, a)
	}
	v, err := b.learn(f, a)
	if err != nil || f.Status != "placed" {
		return err
	}
	if v.Payment.ActionURL != "" {
		if err := b.confirm(ctx, v.Payment.ActionURL); err != nil {
			return err
		}
	}
	return b.outcome(ctx, f)
}

// confirm does what a bank asks for.
func (b *buyer) confirm(ctx context.Context, page string) error {
	req, err := http.NewRequestWithContext(ctx, "POST", page, strings.NewReader(url.Values{"answer": {"approve"}}.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := b.client.Do(req)
	if err != nil {
		return err
	}
	return r.Body.Close()
}

// outcome asks until the order is no longer only placed.
func (b *buyer) outcome(ctx context.Context, f *fact) error {
	deadline := time.Now().Add(patience)
	for f.Status == "placed" {
		a, err := b.ask(ctx, "GET", "/v1/orders/"+f.ID, "", map[string]string{"Order-Token": f.Token}, "")
		if err != nil {
			return err
		}
		if _, err := b.learn(f, a); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("order %s is still only placed %v after its payment: %v", f.ID, patience, a)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func (b *buyer) cancel(ctx context.Context, f *fact) error {
	a, err := b.sendSomehow(ctx, "POST", "/v1/orders/"+f.ID+"/cancel", map[string]string{"Order-Token": f.Token}, `{"reason":"too loud"}`)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("cancel: %v", a)
	}
	_, err = b.learn(f, a)
	return err
}

// payAndCancel does both at once, as a family does with one account. One of
// them wins; money that came too late has to go back.
func (b *buyer) payAndCancel(ctx context.Context, f *fact, token string) error {
	auth := map[string]string{"Order-Token": f.Token}
	var paid, cancelled answer
	var errs [2]error
	payKey, cancelKey, late := b.key(), b.key(), time.Duration(b.rng.IntN(15))*time.Millisecond
	var wait sync.WaitGroup
	wait.Go(func() {
		paid, errs[0] = b.ask(ctx, "POST", "/v1/orders/"+f.ID+"/payment", payKey, auth, fmt.Sprintf(`{"method":%q}`, token))
	})
	wait.Go(func() {
		<-time.After(late) // so that either may win
		cancelled, errs[1] = b.ask(ctx, "POST", "/v1/orders/"+f.ID+"/cancel", cancelKey, auth, "")
	})
	wait.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	switch {
	case cancelled.status == http.StatusOK:
		b.count("cancelled while paying")
		_, err := b.learn(f, cancelled)
		return err
	case cancelled.code() != "order-already-paid":
		return fmt.Errorf("cancel while paying: %v; payment: %v", cancelled, paid)
	}
	b.count("paid while cancelling")
	return b.outcome(ctx, f)
}
