package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// sold is an order that the shop has acknowledged.
type sold struct {
	ID, Token string
	Placed    time.Time // when the answer came
	Paid      bool
}

// buyers buy through the steering until they are sent home, and keep a journal of
// what they were promised.
type buyers struct {
	at   string
	http *http.Client
	skus []string

	mu     sync.Mutex
	orders []sold
	failed int
}

// ask sends a request and decodes the answer into out, if there is one.
func (b *buyers) ask(ctx context.Context, method, path, token, key string, in, out any) (int, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+b.at+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Cart-Token", token)
		r.Header.Set("Order-Token", token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && out != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(body, out)
	}
	return resp.StatusCode, err
}

// buy is one order, from browsing to paying.
func (b *buyers) buy(ctx context.Context, n int) error {
	if _, err := b.ask(ctx, "GET", "/v1/products?limit=24", "", "", nil, nil); err != nil {
		return err
	}
	if _, err := b.ask(ctx, "GET", "/v1/search?q=mug", "", "", nil, nil); err != nil {
		return err
	}
	var cart struct{ ID, Token string }
	items := map[string]any{"currency": "EUR", "items": []map[string]any{{"sku": b.skus[n%len(b.skus)], "qty": 1}}}
	if status, err := b.ask(ctx, "POST", "/v1/carts", "", "", items, &cart); err != nil || status != http.StatusCreated {
		return errors.Join(err, fmt.Errorf("a cart: %d", status))
	}
	var order struct{ ID, Token string }
	checkout := map[string]any{"cart_id": cart.ID, "email": "drill@example.com", "ship_to": map[string]string{"name": "Drill", "line1": "Weg 1", "city": "Ulm", "postcode": "89073", "country": "DE"}}
	status, err := b.ask(ctx, "POST", "/v1/checkout", cart.Token, "", checkout, &order)
	if err != nil || status != http.StatusCreated {
		return errors.Join(err, fmt.Errorf("an order: %d", status))
	}
	b.mu.Lock()
	i := len(b.orders)
	b.orders = append(b.orders, sold{ID: order.ID, Token: order.Token, Placed: time.Now()})
	b.mu.Unlock()
	var paid struct{ Status string }
	status, err = b.ask(ctx, "POST", "/v1/orders/"+order.ID+"/payment", order.Token, "pay-"+order.ID, map[string]string{"method": "tok_ok"}, &paid)
	if err != nil || status >= 300 {
		return errors.Join(err, fmt.Errorf("a payment: %d", status))
	}
	b.mu.Lock()
	b.orders[i].Paid = paid.Status == "paid"
	b.mu.Unlock()
	return nil
}

// open lets n buyers in; home sends them home and waits.
func (b *buyers) open(ctx context.Context, n int) (home func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for k := i; ctx.Err() == nil; k += n {
				one, done := context.WithTimeout(ctx, 20*time.Second)
				err := b.buy(one, k)
				done()
				if err != nil && ctx.Err() == nil {
					b.mu.Lock()
					b.failed++
					b.mu.Unlock()
					select { // as people do
					case <-time.After(100 * time.Millisecond):
					case <-ctx.Done():
					}
				}
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

// forget begins a new journal.
func (b *buyers) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orders, b.failed = nil, 0
}

// journal is what was acknowledged so far.
func (b *buyers) journal() []sold {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]sold(nil), b.orders...)
}

// since counts orders that were acknowledged after t.
func (b *buyers) since(t time.Time) (n int, first time.Time) {
	for _, o := range b.journal() {
		if o.Placed.After(t) {
			if n++; first.IsZero() || o.Placed.Before(first) {
				first = o.Placed
			}
		}
	}
	return n, first
}
