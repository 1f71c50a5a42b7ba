package integration

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/store"
)

// phaseFor is how long a dependency misbehaves in one way: long enough here for
// breakers to open, close and open; TRADEWIND_TEST_OUTAGE=30s is an outage as
// operators know them.
func phaseFor(t *testing.T) time.Duration {
	d, err := time.ParseDuration(cmp.Or(os.Getenv("TRADEWIND_TEST_OUTAGE"), "2s"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// phase is what shoppers meet while a dependency behaves in one way.
type phase struct {
	name  string
	mu    sync.Mutex
	took  map[string][]time.Duration // by what they did
	codes map[string]int             // of failures, by what and code
}

func newPhase(name string) *phase {
	return &phase{name: name, took: map[string][]time.Duration{}, codes: map[string]int{}}
}

func (p *phase) note(what, code string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took[what] = append(p.took[what], took)
	if code != "" {
		p.codes[what+" "+code]++
	}
}

// failed counts the failures of what.
func (p *phase) failed(what string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for code, times := range p.codes {
		if strings.HasPrefix(code, what+" ") {
			n += times
		}
	}
	return n
}

// slowest is the longest of what.
func (p *phase) slowest(what string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Max(append(p.took[what], 0))
}

func (p *phase) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := fmt.Sprintf("%-10s", p.name)
	for _, what := range []string{"browse", "order", "pay", "picture"} {
		if all := slices.Sorted(slices.Values(p.took[what])); len(all) > 0 {
			out += fmt.Sprintf(" | %s %5d, p50 %6.1f ms, p99 %7.1f ms", what, len(all), float64(all[len(all)/2].Microseconds())/1000, float64(all[len(all)*99/100].Microseconds())/1000)
		}
	}
	return out + fmt.Sprintf(" | failed %v", p.codes)
}

// crowd is shoppers who browse and buy all the time, as browsers do: without
// looking at the contract, and asking again only where the shop says so.
type crowd struct {
	s     *shop
	http  *http.Client
	phase atomic.Pointer[phase]
	quit  chan struct{}
	all   sync.WaitGroup

	mu     sync.Mutex
	orders []orderAnswer
	unpaid []orderAnswer
}

// crowd opens the doors; there is enough of what it buys. picture is looked at,
// too, if it is not "".
func (s *shop) crowd(t *testing.T, picture string) *crowd {
	t.Helper()
	err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		return tx.Stock.SetOnHand(t.Context(), "MU01-ALMA-RUST", 1e6, "crowd", time.Now().UTC().Truncate(time.Microsecond))
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{s: s, quit: make(chan struct{}), http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	c.phase.Store(newPhase("before"))
	for range 3 {
		c.all.Go(func() { c.repeat(5*time.Millisecond, c.browse) })
	}
	if picture != "" {
		c.all.Go(func() { c.repeat(5*time.Millisecond, func() { c.ask("picture", "GET", picture, "") }) })
	}
	for range 2 {
		c.all.Go(func() { c.repeat(20*time.Millisecond, c.buy) })
	}
	return c
}

func (c *crowd) repeat(pause time.Duration, do func()) {
	for {
		select {
		case <-c.quit:
			return
		case <-time.After(pause):
			do()
		}
	}
}

// ask sends a request and notes what came of it under what.
func (c *crowd) ask(what, method, path, body string, header ...string) (status int, answer []byte) {
	req, err := http.NewRequest(method, c.s.base+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	p, began, code := c.phase.Load(), time.Now(), ""
	resp, err := c.http.Do(req)
	if err == nil {
		answer, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		status = resp.StatusCode
	}
	var told struct{ Code string }
	switch {
	case err != nil:
		code = "broken off"
	case status >= 400:
		_ = json.Unmarshal(answer, &told) // a picture has none
		code = cmp.Or(told.Code, fmt.Sprint(status))
	}
	p.note(what, code, time.Since(began))
	return status, answer
}

func (c *crowd) browse() {
	for _, path := range []string{"/v1/products?limit=24", "/v1/products/almanac-mug", "/v1/search?q=mug&facets=true", "/v1/categories"} {
		c.ask("browse", "GET", path, "")
	}
}

func (c *crowd) buy() {
	var cart cartAnswer
	if status, body := c.ask("order", "POST", "/v1/carts", `{"items":[{"sku":"MU01-ALMA-RUST","qty":1}]}`); status != 201 || json.Unmarshal(body, &cart) != nil {
		return
	}
	var o orderAnswer
	if status, body := c.ask("order", "POST", "/v1/checkout", checkoutBody(cart.ID), "Cart-Token", cart.Token); status != 201 || json.Unmarshal(body, &o) != nil {
		return
	}
	c.mu.Lock()
	c.orders = append(c.orders, o)
	c.mu.Unlock()
	if !c.pay(o) {
		c.mu.Lock()
		c.unpaid = append(c.unpaid, o)
		c.mu.Unlock()
	}
}

func (c *crowd) pay(o orderAnswer) bool {
	status, _ := c.ask("pay", "POST", "/v1/orders/"+o.ID+"/payment", `{"method":"tok_ok"}`, "Order-Token", o.Token)
	return status == 200
}

// during lets the crowd meet a phase.
func (c *crowd) during(t *testing.T, name string, long time.Duration) *phase {
	t.Helper()
	p := newPhase(name)
	c.phase.Store(p)
	time.Sleep(long) // it is the load that counts, and it takes its time
	c.phase.Store(newPhase("between"))
	t.Log(p)
	for _, what := range []string{"browse", "order"} {
		if len(p.took[what]) == 0 {
			t.Errorf("%s: nobody did %q", name, what)
		}
	}
	return p
}

// home ends the crowd. What was not paid is asked for again; then each order is
// paid by one charge.
func (c *crowd) home(t *testing.T) {
	t.Helper()
	close(c.quit)
	c.all.Wait()
	for _, o := range c.unpaid {
		eventually(t, "order "+o.ID+" can be paid", func() bool { return c.pay(o) })
	}
	for _, o := range c.orders {
		if times, minor, refunded := c.s.taken(t, o); times != 1 || minor != o.Total || refunded != 0 {
			t.Errorf("order %s: the provider took %d in %d charges and gave back %d, want %d in one", o.ID, minor, times, refunded, o.Total)
		}
	}
	t.Logf("%d orders, %d of them paid when asked again", len(c.orders), len(c.unpaid))
	c.http.CloseIdleConnections()
}

// well fails if shoppers noticed anything.
func (p *phase) well(t *testing.T, whats ...string) {
	t.Helper()
	for _, what := range whats {
		if n := p.failed(what); n > 0 {
			t.Errorf("%s: %d times %q failed: %v", p.name, n, what, p.codes)
		}
	}
}

// ready fails if the shop does not say that it is.
func (s *shop) ready(t *testing.T) {
	t.Helper()
	if status, body := fetch(t, s.OpsURL+"/readyz"); status != 200 {
		t.Errorf("/readyz = %d %s", status, body)
	}
}
